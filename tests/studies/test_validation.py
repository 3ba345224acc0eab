"""Printed figures stand beside simulated ones, measured as the publisher would, and wrong questions are refused."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest
import worlds

from sim.calendar import day_of
from sim.errors import ScenarioError
from sim.scenario import load_scenario
from sim.studies.book_view import view_loans
from sim.studies.validation import SHIPPED_DEALS, product_rows, scenario_rows, validate_model
from sim.studies.validation_measures import MEASURES, Subject, known, measure_of

FIGURE = "{{what: x, measure: {measure}, of: {of}, on: {on}, value: 1, source: x}}"


@pytest.fixture(scope="module")
def place() -> worlds.SecuritizationMarket:
    """A small Huabei market in the spring of 2017, its first plan sold."""
    return worlds.run_to(worlds.market(), day_of(datetime.date(2017, 4, 1)))


def test_every_measure_of_a_book_and_a_pool_is_a_number_in_its_range(place: worlds.SecuritizationMarket) -> None:
    book, pool = Subject(place, "ant_xiaowei"), Subject(place, "huabei_2017_1")
    for name in MEASURES:
        found = measure_of(pool, name)
        assert np.isfinite(found), name
        if name.endswith("pct") and "yield" not in name:
            assert 0 <= found <= 100, name
            assert 0 <= measure_of(book, name) <= 100, name
    assert measure_of(pool, "balance_fen") < measure_of(book, "balance_fen")
    assert measure_of(pool, "tranche_share_pct:senior") == 88.5
    assert measure_of(pool, "tranche_face_fen:senior") == 531_000_000_000
    assert measure_of(pool, "tranche_coupon_pct:senior") == pytest.approx(5.17)
    with pytest.raises(ValueError, match="one of a deal"):
        measure_of(book, "average_yield_pct")


def test_loan_by_loan_adds_up_to_the_running_totals(place: worlds.SecuritizationMarket) -> None:
    book = place.books["ant_xiaowei"]
    whole, pool = view_loans(book), view_loans(book, "spv:huabei_2017_1")
    assert int(whole.fen.sum()) == int(book.slab_sum.sum())
    assert 0 < int(pool.fen.sum()) <= book.outstanding_fen("spv:huabei_2017_1")
    missed = int(whole.fen[whole.cycles >= 4].sum())
    assert missed == int(book.stock.sum(axis=(0, 1))[5:].sum())
    ages = [whole.share(whole.age == band) for band in range(5)]
    assert sum(ages) == pytest.approx(1.0)


def test_rows_show_role_difference_and_the_other_reading() -> None:
    scenario = load_scenario(worlds.HUABEI, worlds.SMALL)
    rows = scenario_rows(scenario)
    overdue = [row for row in rows if row["figure"].startswith("overdue rate")]
    assert [row["role"] for row in overdue] == ["target", "reading"]
    assert overdue[1]["simulated"] > overdue[0]["simulated"], "1+ holds 30+"
    for row in rows:
        assert row["difference_pct"] == pytest.approx(100 * (row["simulated"] / row["printed"] - 1), abs=0.2)
        assert row["close"] == (abs(row["difference_pct"]) <= 5)
    assert {row["role"] for row in rows if "tranche" in row["figure"]} == {"input"}


def test_the_products_reproduce_the_printed_tables() -> None:
    rows = product_rows()
    assert len(rows) == 10
    for row in rows:
        assert round(row["simulated"], 2) == pytest.approx(row["printed"], abs=0.011), row["figure"]


def test_shipped_deals_ask_only_for_known_measures() -> None:
    for path in SHIPPED_DEALS:
        scenario = load_scenario(path)
        assert scenario.published
        assert all(known(figure.measure) for figure in scenario.published.values())


@pytest.mark.parametrize(
    ("measure", "of", "on", "told"),
    [
        ("overdue", "ant_xiaowei", "2017-06-30", "published.f.measure: 'overdue' is no measure"),
        ("overdue_pct", "nobody", "2017-06-30", "published.f.of: 'nobody' is not one of"),
        ("average_yield_pct", "ant_xiaowei", "2017-06-30", "published.f.of: 'ant_xiaowei' is not one of huabei_2017_1"),
        ('"tranche_share_pct:top"', "huabei_2017_1", "2017-06-30", "has tranches senior, mezzanine, subordinated"),
        ("npl_pct", "huabei_2017_5", "2017-06-30", "lies before the closing of huabei_2017_5"),
        ("npl_pct", "ant_xiaowei", "2031-06-30", "lies outside the scenario"),
    ],
)
def test_figures_nothing_can_answer_are_refused(tmp_path: Path, measure: str, of: str, on: str, told: str) -> None:
    path = tmp_path / "asked.yaml"
    figure = FIGURE.format(measure=measure, of=of, on=on)
    path.write_text(
        f"schema_version: 1\nextends: deals/huabei_2017.yaml\nname: asked\npublished: {{f: {figure}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as refused:
        validate_model([str(path)])
    assert told in str(refused.value)
