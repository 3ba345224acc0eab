"""A pool too slow for its plan gets a thicker residual class, up to the most support that is worth giving."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents.issue_tenor import PPM, PRUDENT_PPM, distribution_months, stepped_bp, thinnest_residual_bp
from sim.calendar import day_of
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import repaid_ppm
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

POOL = PoolView(2_000, 600, 36, 350_000, 80_000, 850_000)
TINY = {"end": "2019-04-30", "population.households": 5_000, "population.weight": 4_000}


def small_market(**changes: Any) -> SecuritizationMarket:
    return SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", TINY | changes))


def paying(rate_ppm: int) -> PoolView:
    """A pool that a calendar counts on to pay this rate a month."""
    return replace(POOL, payment_ppm=rate_ppm * PPM // PRUDENT_PPM)


def test_what_a_pool_has_paid_after_some_months() -> None:
    assert [repaid_ppm(replace(POOL, payment_ppm=500_000), months) for months in (0, 1, 3)] == [0, 500_000, 875_000]


def test_the_thinnest_residual_is_the_shelfs_or_what_the_life_leaves_unpaid() -> None:
    """Plans of 15 months: at 20 % a month 0.8^14 = 4.4 % is left after 14, at 12 % 0.88^14 = 16.7 %."""
    shelf = small_market().shelves["corner"]
    assert shelf.prototype.revolving_months + shelf.prototype.amortisation_months == 15
    assert shelf.least_residual_bp == 500
    assert thinnest_residual_bp(shelf, paying(200_000)) == 500
    assert thinnest_residual_bp(shelf, paying(120_000)) == stepped_bp(round(0.88**14 * PPM)) == 1_680
    assert distribution_months(paying(120_000), 1_680) == 15  # no month is left to revolve
    assert distribution_months(paying(200_000), 500) == 15
    assert distribution_months(paying(400_000), 500) == 7  # 1 - 0.6^6 = 95.3 %, and a month


@pytest.mark.parametrize("most_bp", [500, 4_000])
def test_a_slow_pool_comes_to_market_with_more_support_or_not_at_all(most_bp: int) -> None:
    """Issues of `corner` were withdrawn month after month for want of a thicker residual class; a rule on retention,
    which makes it thicker, then brought them to market."""
    place = run_to(small_market(**{"shelves.corner.most_support_bp": most_bp}), day_of(datetime.date(2019, 4, 30)))
    mine = [deal for deal in place.deals if deal.startswith("corner_")]
    assert bool(mine) == (most_bp == 4_000)
    for deal in mine:
        terms = place.deals[deal].terms
        assert terms.tranches[terms.residual].share_bp > place.shelves["corner"].least_residual_bp
