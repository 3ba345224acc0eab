"""A seller fails: with a true sale another servicer takes over, without one its estate swallows the loans."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

import pytest
from worlds import market, run_to

from sim.agents.institution import Life, Wake
from sim.agents.spv import Spv
from sim.calendar import day_of
from sim.ledger import Code, Kind
from sim.market import SecuritizationMarket
from sim.market.market import LAST_ORDER
from sim.timetable import HOURS_PER_DAY, Hour

FAILS = datetime.date(2017, 5, 10)
DEAL, SELLER, BACKUP = "huabei_2017_1", "originator:ant_xiaowei", "manager:cicc"
PLANS = [f"huabei_2017_{n}" for n in range(1, 6)]


def failing(end: str = "2017-12-31", **of_each_deal: Any) -> SecuritizationMarket:
    """A small market whose seller fails; deals without triggers, so that only what is tested acts."""
    changes = {f"deals__{deal}__{name}": value for deal in PLANS for name, value in of_each_deal.items()}
    scenario = market(end=end, originators__ant_xiaowei__fails_on=FAILS, **changes).settings
    bare = {name: terms.model_copy(update={"triggers": {}}) for name, terms in scenario.deals.items()}
    return SecuritizationMarket(scenario.model_copy(update={"deals": bare}))


def events(place: SecuritizationMarket, what: str) -> list[dict[str, Any]]:
    return [r for r in place.recorder.table("events").to_pylist() if r["event"] == what and r["deal"] == DEAL]


def at_rate(place: SecuritizationMarket, day: int, act: Any) -> None:
    """Somebody does something late on a day, as whoever resolves an estate would."""

    def live() -> Life:
        yield Wake(place.env, (day - place.day) * HOURS_PER_DAY + int(Hour.RATE), LAST_ORDER - 1)
        act(place.deals[DEAL])

    place.env.process(live())


def owed(place: SecuritizationMarket, kind: Kind) -> int:
    return sum(place.ledger.nominal(row) for row in place.ledger.claims_of(kind, creditor=f"spv:{DEAL}", debtor=SELLER))


@cache
def transferred() -> SecuritizationMarket:
    return run_to(failing(backup_servicer=BACKUP, servicing_transfer_days=30))


def test_a_true_sale_stops_buying_and_another_servicer_takes_over_after_its_days() -> None:
    place = transferred()
    assert [r["date"] for r in events(place, "servicer_failed")] == [FAILS]
    (moved,) = events(place, "servicing_transferred")
    assert moved["date"] == FAILS + datetime.timedelta(days=30)
    assert moved["family"] == "servicer_dismissal"
    bought = [r["date"] for r in place.recorder.table("purchases").to_pylist()]
    assert max(bought) < FAILS
    spv = place.deals[DEAL]
    assert spv.schedule.revolving_end == day_of(FAILS)
    assert spv.pool_fen() > 0
    # From then on borrowers pay the plan; what was collected between stays with the estate, to the fen.
    stuck = owed(place, Kind.COLLECTED)
    assert stuck == sum(spv.memory["at_servicer"].values()) > 0
    assert f"{stuck} fen stay with the estate" in moved["detail"]
    paid = [r for r in place.recorder.table("payments").to_pylist() if r["deal"] == DEAL and r["date"] > moved["date"]]
    assert sum(r["paid_fen"] for r in paid) > 0
    assert place.ledger.income(BACKUP)[Code.FEE] > 0


def test_without_a_backup_nobody_takes_over_and_more_is_stuck() -> None:
    alone = run_to(failing())
    assert not events(alone, "servicing_transferred")
    assert owed(alone, Kind.COLLECTED) > 2 * owed(transferred(), Kind.COLLECTED)


def test_the_longer_the_transfer_the_more_stays_with_the_estate() -> None:
    slow = run_to(failing(backup_servicer=BACKUP, servicing_transfer_days=60))
    assert owed(slow, Kind.COLLECTED) > owed(transferred(), Kind.COLLECTED)


def test_the_transfer_costs_what_the_terms_say() -> None:
    costs = {}
    for ppm in (0, 1_000):
        place = failing(backup_servicer=BACKUP, servicing_transfer_days=30, servicing_transfer_cost_ppm=ppm)
        run_to(place, day_of(FAILS) + 31)
        pools = sum(spv.pool_fen() for spv in place.deals.values() if spv.active)
        run_to(place, day_of(FAILS) + 35)  # paid as cash comes in
        costs[ppm] = place.ledger.income(BACKUP).get(Code.FEE, 0)
    assert costs[1_000] - costs[0] == pytest.approx(pools / 1_000, rel=0.02)


def test_a_sale_that_does_not_hold_leaves_a_claim_of_recourse_for_every_fen_of_loans() -> None:
    place = run_to(failing(true_sale=False), day_of(FAILS))
    before = place.deals[DEAL].pool_fen()
    run_to(place, day_of(FAILS) + 1)
    (event,) = events(place, "true_sale_fails")
    recourse = owed(place, Kind.RECOURSE)
    assert place.deals[DEAL].pool_fen() == 0
    assert f"{recourse} fen of loans" in event["detail"]
    assert recourse == pytest.approx(before, rel=0.03)  # less what borrowers paid on the day itself
    assert place.ledger.nominal(place.originators["ant_xiaowei"].loan_claim(SELLER)) > recourse
    rows = [r for r in place.recorder.table("pools").to_pylist() if r["deal"] == DEAL and r["date"] == FAILS]
    assert rows[0]["receivable_fen"] == 0


def test_what_the_estate_pays_reaches_the_notes_and_what_it_does_not_is_their_loss_with_its_cause() -> None:
    place = failing(end="2018-06-30", true_sale=False)
    named: list[str] = []

    def close_estate(spv: Spv) -> None:
        ledger = place.ledger
        for claim in spv.claims_on(SELLER):
            fen = ledger.nominal(claim) // 5
            ledger.endow(SELLER, fen)
            spv.take_dividend(claim, fen, SELLER)
            named.extend(spv.write_off_claim(claim, "origin"))
        assert spv.claims_on(SELLER) == []

    at_rate(place, day_of(FAILS) + 90, close_estate)
    run_to(place)
    assert DEAL in place.closed
    tranches = {row["tranche"]: row for row in place.closed[DEAL]["tranches"]}
    for row in tranches.values():
        assert row["paid_principal_fen"] + row["loss_fen"] == row["face_fen"]
    senior = tranches["senior"]
    assert senior["face_fen"] > senior["loss_fen"] > senior["face_fen"] // 2
    losses = [r for r in place.recorder.table("loss_flows").to_pylist() if r["deal"] == DEAL]
    by_cause = [r for r in losses if r["instrument"] == "TRANCHE" and r["cause"] in named]
    assert by_cause
    assert all(r["round"] == 1 for r in by_cause)
    assert {r["instrument"] for r in losses} >= {"RECOURSE", "TRANCHE"}


def test_a_plan_with_a_dead_claim_is_liquidated_at_legal_maturity() -> None:
    place = run_to(failing(end="2018-12-31", true_sale=False, legal_maturity_months=1))
    assert set(place.closed) >= {DEAL}
    assert all(row["loss_fen"] > 0 for row in place.closed[DEAL]["tranches"])
