"""What bearing first losses costs a seller, and own funds a guarantor's promise binds."""

from __future__ import annotations

import doctest

import pytest

from sim.deals.loss_layers import layer_loss_ppm, layer_reached_ppm
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import Structure
from sim.markets import first_loss, guarantee, issuer_risk
from sim.markets.first_loss import FirstLoss

POOL = PoolView(1_500, 300, 36, 250_000, 70_000, 850_000)
TWELVE_MONTHS = Structure(7, 5)


@pytest.mark.parametrize("room", [first_loss, guarantee, issuer_risk])
def test_the_worked_examples_hold(room: object) -> None:
    assert doctest.testmod(room).failed == 0  # type: ignore[arg-type]


def test_what_is_owed_back_needs_the_equity_that_what_is_held_needs_and_no_money() -> None:
    seller = FirstLoss(money_ppm=60_000, beyond_ppm=40_000, behind_ppm=200_000)
    held, split = seller.cost_ppm(held_ppm=100_000), seller.cost_ppm(held_ppm=60_000, owed_ppm=40_000)
    assert held - split == 40_000 * 60_000 // 1_000_000


def test_a_thin_first_loss_is_all_equity_and_one_thicker_than_what_loans_need_is_not() -> None:
    seller = FirstLoss(money_ppm=60_000, beyond_ppm=40_000, behind_ppm=100_000)
    assert seller.yuan_ppm(50_000) == seller.yuan_ppm(100_000) == 100_000
    assert seller.yuan_ppm(200_000) == 80_000


def test_a_layer_close_to_what_is_expected_is_called_whole_in_a_bad_year_and_a_far_one_not() -> None:
    near = layer_reached_ppm(POOL, TWELVE_MONTHS, 20_000, 40_000, 1_000)
    far = layer_reached_ppm(POOL, TWELVE_MONTHS, 150_000, 170_000, 1_000)
    assert (near, far) == (1_000_000, 0)
    assert layer_loss_ppm(POOL, TWELVE_MONTHS, 20_000, 40_000) > layer_loss_ppm(POOL, TWELVE_MONTHS, 150_000, 170_000)
    binds = [guarantee.own_funds_ppm(multiple=10, called_ppm=called, comes_back_ppm=500_000) for called in (near, far)]
    assert binds == [500_000, 100_000]
