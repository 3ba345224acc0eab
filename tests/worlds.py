"""Small worlds that several tests share."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from sim.calendar import day_of
from sim.credit.accounts import Accounts
from sim.credit.burn_in import live_a_day
from sim.credit.lending_terms import InstalmentTerms, LendingTerms, ProductTerms, SpendingTerms
from sim.credit.loan_book import LoanBook
from sim.credit.population import Households
from sim.credit.seasoning import season
from sim.credit.terms import BehaviourTerms, PopulationTerms
from sim.macro.economy import Economy
from sim.macro.paths import MacroTerms
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
HUABEI = SCENARIOS / "deals" / "huabei_2017.yaml"
SMALL: dict[str, Any] = {"population.households": 12_000, "population.weight": 5_000}
"""The people of a shipped scenario in fewer, heavier households."""

START = day_of(datetime.date(2017, 1, 1))
LENDER = "originator:x"


def lending(**changes: Any) -> LendingTerms:
    """A lender with 1-, 3- and 12-month instalments."""
    product = {
        "terms": {
            1: InstalmentTerms(share_ppm=500_000, fee_free_ppm=1_000_000),
            3: InstalmentTerms(share_ppm=300_000),
            12: InstalmentTerms(share_ppm=200_000),
        },
    } | changes.pop("product", {})
    spending = SpendingTerms(purchases_per_month=1.0, festivals={})
    return LendingTerms(**({"products": {"bill": ProductTerms(**product)}, "spending": spending} | changes))


def calm(**changes: Any) -> BehaviourTerms:
    """Borrowers who always pay, on time, and never early, unless a test says otherwise."""
    never = {"late_ppm": 0, "prepay_ppm": 0, "prepay_free_ppm": 0, "partial_cure_ppm": 0}
    return BehaviourTerms(**({"intercept": {datetime.date(2010, 1, 1): -60.0}} | never | changes))


class World:
    """Households and books without a market."""

    def __init__(
        self,
        *,
        households: int = 64 * 28,
        behaviour: BehaviourTerms | None = None,
        lenders: tuple[LendingTerms, ...] = (),
        seed: int = 7,
        start: int = START,
        elsewhere_ppm: int = 0,
    ) -> None:
        self.households = Households(PopulationTerms(households=households), seed)
        self.macro = Economy(MacroTerms(), seed)
        self.seed = seed
        self.books: dict[str, LoanBook] = {}
        terms_of_all, behaviour = lenders or (lending(),), behaviour or calm()
        self.accounts = Accounts(
            self.households, seed, terms_of_all, start, behaviour.rollover_ppm, elsewhere_ppm=elsewhere_ppm
        )
        for number, terms in enumerate(terms_of_all):
            owner = f"{LENDER}{number}"
            book = LoanBook(number, terms, behaviour, self.accounts, seed)
            book.lend_under({owner: 1_000_000})
            self.books[owner] = book
        self.day = start

    @property
    def book(self) -> LoanBook:
        """The first book."""
        return next(iter(self.books.values()))

    def open(self) -> World:
        """Start empty at the first day."""
        self.accounts.change_month(84, 0)
        for book in self.books.values():
            book.open_month(self.day, 0)
        return self

    def season(self) -> World:
        """Start seasoned."""
        season(self.books, self.day, lambda _: 0, self.seed)
        return self

    def run(self, days: int) -> World:
        """Live some days."""
        for _ in range(days):
            live_a_day(self.books, self.macro, self.day)
            self.day += 1
        return self


def market(path: Path = HUABEI, **overrides: Any) -> SecuritizationMarket:
    """A market of a shipped scenario with few households; overrides use __ for dots."""
    changes = SMALL | {name.replace("__", "."): value for name, value in overrides.items()}
    return SecuritizationMarket(scenario=load_scenario(path, changes))


def run_to(place: SecuritizationMarket, day: int | None = None) -> SecuritizationMarket:
    """Step to the midnight before `day`, or through the last day."""
    last = place.last_day + 1 if day is None else day
    while place.day < last:
        place.step()
    return place
