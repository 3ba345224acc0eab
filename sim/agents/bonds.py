"""Bonds of originators: sold to the same investors as notes, unsecured, repaid in one sum at maturity.

An originator whose plan asks for a bond leaves the order with the desk; at the next trading hour its book is built at
one coupon for all, and either all of it is placed, cut to what demand there is, or nothing is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents.bidding import Bidders
from sim.agents.note_views import MONTH_DAYS, conditions
from sim.deals.ratings import UNRATED
from sim.ledger import Kind
from sim.markets.book_building import Book, build_book
from sim.markets.mandates import NoteView
from sim.markets.own_view import rated_default_ppm

if TYPE_CHECKING:
    from sim.agents.issuance import IssuanceDesk
    from sim.agents.originator import Originator

LOT_FEN = 10_000_000
"""Bonds are sold in lots of 100,000 yuan."""
DAYS_A_YEAR = 365


def order(originator: Originator, face_fen: int) -> None:
    """Ask the desk to sell a bond of this face on the next trading day."""
    desk = originator.place.desk
    if desk is not None:
        desk.memory["bond_orders"].append([originator.name, face_fen // LOT_FEN * LOT_FEN])


def sell_ordered(desk: IssuanceDesk, spent: dict[str, int]) -> None:
    """Hour TRADE: build the books of all bonds ordered, in the order they came."""
    orders, desk.memory["bond_orders"] = desk.memory["bond_orders"], []
    for name, face in orders:
        originator = desk.place.originators[name]
        if not originator.failed and face:
            _sell(desk, originator, face, spent)


def _sell(desk: IssuanceDesk, originator: Originator, face: int, spent: dict[str, int]) -> None:
    place, terms = desk.place, originator.terms.bonds
    if terms is None:
        return
    number = originator.memory["bonds"]["issued"] + 1
    name = f"{originator.name}_bond_{number}"
    book = _book(desk, originator, name, face, spent)
    if book.coupon_bp is None:
        place.note_event(
            deal=name, institution=originator.party, family="issuance", event="book_failed",
            detail=f"demand of {book.cover_ppm / 10_000:.1f} % of a bond of {face} fen", effect="no bond is sold",
        )  # fmt: skip
        return
    for party, fen in book.allotment_fen.items():
        spent[party] = spent.get(party, 0) + fen
        place.make_liquid(party, fen)
        place.ledger.draw(place.ledger.claim(Kind.BOND, party, originator.party, deal=name), fen)
    originator.memory["bonds"]["issued"] = number
    originator.memory["bonds"]["living"][name] = {
        "coupon_bp": book.coupon_bp, "matures": place.day + terms.months * MONTH_DAYS, "held": dict(book.allotment_fen),
        "accrued_to": place.day,
    }  # fmt: skip
    place.recorder.add(
        "issuance", date=place.day, deal=name, step=7, what=f"bond placed at {book.coupon_bp / 100:.2f} %",
        party=originator.party, amount_fen=book.placed_fen,
    )  # fmt: skip


def _book(desk: IssuanceDesk, originator: Originator, name: str, face: int, spent: dict[str, int]) -> Book:
    """An unsecured bond is judged by its issuer's letter; nothing else is disclosed of it."""
    place, terms = desk.place, originator.terms.bonds
    days = 0 if terms is None else terms.months * MONTH_DAYS
    rating = originator.issuer_rating or UNRATED
    chance = rated_default_ppm(rating, days)
    note = NoteView(
        deal=name, tranche="bond", originator=originator.party, rank=0, rating=rating, months=days // MONTH_DAYS,
        life_days=days, rated_default_ppm=chance, seen_default_ppm=chance,
    )  # fmt: skip
    bids = Bidders(place, spent).bids(note, face, (), {})
    free = conditions(place, place.issuance_rules, days).risk_free_bp
    low, high = (0, 0) if terms is None else (terms.low_spread_bp, terms.high_spread_bp)
    return build_book(face, bids, free + low, free + high, LOT_FEN, face // 2)


def accrue(originator: Originator) -> None:
    """Month end: interest of every living bond up to today, actual / 365, to each holder."""
    ledger, day = originator.place.ledger, originator.place.day
    for name, bond in originator.memory["bonds"]["living"].items():
        days = day - bond["accrued_to"]
        bond["accrued_to"] = day
        for party, fen in bond["held"].items():
            claim = ledger.claim(Kind.BOND, party, originator.party, deal=name)
            ledger.accrue(claim, fen * bond["coupon_bp"] * days // (DAYS_A_YEAR * 10_000))


def redeem(originator: Originator) -> bool:
    """Repay what matures today, interest included; False when it cannot be paid."""
    living: dict[str, dict[str, Any]] = originator.memory["bonds"]["living"]
    due = [name for name, bond in living.items() if bond["matures"] <= originator.place.day]
    if not due:
        return True
    accrue(originator)
    ledger = originator.place.ledger
    for name in due:
        claims = [ledger.claim(Kind.BOND, party, originator.party, deal=name) for party in living[name]["held"]]
        if not originator.can_pay(sum(ledger.nominal(claim) + ledger.accrued(claim) for claim in claims)):
            return False
        for claim in claims:
            ledger.pay_accrued(claim, ledger.accrued(claim))
            ledger.repay(claim, ledger.nominal(claim))
        del living[name]
        ledger.free(name)
    return True


def outstanding_fen(originator: Originator) -> int:
    """Face of its living bonds."""
    living: dict[str, dict[str, Any]] = originator.memory["bonds"]["living"]
    return sum(sum(bond["held"].values()) for bond in living.values())


def maturing_fen(originator: Originator, until: int) -> int:
    """Face of its bonds that fall due by a day."""
    living: dict[str, dict[str, Any]] = originator.memory["bonds"]["living"]
    return sum(sum(bond["held"].values()) for bond in living.values() if bond["matures"] <= until)
