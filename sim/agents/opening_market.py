"""A market that has been there for a while: seasoned loans that partner banks already share in, plans already sold.

Books are seasoned and burned in under the lender's own name. Before balance sheets open, the partner banks' part of
joint loans is drawn at random from the whole book, arrears included; on the first trading day the notes outstanding
come to market at that day's demand, with revolving periods that end at different dates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import issuer_accounts
from sim.agents.issuance_terms import SEASONED
from sim.agents.loan_postings import owner_shares
from sim.agents.money_cost import own_funds
from sim.agents.note_views import MONTH_DAYS
from sim.agents.opening_lines import opening_equity_fen, opening_lines_fen, opening_notes_fen
from sim.agents.originator_market import await_outcome
from sim.calendar import day_of
from sim.credit.selling import Offer
from sim.credit.spending import PLANS_PER_PRODUCT
from sim.credit.terms import CLASSES, MAX_CYCLES
from sim.markets.mandates import RECORD_MONTHS

if TYPE_CHECKING:
    from sim.agents.issuance_terms import ShelfTerms
    from sim.agents.market_place import MarketPlace
    from sim.agents.originator import Originator

EVERY_LOAN = (MAX_CYCLES + 1, 0, 255, 0, 2**31 - 1, -(10**6))
"""Criteria of a sample of the whole book: any cycles missed, months left, amount owed, age."""


def share_with_partners(place: MarketPlace) -> None:
    """Give partner banks their part of every book that is lent jointly."""
    for originator in place.originators.values():
        if originator.terms.joint_lending is not None:
            _share(originator)


def opening_volume_ppm(originator: Originator) -> int:
    """Share of its book that is joint at the start: as the terms say; for one that plans, what its net assets, half of
    what its lines may carry and its notes outstanding do not fund, up to its most."""
    joint, terms = originator.terms.joint_lending, originator.terms
    if joint is not None and not joint.begun(originator.place.day):
        return 0
    if joint is None or terms.strategy is None:
        return 0 if joint is None else joint.volume_ppm
    notes = opening_notes_fen(originator)
    given = sum(debt.opening_fen or 0 for debt in terms.debts.values())
    lines = given + sum(opening_lines_fen(originator).values()) // 2
    lent: list[int] = originator.memory["lent"]
    # Of the loans and of the cash held for a few days' lending it funds the same part.
    whole = max(1, int(originator.book.stock.sum()) + terms.liquidity_days * sum(lent) // max(1, len(lent)))
    unfunded = max(0, whole - opening_equity_fen(originator) - notes - lines)
    return min(joint.most_volume_ppm, unfunded * 1_000_000 // whole * 10_000 // joint.bank_share_bp)


def _share(originator: Originator) -> None:
    joint, book = originator.terms.joint_lending, originator.book
    if joint is None:
        return
    whole = int(book.stock.sum())
    volume = opening_volume_ppm(originator)
    shares = owner_shares(originator.party, (joint.bank_share_bp, volume, joint.partners))
    originator.lend_with_banks(volume, joint.partners)
    every_class = tuple(True for _ in CLASSES)
    every_plan = tuple(True for _ in book.catalogue.names for _ in range(PLANS_PER_PRODUCT))
    missing = 0
    for owner, share_ppm in shares.items():
        if owner == originator.party:
            continue
        # Bank after bank: what a whole loan was too large for is left to the next, so no more than a loan is missed.
        missing += whole * share_ppm // 1_000_000 - book.outstanding_fen(owner)
        if missing > 0:
            offer = Offer(book.code_of(owner), missing, EVERY_LOAN, every_class, every_plan)
            sold = book.sell(originator.place.day, originator.party, [offer], screening_error_ppm=0, whole_book=True)
            missing -= sold[0].principal_fen


def bring_seasoned_plans(place: MarketPlace) -> None:
    """Mandates for the notes outstanding at the start: everything but the book is done, and revolving periods end
    evenly over the prototype's length."""
    desk = place.desk
    if desk is None:
        return
    for originator in place.originators.values():
        originator.memory["plan"]["own_funds"] = own_funds(originator)
        issuer_accounts.show(originator)
    for name, shelf in place.shelves.items():
        if shelf.opening_face_fen:
            desk.register_issuer(shelf.originator, place.day - RECORD_MONTHS * MONTH_DAYS)
        elif shelf.known_since is not None:
            desk.register_issuer(shelf.originator, day_of(shelf.known_since))
        plans = _seasoned_plans(shelf)
        for k in range(plans):
            months = shelf.prototype.revolving_months * (k + 1) // plans
            deal = desk.open_seasoned(name, shelf.opening_face_fen // plans, max(1, months))
            await_outcome(place.originators[shelf.originator.removeprefix("originator:")], deal, name)


def _seasoned_plans(shelf: ShelfTerms) -> int:
    return -(-shelf.opening_face_fen // shelf.max_face_fen)


def seasoned_names(place: MarketPlace) -> frozenset[str]:
    """The plans outstanding at the start, which a desk numbers before all others, and other issuers' notes."""
    plans = (f"{name}_{k + 1}" for name, shelf in place.shelves.items() for k in range(_seasoned_plans(shelf)))
    return frozenset((*plans, SEASONED))
