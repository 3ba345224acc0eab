"""Investors: they pay for the tranches they were allotted and hold them."""

from __future__ import annotations

from typing import ClassVar

from sim.agents.institution import Institution
from sim.agents.market_place import MarketPlace
from sim.agents.terms import InvestorTerms


class Investor(Institution):
    """A holder of tranches."""

    kind: ClassVar[str] = "investor"

    def __init__(self, place: MarketPlace, name: str, terms: InvestorTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
