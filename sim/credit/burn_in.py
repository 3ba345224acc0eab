"""Burn-in: a seasoned book lends and collects for some months that are not counted, so that it settles."""

from __future__ import annotations

from sim.calendar import date_of, month_index
from sim.credit.loan_book import LoanBook
from sim.credit.population import Households
from sim.credit.seasoning import season
from sim.macro.economy import Economy


def burn_in(
    books: dict[str, LoanBook], households: Households, macro: Economy, seed: int, first: int, until: int
) -> dict[str, list[int]]:
    """Season empty books (by owner) at `first` and run them, alone, to the midnight before `until`. Returns fen lent
    each day."""
    season(books, households, first, macro.stress_milli(first), seed)
    lent: dict[str, list[int]] = {owner: [] for owner in books}
    for day in range(first, until):
        live_a_day(books, households, macro, day)
        for owner, book in books.items():
            lent[owner].append(book.day_flows(owner)["lent"])
    for book in books.values():
        # What was written off before the first day is nobody's claim any more.
        book.recovery[:] = 0
    return lent


def live_a_day(books: dict[str, LoanBook], households: Households, macro: Economy, day: int) -> None:
    """One day of books without a market around them: lend, collect, check."""
    stress = macro.stress_milli(day)
    new_month = date_of(day).day == 1
    if new_month:
        households.change_month(month_index(day), stress)
    for owner, book in books.items():
        book.open_day()
        if new_month:
            book.open_month(day, stress)
        book.lend(day, stress)
        book.collect(day, owner)
        book.close_day(owner)
        book.check()
