"""Runs: by hand, against loops, and what more liquidity must do."""

from __future__ import annotations

import numpy as np
import pytest
from claim_networks import amounts
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.contagion.funding_run import hoarding, rollover_stop, withdrawal

CHAIN = [[0, 10, 0, 0], [0, 0, 8, 0], [0, 0, 0, 6], [0, 0, 0, 0]]


def test_hoarding_spreads_until_somebody_is_liquid_enough():
    found = hoarding(CHAIN, [0, 9, 8, 1], hoards={0})
    assert found.hoarding.tolist() == [True, True, False, False]
    assert found.withdrawn.tolist() == [0.0, 10.0, 8.0, 0.0]
    assert found.shortfall.tolist() == [0.0, 1.0, 0.0, 0.0]
    assert found.rounds == 1


def test_collateral_counts_after_its_haircut():
    safe = hoarding(CHAIN, [0, 9, 8, 1], hoards={0}, collateral=[0, 2, 0, 0], haircut=0.5)
    assert safe.hoarding.tolist() == [True, False, False, False]
    cut = hoarding(CHAIN, [0, 9, 8, 1], hoards={0}, collateral=[0, 2, 0, 0], haircut=0.6)
    assert cut.hoarding[1]


def test_outside_withdrawals_and_hoarded_lending_are_not_counted_twice():
    found = hoarding([[0, 10], [0, 0]], [5, 3], withdrawn_share=0.4, hoarded_share=0.5, hoards=[True, False])
    assert found.withdrawn[1] == pytest.approx(0.4 * 10 + 0.5 * 0.6 * 10)
    whole = hoarding([[0, 10], [0, 0]], [5, 3], withdrawn_share=0.4, hoards=[True, False])
    assert whole.withdrawn[1] == pytest.approx(10.0)
    assert hoarding(CHAIN, [0, 0, 0, 0]).hoarding.tolist() == [False] * 4


def test_a_stop_of_rollover_reaches_borrowers_of_borrowers():
    # a bank stops renewing a warehouse line; the originator cannot repay and stops; so does its borrower
    found = rollover_stop(CHAIN, [0, 2, 1, 9], [True, False, False, False])
    assert found.hoarding.tolist() == [True, True, True, False]
    assert found.shortfall.tolist() == [0.0, 8.0, 7.0, 0.0]
    slow = rollover_stop(CHAIN, [0, 2, 1, 9], [True, False, False, False], maturing_share=0.2)
    assert slow.hoarding.tolist() == [True, False, False, False]


@pytest.mark.parametrize("seed", range(20))
def test_hoarding_is_that_of_a_loop(seed):
    lending = amounts(seed, 15, 0.2)
    liquid = np.random.default_rng(seed).lognormal(0.3, 1, 15)
    hoards = {0, 1}
    while True:
        new = {i for i in range(15) if i not in hoards and sum(lending[j, i] for j in hoards) > liquid[i]}
        if not new:
            break
        hoards |= new
    assert set(np.flatnonzero(hoarding(lending, liquid, hoards={0, 1}).hoarding)) == hoards


def test_a_withdrawal_is_passed_on_only_as_far_as_liquidity_is_short():
    found = withdrawal(CHAIN, [1, 1, 1, 1], [4, 0, 0, 0], illiquid_assets=10, discount=0.2)
    assert found.recalled.tolist() == [3.0, 2.0, 1.0, 0.0]
    assert found.demanded.tolist() == [4.0, 3.0, 2.0, 1.0]
    assert found.sold.tolist() == [0.0, 0.0, 0.0, 0.0]
    more = withdrawal(CHAIN, [1, 1, 1, 1], [4, 0, 0, 2], illiquid_assets=10, discount=0.2)
    assert more.sold[3] == pytest.approx(2 / 0.8)
    assert more.sale_loss[3] == pytest.approx(0.5)
    poor = withdrawal(CHAIN, [1, 1, 1, 1], [4, 0, 0, 2], illiquid_assets=1, discount=0.2)
    assert poor.failed.tolist() == [False, False, False, True]
    assert poor.shortfall[3] == pytest.approx(1.2)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 3))
def test_recalls_are_a_fixed_point_and_fall_with_liquidity(seed, more):
    draw = np.random.default_rng(seed)
    lending = amounts(seed % 997, 10)
    liquid, asked = draw.lognormal(-1, 1, 10), draw.lognormal(0, 1, 10)
    found = withdrawal(lending, liquid, asked)
    lent = lending.sum(axis=1)
    part = np.divide(lending, lent[:, None], out=np.zeros_like(lending), where=lent[:, None] > 0)
    assert np.allclose(found.recalled, np.minimum(lent, np.maximum(0, asked + part.T @ found.recalled - liquid)))
    assert (withdrawal(lending, liquid + more, asked).recalled <= found.recalled + 1e-9).all()
