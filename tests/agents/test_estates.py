"""Estates: whoever fails, what creditors are owed is paid or lost to them by name, and to the fen."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from note_worlds import small_market
from worlds import market, run_to

from sim.agents import practice
from sim.agents import resolution_estate as estates
from sim.agents.market_place import BUYERS_OF_DISTRESS, HOUSEHOLDS
from sim.calendar import day_of, is_month_end
from sim.ledger import Code, Kind, State
from sim.ledger.kinds import party_of
from sim.market import SecuritizationMarket
from sim.records import checkpoint

FAILS = datetime.date(2017, 5, 10)
SELLER = "originator:ant_xiaowei"
POOR: dict[str, Any] = {"resolution__close_below_ppm": 1_000_000, "resolution__rest_price_ppm": 100_000}
"""An estate that is sold at its first month end for a tenth."""


def failing(**changes: Any) -> SecuritizationMarket:
    return market(end="2017-08-31", originators__ant_xiaowei__fails_on=FAILS, **(POOR | changes))


def losses_from(place: SecuritizationMarket, party: str) -> list[dict[str, Any]]:
    return [r for r in place.recorder.table("loss_flows").to_pylist() if r["from_party"] == party]


def events(place: SecuritizationMarket, what: str) -> list[dict[str, Any]]:
    return [r for r in place.recorder.table("events").to_pylist() if r["event"] == what]


def live_to_the_close(place: SecuritizationMarket, party: str) -> dict[str, dict[str, int]]:
    """Run to the end of the month after a failure; what each creditor was owed just before the close, was paid and lost
    on that day, by postings."""
    run_to(place, day_of(FAILS) + 2)
    while not is_month_end(place.day):
        place.step()
    told: dict[str, dict[str, int]] = {}
    pay, lose, claims = estates._pay, estates.lose, estates.claims_against

    def count(creditor: str, what: str, fen: int) -> None:
        told.setdefault(party_of(creditor), {"paid": 0, "lost": 0})[what] += fen

    with pytest.MonkeyPatch.context() as spy:
        spy.setattr(estates, "_pay", lambda p, row, key, fen: (count(key.creditor, "paid", fen), pay(p, row, key, fen)))
        spy.setattr(
            estates, "lose",
            lambda p, row, key, fen, cause: (count(key.creditor, "lost", fen), lose(p, row, key, fen, cause))[1],
        )  # fmt: skip
        owed: dict[str, int] = {}

        def first_look(p: SecuritizationMarket, failed: str) -> Any:
            found = claims(p, failed)
            if not owed:
                for _, key, fen in found:
                    owed[party_of(key.creditor)] = owed.get(party_of(key.creditor), 0) + fen
            return found

        spy.setattr(estates, "claims_against", first_look)
        place.step()
    for creditor, fen in owed.items():
        told[creditor]["owed"] = fen
    assert not claims(place, party)
    return told


def test_every_creditor_of_an_estate_is_paid_or_loses_what_it_was_owed_to_the_fen() -> None:
    place = failing()
    told = live_to_the_close(place, SELLER)
    assert len(told) > 3
    for creditor, of in told.items():
        assert of["owed"] == of["paid"] + of["lost"], creditor
    by_row: dict[str, int] = {}
    for row in losses_from(place, SELLER):
        if row["to_party"] != SELLER:  # what the estate itself loses on its loans, sold below their books
            by_row[row["to_party"]] = by_row.get(row["to_party"], 0) + row["amount_fen"]
    assert by_row == {creditor: of["lost"] for creditor, of in told.items() if of["lost"]}
    (closed,) = events(place, "estate_closed")
    assert f"lost {sum(by_row.values())} fen" in closed["detail"]
    assert place.administrator.memory["estates"][SELLER]["lost_fen"] == sum(by_row.values()) > 0
    # Banks and plans rank alike; shareholders' loans get nothing before they are paid.
    shares = {c: of["lost"] / of["owed"] for c, of in told.items() if c.startswith(("bank:", "spv:"))}
    assert max(shares.values()) - min(shares.values()) < 1e-6


def test_what_creditors_lose_the_estate_gains_and_the_ledger_closes() -> None:
    place = failing()
    run_to(place, day_of(FAILS) + 2)
    before = place.ledger.income(SELLER).get(Code.LOSS, 0)
    run_to(place, day_of(datetime.date(2017, 6, 1)))
    nominal = sum(r["amount_fen"] for r in losses_from(place, SELLER))
    forced = sum(
        r["amount_fen"]
        for r in place.recorder.table("loss_flows").to_pylist()
        if r["to_party"] == SELLER and r["date"] == datetime.date(2017, 5, 31)
    )
    gained = place.ledger.income(SELLER).get(Code.LOSS, 0) - before + forced
    assert 0 < gained <= nominal  # accrued interest that is lost comes back as interest, and own loans go on defaulting
    assert forced > 0  # what its loans were sold for less than they were carried at
    assert place.ledger.equity(SELLER) == place.ledger.cash(SELLER) == 0
    place.ledger.check()


def test_a_poorer_estate_pays_less() -> None:
    lost = {}
    for price in (100_000, 400_000):
        place = run_to(failing(resolution__rest_price_ppm=price), day_of(datetime.date(2017, 6, 1)))
        lost[price] = place.administrator.memory["estates"][SELLER]["lost_fen"]
    assert lost[100_000] > lost[400_000]


def test_an_estate_bears_no_interest_and_nobody_lends_to_it() -> None:
    place = run_to(failing(resolution__close_below_ppm=0), day_of(FAILS) + 1)
    ledger, table = place.ledger, place.ledger.table
    debts = [row for row, key, _ in estates.claims_against(place, SELLER) if key.kind is not Kind.COLLECTED]
    assert debts
    accrued = [ledger.accrued(row) for row in debts]
    run_to(place, day_of(FAILS) + 15)
    assert [ledger.accrued(row) for row in debts] == accrued
    mine = table.column("debtor") == ledger.party_number[SELLER]
    assert int(table.column("undrawn")[mine].sum()) == 0


def test_members_of_a_failed_lender_go_on_applying_and_are_turned_away() -> None:
    place = run_to(failing(), day_of(datetime.date(2017, 7, 1)))
    june = place.books["ant_xiaowei"].months[-1]
    assert june["granted_fen"] == 0 < june["refused_ration_fen"] <= june["applied_fen"]
    lent = {r["date"]: r["lent_fen"] for r in place.recorder.table("market_daily").to_pylist()}
    assert not any(fen for date, fen in lent.items() if date > FAILS)


def test_unpaid_loans_end_with_buyers_of_distressed_assets_who_go_on_collecting() -> None:
    place = run_to(failing(), day_of(datetime.date(2017, 6, 1)))
    book = place.books["ant_xiaowei"]
    assert book.outstanding_fen(SELLER) == 0 < book.outstanding_fen("world:shareholders")
    before = book.outstanding_fen("world:shareholders")
    run_to(place, day_of(datetime.date(2017, 7, 1)))
    assert book.outstanding_fen("world:shareholders") < before


def test_with_loans_that_are_all_written_off_go_the_recoveries_to_come() -> None:
    """An estate whose every loan is written off still has recoveries due: they are the buyer's, and so is the claim."""
    place = run_to(failing(), day_of(FAILS) - 1)
    ledger, book = place.ledger, place.books["ant_xiaowei"]
    gone = ledger.claim(Kind.LOAN, SELLER, HOUSEHOLDS, deal="ant_xiaowei", state=State.WRITTEN_OFF)
    due = int(book.recovery[:, :, book.code_of(SELLER)].sum())
    assert 0 < due <= ledger.nominal(gone)
    with pytest.MonkeyPatch.context() as only:
        only.setattr(estates, "_assets", lambda p, _: [(gone, p.ledger.table.keys[gone])])
        estates.sell_rest(place, SELLER, 0)
    assert ledger.nominal(gone) == int(book.recovery[:, :, book.code_of(SELLER)].sum()) == 0
    assert int(book.recovery[:, :, book.code_of(BUYERS_OF_DISTRESS)].sum()) == due


@pytest.mark.parametrize("name", ["manager:cicc", "guarantor:merchant_surety"])
def test_a_professional_that_fails_leaves_an_estate_and_its_owners_get_what_nobody_claims(name: str) -> None:
    place = run_to(market(end="2017-08-31"), day_of(FAILS))
    kind, _, short = name.partition(":")
    failed = {"manager": place.managers, "guarantor": place.guarantors}[kind][short]
    practice.fail(failed, "asked for by a test")
    cash, owned = place.ledger.cash(name), place.ledger.cash("world:shareholders")
    assert cash > 0
    assert place.failures() == [name]
    run_to(place, day_of(datetime.date(2017, 6, 1)))
    (closed,) = events(place, "estate_closed")
    assert closed["effect"] == "creditors paid in full"
    assert place.ledger.cash(name) == 0
    assert place.ledger.cash("world:shareholders") > owned
    promised = [row for row in place.ledger.claims_of(Kind.GUARANTEE, debtor=name) if place.ledger.undrawn(row)]
    assert not promised
    run_to(place)
    # Fees that plans still pay it go where its assets went.
    assert place.ledger.cash(name) == 0


def test_a_dealer_that_has_lost_its_capital_closes_and_its_notes_find_a_buyer() -> None:
    place = run_to(small_market(end="2020-03-31"), day_of(datetime.date(2020, 1, 10)))
    maker = place.dealers["maker"]
    held = maker.inventory_fen()
    assert held > 0
    place.ledger.pay(maker.party, "world:merchants", place.ledger.cash(maker.party), Code.COST)
    practice.fail(maker, "asked for by a test")
    run_to(place)
    assert maker.inventory_fen() == 0
    (closed,) = events(place, "estate_closed")
    assert closed["institution"] == maker.party
    later = [r for r in place.recorder.table("trades").to_pylist() if r["date"] > datetime.date(2020, 1, 31)]
    assert not any(maker.party in (r["buyer"], r["seller"]) for r in later)
    assert any(r["holder"] == "world:shareholders" for r in place.recorder.table("holdings").to_pylist())


def test_mandates_of_a_seller_that_failed_end_at_once() -> None:
    place = small_market({datetime.date(2019, 7, 8): ("baitiao", 120_000_000_000)}, end="2019-08-31")
    run_to(place, day_of(datetime.date(2019, 7, 10)))
    assert place.desk is not None
    assert place.desk.pipeline
    place.originators["jdct"].fail("asked for by a test")
    place.step()
    assert not place.desk.pipeline
    assert [r["institution"] for r in events(place, "originator_failed")] == ["originator:jdct"]


def test_failing_mid_run_resumes_bit_for_bit(tmp_path: Path) -> None:
    whole = failing(resolution__close_below_ppm=300_000)
    run_to(whole, day_of(datetime.date(2017, 6, 14)))
    assert whole.administrator.memory["estates"][SELLER]["closed_on"] is None
    checkpoint.save(tmp_path / "midnight.npz", whole.state())
    run_to(whole)
    again = failing(resolution__close_below_ppm=300_000)
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    run_to(again)
    assert whole.administrator.memory == again.administrator.memory
    assert whole.ledger.state()["json"] == again.ledger.state()["json"]
    for name, values in whole.ledger.state()["arrays"].items():
        assert (values == again.ledger.state()["arrays"][name]).all(), name


def test_an_investor_that_fails_leaves_its_money_to_those_it_managed_it_for() -> None:
    soon = small_market(end="2020-03-31", resolution__longest_days=30)
    place = run_to(soon, day_of(datetime.date(2020, 1, 10)))
    fund, ledger = place.investors["bond_fund"], place.ledger
    held = sum(fen for holder, _, _, fen in ledger.note_holdings() if holder == fund.party)
    assert held > 0
    practice.fail(fund, "asked for by a test")
    bids = [buyer.party for buyer in place.buyers()]
    assert fund.party not in bids
    assert bids
    public = ledger.cash("world:depositors")
    run_to(place, day_of(datetime.date(2020, 3, 1)))
    assert ledger.assets([fund.party])[fund.party] == ledger.equity(fund.party) == 0
    assert ledger.cash("world:depositors") > public
    run_to(place)
    assert not [
        r
        for r in place.recorder.table("trades").to_pylist()
        if r["date"] > datetime.date(2020, 1, 31) and fund.party in (r["buyer"], r["seller"])
    ]
