"""A seasoned book with everything a book can do, and one hash of all its columns and totals.

Run as `python small_book.py HOUSEHOLDS DAYS [THREADS]` it prints the hash, so that two ways of compiling can be
compared.
"""

from __future__ import annotations

import datetime
import hashlib
import sys
from typing import Any

import numba
import numpy as np

from sim.calendar import BANK, date_of, month_index
from sim.credit.accounts import Accounts
from sim.credit.behaviour import Array
from sim.credit.kernels import layout as at
from sim.credit.lending_terms import InstalmentTerms, LendingTerms, ProductTerms, SpendingTerms
from sim.credit.loan_book import LoanBook
from sim.credit.population import Households
from sim.credit.seasoning import season
from sim.credit.selling import Offer
from sim.credit.terms import BehaviourTerms, PopulationTerms

START, SEED, POOLS = 2_700, 11, 3
LENDER = "originator:lender"


def terms() -> LendingTerms:
    """Both systems, fee-free and fee-bearing plans, long and short terms; write-offs early enough for a short run."""
    offers = {
        1: InstalmentTerms(share_ppm=600_000, fee_free_ppm=1_000_000),
        6: InstalmentTerms(share_ppm=300_000, fee_free_ppm=300_000),
        24: InstalmentTerms(share_ppm=100_000),
    }
    products = {
        "billing": ProductTerms(system="billing", share_ppm=600_000, terms=offers),
        "order": ProductTerms(system="order", share_ppm=400_000, terms=offers),
    }
    return LendingTerms(
        products=products,
        spending=SpendingTerms(purchases_per_month=0.8),
        members={datetime.date(2014, 1, 1): 550_000, datetime.date(2019, 1, 1): 1_000_000},
        write_off_days_past_due=100,
    )


def build(households: int) -> tuple[Households, LoanBook]:
    """A seasoned book, lending under two codes, with watched households and pools to sell to."""
    people = Households(PopulationTerms(households=households, weight=3), SEED)
    accounts = Accounts(people, SEED, (terms(),), START)
    book = LoanBook(0, terms(), BehaviourTerms(), accounts, SEED)
    book.lend_under({LENDER: 700_000, "joint:bank": 300_000})
    book.accounts.watch(np.arange(0, min(households, 200), 7))
    season({LENDER: book}, START, lambda _: 0, SEED)
    for k in range(POOLS):
        book.buy_back_at[book.code_of(f"spv:{k}")] = 3 if k == 0 else 0
    return people, book


def offers_of(book: LoanBook, wants: list[int]) -> list[Offer]:
    """One order for each pool; the second accepts fewer loans, so that errors of screening and review are met."""
    plans = 6 * len(book.catalogue.names)
    return [
        Offer(
            book.code_of(f"spv:{k}"), want, (0, 1, 12 if k == 1 else 24, 1_000, 10**9, 0), (True,) * 5,
            tuple(k != 1 or plan % 6 != 5 for plan in range(plans)), 200_000,
        )
        for k, want in enumerate(wants)
    ]  # fmt: skip


def live(people: Households, book: LoanBook, days: int) -> Any:
    """Run the days; returns a hash that has taken in every day's flows and log."""
    seen = hashlib.sha256()
    book.sell(
        START,
        LENDER,
        offers_of(book, [book.outstanding_fen(LENDER) // 6] * POOLS),
        screening_error_ppm=5_000,
        whole_book=True,
    )
    for day in range(START, START + days):
        stress = 500 if day % 60 < 30 else -200
        book.open_day()
        if date_of(day).day == 1 or day == START:
            book.table.change_month(month_index(day), stress)
            book.open_month(day, stress)
        book.lend(day, stress, ration_ppm=950_000)
        book.collect(day, LENDER)
        if BANK.is_open(day):
            spent = [book.day_flows(f"spv:{k}") for k in range(POOLS)]
            wants = [f["principal"] + f["prepaid"] for f in spent]
            book.sell(day, LENDER, offers_of(book, wants), screening_error_ppm=5_000)
        if date_of(day).day == 15:
            book.hand_over(day, "spv:1", LENDER, only_ineligible=True)
        book.close_day(LENDER)
        book.check(full=date_of(day).day == 2)
        for array in (book.flows, book.refused, book.day_log()):
            seen.update(np.ascontiguousarray(array).tobytes())
    return seen


def content(people: Households, book: LoanBook) -> dict[str, Array]:
    """Every column and total that a checkpoint keeps; of the slabs only the rows in use."""
    arrays = dict(book.state()["arrays"])
    for name in [n for n in arrays if n.startswith("loan_")]:
        rows = [arrays[name][b, lane, : book.count[b, lane]] for b in range(at.BUCKETS) for lane in range(at.LANES)]
        arrays[name] = np.concatenate(rows)
    arrays |= {f"household_{name}": array for name, array in people.columns.arrays().items()}
    return arrays


def fingerprint(households: int, days: int) -> str:
    """One hash of everything after a run."""
    people, book = build(households)
    seen = live(people, book, days)
    for name, array in sorted(content(people, book).items()):
        seen.update(name.encode())
        seen.update(np.ascontiguousarray(array).tobytes())
    seen.update(repr(book.fee_owing).encode())
    return str(seen.hexdigest())


if __name__ == "__main__":
    if len(sys.argv) > 3:
        numba.set_num_threads(int(sys.argv[3]))
    with np.errstate(over="ignore"):
        print(fingerprint(int(sys.argv[1]), int(sys.argv[2])))  # noqa: T201 - its only answer
