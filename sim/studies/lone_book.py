"""A lender's book lived without a market around it, and what a publisher of rates would print of it.

The same seasoning, burn-in and days as in the market, with the same draws: as long as lending is not rationed the whole
book is the same, loan by loan, whoever buys parts of it.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.calendar import add_months, date_of, day_of
from sim.credit.burn_in import burn_in, live_a_day
from sim.credit.kernels import layout as at
from sim.credit.loan_book import LoanBook
from sim.market import SecuritizationMarket
from sim.market.day_close import rates_ppm
from sim.scenario.schema import Scenario
from sim.studies.book_view import view_loans

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class BookAt:
    """A book at a midnight: fen x weight by days past due [current, late, 1, 2, ... cycles] and by (product, term)."""

    stocks: Array
    by_term: dict[tuple[str, int], int]

    @property
    def balance_fen(self) -> int:
        """Principal outstanding."""
        return int(self.stocks.sum())

    def overdue(self, definition: str) -> float:
        """Overdue share of balance under `1+` or `30+`."""
        return rates_ppm(self.stocks, definition)[0] / 1_000_000

    @property
    def npl(self) -> float:
        """Share of balance more than 90 days past due."""
        return rates_ppm(self.stocks, "30+")[1] / 1_000_000

    def share(self, product: str, terms: tuple[int, ...] | None) -> float:
        """Share of some terms in a product's balance, or (None) of the product in the book."""
        own = {months: fen for (name, months), fen in self.by_term.items() if name == product}
        part = sum(own.values()) if terms is None else sum(own.get(months, 0) for months in terms)
        return part / max(1, sum(self.by_term.values()) if terms is None else sum(own.values()))


@dataclass
class BookLife:
    """Stocks at month ends from the one before the first month, entries into arrears by month, the days asked for."""

    month_ends: list[Array] = field(default_factory=list)
    entered: list[int] = field(default_factory=list)
    at: dict[datetime.date, BookAt] = field(default_factory=dict)

    def rolls(self) -> list[tuple[float, float, float]]:
        """Each month's rolls 1-30 to 31-60, to 61-90, to 91-120 days, as a history of month ends shows them.

        Those late within the cycle stand with 1-30 days.
        """
        rows = []
        for before, now in zip(self.month_ends, self.month_ends[1:], strict=False):
            younger = [before[at.LATE] + before[2], before[3], before[4]]
            if all(younger):
                rows.append(tuple(float(now[3 + k]) / float(base) for k, base in enumerate(younger)))
        return [(row[0], row[1], row[2]) for row in rows]

    def entry_rate(self) -> float:
        """Mean monthly share of the current book that misses a first due date."""
        shares = [
            entered / max(1, int(before[0])) for entered, before in zip(self.entered, self.month_ends, strict=False)
        ]
        return sum(shares) / max(1, len(shares))


def live_book(scenario: Scenario, originator: str, dates: set[datetime.date], seed: int | None = None) -> BookLife:
    """Season and burn in the books of a scenario and live to the last of `dates`, looking at each at its close."""
    market = SecuritizationMarket(scenario, rng=seed)
    books = {f"originator:{name}": book for name, book in market.books.items()}
    first = add_months(market.first_day, -scenario.burn_in_months)
    burn_in(books, market.macro, market.seed_number, first, market.first_day)
    owner, book, life = f"originator:{originator}", market.books[originator], BookLife()
    life.month_ends.append(book.stocks(owner))
    entered, wanted = 0, {day_of(date) for date in dates}
    for day in range(market.first_day, max(wanted) + 1):
        live_a_day(books, market.macro, day)
        entered += book.day_flows(owner)["entered_arrears"]
        if date_of(day + 1).day == 1:
            life.month_ends.append(book.stocks(owner))
            life.entered.append(entered)
            entered = 0
        if day in wanted:
            life.at[date_of(day)] = look_at(book, owner)
    return life


def look_at(book: LoanBook, owner: str) -> BookAt:
    """A book as it stands."""
    return BookAt(book.stocks(owner), balance_by_term(book))


def balance_by_term(book: LoanBook) -> dict[tuple[str, int], int]:
    """Principal still to fall due by (product, agreed instalments), fen x weight, all owners."""
    loans, totals = view_loans(book), dict[tuple[str, int], int]()
    for number, product in enumerate(book.catalogue.names):
        for months in np.unique(loans.term[loans.product == number]):
            chosen = (loans.product == number) & (loans.term == months)
            totals[product, int(months)] = int(loans.fen[chosen].sum())
    return totals
