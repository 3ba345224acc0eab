"""A day's work on loan books: each lends and collects, and what came of it is taken down as it stands at that moment.

Whoever posts it may do so later: books that collect after one may leave cash loans in it (`rollover`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.credit import rollover
from sim.credit.kernels import layout as at
from sim.credit.loan_book import LoanBook

PERFORMING = at.CURRENT + 5
"""Stocks that count as performing: current, late within the cycle, and up to three cycles missed."""


@dataclass(frozen=True)
class Lent:
    """What a book lent today: fen x weight, in all and by owner code (on purchases, in cash)."""

    fen: int
    by_owner: dict[str, tuple[int, int]]

    def and_more(self, more: Lent | None) -> Lent:
        """This and what the book lent besides."""
        if more is None:
            return self
        by_owner = dict(self.by_owner)
        for owner, (lent, cash) in more.by_owner.items():
            before = by_owner.get(owner, (0, 0))
            by_owner[owner] = before[0] + lent, before[1] + cash
        return Lent(self.fen + more.fen, by_owner)


@dataclass(frozen=True)
class Collected:
    """What a book collected today, fen x weight.

    `flows` by owner code, of `owners`, in the order of the book's flows; `rolled_over`: what households drew at other
    lenders to pay this one, (lender, fen by owner code).
    """

    owners: list[str]
    flows: list[list[int]]
    rolled_over: list[tuple[int, dict[str, int]]]


def lend(book: LoanBook, day: int, stress_milli: int, ration_ppm: int = 1_000_000) -> Lent:
    """Today's lending of one book, whatever the others do."""
    total = book.lend(day, stress_milli, ration_ppm=ration_ppm)
    flows = book.day_totals()[:, (at.LENT, at.CASH_LENT)].tolist()
    by_owner = {owner: (lent, cash) for owner, (lent, cash) in zip(book.owners, flows, strict=True) if lent or cash}
    return Lent(total, by_owner)


def collect(books: Mapping[int, LoanBook], book: LoanBook, day: int, originator: str) -> Collected:
    """Today's collection of one book, and the cash loans that were drawn in `books` (by lender) to pay it."""
    book.collect(day, originator)
    rolled_over = rollover.settle(books, book, day)
    book.close_day(originator)
    return Collected(list(book.owners), book.day_totals().tolist(), rolled_over)


def performing_fen(book: LoanBook) -> int:
    """Principal of a book's performing loans, fen x weight."""
    return int(book.stock[:, :, :PERFORMING].sum())
