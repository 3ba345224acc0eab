"""Measures of a network small enough to work out by hand, with and without what stands off the balance sheets."""

from __future__ import annotations

from typing import Any

import pytest
from scipy.stats import norm

from sim.contagion.exposures import Exposures, exposures_of
from sim.contagion.network_measures import NetworkMeasures, measure

HOUSEHOLDS, PUBLIC = "world:households", "world:depositors"


def view(*claims: tuple[Any, ...]) -> Exposures:
    """Claims as (layer, creditor, debtor, deal, state, fen)."""
    return exposures_of({
        "layer": [c[0] for c in claims], "creditor": [c[1] for c in claims], "debtor": [c[2] for c in claims],
        "deal": [c[3] for c in claims], "rank": [0] * len(claims), "state": [c[4] for c in claims],
        "amount_fen": [c[5] for c in claims],
        "carrying_fen": [0 if c[4] in ("undrawn", "contingent") else c[5] for c in claims],
    })  # fmt: skip


TWO_BANKS = (
    ("LOAN", "bank:a", HOUSEHOLDS, "", "drawn", 60),
    ("LOAN", "bank:b", HOUSEHOLDS, "", "drawn", 91),
    ("INTERBANK", "bank:a", "bank:b", "", "drawn", 40),
    ("INTERBANK", "bank:b", "bank:a", "", "drawn", 9),
    ("DEPOSIT", f"{PUBLIC}/x", "bank:a", "", "drawn", 81),
    ("DEPOSIT", f"{PUBLIC}/x", "bank:b", "", "drawn", 40),
)
"""Bank a: 100 of assets, 10 of equity. Bank b: 100 of assets, 20 of equity."""


def test_two_banks_by_hand():
    found = measure(view(*TWO_BANKS), off_balance=False, volatility=0.1)
    assert found.density == 1.0
    assert found.concentration == pytest.approx((40 / 49) ** 2 + (9 / 49) ** 2)
    assert found.radius == pytest.approx((40 / 10 * 9 / 20) ** 0.5)
    alone = {"a": 20 / 30 * 9 / 20, "b": 10 / 30 * 1.0}  # a is owed four times its equity by b
    assert (found.dangerous, found.impact) == ("bank:b", pytest.approx(alone["b"]))
    chances = {"a": norm.cdf(-0.10 / 0.1), "b": norm.cdf(-0.20 / 0.1)}
    assert found.expected_loss == pytest.approx(sum(chances[name] * alone[name] for name in alone))


def test_money_reaches_the_largest_debtors_creditor_soonest():
    # a pays b 9 of 100 and the rest outside; b pays a 40 of 100; outside pays a 60 and b 91 of 151.
    found = measure(view(*TWO_BANKS), off_balance=False)
    to_a = {"b": 0.0, "out": 0.0}
    for _ in range(1000):  # mean steps to a, by repetition
        to_a = {"b": 1 + 0.6 * to_a["out"], "out": 1 + 91 / 151 * to_a["b"]}
    to_b = {"a": 0.0, "out": 0.0}
    for _ in range(1000):
        to_b = {"a": 1 + 0.91 * to_b["out"], "out": 1 + 60 / 151 * to_b["a"]}
    ranks = {"bank:a": 2 / sum(to_a.values()), "bank:b": 2 / sum(to_b.values())}
    assert found.central == max(ranks, key=lambda name: ranks[name])
    assert found.sinkrank == pytest.approx(max(ranks.values()))


HIDDEN = (
    *TWO_BANKS,
    ("LOAN", "originator:p", HOUSEHOLDS, "p", "drawn", 10),
    ("LOAN", "spv:x", HOUSEHOLDS, "p", "drawn", 7),
    ("TRANCHE", "bank:a", "spv:x", "x", "drawn", 7),
    ("LOAN", "bank:b", HOUSEHOLDS, "p", "drawn", 5),
    ("WAREHOUSE", "bank:b", "originator:p", "", "undrawn", 3),
)
"""Besides, notes of a pool sold by a platform, joint loans with it, and a line it has not drawn."""


def test_notes_joint_loans_and_lines_lead_to_the_platform_only_off_balance():
    on, off = (measure(view(*HIDDEN), off_balance=scope) for scope in (False, True))
    assert on.density == 1.0  # the platform owes nobody on its balance sheet
    assert off.density == pytest.approx(4 / 6)
    owed = {"bank:b": 40, "bank:a": 9, "originator:p": 7 + 5 + 3}
    assert off.concentration == pytest.approx(sum((fen / 64) ** 2 for fen in owed.values()))


def test_no_network_gives_no_measure():
    assert measure(view(TWO_BANKS[0]), off_balance=True) == NetworkMeasures()
    broke = (*TWO_BANKS, ("DEPOSIT", f"{PUBLIC}/y", "bank:a", "", "drawn", 10))
    assert measure(view(*broke), off_balance=False) == NetworkMeasures()  # a has no equity left: one node is none
