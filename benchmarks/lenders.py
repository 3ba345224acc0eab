"""Many lenders over one set of households: the credit side of a whole market, without its institutions.

    python -m benchmarks.lenders --households 2_000_000 --lenders 45 --days 365 [--members 100_000]

One lender in nine is large (30 % of households are members), the rest have `--members` ppm; one in three lends cash,
and a quarter of households roll debt over. Prints seconds per simulated year by part of a day, rows and memory.
"""

from __future__ import annotations

import argparse
import datetime

import numba

from benchmarks.measuring import Stopwatch, machine, peak_rss_gb
from sim.calendar import date_of, month_index
from sim.credit import rollover
from sim.credit.accounts import Accounts
from sim.credit.lending_terms import InstalmentTerms, LendingTerms, ProductTerms, SpendingTerms
from sim.credit.loan_book import LoanBook
from sim.credit.population import Households
from sim.credit.seasoning import season
from sim.credit.terms import BehaviourTerms, PopulationTerms

START, SEED = 2_557, 11


def terms_of(number: int, members_ppm: int) -> LendingTerms:
    """Large and small lenders of purchases and of cash."""
    offers = {1: InstalmentTerms(share_ppm=500_000), 6: InstalmentTerms(share_ppm=300_000)}
    offers |= {12: InstalmentTerms(share_ppm=200_000)}
    share = 300_000 if number % 9 == 0 else members_ppm
    return LendingTerms(
        products={"loan": ProductTerms(terms=offers, cash=number % 3 == 1)},
        members={datetime.date(2014, 1, 1): share // 3, datetime.date(2023, 1, 1): share},
        payment_rank=1 + number % 3,
        spending=SpendingTerms(purchases_per_month=0.4 if number % 9 == 0 else 0.15),
    )


def build(households: int, lenders: int, members_ppm: int) -> dict[int, LoanBook]:
    """Seasoned books over one table of accounts."""
    people = Households(PopulationTerms(households=households, weight=250), SEED)
    terms = [terms_of(number, members_ppm) for number in range(lenders)]
    behaviour = BehaviourTerms(rollover_ppm=250_000)
    table = Accounts(people, SEED, terms, START, behaviour.rollover_ppm)
    books = {number: LoanBook(number, own, behaviour, table, SEED) for number, own in enumerate(terms)}
    for number, book in books.items():
        book.lend_under({f"originator:{number}": 1_000_000})
    season({f"originator:{number}": book for number, book in books.items()}, START, lambda _: 0, SEED)
    for book in books.values():
        book.open_month(START, 0)
    return books


def live(books: dict[int, LoanBook], days: int) -> Stopwatch:
    """Run all books for some days; every part of a day is timed."""
    watch, table = Stopwatch(), books[0].table
    for day in range(START, START + days):
        if date_of(day).day == 1:
            with watch.part("month"):
                table.change_month(month_index(day), 0)
                for book in books.values():
                    book.open_month(day, 0)
        with watch.part("lend"):
            for book in books.values():
                book.open_day()
                book.lend(day, 0)
        with watch.part("collect"):
            for number, book in books.items():
                book.collect(day, f"originator:{number}")
        with watch.part("roll over"):
            for book in books.values():
                rollover.settle(books, book, day)
        with watch.part("close"):
            for number, book in books.items():
                book.close_day(f"originator:{number}")
                book.check()
    return watch


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=2_000_000)
    parser.add_argument("--lenders", type=int, default=45)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--members", type=int, default=100_000, help="share of households at a small lender, ppm")
    parser.add_argument("--threads", type=int, default=1, help="one, as a market of lenders below a million accounts")
    chosen = parser.parse_args()
    numba.set_num_threads(chosen.threads)
    live(build(28 * 64, 4, 300_000), 40)
    setup = Stopwatch()
    with setup.part("draw and season"):
        books = build(chosen.households, chosen.lenders, chosen.members)
    print(f"{machine()}; {chosen.threads} threads")
    print(f"{chosen.households:,} households, {chosen.lenders} lenders, {chosen.days} days")
    print("\n".join(setup.lines()))
    watch = live(books, chosen.days)
    print(f"  seconds per simulated year {watch.total() * 365 / chosen.days:.2f}")
    print("\n".join(watch.lines()))
    rows, loans = int(books[0].table.starts[-1]), sum(int(book.count.sum()) for book in books.values())
    print(f"  {rows:,} accounts, {loans:,} loans, peak {peak_rss_gb():.2f} GB")


if __name__ == "__main__":
    main()
