"""What policies pay to the state and the state pays: fines, subsidies to plans that are taken as green, new capital."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import originator_funds as funds
from sim.agents.bank_accounts import GOVERNMENT, STATE
from sim.agents.compliance import RULED_AS
from sim.agents.market_place import MERCHANTS
from sim.ledger import Code, Kind, largest_remainder
from sim.regulation.market_rules import subsidy_fen

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.spv import Spv
    from sim.regulation.lending_policies import FineTerms


def pay_fine(place: MarketPlace, policy: FineTerms) -> None:
    """Those fined pay the state their parts, in proportion to net assets: from cash and lines, as far as they go."""
    fined = [
        o for o in place.originators.values()
        if policy.concerns(RULED_AS[o.terms.kind], o.party) and not o.failed
    ]  # fmt: skip
    worth = [max(1, place.ledger.equity(o.party)) for o in fined]
    for originator, part in zip(fined, largest_remainder(policy.amount_fen, worth) if fined else [], strict=True):
        paid = collect_fine(place, originator.party, part)
        place.note_event(
            deal="", institution=originator.party, family="regulation", event="fined",
            detail=f"{paid} of {part} fen paid to the state", effect="net assets fall",
        )  # fmt: skip


def collect_fine(place: MarketPlace, party: str, fen: int) -> int:
    """Take a fine from a lender or a bank, out of equity; returns what was paid.

    A lender pays from cash and lines, as far as they go: nobody is brought down by a fine alone. A bank raises the
    reserves it takes.
    """
    ledger, name = place.ledger, party.partition(":")[2]
    if party.startswith("bank:"):
        place.make_liquid(party, fen)
        paid, payee = fen, place.banks[name].account(STATE)
    else:
        funds.make_liquid(place.originators[name], fen)
        paid, payee = min(fen, ledger.cash(party)), STATE
    ledger.pay(party, payee, paid, Code.FINE)
    return paid


def pay_subsidy(spv: Spv) -> None:
    """The state taxes trade for a month's subsidy and adds it to a living plan's income, as far as the tax goes."""
    shelf = spv.place.shelves.get(spv.terms.programme)
    if shelf is None or not shelf.green_subsidy_ppm or not spv.active:
        return
    ledger = spv.place.ledger
    paid = min(subsidy_fen(spv.pool_fen(), shelf.green_subsidy_ppm), ledger.cash(MERCHANTS))
    ledger.pay(MERCHANTS, STATE, paid, Code.TAX)
    ledger.pay(STATE, spv.account("income"), paid, Code.SUBSIDY, deal=spv.name)
    spv.memory["period"]["income"] += paid


def pay_in(place: MarketPlace, party: str, fen: int) -> None:
    """The state issues bonds to the rest of the system and pays what they bring into a party's capital."""
    ledger, rest = place.ledger, place.rest_of_system
    if fen:
        rest.make_liquid(fen)
        ledger.draw(ledger.claim(Kind.BOND, rest.party, STATE, deal=GOVERNMENT), fen)
        ledger.issue_capital(party, fen, shareholder=STATE)
