"""What the institutions of a market can reach: the clock, the ledger, the books, each other's names, and the notice
board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import simpy

from sim.agents.bank_terms import REST
from sim.agents.board import NoticeBoard, Plain
from sim.credit.days_work import Collected, Lent
from sim.credit.elsewhere import TakenIn
from sim.credit.loan_book import LoanBook
from sim.credit.population import Households
from sim.credit.threads import Ahead
from sim.deals.terms import DealTerms
from sim.ledger import Ledger
from sim.macro.economy import Economy
from sim.records.writer import Recorder
from sim.regulation.supervision_terms import RegulatorsTerms
from sim.regulation.timeline import Rulebook
from sim.timetable import HOURS_PER_DAY

if TYPE_CHECKING:
    from sim.agents.asset_manager import AssetManager
    from sim.agents.bank import Bank, CommercialBank
    from sim.agents.buyers import Buyer
    from sim.agents.conduct import ConductRegulator
    from sim.agents.dealer import Dealer
    from sim.agents.guarantor import Guarantor
    from sim.agents.investor import Investor
    from sim.agents.issuance import IssuanceDesk
    from sim.agents.issuance_terms import IssuanceRules, ShelfTerms
    from sim.agents.money_market import MoneyMarket
    from sim.agents.note_market import NoteMarket
    from sim.agents.originator import Originator
    from sim.agents.plan_manager import PlanManager
    from sim.agents.protection_market import ProtectionMarket
    from sim.agents.rating_agency import RatingAgency
    from sim.agents.resolution import Administrator
    from sim.agents.spv import Spv

HOUSEHOLDS = "world:households"
MERCHANTS = "world:merchants"
SHAREHOLDERS = "world:shareholders"
BOUND = "bound by what it sold"
"""Under this a bank's arm tells what its plans hold and which part of their losses stays with it."""
CALLS_LINES = "calls lines"
"""Under this a bank short of capital tells that it takes back what lenders drew on its lines."""
ASKS_ALONE = "asks banks to lend alone"
"""Under this a platform tells the day from which it wants banks to make loans alone that it finds for them."""
ROLES_OF_TODAY = frozenset({"manager", "collected_by"})
"""Roles in a plan that events change; the others are as its terms say."""
BUYERS_OF_DISTRESS = SHAREHOLDERS
"""Who buys what is left of estates and of pools nobody services: private money of the world."""


class MarketPlace(mesa.Model):
    """The base of the market that agents are written against; `sim.market` assembles it from a scenario."""

    env: simpy.Environment
    day: int
    """The day being simulated; at midnight, the next one."""
    ledger: Ledger
    recorder: Recorder
    board: NoticeBoard
    households: Households
    macro: Economy
    seed_number: int
    lent: Ahead[str, Lent]
    taken_in: Ahead[int, TakenIn]
    """What came, by day, of what lenders refused today and was tried at others."""
    """What came of today's lending, by lender."""
    collected: Ahead[str, Collected]
    """What came of today's collecting, by lender."""
    originators: dict[str, Originator]
    managers: dict[str, PlanManager]
    guarantors: dict[str, Guarantor]
    banks: dict[str, Bank]
    agencies: dict[str, RatingAgency]
    deals: dict[str, Spv]
    money_market: MoneyMarket | None
    rulebook: Rulebook
    investors: dict[str, Investor]
    dealers: dict[str, Dealer]
    shelves: dict[str, ShelfTerms]
    issuance_rules: IssuanceRules
    desk: IssuanceDesk | None
    """Who brings deals to market; None where no shelf is open."""
    protection: ProtectionMarket
    """Where protection on notes is bought, once there is such a market."""
    floor: NoteMarket | None
    """Where notes are traded; None where there are no dealers."""
    conduct: ConductRegulator
    """Who watches how debts are collected."""
    regulators_terms: RegulatorsTerms
    """How the regulators of banking, payment and securities work."""
    administrator: Administrator
    """Who runs off estates."""
    asset_manager: AssetManager
    """Who buys banks' bad loans, once a policy says so."""
    founded: dict[str, dict[str, Any]]
    """Plain terms of the living plans that were founded during the run."""
    monthly_pools: bool
    """Whether the tables of pools and purchases have rows at month ends and payment dates only."""
    closed: dict[str, dict[str, Any]]
    """What is told of each plan that has ended, as plain data."""

    _plans_of: dict[str, dict[str | None, list[Spv]]]
    _books: dict[str, LoanBook]

    @property
    def books(self) -> dict[str, LoanBook]:
        """The loan books, once nobody works on them: from the hour of lending to that of collecting what came of it
        is told in `lent` and `collected`."""
        self.collected.wait()
        return self._books

    def spv_of(self, party: str) -> Spv | None:
        """The plan behind a party, or None."""
        return self.deals.get(party.removeprefix("spv:")) if party.startswith("spv:") else None

    def found_deal(self, name: str, terms: DealTerms) -> Spv:
        """Found a plan that closes today: its party, its accounts and its life from the closing on.

        To be called no later than hour TRADE, at which the plan issues its notes to those its terms name, if they can
        pay, and buys its first pool. Steps 1 and 2 of the issuance are the arranger's to record.

        Raises:
            InvariantError: the name is taken, the closing date is not today, or its hour has passed.
        """
        raise TypeError(f"{type(self).__name__} founds no deals: {name}, closing {terms.closing}")

    def plans_of(self, role: str, party: str) -> list[Spv]:
        """The living plans in which a party has a role (`manager` of today, `collected_by`, a field of the terms, or
        `servicer_id`), as founded; one and the same list until plans come, go, or become something else."""
        if role not in self._plans_of:
            by_party: dict[str | None, list[Spv]] = {}
            for spv in self.deals.values():
                by_party.setdefault(getattr(spv if role in ROLES_OF_TODAY else spv.terms, role), []).append(spv)
            self._plans_of[role] = by_party
        return self._plans_of[role].get(party, [])

    def make_liquid(self, party: str, fen: int) -> bool:
        """Before a party pays: have its bank raise the reserves the payment will take; whether it could without the
        emergency window."""
        bank = self.banks.get(self.ledger.bank_at.get(party, party).removeprefix("bank:"))
        return True if bank is None else bank.make_liquid(fen)

    def commercial_banks(self) -> list[CommercialBank]:
        """Banks with whole balance sheets, in the order of founding; none without a money market."""
        return [bank for bank in self.banks.values() if bank.terms.balance is not None]

    @property
    def rest_of_system(self) -> CommercialBank:
        """The bank that stands for all that nobody names; only where there is a banking system."""
        return self.banks[REST]

    def failures(self) -> list[str]:
        """Parties that have failed and whose estates are run off, kind by kind in the order of founding."""
        groups = (self.originators, self.managers, self.guarantors, self.investors, self.dealers)
        return [institution.party for group in groups for institution in group.values() if institution.failed]

    def fallen(self) -> list[str]:
        """All that have failed: banks, and those whose estates are run off."""
        return [*(bank.party for bank in self.banks.values() if bank.failed), *self.failures()]

    def forget_plan_lists(self) -> None:
        """Plans come, go, or become something else: drop the lists of them."""
        self._plans_of = {}

    def buyers(self) -> list[Buyer]:
        """All who decide for themselves what notes they buy, with what they may spend today."""
        raise TypeError(f"{type(self).__name__} has no buyers of notes")

    @property
    def stress_milli(self) -> int:
        """The macro stress index of today, thousandths of a standard deviation."""
        return self.macro.stress_milli(self.day)

    def tell(self, sender: str, subject: str, value: Plain) -> None:
        """Say a figure or a word that others may read from the next hour on."""
        self.board.tell(int(self.env.now), sender, subject, value)

    def heard(self, sender: str, subject: str, default: Any = None) -> Any:
        """The last thing a party said under a subject before this hour."""
        return self.board.heard(int(self.env.now), sender, subject, default)

    def announce(self, sender: str, subject: str, text: str) -> None:
        """Pin a dated notice: what others may know."""
        self.recorder.add(
            "notices", date=self.day, hour=int(self.env.now) % HOURS_PER_DAY, sender=sender, subject=subject, text=text
        )

    def note_event(self, **columns: Any) -> None:
        """Record an event of a deal or institution with today's date and hour."""
        self.recorder.add("events", date=self.day, hour=int(self.env.now) % HOURS_PER_DAY, **columns)
