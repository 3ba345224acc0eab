"""Burn-in: a seasoned book lends and collects for some months that are not counted, so that it settles."""

from __future__ import annotations

from sim.calendar import date_of, month_index
from sim.credit import rollover
from sim.credit.loan_book import LoanBook
from sim.credit.seasoning import season, tables_of
from sim.macro.economy import Economy


def burn_in(books: dict[str, LoanBook], macro: Economy, seed: int, first: int, until: int) -> dict[str, list[int]]:
    """Season empty books (by owner) at `first` and run them, alone, to the midnight before `until`. Returns fen lent
    each day."""
    season(books, first, macro.stress_milli(first), seed)
    lent: dict[str, list[int]] = {owner: [] for owner in books}
    for day in range(first, until):
        live_a_day(books, macro, day)
        for owner, book in books.items():
            flows = book.day_flows(owner)
            lent[owner].append(flows["lent"] + flows["cash_lent"])
    for book in books.values():
        # What was written off before the first day is nobody's claim any more.
        book.recovery[:] = 0
    return lent


def live_a_day(books: dict[str, LoanBook], macro: Economy, day: int) -> None:
    """One day of books without a market around them: all lend, then all collect and are checked."""
    stress, by_lender = macro.stress_milli(day), {book.lender: book for book in books.values()}
    if date_of(day).day == 1:
        for table in tables_of(books):
            table.change_month(month_index(day), stress)
        for book in books.values():
            book.open_month(day, stress)
    for book in books.values():
        book.open_day()
        book.lend(day, stress)
    for owner, book in books.items():
        book.collect(day, owner)
        rollover.settle(by_lender, book, day)
        book.close_day(owner)
    for book in books.values():
        book.check()
