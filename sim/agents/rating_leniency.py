"""How far an agency bends to win a mandate: fees against its name (issuer pays: Bolton, Freixas and Shapiro, J. Finance
67 (2012) 85). Pure functions; units ppm, months, fen.

It asks for a little less support than its method says. What that wins it reads off its own record: its analysts are
stricter with one deal than with another by chance, so mandates won against their strictness tell how issuers answer.
What it costs is its name: by its own method, the chance that a review half way through the deal's life has to lower
what it granted. Both are weighed deal by deal, so it bends more for large issues and sound pools, less where its
mandates do not depend on it, and not at all where nobody chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from sim.agents.rating_judgement import FORECAST_MONTHS, probability_now
from sim.deals.pool_view import MONTHS_TO_DEFAULT, PoolView
from sim.deals.rating_method import (
    RatingMethod,
    Structure,
    attachment_for,
    defaults_beyond_ppm,
    expected_default_ppm,
    threshold_ppm,
)

PPM: Final = 1_000_000
STEP_PPM: Final = 10_000
"""Leniency is weighed in steps of one per cent of the support."""
MOST_TIMES: Final = 20
"""Beyond so many times the forecast no pool's defaults are looked for."""
PRIOR_MANDATES: Final = 24
"""Contested mandates that count as much as what an agency believed before it had any (assumption 10-60)."""


class Answer(NamedTuple):
    """A contested mandate as an agency remembers it."""

    noise_ppm: int
    """How much stricter its analyst was than its method, of the support."""
    won: int
    """1 or 0."""
    fee_fen: int


def response_ppm(record: Sequence[Answer], prior_ppm: int, noise_ppm: int, rivals: int) -> int:
    """Mandates won for all of the support waived, ppm: the slope of won on strictness in its own record, with the sign
    turned, mixed with the belief it began with, which counts as `PRIOR_MANDATES` mandates; none without rivals.

    Args:
        record: contested mandates.
        prior_ppm: slope believed before, with many rivals.
        noise_ppm: the largest strictness or mildness of its analysts, which spread evenly.
        rivals: other agencies.
    """
    believed = prior_ppm * rivals // (rivals + 1)
    if not record or not rivals:
        return believed
    mean_won = sum(one.won for one in record) * PPM // len(record)
    mean_noise = sum(one.noise_ppm for one in record) // len(record)
    spread = PRIOR_MANDATES * noise_ppm**2 // 3
    seen = sum((one.noise_ppm - mean_noise) ** 2 for one in record)
    together = sum((mean_noise - one.noise_ppm) * (one.won * PPM - mean_won) for one in record)
    return max(0, (believed * spread + together * PPM) // max(1, spread + seen))


def leniency_ppm(response_ppm: int, fee_fen: int, name_fen: int, most_ppm: int, lowered_ppm: Iterable[int]) -> int:
    """The leniency of most profit: fee x mandates won by it - what a downgrade costs x chance of one; of equals the
    least.

    Args:
        response_ppm: mandates won for all of the support waived.
        fee_fen: fee for this issue.
        name_fen: what a downgrade costs it.
        most_ppm: the most it may bend.
        lowered_ppm: chance of a downgrade by leniency, from none in steps of `STEP_PPM`; it never falls, so none is
            asked for once all that could still be won pays for no more.

    >>> [leniency_ppm(2_000_000, 100, name, 30_000, (0, 1_000, 4_000, 9_000)) for name in (0, 1_000, 5_000)]
    [30000, 10000, 0]
    """
    won = fee_fen * response_ppm // PPM * STEP_PPM
    best, chosen = 0, 0
    for step, chance in enumerate(lowered_ppm):
        profit = won * step - name_fen * chance
        if step == 0 or profit > best:
            best, chosen = profit, step
        if won * (most_ppm // STEP_PPM) - name_fen * chance <= best:
            break
    return chosen * STEP_PPM


def chances_lowered_ppm(
    view: PoolView, structure: Structure, letters: tuple[str, ...], most_ppm: int, method: RatingMethod
) -> Iterator[int]:
    """By each step of leniency up to the most: classes expected to be lowered half way through the life, by the method
    itself, ppm of a class.

    By then a pool has shown some months of defaults; a letter is lost where they are so many that what is left of the
    support no longer earns it (`_worst_rate_ppm`), and the chance of so many is that of the method's distribution.
    """
    return (_chance_lowered_ppm(view, structure, letters, bent, method) for bent in range(0, most_ppm + 1, STEP_PPM))


@lru_cache(16_384)
def _chance_lowered_ppm(
    view: PoolView, structure: Structure, letters: tuple[str, ...], bent_ppm: int, method: RatingMethod
) -> int:
    """The same for one leniency."""
    seen, expected, asked = _unbent(view, structure, letters, method)
    granted = [(letter, support * (PPM - bent_ppm) // PPM) for letter, support in asked]
    worst = [_worst_rate_ppm(view, structure, letter, ppm, method, seen) for letter, ppm in granted]
    return sum(defaults_beyond_ppm(expected, method.correlation_ppm, rate * seen) for rate in worst)


@lru_cache(1_024)
def _unbent(
    view: PoolView, structure: Structure, letters: tuple[str, ...], method: RatingMethod
) -> tuple[int, int, tuple[tuple[str, int], ...]]:
    """Months of defaults seen half way through, what the method expects of them, and the support it asks by letter."""
    seen = max(1, (structure.revolving_months + structure.amortisation_months) // 2 - MONTHS_TO_DEFAULT)
    expected = expected_default_ppm(view, Structure(seen, 0), method)
    return seen, expected, tuple((letter, attachment_for(view, structure, letter, method)) for letter in letters)


def _worst_rate_ppm(
    view: PoolView, structure: Structure, letter: str, granted_ppm: int, method: RatingMethod, seen: int
) -> int:
    """The monthly defaults of which so many months, half way through, just leave a letter what it needs."""
    months = structure.revolving_months + structure.amortisation_months
    revolving = max(0, structure.revolving_months - months // 2)
    left = revolving, max(1, months - months // 2 - revolving)
    low, high = 0, max(1, view.default_ppm) * MOST_TIMES
    while low < high:
        rate = (low + high + 1) // 2
        mixed = (FORECAST_MONTHS * view.default_ppm + seen * rate) // (FORECAST_MONTHS + seen)
        pool = replace(view, default_ppm=mixed, history_months=view.history_months + seen)
        support = max(0, granted_ppm - rate * seen)
        if probability_now(pool, structure, left, support, method) <= threshold_ppm(letter, structure.notches):
            low = rate
        else:
            high = rate - 1
    return low
