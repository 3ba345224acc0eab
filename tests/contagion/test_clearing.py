"""Clearing against a linear programme, against fictitious default, by hand, and by what must always hold."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from claim_networks import amounts, system
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from sim.contagion.clearing import clear, clear_by_seniority

SEEDS = range(40)


def shares(liabilities, outside):
    due = liabilities.sum(axis=1) + outside
    return due, np.divide(liabilities, due[:, None], out=np.zeros_like(liabilities), where=due[:, None] > 0)


def by_linear_programme(liabilities, assets, outside):
    due, part = shares(liabilities, outside)
    n = len(due)
    return linprog(-np.ones(n), A_ub=np.eye(n) - part.T, b_ub=assets, bounds=[(0, d) for d in due], method="highs").x


def by_fictitious_default(liabilities, assets, outside, alpha, beta):
    """The greatest clearing vector: a default makes others default, until nobody else does; each step is solved."""
    due, part = shares(liabilities, outside)
    failed = np.zeros(len(due), bool)
    paid = due.copy()
    while True:
        now = assets + part.T @ paid < due * (1 - 1e-12)
        if (now <= failed).all():
            return paid
        failed |= now
        inside = np.flatnonzero(failed)
        solvent = np.flatnonzero(~failed)
        fixed = alpha * assets[inside] + beta * part[np.ix_(solvent, inside)].T @ due[solvent]
        paid = due.copy()
        paid[inside] = np.linalg.solve(np.eye(inside.size) - beta * part[np.ix_(inside, inside)].T, fixed)


@pytest.mark.parametrize("seed", SEEDS)
def test_payments_are_those_of_a_linear_programme(seed):
    liabilities, assets, outside = system(seed)
    found = clear(liabilities, assets, external_liabilities=outside)
    assert np.allclose(found.payments, by_linear_programme(liabilities, assets, outside), atol=1e-8)
    assert found.converged
    assert found.residual < 1e-11


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (0.5, 0.7), (0.0, 0.0), (0.9, 1.0), (1.0, 0.3)])
def test_with_costs_of_default_payments_are_those_of_fictitious_default(seed, alpha, beta):
    liabilities, assets, outside = system(seed)
    found = clear(liabilities, assets, external_liabilities=outside, alpha=alpha, beta=beta)
    expected = by_fictitious_default(liabilities, assets, outside, alpha, beta)
    assert np.allclose(found.payments, expected, atol=1e-11)


def test_three_banks_of_a_manual_by_hand():
    # the data of the example of R's systemicrisk; solved by hand: bank 2 pays 53/56 of what it owes, bank 1 33/56
    everyone = (1 - np.eye(3)) / 2
    found = clear(everyone, [1 / 2, 5 / 8, 3 / 4], external_liabilities=[3 / 2, 1 / 2, 1 / 2])
    assert np.allclose(found.payments, [2.5 * 33 / 56, 1.5 * 53 / 56, 1.5], atol=1e-14)
    assert found.defaulted.tolist() == [True, True, False]
    assert np.allclose(found.obligations, [2.5, 1.5, 1.5])


def test_the_rank_of_external_debt_changes_payments_round_a_cycle():
    cycle = [[0, 10, 0], [0, 0, 10], [10, 0, 0]]
    inputs = {"external_assets": [4, 1, 12], "external_liabilities": [10, 0, 11]}
    equal = clear(cycle, **inputs)
    senior = clear(cycle, **inputs, external_rank="senior")
    # by hand: p1 = 4 + 10/21 p3, p2 = 1 + p1/2, p3 = 12 + p2; or p1 = 4 + (p3 - 11), p2 = 1 + max(0, p1 - 10)
    assert np.allclose(equal.payments, [13.375, 7.6875, 19.6875], atol=1e-12)
    assert np.allclose(senior.payments, [6, 1, 13], atol=1e-12)
    assert (equal.external_rank, senior.external_rank) == ("pari_passu", "senior")


def test_a_sign_of_equity_that_the_rank_decides():
    chain = [[0, 10, 0], [0, 0, 0], [0, 0, 0]]
    equal = clear(chain, [10, 2, 0], external_liabilities=[10, 4, 0])
    senior = clear(chain, [10, 2, 0], external_liabilities=[10, 4, 0], external_rank="senior")
    assert equal.equity[1] == 3.0
    assert senior.equity[1] == -2.0


def test_greatest_and_least_differ_where_nothing_comes_from_outside():
    ring = [[0, 1], [1, 0]]
    assert clear(ring, [0, 0]).payments.tolist() == [1.0, 1.0]
    least = clear(ring, [0, 0], solution="least")
    assert least.payments.tolist() == [0.0, 0.0]
    assert least.solution == "least"


def test_with_costs_a_failure_can_be_self_fulfilling():
    ring = [[0, 10], [10, 0]]
    good = clear(ring, [2, 2], alpha=0.5, beta=0.5)
    bad = clear(ring, [2, 2], alpha=0.5, beta=0.5, solution="least")
    assert good.payments.tolist() == [10.0, 10.0]
    assert np.allclose(bad.payments, [2.0, 2.0])  # p = (2 + p) / 2
    assert bad.defaulted.all()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_least_solution_is_a_solution_and_not_above_the_greatest(seed):
    liabilities, assets, outside = system(seed)
    due, part = shares(liabilities, outside)
    for alpha, beta in ((1.0, 1.0), (0.6, 0.8)):
        least = clear(liabilities, assets, external_liabilities=outside, alpha=alpha, beta=beta, solution="least")
        great = clear(liabilities, assets, external_liabilities=outside, alpha=alpha, beta=beta)
        assert (least.payments <= great.payments + 1e-11).all()
        if alpha == beta == 1.0:
            assert np.allclose(np.maximum(least.equity, 0), np.maximum(great.equity, 0), atol=1e-9)
        have = assets + part.T @ least.payments
        again = np.where(have >= due * (1 - 1e-11), due, alpha * assets + beta * (part.T @ least.payments))
        assert np.allclose(least.payments, again, atol=1e-10)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 100), st.booleans())
def test_money_is_conserved_and_scale_does_not_matter(seed, scale, senior):
    liabilities, assets, outside = system(seed)
    rank = "senior" if senior else "pari_passu"
    found = clear(liabilities, assets, external_liabilities=outside, external_rank=rank)
    # all there is at first is there in the end: with the nodes as equity, or with outsiders
    assert np.isclose(assets.sum() + found.received.sum(), found.payments.sum() + np.maximum(found.equity, 0).sum())
    assert (found.payments <= found.obligations * (1 + 1e-12)).all()
    assert np.array_equal(found.defaulted, found.equity < -1e-12 * found.obligations)
    scaled = clear(liabilities * scale, assets * scale, external_liabilities=outside * scale, external_rank=rank)
    assert np.allclose(scaled.payments, found.payments * scale, rtol=1e-9, atol=1e-9 * scale)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 5))
def test_more_assets_never_mean_less_paid(seed, more):
    liabilities, assets, outside = system(seed)
    richer = assets.copy()
    richer[0] += more
    for alpha in (1.0, 0.5):
        poor = clear(liabilities, assets, external_liabilities=outside, alpha=alpha, beta=alpha)
        rich = clear(liabilities, richer, external_liabilities=outside, alpha=alpha, beta=alpha)
        assert (rich.payments >= poor.payments - 1e-10).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_senior_external_debt_is_a_rank_before_the_others(seed):
    liabilities, assets, outside = system(seed)
    found = clear(liabilities, assets, external_liabilities=outside, external_rank="senior")
    ranks = clear_by_seniority(
        [np.zeros_like(liabilities), liabilities], assets, external_liabilities=[outside, np.zeros(len(outside))]
    )
    assert np.allclose(found.payments, ranks.payments.sum(axis=0), atol=1e-12)
    assert np.allclose(found.equity, ranks.equity, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_rank_is_ordinary_clearing(seed):
    liabilities, assets, _ = system(seed)
    assert np.allclose(clear_by_seniority([liabilities], assets).payments[0], clear(liabilities, assets).payments)


def naive_seniority(ranks, assets, start):
    paid = np.array([rank.sum(axis=1) * start for rank in ranks])
    due = np.array([rank.sum(axis=1) for rank in ranks])
    for _ in range(20_000):
        rate = np.divide(paid, due, out=np.zeros_like(paid), where=due > 0)
        cash = assets + sum(rank.T @ rate[s] for s, rank in enumerate(ranks))
        new = np.array([np.clip(cash - due[:s].sum(axis=0), 0, due[s]) for s in range(len(ranks))])
        if np.abs(new - paid).max() < 1e-15:
            break
        paid = new
    return paid


@pytest.mark.parametrize("seed", SEEDS)
def test_three_ranks_with_cycles_are_those_of_plain_rounds(seed):
    nodes = 3 + seed % 12
    ranks = [amounts((seed, s), nodes, 0.25) for s in range(3)]
    assets = np.random.default_rng(seed).lognormal(0, 1, nodes)
    found = clear_by_seniority(ranks, assets)
    assert np.allclose(found.payments, naive_seniority(ranks, assets, 1.0), atol=1e-10)
    low = clear_by_seniority(ranks, assets, solution="least")
    assert np.allclose(low.payments, naive_seniority(ranks, assets, 0.0), atol=1e-10)
    # a junior rank is paid only when its seniors are paid in full
    for s in (1, 2):
        paid_junior = found.payments[s] > 1e-9
        assert np.allclose(found.payments[s - 1][paid_junior], found.obligations[s - 1][paid_junior], atol=1e-9)


def test_an_spv_and_its_holders_clear_in_one_problem():
    # node 0: SPV with collections of 95; 1: bank, holds the senior tranche of 80; 2: fund, holds the junior one of 20
    # and owes the bank 18
    senior, junior = np.zeros((3, 3)), np.zeros((3, 3))
    senior[0, 1], junior[0, 2], senior[2, 1] = 80, 20, 18
    found = clear_by_seniority([senior, junior], [95, 0, 1])
    assert found.payments[:, 0].tolist() == [80.0, 15.0]
    assert found.payments[0, 2] == 16.0
    assert found.received.tolist() == [0.0, 96.0, 15.0]
    assert found.equity.tolist() == [-5.0, 96.0, -2.0]


def test_isolated_and_one_sided_nodes():
    liabilities = np.zeros((4, 4))
    liabilities[0, 1] = 5
    found = clear(liabilities, [3, 0, 7, 0], external_liabilities=[0, 0, 9, 0])
    assert found.payments.tolist() == [3.0, 0.0, 7.0, 0.0]
    assert found.defaulted.tolist() == [True, False, True, False]
    assert clear(np.zeros((2, 2)), [1, 0]).payments.tolist() == [0.0, 0.0]


def test_kinds_of_input_give_one_answer_and_are_not_changed():
    liabilities, assets, outside = system(3, nodes=8)
    kept = sparse.coo_matrix(liabilities)
    doubled = sparse.coo_array(
        (np.tile(kept.data / 2, 2), (np.tile(kept.row, 2), np.tile(kept.col, 2))), shape=liabilities.shape
    )
    expected = clear(liabilities, assets, external_liabilities=outside).payments
    graph = nx.DiGraph()
    graph.add_nodes_from(range(8))
    graph.add_weighted_edges_from(zip(kept.row.tolist(), kept.col.tolist(), kept.data, strict=True))
    csr = sparse.csr_matrix(liabilities)
    before = csr.copy()
    for kind in (csr, sparse.csc_array(liabilities), doubled, graph, liabilities.tolist()):
        found = clear(kind, assets, external_liabilities=outside)
        assert np.allclose(found.payments, expected, atol=1e-12)
        assert found.payments.dtype == np.float64
    assert (csr != before).nnz == 0
    whole = clear(np.array([[0, 3], [0, 0]]), np.array([2, 0]))
    assert whole.payments.tolist() == [2.0, 0.0]


def test_named_figures_are_joined_by_name():
    liabilities, assets, outside = system(5, nodes=6)
    names = list("abcdef")
    graph = nx.from_numpy_array(liabilities, create_using=nx.DiGraph)
    graph = nx.relabel_nodes(graph, dict(enumerate(names)))
    plain = clear(liabilities, assets, external_liabilities=outside)
    shuffled = dict(sorted(zip(names, assets, strict=True), reverse=True))
    found = clear(graph, shuffled, external_liabilities=dict(zip(names, outside, strict=True)))
    assert found.names == tuple(names)
    assert np.allclose(found.payments, plain.payments)
    other = nx.DiGraph()
    other.add_nodes_from(reversed(names))
    other.add_edges_from(graph.edges(data=True))
    ranks = clear_by_seniority([graph, other], shuffled)
    assert np.allclose(ranks.payments, clear_by_seniority([liabilities, liabilities], assets).payments)


def test_money_that_hardly_leaks_out_is_still_solved():
    nodes = 40
    ring = np.roll(np.eye(nodes), 1, axis=1)
    for leak, solution in ((1e-6, "greatest"), (1e-6, "least"), (1e-4, "least")):
        assets = np.zeros(nodes)
        assets[0] = leak / 2
        found = clear(ring, assets, external_liabilities=leak, solution=solution)
        expected = by_linear_programme(ring, assets, np.full(nodes, leak))
        assert found.converged
        assert np.allclose(found.payments, expected, rtol=1e-6)


def test_what_could_not_be_settled_is_flagged():
    # nothing leaks out of two nodes that owe only each other: from nothing paid upwards a drop fills them too slowly
    found = clear([[0, 1], [1, 0]], [1e-9, 0], solution="least")
    assert not found.converged
    assert clear([[0, 1], [1, 0]], [1e-9, 0]).payments.tolist() == [1.0, 1.0]


def test_rounding_decides_no_default():
    found = clear([[0, 0.3], [0, 0]], [0.1 + 0.2 - 1e-16, 0], alpha=0.0)
    assert not found.defaulted.any()
