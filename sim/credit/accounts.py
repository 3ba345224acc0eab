"""Accounts: a household at a lender. Limit, use, score class, rank among the household's lenders, missed cycles."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from sim.calendar import month_index
from sim.credit.columns import Column, Columns
from sim.credit.kernels import people
from sim.credit.kernels.layout import WATCHED
from sim.credit.lending_terms import LendingTerms
from sim.credit.population import Households, lognormal_quantiles, quality_bins
from sim.draws import WORD, Clock, Subject, declare, key_array

Array = np.ndarray[Any, Any]

SEASONING_MONTHS = 36

ACCOUNT = declare(
    "account", Clock.LIFE, Subject.ACCOUNT, "score class given quality, limit given class, month of joining"
)

LAYOUT = {
    "limit": Column("i4", "fen", "credit limit"),
    "used": Column("i4", "fen", "principal owed to this lender"),
    "klass": Column("u1", "index", "score class L1..L5"),
    "rank": Column("u1", "index", "place in the household's order of payment (1 = first); bit 7: watched"),
    "missed": Column("u1", "cycles", "due dates missed in a row; 255 = closed after a write-off"),
    "joined": Column("u2", "month", "month of joining, months since 2010-01"),
    "decided": Column("u2", "month x 4 + outcome", "the month's decision: 1 miss, 2 pay one instalment, 3 pay all"),
}


def class_given_quality(class_shares_ppm: tuple[int, ...], quality_sd: float, noise: float) -> Array:
    """Cumulative thresholds [quality bin, class] of a noisy score: score = quality + noise, cut at the shares'
    quantiles."""
    total_sd = max(1e-9, (quality_sd**2 + noise**2) ** 0.5)
    whole, shares = NormalDist(0, total_sd), []
    reached = 0
    for share in class_shares_ppm[:-1]:
        reached += share
        shares.append(whole.inv_cdf(min(1 - 1e-12, max(1e-12, reached / 1_000_000))))
    _, means = quality_bins(max(quality_sd, 1e-9))
    rows = [
        [*(round(NormalDist(mean, max(noise, 1e-9)).cdf(cut) * (1 << 20)) << 12 for cut in shares), WORD]
        for mean in means
    ]
    return np.array(rows, np.uint64)


def joining_thresholds(member_share_ppm: int, growth_ppm: int, months: int) -> Array:
    """Cumulative thresholds of the month of joining: membership reaches its share in the last month, growing at a
    steady rate."""
    final, growth = member_share_ppm / 1_000_000, 1 + growth_ppm / 1_000_000
    shares = [min(1.0, final / growth ** (months - 1 - k)) for k in range(months)]
    return np.array([int(s * (1 << 20)) << 12 for s in shares], np.uint64)


class Accounts:
    """Every household's account at one lender, as columns."""

    def __init__(
        self,
        terms: LendingTerms,
        households: Households,
        seed: int,
        lender: int,
        rank: int,
        first_day: int,
        last_day: int,
    ) -> None:
        self.columns = Columns(households.columns.weight.size, LAYOUT)
        c = self.columns
        # Membership before the first day matters to a seasoned book: those who joined 36 months before count as there
        # for ever.
        first_month = month_index(first_day) - SEASONING_MONTHS
        limits = [
            lognormal_quantiles(median, terms.limit_sigma, terms.limit_min_fen, terms.limit_max_fen, 256, unit=5_000)
            for median in terms.limit_median_fen
        ]
        people.draw_accounts(
            key_array(seed, ACCOUNT), lender,
            class_given_quality(terms.class_shares_ppm, households.terms.quality_sd, terms.score_noise),
            np.array(limits, np.int32),
            joining_thresholds(
                terms.member_share_ppm, terms.monthly_growth_ppm, month_index(last_day) - first_month + 1
            ),
            first_month, rank, households.columns.trait, c.klass, c.rank, c.limit, c.joined,
        )  # fmt: skip

    def watch(self, households: Array) -> None:
        """Log every event of these households' loans."""
        self.columns.rank[households] |= WATCHED
