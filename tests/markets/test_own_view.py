"""What investors compute from a pool's shown months, against hand-worked figures, and in which direction it moves."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import NormalDist

import pytest

from sim.deals.pool_view import PoolView
from sim.deals.rating_method import IDEALISED
from sim.markets.own_view import (
    BeliefTerms,
    LossView,
    loss_view,
    pool_loss_ppm,
    rated_default_ppm,
    seen_default_ppm,
    severity_ppm,
)

POOL = PoolView(
    default_ppm=4_000, default_sd_ppm=500, history_months=24, payment_ppm=300_000, income_ppm=150_000,
    loss_given_default_ppm=800_000,
)  # fmt: skip
BELIEFS = BeliefTerms(doubt_ppm=400_000, counted_spread_ppm=500_000)


def seen(pool: PoolView = POOL, *, days: int = 365, support: int = 20_000, cost: int = 500) -> int:
    return seen_default_ppm(loss_view(BELIEFS, pool, life_days=days, cost_bp=cost), support, days)


def test_a_hand_worked_chance() -> None:
    # Twelve months x 0.4 % x 80 % = 3.84 % gross; half of 15 % - 5 % is counted: mean -1.16 %, sd 40 % of 3.84 %.
    assert pool_loss_ppm(POOL, 12) == 38_400
    chance = 1 - NormalDist(-11_600, 15_360).cdf(20_000)
    assert seen() == pytest.approx(1_000_000 * chance, abs=1)


@pytest.mark.parametrize(
    ("pool", "terms", "sign"),
    [
        ({"default_ppm": 6_000}, {}, 1),
        ({"loss_given_default_ppm": 900_000}, {}, 1),
        ({"income_ppm": 200_000}, {}, -1),
        ({}, {"support": 40_000}, -1),
        ({}, {"cost": 900}, 1),
    ],
)
def test_each_figure_moves_the_chance_its_way(pool: dict[str, int], terms: dict[str, int], sign: int) -> None:
    assert (seen(replace(POOL, **pool), **terms) - seen()) * sign > 0


def test_without_defaults_there_is_no_chance_and_without_doubt_it_is_all_or_nothing() -> None:
    assert seen(replace(POOL, default_ppm=0)) == 0
    certain = BeliefTerms(doubt_ppm=0, counted_spread_ppm=0)
    for support, chance in ((38_399, 1_000_000), (38_400, 0)):
        assert seen_default_ppm(loss_view(certain, POOL, life_days=365, cost_bp=0), support, 365) == chance


def test_a_thin_class_loses_most_of_itself_in_its_default_and_a_thick_one_little() -> None:
    loss = LossView(50_000, 20_000)
    thin, thick = severity_ppm(loss, 80_000, 5_000), severity_ppm(loss, 85_000, 915_000)
    assert thin > 700_000
    assert thick < 15_000
    assert severity_ppm(LossView(50_000, 0), 40_000, 20_000) == 500_000  # a certain loss of half of it
    assert severity_ppm(loss, 10**7, 10_000) == 0


def test_layers_add_up_to_the_loss_beyond_the_first() -> None:
    loss, cuts = LossView(30_000, 12_000), (20_000, 30_000, 60_000, 1_000_000)
    parts = sum(loss.beyond(a) * severity_ppm(loss, a, b - a) * (b - a) / 1e6 for a, b in pairwise(cuts))
    assert parts == pytest.approx(loss.excess_ppm(20_000), rel=1e-4)


def test_what_the_seller_does_not_keep_is_taken_to_be_worse() -> None:
    kept, half, sold = (
        loss_view(BELIEFS, POOL, life_days=365, cost_bp=500, kept_ppm=part) for part in (1_000_000, 500_000, 0)
    )
    assert sold.mean_ppm - half.mean_ppm == half.mean_ppm - kept.mean_ppm == 38_400 * BELIEFS.selection_ppm // 2_000_000
    assert kept.deviation_ppm < half.deviation_ppm < sold.deviation_ppm


def test_the_table_speaks_of_a_deals_life() -> None:
    assert rated_default_ppm("AAA", 180) == rated_default_ppm("AAA", 365) == IDEALISED["AAA"]
    assert rated_default_ppm("AAA", 730) == IDEALISED["AAA"] // 2
    assert rated_default_ppm("unrated", 365) == 1_000_000
