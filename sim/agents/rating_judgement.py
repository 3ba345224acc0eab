"""What a rating agency decides, as pure functions: the support it asks for, letters under surveillance, and whether a
loss was a surprise. Units: ppm; months are calendar months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from scipy.special import pdtrc

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
NOT_REPAID: Final = "CCC"
"""What is left of any rating once interest or principal was due and not paid."""
NOT_COVERED: Final = "C"
"""The letter of notes that assets no longer cover."""
FORECAST_MONTHS: Final = 12
"""Months of a deal's own data that count as much as the forecast made at issue."""
LEAST_MONTHS: Final = 6
"""Months of inflow without which a forecast is not tested."""
TAIL_PPM: Final = 5_000
"""What lies beyond the 99 % band of a forecast on either side."""
REVIEW_MONTHS: Final = 12
"""Months between regular reviews of a rating: follow-up ratings are made once a year, and out of turn where something
happens that may lower a letter (Interim measures for the credit rating business, PBoC and others, 2019)."""
RARE_PPM: Final = 50_000
"""Chance below which as many surprises as were seen are no chance."""
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


def is_worse(at_issue: PoolView, now: PoolView, support_ppm: int, opening_ppm: int, months: int) -> bool:
    """Whether a pool turns out worse than was forecast at issue: more defaults, or less support than the defaults
    forecast for so many months leave. It is news; without any no letter is lowered: the rest was known when it was
    granted."""
    return now.default_ppm > at_issue.default_ppm or support_ppm < opening_ppm - at_issue.default_ppm * months


def judged(rating: str, earned: str, *, watched: bool, failed: bool, news: bool, better: bool) -> tuple[str, str]:
    """(rating, action) when a letter is earned today.

    Worse, on bad news: first a watch, a month later the letter earned; at once if `AT_ONCE` letters worse or where the
    notes have failed already. Better for long enough: one letter up.
    """
    worse = SCALE.index(earned) - SCALE.index(rating)
    if failed and worse > 0:
        return earned, "downgrade"
    if news and (worse >= AT_ONCE or (worse > 0 and watched)):
        return earned, "downgrade"
    if news and worse > 0:
        return rating, "watch"
    if watched:
        return rating, "watch removed"
    if worse < 0 and better:
        return SCALE[SCALE.index(rating) - 1], "upgrade"
    return rating, "affirm"


def upgrade_due(better_for: int, months_rated: int, upgrade_months: int) -> bool:
    """Whether a better letter is given: it was earned for long enough, and the month is one of the regular reviews,
    every `REVIEW_MONTHS` after issue; good news alone calls for no review between them.

    >>> upgrade_due(6, 12, 6), upgrade_due(6, 15, 6), upgrade_due(5, 12, 6)
    (True, False, False)
    """
    return better_for >= upgrade_months and months_rated % REVIEW_MONTHS == 0


def support_ppm(assets_fen: int, claims_to_fen: int) -> int:
    """Credit support of a tranche: the share of performing assets and cash beyond the claims down to it; negative when
    short."""
    if assets_fen <= 0:
        return 0 if claims_to_fen == 0 else -1_000_000
    return (assets_fen - claims_to_fen) * 1_000_000 // assets_fen


def opinion(
    rating: str, support: int, opening_support: int, watch_ppm: int, downgrade_ppm: int, watched: bool, missed: bool
) -> tuple[str, str]:
    """(rating, action) after looking at a tranche: affirm, watch, downgrade; at once to the bottom when principal was
    due and not paid, or when assets no longer cover it."""
    if support < 0 and notch(rating) < notch(NOT_COVERED):
        return NOT_COVERED, "downgrade"
    if missed and notch(rating) < notch(NOT_REPAID):
        return NOT_REPAID, "downgrade"
    share = support * 1_000_000 // max(1, opening_support)
    if share < downgrade_ppm and notch(rating) < notch(NOT_COVERED):
        return SCALE[notch(rating) + 1], "downgrade"
    if share < watch_ppm:
        return rating, "affirm" if watched else "watch"
    return rating, "watch removed" if watched else "affirm"


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


def many_surprises(directions: Sequence[int]) -> int:
    """1 if more of the plans tested lie above their bands than chance gives, -1 if more lie below; else 0.

    Of n plans a band leaves n `TAIL_PPM` on either side; as many as are seen on one must have a chance of less than
    `RARE_PPM` (Poisson).

    >>> many_surprises([1]), many_surprises([1] + [0] * 99), many_surprises([1] * 4 + [0] * 96), many_surprises([-1, 0])
    (1, 0, 1, -1)
    """
    above, below = directions.count(1), directions.count(-1)
    most = max(above, below)
    if above == below or pdtrc(most - 1, len(directions) * TAIL_PPM / PPM) * PPM >= RARE_PPM:
        return 0
    return 1 if above > below else -1


def revised_correlation_ppm(correlation_ppm: int, direction: int, terms: RatingAgencyTerms) -> int:
    """The correlation after surprises: raised by the revision after bad ones, lowered again after good ones, between
    the published one and three times it.

    >>> terms = RatingAgencyTerms(title="an agency", correlation_ppm=60_000, revision_ppm=200_000)
    >>> [revised_correlation_ppm(72_000, direction, terms) for direction in (1, 0, -1)]
    [86400, 72000, 60000]
    """
    if direction == 0:
        return correlation_ppm
    step = PPM + terms.revision_ppm
    moved = correlation_ppm * step // PPM if direction > 0 else correlation_ppm * PPM // step
    return max(terms.correlation_ppm, min(MOST_REVISED * terms.correlation_ppm, PPM - 1, moved))
