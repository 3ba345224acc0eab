"""Borrowers turned away: what one lender refuses today is tried at the household's next account with room.

Books lend without regard to each other. Once all have, the refusals are gone through in the order of lenders and
accounts, on one thread, and the loans that others grant are made in their books before any of them collects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calendar import month_index
from sim.credit.days_work import Lent
from sim.credit.kernels import elsewhere as kernels
from sim.credit.kernels import layout as at
from sim.credit.loan_columns import ELSEWHERE
from sim.credit.rollover import Requests, make_loans

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class TakenIn:
    """What came of a day's refusals: by lender, what it lent to others' customers; and by who refused and who was asked
    (None: no account had room), fen x weight applied for and lent."""

    lent: dict[int, Lent]
    tried: dict[int, dict[int | None, tuple[int, int]]]


def take_in(books: Mapping[int, LoanBook], day: int) -> TakenIn:
    """Try today's refusals of `books` (by lender) elsewhere and make the loans that are granted."""
    asked, lent, rationed = (np.zeros((len(books), len(books) + 1), np.int64) for _ in range(3))
    found = [
        _try(books[number], day, asked[number], lent[number], rationed[number])
        for number in sorted(books)
        if books[number].turned_away.count.any()
    ]
    for number, sums in enumerate(zip(asked.sum(axis=0).tolist(), rationed.sum(axis=0).tolist(), strict=True)):
        if number in books and sums[0]:
            _count(books[number].months[-1], *sums)
    tried: dict[int, dict[int | None, tuple[int, int]]] = {}
    for one, other in np.argwhere(asked).tolist():
        answered = int(asked[one, other]), int(lent[one, other])
        tried.setdefault(one, {})[other if other in books else None] = answered
    return TakenIn(_make_loans(books, day, found), tried)


def _count(month: dict[str, int], applied_fen: int, rationed_fen: int) -> None:
    """Add others' customers to a lender's applications of the month and the answers to them."""
    month["applied_fen"] += applied_fen
    month["refused_ration_fen"] += rationed_fen
    month["granted_fen"] += applied_fen - rationed_fen


def _try(book: LoanBook, day: int, asked: Array, lent: Array, rationed: Array) -> tuple[Array, Array, Array]:
    """Try what one book refused; returns rows of the table of all accounts, fen and kinds of what others granted."""
    table, refused, number = book.table, book.turned_away, book.lender
    c, opened, (first, rows) = table.columns, table.opened[number], table.by_household
    room = int(refused.count.sum())
    taken, fen, kinds = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint8)
    made = kernels.try_elsewhere(
        book.keys[ELSEWHERE.name], table.account_key, day, month_index(day), number,
        refused.who, refused.fen, refused.kinds, refused.count, opened.class_cdf, opened.limits, opened.accepted,
        book.price_ppm, table.households.columns.trait, first, rows, table.room_ppm, table.ration, c.lender, c.granted,
        c.standing, c.joined, c.weight, c.ceiling, c.used, c.missed, taken, fen, kinds, asked, lent, rationed,
    )  # fmt: skip
    return taken[:made], fen[:made], kinds[:made]


def _make_loans(books: Mapping[int, LoanBook], day: int, found: list[tuple[Array, Array, Array]]) -> dict[int, Lent]:
    """Make the loans that were granted: what an account is asked for on a day is one loan of each kind."""
    if not found:
        return {}
    table = next(iter(books.values())).table
    rows, fen, kinds = (np.concatenate(parts) for parts in zip(*found, strict=True))
    by_owner: dict[int, dict[str, tuple[int, int]]] = {}
    for kind in (at.ON_PURCHASES, at.IN_CASH):
        for number, own_rows, amounts in Requests.of(rows[kinds == kind], fen[kinds == kind]).by_lender(table):
            book, owners = books[number], by_owner.setdefault(number, {})
            made = make_loans(book, ELSEWHERE.name, day, book.catalogue.first_of[kind], own_rows, amounts)
            for owner, total in made.items():
                bought, cash = owners.get(owner, (0, 0))
                owners[owner] = (bought + total, cash) if kind == at.ON_PURCHASES else (bought, cash + total)
    return {number: Lent(sum(map(sum, owners.values())), owners) for number, owners in sorted(by_owner.items())}
