"""Who may buy notes today, with how much: investors and banks with a mandate, as the market's own public list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sim.agents.bank_offers import knows
from sim.agents.bank_terms import REST
from sim.markets.mandates import MandateTerms

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank
    from sim.agents.market_place import MarketPlace

PPM = 1_000_000


class Buyer(NamedTuple):
    """One who decides for itself what it buys."""

    party: str
    mandate: MandateTerms
    budget_fen: int
    kind: str
    assets_fen: int
    """What concentration limits are shares of: all it has; of a bank, what it means to hold in notes."""
    qualifying_fen: int
    """What counts against the threshold of entry: its assets, or those of each of the many it stands for."""
    taste_bp: int
    """What its own needs of this quarter add to the yield it asks."""
    bank: CommercialBank | None = None
    """The bank itself: it buys notes only of issuers it knows. None for other investors, whose analysts read all."""

    def knows(self, issuer: str) -> bool:
        """Whether the issuer is on its list; one outside this market is on all, and the bank that stands for thousands
        knows everyone."""
        if self.bank is None or not issuer or self.bank.name == REST:
            return True
        return knows(self.bank, issuer.removeprefix("originator:"))


def buyers(place: MarketPlace) -> list[Buyer]:
    """All who decide for themselves, in the order of founding."""
    deciding = [
        (investor, mandate)
        for investor in place.investors.values()
        if (mandate := investor.terms.mandate) and not investor.failed
    ]
    assets = place.ledger.assets(investor.party for investor, _ in deciding)
    investors = [
        Buyer(
            investor.party, mandate, investor.budget_fen(assets[investor.party]), investor.terms.kind,
            assets[investor.party], investor.qualifying_fen(assets[investor.party]), investor.taste_bp(),
        )
        for investor, mandate in deciding
    ]  # fmt: skip
    return investors + [
        Buyer(
            bank.party,
            mandate,
            bank.securities_budget_fen(),
            "bank",
            bank.securities_appetite_fen(),
            assets_fen,
            0,
            bank,
        )
        for bank, mandate in banks_with_mandate(place)
        if (assets_fen := int(bank.last.get("assets", 0)))
    ]


def by_mandate(asking: Iterable[Buyer]) -> list[list[Buyer]]:
    """Buyers in groups of one mandate: what notes are worth to them by it need be asked once for each group."""
    groups: dict[int, list[Buyer]] = {}
    for buyer in asking:
        groups.setdefault(id(buyer.mandate), []).append(buyer)
    return list(groups.values())


def banks_with_mandate(place: MarketPlace) -> list[tuple[CommercialBank, MandateTerms]]:
    """Banks that put money into notes, in the order of founding; a bridge holds what it has and has no budget."""
    return [
        (bank, mandate)
        for bank in place.commercial_banks()
        if (mandate := bank.balance.conduct.mandate) is not None and bank.works
    ]
