"""What tables make of seeds: paired intervals, variance ratios, the way a move goes, and the opening numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.report.comparison_dose import dose_in_words, stops_binding
from sim.report.markup import between, number, table
from sim.studies.compare_borrowers import cut_months
from sim.studies.compare_dose import dose_table
from sim.studies.compare_months import days_to_comply
from sim.studies.compare_outcomes import banks_excess_fen, capital_short_fen, excess_fen
from sim.studies.compare_tables import PEOPLE, chain_table, difference, group_table, interval, variance_ratio


def test_the_variance_ratio_is_what_pairing_saves() -> None:
    """Base 1, 2, 3 and policy 1, 2, 4: variances 1 and 7/3 apart, 1/3 together."""
    assert variance_ratio([(1, 1), (2, 2), (3, 4)]) == pytest.approx((1 + 7 / 3) / (1 / 3))
    assert variance_ratio([(1, 2), (2, 3)]) is None
    assert variance_ratio([(1, 2)]) is None


def test_a_difference_is_told_in_units_and_in_per_cent() -> None:
    row = difference([(10.0, 8.0), (10.0, 10.0)])
    assert (row["base"], row["under_policy"], row["difference"], row["percent"]) == (10, 9, -1, -10)
    assert row["low"] < -1 < row["high"]
    assert difference([(0.0, 1.0)])["percent"] is None


def test_an_interval_of_one_seed_has_no_bounds() -> None:
    mean, low, high = interval([3.0])
    assert (mean, low, high) == (3, -np.inf, np.inf)
    assert between(low, high) == "–"


def result(*shortfalls: tuple[str, int], must: float = 10.0) -> dict[str, Any]:
    rows = [
        {"date": date, "institution": "originator:a", "shortfall_fen": fen * 10**11, "counts": "funding"}
        for date, fen in shortfalls
    ]
    of = {"first_day": "2020-11-02", "outcomes": {"base": {"must_move": must}}, "rules": {"policy": rows}}
    return {"policies": {"cap": of}}


def test_compliance_is_dated_from_the_first_day() -> None:
    moving = result(("2020-11-01", 10), ("2020-11-30", 6), ("2020-12-31", 0))
    assert days_to_comply(moving, "cap") == 59
    assert days_to_comply(result(("2020-11-30", 6)), "cap") is None
    assert days_to_comply(result(must=0.0), "cap") == 0


def beyond(institution: str, fen: int, counts: str = "funding") -> dict[str, Any]:
    return {"institution": institution, "shortfall_fen": fen, "counts": counts}


def test_an_institution_beyond_two_rules_moves_the_larger_excess() -> None:
    caps = [beyond("originator:a", 5), beyond("originator:a", 7), beyond("originator:b", 1)]
    other = [beyond("originator:a", 20, "joint loans"), beyond("originator:a", 90, "capital"), beyond("bank:c", 50)]
    assert excess_fen(caps) == 8
    assert excess_fen([*caps, *other]) == 28
    assert capital_short_fen([*caps, *other]) == 90
    assert excess_fen(other[-1:]) == 50
    assert banks_excess_fen([*caps, *other]) == 50, "what banks must move is told beside what lenders must"


def test_chains_and_groups_have_intervals_over_seeds() -> None:
    """A chain of 40 people in one seed and of none in the next; a group of whom 20 and 40 are cut."""
    chain = {"chain": "credit cut, default", "cut_at": "a", "refused_for": "", "default_at": "b", "people": 40}
    counts = dict.fromkeys(PEOPLE, 0) | {"credit_base_fen": 10**11, "credit_policy_fen": 10**11, "people": 100}
    seeds = [
        {"policies": {"cap": {"chains": chains, "groups": [counts | {"dimension": "all", "group": "all",
                                                                     "limit_cut": cut}]}}}
        for chains, cut in (([chain], 20), ([], 40))
    ]  # fmt: skip
    (row,) = chain_table(seeds, "cap")
    assert (row["people"], row["low"]) == (20, 0)
    assert row["high"] > 40
    (group,) = group_table(seeds, "cap")
    assert (group["limit_cut"], group["limit_cut_low"]) == (30, 0)
    assert group["limit_cut_high"] > 40
    assert (group["default_both"], group["default_both_low"], group["default_both_high"]) == (0, 0, 0)


def test_credit_is_cut_where_less_than_nine_tenths_is_left() -> None:
    """By class where the limit falls, and by place where the lender's cut of the score moves."""
    usual, tighter = np.array([[256, 256]]), np.array([[256, 100]])
    base = [(np.array([[1_000_000, 500_000]]), usual)] * 3
    policy = [
        (np.array([[950_000, 500_000]]), usual), (np.array([[899_999, 500_000]]), usual),
        (np.array([[899_999, 500_000]]), tighter),
    ]  # fmt: skip
    months = cut_months(base, policy)
    assert (months[0, 0] == 2).all()
    assert (months[0, 1] == np.where(np.arange(256) < 100, 0, 3)).all()


@pytest.mark.parametrize(
    ("values", "moved", "end"),
    [
        ([1, 2, 3], [0.0, 0.0, 0.0], 1), ([1, 2, 3], [4.0, 2.0, 1.0], None), ([1, 2, 3], [4.0, 3.0, 0.0], 3),
        ([1, 2, 3, 4], [6.0, 2.0, 0.0, 0.0], 2.5), ([1, 2], [4.0, 0.0], 2),
    ],
)  # fmt: skip
def test_where_a_cap_stops_binding(values: list[float], moved: list[float], end: float | None) -> None:
    assert stops_binding(values, moved) == end


def stands(rule: str, institution: str, position: int, limit: int) -> dict[str, Any]:
    return {
        "date": "2020-09-15", "institution": institution, "rule": rule, "position_fen": position * 10**11,
        "limit_fen": limit * 10**11, "shortfall_fen": max(0, position - limit) * 10**11,
    }  # fmt: skip


def test_a_dose_is_what_the_rule_varied_asks_by_itself() -> None:
    """Twice net assets of 4 and 5: a at 12 is beyond 8 by 4, at three times; another cap asks 6 of a and 1 of b."""
    rows = [
        stands("cap", "originator:a", 12, 8), stands("cap", "originator:b", 5, 10),
        stands("other", "originator:a", 10, 4), stands("third", "originator:a", 6, 4),
        stands("other", "originator:b", 6, 5),
    ]  # fmt: skip
    later = [{**stands("cap", "originator:a", 90, 8), "date": "2020-09-30"}]
    found = [{"policies": {"it": {"rules": {"base": rows + later}}}}] * 2
    levers = {"policies.cap.multiple": 2.0, "originators.a.strategy.lend_ppm": 5.0}
    (dose,) = dose_table(found, "it", levers, {"cap": 2.0})
    assert (dose["must_move"], dose["must_move_low"], dose["other_rules"]) == (4, 4, 7)
    assert (dose["binds_below"], dose["farthest"], dose["date"]) == (3, "originator:a", "2020-09-15")
    distance = [{"policy": "it", "institution": "originator:a", "bound_by": "old_cap (100 % of months)"}]
    dose["family"] = "it"
    words = dose_in_words({"dose": [dose], "distance": distance})
    assert "By itself cap asks nothing from 3 on, where originator:a stands" in words
    assert "other rules ask 7.00 bn" in words
    assert "In single seeds" not in words
    assert "In single seeds it still asks something at 4." in dose_in_words(
        {"dose": [dose, {**dose, "value": 4.0, "must_move": 1.0}], "distance": distance}
    )
    assert "old_cap" in words
    other = {**dose, "path": "policies.other.multiple", "rule": "other", "other_rules": 1.0}
    words = dose_in_words({"dose": [dose, other, {**other, "value": 4.0, "other_rules": 2.0}], "distance": distance})
    assert "By itself cap asks" in words
    assert "By itself other asks nothing" in words
    assert "other rules ask 1.00 to 2.00 bn yuan, by what they are set to" in words


def test_texts_of_a_page_are_escaped_and_numbers_read_well() -> None:
    shown = table([{"a": "<b>&", "n": 1234.5}], {"name": "a", "value": "n"})
    assert "&lt;b&gt;&amp;" in shown
    assert '<td class="n">1,234</td>' in shown or '<td class="n">1,235</td>' in shown
    assert [number(v) for v in (-0.0, 2e-11, 0.123, 12.3, 123.45, None, 1e-5)] == [
        "0.00",
        "0.00",
        "0.12",
        "12.30",
        "123.5",
        "–",
        "1e-05",
    ]
