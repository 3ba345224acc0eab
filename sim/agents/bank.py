"""Banks: they hold everybody's deposits, keep deals' segregated accounts, and lend on committed lines."""

from __future__ import annotations

from typing import ClassVar

from sim.agents.institution import Institution, Life, Terms, term
from sim.agents.market_place import MarketPlace
from sim.timetable import Hour


class BankTerms(Terms):
    """A bank's opening balance sheet and what it pays on deposits of deals."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    capital_fen: int = term(10_000_000_000_00, "Equity at the start, held in reserves.", unit="fen", source="assumption", span=[1e11, 1e15], ge=0)
    deposit_rate_ppm: int = term(3_500, "Interest on demand deposits of deals, a year.", unit="ppm a year", source="assumption: current-account rate", span=[0, 15_000], ge=0, le=50_000)


class Bank(Institution):
    """A deposit bank. At month ends it pays interest on the segregated accounts it keeps."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.FUND,)
    kind: ClassVar[str] = "bank"

    def __init__(self, place: MarketPlace, name: str, terms: BankTerms) -> None:
        super().__init__(place, name)
        self.terms = terms

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """Credit a day's interest to every deal account kept here; the fraction of a fen is carried."""
        for spv in self.place.deals.values():
            if spv.terms.custodian == self.party:
                spv.earn_interest(self.terms.deposit_rate_ppm)
        return
        yield

