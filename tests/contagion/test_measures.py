"""Measures against closed forms, simulation and their own definitions."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from claim_networks import amounts, lenders
from scipy.stats import norm

from sim.contagion.measures import (
    delta_covar,
    lrmes,
    mes,
    quantile_regression,
    sinkrank,
    spectral_radius,
    srisk,
)


def paths(beta, count=200_000):
    draw = np.random.default_rng(7)
    market = 0.01 * draw.standard_normal(count)
    return np.outer(market, beta) + 0.005 * draw.standard_normal((count, len(beta))), market


def test_mes_of_normal_returns_is_the_closed_form():
    firms, market = paths([0.5, 1.0, 2.0])
    # E[m | m <= q] = -sigma phi(z) / level
    expected = 0.01 * norm.pdf(norm.ppf(0.05)) / 0.05
    assert np.allclose(mes(firms, market), expected * np.array([0.5, 1.0, 2.0]), rtol=0.01)


def test_long_run_mes_and_srisk():
    assert lrmes(0.02) == pytest.approx(1 - np.exp(-0.36))
    assert lrmes(beta=2.0, fall=0.4) == pytest.approx(1 - 0.6**2)
    assert srisk(920, 80, 0.4) == pytest.approx(0.08 * 920 - 0.92 * 80 * 0.6)
    with pytest.raises(ValueError, match="either"):
        lrmes()
    with pytest.raises(ValueError, match="negative"):
        srisk(-1, 80, 0.4)


def test_delta_covar_of_normal_returns_is_the_closed_form():
    draw = np.random.default_rng(3)
    firm = 0.02 * draw.standard_normal(4000)
    system = 0.6 * firm + 0.01 * draw.standard_normal(4000)
    found = delta_covar(firm, system)
    assert found[0] == pytest.approx(0.6 * 0.02 * -norm.ppf(0.05), rel=0.08)


def test_a_quantile_regression_leaves_its_share_below():
    draw = np.random.default_rng(5)
    cause, noise = draw.standard_normal(1000), draw.standard_normal(1000)
    intercept, slope = quantile_regression(2 * cause + noise, cause, level=0.1)
    below = np.mean(2 * cause + noise < intercept + slope * cause)
    assert below == pytest.approx(0.1, abs=0.003)
    assert slope == pytest.approx(2, abs=0.2)


def test_sinkrank_is_its_definition_and_a_simulation():
    payments = amounts(4, 7, 0.6)
    found = sinkrank(payments)
    chain = payments / payments.sum(axis=1, keepdims=True)
    for sink in range(7):
        others = [i for i in range(7) if i != sink]
        steps = np.linalg.solve(np.eye(6) - chain[np.ix_(others, others)], np.ones(6))
        assert found[sink] == pytest.approx(1 / steps.mean(), rel=1e-10)
    draw = np.random.default_rng(0)
    taken = []
    for _ in range(4000):
        node, count = int(draw.integers(1, 7)), 0
        while node != 0:
            node, count = int(draw.choice(7, p=chain[node])), count + 1
        taken.append(count)
    assert found[0] == pytest.approx(1 / np.mean(taken), rel=0.06)


def test_sinkrank_where_money_ends_or_never_arrives():
    # all money ends at node 2, which pays nobody; nothing is sure to reach the others
    assert np.allclose(sinkrank([[0, 1, 1], [0, 0, 2], [0, 0, 0]]), [0, 0, 1 / 1.25])
    # two ends: no node is reached for sure
    assert sinkrank([[0, 1, 1], [0, 0, 0], [0, 0, 0]]).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("nodes", [5, 40, 120])
def test_the_spectral_radius_is_the_largest_eigenvalue(nodes):
    exposures, equity = lenders(nodes, nodes=nodes)
    expected = np.abs(np.linalg.eigvals(exposures / equity[:, None])).max()
    assert spectral_radius(exposures, equity) == pytest.approx(expected, rel=1e-9)
    assert spectral_radius(exposures, equity, loss_given_default=0.5) == pytest.approx(expected / 2, rel=1e-9)


def test_a_network_without_cycles_amplifies_nothing():
    assert spectral_radius(np.triu(np.ones((5, 5)), 1) * 100, np.ones(5)) == 0.0
    graph = nx.DiGraph()
    graph.add_edge("a", "b", amount=4.0)
    graph.add_edge("b", "a", amount=9.0)
    assert spectral_radius(graph, {"b": 10, "a": 10}) == pytest.approx(0.6)


def test_returns_that_do_not_fit():
    for firms, market in (([0.1, 0.2], [0.1]), ([np.nan], [0.1]), ([], [])):
        with pytest.raises(ValueError, match="returns"):
            mes(firms, market)
    with pytest.raises(ValueError, match="level"):
        mes([0.1], [0.1], level=0)
