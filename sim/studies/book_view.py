"""A loan book read loan by loan: who owes what, at which term, how late; for what running totals cannot give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.credit.kernels import layout as at
from sim.credit.loan_book import LoanBook
from sim.credit.spending import PLANS_PER_PRODUCT

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class LoanView:
    """One entry per loan: fen x weight, and the attributes of the loan, its account and its household.

    Payments on their way within a cycle have left `fen` already.
    """

    fen: Array
    product: Array
    term: Array
    cycles: Array
    fee_free: Array
    klass: Array
    account_owes_fen: Array
    age: Array
    region: Array

    def share(self, chosen: Array) -> float:
        """Share of balance of the chosen loans; 0 of an empty book."""
        return int(self.fen[chosen].sum()) / max(1, int(self.fen.sum()))

    def npl(self, chosen: Array) -> float:
        """Share of the chosen loans' balance more than 90 days past due: four due dates missed."""
        bad = chosen & (self.cycles >= 4)
        return int(self.fen[bad].sum()) / max(1, int(self.fen[chosen].sum()))


def view_loans(book: LoanBook, owner: str | None = None) -> LoanView:
    """The loans of one owner, or of all (None)."""
    wanted = None if owner is None else book.code_of(owner)
    parts: dict[str, list[Array]] = {name: [] for name in ("fen", "who", "plan", "term", "cycles")}
    weight, loans = book.accounts.columns.weight, book.loans
    for bucket in range(at.BUCKETS):
        for lane in range(at.LANES):
            slab = (bucket, lane, slice(0, int(book.count[bucket, lane])))
            kept = slice(None) if wanted is None else loans.owner[slab] == wanted
            who = loans.who[slab][kept]
            parts["fen"].append(loans.owed[slab][kept].astype(np.int64) * weight[who])
            parts["who"].append(who)
            for name in ("plan", "term", "cycles"):
                parts[name].append(getattr(loans, name)[slab][kept])
    columns = {name: np.concatenate(values) for name, values in parts.items()}
    return _with_people(book, columns)


def _with_people(book: LoanBook, loans: dict[str, Array]) -> LoanView:
    who, households, accounts = loans["who"], book.households.columns, book.accounts.columns
    borrower = accounts.household[who]
    return LoanView(
        fen=loans["fen"],
        product=loans["plan"] % (PLANS_PER_PRODUCT * len(book.catalogue.names)) // PLANS_PER_PRODUCT,
        term=loans["term"],
        cycles=loans["cycles"],
        fee_free=book.catalogue.plan_free[loans["plan"]] == 1,
        klass=accounts.klass[who],
        account_owes_fen=accounts.used[who],
        age=households.trait[borrower] // at.QUALITIES,
        region=households.region[borrower],
    )
