"""What entries share is written once, and every fault still names its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario import load_scenario

SHARED = """schema_version: 1
extends: deals/huabei_2017.yaml
name: patterned
patterns:
  investors:
    plain: {{title: Plain, cash_fen: 100}}
    rich: {{like: plain, cash_fen: 900}}
investors:
  one: {{like: plain}}
  two: {{like: rich, title: Second}}
  {more}
"""


def load(folder: Path, more: str = "three: {like: rich}"):  # type: ignore[no-untyped-def]
    file = folder / "patterned.yaml"
    file.write_text(SHARED.format(more=more), encoding="utf-8")
    return load_scenario(file)


def test_an_entry_begins_with_its_pattern_and_puts_its_own_on_top(tmp_path: Path) -> None:
    investors = load(tmp_path).investors
    assert [(investors[n].title, investors[n].cash_fen) for n in ("one", "two", "three")] == [
        ("Plain", 100),
        ("Second", 900),
        ("Plain", 900),
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("three: {like: poor}", "'poor' is no pattern here; there are: plain, rich"),
        ("three: {like: [1]}", "is no pattern here"),
        ("three: {like: rich, cash_fen: -1}", "investors.three.cash_fen"),
        ("three: {like: rich, colour: red}", "investors.three.colour"),
    ],
)
def test_faults_name_line_and_field(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path, more)
    assert said in str(caught.value)
    assert "patterned.yaml:11:" in str(caught.value)


def test_patterns_in_a_circle_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "circle.yaml"
    file.write_text(
        "schema_version: 1\nextends: deals/huabei_2017.yaml\nname: circle\npatterns:\n"
        "  investors:\n    a: {like: b}\n    b: {like: a}\ninvestors:\n  x: {like: a}\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match="patterns go in a circle: a -> b -> a"):
        load_scenario(file)
