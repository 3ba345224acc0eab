"""Fire sales: published equilibria, loops written out, and what each model must always do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.contagion.fire_sale import equilibrium, leverage_targeting, threshold

# Breuer, Summer and Urosevic, "Systemic loss evaluation", appendix A3: three banks, one bond, several equilibria
BANKS = {"securities": [145, 435, 300], "loans": [1170, 1245, 1190], "equity": [28, 80, 65]}
MARKET = {"leverage_cap": 44, "volatility": 1.0, "volume": 1 / 0.000022, "kappa": 1.0}


def test_the_published_least_and_greatest_equilibrium():
    least = equilibrium(**BANKS, **MARKET)
    greatest = equilibrium(**BANKS, **MARKET, solution="greatest")
    assert least.discount[0] == pytest.approx(0.0564801, abs=5e-8)
    assert greatest.discount[0] == pytest.approx(0.13914, abs=5e-6)
    assert greatest.sold.tolist() == [1.0, 1.0, 1.0]
    assert least.converged
    assert greatest.converged


def test_in_equilibrium_sellers_just_meet_the_cap():
    found = equilibrium(**BANKS, **MARKET | {"kappa": 0.01})
    securities = np.array(BANKS["securities"], float)
    kept = securities * (1 - found.sold) * (1 - found.discount[0])
    leverage = (kept + BANKS["loans"]) / found.equity
    some = (found.sold > 0) & (found.sold < 1)
    assert some.any()
    assert np.allclose(leverage[some], 44, rtol=1e-9)
    assert (leverage[found.sold == 0] <= 44).all()
    assert np.allclose(found.losses, securities * found.discount[0])
    assert np.allclose(found.equity, np.array(BANKS["equity"]) - found.losses)


def test_no_sale_within_the_cap_and_order_does_not_matter():
    calm = equilibrium(**BANKS, **MARKET | {"leverage_cap": 60})
    assert calm.losses.tolist() == [0.0, 0.0, 0.0]
    named = {f"bank {i}": [amount] for i, amount in enumerate(BANKS["securities"])}
    mixed = dict(reversed(list(named.items())))
    found = equilibrium(
        mixed,
        dict(zip(named, BANKS["loans"], strict=True)),
        dict(zip(named, BANKS["equity"], strict=True)),
        **MARKET,
    )
    assert found.names == tuple(mixed)
    assert np.allclose(found.losses[::-1], equilibrium(**BANKS, **MARKET).losses, rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(5, 40))
def test_least_is_never_above_greatest(seed, cap):
    draw = np.random.default_rng(seed)
    held, loans = draw.lognormal(3, 1, (5, 3)), draw.lognormal(5, 0.5, 5)
    equity = (held.sum(axis=1) + loans) / draw.uniform(8, 30, 5)
    market = {"leverage_cap": cap, "volatility": [0.01, 0.02, 0.03], "volume": held.sum(axis=0) / 2, "kappa": 1.0}
    least = equilibrium(held, loans, equity, **market)
    greatest = equilibrium(held, loans, equity, **market, solution="greatest")
    assert (least.discount <= greatest.discount + 1e-12).all()
    for found in (least, greatest):
        assert np.allclose(found.discount, market["volatility"] * np.sqrt(found.sales / market["volume"]), atol=1e-9)


def test_a_price_cannot_turn_negative():
    with pytest.raises(ValueError, match="price negative"):
        equilibrium(**BANKS, **MARKET | {"kappa": 20.0})


def test_leverage_targeting_is_its_matrix_formula_and_a_loop():
    draw = np.random.default_rng(1)
    banks, kinds = 6, 4
    assets, target = draw.lognormal(4, 1, banks), draw.uniform(5, 20, banks)
    weights = draw.dirichlet(np.ones(kinds), banks)
    impact, shock = draw.uniform(0, 1e-4, kinds), draw.uniform(0, 0.02, kinds)
    found = leverage_targeting(assets, weights, target, impact, shock)
    a, b, l, m = np.diag(assets), np.diag(target), np.diag(impact), weights
    equity = assets / (1 + target)
    whole = np.ones(banks) @ a @ m @ l @ m.T @ b @ a @ m @ shock / equity.sum()
    assert found.aggregate_vulnerability == pytest.approx(whole, rel=1e-12)
    assert found.systemicness.sum() == pytest.approx(whole, rel=1e-12)
    for n in range(banks):
        only = np.zeros(banks)
        only[n] = 1.0
        part = np.ones(banks) @ a @ m @ l @ m.T @ b @ a @ np.diag(only) @ m @ shock / equity.sum()
        assert found.systemicness[n] == pytest.approx(part, rel=1e-12)
        loss = sum(
            assets[n]
            * m[n, k]
            * impact[k]
            * sum(m[i, k] * target[i] * assets[i] * (m[i] @ shock) for i in range(banks))
            for k in range(kinds)
        )
        assert found.second_loss[n] == pytest.approx(loss, rel=1e-12)
        assert found.indirect_vulnerability[n] == pytest.approx(loss / equity[n], rel=1e-12)
    assert not found.exceeded.any()
    assert leverage_targeting([100], [[1]], [30], [1e-3], [0.1]).exceeded.tolist() == [True]


def test_leverage_targeting_refuses_weights_that_are_no_shares():
    with pytest.raises(ValueError, match="add up to 1"):
        leverage_targeting([100], [[0.5, 0.4]], [9], [0, 0], [0, 0])


WORLD = {"securities": [[20, 10], [30, 5]], "illiquid": [60, 80], "equity": [4, 5], "depth": [900, 700]}


def test_nothing_below_the_trigger_and_a_jump_above():
    held = np.array(WORLD["securities"], float)
    leverage = (held.sum(axis=1) + WORLD["illiquid"]) / WORLD["equity"]
    assert (leverage < 33).all()
    calm = threshold(**WORLD, shock=0.005)
    assert calm.losses.sum() == 0.0
    assert calm.rounds == 0
    hit = threshold(**WORLD, shock=0.03)
    assert hit.losses.sum() > 0.0
    assert hit.rounds >= 1
    assert hit.converged


def test_a_threshold_sale_by_hand():
    found = threshold([[20]], [78], [4], depth=1e12, shock=0.02)
    # loss 1.56; leverage 96.44 / 2.44 > 33; to 31.35 x 2.44 it sells 96.44 - 76.494 of 20, at no impact
    assert found.sales[0] == pytest.approx(96.44 - 31.35 * 2.44, rel=1e-12)
    assert found.losses[0] == pytest.approx(0.0, abs=1e-6)
    assert found.illiquid.tolist() == [False]


def test_illiquid_and_insolvent_are_kept_apart():
    found = threshold([[1], [20], [0]], [80, 60, 50], [3, 3, 1], depth=500, shock=[0.02, 0.06, 0.01])
    assert found.illiquid.tolist() == [True, False, True]
    assert found.insolvent.tolist() == [False, True, False]
    assert found.sold[1] == 0.0  # an insolvent bank sells no more


def test_prices_never_fall_below_the_floor_and_fall_with_all_sales():
    found = threshold([[20], [20]], [78, 60], [4, 4], depth=1.0, price_floor=0.6, shock=[0.02, 0.0])
    assert 0.0 < found.discount[0] <= 0.4
    price = 1 - 0.4 * (1 - np.exp(-found.sales[0] / 0.4))
    assert found.discount[0] == pytest.approx(1 - price, rel=1e-12)
    assert threshold(**WORLD, price_floor=1.0, shock=0.03).losses.sum() == 0.0


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 0.06), st.floats(0, 0.03))
def test_a_larger_shock_never_means_a_smaller_loss_while_all_are_solvent(shock, more):
    small, large = threshold(**WORLD, shock=shock), threshold(**WORLD, shock=shock + more)
    if not large.insolvent.any():
        assert large.losses.sum() >= small.losses.sum() - 1e-9
