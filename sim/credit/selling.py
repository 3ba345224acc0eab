"""Selling loans out of a book: a random sample of the seller's part, tested against what each pool accepts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.credit.kernels import layout as at
from sim.credit.kernels import purchasing
from sim.draws import WORD, Clock, Subject, declare, philox, threshold

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook

Array = np.ndarray[Any, Any]

SALE = declare("sale of a loan", Clock.DAY, Subject.LOAN, "pool, screening error, review error")
SLIP = declare(
    "slip of screening", Clock.DAY, Subject.LOAN, "days until screening lets a loan pass again that suits no pool"
)
SAMPLE = declare("sample of loans", Clock.DAY, Subject.INSTITUTION, "order of the due days and start of each sample")

STEPS = (5, 9, 11, 13)
"""Steps through the 28 due days without a factor in common with 28: each visits every one of them."""


@dataclass(frozen=True)
class Offer:
    """What one pool wants to buy today, and what it accepts. `limits` as the indices of kernels.purchasing say."""

    buyer: int
    want_fen: int
    limits: tuple[int, ...]
    class_ok: tuple[bool, ...]
    plan_ok: tuple[bool, ...]
    review_error_ppm: int = 0


@dataclass(frozen=True)
class Bought:
    """What one pool bought: fen x weight, loans x weight. Fees owing come only with loans bought in error."""

    principal_fen: int
    fees_fen: int
    loans: int
    reviewed_loans: int
    ineligible_found_fen: int
    ineligible_bought_fen: int


@dataclass
class _Order:
    """What is being sold today: the pools' criteria as tables for the kernel, their wants and purchases, fen x weight,
    and the counts of the kernel."""

    offers: list[Offer]
    wants: Array
    bought: Array
    tally: Array
    buyers: Array
    limits: Array
    class_ok: Array
    plan_ok: Array
    review_error: Array

    @classmethod
    def of(cls, offers: list[Offer]) -> _Order:
        wants = np.array([o.want_fen for o in offers], np.int64)
        return cls(
            offers,
            wants,
            bought=np.zeros_like(wants),
            tally=np.zeros((len(offers), purchasing.PURCHASE_COUNTS), np.int64),
            buyers=np.array([o.buyer for o in offers], np.int64),
            limits=np.array([o.limits for o in offers], np.int64),
            class_ok=np.array([o.class_ok for o in offers]),
            plan_ok=np.array([o.plan_ok for o in offers]),
            review_error=np.array([threshold(o.review_error_ppm) for o in offers], np.uint64),
        )

    @property
    def missing(self) -> int:
        """Still wanted by all pools together."""
        return int((self.wants - self.bought).sum())

    def bounds(self) -> tuple[int, ...]:
        """The widest criteria among the pools, by the indices of kernels.purchasing."""
        least, most = self.limits.min(axis=0).tolist(), self.limits.max(axis=0).tolist()
        smallest = (purchasing.MIN_LEFT, purchasing.MIN_OWED, purchasing.MIN_AGE_DAYS)
        return tuple(least[k] if k in smallest else most[k] for k in range(purchasing.LIMITS))

    def shares_of(self, goal: int) -> Array:
        """What each pool may hold after `goal` more is bought, in proportion to what it lacks."""
        # Python's integers: an amount times an amount does not fit into 64 bits.
        lacks = [int(w) - int(b) for w, b in zip(self.wants, self.bought, strict=True)]
        return self.bought + np.array([-(-goal * lack // max(1, self.missing)) for lack in lacks], np.int64)


def sell(
    book: LoanBook, day: int, seller: str, offers: list[Offer], *, screening_error_ppm: int, whole_book: bool
) -> list[Bought]:
    """Sell to the pools that ask; see `LoanBook.sell`."""
    order, code = _Order.of(offers), book.code_of(seller)
    screening_error = threshold(screening_error_ppm)
    first, step = _first_and_step(book, day)
    buckets = [(first + step * k) % at.BUCKETS for k in range(at.BUCKETS)]
    # A want smaller than a mean lot can hardly be met: it waits as idle cash.
    lot = book.managed_fen // max(1, int(book.count.sum())) * len(offers)
    if not whole_book:
        _sell_from(book, day, buckets, code, order, order.wants, lot, screening_error)
        return _settled(book, code, order)
    balance = book.slab_sum.sum(axis=1).tolist()
    for place, bucket in enumerate(buckets):
        missing = order.missing
        if missing < lot:
            break
        goal = missing * balance[bucket] // max(1, sum(balance[k] for k in buckets[place:]))
        caps = order.wants if place == at.BUCKETS - 1 else order.shares_of(goal)
        _sell_from(book, day, [bucket], code, order, caps, lot, screening_error)
    # Where loans are few, the last due day may lack what an earlier one still has.
    _sell_from(book, day, buckets, code, order, order.wants, lot, screening_error)
    return _settled(book, code, order)


def eligible_fen(book: LoanBook, day: int, seller: str, offer: Offer) -> int:
    """Principal of a seller's loans that a pool would accept today, fen x weight: what is not late, meets its criteria,
    and is no larger than all it wants."""
    order, c, a = _Order.of([offer]), book.loans, book.accounts.columns
    return int(
        purchasing.eligible(
            day, day - book.last_due, book.code_of(seller), offer.want_fen, order.limits, order.class_ok, order.plan_ok,
            a.weight, a.klass, c.owed, c.who, c.born, c.owner, c.left, c.cycles, c.plan, c.status, book.count,
        )
    )  # fmt: skip


def _first_and_step(book: LoanBook, day: int) -> tuple[int, int]:
    """The due day the day's sample begins with, and the step to the next one."""
    key = book.keys[SAMPLE.name]
    words = philox(key[0], key[1], np.uint32(day), np.uint32(at.BUCKETS), np.uint32(book.lender), np.uint32(0))
    return int(words[0]) % at.BUCKETS, STEPS[int(words[1]) % len(STEPS)]


@lru_cache(maxsize=64)
def slip_gaps(screening_error: int) -> Array:
    """Cumulative thresholds of the days before the first slip, each day having this chance (a threshold of 2**32)."""
    survive, out = WORD, []
    for _ in range(purchasing.CYCLE_DAYS):
        survive = survive * (WORD - screening_error) >> 32
        out.append(WORD - survive)
    table: Array = np.array(out, np.uint64)
    table.flags.writeable = False
    return table


def _sell_from(
    book: LoanBook, day: int, buckets: list[int], code: int, order: _Order, caps: Array, lot: int, screening_error: int
) -> None:
    """Sample some buckets in turn until every pool holds what it may."""
    c, a, listed = book.loans, book.accounts.columns, book.own_rows
    since_due = day - book.last_due
    starts = day - since_due % purchasing.CYCLE_DAYS
    bounds = order.bounds()
    listed.take(code, c.owed.shape[2], bounds, screening_error, starts)
    purchasing.purchase(
        book.sale_keys, day, book.lender, np.array(buckets), lot, since_due, starts, code, np.array(bounds),
        slip_gaps(listed.screening_error), listed.rows, listed.slips, listed.seen, listed.kept, order.buyers, caps,
        order.bought, order.limits, order.class_ok, order.plan_ok, np.uint64(screening_error), order.review_error,
        book.catalogue.fee_ppm, a.household, a.weight, a.klass, a.rank, c.owed, c.original, c.who, c.born, c.owner,
        c.left, c.term, c.cycles, c.plan, c.status, book.count, book.slab_sum, book.stock, book.live, order.tally,
        book.log, book.log_count,
    )  # fmt: skip


def _settled(book: LoanBook, code: int, order: _Order) -> list[Bought]:
    """What each pool bought; fees owing go over with loans bought in error."""
    for offer, counts in zip(order.offers, order.tally, strict=True):
        book.fee_owing[code] -= int(counts[purchasing.FEES_BOUGHT])
        book.fee_owing[offer.buyer] += int(counts[purchasing.FEES_BOUGHT])
    return [
        Bought(
            int(fen),
            int(counts[purchasing.FEES_BOUGHT]),
            int(counts[purchasing.LOANS_BOUGHT]),
            int(counts[purchasing.LOANS_REVIEWED]),
            int(counts[purchasing.INELIGIBLE_FOUND]),
            int(counts[purchasing.INELIGIBLE_BOUGHT]),
        )
        for fen, counts in zip(order.bought, order.tally, strict=True)
    ]
