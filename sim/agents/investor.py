"""Investors: they pay for the tranches they were allotted and hold them."""

from __future__ import annotations

from typing import ClassVar

from sim.agents.institution import Institution, Terms, term
from sim.agents.market_place import MarketPlace


class InvestorTerms(Terms):
    """An investor's purse."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    cash_fen: int = term(..., "Cash at the start.", unit="fen", source="scenario", ge=0)


class Investor(Institution):
    """A holder of tranches."""

    kind: ClassVar[str] = "investor"

    def __init__(self, place: MarketPlace, name: str, terms: InvestorTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
