"""A loan book as plain data at midnight, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.credit.lender_policy import LenderPolicy
from sim.credit.loan_columns import LAYOUT
from sim.errors import ScenarioError

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook

ARRAYS = ("count", "slab_sum", "last_due")


def state(book: LoanBook) -> dict[str, Any]:
    """Arrays (views, of loan columns as far as their fullest slab goes) and plain values; see `LoanBook.state`."""
    fullest, totals = max(1, int(book.count.max())), book.totals_state()
    arrays = {f"loan_{n}": v[:, :, :fullest] for n, v in book.loans.arrays().items()}
    accounts = book.accounts.columns.arrays() | book.accounts.scores.arrays()
    arrays |= {f"account_{n}": v for n, v in accounts.items()}
    arrays |= {name: getattr(book, name) for name in ARRAYS} | totals["arrays"]
    decided = {
        "policy": book.policy.plain(), "price_versions": book.price_versions, "price_version": book.price_version,
        "months": book.months,
    }  # fmt: skip
    return {"arrays": arrays, "json": totals["json"] | decided}


def restore(book: LoanBook, state: dict[str, Any]) -> None:
    """Take a saved state; see `LoanBook.restore`.

    Raises:
        ScenarioError: it is that of a lender with other accounts.
    """
    arrays, data = state["arrays"], state["json"]
    if arrays["account_used"].size != book.accounts.size:
        raise ScenarioError(
            f"lender {book.lender} has {book.accounts.size} accounts, the saved run {arrays['account_used'].size}: "
            "a run goes on only with the households, members and last month it began with"
        )
    book.restore_totals(arrays, data)
    capacity = max(book.loans.owed.shape[2], arrays["loan_owed"].shape[2])
    book.loans.restore_with_room({n: arrays[f"loan_{n}"] for n in LAYOUT}, capacity)
    for columns in (book.accounts.columns, book.accounts.scores):
        columns.restore({n: arrays[f"account_{n}"] for n in columns.layout})
    for name in ARRAYS:
        setattr(book, name, np.array(arrays[name]))
    book.set_prices([list(v) for v in data["price_versions"]], int(data["price_version"]))
    book.months = [dict(month) for month in data["months"]]
    book.set_policy(LenderPolicy.of(data["policy"]))
