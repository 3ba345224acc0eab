"""Figures of levers varied: a map or a curve for each policy file, of its own worlds alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.report.comparison_dose import dose_in_words, draw_dose

ACROSS, UP = "policies.cap.multiple", "policies.share.share_ppm"


def tables(worlds: Mapping[str, float]) -> dict[str, list[dict[str, Any]]]:
    """Tables of worlds that must move as much as is given, by name."""
    outcomes = ("debtors", "credit_bound", "issued")
    return {
        "headline": [
            {"policy": name, "question": "How much must move?", "value": must, "low": must, "high": must}
            for name, must in worlds.items()
        ],
        "outcomes": [
            {"policy": name, "outcome": outcome, "difference": -must, "low": -must, "high": -must}
            for name, must in worlds.items()
            for outcome in outcomes
        ],
        "dose": [], "distance": [], "rules": [],
    }  # fmt: skip


def test_each_policy_file_has_a_map_of_its_own(tmp_path: Path) -> None:
    """Two files under the same two levers: 11 to 14 in the first map, 21 to 24 in the second."""
    combinations = [(x, y) for x in (1.0, 2.0) for y in (0.3, 0.5)]
    levers = {
        f"{family} {x} {y}": {ACROSS: x, UP: y} for family in ("one", "two") for x, y in combinations
    }  # fmt: skip
    musts = {name: 10.0 * (1 + k // 4) + 1 + k % 4 for k, name in enumerate(levers)}
    manifest = {"levers": levers, "families": {name: name.split()[0] for name in levers}}
    figures = draw_dose(tmp_path, tables(musts), manifest)
    assert [figure.name for figure in figures] == ["1-map", "2-map"]
    assert [figure.title.partition(":")[0] for figure in figures] == ["one", "two"]
    for figure, tens in zip(figures, (10, 20), strict=True):
        shown = [f"{tens + k}" for k in (1, 2, 3, 4)]
        assert all(f">{number}</text>" in figure.svg for number in shown)
        assert not any(f">{30 - tens + k}</text>" in figure.svg for k in (1, 2, 3, 4))


def test_a_file_with_one_of_the_levers_has_a_curve_and_one_with_none_no_figure(tmp_path: Path) -> None:
    levers = {"a 1": {ACROSS: 1.0}, "a 2": {ACROSS: 2.0}, "b": {}}
    manifest = {"levers": levers, "families": {"a 1": "a", "a 2": "a", "b": "b"}}
    figures = draw_dose(tmp_path, tables({"a 1": 5.0, "a 2": 3.0, "b": 1.0}), manifest)
    assert [figure.name for figure in figures] == ["dose"]


def test_words_tell_files_apart_and_count_a_value_once() -> None:
    """A second lever repeats each value of the first: 4 at one, 2 at two, nothing from three on."""
    rows = [
        {"family": family, "policy": f"{family} {value} {other}", "path": ACROSS, "rule": "cap", "value": value,
         "must_move": must, "other_rules": 0.0, "binds_below": None, "date": "2020-09-15", "farthest": "bank:x"}
        for family in ("one", "two") for other in (1, 2) for value, must in ((1, 4.0), (2, 2.0), (3, 0.0))
    ]  # fmt: skip
    words = dose_in_words({"dose": rows, "distance": []})
    assert words.count("By itself cap asks nothing from 3 on; read in the base on 2020-09-15.") == 2
    assert words.startswith("one: ")
    assert " two: " in words
    assert dose_in_words({"dose": [], "distance": []}) == ""


def test_a_share_demanded_asks_more_the_higher_it_is() -> None:
    rows = [
        {"family": "it", "policy": f"it {value}", "path": "policies.share.minimum", "rule": "share", "value": value,
         "must_move": must, "other_rules": 0.0, "binds_below": None, "date": "2020-09-15", "farthest": "originator:a"}
        for value, must in ((0.1, 2e-11), (0.3, 1.5), (0.5, 2.9))
    ]  # fmt: skip
    words = dose_in_words({"dose": rows, "distance": []})
    assert words == "By itself share asks nothing up to 0.1; read in the base on 2020-09-15."


def test_more_levers_than_two_are_left_to_the_tables(tmp_path: Path) -> None:
    levers = {"a": {f"path.{k}": 1.0 for k in range(3)}}
    assert draw_dose(tmp_path, tables({"a": 1.0}), {"levers": levers, "families": {"a": "a"}}) == []
