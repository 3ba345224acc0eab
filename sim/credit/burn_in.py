"""Burn-in: a seasoned book lends and collects for some months that are not counted, so that it settles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import dropwhile

from sim.calendar import date_of, month_index
from sim.credit import days_work
from sim.credit.kernels import layout as at
from sim.credit.loan_book import LoanBook
from sim.credit.seasoning import season, tables_of
from sim.credit.threads import side_by_side
from sim.macro.economy import Economy

MONTHLY = {
    "new_default_fen": (at.NEW_DEFAULT,),
    "principal_fen": (at.PRINCIPAL, at.PREPAID),
    "income_fen": (at.FEE_PAID, at.PENALTY),
    "recovered_fen": (at.RECOVERED,),
    "written_off_fen": (at.WRITTEN_OFF,),
    "lent_fen": (at.LENT, at.CASH_LENT),
}
"""The flows of a book's monthly history, fen x weight."""


@dataclass
class PastLife:
    """What happened in a book before the first day: fen lent each day, and the history of its whole months."""

    lent: list[int] = field(default_factory=list)
    months: list[dict[str, int]] = field(default_factory=list)


def burn_in(books: dict[str, LoanBook], macro: Economy, seed: int, first: int, until: int) -> dict[str, PastLife]:
    """Season empty books (by owner) at `first` and run them, alone, to the midnight before `until`."""
    season(books, first, macro.stress_milli, seed, *macro.levels_ppm(first))
    past = {owner: PastLife() for owner in books}
    for day in range(first, until):
        live_a_day(books, macro, day)
        for owner, book in books.items():
            flows = book.day_totals().sum(axis=0).tolist()
            past[owner].lent.append(flows[at.LENT] + flows[at.CASH_LENT])
            write_down(past[owner].months, day, flows, days_work.performing_fen(book))
    for book in books.values():
        # What was written off before the first day is nobody's claim any more.
        book.recovery[:] = 0
    for life in past.values():
        life.months = since_birth([entry for entry in life.months if _whole(entry["month"], first, until)])
    return past


def since_birth(months: list[dict[str, int]]) -> list[dict[str, int]]:
    """A monthly history without the months before the first loan: a lender not yet born has none."""
    return list(dropwhile(lambda entry: entry["performing_fen"] == 0, months))


def recalled(months: list[dict[str, int]], since: int, default_rate: Callable[[int], float]) -> list[dict[str, int]]:
    """A history as far back as `since` (a month's index): a seasoned book was there before it settled. What its settled
    months show is taken, in turn, to have been so in those before them, but for new defaults, which follow the economy
    as the expected default rate of a month does."""
    if not months:
        return []
    first = int(months[0]["month"])
    known = []
    for month in range(since, first):
        shown = months[(month - first) % len(months)]
        milli = round(1000 * default_rate(month) / max(1e-9, default_rate(shown["month"])))
        known.append(dict(shown, month=month, new_default_fen=shown["new_default_fen"] * milli // 1000))
    return known + months


def _whole(month: int, first: int, until: int) -> bool:
    """Whether a month was lived from its first day to its last."""
    begun = month_index(first) + (date_of(first).day > 1)
    return begun <= month < month_index(until)


def write_down(months: list[dict[str, int]], day: int, flows: list[int], performing_fen: int) -> None:
    """Add a day's flows of the managed book to its monthly history; `performing_fen` stands as at the month's last
    day."""
    month = month_index(day)
    if not months or months[-1]["month"] != month:
        months.append({"month": month, "performing_fen": 0} | dict.fromkeys(MONTHLY, 0))
    entry = months[-1]
    entry["performing_fen"] = performing_fen
    for name, columns in MONTHLY.items():
        entry[name] += sum(flows[number] for number in columns)


def live_a_day(books: dict[str, LoanBook], macro: Economy, day: int) -> None:
    """One day of books without a market around them: all lend, then all collect and are checked."""
    stress, by_lender = macro.stress_milli(day), {book.lender: book for book in books.values()}
    if date_of(day).day == 1:
        incomes, prices = macro.levels_ppm(day)
        for table in tables_of(books):
            table.change_month(month_index(day), stress, incomes)
        for book in books.values():
            book.open_month(day, stress, prices)
    for book in books.values():
        book.open_day()
    accounts = sum(book.accounts.size for book in books.values())
    side_by_side([partial(book.lend, day, stress) for book in books.values()], accounts)
    for owner, book in books.items():
        days_work.collect(by_lender, book, day, owner)
    for book in books.values():
        book.check()
