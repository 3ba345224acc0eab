"""What every bank sees of the market at the start of a month, before it decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.bank_accounts import MILLION
from sim.ledger import largest_remainder

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.spv import Spv

SUPPORT_KNOWN_AFTER, SUPPORT_COUNTS_FOR = 30, 395
"""A deal's support is known a month later and counts for four quarters, days."""


@dataclass(frozen=True)
class Sector:
    """What every bank sees of the market at the start of a month."""

    sold_fen: dict[str, int]
    """Notes outstanding by the bank whose arms' loans back them; of several banks' arm, each bank's part."""
    supported_ppm: int
    """Share of the sector's deals that were supported in the last four quarters."""
    debt_fen: dict[str, int]
    """What each platform owes."""
    leverage_ppm: int
    """Debts of all platforms at work, arms of banks left out, over their net assets."""


def sector(place: MarketPlace) -> Sector:
    """One look at the public facts: the ledger's notes and debts, and the supports that were told."""
    table = place.ledger.table
    owed = np.zeros(len(place.ledger.parties) + 1, np.int64)
    rows = table.column("kind") >= 0
    np.add.at(owed, table.column("debtor")[rows], table.owed()[rows])
    number = place.ledger.party_number
    sold: dict[str, int] = {}
    for spv in place.deals.values():
        if spv.party in number:
            for bank, fen in _parts_of_parents(place, spv, int(owed[number[spv.party]])):
                sold[bank] = sold.get(bank, 0) + fen
    told = place.board.all_heard(int(place.env.now), "supported")
    known = [day for day in told.values() if SUPPORT_KNOWN_AFTER <= place.day - day <= SUPPORT_COUNTS_FOR]
    supported = len(known) * MILLION // max(1, len(place.deals), len(known))
    debts = {o.party: int(owed[number[o.party]]) for o in place.originators.values()}
    working = [
        o.party for o in place.originators.values()
        if o.terms.kind != "bank_arm" and not place.heard(o.party, "failed", default=False)
    ]  # fmt: skip
    equity = sum(max(0, place.ledger.equity(party)) for party in working)
    leverage = sum(debts[party] for party in working) * MILLION // max(1, equity)
    return Sector(sold, supported, debts, leverage)


def _parts_of_parents(place: MarketPlace, spv: Spv, fen: int) -> list[tuple[str, int]]:
    """What a plan owes, by the banks whose arm sold it the loans, in proportion to their assets at the start; nobody's
    for a lender that is no bank's arm."""
    parents = spv.originator.terms.parents
    if not parents:
        return []
    banks = [bank for bank in place.commercial_banks() if bank.party in parents]
    parts = largest_remainder(fen, [bank.balance.assets_fen for bank in banks])
    return [(bank.party, part) for bank, part in zip(banks, parts, strict=True)]
