"""Whether what a loan book has stored adds up: slabs and payments on their way to the totals, and loan by loan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.credit.kernels import layout as at
from sim.credit.kernels import purchasing
from sim.errors import InvariantError

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook


def check_sums(book: LoanBook) -> None:
    """The stored sums of the slabs, and the ring, against the running totals; see `LoanBook.check`."""
    on_the_way = book.ring[:, :, :, at.LATE_PRINCIPAL].sum() + book.ring[:, :, :, at.PREPAYMENT].sum()
    total = int(book.slab_sum.sum() + on_the_way)
    stock = int(book.stock.sum())
    if not total == stock == book.managed_fen:
        raise InvariantError(
            f"loan book of lender {book.lender}: buckets hold {total} fen, totals {stock}, "
            f"as last added up {book.managed_fen}"
        )


def check_every_loan(book: LoanBook) -> None:
    """Every loan added up again, against the running totals by owner."""
    c = book.loans
    totals = np.zeros((book.live.shape[1], at.STOCKS), np.int64)
    since_due = int(book.last_due.max()) - book.last_due
    purchasing.recount(
        book.accounts.columns.weight, c.owed, c.who, c.owner, c.cycles, c.status, book.count, since_due, totals
    )
    ring = book.ring.sum(axis=(0, 1))
    expected = book.stock.sum(axis=0).sum(axis=1)
    found = totals.sum(axis=1) + ring[:, at.LATE_PRINCIPAL] + ring[:, at.PREPAYMENT]
    for code, owner in enumerate(book.owners):
        if found[code] != expected[code]:
            raise InvariantError(
                f"loans of '{owner}' add up to {int(found[code])} fen, running total {int(expected[code])}"
            )
