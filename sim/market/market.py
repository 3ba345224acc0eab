"""SecuritizationMarket: assembles a scenario and simulates it; one `step()` is one day."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import simpy

from sim.agents import opening
from sim.agents.asset_manager import AssetManager
from sim.agents.bank import Bank, CommercialBank
from sim.agents.board import NoticeBoard
from sim.agents.borrowers import shop_around
from sim.agents.buyers import Buyer, buyers
from sim.agents.conduct import ConductRegulator
from sim.agents.dealer import Dealer
from sim.agents.guarantor import Guarantor
from sim.agents.institution import FIRST_ORDER, Institution, Life, Wake, wake_order
from sim.agents.investor import Investor
from sim.agents.issuance import IssuanceDesk
from sim.agents.loan_postings import owner_shares
from sim.agents.market_place import HOUSEHOLDS, MERCHANTS, MarketPlace
from sim.agents.money_market import MoneyMarket
from sim.agents.note_market import NoteMarket
from sim.agents.opening_market import bring_seasoned_plans, seasoned_names, share_with_partners
from sim.agents.opening_record import remember
from sim.agents.originator import Originator
from sim.agents.plan_manager import PlanManager
from sim.agents.protection_market import ProtectionMarket
from sim.agents.rating_agency import RatingAgency
from sim.agents.regulator import Regulator
from sim.agents.resolution import Administrator
from sim.agents.securities_regulator import SecuritiesRegulator
from sim.agents.spv import Spv
from sim.calendar import add_months, date_of, day_of, month_index
from sim.credit.accounts import Accounts, Seats, seats_from
from sim.credit.burn_in import burn_in
from sim.credit.loan_book import LoanBook
from sim.credit.population import Households
from sim.credit.threads import Ahead, use_threads_for
from sim.deals.terms import DealTerms
from sim.draws import Clock, Subject, declare, words
from sim.errors import ScenarioError
from sim.ledger import Code, Ledger
from sim.macro.economy import Economy
from sim.market import plans
from sim.market.books_at_work import begin_work
from sim.market.borrowers import Borrowers
from sim.market.day_close import close_day
from sim.market.policy_days import open_policies
from sim.market.pool_rows import PoolSums
from sim.market.summary import summarise
from sim.market.tally import Tally
from sim.records.writer import Recorder
from sim.regulation.timeline import Rulebook
from sim.scenario.levers import changes_on, settings_on
from sim.scenario.schema import Scenario
from sim.timetable import HOURS_PER_DAY, Hour

WATCH = declare("watched household", Clock.LIFE, Subject.HOUSEHOLD, "which households are followed event by event")
LAST_ORDER = 1_000_000


class SecuritizationMarket(MarketPlace):
    """A market on a SimPy clock inside a Mesa model.

    Args:
        scenario: what to simulate (stored as `settings`).
        rng: seed; the scenario's own if None.
        recorder: where rows go; kept in memory if None.
        seats: the accounts' places (`accounts.seats`) in the market whose midnight this one will `restore`: who is the
            same is not drawn again.

    At midnight all state lives in agents' memory, columns and the ledger: `state()` is plain data, and a market
    restored from it goes on bit for bit as if it had never stopped.
    """

    def __init__(
        self,
        scenario: Scenario,
        rng: int | None = None,
        recorder: Recorder | None = None,
        seats: Seats | None = None,
    ) -> None:
        self.seed_number = scenario.seed if rng is None else int(rng)
        super().__init__(rng=self.seed_number % 2**32)
        self.given = scenario
        self.recorder = Recorder() if recorder is None else recorder
        self._assemble(settings_on(scenario, scenario.start), seats)
        self.tally = Tally(seasoned_names(self))
        self.tally.follow(self.recorder)

    # -- assembling --------------------------------------------------------------------------------------------------

    def _assemble(self, scenario: Scenario, seats: Seats | None = None) -> None:
        """Found everything anew under these settings, as at the first midnight; `restore` brings another one, and must
        where `seats` are given."""
        for founded in list(self.agents):
            founded.remove()
        self.settings = scenario
        self.macro = Economy(scenario.macro, self.seed_number)
        self.first_day, self.last_day = day_of(scenario.start), day_of(scenario.end)
        self.ledger = Ledger()
        self.board = NoticeBoard()
        self.rulebook = Rulebook(scenario.rules, scenario.policies)
        self._plans_of = {}
        self.founded, self.closed = {}, {}
        self.pool_sums: dict[str, PoolSums] = {}
        self.monthly_pools = scenario.records.pools == "monthly"
        self.bound_by: list[str] = []
        self.indicators_past: dict[str, list[float | None]] = {}
        self.shelves, self.issuance_rules = scenario.shelves, scenario.issuance
        self.regulators_terms = scenario.regulators
        self._begun = False
        self.fallen_before: set[str] = set()
        self._draw_people(seats)
        self.lent, self.taken_in, self.collected = Ahead.none(), Ahead.none(), Ahead.none()
        self._books = self._open_books()
        self._found_institutions()
        self._watch()
        self._start_clock(self.first_day)

    def _draw_people(self, seats: Seats | None) -> None:
        """Households and their accounts; empty rows for a midnight to come where the seats are the same."""
        s, seed, day = self.settings, self.seed_number, self.first_day
        lenders = [terms.lending for terms in s.originators.values()]
        if seats is not None and seats.drawn_from != seats_from(s.population.households, seed, lenders, day):
            seats = None
        self.households = Households(s.population, seed, drawn=seats is None)
        # Accounts are opened under the terms of the first day, whatever policies change later.
        opening = settings_on(self.given, self.given.start).originators.values()
        self.accounts = Accounts(
            self.households, seed, lenders, day, s.behaviour.rollover_ppm, seats,
            opened_under=[terms.lending for terms in opening],
            elsewhere_ppm=0 if s.shopping is None else s.shopping.apply_elsewhere_ppm,
        )  # fmt: skip

    def _open_books(self) -> dict[str, LoanBook]:
        books, behaviour = {}, self.settings.behaviour
        for number, (name, terms) in enumerate(self.settings.originators.items()):
            book = LoanBook(number, terms.lending, behaviour, self.accounts, self.seed_number)
            joint = terms.joint_lending
            if joint is None:
                book.lend_under({f"originator:{name}": 1_000_000})
            else:
                book.lend_under(
                    owner_shares(f"originator:{name}", (joint.bank_share_bp, joint.volume_ppm, joint.partners))
                )
            book.keep_to_terms()
            books[name] = book
        use_threads_for(max((book.accounts.size for book in books.values()), default=0))
        return books

    def _found_institutions(self) -> None:
        """Founded in this order, they act in this order within an hour."""
        s = self.settings
        self.money_market = None if s.bank_system is None else MoneyMarket(self)
        self.banks = {
            name: Bank(self, name, t) if t.balance is None else CommercialBank(self, name, t)
            for name, t in s.every_bank().items()
        }
        if self.money_market is not None:
            self.ledger.raise_reserves = self.money_market.raise_reserves
        self.originators = {name: Originator(self, name, t) for name, t in s.originators.items()}
        self.deals = {name: Spv(self, name, t) for name, t in s.deals.items()}
        self.managers = {name: PlanManager(self, name, t) for name, t in s.managers.items()}
        self.guarantors = {name: Guarantor(self, name, t) for name, t in s.guarantors.items()}
        self.agencies = {name: RatingAgency(self, name, t) for name, t in s.agencies.items()}
        self.investors = {name: Investor(self, name, t) for name, t in s.investors.items()}
        self.desk = IssuanceDesk(self, s.other_supply) if s.shelves or s.other_supply else None
        self.dealers = {name: Dealer(self, name, t) for name, t in s.dealers.items()}
        self.floor = NoteMarket(self) if s.dealers else None
        self.protection = ProtectionMarket(self, s.protection)
        self.conduct = ConductRegulator(self, s.conduct)
        self.regulators = [
            *(Regulator(self, name, s.regulators) for name in ("central_bank", "banking", "market")),
            SecuritiesRegulator(self, s.regulators),
        ]
        self.administrator = Administrator(self, s.resolution)
        self.asset_manager = AssetManager(self)
        for deal in self.deals.values():
            self.books[deal.originator.name].code_of(deal.party)

    def _watch(self) -> None:
        count = self.settings.watched_households
        drawn = {words(self.seed_number, WATCH, 0, k)[0] * len(self.households) >> 32 for k in range(count)}
        for book in self.books.values():
            book.accounts.watch(np.array(sorted(drawn), np.int64))

    def institutions(self) -> list[Institution]:
        """Every institution, in the order of founding."""
        groups = (
            self.banks,
            self.originators,
            self.deals,
            self.managers,
            self.guarantors,
            self.agencies,
            self.investors,
            self.dealers,
        )
        meeting = [] if self.money_market is None else [self.money_market]
        named = [institution for group in groups for institution in group.values()]
        venues = (place for place in (self.desk, self.floor) if place is not None)
        public = [self.conduct, *self.regulators, self.administrator, self.asset_manager]
        return [*meeting, *named, *venues, self.protection, *public]

    @property
    def plans_order(self) -> int:
        """Plans act after the originators and before those that were founded after them."""
        return wake_order(max(o.unique_id for o in self.originators.values())) + 1

    def found_deal(self, name: str, terms: DealTerms) -> Spv:
        """Found a plan that closes today, see `MarketPlace.found_deal`."""
        return plans.found(self, name, terms)

    def buyers(self) -> list[Buyer]:
        """All who decide for themselves what notes they buy, see `MarketPlace.buyers`."""
        return buyers(self)

    def _start_clock(self, day: int) -> None:
        """Open the clock at midnight of a day and wake everybody."""
        self.day = day
        self.env = simpy.Environment(day * HOURS_PER_DAY)
        self.env.process(self._keep_hours())
        self.env.process(plans.keep_hours(self))
        for institution in self.institutions():
            if institution.hours and not isinstance(institution, Spv):
                self.env.process(institution.live())

    def _begin(self) -> None:
        """Season the books, let them settle, and open the balance sheets; done once, at the first step."""
        self._begun = True
        first = add_months(self.first_day, -self.settings.burn_in_months)
        books = {f"originator:{name}": book for name, book in self.books.items()}
        past = burn_in(books, self.macro, self.seed_number, first, self.first_day)
        remember(self, past, first)
        share_with_partners(self)
        opening.open_world(self)
        bring_seasoned_plans(self)

    @property
    def borrowers(self) -> Borrowers:
        """The borrowers as objects: `market.borrowers[i]` is a household with its accounts."""
        return Borrowers(self)

    # -- running -----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Simulate one day, from midnight to midnight."""
        self._settle()
        if not self._begun:
            self._begin()
        self.env.run(until=(self.day + 1) * HOURS_PER_DAY)
        self.day += 1

    def _settle(self) -> None:
        """At a midnight on which a policy takes effect or has ended, hand the market over to its new settings."""
        today = date_of(self.day)
        if not changes_on(self.given, today):
            return
        settings = settings_on(self.given, today)
        if settings != self.settings:
            state = self.state()
            self._assemble(settings, self.accounts.seats)
            gc.collect()  # those founded before are full of rings, and their books are large
            self._take(state)

    def _keep_hours(self) -> Life:
        """The market's own hours: the first of each day, that of lending, and the last."""
        while True:
            yield Wake(self.env, 0, FIRST_ORDER - 1)
            self._open_day()
            yield Wake(self.env, int(Hour.LEND), FIRST_ORDER - 1)
            self.ledger.set_clock(self.day, int(Hour.LEND))
            begin_work(self)
            yield Wake(self.env, int(Hour.CLOSE) - int(Hour.LEND), LAST_ORDER)
            self.ledger.set_clock(self.day, int(Hour.CLOSE))
            close_day(self)
            plans.retire_ended(self)
            yield Wake(self.env, HOURS_PER_DAY - int(Hour.CLOSE), 2)

    def _open_day(self) -> None:
        day = self.day
        self.ledger.set_clock(day, int(Hour.OPEN))
        self.fallen_before = set(self.fallen())
        open_policies(self)
        if date_of(day).day == 1:
            self._pay_wages()
            incomes, prices = self.macro.levels_ppm(day)
            self.accounts.change_month(month_index(day), self.stress_milli, incomes)
            for book in self.books.values():
                book.open_month(day, self.stress_milli, prices)
            if self.settings.shopping is not None:
                shop_around(self, self.settings.shopping)
        for book in self.books.values():
            book.open_day()

    def _pay_wages(self) -> None:
        """The circular flow: what merchants took in last month they pay out as incomes, so that no purse of the world
        runs dry and none decides an outcome."""
        self.ledger.pay(MERCHANTS, HOUSEHOLDS, self.ledger.cash(MERCHANTS), Code.WAGE)

    # -- plain data --------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything at midnight, as arrays and JSON."""
        books = {name: book.state() for name, book in self.books.items()}
        ledger = self.ledger.state()
        return {
            "arrays": {
                "households": self.households.columns.arrays(),
                "accounts": {"fallback": self.accounts.fallback},
                "ledger": ledger["arrays"],
                **{f"book_{name}": state["arrays"] for name, state in books.items()},
            },
            "json": {
                "day": self.day,
                "begun": self._begun,
                "ledger": ledger["json"],
                "board": self.board.state(),
                "plans": plans.state(self),
                "pool_sums": {name: sums.state() for name, sums in self.pool_sums.items()},
                "tally": self.tally.data,
                "bound_by": self.bound_by,
                "indicators_past": self.indicators_past,
                "books": {name: state["json"] for name, state in books.items()},
                "memory": {institution.party: institution.memory for institution in self.institutions()},
            },
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved midnight."""
        settings = settings_on(self.given, date_of(int(state["json"]["day"])))
        if settings != self.settings:
            self._assemble(settings, self.accounts.seats)
        self._take({"arrays": dict(state["arrays"]), "json": state["json"]})

    def _take(self, state: dict[str, Any]) -> None:
        """Take over a midnight under the settings in force; each book's columns leave `state` once they are copied."""
        arrays, data = state["arrays"], state["json"]
        self._begun = bool(data["begun"])
        self.households.restore(arrays["households"])
        self.accounts.fallback[:] = arrays["accounts"]["fallback"]
        self.ledger.restore({"arrays": arrays["ledger"], "json": data["ledger"]})
        self.board.restore(data["board"])
        plans.restore(self, data["plans"])
        self.pool_sums = {name: PoolSums.restored(sums) for name, sums in data["pool_sums"].items()}
        self.tally.data, self.bound_by = data["tally"], list(data["bound_by"])
        self.indicators_past = {name: list(values) for name, values in data["indicators_past"].items()}
        day = int(data["day"])
        # Midnight before a first of the month still knows the levels of the month that ends.
        levels = self.macro.levels_ppm(day - 1 if date_of(day).day == 1 else day)
        self.households.income_ppm = levels[0]
        for name, book in self.books.items():
            book.restore({"arrays": arrays.pop(f"book_{name}"), "json": data["books"][name]})
            book.open_month(day - date_of(day).day + 1, self.macro.stress_milli(day), levels[1])
            book.keep_to_terms()
        known, mine = set(data["memory"]), {institution.party for institution in self.institutions()}
        if known != mine:
            raise ScenarioError(
                f"a run cannot go on with other institutions than it began with: {', '.join(sorted(known ^ mine))}; "
                "start a new run for them"
            )
        for institution in self.institutions():
            institution.memory = data["memory"][institution.party]
            institution.forget_derived()
        self._start_clock(day)

    def summary(self) -> dict[str, Any]:
        """What a person wants to read at the end of a run."""
        return summarise(self)
