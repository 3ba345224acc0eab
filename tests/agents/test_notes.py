"""Notes change hands: who is paid, accrued and written down is who holds them on the day, to the fen."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from worlds import market, run_to

from sim.agents.institution import Life, Wake
from sim.agents.spv import Spv
from sim.calendar import day_of
from sim.deals.fees import interest_fen
from sim.errors import InvariantError
from sim.ledger import Code
from sim.market import SecuritizationMarket
from sim.timetable import HOURS_PER_DAY, Hour

DEAL = "huabei_2017_1"
SELLER, BUYER = "investor:qualified", "investor:second"
TRADED = datetime.date(2017, 3, 20)
RICH = {"title": "second", "cash_fen": 10**14}


def traded(trade: Callable[[Spv], object], until: str, *, end: str = "2018-12-31") -> SecuritizationMarket:
    """A small market in which something is traded at hour TRADE of one day."""
    place = market(end=end, investors__second=RICH)
    spv = place.deals[DEAL]

    def once() -> Life:
        yield Wake(place.env, day_of(TRADED) * HOURS_PER_DAY + int(Hour.TRADE) - place.env.now, place.plans_order)
        place.ledger.set_clock(place.day, int(Hour.TRADE))
        trade(spv)

    place.env.process(once())
    return run_to(place, day_of(datetime.date.fromisoformat(until)))


def test_interest_up_to_the_trade_is_the_sellers_and_after_it_the_buyers() -> None:
    def sell(spv: Spv) -> None:
        held = spv.holdings("senior")[SELLER]
        seller_had = spv.place.ledger.cash(SELLER)
        paid = spv.transfer_notes("senior", SELLER, BUYER, held // 4, held // 4 - 777)
        coupon = spv.terms.tranches["senior"].coupon_bp or 0
        run = spv.schedule.next_after(spv.place.day)
        assert run is not None
        due = interest_fen(held, coupon, spv.place.day - run.interest_from)
        assert due > 10**6
        assert paid == held // 4 - 777 + due * (held // 4) // held
        assert spv.place.ledger.cash(SELLER) == seller_had + paid
        assert spv.place.ledger.accrued(spv.tranche_claim("senior", BUYER)) == due * (held // 4) // held

    place = traded(sell, "2017-04-01")
    spv = place.deals[DEAL]
    holdings = spv.holdings("senior")
    assert list(holdings) == [SELLER, BUYER]
    assert holdings[BUYER] * 3 - holdings[SELLER] in range(-3, 1)
    assert place.ledger.marked(spv.tranche_claim("senior", BUYER)) == -777
    rows = place.recorder.table("holdings").to_pylist()
    last = [r for r in rows if r["deal"] == DEAL and r["tranche"] == "senior" and r["date"].month == 3]
    assert {r["holder"]: r["nominal_fen"] for r in last} == holdings
    # Together they are accrued exactly the interest of the tranche.
    upcoming = spv.schedule.next_after(place.day)
    assert upcoming is not None
    due = interest_fen(
        sum(holdings.values()), spv.terms.tranches["senior"].coupon_bp or 0, place.day - upcoming.interest_from
    )
    assert sum(place.ledger.accrued(spv.tranche_claim("senior", h)) for h in holdings) == due


def test_everybody_is_paid_by_what_is_held_and_marks_end_with_the_notes() -> None:
    """Odd parcels of every tranche, the residual one too, to several holders: the plan still ends with nothing left."""

    def sell(spv: Spv) -> None:
        for tranche in spv.terms.ranked:
            seller, held = next(iter(spv.holdings(tranche).items()))
            spv.transfer_notes(tranche, seller, BUYER, held // 3 + 1, held // 3 + 999)
            spv.transfer_notes(tranche, BUYER, "bank:line_bank", held // 7, held // 7 - 13)
            spv.transfer_notes(tranche, seller, "bank:line_bank", spv.holdings(tranche)[seller], held // 2)
            assert seller not in spv.holdings(tranche)

    place = traded(sell, "2018-12-31", end="2018-09-30")
    ledger = place.ledger
    for row in place.recorder.table("loss_flows").to_pylist():
        assert row["instrument"] != "TRANCHE"
    for holder in (BUYER, "bank:line_bank"):
        rows = [k for k in ledger.table.keys if k and k.creditor == holder and k.deal == DEAL]
        assert rows == []
        # The whole mark came back as income: what was paid above (below) par is lost (earned) by the end.
    assert ledger.income(BUYER)[Code.MARK] != 0
    assert ledger.income(BUYER)[Code.INTEREST] > 0


@pytest.mark.parametrize(
    ("seller", "buyer", "more"),
    [(SELLER, BUYER, 1), (BUYER, SELLER, 0), (SELLER, SELLER, 0), (SELLER, f"spv:{DEAL}", 0)],
)
def test_what_is_not_held_is_not_sold(seller: str, buyer: str, more: int) -> None:
    def sell(spv: Spv) -> None:
        with pytest.raises(InvariantError, match="cannot sell"):
            spv.transfer_notes("senior", seller, buyer, spv.holdings("senior")[SELLER] + more, 1)

    traded(sell, "2017-03-21")


def test_a_buyer_without_cash_leaves_the_register_alone() -> None:
    def sell(spv: Spv) -> None:
        before = dict(spv.holdings("senior"))
        with pytest.raises(InvariantError, match="short"):
            spv.transfer_notes("senior", SELLER, BUYER, before[SELLER], 10**15)
        assert spv.holdings("senior") == before

    traded(sell, "2017-04-01")
