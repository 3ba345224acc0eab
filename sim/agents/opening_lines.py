"""How far a lender's lines may be drawn on the opening day: it opens within the rules that were law by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import originator_debts as debts
from sim.agents.compliance import licence
from sim.agents.originator_market import shelves
from sim.agents.retailer import level_on
from sim.calendar import day_of
from sim.regulation.rules import FundingPosition

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.regulation.rules import Category

PROCEEDS_PPM = 880_000
"""Cash that a yuan of notes brought its seller, who holds the residual (DEA02: 88.5 % senior, 3 % mezzanine)."""


def opening_equity_fen(originator: Originator) -> int:
    """Its net assets on the opening day: of a later day than its terms are for, where they are known for it."""
    terms, day = originator.terms, originator.place.day
    later = {day_of(date): fen for date, fen in terms.equity_later.items()}
    return level_on(later, day) if later and day >= min(later) else terms.equity_fen


def opening_notes_fen(originator: Originator) -> int:
    """Cash its notes outstanding at the start brought it."""
    return sum(shelf.opening_face_fen for shelf in shelves(originator).values()) * PROCEEDS_PPM // 1_000_000


def opening_lines_fen(originator: Originator) -> dict[str, int]:
    """The most that may stand on each line whose opening no term gives, cheapest first, all of them jointly: what is
    promised, and for a lender that plans what the limits in force leave beyond its notes and its given debts."""
    terms = originator.terms
    left = {} if terms.strategy is None else _left_fen(originator)
    found = {}
    for name in debts.lines(originator):
        if terms.debts[name].opening_fen is not None:
            continue
        counted = [category for category in debts.counts_under(originator, name) if category in left]
        found[name] = max(0, min([terms.debts[name].limit_fen, *(left[category] for category in counted)]))
        for category in counted:
            left[category] -= found[name]
    return found


def _left_fen(originator: Originator) -> dict[Category, int]:
    """What the rules in force let it owe on lines yet, by category."""
    place, terms = originator.place, originator.terms
    given: dict[Category, int] = {"bank_loans": 0, "shareholder_loans": 0, "nonstandardised": 0}
    for name, debt in terms.debts.items():
        for category in debts.counts_under(originator, name)[:1]:
            given[category] += debt.opening_fen or 0
    position = FundingPosition(
        net_assets_fen=opening_equity_fen(originator),
        abs_outstanding_fen=opening_notes_fen(originator),
        bank_loans_fen=given["bank_loans"],
        shareholder_loans_fen=given["shareholder_loans"],
        other_nonstandardised_fen=given["nonstandardised"],
        registered_capital_fen=terms.equity_fen,
    )
    caps = place.rulebook.caps(place.day, licence(originator), position, originator.party)
    return {cap.name: cap.headroom_fen for cap in caps}  # type: ignore[misc]
