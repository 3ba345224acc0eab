"""Loans that leave a plan's pool for its originator: overdue ones as promised or in help, ineligible ones as found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import originator_support, spv_collections
from sim.calendar import BANK, day_of
from sim.credit.behaviour import cycles_at

if TYPE_CHECKING:
    from sim.agents.spv import Spv

HELPED_AT = int(cycles_at(60))
"""Missed cycles at which an originator that helps a plan takes a loan back."""
TOLD_BUY_BACK_PPM = 1_000
"""An audit that takes less than this part of a pool out is no event; the table `pools` counts every fen of it."""


def keep_promise(spv: Spv) -> None:
    """The originator's promise to take back overdue loans holds until its date; its help, while it says so. The book is
    told when that changes."""
    promised = _taken_back_at(spv)
    if promised != spv.known_promise:
        book = spv.place.books[spv.originator.name]
        book.buy_back_at[book.code_of(spv.party)] = spv.known_promise = promised


def _taken_back_at(spv: Spv) -> int:
    """Missed cycles at which the originator takes a loan back today; 0: never."""
    if spv.originator.failed:
        return 0
    promise, at = spv.terms.buy_back.overdue, 0
    if promise is not None and (promise.until is None or spv.place.day <= day_of(promise.until)):
        at = int(cycles_at(promise.days_past_due))
    return min(at or HELPED_AT, HELPED_AT) if originator_support.helps(spv) else at


def audit(spv: Spv) -> None:
    """First working day of a month: loans found not to meet the criteria are bought back at the unpaid balance."""
    day = spv.place.day
    if not spv.terms.buy_back.ineligible or spv.originator.failed or not BANK.opens_month(day):
        return
    lender = spv.originator
    book = spv.place.books[lender.name]
    principal, fees = book.hand_over(day, spv.party, lender.party, only_ineligible=True)
    if principal == 0:
        return
    lender.must_pay(principal + fees)
    spv.place.ledger.assign(
        lender.loan_claim(spv.party), lender.party, principal, principal + fees, accrued_fen=fees,
        payer=lender.party, payee=spv.account("principal"),
    )  # fmt: skip
    note(spv, principal, principal + fees, defaulted=False)
    share_ppm = principal * 1_000_000 // max(1, principal + spv.pool_fen())
    if share_ppm >= TOLD_BUY_BACK_PPM:
        spv.place.note_event(
            deal=spv.name, institution=spv.party, family="audit", event="ineligible_loans_bought_back",
            detail=f"{principal} fen of loans outside the criteria", measured_ppm=share_ppm,
            threshold_ppm=TOLD_BUY_BACK_PPM, effect="originator pays",
        )  # fmt: skip


def note(spv: Spv, principal: int, price: int, *, defaulted: bool) -> None:
    """Loans the originator took back today; the price is in the principal account."""
    if defaulted:
        spv.memory["life"]["defaulted_bought_back"] += principal
    spv_collections.arrive(spv, "arrived_today", price, 0)
    for counts in (spv.memory["period"], spv.memory["life"]):
        counts["bought_back"] += principal
