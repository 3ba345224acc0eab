"""Rolling debt over: what households drew at other lenders to pay one, and the loans that it leaves there.

A draw raises what the fallback account uses at once, in the pass of the book that is being paid. The loan itself is
made after that pass, and is first due a cycle later, never today: so it makes no difference whether the other book
collects before or after on the same day, except that one which has collected already knows who is late with it today,
and gives them nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calendar import date_of
from sim.credit.kernels import layout as at
from sim.credit.kernels import rollover as kernels
from sim.credit.loan_columns import ROLLOVER
from sim.errors import InvariantError

if TYPE_CHECKING:
    from sim.credit.accounts import Accounts
    from sim.credit.loan_book import LoanBook

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Requests:
    """Loans to be made today: rows of the table of all accounts, in order, and fen per person."""

    rows: Array
    fen: Array

    @classmethod
    def none(cls) -> Requests:
        """Nobody drew anything."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))

    @classmethod
    def of(cls, rows: Array, fen: Array) -> Requests:
        """One request for each account, in the order of the table."""
        accounts, place = np.unique(rows, return_inverse=True)
        total = np.zeros(accounts.size, np.int64)
        np.add.at(total, place, fen)
        return cls(accounts[total > 0], total[total > 0])

    def by_lender(self, table: Accounts) -> Iterator[tuple[int, Array, Array]]:
        """(lender, rows of its own accounts, fen) for each lender at which something was drawn."""
        if not self.rows.size:
            return
        edges = np.searchsorted(self.rows, table.starts)
        for lender in range(table.starts.size - 1):
            some = slice(int(edges[lender]), int(edges[lender + 1]))
            if some.start < some.stop:
                yield lender, self.rows[some] - table.starts[lender], self.fen[some]


class Slips:
    """Room for the kernel to note draws, loan by loan: at most one for each loan that falls due."""

    def __init__(self, room: int) -> None:
        self.rows = np.empty((at.LANES, max(1, room)), np.uint32)
        self.fen = np.empty((at.LANES, max(1, room)), np.int64)
        self.count = np.zeros(at.LANES, np.int64)

    def by_account(self) -> Requests:
        """One request for each account, in the order of the table."""
        if not self.count.any():
            return Requests.none()
        noted = [slice(0, int(n)) for n in self.count]
        rows = np.concatenate([self.rows[lane, some] for lane, some in enumerate(noted)]).astype(np.int64)
        fen = np.concatenate([self.fen[lane, some] for lane, some in enumerate(noted)])
        return Requests.of(rows, fen)


def roll_over(book: LoanBook, day: int, rows: Array, fen: Array) -> dict[str, int]:
    """Make the cash loans of today's draws in the book that lends; see `LoanBook.roll_over`."""
    return make_loans(book, ROLLOVER.name, day, book.catalogue.first_of[at.IN_CASH], rows, fen)


def make_loans(book: LoanBook, decision: str, day: int, product: int, rows: Array, fen: Array) -> dict[str, int]:
    """Make loans of given amounts on a product of the book, one for each of some `rows` of its accounts, whose use has
    been raised already; returns fen x weight by owner."""
    k, c, a = book.catalogue, book.loans, book.accounts.columns
    book.make_room(int(rows.size))
    book.forget_day_totals()
    lent, (codes, cdf) = np.zeros(book.live.shape[1], np.int64), book.lending_codes()
    done = kernels.lend_amounts(
        book.keys[decision], day, book.lender, book.shift, min(date_of(day).day, at.BUCKETS) - 1, rows, fen, product,
        k.is_order[product], at.CASH_LENT if k.is_cash[product] else at.LENT, k.term_cdf[product],
        k.term_months[product], k.free_share[product], k.fee_ppm, book.first_plan, codes, cdf,
        a.household, a.weight, a.klass, a.rank, a.instalment,
        c.owed, c.original, c.who, c.born, c.owner, c.left, c.term, c.cycles, c.plan, c.status, book.count,
        book.slab_sum, book.flows, book.stock, book.live, lent, book.log, book.log_count,
    )  # fmt: skip
    if not done:
        raise InvariantError(f"loan book of lender {book.lender}: a slab overflowed on {date_of(day)}: {decision}")
    return {owner: int(total) for owner, total in zip(book.owners, lent, strict=False) if total}


def settle(books: Mapping[int, LoanBook], collected: LoanBook, day: int) -> list[tuple[int, dict[str, int]]]:
    """Make the loans of what was drawn in `books` (by lender) to pay the one that has just collected; returns lenders
    and fen x weight by owner."""
    drawn = collected.requests.by_lender(collected.table)
    return [(lender, books[lender].roll_over(day, rows, fen)) for lender, rows, fen in drawn]
