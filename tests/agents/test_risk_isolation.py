"""A seller fails: with a true sale another servicer takes over, without one its estate swallows the loans."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

import pytest
from worlds import market, run_to

from sim.calendar import day_of
from sim.contagion.explain import explain
from sim.ledger import Code, Kind
from sim.market import SecuritizationMarket

FAILS = datetime.date(2017, 5, 10)
DEAL, SELLER, BACKUP = "huabei_2017_1", "originator:ant_xiaowei", "manager:cicc"
PLANS = [f"huabei_2017_{n}" for n in range(1, 6)]


def failing(end: str = "2017-12-31", **terms: Any) -> SecuritizationMarket:
    """A small market whose seller fails; deals without triggers, so that only what is tested acts. `terms` are those of
    each deal, or of the resolution."""
    changes = {k: v for k, v in terms.items() if k.startswith("resolution__")}
    of_each_deal = {k: v for k, v in terms.items() if k not in changes}
    changes |= {f"deals__{deal}__{name}": value for deal in PLANS for name, value in of_each_deal.items()}
    scenario = market(end=end, originators__ant_xiaowei__fails_on=FAILS, **changes).settings
    bare = {name: terms.model_copy(update={"triggers": {}}) for name, terms in scenario.deals.items()}
    return SecuritizationMarket(scenario.model_copy(update={"deals": bare}))


def events(place: SecuritizationMarket, what: str) -> list[dict[str, Any]]:
    return [r for r in place.recorder.table("events").to_pylist() if r["event"] == what and r["deal"] == DEAL]


def owed(place: SecuritizationMarket, kind: Kind) -> int:
    return sum(place.ledger.nominal(row) for row in place.ledger.claims_of(kind, creditor=f"spv:{DEAL}", debtor=SELLER))


@cache
def transferred() -> SecuritizationMarket:
    return run_to(failing(backup_servicer=BACKUP, servicing_transfer_days=30), day_of(FAILS) + 60)


def lodged(place: SecuritizationMarket) -> int:
    """What has been stuck with the estate so far: still owed, paid, and lost."""
    spv = place.deals[DEAL]
    dividends = spv.memory["life"]["recovered"]
    return owed(place, Kind.COLLECTED) + dividends


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
    # From then on borrowers pay the plan; what the estate still owes it is all that stays there, to the fen.
    assert owed(place, Kind.COLLECTED) == sum(spv.memory["at_servicer"].values())
    run_to(place)
    paid = [r for r in place.recorder.table("payments").to_pylist() if r["deal"] == DEAL and r["date"] > moved["date"]]
    assert sum(r["paid_fen"] for r in paid) > 0
    assert place.ledger.income(BACKUP)[Code.FEE] > 0


def test_the_longer_the_transfer_the_more_goes_through_the_estate() -> None:
    quick = failing(backup_servicer=BACKUP, servicing_transfer_days=15)
    slow = failing(backup_servicer=BACKUP, servicing_transfer_days=60)
    assert lodged(run_to(slow, day_of(FAILS) + 70)) > lodged(run_to(quick, day_of(FAILS) + 70)) > 0


def test_without_a_backup_the_manager_collects_once_the_estate_is_closed() -> None:
    alone = run_to(failing())
    (moved,) = events(alone, "servicing_transferred")
    (closed,) = [r for r in alone.recorder.table("events").to_pylist() if r["event"] == "estate_closed"]
    assert moved["date"] == closed["date"] > FAILS + datetime.timedelta(days=30)
    spv = alone.deals[DEAL]
    assert spv.memory["perfected"]
    assert not spv.claims_on(SELLER)


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


FIRE_SALE = {"resolution__close_below_ppm": 1_000_000, "resolution__rest_price_ppm": 100_000}
"""The estate is sold at its first month end, for a tenth."""


@cache
def fire_sale(*, true_sale: bool) -> SecuritizationMarket:
    return run_to(failing(end="2018-12-31", true_sale=true_sale, backup_servicer=BACKUP, **FIRE_SALE))


def test_isolation_off_lets_the_failure_reach_the_tranches_on_only_commingled_cash() -> None:
    """The paired sign test of isolation: same borrowers, same failure, same estate."""
    lost = {}
    for true_sale in (True, False):
        losses = fire_sale(true_sale=true_sale).recorder.table("loss_flows")
        rows = losses.to_pylist()
        by_estate = [r for r in rows if r["from_party"] == SELLER and r["to_party"].startswith("spv:")]
        assert {r["instrument"] for r in by_estate} == ({"COLLECTED"} if true_sale else {"COLLECTED", "RECOURSE"})
        holders = {r["to_party"] for r in rows if r["instrument"] == "TRANCHE"}
        chains = [chain for holder in holders for chain in explain(losses, holder).chains]
        passed_on = [c for c in chains if any(s.from_party == SELLER for s in c.steps) and len(c.steps) > 1]
        senior = sum(c.amount_fen for c in passed_on if c.steps[-1].to_party == "investor:qualified")
        lost[true_sale] = sum(c.amount_fen for c in passed_on), senior
    assert lost[False][0] > 5 * lost[True][0]
    assert lost[False][1] > 0


def test_what_the_estate_does_not_pay_is_the_notes_loss_to_the_fen() -> None:
    place = fire_sale(true_sale=False)
    for row in place.closed[DEAL]["tranches"]:
        assert row["paid_principal_fen"] + row["loss_fen"] == row["face_fen"]
    losses = place.recorder.table("loss_flows")
    rows = losses.to_pylist()
    estate = sum(r["amount_fen"] for r in rows if r["from_party"] == SELLER and r["to_party"] == f"spv:{DEAL}")
    holders = {r["to_party"] for r in rows if r["from_party"] == f"spv:{DEAL}"}
    chains = [c for holder in holders for c in explain(losses, holder).chains if c.steps[-1].deal == DEAL]
    passed_on = sum(c.amount_fen for c in chains if any(s.from_party == SELLER for s in c.steps))
    assert 0 < passed_on <= estate
    assert sum(c.amount_fen for c in chains) == sum(
        r["amount_fen"] for r in rows if r["from_party"] == f"spv:{DEAL}" and r["instrument"] == "TRANCHE"
    )


def test_a_plan_with_a_dead_claim_is_liquidated_at_legal_maturity() -> None:
    place = run_to(failing(end="2018-12-31", true_sale=False, legal_maturity_months=1, **FIRE_SALE))
    assert set(place.closed) >= {DEAL}
    lost = {row["tranche"] for row in place.closed[DEAL]["tranches"] if row["loss_fen"] > 0}
    assert lost >= {"mezzanine", "subordinated"}
