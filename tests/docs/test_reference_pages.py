"""The generated pages are up to date, and every parameter says what it is, in which unit, from where, and how sure."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.records.tables import TABLES
from sim.studies import reference_pages
from sim.studies.reference_pages import PAGES, default, fact, limits, models

DOCS = Path(__file__).parents[2] / "docs"
FIELDS = [
    pytest.param(field, id=f"{block.__name__}.{name}")
    for block in models()
    for name, field in block.model_fields.items()
]


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_up_to_date(page):
    assert (DOCS / page).read_text(encoding="utf-8") == PAGES[page](), f"docs/{page} is old; run: make docs"


@pytest.mark.parametrize("field", FIELDS)
def test_every_parameter_has_meaning_unit_and_source(field):
    assert field.description
    assert fact(field, "unit")
    assert fact(field, "source")


@pytest.mark.parametrize("field", FIELDS)
def test_an_assumption_carries_its_range(field):
    if "assumption" in fact(field, "source"):
        low, high = fact(field, "range")
        assert low < high


def test_a_numeric_default_lies_within_its_range():
    outside = [
        (block.__name__, name)
        for block in models()
        for name, field in block.model_fields.items()
        if fact(field, "range") and isinstance(field.default, int | float) and not isinstance(field.default, bool)
        if not fact(field, "range")[0] <= field.default <= fact(field, "range")[1]
    ]
    assert outside == []


def test_every_block_and_table_has_its_section():
    parameters, tables = PAGES["parameters.md"](), PAGES["tables.md"]()
    assert all(f"## {block.__name__}\n" in parameters for block in models())
    assert all(f"## {name}\n" in tables for name in TABLES)
    assert len({block.__name__ for block in models()}) == len(models()), "two blocks of terms share a name"


def test_defaults_and_limits_read_as_in_a_scenario():
    scenario = reference_pages.Scenario.model_fields
    assert default(scenario["name"]) == "required"
    assert default(scenario["population"]) == "see its fields"
    assert limits(scenario["burn_in_months"]) == ">= 0, <= 24"


def test_the_command_writes_both_pages(tmp_path):
    assert [path.name for path in reference_pages.write(tmp_path)] == list(PAGES)
    assert all((tmp_path / page).stat().st_size > 1000 for page in PAGES)
