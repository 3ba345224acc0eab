"""The world every population benchmark runs: a Baitiao-like book, its figures fixed so that timings stay comparable.

Products and fees follow what is printed about Baitiao (1 to 24 instalments, billing and order system, flat monthly fees
of 0.5-1.2 %); rates of purchase and of missing are assumptions. Calibrating the shipped scenarios moves nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.calendar import date_of, month_index
from sim.credit.accounts import Accounts
from sim.credit.lending_terms import InstalmentTerms, LendingTerms, ProductTerms, SpendingTerms
from sim.credit.loan_book import LoanBook
from sim.credit.population import Households
from sim.credit.seasoning import season
from sim.credit.selling import Offer
from sim.credit.terms import BehaviourTerms, PopulationTerms

SEED = 2017
START = 2_557  # 2017-01-01
LENDER = "originator:baitiao"
POOL_SHARE = 3
"""One third of the book is sold to the pools before the first day and kept at that by their purchases."""

OPEN_LIMITS = (0, 1, 36, 100, 10**9, 0)
"""What a pool accepts: nothing missed, 1 to 36 instalments left, any amount from one yuan, any age."""


def lending_terms() -> LendingTerms:
    """Baitiao's products: shares of purchases by term, fee-free shares, both systems."""
    shares = {1: 777_700, 3: 96_000, 4: 17_600, 6: 56_300, 8: 8_100, 12: 37_000, 24: 7_300}
    offers = {m: InstalmentTerms(share_ppm=s, fee_free_ppm=1_000_000 if m == 1 else 330_000) for m, s in shares.items()}
    products = {
        "billing": ProductTerms(system="billing", share_ppm=600_000, amount_median_fen=40_000, terms=offers),
        "order": ProductTerms(system="order", share_ppm=400_000, amount_median_fen=40_000, terms=offers),
    }
    return LendingTerms(
        products=products,
        spending=SpendingTerms(purchases_per_month=0.5),
        limit_max_fen=1_500_000,
        write_off_days_past_due=210,
    )


@dataclass(frozen=True)
class World:
    """Households, one lender's book, and the pools that buy from it."""

    households: Households
    book: LoanBook
    pools: tuple[str, ...]


def build(borrowers: int, pools: int, share_of_book: int = POOL_SHARE) -> World:
    """A seasoned book of `borrowers` real people (weight 1); one part in `share_of_book` of it stands in the pools."""
    households = Households(PopulationTerms(households=borrowers, weight=1), SEED)
    terms = lending_terms()
    accounts = Accounts(households, SEED, (terms,), START)
    book = LoanBook(0, terms, BehaviourTerms(intercept={date_of(START): -6.3}), accounts, SEED)
    book.lend_under({LENDER: 1_000_000})
    season({LENDER: book}, START, lambda _: 0, SEED)
    book.open_month(START, 0)
    world = World(households, book, tuple(f"spv:pool_{k}" for k in range(pools)))
    if pools:
        each = book.outstanding_fen(LENDER) // (share_of_book * pools)
        book.open_day()
        book.sell(START, LENDER, orders(world, [each] * pools), screening_error_ppm=0, whole_book=True)
    return world


def orders(world: World, wants_fen: list[int]) -> list[Offer]:
    """One order a pool for the amounts given."""
    plans = 6 * len(world.book.catalogue.names)
    return [
        Offer(world.book.code_of(pool), want, OPEN_LIMITS, (True,) * 5, (True,) * plans)
        for pool, want in zip(world.pools, wants_fen, strict=True)
    ]


def spent_today(world: World) -> list[int]:
    """What each pool collected of principal today: a stationary pool spends exactly that."""
    flows = [world.book.day_flows(pool) for pool in world.pools]
    return [f["principal"] + f["prepaid"] for f in flows]


def new_month(world: World, day: int) -> None:
    """The first of a month: income states, burdens, thresholds."""
    world.book.table.change_month(month_index(day), 0)
    world.book.open_month(day, 0)
