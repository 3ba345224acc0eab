"""Banks: they hold everybody's deposits, keep deals' segregated accounts, and lend on committed lines."""

from __future__ import annotations

from typing import ClassVar

from sim.agents.institution import Institution, Life
from sim.agents.market_place import MarketPlace
from sim.agents.terms import BankTerms
from sim.timetable import Hour


class Bank(Institution):
    """A deposit bank. At month ends it pays interest on the segregated accounts it keeps."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.FUND,)
    kind: ClassVar[str] = "bank"

    def __init__(self, place: MarketPlace, name: str, terms: BankTerms) -> None:
        super().__init__(place, name)
        self.terms = terms

    def make_liquid(self, fen: int) -> None:
        """Reserves for a payment: a bank without a balance sheet of its own was given enough at the start."""

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """Credit a day's interest to every deal account kept here; the fraction of a fen is carried."""
        for spv in self.place.plans_of("custodian", self.party):
            spv.earn_interest(self.terms.deposit_rate_ppm)
        return
        yield
