"""One deal-day of revolving purchase in a book of a million loans: median milliseconds, and a NumPy version in the
same run.

    python -m benchmarks.purchase [--loans 1_000_000] [--days 40]

Two deals are measured: one that holds a twentieth of the book, and one that holds a third. Each buys every day what
it collected that day. The NumPy version buys the same amount from a copy of the same bucket: it finds the eligible
rows by masks, permutes them, and takes them until the want is met. It keeps no totals by stock, makes no errors of
screening or review, and serves one pool only.
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks import baitiao_world as baitiao
from benchmarks.measuring import machine
from sim.calendar import date_of
from sim.credit.kernels import layout as at

LOANS_PER_BORROWER = 0.9


def numpy_purchase(
    book_columns: dict[str, np.ndarray], seller: int, buyer: int, want_fen: int, rng: np.random.Generator
) -> int:
    """Buy from one bucket's rows (columns by name) up to an amount; returns fen bought."""
    eligible = np.flatnonzero(
        (book_columns["owner"] == seller)
        & (book_columns["cycles"] == 0)
        & (book_columns["left"] <= 36)
        & (book_columns["owed"] >= 100)
    )
    rng.shuffle(eligible)
    reached = np.cumsum(book_columns["owed"][eligible], dtype=np.int64)
    taken = eligible[: np.searchsorted(reached, want_fen, side="right")]
    book_columns["owner"][taken] = buyer
    return int(book_columns["owed"][taken].sum(dtype=np.int64))


def bucket_copy(world: baitiao.World, bucket: int) -> dict[str, np.ndarray]:
    """One bucket's columns as flat arrays of their own."""
    rows = world.book.count[bucket]
    loans = world.book.loans
    return {
        name: np.concatenate([getattr(loans, name)[bucket, lane, : rows[lane]] for lane in range(at.LANES)])
        for name in ("owner", "cycles", "left", "owed")
    }


def deal_days(loans: int, days: int, share_of_book: int) -> tuple[float, float, float, int]:
    """Median ms of the book's sale and of the NumPy version, share of the wants met, mean loans bought a day."""
    world = baitiao.build(int(loans / LOANS_PER_BORROWER), 1, share_of_book)
    book, rng = world.book, np.random.default_rng(baitiao.SEED)
    seller, buyer = book.code_of(baitiao.LENDER), book.code_of(world.pools[0])
    own, other, wanted, met, bought_loans, want = [], [], 0, 0, 0, 0
    for day in range(baitiao.START, baitiao.START + days):
        if date_of(day).day == 1:
            baitiao.new_month(world, day)
        book.open_day()
        book.lend(day, 0)
        book.collect(day, baitiao.LENDER)
        want += baitiao.spent_today(world)[0]
        columns = bucket_copy(world, day % at.BUCKETS)
        start = perf_counter()
        numpy_purchase(columns, seller, buyer, want, rng)
        other.append(perf_counter() - start)
        order = baitiao.orders(world, [want])
        start = perf_counter()
        bought = book.sell(day, baitiao.LENDER, order, screening_error_ppm=0)[0]
        own.append(perf_counter() - start)
        wanted, met, bought_loans = wanted + want, met + bought.principal_fen, bought_loans + bought.loans
        want -= bought.principal_fen
        book.close_day(baitiao.LENDER)
        book.check()
    return 1e3 * median(own), 1e3 * median(other), met / max(1, wanted), bought_loans // days


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=40)
    chosen = parser.parse_args()
    print(f"{machine()}; a book of about {chosen.loans:,} loans")
    for share in (20, 3):
        own, other, met, loans = deal_days(chosen.loans, chosen.days, share)
        print(
            f"  deal with 1/{share:<2} of the book: {own:6.3f} ms a day for {loans:,} loans; NumPy {other:6.3f} ms "
            f"({other / own:.1f} x); {met:.1%} of the wants met"
        )


if __name__ == "__main__":
    main()
