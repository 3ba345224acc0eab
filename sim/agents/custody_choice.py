"""Step 2 of an issue: which bank keeps the plan's segregated accounts.

Of the shelf's banks that work the arranger asks those without a conflict of interest (a bank that lends to the seller,
or owns it, could set off what passes through the accounts, or hold it back); the cheapest is taken. Each asks more the
more plans it keeps already. Where all are in conflict the cheapest keeps the accounts all the same: they stand apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents.withdrawal import Withdrawn
from sim.markets.custody import fee_ppm

if TYPE_CHECKING:
    from sim.agents.issuance import IssuanceDesk
    from sim.agents.issuance_terms import ShelfTerms


def choose(desk: IssuanceDesk, mandate: dict[str, Any]) -> None:
    """Enter the custodian and its fee a year, ppm of the notes, in the mandate."""
    place, shelf = desk.place, desk.place.shelves[mandate["shelf"]]
    asked = [party for party in shelf.custodians if _works(desk, party)]
    if not asked:
        raise Withdrawn("no_custodian", "every bank that may keep the plan's accounts has failed")
    bound = conflicted(desk, shelf)
    among = [party for party in asked if party not in bound] or asked
    kept = {party: plans_kept(desk, party) for party in among}
    terms = {party: place.banks[party.removeprefix("bank:")].terms for party in among}
    fees = {p: fee_ppm(terms[p].custody_fee_ppm, kept[p], terms[p].custody_at_ease) for p in among}
    chosen = min(among, key=lambda party: (fees[party], kept[party]))
    mandate["custody"] = [chosen, fees[chosen]]


def conflicted(desk: IssuanceDesk, shelf: ShelfTerms) -> frozenset[str]:
    """Banks with an interest of their own in the seller: those that own it, and those whose lines it draws on."""
    seller = desk.place.originators[shelf.originator.removeprefix("originator:")].terms
    return frozenset((*seller.parents, *(debt.lender for debt in seller.debts.values())))


def plans_kept(desk: IssuanceDesk, party: str) -> int:
    """Plans whose accounts a bank keeps, and issues on their way that will be."""
    living = sum(1 for spv in desk.place.deals.values() if spv.active and spv.custodian == party)
    return living + sum(1 for mandate in desk.pipeline.values() if mandate.get("custody", [""])[0] == party)


def _works(desk: IssuanceDesk, party: str) -> bool:
    return not desk.place.banks[party.removeprefix("bank:")].failed
