"""What a lender's score tells of its members: the class each falls into, and the place within the class.

A score sees hidden quality through an error. What is believed is the quality to be expected given what is seen; beliefs
are cut into classes, and within a class a member's place says which share of the class is believed to be better. Both
follow from quality and from the error that an account keeps for life, so those who stand at the end of a class really
are worse, and the same member stands in the same place in any world that scores alike.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np

from sim.credit.kernels.layout import PLACES
from sim.credit.population import quality_bins
from sim.draws import WORD

Array = np.ndarray[Any, Any]

SCORE_QUANTILES = 256


def score_cuts(class_shares_ppm: tuple[int, ...], quality_sd: float, noise: float) -> list[float]:
    """The scores at which one class ends and the next begins: the shares' quantiles of quality + noise."""
    total_sd = max(1e-9, (quality_sd**2 + noise**2) ** 0.5)
    whole = NormalDist(0, total_sd)
    return [whole.inv_cdf(min(1 - 1e-12, max(1e-12, reached))) for reached in class_ends(class_shares_ppm)[:-1]]


def class_ends(class_shares_ppm: tuple[int, ...]) -> list[float]:
    """The share of members believed to be better than the last of each class, at the usual noise."""
    ends, reached = [], 0
    for share in class_shares_ppm:
        reached += share
        ends.append(reached / 1_000_000)
    return ends


def class_given_quality(class_shares_ppm: tuple[int, ...], quality_sd: float, noise: float) -> Array:
    """Cumulative thresholds [quality bin, class] of a noisy score: score = quality + noise, cut at the shares'
    quantiles."""
    cuts = score_cuts(class_shares_ppm, quality_sd, noise)
    _, means = quality_bins(max(quality_sd, 1e-9))
    rows = [
        [*(round(NormalDist(mean, max(noise, 1e-9)).cdf(cut) * (1 << 20)) << 12 for cut in cuts), WORD]
        for mean in means
    ]
    return np.array(rows, np.uint64)


def grades_seen(
    class_shares_ppm: tuple[int, ...], quality_sd: float, usual_noise: float, noise: float, walled: float = 0.0
) -> Array:
    """Grade by [quality bin, quantile of the score's noise]: class x 256 + place within it, the best first.

    What is seen is quality + noise x z; what is believed is its share sd^2 / (sd^2 + noise^2), the quality to be
    expected given what is seen. Beliefs are cut where the lender cut them at its usual noise: the less noise, the
    further beliefs spread, so the good are found to be good and the bad to be bad (MODEL 2, posterior below a cut-off).
    A place is the 256th of the class, at the usual noise, that the belief falls into. `walled` is the part by which the
    noise is larger for data that may no longer be used: the chance of default that this hides counts against those who
    are scored (`hidden_risk`).
    """
    spread = trust(quality_sd, usual_noise)
    cuts = [spread * cut for cut in score_cuts(class_shares_ppm, quality_sd, usual_noise)]
    _, means = quality_bins(max(quality_sd, 1e-9))
    seen = np.array(means)[:, None] + noise * normal_quantiles()[None, :]
    # A coarse grid, so that the last bits of a logarithm cannot decide.
    beliefs = np.round(trust(quality_sd, noise) * seen + shift_of_belief(quality_sd, noise, walled), 9)
    classes = np.searchsorted(np.round(cuts, 9), beliefs, side="right")
    better = _normal_cdf(beliefs / max(1e-9, spread * (quality_sd**2 + usual_noise**2) ** 0.5))
    ends = np.array([0.0, *class_ends(class_shares_ppm)])
    within = (better - ends[classes]) / np.maximum(1e-9, np.diff(ends)[classes])
    places = np.clip(np.floor(np.round(within * PLACES, 6)), 0, PLACES - 1)
    grades: Array = (classes * PLACES + places).astype(np.uint16)
    return grades


@lru_cache(maxsize=1_024)
def grades_reached(
    class_shares_ppm: tuple[int, ...], quality_sd: float, usual_noise: float, noise: float, walled: float
) -> Array:
    """[quality bin, grade]: of the 256 equally likely errors of a member's score, how many give it a better grade."""
    seen = grades_seen(class_shares_ppm, quality_sd, usual_noise, noise, walled)
    count = len(class_shares_ppm) * PLACES
    reached = np.array([np.cumsum([0, *np.bincount(row, minlength=count)]) for row in seen], np.uint16)
    reached.flags.writeable = False
    return reached


def places_admitted(admitted_ppm: tuple[int, ...]) -> Array:
    """int64 [class]: how many of the 256 places of a class are admitted, from the best, for a share of it."""
    return (np.array(admitted_ppm, np.int64) * PLACES + 500_000) // 1_000_000


def believed_at(better: float, quality_sd: float, usual_noise: float) -> float:
    """The belief about quality, logits, that this share of members is better than, at the usual noise: the quantile of
    a normal belief with variance sd^4 / (sd^2 + noise^2).

    >>> round(believed_at(0.94, 1.2, 0.7), 4)  # 1.5548 x 1.44 / 1.3892
    1.6116
    """
    whole = NormalDist(0, max(1e-9, quality_sd**2 / max(1e-9, (quality_sd**2 + usual_noise**2) ** 0.5)))
    return whole.inv_cdf(min(1 - 1e-12, max(1e-12, better)))


def shift_of_belief(quality_sd: float, noise: float, walled: float) -> float:
    """What data that may no longer be used add to every belief, logits."""
    return hidden_risk(quality_sd, noise) - hidden_risk(quality_sd, noise / (1.0 + walled))


def trust(quality_sd: float, noise: float) -> float:
    """The weight of what is seen in what is believed about quality, 0 to 1."""
    return quality_sd**2 / max(1e-18, quality_sd**2 + noise**2)


def hidden_risk(quality_sd: float, noise: float) -> float:
    """What quality hidden by a score's error adds to the logit of the expected default chance.

    Given the score, quality is normal with variance v = sd^2 noise^2 / (sd^2 + noise^2). While default is rare its
    chance is exp(b + theta), so that its expectation is that of the quality believed and half of v, in logits:

    >>> round(hidden_risk(1.2, 0.7), 4)  # 1.44 x 0.49 / 1.93 / 2
    0.1828
    """
    return (1.0 - trust(quality_sd, noise)) * quality_sd**2 / 2.0


def normal_quantiles() -> Array:
    """Normal values at the middles of 256 equally likely steps."""
    return np.array([NormalDist().inv_cdf((k + 0.5) / SCORE_QUANTILES) for k in range(SCORE_QUANTILES)])


def _normal_cdf(values: Array) -> Array:
    return np.array([0.5 * math.erfc(-value / math.sqrt(2.0)) for value in values.ravel().tolist()]).reshape(
        values.shape
    )
