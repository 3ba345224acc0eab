"""Input that no network of claims can have is refused, and the message says what and where."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sim.contagion import cascade, clearing, debtrank, fire_sale, funding_run, measures, valuation
from sim.contagion.inputs import NetworkError
from sim.errors import SimError

GOOD = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 3.0], [1.0, 0.0, 0.0]])
METHODS = {
    "clear": lambda m: clearing.clear(m, [1, 1, 1]),
    "clear_by_seniority": lambda m: clearing.clear_by_seniority([m], [1, 1, 1]),
    "furfine": lambda m: cascade.furfine(m, [1, 1, 1], [True, False, False]),
    "debtrank": lambda m: debtrank.debtrank(m, [1, 1, 1], [1, 0, 0]),
    "impact_of_each": lambda m: debtrank.impact_of_each(m, [1, 1, 1]),
    "hoarding": lambda m: funding_run.hoarding(m, [1, 1, 1]),
    "withdrawal": lambda m: funding_run.withdrawal(m, [1, 1, 1], [0, 0, 0]),
    "rollover_stop": lambda m: funding_run.rollover_stop(m, [1, 1, 1], [True, False, False]),
    "neva": lambda m: valuation.neva(m, [9, 9, 9], [1, 1, 1]),
    "sinkrank": measures.sinkrank,
    "spectral_radius": lambda m: measures.spectral_radius(m, [1, 1, 1]),
}


def spoilt(value, at=(1, 2)):
    matrix = GOOD.copy()
    matrix[at] = value
    return matrix


BAD = [
    (spoilt(-1.0), "negative amounts in the rows of 1"),
    (spoilt(np.nan), "NaN or infinite amounts in the rows of 1"),
    (spoilt(np.inf), "NaN or infinite amounts in the rows of 1"),
    (spoilt(1.0, (2, 2)), "diagonal.* at 2"),
    (GOOD[:2], "square"),
    (GOOD[0], "two dimensions"),
    ([[0, "much", 0]] * 3, "not an array of numbers"),
    (GOOD * 1j, "complex"),
    (sparse.csr_array(GOOD[:2]), "square"),
    (sparse.csr_array(spoilt(-1.0)), "negative"),
    (pd.DataFrame(GOOD, index=list("abc"), columns=list("abd")), "names of rows and columns differ"),
    (nx.from_numpy_array(GOOD + GOOD.T), "directed"),
    (nx.DiGraph([(0, 1), (1, 2)]), "neither amount nor weight"),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("matrix", "message"), BAD)
def test_bad_matrices(method, matrix, message):
    with pytest.raises(NetworkError, match=message):
        METHODS[method](matrix)


@pytest.mark.parametrize("method", METHODS)
def test_good_matrices_of_every_kind(method):
    for kind in (GOOD, sparse.csr_matrix(GOOD), sparse.coo_array(GOOD), pd.DataFrame(GOOD), GOOD.astype(int)):
        METHODS[method](kind)


def named(order="abc"):
    graph = nx.DiGraph()
    graph.add_nodes_from(order)
    graph.add_edge("a", "b", amount=2.0)
    return graph


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: clearing.clear(GOOD, [1, 1]), "external_assets: 3 figures are needed"),
        (lambda: clearing.clear(GOOD, [1, -1, 1]), "external_assets: .* at 1"),
        (lambda: clearing.clear(GOOD, [1, np.nan, 1]), "external_assets: NaN at 1"),
        (lambda: clearing.clear(GOOD, [1, np.inf, 1]), "external_assets"),
        (lambda: clearing.clear(GOOD, [1, 1, 1], external_liabilities=[0, 0, -2]), "external_liabilities: .* at 2"),
        (lambda: clearing.clear(GOOD, [1, 1, 1], external_rank="first"), "external_rank: must be one of"),
        (lambda: clearing.clear(GOOD, [1, 1, 1], solution="best"), "solution: must be one of"),
        (lambda: clearing.clear(GOOD, [1, 1, 1], alpha=1.5), "alpha: must be from 0 to 1"),
        (lambda: clearing.clear(GOOD, [1, 1, 1], beta=np.nan), "beta: must be from 0 to 1"),
        (lambda: clearing.clear(GOOD, {"a": 1, "b": 1, "c": 1}), "has no names"),
        (lambda: clearing.clear(named(), {"a": 1, "b": 1, "d": 1}), r"missing \['c'\], unknown \['d'\]"),
        (lambda: clearing.clear_by_seniority([], [1]), "at least one rank"),
        (lambda: clearing.clear_by_seniority([GOOD, np.zeros((2, 2))], [1, 1, 1]), "rank 1: 2 nodes"),
        (lambda: clearing.clear_by_seniority([named(), named("abcd")], [1, 1, 1]), r"unknown \['d'\]"),
        (lambda: clearing.clear_by_seniority([GOOD], [1, 1, 1], external_liabilities=[[0] * 3] * 2), "1 ranks"),
        (lambda: cascade.furfine(GOOD, [1, 0, -1], [False] * 3), "not positive at the start at 1, 2"),
        (lambda: cascade.furfine(named(), {"a": 1, "b": 0, "c": 1}, {"a"}), "at b"),
        (lambda: cascade.furfine(named(), [1, 1, 1], {"z"}), "no such nodes"),
        (lambda: cascade.furfine(GOOD, [1, 1, 1], [True]), "boolean mask"),
        (lambda: cascade.furfine(GOOD, [1, 1, 1], [0.5, 0, 0]), "boolean mask"),
        (lambda: cascade.furfine(GOOD, [1, 1, 1], [True] * 3, loss_given_default=1.2), "from 0 to 1"),
        (lambda: debtrank.debtrank(GOOD, [1, 0, 1], [0, 0, 0]), "equity: not positive at the start at 1"),
        (lambda: debtrank.debtrank(GOOD, [1, 1, 1], [0, 1.5, 0]), "shock: must be from 0 to 1, .* at 1"),
        (lambda: debtrank.debtrank(GOOD, [1, 1, 1], [0, 0, 0], variant="cubic"), "variant: must be one of"),
        (lambda: debtrank.debtrank(GOOD, [1, 1, 1], [0, 0, 0], alpha=2.0), "alpha: has no meaning"),
        (lambda: debtrank.debtrank(GOOD, [1, 1, 1], [0, 0, 0], variant="nonlinear", alpha=-1), "alpha: must be"),
        (lambda: debtrank.debtrank(GOOD, [1, 1, 1], [0, 0, 0], weights=[1, -1, 0]), "weights"),
        (lambda: debtrank.impact_of_each(GOOD, [1, -1, 1]), "equity: not positive at the start at 1"),
        (lambda: fire_sale.equilibrium([1], [1], [0], leverage_cap=9, volatility=0, volume=1, kappa=1), "equity"),
        (lambda: fire_sale.threshold([[-1]], [1], [1], depth=1), "securities: negative"),
        (lambda: fire_sale.threshold([[1]], [1], [1], depth=0), "depth: must be positive"),
        (lambda: fire_sale.threshold([[1]], [1], [1], depth=1, target=40), "target"),
        (lambda: fire_sale.threshold([[1]], [1], [1], depth=1, shock=12.0), "shock"),
        (lambda: valuation.neva(GOOD, [1] * 3, [1] * 3, valuation="market"), "valuation: must be one of"),
    ],
)
def test_bad_figures(call, message):
    with pytest.raises(NetworkError, match=message):
        call()


def test_a_message_names_a_few_and_counts_the_rest():
    with pytest.raises(NetworkError, match="0, 1, 2, 3, 4 and 15 more"):
        debtrank.impact_of_each(np.zeros((20, 20)), np.zeros(20))


def test_the_error_is_a_value_error_and_one_of_the_package():
    assert issubclass(NetworkError, ValueError)
    assert issubclass(NetworkError, SimError)
    assert NetworkError.exit_code == 2
