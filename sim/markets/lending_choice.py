"""What a lender decides about a loan before it makes it: how hard to look, whom to admit, what to ask for.

Pure functions of what the lender knows: its own arrears, the spread of quality among applicants, its own costs. None of
them changes what a household then does; they change who is let in and at what price (MODEL section 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from sim.credit.lender_policy import classes_seen
from sim.credit.population import quality_bins

EFFORTS = tuple(range(0, 101, 5))
"""Efforts tried, in hundredths: the curve is flat near its top, and a step of 5 changes no outcome one could see."""


@dataclass(frozen=True)
class Applicants:
    """What a lender knows of those who apply, and what its score decides about them.

    `quality_sd`: standard deviation of hidden quality, logits; `mean_default`: yearly default rate of what it has lent
    with the score in force, a share; `usual_noise`: standard deviation of the score's error with which its class cuts
    were set, logits; `noise_now`: the same as its score is today; `class_shares_ppm`: shares of members by class at the
    usual noise; `lent_to`: what a member of each class is lent, in any unit: its limit, 0 if the class is refused;
    `walled`: the part by which the score's error is larger for data that may no longer be used.
    """

    quality_sd: float
    mean_default: float
    usual_noise: float
    noise_now: float
    class_shares_ppm: tuple[int, ...]
    lent_to: tuple[int, ...]
    walled: float = 0.0


def noise_at(noise: float, power: float, effort: float) -> float:
    """Standard deviation of the score's error at an effort e in [0, 1]: s_0 (1 - eta e) (MODEL section 2)."""
    return noise * (1.0 - power * effort)


def mean_default(applicants: Applicants, noise: float) -> float:
    """E[PD | lent, noise]: yearly default rate of a yuan lent when the score has this error.

    Quality theta is normal in eight equally likely bins; a member falls into class k by its score and is lent
    `lent_to[k]`, so a sharper score moves money from the bad to the good even where nearly all are admitted.
    PD(theta) = 1 / (1 + exp(-(b + theta))), with b such that the score in force gives the rate the lender knows.
    """
    return _level(applicants, _lent_by_quality(applicants, noise), _intercept(applicants))


def _level(applicants: Applicants, lent: list[float], base: float) -> float:
    """Default rate of a yuan when this much is lent to each quality bin."""
    _, means = quality_bins(max(applicants.quality_sd, 1e-9))
    return sum(w / (1.0 + math.exp(-(base + mean))) for w, mean in zip(lent, means, strict=True)) / sum(lent)


def _lent_by_quality(applicants: Applicants, noise: float) -> list[float]:
    """What a member of each quality bin is lent on average, by the class its score puts it in."""
    a = applicants
    shares = class_table(a.class_shares_ppm, a.quality_sd, a.usual_noise, noise, a.walled)
    return [sum(p * fen for p, fen in zip(row, a.lent_to, strict=True)) + 1e-9 for row in shares]


@lru_cache(maxsize=4_096)
def class_table(
    class_shares_ppm: tuple[int, ...], quality_sd: float, usual_noise: float, noise: float, walled: float
) -> tuple[tuple[float, ...], ...]:
    """Chance of each score class by quality bin: the same table the accounts are scored by."""
    seen = classes_seen(class_shares_ppm, quality_sd, usual_noise, noise, walled)
    return tuple(tuple(float((row == k).mean()) for k in range(len(class_shares_ppm))) for row in seen)


def _intercept(applicants: Applicants) -> float:
    """b such that the score in force gives `mean_default`; by bisection to 1e-9."""
    goal = min(0.999, max(1e-6, applicants.mean_default))
    lent = _lent_by_quality(applicants, applicants.noise_now)
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
    """e*: the effort that maximises -rho x LGD x E[PD | lent, e] - kappa e^2 / 2, ppm of full effort.

    The margin is the same whatever the effort, so it drops out. `blind_noise` is the score's error without effort.
    Rounded to whole hundredths, so that no last bit of a logarithm can move a borrower. Falls with the share of loss
    that others bear (ECO08, BNK01), rises with the noise and the riskiness of applicants.
    """
    stake, base = borne_ppm * loss_given_default_ppm / 1e12, _intercept(applicants)
    values = [
        round(
            -stake * _level(applicants, _lent_by_quality(applicants, noise_at(blind_noise, power, e / 100)), base) * 1e9
            - cost_ppm * 1e3 * (e / 100) ** 2 / 2
        )
        for e in EFFORTS
    ]
    return EFFORTS[values.index(max(values))] * 10_000


def screening_cost_ppm(cost_ppm: int, effort_ppm: int) -> int:
    """kappa e^2 / 2: what an effort costs a year, ppm of the amount lent. At 8,000 ppm and half effort 1,000 ppm."""
    return cost_ppm * effort_ppm * effort_ppm // (2 * 10**12)


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


def class_is_worth_it(price_ppm_: int, expected_loss_ppm: int, funding_cost_ppm: int) -> bool:
    """Whether a score class pays for itself: price >= its expected loss + the cost of funding it. Classes that do not
    are priced out and refused."""
    return price_ppm_ >= expected_loss_ppm + funding_cost_ppm


def appetite_ppm(own_price_ppm: int, market_price_ppm: int, *, elasticity: float, most_ppm: int) -> int:
    """Members' applications relative to usual, ppm: (market price / own price) ^ elasticity, in [0, most]. Rounded to
    thousandths.
    """
    ratio: float = (market_price_ppm / max(1, own_price_ppm)) ** elasticity
    return min(most_ppm, round(ratio * 1_000) * 1_000)
