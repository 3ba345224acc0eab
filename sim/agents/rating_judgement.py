"""What a rating agency decides, as pure functions: the support it asks for, its leniency, letters under surveillance,
and whether a loss was a surprise. Units: ppm; months are calendar months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sim.agents.rating_terms import RatingAgencyTerms
from sim.deals.finite_pools import tails_ppm
from sim.deals.pool_view import MONTHS_TO_DEFAULT, PoolView
from sim.deals.rating_method import (
    STEP_PPM,
    RatingMethod,
    Structure,
    expected_default_ppm,
    probability_of_loss,
)
from sim.deals.ratings import SCALE, notch

PPM: Final = 1_000_000
FORECAST_MONTHS: Final = 12
"""Months of a deal's own data that count as much as the forecast made at issue."""
LEAST_MONTHS: Final = 6
"""Months of inflow without which a forecast is not tested."""
TAIL_PPM: Final = 5_000
"""What lies beyond the 99 % band of a forecast on either side."""
AT_ONCE: Final = 3
"""Letters by which a rating must be too high to be lowered without a watch."""
CURE_MONTHS: Final = 3
"""Months in which all that was due was paid, after which a default counts as cured: the probation of EBA/GL/2016/07
(assumption for notes, 1-12)."""
MOST_REVISED: Final = 3
"""The correlation never rises beyond this multiple of the published one."""


def granted_ppm(support_ppm: int, leniency_ppm: int, noise_ppm: int) -> int:
    """Support asked for: the method's, lowered by leniency, moved by the analyst's noise; up to a whole basis point."""
    asked = support_ppm * (PPM - leniency_ppm) * (PPM + noise_ppm)
    return min(PPM, -(-asked // (PPM * PPM * STEP_PPM)) * STEP_PPM)


def as_if_ppm(support_ppm: int, leniency_ppm: int, noise_ppm: int) -> int:
    """Support that a deal has in the agency's eyes: the inverse of `granted_ppm`."""
    return min(PPM, support_ppm * PPM * PPM // ((PPM - leniency_ppm) * (PPM + noise_ppm)))


def next_leniency_ppm(leniency_ppm: int, lost: int, contested: int, rivals: int, terms: RatingAgencyTerms) -> int:
    """Leniency a month later: + competition x rivals / (rivals + 1) x share of contested mandates lost - fallback x
    leniency, within [0, most]. Without contested mandates (raters are assigned) it only fades."""
    share = lost * PPM // contested if contested else 0
    rise = terms.competition_ppm * rivals // (rivals + 1) * share // PPM
    fade = -(-leniency_ppm * terms.fallback_ppm // PPM)
    return max(0, min(terms.most_leniency_ppm, leniency_ppm + rise - fade))


def inflows(seen: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """(defaulted in a month, performing `MONTHS_TO_DEFAULT` before) of a deal's months, each (defaulted, performing) in
    fen: a loan that is 90 days past due was performing three months ago. So neither the clean first months of a pool
    nor the shrinking of a pool that repays its notes is mistaken for a change in its quality."""
    return [(month[0], earlier[1]) for earlier, month in zip(seen, seen[MONTHS_TO_DEFAULT:], strict=False)]


def pool_now(view: PoolView, seen: Sequence[Sequence[int]]) -> PoolView:
    """The pool as forecast at issue, moved toward what was seen since: the forecast counts as `FORECAST_MONTHS`
    months."""
    pairs = inflows(seen)
    performing, n = sum(pair[1] for pair in pairs), len(pairs)
    if performing <= 0:
        return view
    realised = sum(pair[0] for pair in pairs) * PPM // performing
    mixed = (FORECAST_MONTHS * view.default_ppm + n * realised) // (FORECAST_MONTHS + n)
    return replace(view, default_ppm=mixed, history_months=view.history_months + n)


def probability_now(
    view: PoolView, structure: Structure, months_left: tuple[int, int], support_ppm: int, method: RatingMethod
) -> int:
    """Probability of loss over what is left of a deal: revolving and distribution months; support counts cash, so the
    reserve is not counted again."""
    left = replace(structure, revolving_months=months_left[0], amortisation_months=months_left[1], reserve_ppm=0)
    return probability_of_loss(view, left, support_ppm, method)


def judged(
    rating: str, earned: str, *, watched: bool, failed: bool, better_for: int, upgrade_months: int
) -> tuple[str, str]:
    """(rating, action) when a letter is earned today.

    Worse: first a watch, a month later the letter earned; at once if `AT_ONCE` letters worse or where the notes have
    failed already. Better for long enough: one letter up.
    """
    worse = SCALE.index(earned) - SCALE.index(rating)
    if worse >= AT_ONCE or (worse > 0 and (watched or failed)):
        return earned, "downgrade"
    if worse > 0:
        return rating, "watch"
    if watched:
        return rating, "watch removed"
    if worse < 0 and better_for >= upgrade_months:
        return SCALE[SCALE.index(rating) - 1], "upgrade"
    return rating, "affirm"


def cured(rating: str, earned: str, paid_months: int) -> str | None:
    """The letter of notes that missed a payment, once arrears are paid and every date since was met for `CURE_MONTHS`:
    the one they earn, since what took them down is gone; None while they must wait or earn no better.

    >>> cured("CCC", "AA", 3), cured("CCC", "AA", 2), cured("CCC", "C", 12)
    ('AA', None, None)
    """
    return earned if paid_months >= CURE_MONTHS and notch(earned) < notch(rating) else None


def surprise(view: PoolView, seen: Sequence[Sequence[int]], loan_fen: int, method: RatingMethod) -> int:
    """1 if the defaults of up to the last twelve months lie above the 99 % band of what was forecast for as many months
    and a pool of loans of that size, -1 if below it; else, and before `LEAST_MONTHS` of them, 0."""
    pairs = inflows(seen)[-FORECAST_MONTHS:]
    performing, n = sum(pair[1] for pair in pairs), len(pairs)
    if n < LEAST_MONTHS or performing <= 0:
        return 0
    realised = sum(pair[0] for pair in pairs) * PPM * n // performing
    expected = expected_default_ppm(view, Structure(n, 0), method)
    if not 0 < expected < PPM:
        return int(realised > expected) - int(realised < expected)
    loans = max(1, performing // n // max(1, loan_fen))
    below, above = tails_ppm(expected, method.correlation_ppm, loans, round(realised * loans / PPM))
    return int(above < TAIL_PPM) - int(below < TAIL_PPM)


def revised_correlation_ppm(correlation_ppm: int, direction: int, terms: RatingAgencyTerms) -> int:
    """The correlation after a surprise: raised by the revision after a bad one, lowered again after a good one, between
    the published one and three times it."""
    step = PPM + terms.revision_ppm
    moved = correlation_ppm * step // PPM if direction > 0 else correlation_ppm * PPM // step
    return max(terms.correlation_ppm, min(MOST_REVISED * terms.correlation_ppm, PPM - 1, moved))
