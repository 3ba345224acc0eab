"""A manager that fails is replaced, and a fund that keeps its own investors waiting is wound up."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from note_worlds import small_market
from worlds import SCENARIOS, run_to

from sim.agents import practice
from sim.agents.investor import paid_oldest_first
from sim.calendar import day_of
from sim.ledger import Code
from sim.market import SecuritizationMarket
from sim.records import checkpoint
from sim.scenario import load_scenario

DATE = datetime.date
PEOPLE = {"population__households": 4_000, "population__weight": 5_000}


def events(place: SecuritizationMarket, what: str) -> list[dict[str, Any]]:
    return [row for row in place.recorder.table("events").to_pylist() if row["event"] == what]


def market_with_plans() -> SecuritizationMarket:
    people = {"population.households": 3_000, "population.weight": 6_667}
    changes = {**people, "end": "2019-04-30", "records.pools": "daily"}
    return SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", changes))


def test_plans_of_a_failed_manager_wait_and_then_have_another(tmp_path: Path) -> None:
    place = run_to(market_with_plans(), day_of(DATE(2019, 1, 15)))
    first, second = place.managers["first"], place.managers["second"]
    mine = [spv for spv in place.plans_of("manager", first.party) if not spv.ended]
    assert mine
    assert place.plans_of("manager", second.party)
    practice.fail(first, "asked for by a test")
    run_to(place, day_of(DATE(2019, 1, 20)))
    checkpoint.save(tmp_path / "midnight.npz", place.state())
    run_to(place, day_of(DATE(2019, 3, 2)))
    replaced = events(place, "manager_replaced")
    # Deals that were on their way with the failed manager are handed over when they close.
    assert {row["deal"] for row in replaced} >= {spv.name for spv in mine}
    assert all(spv.manager == second.party for spv in mine)
    assert {row["date"] for row in replaced if row["deal"] in {s.name for s in mine}} == {DATE(2019, 2, 14)}
    bought = [r for r in place.recorder.table("purchases").to_pylist() if r["deal"] in {spv.name for spv in mine}]
    waiting = [r for r in bought if DATE(2019, 1, 15) <= r["date"] < DATE(2019, 2, 14)]
    assert not any(row["settled_fen"] for row in waiting)
    assert any(row["settled_fen"] for row in bought if row["date"] >= DATE(2019, 2, 14))
    again = market_with_plans()
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    run_to(again, day_of(DATE(2019, 3, 2)))
    assert again.ledger.state()["json"] == place.ledger.state()["json"]


def test_where_no_manager_is_left_plans_end_their_revolving_period() -> None:
    place = run_to(market_with_plans(), day_of(DATE(2019, 1, 15)))
    for manager in place.managers.values():
        practice.fail(manager, "asked for by a test")
    run_to(place, day_of(DATE(2019, 2, 16)))
    lost = events(place, "manager_lost")
    assert lost
    for row in lost:
        assert place.deals[row["deal"]].schedule.revolving_end == day_of(row["date"])


def test_debts_are_paid_oldest_first() -> None:
    assert paid_oldest_first([5, 7, 3], 6) == [0, 6, 3]
    assert paid_oldest_first([], 6) == []


def test_a_fund_that_keeps_its_investors_waiting_is_wound_up_and_its_money_goes_back_to_them() -> None:
    calm = {"inflow_ppm": 0, "sd_ppm": 0, "stress_ppm": 0}
    first = {DATE(2019, 7, 8): ("baitiao", 120_000_000_000)}
    place = small_market(first, investors__wealth__flows=calm, dealers={}, **PEOPLE)
    run_to(place, day_of(DATE(2019, 9, 27)))
    wealth, ledger = place.investors["wealth"], place.ledger
    assets = ledger.assets([wealth.party])[wealth.party]
    assert 0 < ledger.cash(wealth.party) < assets
    # All that it has is asked back; nobody deals in notes, so that what is not cash has to wait.
    wealth.memory.update(owed_fen=assets, owed_by_month=[assets])
    units = ledger.income(wealth.party).get(Code.ISSUE, 0)
    run_to(place)
    (failure,) = events(place, "investor_failure")
    assert failure["institution"] == wealth.party
    assert "waited 3 months" in failure["detail"]
    (closed,) = (row for row in events(place, "estate_closed") if row["institution"] == wealth.party)
    assert closed["date"] > failure["date"]
    assert ledger.assets([wealth.party])[wealth.party] == ledger.equity(wealth.party) == 0
    assert units - ledger.income(wealth.party).get(Code.ISSUE, 0) > assets * 9 // 10
