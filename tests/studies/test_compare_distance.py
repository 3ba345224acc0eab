"""Which rule binds whom: the nearest month, the multiple below which a cap would bind, and what binds instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sim.scenario import load_scenario
from sim.scenario.schema import Scenario
from sim.studies.compare_assumed import assumed_table
from sim.studies.compare_distance import distance_table, in_words

BN = 100_000_000_000


def rule_row(date: str, position: float, limit: float) -> dict[str, Any]:
    return {
        "date": date, "institution": "originator:ant", "rule": "cap", "position_fen": int(position * BN),
        "limit_fen": int(limit * BN), "counts": "funding",
    }  # fmt: skip


def result(positions: dict[str, float], limit: float) -> dict[str, Any]:
    rules = [rule_row(date, position, limit) for date, position in positions.items()]
    binding = [{"date": date, "institution": "originator:ant", "rule": "notice"} for date in list(positions)[:1]]
    return {
        "binding": {"base": binding, "it": []},
        "lenders": {"base": [{"date": date} for date in positions]},
        "policies": {"it": {"rules": {"base": rules, "policy": rules}, "bound": ["ant"]}},
    }


def test_the_nearest_month_says_from_which_multiple_on_a_cap_would_bind() -> None:
    """12 bn of net assets: 48 bn at four times; 18 bn at most, so below 1.5 times."""
    (row,) = distance_table([result({"2020-11-30": 12.0, "2020-12-31": 18.0}, 48.0)], "it", {"cap": 4.0})
    assert (row["date"], row["headroom"], row["used_percent"]) == ("2020-12-31", 30.0, 37.5)
    assert row["binds_below"] == pytest.approx(1.5)
    assert row["bound_by"] == "notice (50 % of months)"
    told = in_words([row])
    assert told.startswith("cap binds nobody in the base")
    assert "below a multiple of 1.50" in told
    assert told.endswith("What binds it is notice (50 % of months).")


def test_who_stands_beyond_a_limit_is_named_with_what_is_beyond() -> None:
    rows = distance_table([result({"2020-11-30": 60.0}, 48.0)], "it", {"cap": 4.0})
    assert in_words(rows).startswith("Beyond cap in the base: originator:ant (12.00 bn at most)")
    assert "multiple of 5.00" in in_words(rows)


def test_rules_that_are_no_multiples_say_nothing_of_one() -> None:
    (row,) = distance_table([result({"2020-11-30": 1.0}, 2.0)], "it", {})
    assert row["binds_below"] is None
    assert in_words([row]) == ""


@pytest.fixture(scope="module")
def base() -> Scenario:
    return load_scenario("scenarios/baseline.yaml")


@pytest.mark.parametrize("overlay", sorted(Path("scenarios/policies").glob("*.yaml")), ids=lambda path: path.stem)
def test_what_any_shipped_policy_assumes_can_be_written(overlay: Path, base: Scenario) -> None:
    """Numbers, names and dates side by side: as JSON and as a column of one type."""
    rows = assumed_table(base, load_scenario("scenarios/baseline.yaml", overlays=[overlay]), overlay.stem)
    assert json.loads(json.dumps(rows)) == rows
    assert pa.Table.from_pylist(rows).to_pylist() == rows
    if overlay.stem == "all_of_2020_2021":
        assert {row["path"]: row["value"] for row in rows}["policies.nonstandardised_cap.deadline"] == "2021-09-16"


def test_what_is_assumed_is_listed_with_its_range(base: Scenario) -> None:
    joint = load_scenario("scenarios/baseline.yaml", overlays=["scenarios/policies/joint_lending_30.yaml"])
    rows = assumed_table(base, joint, "joint")
    assert [row["path"].rsplit(".", 1)[-1] for row in rows] == ["alone_share_ppm", "alone_ready_days", "alone_cost_ppm"]
    assert rows[0]["value"] == "700,000"
    assert rows[0]["range"] == "400,000 to 1,000,000 ppm"
    wall = load_scenario("scenarios/baseline.yaml", overlays=["scenarios/policies/rectification_licence.yaml"])
    assert {row["path"]: row["value"] for row in assumed_table(base, wall, "wall")} == {
        "policies.ring_fence.bridge_ppm": "100,000", "policies.data_wall.added_error": "0.3",
    }  # fmt: skip
