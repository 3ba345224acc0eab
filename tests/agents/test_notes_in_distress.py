"""Notes in distress: what they are worth, who buys them, and that a plan with nothing left ends and posts its loss."""

from __future__ import annotations

import datetime

from note_worlds import rows, small_market
from worlds import run_to

from sim.agents import spv_life
from sim.agents.market_place import BUYERS_OF_DISTRESS
from sim.agents.note_views import covers_ppm, life_days
from sim.agents.spv import Spv
from sim.calendar import day_of
from sim.market import SecuritizationMarket

DATE = datetime.date
FIRST = {DATE(2019, 7, 8): ("baitiao", 120_000_000_000)}
PPM = 1_000_000


def emptied(place: SecuritizationMarket, name: str = "baitiao_1") -> Spv:
    """The first plan, its loans gone to buyers of distress for nothing, no longer buying others."""
    spv = place.deals[name]
    spv.become(amortising_from=place.day)
    run_to(place, place.day + 2)  # what was bought before comes in
    spv_life._sell_pool(spv, BUYERS_OF_DISTRESS, 0)
    return spv


def test_a_plan_with_nothing_left_ends_and_each_holder_bears_its_part_to_the_fen() -> None:
    place = run_to(small_market(FIRST), day_of(DATE(2020, 1, 10)))
    spv = emptied(place)
    before = place.day
    while not spv.ended and place.day < before + 200:
        owed = {t: spv.holdings(t) for t in spv.ranked}
        place.step()
    assert spv.ended, "with no loan, no cash and no claim there is nothing to wait for"
    told = {name: spv.memory["results"][name] for name in spv.ranked}
    for tranche in spv.ranked:
        assert sum(told[tranche]["principal"]) + told[tranche]["loss"] == 0, "paid in, less paid out, is lost"
    lost = [row for row in rows(place, "loss_flows") if row["deal"] == spv.name and row["instrument"] == "TRANCHE"]
    lost = [row for row in lost if row["date"] == lost[-1]["date"]]  # those before sold in a hurry
    by_holder: dict[str, int] = {}
    for row in lost:
        by_holder[row["to_party"]] = by_holder.get(row["to_party"], 0) + row["amount_fen"]
    last = [row for row in rows(place, "tranches") if row["deal"] == spv.name][-len(spv.ranked) :]
    interest = sum(row["unpaid_interest_fen"] for row in last)
    assert sum(by_holder.values()) == sum(kept["loss"] for kept in told.values()) + interest
    assert set(by_holder) == {holder for holdings in owed.values() for holder, fen in holdings.items() if fen}
    assert spv.name not in place.deals
    assert spv.name in place.closed


def test_a_guarantor_pays_what_it_promised_of_a_plan_with_nothing_left_and_does_not_keep_it_waiting() -> None:
    law = {"policy": "guarantee_requirement", "announced": "2019-01-01", "from": "2019-01-01", "limit_bp": 300}
    surety = {"title": "Surety", "capital_fen": 100_000_000_000}
    changes = {"policies.guaranteed": law | {"source": "LVR23"}, "guarantors.surety": surety}
    place = run_to(small_market(FIRST, **changes), day_of(DATE(2020, 1, 10)))
    spv = emptied(place)
    day, promised = place.day, spv.guaranteed_fen()
    assert 0 < promised < spv.notes_fen()
    while not spv.ended and place.day < day + 100:
        place.step()
    assert spv.ended
    paid = [
        row
        for row in rows(place, "payments")
        if row["deal"] == spv.name and row["date"] == rows(place, "tranches")[-1]["date"]
    ]
    assert sum(row["paid_fen"] for row in paid if row["payee"].startswith("tranche:")) >= promised
    assert any(row["event"] == "deficiency_payment" for row in rows(place, "events") if row["deal"] == spv.name)


def test_notes_nobody_may_hold_go_to_buyers_of_distress_at_what_is_covered_less_their_return() -> None:
    place = run_to(small_market(FIRST, investors__insurer__grace_days=0), day_of(DATE(2019, 10, 10)))
    spv, floor = place.deals["baitiao_1"], place.floor
    assert floor is not None
    agency = place.agencies[spv.terms.agency.removeprefix("agency:")]
    agency.memory["ratings"]["baitiao_1/senior"] = "B"
    held = spv.held_fen("senior", "investor:insurer")
    run_to(place, day_of(DATE(2019, 11, 2)))
    sold = [row for row in rows(place, "trades") if row["buyer"] == BUYERS_OF_DISTRESS]
    assert held
    assert any(row["seller"] == "investor:insurer" for row in sold), "no days of grace: it sells at any price"
    assert all(row["price_fen"] * PPM // row["nominal_fen"] < 970_000 for row in sold)
    assert not [row for row in rows(place, "trades") if row["tranche"] == "senior" and row["buyer"].startswith("dealer")
                and row["date"] >= DATE(2019, 11, 1)]  # fmt: skip


def test_who_has_days_of_grace_keeps_what_only_buyers_of_distress_want() -> None:
    place = run_to(small_market(FIRST, investors__insurer__grace_days=400), day_of(DATE(2019, 10, 10)))
    spv = place.deals["baitiao_1"]
    agency = place.agencies[spv.terms.agency.removeprefix("agency:")]
    agency.memory["ratings"]["baitiao_1/senior"] = "B"
    run_to(place, day_of(DATE(2019, 12, 4)))
    since = [row for row in rows(place, "trades") if row["date"] > DATE(2019, 10, 10)]
    assert not [row for row in since if row["seller"] == "investor:insurer"]


def test_in_default_the_allowance_is_what_is_not_covered_and_life_is_that_of_the_pool() -> None:
    place = run_to(small_market(FIRST), day_of(DATE(2019, 10, 25)))
    spv = emptied(place)
    agency = place.agencies[spv.terms.agency.removeprefix("agency:")]
    agency.memory["ratings"]["baitiao_1/senior"] = "C"
    run_to(place, day_of(DATE(2019, 11, 1)))
    insurer = spv.tranche_claim("senior", "investor:insurer")
    nominal, cover = place.ledger.nominal(insurer), covers_ppm(spv)["senior"]
    assert 0 <= cover < PPM
    assert abs(place.ledger.allowance(insurer) - (nominal - nominal * cover // PPM)) <= nominal // 100
    after = run_to(place, day_of(DATE(2019, 11, 4)))
    assert life_days(spv, "senior") >= 1
    assert after.floor.price_of("baitiao_1", "senior") <= covers_ppm(spv)["senior"]  # type: ignore[union-attr, operator]
