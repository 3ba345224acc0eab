"""A seasoned start: the loans and arrears a book would hold after years, placed at once by the closed form."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from sim.calendar import date_of, day_of, month_index, month_start
from sim.credit import behaviour, spending
from sim.credit.accounts import Accounts
from sim.credit.kernels import layout as at
from sim.credit.kernels import seasoning
from sim.credit.loan_book import LoanBook
from sim.credit.membership import monthly_growth
from sim.credit.threads import side_by_side
from sim.draws import Clock, Subject, declare, key_array
from sim.errors import InvariantError

Array = np.ndarray[Any, Any]

HISTORY = declare(
    "seasoned loans", Clock.LIFE, Subject.HOUSEHOLD_BLOCK, "purchases before the first day that are still alive"
)
ARREARS = declare("seasoned arrears", Clock.LIFE, Subject.ACCOUNT, "cycles missed before the first day")


def due_days_before(start: int, back: int) -> Array:
    """[bucket, k]: the k-th last due date before `start`; k = 0 is the next one, at or after it."""
    when = date_of(start)
    rows = []
    for bucket in range(at.BUCKETS):
        ahead = 0 if when.day <= bucket + 1 else 1
        months = [when.year * 12 + when.month - 1 + ahead - k for k in range(back)]
        rows.append([day_of(when.replace(year=m // 12, month=m % 12 + 1, day=bucket + 1)) for m in months])
    return np.array(rows, np.int64)


def tables_of(books: dict[str, LoanBook]) -> list[Accounts]:
    """The tables of accounts that these books share, each once."""
    return list({id(book.table): book.table for book in books.values()}.values())


def season(
    books: dict[str, LoanBook], start: int, stress_on: Callable[[int], int], seed: int,
    income_ppm: int = 1_000_000, price_ppm: int = 1_000_000,
) -> None:  # fmt: skip
    """Fill empty books (by owner) with the loans alive at `start`, in arrears as the months before left them.

    `stress_on` tells the stress of any day, in thousandths.

    Drawn twice: the first time without arrears, to learn what households owe each month; then the income states and
    burdens are measured, arrears are drawn from the closed form cell by cell, and the books are filled.
    """
    accounts, stress_milli = sum(book.accounts.size for book in books.values()), stress_on(start)
    for book in books.values():
        book.open_month(start - date_of(start).day + 1, stress_milli, price_ppm)
    side_by_side(
        [partial(_fill, book, start, stress_milli, seed, owner, placed=False) for owner, book in books.items()],
        accounts,
    )
    tables = tables_of(books)
    for table in tables:
        table.change_month(month_index(start), stress_milli, income_ppm)
    side_by_side([partial(_seat, book, start, stress_on, seed, owner) for owner, book in books.items()], accounts)
    for table in tables:
        table.take_month()


def _seat(book: LoanBook, start: int, stress_on: Callable[[int], int], seed: int, owner: str) -> None:
    """Arrears, then the loans that stand with them."""
    book.accounts.columns.used[:] = 0
    book.accounts.columns.instalment[:] = 0
    _seat_arrears(book, month_index(start), stress_on, seed)
    _fill(book, start, stress_on(start), seed, owner, placed=True)
    book.last_due[:] = due_days_before(start, 2)[:, 1]


def _seat_arrears(book: LoanBook, month: int, stress_on: Callable[[int], int], seed: int) -> None:
    a, partial = book.accounts.columns, book.behaviour.partial_cure_ppm / 1_000_000
    growth = monthly_growth(book.terms, month)
    days = [month_start(month - back) for back in range(1, at.MAX_CYCLES + 1)]
    odds = [book.odds_on(day, stress_on(day)) for day in days]
    tables = behaviour.arrears_tables(odds, book.terms.payment_rank, partial, book.leave, growth)
    seasoning.seat_arrears(key_array(seed, ARREARS), book.lender, tables, a.household, a.cell, a.missed)


def _fill(book: LoanBook, start: int, stress_milli: int, seed: int, owner: str, *, placed: bool) -> None:
    k, terms = book.catalogue, book.terms
    total, choice_cdf, product, index = k.surviving()
    rate = at.BLOCK * spending.ceiling_per_month(terms.spending)
    longest = spending.poisson_thresholds(rate * float(total.max())).size
    counts = np.stack([spending.poisson_thresholds(rate * float(share), longest)[:longest] for share in total])
    code, overflow, fees = book.code_of(owner), np.zeros(at.LANES, np.int64), np.zeros(at.LANES, np.int64)
    c, h, a = book.loans, book.households.columns, book.accounts.columns
    if placed:
        # About as many loans as were counted the first time; room for some months of growth.
        room = int(1.3 * int(book.count.max())) + 2 * book.slack
        book.count[:] = 0
        if c.owed.shape[2] < room:
            c.widen(room, 0)
    seasoning.season(
        key_array(seed, HISTORY), book.lender, book.shift, start, month_index(start),
        due_days_before(start, len(total) + at.MAX_CYCLES + 3), counts,
        spending.accept_shares(terms.spending, stress_milli), choice_cdf, product, index,
        k.term_months, k.free_share, book.amounts, k.sizes, k.fee_ppm, k.is_order, k.grace, code,
        h.weight, h.trait, h.state, a.household, a.klass, a.granted, a.standing, a.missed, a.joined, a.ceiling, a.used,
        a.instalment, c.owed, c.original, c.who, c.born, c.owner, c.left, c.term, c.cycles, c.plan, c.status,
        book.count, book.slab_sum, book.stock, book.live, fees, overflow, placed,
    )  # fmt: skip
    if overflow.any():
        raise InvariantError(f"seasoning lender {book.lender}: a slab overflowed; raise the capacity")
    book.fee_owing[code] = int(fees.sum())
    book.forget_day_totals()
