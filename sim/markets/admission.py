"""Whom a lender admits: all who are believed good enough to pay for themselves, up to one cut of the score.

Pure functions. A score is continuous, so a lender whose costs rise does not drop a class of members but refuses the
worst part of the weakest class it still admits, the larger the more dear lending has become.
"""

from __future__ import annotations

import itertools
import math

from sim.credit.population import quality_bins
from sim.credit.scores import believed_at, class_ends, shift_of_belief, trust
from sim.markets.lending_choice import Applicants, default_by_quality, intercept

MILLION = 1_000_000
SHARPEST = 1e-3
"""A score with a smaller error is reckoned with as if it had this, logits: its error divides."""


def default_believed(applicants: Applicants, noise: float, belief: float, chances: list[float]) -> float:
    """E[PD | score]: yearly default chance of a member of whom this is believed, by Bayes' rule over the quality bins.

    A belief b comes of a score s = b / (sd^2 / (sd^2 + noise^2)), seen with the density of a normal around the quality
    of each bin, all equally likely before. Rises with the belief, since the score's error has a monotone likelihood
    ratio.
    """
    a, error = applicants, max(SHARPEST, noise)
    _, means = quality_bins(max(a.quality_sd, 1e-9))
    seen = (belief - shift_of_belief(a.quality_sd, error, a.walled)) / max(1e-9, trust(a.quality_sd, error))
    logs = [-(((seen - mean) / error) ** 2) / 2 for mean in means]
    weights = [math.exp(log - max(logs)) for log in logs]
    return sum(w * chance for w, chance in zip(weights, chances, strict=True)) / sum(weights)


def believed_good_enough_ppm(applicants: Applicants, noise: float, most_default: float) -> int:
    """The share of members, at the usual noise and from the best, of whom no higher default chance than this is
    expected, ppm: where E[PD | score] = `most_default`, by bisection."""
    a, chances = applicants, default_by_quality(applicants, intercept(applicants))
    low, high = 0, MILLION
    while low < high:
        middle = (low + high + 1) // 2
        belief = believed_at(middle / MILLION, a.quality_sd, a.usual_noise)
        # A coarse grid, so that the last bits of a logarithm cannot decide.
        pays = round(default_believed(a, noise, belief, chances) * 1e9) <= round(most_default * 1e9)
        low, high = (middle, high) if pays else (low, middle - 1)
    return low


def admitted_ppm(
    applicants: Applicants, noise: float, *, price_ppm: int, funding_cost_ppm: int, loss_given_default_ppm: int
) -> tuple[int, ...]:
    """The part of each class that pays for itself at a score with this error, from the best, ppm of the class: up to
    the member whose expected loss + the cost of funding it = price. Never less than the best class: a lender
    that is to lend to nobody closes instead.
    """
    margin = price_ppm - funding_cost_ppm
    most = margin / loss_given_default_ppm if loss_given_default_ppm > 0 else math.copysign(2.0, margin)
    cut = believed_good_enough_ppm(applicants, noise, most) / MILLION
    ends = [0.0, *class_ends(applicants.class_shares_ppm)]
    parts = [
        min(1.0, max(0.0, (cut - start) / (end - start))) if end > start else float(cut >= end)
        for start, end in itertools.pairwise(ends)
    ]
    return (MILLION, *(round(part * MILLION) for part in parts[1:]))
