"""How borrowers pay, as thresholds: pure functions from terms and the state of the economy to integer tables.

logit P(miss) = intercept + age + state + burden x ln(1 + due/income) + rank x (r - 1) + cycles missed + macro x M +
quality. P rises in the lender's rank r and in the cycles missed m, so with one money draw for all of a household's
lenders its misses are nested: what it cannot pay in full, it drops from the bottom of its list (MODEL section 1). A
lender's score class is not in it: a class is what one lender believes about quality, and a belief changes nobody's
luck. Classes differ in default because the belief is informed.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from sim.calendar import day_of
from sim.credit.kernels.layout import BURDENS, CELLS, CYCLES, MAX_CYCLES, RANKS
from sim.credit.lending_terms import LendingTerms
from sim.credit.logistic import logistic_threshold
from sim.credit.population import BURDEN_MIDDLES, quality_bins
from sim.credit.terms import BehaviourTerms
from sim.draws import WORD, threshold

Array = np.ndarray[Any, Any]


def milli(value: float) -> int:
    """A logit in whole thousandths."""
    return round(1000 * value)


def intercept_on(dated_levels: dict[datetime.date, float], day: int) -> float:
    """The intercept in force: the last one dated at or before the day (the first one before that)."""
    dated = sorted((day_of(start), value) for start, value in dated_levels.items())
    value = dated[0][1]
    for start, level in dated:
        if start <= day:
            value = level
    return value


def miss_odds(
    terms: BehaviourTerms, quality_sd: float, day: int, stress_milli: int, lending: LendingTerms | None = None,
    collection_milli: int = 0,
) -> Array:  # fmt: skip
    """Thresholds of missing a due payment: uint32, flat over [rank, cell, cycles missed].

    Cell = ((age band x 8 + quality bin) x 3 + income state) x 8 + burden bin, as the households' `cell` column. A
    lender's own intercept and cycle effects take the place of the common ones; pressure in collection (thousandths of a
    unit) lowers the chance to miss again once in arrears. The table is shared: read it, do not write to it.
    """
    intercept, cycle_effect = terms.intercept, terms.cycle_effect
    if lending is not None:
        intercept, cycle_effect = lending.intercept or intercept, lending.cycle_effect or cycle_effect
    base = milli(intercept_on(intercept, day)) + round(terms.macro_effect * stress_milli)
    pressure = round(terms.collection_effect * collection_milli)
    return _odds_table(
        base,
        tuple(milli(terms.rank_effect * max(0, r - 1)) for r in range(RANKS)),
        tuple(milli(v) for v in terms.age_effect),
        tuple(milli(v) for v in terms.state_effect),
        terms.burden_effect,
        (0, *(milli(v) - pressure for v in cycle_effect)),
        quality_sd,
    )


@lru_cache(maxsize=64)
def _odds_table(
    base: int, rank: tuple[int, ...], age: tuple[int, ...], state: tuple[int, ...], burden_effect: float,
    cycles: tuple[int, ...], quality_sd: float,
) -> Array:  # fmt: skip
    """The table for effects in thousandths of a logit; lenders with equal effects share it."""
    _, quality = quality_bins(max(quality_sd, 1e-9))
    quality_effect = [milli(v) for v in quality]
    burden = [milli(burden_effect * math.log1p(b)) for b in BURDEN_MIDDLES]
    logits = np.full((RANKS, len(age), len(quality_effect), len(state), BURDENS, CYCLES), base, np.int64)
    for grid in np.ix_(rank, age, quality_effect, state, burden, cycles):
        logits = logits + grid
    thresholds: Array = np.minimum(logistic_threshold(logits), WORD - 1).astype(np.uint32).reshape(-1)
    thresholds.flags.writeable = False
    return thresholds


@lru_cache(maxsize=16)
def late_days_table(mean_days: float) -> Array:
    """256 equally likely lags of 1 to 29 days, geometric with this mean before truncation."""
    stay = 1.0 - 1.0 / mean_days
    whole = 1.0 - stay**29
    table = [1 + int(math.log(1.0 - (k + 0.5) / 256 * whole) / math.log(stay)) for k in range(256)]
    return np.array([min(29, max(1, days)) for days in table], np.int64)


def prepay_shares(terms: BehaviourTerms, calendar_month: int, fee_ppm: int = 0) -> Array:
    """Thresholds of early repayment this month: [fee-bearing, fee-free]; February brings the bonus.

    A fee on early repayment scales the chance by exp(-effect x fee in per cent).
    """
    factor = terms.bonus_month_factor if calendar_month == 2 else 1.0
    if fee_ppm:
        factor *= fee_deters(terms.prepay_fee_effect, fee_ppm)
    return _scaled_shares((terms.prepay_ppm, terms.prepay_free_ppm), factor)


def fee_deters(effect: float, fee_ppm: int) -> float:
    """Factor of the chance of repaying early where that costs a fee, ppm of what is repaid (LVR11): exp(-effect x fee
    in per cent).

    >>> round(fee_deters(0.3, 20_000), 4)  # exp(-0.6)
    0.5488
    """
    return math.exp(-effect * fee_ppm / 10_000)


@lru_cache(maxsize=16)
def _scaled_shares(rates: tuple[int, ...], factor: float) -> Array:
    return np.array([threshold(min(1_000_000, round(rate * factor))) for rate in rates], np.uint64)


def cycles_at(days_past_due: int) -> float:
    """Missed cycles at which a loan is this many days past due on a due day: its first miss is day 0."""
    return days_past_due / 30 + 1


def leave_shares(write_off_days: int) -> Array:
    """Thresholds of being written off on reaching m missed cycles; between due days the share is interpolated."""
    at = cycles_at(write_off_days)
    whole = int(at)
    shares = np.zeros(MAX_CYCLES + 1, np.uint64)
    shares[min(whole, MAX_CYCLES)] = threshold(round((1 - (at - whole)) * 1_000_000))
    shares[whole + 1 :] = WORD
    shares[MAX_CYCLES] = WORD
    return shares


def arrears_tables(odds: Sequence[Array], rank: int, partial: float, leave: Array, growth: float) -> Array:
    """Closed-form shares of accounts by missed cycles, cumulative uint64 thresholds [cell, cycles + 1].

    `odds` are the chances to miss of the months before, the last one first: who stands k cycles behind has missed the
    due dates of the last k months in turn. b_k = product over j < k of P(miss | j, k - j months ago) (1 - written off)
    / (1 + growth), with those who pay one instalment staying where they are (CALIBRATION, "shares of a book growing at
    g"; here cell by cell). With one month's chances throughout it is the stationary book.
    """
    ago = [table.reshape(RANKS, CELLS, CYCLES)[rank].astype(np.float64) / WORD for table in odds]
    shares = np.zeros((CELLS, MAX_CYCLES + 1))
    shares[:, 0] = 1.0
    for k in range(1, MAX_CYCLES + 1):
        shares[:, k] = 1.0
        for step in range(1, k + 1):
            chance = ago[k - step]
            arriving = chance[:, min(step - 1, CYCLES - 1)] * (1 - float(leave[step]) / WORD) / (1 + growth)
            shares[:, k] *= arriving / (1 - partial * (1 - chance[:, min(step, CYCLES - 1)]))
    cumulative = np.cumsum(shares, axis=1) / shares.sum(axis=1, keepdims=True)
    thresholds: Array = (cumulative * (1 << 20)).astype(np.uint64) << np.uint64(12)
    thresholds[:, -1] = WORD
    return thresholds
