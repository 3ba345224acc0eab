"""Cascades and DebtRank: by hand, against loops written out, and the impact of each node against one at a time."""

from __future__ import annotations

import numpy as np
import pytest
from claim_networks import lenders
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from sim.contagion.cascade import furfine
from sim.contagion.debtrank import debtrank, impact_of_each

SEEDS = range(30)


def loop_furfine(exposures, equity, failed, lost):
    failed = set(np.flatnonzero(failed))
    while True:
        new = {
            i
            for i in range(len(equity))
            if i not in failed and 0 < sum(lost * exposures[i][j] for j in failed) >= equity[i]
        }
        if not new:
            return failed
        failed |= new


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cascade_is_that_of_a_loop(seed):
    exposures, equity = lenders(seed, leverage=1.5)
    start = np.random.default_rng(seed).random(len(equity)) < 0.2
    for lost in (1.0, 0.6, 0.0):
        found = furfine(exposures, equity, start, loss_given_default=lost)
        assert set(np.flatnonzero(found.failed)) == loop_furfine(exposures, equity, start, lost)
        assert np.allclose(found.losses, lost * exposures @ found.failed)
        assert found.rounds == found.failed_in.max(initial=0)


def test_a_loss_that_equals_equity_fails_and_no_loss_does_not():
    found = furfine([[0, 0, 0], [5, 0, 0], [5, 0, 0]], [9, 5, 5.000001], [1, 0, 0])
    assert found.failed.tolist() == [True, True, False]
    # ten claims of 0.1 on nodes that failed are a loss of 1, whatever binary fractions make of it
    claims = np.zeros((11, 11))
    claims[10, :10] = 0.1
    assert furfine(claims, np.ones(11), np.arange(11) < 10).failed.all()


def test_a_node_without_equity_may_have_failed_before_the_start_only():
    assert furfine([[0, 0], [1, 0]], [-3, 2], [True, False]).failed.tolist() == [True, False]
    with pytest.raises(ValueError, match="not positive at the start at 1"):
        furfine([[0, 0], [1, 0]], [1, 0], [True, False])


def loop_debtrank(exposures, equity, shock, steps=4000):
    """The dynamics as printed: h(t+1) = min(1, h(t) + Lam (h(t) - h(t-1)))."""
    n = len(equity)
    before, now = [0.0] * n, list(shock)
    for _ in range(steps):
        new = [
            min(1.0, now[i] + sum(exposures[i][j] / equity[i] * (now[j] - before[j]) for j in range(n)))
            for i in range(n)
        ]
        before, now = now, new
    return np.array(now)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("leverage", [0.5, 0.9, 2.5])
def test_linear_stress_is_that_of_the_printed_dynamics(seed, leverage):
    exposures, equity = lenders(seed, nodes=6, leverage=leverage)
    shock = np.random.default_rng(seed).uniform(0, 0.2, 6)
    found = debtrank(exposures, equity, shock)
    assert np.allclose(found.stress, loop_debtrank(exposures, equity, shock), atol=1e-10)
    assert np.isclose(found.impact, (equity / equity.sum()) @ (found.stress - shock))
    assert found.converged


@pytest.mark.parametrize("seed", SEEDS)
def test_stress_is_a_fixed_point_also_close_to_the_edge(seed):
    exposures, equity = lenders(seed)
    radius = np.abs(np.linalg.eigvals(exposures / equity[:, None])).max()
    for edge in (0.9, 0.999, 0.999999):
        capital = equity * radius / edge
        shock = np.full(len(equity), 1e-9)
        found = debtrank(exposures, capital, shock)
        exact = np.linalg.solve(np.eye(len(capital)) - exposures / capital[:, None], shock)
        assert np.allclose(found.stress, exact, rtol=1e-6)
        assert found.converged


def test_banks_of_different_equity_are_each_valued_with_their_own():
    found = debtrank([[0, 0, 0], [10, 0, 0], [10, 0, 0]], [10, 20, 100], [0.5, 0, 0])
    assert np.allclose(found.stress, [0.5, 0.25, 0.05])


def test_loss_given_default_is_the_debtors():
    found = debtrank([[0, 0, 0], [10, 0, 0], [0, 10, 0]], [10, 20, 20], [1, 0, 0], loss_given_default=[0.4, 0.5, 1])
    assert np.allclose(found.stress, [1, 0.2, 0.05])


def loop_single_hit(exposures, equity, shock):
    n = len(equity)
    impact = [[min(1.0, exposures[j][i] / equity[j]) for j in range(n)] for i in range(n)]
    state = ["distressed" if h > 0 else "undistressed" for h in shock]
    stress = list(shock)
    while "distressed" in state:
        new = [
            min(1.0, stress[j] + sum(impact[i][j] * stress[i] for i in range(n) if state[i] == "distressed"))
            for j in range(n)
        ]
        state = [
            "inactive" if s in ("distressed", "inactive") else ("distressed" if h > 0 else s)
            for s, h in zip(state, new, strict=True)
        ]
        stress = new
    return np.array(stress)


@pytest.mark.parametrize("seed", SEEDS)
def test_single_hit_is_that_of_a_loop_and_never_above_linear(seed):
    exposures, equity = lenders(seed, nodes=7, leverage=0.8)
    shock = np.where(np.arange(7) < 2, 0.3, 0.0)
    single = debtrank(exposures, equity, shock, variant="single_hit")
    assert np.allclose(single.stress, loop_single_hit(exposures, equity, shock), atol=1e-14)
    assert (single.stress <= debtrank(exposures, equity, shock).stress + 1e-12).all()


def test_single_hit_understates_a_cycle():
    cycle, equity, shock = [[0, 0, 5], [5, 0, 0], [0, 5, 0]], [10, 10, 10], [0.4, 0, 0]
    assert np.allclose(debtrank(cycle, equity, shock, variant="single_hit").stress, [0.45, 0.2, 0.1])
    assert np.allclose(debtrank(cycle, equity, shock).stress, np.array([0.4, 0.2, 0.1]) / (1 - 0.125))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_nonlinear_variant_runs_from_linear_to_a_threshold(seed):
    exposures, equity = lenders(seed, leverage=0.9)
    shock = np.where(np.arange(len(equity)) == 0, 1.0, 0.05)
    linear = debtrank(exposures, equity, shock)
    same = debtrank(exposures, equity, shock, variant="nonlinear", alpha=0.0)
    some = debtrank(exposures, equity, shock, variant="nonlinear", alpha=2.0)
    steep = debtrank(exposures, equity, shock, variant="nonlinear", alpha=1e4)
    assert np.array_equal(same.stress, linear.stress)
    assert (steep.stress <= some.stress + 1e-12).all()
    assert (some.stress <= linear.stress + 1e-12).all()
    lam = exposures / equity[:, None]
    again = np.minimum(1, shock + lam @ (some.stress * np.exp(2.0 * (some.stress - 1))))
    assert np.allclose(again, some.stress, atol=1e-12)
    # with a threshold only nodes that are lost pass anything on: a cascade of losses that reach what equity is left
    failed = furfine(exposures, equity * (1 - np.where(shock < 1, shock, 0)), shock >= 1).failed
    assert np.array_equal(steep.stress >= 1, failed)


@pytest.mark.parametrize(("leverage", "nodes"), [(0.3, 20), (0.8, 20), (1.1, 30), (3.0, 30), (0.7, 60)])
def test_the_impact_of_each_is_that_of_one_failure_at_a_time(leverage, nodes):
    exposures, equity = lenders(nodes, nodes=nodes, leverage=leverage)
    for weights in (None, np.linspace(0, 1, nodes)):
        found = impact_of_each(sparse.csr_array(exposures), equity, weights=weights)
        one = [debtrank(exposures, equity, shock, weights=weights).impact for shock in np.eye(nodes)]
        assert np.allclose(found, one, atol=1e-9)


@pytest.mark.parametrize("radius", [0.97, 0.999, 1 - 1e-6, 1.0, 1 + 1e-6, 1.01, 1.2])
def test_the_impact_of_each_close_to_where_stress_amplifies(radius):
    # failures take others with them; from 1 on stress that has started ends in the same state whoever failed
    exposures, equity = lenders(5, nodes=40)
    capital = equity * np.abs(np.linalg.eigvals(exposures / equity[:, None])).max() / radius
    one = [debtrank(exposures, capital, shock).impact for shock in np.eye(40)]
    assert np.allclose(impact_of_each(exposures, capital), one, atol=1e-8)


def test_impact_where_only_some_nodes_reach_what_amplifies():
    # 0 and 1 amplify each other; 2 lends to 1; 3 owes 0; 4 and 5 owe each other and nobody else; two that amplify
    exposures = np.zeros((8, 8))
    exposures[0, 1] = exposures[1, 0] = 12
    exposures[2, 1], exposures[0, 3] = 4, 3
    exposures[4, 5] = exposures[5, 4] = 5
    for second in (0, 30):
        exposures[6, 7] = exposures[7, 6] = second
        one = [debtrank(exposures, np.full(8, 10), shock).impact for shock in np.eye(8)]
        assert np.allclose(impact_of_each(exposures, np.full(8, 10)), one, atol=1e-12)


def test_equity_that_equals_interbank_claims():
    exposures, _ = lenders(6, nodes=30)
    equity = exposures.sum(axis=1)  # every row of leverage adds up to 1: the spectral radius is 1
    one = [debtrank(exposures, equity, shock).impact for shock in np.eye(30)]
    assert np.allclose(impact_of_each(exposures, equity), one, atol=1e-8)


def test_single_precision_vouches_only_for_what_it_can(monkeypatch):
    monkeypatch.setattr("sim.contagion.impact_by_inverse.DOUBLE", 10)
    for leverage in (0.5, 0.9, 1.3):
        exposures, equity = lenders(8, nodes=40, leverage=leverage)
        one = [debtrank(exposures, equity, shock).impact for shock in np.eye(40)]
        assert np.allclose(impact_of_each(exposures, equity), one, atol=1e-9)


def test_impact_where_no_inverse_helps():
    # amplifies without limit; a pair that saturates each other; a chain and a node alone
    pair = [[0, 20, 0, 0], [20, 0, 0, 0], [0, 5, 0, 0], [0, 0, 0, 0]]
    assert np.allclose(impact_of_each(pair, [10, 10, 10, 10]), [0.375, 0.375, 0, 0])
    # below the edge, but one failure takes another node with it
    assert np.allclose(impact_of_each([[0, 0, 0], [30, 0, 0], [0, 5, 0]], [10, 10, 10]), [0.5, 1 / 6, 0])
    assert impact_of_each([[0, 0], [0, 0]], [1, 1]).tolist() == [0.0, 0.0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.2, 3.0), st.floats(0, 1), st.floats(0, 1))
def test_stress_rises_with_the_shock_and_stays_between_0_and_1(seed, leverage, low, more):
    exposures, equity = lenders(seed % 1000, leverage=leverage)
    draw = np.random.default_rng(seed).random(len(equity))
    small = debtrank(exposures, equity, low * draw)
    large = debtrank(exposures, equity, np.minimum(1, (low + more) * draw))
    assert (small.stress >= low * draw).all()
    assert (small.stress <= large.stress + 1e-10).all()
    assert (large.stress <= 1).all()
