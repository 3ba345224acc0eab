"""Asset transfer: loans sold outright to a bank, which bears their risk and earns their fees from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.credit.selling import Offer
from sim.credit.spending import PLANS_PER_PRODUCT
from sim.credit.terms import CLASSES
from sim.markets.funding import Source

if TYPE_CHECKING:
    from sim.agents.originator import Originator

MILLION = 1_000_000
CURRENT_LOANS = (0, 1, 255, 1, 2**31 - 1, 0)
"""Criteria of what banks buy: nothing past due, at least an instalment left."""


def source(originator: Originator, price_ppm: int, loss_ppm: int, payment_ppm: int, sellable_fen: int) -> list[Source]:
    """What could be sold outright, and what that costs: the income given up less the losses that go with it, and the
    discount spread over the loans' life (12 / months x discount, months = 1 / payment rate)."""
    terms = originator.terms.transfer
    if terms is None:
        return []
    months = max(1, MILLION // max(1, payment_ppm))
    cost = max(0, price_ppm - loss_ppm) + terms.discount_ppm * 12 // months
    room = min(sellable_fen, buyer_room_fen(originator)) * (MILLION - terms.discount_ppm) // MILLION
    return [Source("transfer", cost, max(0, room), ("asset_transfer",))]


def buyer_room_fen(originator: Originator) -> int:
    """What the buying bank would still take: its quota for this lender's loans less what it holds; nothing from a bank
    that has named no quota or has failed."""
    terms, place = originator.terms.transfer, originator.place
    if terms is None or place.heard(terms.buyer, "failed") is not None:
        return 0
    quota = place.heard(terms.buyer, f"joint:{originator.name}")
    held = place.ledger.nominal(originator.loan_claim(terms.buyer))
    return 0 if quota is None else max(0, int(quota["limit_fen"]) - held)


def sell(originator: Originator, cash_fen: int) -> int:
    """Sell a random sample of current loans for about this much cash; returns the principal sold."""
    terms, place, book = originator.terms.transfer, originator.place, originator.book
    if terms is None or cash_fen <= 0:
        return 0
    want = cash_fen * MILLION // (MILLION - terms.discount_ppm)
    every_plan = tuple(True for _ in book.catalogue.names for _ in range(PLANS_PER_PRODUCT))
    offer = Offer(book.code_of(terms.buyer), want, CURRENT_LOANS, tuple(True for _ in CLASSES), every_plan)
    sold = book.sell(place.day, originator.party, [offer], screening_error_ppm=0, whole_book=True)[0]
    price = sold.principal_fen * (MILLION - terms.discount_ppm) // MILLION
    if sold.principal_fen == 0:
        return 0
    place.make_liquid(terms.buyer, price)
    place.ledger.assign(
        originator.loan_claim(originator.party), terms.buyer, sold.principal_fen, price, accrued_fen=sold.fees_fen,
        allowance_fen=originator.provided_for_current(sold.principal_fen),
    )  # fmt: skip
    place.note_event(
        deal="", institution=originator.party, family="funding", event="asset_transfer",
        detail=f"{sold.principal_fen} fen of loans sold to {terms.buyer} for {price} fen",
        effect="the bank bears their risk",
    )  # fmt: skip
    return sold.principal_fen
