"""Policies on a small market: what an announcement changes, and from which hour; a limit that binds nobody."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from policy_worlds import CAP, SMALL, different, rows, simulated

from sim.errors import ScenarioError
from sim.market import SecuritizationMarket
from sim.regulation.policies import first_announced
from sim.scenario import load_scenario

MAY = datetime.date(2019, 5, 6)
END = datetime.date(2019, 6, 28)


def cap(multiple: float, announced: datetime.date = MAY, **more: Any) -> dict[str, Any]:
    dates = {"announced": announced.isoformat(), "from": announced.isoformat(), "multiple": multiple} | more
    return {f"policies.cap.{name}": value for name, value in dates.items()}


@pytest.fixture(scope="module")
def base() -> SecuritizationMarket:
    return simulated(END)


def test_a_limit_that_binds_nobody_changes_no_table_but_regulation(base: SecuritizationMarket) -> None:
    other = simulated(END, [CAP], **cap(1_000))
    assert different(base, other) == {"regulation"}
    told = [row for row in other.recorder.table("notices").to_pylist() if row["subject"] == "policy:cap"]
    assert [(row["date"], row["hour"]) for row in told] == [(MAY, 0)]
    assert [
        row["date"] for row in other.recorder.table("events").to_pylist() if row["event"] == "policy_announced"
    ] == [MAY]


def test_nobody_knows_before_the_announcement_and_lenders_act_on_it_before_it_is_law() -> None:
    """Law on the first of August, announced in May: sold pools shrink in May and June, and not a day before."""
    law = {"policies.cap.from": "2019-08-01"}
    tight = simulated(END, [CAP], **cap(0.2) | law)
    free = simulated(END, [CAP], **cap(1_000) | law)
    before = [row for row in rows(tight, "lenders") if row["date"] < MAY]
    assert before == [row for row in rows(free, "lenders") if row["date"] < MAY]
    assert not [row for row in rows(tight, "regulation") if row["rule"] == "cap"]
    assert planned(tight) != planned(free)


def planned(market: SecuritizationMarket) -> list[dict[str, Any]]:
    return [row for row in rows(market, "lenders") if row["institution"] == "originator:wallet" and row["date"] > MAY]


def test_the_first_day_that_can_differ_is_that_of_the_first_announcement() -> None:
    scenario = load_scenario(SMALL, cap(4), overlays=[CAP])
    assert first_announced(scenario.policies) == MAY
    assert first_announced(load_scenario(SMALL).policies) is None


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("policy", "standardized_cap", "'standardised_funding_cap'"),
        (
            "multple",
            4,
            "did you mean 'multiple'? Known keys: 'announced', 'applies_to', 'deadline', 'from', 'multiple', ",
        ),
        ("multiple", 0, "should be greater than 0 (got 0); valid: greater than 0 and less than or equal to 10,000"),
        ("multiple", "four", "should be a number"),
        ("applies_to", "[microlenders]", "microlender, retailer, platform, consumer_finance, p2p, bank"),
        ("until", "2019-01-01", "lies before from"),
        ("deadline", "2019-01-01", "lies before from"),
        ("from", "2019-01-01", "lies before announced"),
    ],
)
def test_a_wrong_policy_is_refused_with_what_would_be_right(key: str, value: object, told: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(told)):
        load_scenario(SMALL, cap(4) | {f"policies.cap.{key}": value}, overlays=[CAP])
