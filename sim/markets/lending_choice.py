"""What a lender decides about a loan before it makes it: how hard to look and what to ask for.

Pure functions of what the lender knows: its own arrears, the spread of quality among applicants, its own costs. None of
them changes what a household then does; they change who is let in and at what price (MODEL section 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from sim.credit.kernels.layout import PLACES
from sim.credit.population import quality_bins
from sim.credit.scores import grades_reached, places_admitted

EFFORTS = tuple(range(0, 100, 5))
"""Efforts tried first, in hundredths of an effort that leaves nothing unasked; then each hundredth around the best."""


@dataclass(frozen=True)
class Applicants:
    """What a lender knows of those who apply, and what its score decides about them.

    `quality_sd`: standard deviation of hidden quality, logits; `mean_default`: yearly default rate of what it has lent
    with the score and the cut then in force, a share; `usual_noise`: standard deviation of the score's error with which
    its class cuts were set, logits; `noise_then`: the same of the score that let in those whose defaults it has seen;
    `class_shares_ppm`: shares of members by class at the usual noise; `limits`: what an admitted member of each class
    is lent, in any unit; `admitted_then`, `admitted`: the part of each class that was admitted then, and is now, from
    the best, ppm of the class; `walled`: the part by which the score's error is larger for data that may no longer be
    used.
    """

    quality_sd: float
    mean_default: float
    usual_noise: float
    noise_then: float
    class_shares_ppm: tuple[int, ...]
    limits: tuple[int, ...]
    admitted_then: tuple[int, ...]
    admitted: tuple[int, ...]
    walled: float = 0.0


def admitting(applicants: Applicants, admitted_ppm: tuple[int, ...]) -> Applicants:
    """The same, with these parts of its classes admitted now."""
    return replace(applicants, admitted=admitted_ppm)


def noise_at(noise: float, power: float, effort: float) -> float:
    """Standard deviation of the score's error at an effort e in [0, 1]: s_0 (1 - eta e) (MODEL section 2)."""
    return noise * (1.0 - power * effort)


def mean_default(applicants: Applicants, noise: float) -> float:
    """E[PD | lent, noise]: yearly default rate of a yuan lent when the score has this error.

    Quality theta is normal in eight equally likely bins; a member falls into a class, and a place within it, by its
    score and is lent the limit of the class if that place is admitted, so a sharper score moves money from the bad to
    the good even where nearly all are admitted. PD(theta) = 1 / (1 + exp(-(b + theta))), with b such that the score and
    the cut of those whose defaults it has seen give the rate the lender knows.
    """
    return _level(applicants, _lent_by_quality(applicants, noise, applicants.admitted), intercept(applicants))


def default_by_quality(applicants: Applicants, base: float) -> list[float]:
    """Yearly default chance of each quality bin: 1 / (1 + exp(-(b + theta)))."""
    _, means = quality_bins(max(applicants.quality_sd, 1e-9))
    return [1.0 / (1.0 + math.exp(-(base + mean))) for mean in means]


def _level(applicants: Applicants, lent: list[float], base: float) -> float:
    """Default rate of a yuan when this much is lent to each quality bin."""
    chances = default_by_quality(applicants, base)
    return sum(w * chance for w, chance in zip(lent, chances, strict=True)) / sum(lent)


def _lent_by_quality(applicants: Applicants, noise: float, admitted_ppm: tuple[int, ...]) -> list[float]:
    """What a member of each quality bin is lent on average, by the class and place its score puts it in: the same table
    the accounts are scored by."""
    a = applicants
    reached = grades_reached(a.class_shares_ppm, a.quality_sd, a.usual_noise, noise, a.walled)
    first = np.arange(len(a.limits)) * PLACES
    let_in = reached[:, first + places_admitted(admitted_ppm)].astype(np.int64) - reached[:, first]
    return [float(fen) + 1e-9 for fen in let_in @ np.array(a.limits, np.int64)]


def intercept(applicants: Applicants) -> float:
    """b such that the score and the cut behind the defaults it has seen give `mean_default`; by bisection to 1e-9."""
    goal = min(0.999, max(1e-6, applicants.mean_default))
    lent = _lent_by_quality(applicants, applicants.noise_then, applicants.admitted_then)
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _level(applicants, lent, middle) < goal else (low, middle)
    return (low + high) / 2


def loss_borne_ppm(
    *, own_ppm: int, sold_ppm: int, residual_kept_ppm: int, residual_holds_ppm: int, slice_ppm: int, recourse_ppm: int
) -> int:
    """rho: the share of a marginal loan's loss that the originator itself bears, ppm (MODEL section 2).

    rho = own + sold x [kept share of the residual tranche x P(pool loss <= its thickness) + vertical slice + chance of
    recourse on the rest], all in ppm; own and sold are shares of what it lends, and what is neither (a partner bank's
    part) costs it nothing.
    """
    kept = residual_kept_ppm * residual_holds_ppm // 1_000_000
    rest = 1_000_000 - min(1_000_000, kept + slice_ppm)
    borne = min(1_000_000, kept + slice_ppm + rest * recourse_ppm // 1_000_000)
    return min(1_000_000, own_ppm + sold_ppm * borne // 1_000_000)


def screening_effort_ppm(
    applicants: Applicants,
    *,
    blind_noise: float,
    borne_ppm: int,
    loss_given_default_ppm: int,
    power: float,
    cost_ppm: int,
) -> int:
    """e*: the effort that maximises -rho x LGD x E[PD | lent, e] - kappa (-ln(1 - e) - e), ppm of full effort.

    The margin is the same whatever the effort, so it drops out. `blind_noise` is the score's error without effort.
    Rounded to whole hundredths, so that no last bit of a logarithm can move a borrower. Falls with the share of loss
    that others bear (ECO08, BNK01), rises with the noise and the riskiness of applicants. Where a unit of effort saves
    a yuan lent G, e* = G / (G + kappa).
    """
    stake, base = borne_ppm * loss_given_default_ppm / 1e12, intercept(applicants)

    def worth(e: int) -> int:
        noise = noise_at(blind_noise, power, e / 100)
        lost = stake * _level(applicants, _lent_by_quality(applicants, noise, applicants.admitted), base)
        return round((-lost - cost_ppm / 1e6 * effort_cost(e / 100)) * 1e9)

    first = max(EFFORTS, key=lambda e: (worth(e), -e))
    return max(range(max(0, first - 4), first + 5), key=lambda e: (worth(e), -e)) * 10_000


def settled_effort_ppm(
    applicants: Applicants, *, borne_ppm: int, loss_given_default_ppm: int, power: float, cost_ppm: int
) -> int:
    """The effort of a lender whose score has the error `noise_then`, and that would choose it again; ppm.

    With s the error in force and s_0 = s / (1 - eta e) that without effort, the gain of a little more effort is
    A / (1 - eta e), A = rho x LGD x s x dE[PD] / ds x eta, and its cost kappa e / (1 - e): the lesser root of
    kappa eta e^2 - (kappa + A) e + A = 0. The slope is taken over a tenth of the error to either side.
    """
    a, kappa = applicants, cost_ppm / 1e6
    base, step = intercept(a), a.noise_then / 10
    more, less = (_level(a, _lent_by_quality(a, a.noise_then + move, a.admitted), base) for move in (step, -step))
    slope = max(0.0, (more - less) / (2 * step)) if step else 0.0
    gain = borne_ppm * loss_given_default_ppm / 1e12 * a.noise_then * slope * power
    if not power:
        return 0
    root = math.sqrt((kappa + gain) ** 2 - 4 * kappa * power * gain)
    return round((kappa + gain - root) / (2 * kappa * power) * 100) * 10_000


def effort_cost(effort: float) -> float:
    """-ln(1 - e) - e: about e^2 / 2 for a small effort and without bound towards a full one, since each further fact
    about an applicant costs more than the last (assumption; convex as in MODEL section 2, which has e^2 / 2)."""
    return -math.log1p(-effort) - effort


def screening_cost_ppm(cost_ppm: int, effort_ppm: int) -> int:
    """kappa (-ln(1 - e) - e): what an effort costs a year, ppm of the amount lent; effort below a million.

    >>> [screening_cost_ppm(8_000, effort) for effort in (0, 100_000, 500_000, 990_000)]
    [0, 43, 1545, 28921]
    """
    return round(cost_ppm * effort_cost(effort_ppm / 1e6))


def flat_fee_from_annual_ppm(annual_ppm: int, months: int) -> int:
    """The monthly flat fee on the original principal that costs a borrower this much a year: annual x (n + 1) / (24 n).

    A level repayment leaves (n + 1) / 2n of the principal outstanding on average (PRD08 and PRD09: 0.5 % flat is
    about 10.9 % a year over 12 months).
    """
    return annual_ppm * (months + 1) // (24 * months)


def annual_from_flat_fee_ppm(fee_ppm: int, months: int) -> int:
    """The inverse: 24 n x fee / (n + 1)."""
    return fee_ppm * 24 * months // (months + 1)


def price_ppm(
    opening_ppm: int, *, cost_now_ppm: int, cost_at_opening_ppm: int, pass_through: float, cap_ppm: int | None
) -> int:
    """Yearly price asked: the price at the opening plus the passed-on part of what costs have changed since, at most
    the legal cap.

    Costs are funding cost + expected loss + running cost, ppm a year of what is lent. The margin a lender earned at the
    opening is the one it defends; it passes on a change only in part, as customers leave.
    """
    asked = opening_ppm + round(pass_through * (cost_now_ppm - cost_at_opening_ppm))
    return max(0, asked if cap_ppm is None else min(asked, cap_ppm))


def appetite_ppm(own_price_ppm: int, market_price_ppm: int, *, elasticity: float, most_ppm: int) -> int:
    """Members' applications relative to usual, ppm: (market price / own price) ^ elasticity, in [0, most]. Rounded to
    thousandths.
    """
    ratio: float = (market_price_ppm / max(1, own_price_ppm)) ** elasticity
    return min(most_ppm, round(ratio * 1_000) * 1_000)
