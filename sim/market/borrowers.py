"""Borrowers as objects: `market.borrowers[i]` reads a household and its accounts at all lenders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.calendar import month_index
from sim.credit.kernels.layout import CLOSED, RANK_BITS, ROLLS
from sim.credit.population import Household
from sim.credit.terms import CLASSES

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook
    from sim.market.market import SecuritizationMarket


@dataclass(frozen=True)
class Account:
    """One account of a borrower: a snapshot, money in fen per person."""

    lender: str
    limit_fen: int
    used_fen: int
    instalment_fen: int
    score_class: str
    payment_rank: int
    missed_cycles: int
    closed: bool


@dataclass(frozen=True)
class Borrower:
    """A household with its accounts, in the order of lenders; those it has not joined yet are not among them."""

    household: Household
    rolls_over: bool
    accounts: tuple[Account, ...]

    @property
    def debt_fen(self) -> int:
        """What it owes to all lenders together."""
        return sum(account.used_fen for account in self.accounts)

    @property
    def due_per_month_fen(self) -> int:
        """Instalments and fees it owes in a month to all lenders together."""
        return sum(account.instalment_fen for account in self.accounts)


class Borrowers:
    """All borrowers of a market; `borrowers[i]` looks one up, nothing is copied before that."""

    def __init__(self, market: SecuritizationMarket) -> None:
        self._market = market

    def __len__(self) -> int:
        return len(self._market.households)

    def __getitem__(self, number: int) -> Borrower:
        household, month = self._market.households[number], month_index(self._market.day)
        rows = [(name, book, book.accounts.row_of(number)) for name, book in self._market.books.items()]
        known = [(name, book, row) for name, book, row in rows if row is not None]
        rolls = any(bool(book.accounts.columns.rank[row] & ROLLS) for _, book, row in known)
        joined = [(name, book, row) for name, book, row in known if book.accounts.columns.joined[row] <= month]
        return Borrower(household, rolls, tuple(_account(name, book, row) for name, book, row in joined))


def _account(name: str, book: LoanBook, row: int) -> Account:
    a = book.accounts.columns
    klass, missed = int(a.klass[row]), int(a.missed[row])
    limit = int(a.ceiling[row]) * int(book.limit_ppm()[klass]) // 1_000_000
    return Account(
        lender=name,
        limit_fen=limit,
        used_fen=int(a.used[row]),
        instalment_fen=int(a.instalment[row]),
        score_class=CLASSES[klass],
        payment_rank=int(a.rank[row]) & RANK_BITS,
        missed_cycles=0 if missed == CLOSED else missed,
        closed=missed == CLOSED,
    )
