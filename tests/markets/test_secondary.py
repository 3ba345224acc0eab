"""Quotes, prices and turnover against hand-worked numbers, and the sign of each part of the half-spread."""

from __future__ import annotations

import pytest

from sim.markets.secondary import (
    SpreadTerms,
    half_spread_ppm,
    marginal_yield_bp,
    price_ppm,
    turnover_ppm,
    yield_bp_at,
)

USUAL = {"inventory_share_ppm": 500_000, "disclosure_ppm": 500_000, "venues": 2, "eligible": 10}


def test_a_hand_worked_half_spread() -> None:
    # 200 + half of 600 + half of 800 + one extra venue 150 - 400 x 10 / 20
    assert half_spread_ppm(SpreadTerms(), **USUAL) == 200 + 300 + 400 + 150 - 200


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        ({"inventory_share_ppm": 900_000}, 1),
        ({"disclosure_ppm": 900_000}, -1),
        ({"venues": 1}, -1),
        ({"eligible": 40}, -1),
    ],
)
def test_each_part_moves_the_half_spread_its_way(change: dict[str, int], sign: int) -> None:
    move = half_spread_ppm(SpreadTerms(), **(USUAL | change)) - half_spread_ppm(SpreadTerms(), **USUAL)
    assert move * sign > 0


def test_competition_cannot_bring_the_half_spread_below_its_least() -> None:
    calm = {"inventory_share_ppm": 0, "disclosure_ppm": 1_000_000, "venues": 1, "eligible": 10_000}
    assert half_spread_ppm(SpreadTerms(), **calm) == SpreadTerms().least_ppm


def test_prices_by_hand() -> None:
    assert price_ppm(500, 500, 365) == 1_000_000
    assert price_ppm(500, 600, 365) == 1_050_000 * 1_000_000 // 1_060_000  # 990,566
    assert price_ppm(500, 900, 0) == 1_000_000  # nothing left to discount
    assert yield_bp_at(990_566, 500, 365) == 600
    assert yield_bp_at(990_566, 500, 0) == 500


@pytest.mark.parametrize("coupon", [200, 550])
@pytest.mark.parametrize("wanted", [150, 480, 1_200])
@pytest.mark.parametrize("life", [30, 200, 700])
def test_yield_and_price_undo_each_other(coupon: int, wanted: int, life: int) -> None:
    assert yield_bp_at(price_ppm(coupon, wanted, life), coupon, life) == wanted


def test_the_marginal_holder_is_the_last_one_needed() -> None:
    asked = [(400, 60), (300, 50), (500, 40)]
    assert marginal_yield_bp(asked, 50) == 300
    assert marginal_yield_bp(asked, 51) == 400
    assert marginal_yield_bp(asked, 110) == 400
    assert marginal_yield_bp(asked, 1_000) == 500  # nobody else: the least willing sets the price
    assert marginal_yield_bp([], 10) is None


def test_turnover_is_brought_to_a_year() -> None:
    assert turnover_ppm([10, 0, 20], [100, 100, 100]) == 1_200_000  # 30 in three months of 100
    assert turnover_ppm([], []) == 0
    assert turnover_ppm([5], [0]) == 0
