"""How fast the library of contagion is, against plain Python over networkx and dictionaries in the same process.

    python -m benchmarks.contagion [--nodes 10000] [--impact 1000] [--each 10]

Figures are processor seconds, best of several. The plain versions do what most published scripts do: they walk the
edges of a networkx graph or of dictionaries, round after round, to the same tolerance. The plain impact of each node
is measured on a few failures and multiplied; everything else is run in full.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import pairwise
from time import process_time
from typing import Any

import networkx as nx
import numpy as np
from scipy import sparse

from benchmarks.measuring import machine
from sim.contagion.cascade import furfine
from sim.contagion.clearing import clear, clear_by_seniority
from sim.contagion.debtrank import debtrank, impact_of_each

DEGREE = 20
TOLERANCE = 1e-9


def system(nodes: int, seed: int = 1) -> tuple[sparse.csr_array, np.ndarray, np.ndarray, np.ndarray]:
    """Liabilities with `DEGREE` links a node, external assets and liabilities, and equity (leverage about 0.8)."""
    draw = np.random.default_rng(seed)
    rows = np.repeat(np.arange(nodes), DEGREE)
    columns = draw.integers(0, nodes, rows.size)
    kept = rows != columns
    amounts = draw.lognormal(0, 1, kept.sum())
    owed = sparse.csr_array(sparse.coo_array((amounts, (rows[kept], columns[kept])), shape=(nodes, nodes)))
    outside = owed.sum(axis=1) * 0.5
    assets = draw.lognormal(0, 1, nodes) * 20
    equity = owed.sum(axis=0) / 0.8 + 1.0
    return owed, assets, outside, equity


def graph_of(matrix: sparse.csr_array) -> nx.DiGraph:
    """The same amounts as a networkx graph."""
    return nx.from_scipy_sparse_array(matrix, create_using=nx.DiGraph, edge_attribute="amount")


def plain_clear(graph: nx.DiGraph, assets: np.ndarray, outside: np.ndarray) -> list[float]:
    """Eisenberg-Noe by rounds over the edges of a graph."""
    due = {i: sum(data["amount"] for _, _, data in graph.out_edges(i, data=True)) + outside[i] for i in graph}
    paid = dict(due)
    change = 1.0
    while change > TOLERANCE:
        new = {}
        for i in graph:
            inflow = sum(paid[j] * data["amount"] / due[j] for j, _, data in graph.in_edges(i, data=True))
            new[i] = min(due[i], assets[i] + inflow)
        change = max(abs(new[i] - paid[i]) for i in graph)
        paid = new
    return [paid[i] for i in sorted(graph)]


def plain_debtrank(claims: list[list[tuple[int, float]]], start: int) -> list[float]:
    """Linear DebtRank of one failure by rounds over dictionaries: `claims[i]` are debtor and leverage."""
    size = len(claims)
    before, stress = [0.0] * size, [0.0] * size
    stress[start] = 1.0
    change = 1.0
    while change > TOLERANCE:
        new = [
            min(1.0, stress[i] + sum(share * (stress[j] - before[j]) for j, share in claims[i])) for i in range(size)
        ]
        change = max(abs(a - b) for a, b in zip(new, stress, strict=True))
        before, stress = stress, new
    return stress


def best(function: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Processor seconds of the fastest of several calls after one to warm up, and the result."""
    result = function()
    taken = []
    for _ in range(repeats):
        start = process_time()
        result = function()
        taken.append(process_time() - start)
    return min(taken), result


def once(function: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of one call, and the result."""
    start = process_time()
    result = function()
    return process_time() - start, result


def clearing_lines(nodes: int) -> None:
    """Clearing, cascade and one DebtRank against loops."""
    owed, assets, outside, equity = system(nodes)
    graph = graph_of(owed)
    fast, found = best(lambda: clear(owed, assets, external_liabilities=outside), 20)
    slow, expected = once(lambda: plain_clear(graph, assets, outside))
    off = np.abs(found.payments - expected).max()
    print(f"clearing, n = {nodes:,}, {found.defaulted.mean():.0%} in default, {found.rounds} rounds")
    print(
        f"  library {1e3 * fast:9.2f} ms   networkx {1e3 * slow:11.1f} ms   ratio {slow / fast:8,.0f}   off {off:.0e}"
    )
    costs, _ = best(lambda: clear(owed, assets, external_liabilities=outside, alpha=0.9, beta=0.9), 5)
    ranks, _ = best(lambda: clear_by_seniority([owed, owed * 0.5, owed * 0.25], assets), 5)
    print(f"  with costs of default {1e3 * costs:.2f} ms, three ranks {1e3 * ranks:.2f} ms")
    exposures = sparse.csr_array(owed.T)
    start = np.arange(nodes) < nodes // 100
    cascade, _ = best(lambda: furfine(exposures, equity / 4, start), 5)
    shock = np.where(start, 0.5, 0.0)
    one, _ = best(lambda: debtrank(exposures, equity, shock), 5)
    print(f"  cascade {1e3 * cascade:.2f} ms, DebtRank of one shock {1e3 * one:.2f} ms")


def impact_lines(nodes: int, sample: int) -> None:
    """The impact of each node against loops over dictionaries, of which a few failures are run."""
    owed, _, _, equity = system(nodes)
    exposures = sparse.csr_array(owed.T)
    fast, impact = (
        best(lambda: impact_of_each(exposures, equity), 3)
        if nodes <= 2_000
        else once(lambda: impact_of_each(exposures, equity))
    )
    lam = sparse.csr_array(sparse.diags_array(1.0 / equity) @ exposures)
    claims = [list(zip(*part, strict=True)) for part in _rows(lam)]
    picked = range(0, nodes, max(1, nodes // sample))
    slow, stresses = once(lambda: [plain_debtrank(claims, node) for node in picked])
    weights = equity / equity.sum()
    off = max(
        abs(float(weights @ np.array(h)) - weights[node] - impact[node])
        for node, h in zip(picked, stresses, strict=True)
    )
    whole = slow / len(picked) * nodes
    print(f"impact of each of {nodes:,} nodes (loops: {len(picked)} of them, multiplied)")
    print(f"  library {fast:9.3f} s    loops {whole:13,.0f} s    ratio {whole / fast:8,.0f}   off {off:.0e}")


def _rows(matrix: sparse.csr_array) -> list[tuple[list[int], list[float]]]:
    """Columns and amounts of each row, as plain Python."""
    ends = matrix.indptr.tolist()
    columns, data = matrix.indices.tolist(), matrix.data.tolist()
    return [(columns[a:b], data[a:b]) for a, b in pairwise(ends)]


def main() -> None:
    """Print all lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=10_000, help="nodes of the clearing problem")
    parser.add_argument("--impact", type=int, nargs="*", default=[1_000], help="nodes of the impact problems")
    parser.add_argument("--each", type=int, default=5, help="failures that the plain loops run")
    given = parser.parse_args()
    print(machine())
    clearing_lines(given.nodes)
    for nodes in given.impact:
        impact_lines(nodes, given.each)


if __name__ == "__main__":
    main()
