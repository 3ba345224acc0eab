"""How an investor judges a pool for itself, from the months its originator shows, and what a letter stands for."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, pi, sqrt

from sim.credit.terms import Ppm, Terms, term
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import IDEALISED

PPM = 1_000_000
YEAR_DAYS = 365
MONTHS_PER_YEAR = 12


class BeliefTerms(Terms):
    """How investors' analysts turn disclosed pool data into chances of default."""

    doubt_ppm: int = term(
        400_000,
        "Standard deviation of a pool's future gross loss around its forecast, of the forecast.",
        unit="ppm",
        source="assumption",
        span=[2e5, 8e5],
        ge=0,
        le=3_000_000,
    )
    counted_spread_ppm: Ppm = term(
        500_000,
        "Share of a pool's excess spread counted as protection: income that comes late or is paid out protects nobody.",
        unit="ppm",
        source="assumption",
        span=[0, 1e6],
    )
    selection_ppm: int = term(
        200_000,
        "Part by which a pool's losses are taken to be worse than shown where its seller keeps none of the first loss.",
        unit="ppm",
        source="Keys, Mukherjee, Seru and Vig, QJE 125 (2010) 307: loans that were easy to sell default 10-25 % more",
        span=[1e5, 2.5e5],
        ge=0,
        le=3_000_000,
    )


def rated_default_ppm(letter: str, life_days: int) -> int:
    """Chance of default a year that the agencies' table gives a letter: the table speaks of a deal's life, so it is
    divided by the years of life if more than one. An unrated class is taken to lose for certain."""
    return IDEALISED.get(letter, PPM) * YEAR_DAYS // max(YEAR_DAYS, life_days)


def pool_loss_ppm(view: PoolView, months: int) -> int:
    """Gross loss of a pool over some months, ppm of its principal: monthly defaults x loss given default x months."""
    return min(PPM, view.default_ppm * view.loss_given_default_ppm * months // PPM)


@dataclass(frozen=True, slots=True)
class LossView:
    """A pool's loss over the life of a class as an investor sees it: normal; ppm of its principal."""

    mean_ppm: int
    deviation_ppm: int

    def beyond(self, level_ppm: int) -> float:
        """P(loss > level)."""
        if self.deviation_ppm == 0:
            return float(self.mean_ppm > level_ppm)
        return 0.5 * erfc((level_ppm - self.mean_ppm) / self.deviation_ppm / sqrt(2))

    def excess_ppm(self, level_ppm: int) -> float:
        """Expected loss beyond a level, E[max(loss - level, 0)] = deviation x (phi(z) - z (1 - Phi(z)))."""
        if self.deviation_ppm == 0:
            return max(0.0, self.mean_ppm - level_ppm)
        z = (level_ppm - self.mean_ppm) / self.deviation_ppm
        return max(0.0, self.deviation_ppm * (exp(-z * z / 2) / sqrt(2 * pi) - z * 0.5 * erfc(z / sqrt(2))))


def loss_view(beliefs: BeliefTerms, view: PoolView, *, life_days: int, cost_bp: int, kept_ppm: int = PPM) -> LossView:
    """Mean = gross loss over the life - counted share of (income - cost of the notes), deviation = doubt x gross loss.

    Gross loss is worse than the months shown by `selection_ppm` of it where the seller keeps nothing of the first loss
    and could pick what it sells; by less, the more it keeps.
    """
    months = max(1, -(-life_days * MONTHS_PER_YEAR // YEAR_DAYS))
    shown = pool_loss_ppm(view, months)
    gross = shown + shown * beliefs.selection_ppm // PPM * (PPM - kept_ppm) // PPM
    spread = max(0, view.income_ppm - cost_bp * 100) * months // MONTHS_PER_YEAR
    return LossView(gross - spread * beliefs.counted_spread_ppm // PPM, beliefs.doubt_ppm * gross // PPM)


def seen_default_ppm(loss: LossView, support_ppm: int, life_days: int) -> int:
    """Chance a year that a pool's losses eat through the support of a class: P(loss > support), divided by the years
    of life if more than one, rounded once to the ppm."""
    return round(PPM * loss.beyond(support_ppm)) * YEAR_DAYS // max(YEAR_DAYS, life_days)


def severity_ppm(loss: LossView, support_ppm: int, thickness_ppm: int) -> int:
    """Part of a class that is lost where losses eat through its support: what is expected between its attachment and
    its detachment over the chance to get there, of its thickness.

    >>> severity_ppm(LossView(50_000, 20_000), 90_000, 10_000), severity_ppm(LossView(50_000, 20_000), 100_000, 900_000)
    (506632, 8293)
    """
    chance = loss.beyond(support_ppm)
    if chance == 0.0 or thickness_ppm <= 0:
        return PPM if thickness_ppm <= 0 else 0
    layer = loss.excess_ppm(support_ppm) - loss.excess_ppm(support_ppm + thickness_ppm)
    return max(0, min(PPM, round(PPM * layer / chance / thickness_ppm)))
