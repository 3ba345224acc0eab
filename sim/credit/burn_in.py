"""Burn-in: a seasoned book lends and collects for some months that are not counted, so that it settles."""

from __future__ import annotations

from sim.calendar import date_of, month_index
from sim.credit.loan_book import LoanBook
from sim.credit.population import Households
from sim.credit.seasoning import season
from sim.macro.paths import MacroTerms


def burn_in(
    book: LoanBook, households: Households, macro: MacroTerms, seed: int, first: int, until: int, owner: str
) -> list[int]:
    """Season an empty book at `first` and run it, alone, to the midnight before `until`. Returns fen lent each day."""
    season(book, first, macro.stress_milli(first), seed, owner)
    lent = []
    for day in range(first, until):
        live_a_day(book, households, macro, day, owner)
        lent.append(int(book.day_flows(owner)["lent"]))
    # What was written off before the first day is nobody's claim any more.
    book.recovery[:] = 0
    return lent


def live_a_day(book: LoanBook, households: Households, macro: MacroTerms, day: int, owner: str) -> None:
    """One day of a book without a market around it: lend, collect, check."""
    stress = macro.stress_milli(day)
    book.open_day()
    if date_of(day).day == 1:
        households.change_month(month_index(day), stress)
        book.open_month(day, stress)
    book.lend(day, stress)
    book.collect(day, owner)
    book.close_day()
    book.check()
