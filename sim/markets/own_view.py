"""How an investor judges a pool for itself, from the months its originator shows, and what a letter stands for."""

from __future__ import annotations

from math import erf, sqrt

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


def rated_default_ppm(letter: str, life_days: int) -> int:
    """Chance of default a year that the agencies' table gives a letter: the table speaks of a deal's life, so it is
    divided by the years of life if more than one. An unrated class is taken to lose for certain."""
    return IDEALISED.get(letter, PPM) * YEAR_DAYS // max(YEAR_DAYS, life_days)


def pool_loss_ppm(view: PoolView, months: int) -> int:
    """Gross loss of a pool over some months, ppm of its principal: monthly defaults x loss given default x months."""
    return min(PPM, view.default_ppm * view.loss_given_default_ppm * months // PPM)


def seen_default_ppm(beliefs: BeliefTerms, view: PoolView, *, life_days: int, support_ppm: int, cost_bp: int) -> int:
    """Chance a year that a pool's losses eat through the support of a class, as an investor computes it itself.

    Loss over the remaining life is taken as normal: mean = gross loss - counted share of (income - cost of the notes),
    standard deviation = doubt x gross loss. P(loss > support), divided by the years of life if more than one, rounded
    once to the ppm.
    """
    months = max(1, -(-life_days * MONTHS_PER_YEAR // YEAR_DAYS))
    gross = pool_loss_ppm(view, months)
    spread = max(0, view.income_ppm - cost_bp * 100) * months // MONTHS_PER_YEAR
    mean = gross - spread * beliefs.counted_spread_ppm // PPM
    deviation = beliefs.doubt_ppm * gross // PPM
    if deviation == 0:
        chance = PPM if mean > support_ppm else 0
    else:
        chance = round(PPM * 0.5 * (1 - erf((support_ppm - mean) / deviation / sqrt(2))))
    return chance * YEAR_DAYS // max(YEAR_DAYS, life_days)
