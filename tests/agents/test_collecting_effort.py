"""Lenders choose how hard they collect: in one market some collect harder than in the fitted book, some softer."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents import collecting
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.studies.signs_systemic import EAGER

SHOP = "originator:shop"


@cache
def small(**changes: Any) -> SecuritizationMarket:
    world = {"end": "2019-06-30"}
    path = SCENARIOS / "studies" / "small_market.yaml"
    return run_to(
        SecuritizationMarket(load_scenario(path, world | {k.replace("__", "."): v for k, v in changes.items()}))
    )


def pressures(place: SecuritizationMarket) -> dict[str, list[int]]:
    found = defaultdict(list)
    for row in place.recorder.table("lenders").to_pylist():
        found[row["institution"]].append(row["collection_milli"])
    return dict(found)


def test_some_collect_harder_and_some_softer_than_in_the_fitted_book() -> None:
    found = pressures(small())
    assert min(found["originator:wallet"]) < 0 < max(found["originator:quick"]), found


def test_a_lender_whose_buyers_bear_the_first_loss_collects_softer() -> None:
    kept = pressures(small())
    sold = pressures(small(patterns__shelves__programme__residual_retained_ppm=0, **EAGER))
    assert sum(sold[SHOP]) < sum(kept[SHOP])


def test_what_it_chose_is_what_its_book_collects_with_and_is_paid_for() -> None:
    place = small()
    for name, lender in place.originators.items():
        pressure = place.books[name].policy.collection_milli
        assert pressure == pressures(place)[lender.party][-1]
        cost = lender.memory["collecting"]["cost_fen"]
        assert (cost > 0, cost < 0) == (pressure > 0, pressure < 0), name


@pytest.mark.parametrize("leaves", [False, True])
def test_one_that_lends_no_more_fears_no_order(leaves: bool) -> None:
    place = small()
    lender = place.originators["card"]
    strategy = lender.terms.strategy
    before = lender.memory["left"]
    lender.memory["left"] = leaves
    try:
        costs = collecting.order_cost_ppm(lender, strategy, 0)
        assert bool(sum(costs.values())) != leaves
        assert all(cost == 0 for c, cost in costs.items() if c <= place.conduct.terms.tolerated_milli)
    finally:
        lender.memory["left"] = before
