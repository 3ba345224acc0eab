"""What a lender decides about a loan before it makes it: how hard to look, whom to admit, what to ask for.

Pure functions of what the lender knows: its own arrears, the spread of quality among applicants, its own costs. None of
them changes what a household then does; they change who is let in and at what price (MODEL section 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from sim.credit.population import quality_bins

EFFORTS = tuple(range(0, 101, 5))
"""Efforts tried, in hundredths: the curve is flat near its top, and a step of 5 changes no outcome one could see."""

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Applicants:
    """What a lender knows of those who apply.

    `quality_sd`: standard deviation of hidden quality, logits; `mean_default`: yearly default rate of those admitted so
    far, a share; `noise`: standard deviation of its score's error without effort, logits; `admitted`: share of
    applicants its cut-off admits, 0 to 1.
    """

    quality_sd: float
    mean_default: float
    noise: float
    admitted: float


def noise_at(noise: float, power: float, effort: float) -> float:
    """Standard deviation of the score's error at an effort e in [0, 1]: s_0 (1 - eta e) (MODEL section 2)."""
    return noise * (1.0 - power * effort)


def admitted_default(applicants: Applicants, power: float, effort: float) -> float:
    """E[PD | admitted, e]: yearly default rate among those whose score, seen with the noise of effort e, passes the
    cut-off.

    Quality theta is normal in eight equally likely bins; the score is theta + noise; the cut-off admits the share
    `admitted` of all. PD(theta) = 1 / (1 + exp(-(b + theta))), with b such that those admitted without effort default
    at the rate the lender knows.
    """
    base = _intercept(applicants)
    weights = _admission(applicants, noise_at(applicants.noise, power, effort))
    _, means = quality_bins(max(applicants.quality_sd, 1e-9))
    defaults = [1.0 / (1.0 + math.exp(-(base + mean))) for mean in means]
    return sum(w * pd for w, pd in zip(weights, defaults, strict=True)) / sum(weights)


def _admission(applicants: Applicants, noise: float) -> list[float]:
    """Chance of passing the cut-off by quality bin; the cut-off moves with the noise, so that as many pass."""
    total = math.hypot(applicants.quality_sd, noise)
    cut = total * _NORMAL.inv_cdf(min(1 - 1e-9, max(1e-9, applicants.admitted)))
    _, means = quality_bins(max(applicants.quality_sd, 1e-9))
    return [_NORMAL.cdf((cut - mean) / max(noise, 1e-9)) for mean in means]


def _intercept(applicants: Applicants) -> float:
    """b such that those admitted at no effort default at `mean_default`; by bisection to 1e-9."""
    weights = _admission(applicants, applicants.noise)
    _, means = quality_bins(max(applicants.quality_sd, 1e-9))
    goal = min(0.999, max(1e-6, applicants.mean_default))
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        level = sum(w / (1.0 + math.exp(-(middle + m))) for w, m in zip(weights, means, strict=True)) / sum(weights)
        low, high = (middle, high) if level < goal else (low, middle)
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
    applicants: Applicants, *, borne_ppm: int, loss_given_default_ppm: int, power: float, cost_ppm: int
) -> int:
    """e*: the effort that maximises -rho x LGD x E[PD | admitted, e] - kappa e^2 / 2, ppm of full effort.

    The margin is the same whatever the effort, so it drops out. Rounded to whole hundredths, so that no last bit of a
    logarithm can move a borrower. Falls with the share of loss that others bear (ECO08, BNK01), rises with the noise
    and the riskiness of applicants.
    """
    stake = borne_ppm * loss_given_default_ppm / 1e12
    values = [
        round(-stake * admitted_default(applicants, power, e / 100) * 1e9 - cost_ppm * 1e3 * (e / 100) ** 2 / 2)
        for e in EFFORTS
    ]
    return EFFORTS[values.index(max(values))] * 10_000


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


def appetite_ppm(
    own_price_ppm: int, market_price_ppm: int, *, elasticity: float, diverted_ppm: int, most_ppm: int
) -> int:
    """Members' applications relative to usual, ppm: (market price / own price) ^ elasticity x (1 + diverted), in
    [0, most].

    `diverted_ppm`: applications turned away elsewhere last month that come here, relative to this lender's own
    (CFX09: rivals of a lender that cut back saw about a third more). Rounded to thousandths.
    """
    ratio: float = (market_price_ppm / max(1, own_price_ppm)) ** elasticity
    wanted = ratio * (1_000_000 + diverted_ppm) / 1_000
    return min(most_ppm, round(wanted) * 1_000)
