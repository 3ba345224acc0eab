"""When and how much members buy on credit: rates, choices and amounts as integer tables."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from sim.calendar import date_of
from sim.credit.incomes import following_income
from sim.credit.kernels.layout import BLOCK
from sim.credit.lending_terms import LendingTerms, ProductTerms, SpendingTerms
from sim.credit.population import cumulative_thresholds, lognormal_quantiles
from sim.draws import WORD, threshold

Array = np.ndarray[Any, Any]

AMOUNTS = 512
UNITS = (1, 2, 4, 7, 14, 28)
MOST_CANDIDATES = 16
PLANS_PER_PRODUCT = 6
FEE_FREE_PLAN = 5


@lru_cache(maxsize=8192)
def poisson_thresholds(mean: float, length: int = 0) -> Array:
    """Cumulative thresholds of a Poisson count, in steps of 2**-20 so that the last bits of exp() cannot matter.

    `length` pads the table with 2**32, for tables of several means side by side. The table is shared and
    cannot be written to.
    """
    out: list[int] = []
    term, total = math.exp(-mean), 0.0
    while total < 1 - 2**-21 and len(out) < 5000:
        total += term
        out.append(int(min(1.0, total) * (1 << 20)) << 12)
        term *= mean / len(out)
    out.append(WORD)
    table: Array = np.array(out + [WORD] * max(0, length - len(out)), np.uint64)
    table.flags.writeable = False
    return table


def season_factor(terms: SpendingTerms, day: int) -> float:
    """Relative rate of a day: month x weekday x festival. Known to everybody in advance, so no policy can change it."""
    when = date_of(day)
    factor = terms.by_month[when.month - 1] * terms.by_weekday[when.weekday()]
    return factor * terms.festivals.get(f"{when.month:02d}-{when.day:02d}", 1.0)


def ceiling_per_month(terms: SpendingTerms) -> float:
    """Purchases per account and month of the group that buys most, at the most its lender may raise it to: the rate at
    which candidates are drawn."""
    top = max(terms.by_age) * max(terms.by_class) * max(terms.by_state)
    return terms.purchases_per_month * top * (terms.most_appetite_ppm / 1_000_000)


def unit_blocks(terms: LendingTerms) -> int:
    """Blocks whose candidates are counted by one draw.

    A small lender with dated members has few candidates a day: one draw then serves the most blocks (a divisor of the
    28 that a lane works on together) with no more than 16 candidates on average. Other lenders count block by block.
    """
    if not terms.members:
        return 1
    mean = BLOCK * ceiling_per_month(terms.spending) * 12 / 365
    return max((unit for unit in UNITS if unit * mean <= MOST_CANDIDATES), default=1)


def candidate_thresholds(terms: SpendingTerms, day: int, unit: int = 1) -> Array:
    """Thresholds of the number of candidate purchases in a unit of blocks of 64 accounts on a day."""
    return poisson_thresholds(unit * BLOCK * ceiling_per_month(terms) * 12 / 365 * season_factor(terms, day))


def accept_shares(terms: SpendingTerms, stress_milli: int, appetite_ppm: int = 1_000_000) -> Array:
    """Thresholds [class, age band, state]: a group's rate as a share of the ceiling, at its lender's appetite, less
    what bad news takes."""
    mood = min(1.0, max(0.0, 1 - terms.mood * stress_milli / 1000))
    mood *= appetite_ppm / terms.most_appetite_ppm
    top = max(terms.by_age) * max(terms.by_class) * max(terms.by_state)
    shares = [
        [[threshold(round(1_000_000 * mood * k * a * s / top)) for s in terms.by_state] for a in terms.by_age]
        for k in terms.by_class
    ]
    return np.array(shares, np.uint64)


def _amounts(product: ProductTerms, months: int, limit_max_fen: int) -> list[int]:
    median = product.amount_median_fen * months**product.amount_growth_with_term
    return lognormal_quantiles(median, product.amount_sigma, 1_000, limit_max_fen, AMOUNTS)


def at_prices(amounts: Array, price_ppm: int) -> Array:
    """Amounts of purchases at a level of prices, in whole yuan.

    >>> at_prices(np.array([40_000, 150_000], np.int32), 1_026_000).tolist()
    [41000, 153900]
    """
    if price_ppm == 1_000_000:
        return amounts
    priced: Array = (amounts.astype(np.int64) * price_ppm + 50_000_000) // 100_000_000 * 100
    return priced.astype(np.int32)


def _sizes(product: ProductTerms, elasticity: float, income_sigma: float) -> Array:
    """[standing, step]: which amount a household takes. What income explains of the log of a purchase, elasticity x
    that of income, over its standard deviation is the correlation of the two, at most 1."""
    return following_income(min(1.0, elasticity * income_sigma / max(1e-9, product.amount_sigma)), AMOUNTS)


def _grace(product: ProductTerms) -> int:
    """Days before a due day from which a purchase waits for the next one.

    An order is due a month after its purchase, on the same day of the month: 20 days only keep that day itself out.
    Cash is never due on the day it is drawn, which may be before or after that day's collection.
    """
    if product.system == "order":
        return 20
    return max(1, product.grace_days) if product.cash else product.grace_days


@dataclass(frozen=True)
class Catalogue:
    """What a lender offers, as tables for the kernels. First axis: product; second: its terms, padded with the last
    one."""

    names: tuple[str, ...]
    product_cdf: Array
    term_cdf: Array
    term_months: Array
    free_share: Array
    amounts: Array
    sizes: Array  # by product, standing of income and step drawn: which of the amounts
    is_order: Array
    is_cash: Array
    first_of: tuple[int, int]  # the first product that pays a shop, and that pays money to the borrower; -1 = none
    fee_ppm: Array  # by plan = product x 6 + (score class, or 5 = fee-free)
    overdue_ppm: Array  # by plan
    grace: Array  # by plan
    plan_free: Array  # by plan: 1 = fee-free
    choice_share: Array  # by product and term, share of all purchases

    @classmethod
    def of(cls, terms: LendingTerms, income_sigma: float) -> Catalogue:
        """Tables of a lender's products; `income_sigma`: log standard deviation of its members' incomes."""
        products = list(terms.products.values())
        widest = max(len(p.terms) for p in products)
        term_cdf, months, free, amounts, shares = [], [], [], [], []
        for product in products:
            options = sorted(product.terms.items())
            padding = [options[-1]] * (widest - len(options))
            cdf = cumulative_thresholds(tuple(o.share_ppm for _, o in options))
            term_cdf.append([*cdf.tolist(), *[WORD] * len(padding)])
            months.append([m for m, _ in options + padding])
            free.append([threshold(o.fee_free_ppm) for _, o in options + padding])
            amounts.append([_amounts(product, m, terms.limit_max_fen) for m, _ in options + padding])
            own = product.share_ppm / 1_000_000
            shares.append([own * o.share_ppm / 1_000_000 for _, o in options] + [0.0] * len(padding))
        return cls(
            names=tuple(terms.products),
            product_cdf=cumulative_thresholds(tuple(p.share_ppm for p in products)),
            term_cdf=np.array(term_cdf, np.uint64),
            term_months=np.array(months, np.int64),
            free_share=np.array(free, np.uint64),
            amounts=np.array(amounts, np.int32),
            sizes=np.stack([_sizes(p, terms.spending.income_elasticity, income_sigma) for p in products]),
            is_order=np.array([p.system == "order" for p in products]),
            is_cash=np.array([p.cash for p in products]),
            first_of=(
                next((n for n, p in enumerate(products) if not p.cash), -1),
                next((n for n, p in enumerate(products) if p.cash), -1),
            ),
            fee_ppm=np.array([f for p in products for f in (*p.monthly_fee_ppm, 0)], np.int64),
            overdue_ppm=np.array([p.overdue_ppm_per_day for p in products for _ in range(PLANS_PER_PRODUCT)], np.int64),
            grace=np.array([_grace(p) for p in products for _ in range(PLANS_PER_PRODUCT)], np.int64),
            plan_free=np.array([k == FEE_FREE_PLAN for _ in products for k in range(PLANS_PER_PRODUCT)], np.int64),
            choice_share=np.array(shares),
        )

    def with_prices(self, versions: list[list[int]]) -> Catalogue:
        """The same products at several versions of prices: plan = version x plans + product x 6 + fee class."""
        count, plans = len(versions), len(self.names) * PLANS_PER_PRODUCT
        return replace(
            self,
            fee_ppm=np.array(versions, np.int64).reshape(-1),
            overdue_ppm=np.tile(self.overdue_ppm[:plans], count),
            grace=np.tile(self.grace[:plans], count),
            plan_free=np.tile(self.plan_free[:plans], count),
        )

    def surviving(self) -> tuple[Array, Array, Array, Array]:
        """For seasoning: share of purchases alive at each age, and the choice given survival, [age, choice] cumulative;
        the product and term index of each choice."""
        product, index = np.nonzero(self.choice_share > 0)
        share, months = self.choice_share[product, index], self.term_months[product, index]
        alive = np.array(
            [[s if m > age else 0.0 for s, m in zip(share, months, strict=True)] for age in range(int(months.max()))]
        )
        total = alive.sum(axis=1)
        cdf = (np.cumsum(alive, axis=1) / total[:, None] * (1 << 20)).astype(np.uint64) << np.uint64(12)
        for age in range(cdf.shape[0]):
            cdf[age, np.flatnonzero(alive[age])[-1] :] = WORD
        return total, cdf, product.astype(np.int64), index.astype(np.int64)
