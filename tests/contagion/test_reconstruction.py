"""Reconstruction: a published example, totals, and what each method promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.contagion.reconstruction import fitness, maximum_entropy, minimum_density

# Anand, Craig and von Peter, Quantitative Finance 15 (2015) 625, p. 628: seven banks
ASSETS, LIABILITIES = [7, 5, 3, 1, 3, 0, 1], [4, 5, 5, 0, 0, 2, 4]
# the maximum entropy estimate that R's NetworkRiskMeasures prints for them, two decimals
PRINTED = [
    [0.00, 2.53, 2.18, 0, 0, 0.74, 1.55],
    [1.72, 0.00, 1.60, 0, 0, 0.54, 1.14],
    [0.98, 1.06, 0.00, 0, 0, 0.31, 0.65],
    [0.25, 0.27, 0.23, 0, 0, 0.08, 0.17],
    [0.75, 0.81, 0.70, 0, 0, 0.24, 0.50],
    [0.00, 0.00, 0.00, 0, 0, 0.00, 0.00],
    [0.30, 0.32, 0.28, 0, 0, 0.09, 0.00],
]


def totals(seed, nodes):
    draw = np.random.default_rng(seed)
    network = draw.lognormal(0, 2, (nodes, nodes)) * (draw.random((nodes, nodes)) < 0.5)
    np.fill_diagonal(network, 0.0)
    return network.sum(axis=1), network.sum(axis=0)


def test_the_published_maximum_entropy_network():
    assert np.abs(maximum_entropy(ASSETS, LIABILITIES) - PRINTED).max() <= 0.0051


def test_few_links_for_the_published_totals():
    found = minimum_density(ASSETS, LIABILITIES)
    assert found.sum(axis=1).tolist() == ASSETS
    assert found.sum(axis=0).tolist() == LIABILITIES
    assert np.count_nonzero(found) == 8  # the network printed by NetworkRiskMeasures has nine


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 25))
def test_totals_and_diagonal(seed, nodes):
    assets, liabilities = totals(seed, nodes)
    for matrix in (maximum_entropy(assets, liabilities), minimum_density(assets, liabilities)):
        assert np.allclose(matrix.sum(axis=1), assets, rtol=1e-9, atol=1e-9 * assets.sum())
        assert np.allclose(matrix.sum(axis=0), liabilities, rtol=1e-9, atol=1e-9 * assets.sum())
        assert (matrix >= 0).all()
        assert not np.diag(matrix).any()
    few = np.count_nonzero(minimum_density(assets, liabilities) > 1e-9 * assets.sum())
    assert few <= 2 * nodes + 2


def test_entropy_is_greatest_along_every_direction_that_keeps_the_totals():
    matrix = maximum_entropy(*totals(4, 6))
    cell = matrix > 0

    def entropy(m):
        return -(m[cell] * np.log(m[cell])).sum()

    draw = np.random.default_rng(0)
    for _ in range(200):
        i, j = draw.choice(6, 2, replace=False)
        k, l = draw.choice([c for c in range(6) if c not in (i, j)], 2, replace=False)
        moved = matrix.copy()
        moved[i, k] += 1e-4
        moved[j, l] += 1e-4
        moved[i, l] -= 1e-4
        moved[j, k] -= 1e-4
        if (moved[cell] > 0).all():
            assert entropy(moved) <= entropy(matrix) + 1e-12


def test_what_would_be_owed_to_oneself_is_led_around():
    # the largest creditor is the largest debtor too: a greedy match leaves it alone in the end
    for assets, liabilities in (([6, 3, 3], [6, 3, 3]), ([2, 2], [2, 2]), ([5, 1, 4], [5, 4, 1])):
        found = minimum_density(assets, liabilities)
        assert found.sum(axis=1).tolist() == assets
        assert found.sum(axis=0).tolist() == liabilities
        assert not np.diag(found).any()


def test_fitness_expects_the_number_of_links_and_the_amounts():
    assets, liabilities = totals(2, 30)
    model = fitness(assets, liabilities, links=120)
    assert model.probabilities.sum() == pytest.approx(120, rel=1e-9)
    off = ~np.eye(30, dtype=bool)
    expected = np.outer(assets, liabilities) / assets.sum()
    assert np.allclose((model.probabilities * model.amounts)[off], expected[off], rtol=1e-9)
    drawn = [model.draw(seed) for seed in range(200)]
    assert np.array_equal(drawn[3], model.draw(3))
    assert np.mean([np.count_nonzero(one) for one in drawn]) == pytest.approx(120, rel=0.03)
    assert not any(np.diag(one).any() for one in drawn)


def test_names_join_the_totals():
    assert np.array_equal(
        maximum_entropy({"a": 3, "b": 2, "c": 1}, {"c": 2, "a": 2, "b": 2}), maximum_entropy([3, 2, 1], [2, 2, 2])
    )


@pytest.mark.parametrize(
    ("assets", "liabilities", "message"),
    [
        ([1, 2], [2, 2], "add up to"),
        ([5, 1, 0], [4, 1, 1], "owed more than all others"),
        ([1, -1], [0, 0], "assets"),
        ([1, np.nan], [1, 0], "NaN"),
        ([1, 1], [1, 1, 0], "figures are needed"),
        ({"a": 1, "b": 1}, {"a": 1, "c": 1}, "names differ"),
    ],
)
def test_totals_that_no_network_has(assets, liabilities, message):
    for method in (maximum_entropy, minimum_density):
        with pytest.raises(ValueError, match=message):
            method(assets, liabilities)


def test_an_empty_network_and_an_impossible_number_of_links():
    assert not maximum_entropy([0, 0], [0, 0]).any()
    assert not minimum_density([0, 0], [0, 0]).any()
    for links in (0, 6, 7):
        with pytest.raises(ValueError, match="links"):
            fitness([1, 1, 1], [1, 1, 1], links=links)
