"""What the failure of each node alone would do to all others, exactly, for all nodes at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sim.contagion import stress as linear_stress
from sim.contagion.impact_by_inverse import impact_by_inverse
from sim.contagion.inputs import Floats, network, positive_equity, vector

BLOCK = 256
"""Failures settled together."""
ROUNDS = 64
"""Rounds of a block before its unsettled failures are each settled alone."""


def impact_of_each(exposures: Any, equity: Any, *, weights: Any = None) -> Floats:
    """For each node s: sum of weights x stress of the others when s alone loses all its equity (linear DebtRank).

    `exposures[i, j]` is what i is owed by j; `weights` are by default each node's share of all equity. The own loss of
    s is not counted. Equal to `debtrank(...).impact` of one full default at a time. All nodes are done by one inverse
    where it applies (`sim.contagion.impact_by_inverse`); what it cannot vouch for is settled by rounds, many at a time.

    >>> impact_of_each([[0, 0, 4], [5, 0, 0], [0, 2, 0]], [10, 10, 10]).round(6).tolist()
    [0.2, 0.093333, 0.2]
    """
    claims = network(exposures, "exposures")
    capital = positive_equity(equity, claims.size, claims.names)
    given = capital / capital.sum() if weights is None else vector(weights, claims.size, "weights", claims.names)
    lam = linear_stress.leverage(claims, capital, np.ones(claims.size))
    impact, sure = impact_by_inverse(lam, given)
    rest = np.flatnonzero(~sure)
    for start in range(0, rest.size, BLOCK):
        nodes = rest[start : start + BLOCK]
        impact[nodes] = given @ _by_rounds(lam, nodes) - given[nodes]
    return impact


def _by_rounds(lam: sparse.csr_array, nodes: NDArray[np.int64]) -> Floats:
    """Stress of all nodes, (node, failure), after the failure of each of `nodes`: h = min(1, shock + Lam h)."""
    size = lam.shape[0]
    shock = np.zeros((size, nodes.size))
    shock[nodes, np.arange(nodes.size)] = 1.0
    settled, open_ones, stress, before = np.empty_like(shock), np.arange(nodes.size), shock, np.full(nodes.size, np.inf)
    for _ in range(ROUNDS):
        reached = np.minimum(1.0, lam @ stress)
        reached[nodes[open_ones], np.arange(open_ones.size)] = 1.0
        change = np.abs(reached - stress).max(axis=0)
        slower = change >= before
        left = change * np.maximum(1.0, change / np.where(slower | (change == 0.0), 1.0, before - change))
        done = (change == 0.0) | (~slower & (left <= linear_stress.TOLERANCE))
        settled[:, open_ones[done]] = reached[:, done]
        if done.all():
            return settled
        if done.any():
            reached, change, open_ones = reached[:, ~done], change[~done], open_ones[~done]
        stress, before = reached, change
    for failure in open_ones:
        settled[:, failure] = linear_stress.settle(lam, shock[:, failure]).stress
    return settled
