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
from sim.studies.compare_distance import NO_DIFFERENCE, distance_table, in_words, way_on
from sim.studies.compare_dose import dose_table

BN = 100_000_000_000


def rule_row(date: str, position: float, limit: float) -> dict[str, Any]:
    return {
        "date": date, "institution": "originator:ant", "rule": "cap", "position_fen": int(position * BN),
        "limit_fen": int(limit * BN), "shortfall_fen": max(0, int((position - limit) * BN)), "counts": "funding",
    }  # fmt: skip


def result(positions: dict[str, float], limit: float) -> dict[str, Any]:
    rules = [rule_row(date, position, limit) for date, position in positions.items()]
    binding = [{"date": date, "institution": "originator:ant", "rule": "notice"} for date in list(positions)[:1]]
    return {
        "binding": {"base": binding, "it": []},
        "lenders": {"base": [{"date": date} for date in positions]},
        "policies": {"it": {"rules": {"base": rules, "policy": rules}, "bound": ["ant"]}},
    }


def test_the_month_in_which_least_is_left_and_the_multiple_at_which_a_cap_stops_binding() -> None:
    """12 bn of net assets: 48 bn at four times. 12 bn as the policy becomes known, so from once on the cap asks
    nothing; 18 bn at most later on."""
    (row,) = distance_table([result({"2020-11-30": 12.0, "2020-12-31": 18.0}, 48.0)], "it", {"cap": 4.0})
    assert (row["date"], row["headroom"], row["used_percent"]) == ("2020-12-31", 30.0, 37.5)
    assert (row["times_net_assets"], row["binds_below"]) == (pytest.approx(1.5), pytest.approx(1.0))
    assert row["bound_by"] == "notice (50 % of months)"
    told = in_words([row])
    assert told.startswith("cap binds nobody in the base")
    assert "30.00 bn yuan below the limit of 4 times, at 1.5 times its net assets" in told
    assert "it would have bound nobody from a multiple of 1 on" in told
    assert told.endswith("What binds it is notice (50 % of months).")


def nearest(institution: str, rule: str, headroom: float, **more: Any) -> dict[str, Any]:
    row = {"institution": institution, "rule": rule, "date": "2021-06-30", "headroom": headroom, "multiple": None}
    return {**row, "binds_below": None, "bound_by": "", **more}


def test_where_nothing_differs_the_way_on_is_named() -> None:
    """A cap that would have bound below 1.48 times, kept from binding by the cash-loan notice."""
    cap = nearest("originator:ant", "cap", 30.0, multiple=4.0, binds_below=1.48, bound_by="cash_loan_notice (100 %)")
    told = way_on([cap], set())
    assert told.startswith(NO_DIFFERENCE)
    assert "--vary policies.cap.multiple=0.37,0.74,1.5" in told
    assert "general_notice_2020.yaml" in told
    assert "general_notice_2020.yaml" not in way_on([cap], {"cash_loan_notice"})
    assert way_on([], set()) == NO_DIFFERENCE


def test_rules_for_banks_are_put_in_words() -> None:
    rows = [nearest("bank:a", "single_partner_limit", -12.0), nearest("bank:b", "single_partner_limit", 3.0)]
    told = in_words(rows)
    assert "1 of 2 banks, the farthest bank:a by 12.00 bn on 2021-06-30" in told
    assert "binds no bank in the base; nearest is bank:b, 3.00 bn within it" in in_words(rows[1:])


def test_where_a_cap_stops_binding_is_the_same_figure_with_and_without_a_lever() -> None:
    """Means over seeds of an institution's own multiple, the farthest of them: 60/48 and 36/48 of four times."""
    results = [result({"2020-11-30": position, "2020-12-31": 90.0}, 48.0) for position in (60.0, 36.0)]
    (row,) = distance_table(results, "it", {"cap": 4.0})
    (dose,) = dose_table(results, "it", {"policies.cap.multiple": 4.0}, {"cap": 4.0})
    assert row["binds_below"] == dose["binds_below"] == 4.0


def test_nearest_to_a_cap_is_who_stands_at_the_highest_multiple() -> None:
    """A small lender has less room in yuan, at a smaller multiple of its net assets."""
    found = result({"2020-11-30": 18.0}, 48.0)
    small = {**rule_row("2020-11-30", 0.2, 4.0), "institution": "originator:small"}
    found["policies"]["it"]["rules"]["base"].append(small)
    assert "Nearest is originator:ant" in in_words(distance_table([found], "it", {"cap": 4.0}))


def test_of_a_rule_on_shares_the_month_is_the_one_in_which_least_is_left() -> None:
    """Partners lend 98 % where 70 % is the most: 140 % of the limit in every month, but of ever more loans."""
    found = result({"2020-11-30": 98.0}, 70.0)
    rules = found["policies"]["it"]["rules"]
    rules["base"] = [*rules["base"], rule_row("2020-12-31", 196.0, 140.0), rule_row("2021-01-31", 49.0, 35.0)]
    (row,) = distance_table([found], "it", {})
    assert (row["date"], row["headroom"], row["used_percent"]) == ("2020-12-31", -56.0, pytest.approx(140))


def test_a_lender_without_net_assets_is_beyond_a_cap_and_has_no_multiple() -> None:
    (row,) = distance_table([result({"2020-11-30": 2.0}, 0.0)], "it", {"cap": 4.0})
    assert (row["headroom"], row["used_percent"], row["times_net_assets"]) == (-2.0, None, None)


def test_who_stands_beyond_a_limit_is_named_with_what_is_beyond() -> None:
    rows = distance_table([result({"2020-11-30": 60.0}, 48.0)], "it", {"cap": 4.0})
    assert in_words(rows).startswith("Beyond cap in the base: originator:ant (12.00 bn at most, on 2020-11-30)")
    assert "multiple of 5 on" in in_words(rows)


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
    assert {row["path"]: (row["value"], row["range"]) for row in assumed_table(base, wall, "wall")} == {
        "policies.ring_fence.bridge_ppm": ("100,000", "50,000 to 200,000 ppm of net assets"),
        "policies.data_wall.added_error": ("0.3", "0.1 to 1 share"),
    }
