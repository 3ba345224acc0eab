"""Selling loans out of a book: a random sample of the seller's part, tested against what each pool accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.credit.kernels import layout as at
from sim.credit.kernels import purchasing
from sim.draws import Clock, Subject, declare, philox, threshold

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook

Array = np.ndarray[Any, Any]

SALE = declare("sale of a loan", Clock.DAY, Subject.LOAN, "pool, screening error, review error")
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
    screening_error = np.uint64(threshold(screening_error_ppm))
    drawn = _drawn(book, day, at.BUCKETS)
    buckets = [(drawn[0] + STEPS[drawn[1] % len(STEPS)] * k) % at.BUCKETS for k in range(at.BUCKETS)]
    balance = [int(book.slab_sum[k].sum()) for k in range(at.BUCKETS)]
    # A want smaller than a mean lot can hardly be met: it waits as idle cash.
    lot = int(book.stock.sum()) // max(1, int(book.count.sum())) * len(offers)
    for place, bucket in enumerate(buckets):
        missing = order.missing
        if missing < lot:
            break
        goal, caps = missing, order.wants
        if whole_book and place < at.BUCKETS - 1:
            goal = missing * balance[bucket] // max(1, sum(balance[k] for k in buckets[place:]))
            caps = order.shares_of(goal)
        _sell_from(book, day, bucket, code, order, caps, goal, lot, screening_error)
    return _settled(book, code, order)


def _drawn(book: LoanBook, day: int, who: int) -> tuple[int, int]:
    """Two words of the day's sample: `who` is a bucket, or 28 for the order of buckets."""
    key = book.keys[SAMPLE.name]
    words = philox(key[0], key[1], np.uint32(day), np.uint32(who), np.uint32(book.lender), np.uint32(0))
    return int(words[0]), int(words[1])


def _sell_from(
    book: LoanBook, day: int, bucket: int, code: int, order: _Order, caps: Array, goal: int, lot: int,
    screening_error: np.uint64,
) -> None:  # fmt: skip
    """Sample one bucket. About three times as much as is needed is visited, since criteria and lots too large take
    their part; if that is not enough, the rest of the bucket is visited once."""
    own, everybody = int(book.stock[:, code, at.CURRENT].sum()), int(book.stock.sum())
    expected = int(book.slab_sum[bucket].sum()) * own // max(1, everybody)
    stride = max(1, expected // max(1, 3 * goal))
    c, a = book.loans, book.accounts.columns
    purchasing.purchase(
        book.keys[SALE.name], day, bucket, _drawn(book, day, bucket)[0] % stride, stride, lot,
        day - int(book.last_due[bucket]), code, *book.own_rows.of(code, c.owed.shape[2]), order.buyers, caps,
        order.bought, order.limits, order.class_ok, order.plan_ok, screening_error, order.review_error,
        book.catalogue.fee_ppm, a.household, a.weight, a.klass, a.rank, c.owed, c.original, c.who, c.born, c.owner,
        c.left, c.term, c.cycles, c.plan, c.status, book.count, book.stock, book.live, order.tally, book.log,
        book.log_count,
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
