"""Is a bank still solvent? Asked at every closing, and on the evening of every day on which it booked a loss.

A loss moves a bank's capital on the day it is booked. Without equity the bank fails that day. Where what is left
would be below its minimum over the risk-weighted assets last reported, the balance sheet is drawn up as it stands; a
bank that is short then says so and offers nothing new from that hour on, instead of from the next month end. Others go
by the figures of their last closing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import bank_failure, bank_offers
from sim.agents.bank_accounts import MILLION
from sim.agents.bank_terms import REST

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank
    from sim.agents.market_place import MarketPlace


def examine_losers(place: MarketPlace) -> None:
    """Examine the banks that booked a loss today, in the order of founding."""
    losers = place.ledger.losers()
    for bank in place.commercial_banks():
        if bank.party in losers and not bank.failed and bank.name != REST:
            _examine(bank)


def _examine(bank: CommercialBank) -> None:
    if bank.place.ledger.equity(bank.party) < 0:
        bank_failure.fail(bank, "insolvent: today's losses are more than its equity")
        return
    if bank.short_of_capital or carried_ppm(bank) >= bank.minimum_ppm:
        return  # known and acted on, or nothing to act on
    position = bank.position()
    if position.capital_ppm < bank.minimum_ppm:
        bank.remember(position)
        _say_short(bank)


def carried_ppm(bank: CommercialBank) -> int:
    """Capital of the last closing, less what its equity has lost since, over the risk-weighted assets reported then;
    ppm."""
    changed = bank.place.ledger.equity(bank.party) - int(bank.memory["equity_fen"])
    return (int(bank.last["capital"]) + changed) * MILLION // max(1, int(bank.last["risk_weighted"]))


def _say_short(bank: CommercialBank) -> None:
    """It holds too little from today: everybody is told, and offers are made anew by what its capital still carries."""
    place = bank.place
    ratio = int(bank.last["capital_ppm"])
    place.tell(bank.party, "capital", ratio)
    place.note_event(
        deal="", institution=bank.party, family="capital", event="below_minimum",
        detail=f"capital {ratio} ppm of risk-weighted assets", measured_ppm=ratio,
        threshold_ppm=bank.minimum_ppm, effect="it lends nothing new",
    )  # fmt: skip
    bank_offers.offer_anew(bank)
