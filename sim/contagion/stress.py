"""Stress that travels along leverage: h = min(1, shock + Lam p(h)), and its least solution.

h_i is the share of its equity a node has lost, Lam_ij = loss_given_default_j x A_ij / E_i its leverage towards j, and
p(h) = h exp(alpha (h - 1)) how a debtor's stress marks down claims on it: alpha = 0 is linear, a large alpha a
threshold. The least solution is where the dynamics of DebtRank end, since they start from the shock and only rise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from sim.contagion.inputs import Floats, Network
from sim.contagion.linear import fixed_point

TOLERANCE = 1e-13
"""How far a settled stress may still be from the solution, as a share of equity."""
PATIENCE = 24
"""Rounds before the linear system of the nodes that are stressed but not lost is tried; doubled after each failure."""
MOST_ROUNDS = 100_000


@dataclass(frozen=True)
class Settled:
    """Stress of each node, the rounds it took, and by how much another round would move it."""

    stress: Floats
    rounds: int
    residual: float
    converged: bool


def leverage(exposures: Network, equity: Floats, loss_given_default: Floats) -> sparse.csr_array:
    """Lam_ij: what i loses, as a share of its equity, when j loses all of its own."""
    matrix = exposures.matrix
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    data = matrix.data * loss_given_default[matrix.indices] / equity[rows]
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def propensity(stress: Floats, alpha: float) -> Floats:
    """p(h) = h exp(alpha (h - 1))."""
    return stress if alpha == 0.0 else stress * np.exp(alpha * (stress - 1.0))


def settle(lam: sparse.csr_array, shock: Floats, alpha: float = 0.0) -> Settled:
    """The least h = min(1, shock + Lam p(h)), from the shock upwards."""
    stress, change, patience = shock, np.inf, PATIENCE
    for done in range(1, MOST_ROUNDS + 1):
        reached = np.minimum(1.0, shock + lam @ propensity(stress, alpha))
        before, change = change, float(np.max(np.abs(reached - stress), initial=0.0))
        stress = reached
        if change == 0.0 or (change < before and change * max(1.0, change / (before - change)) <= TOLERANCE):
            return Settled(stress, done, change, True)
        if done == patience and alpha == 0.0:
            patience *= 2
            stress = _linear_part(lam, shock, stress)
    return Settled(stress, MOST_ROUNDS, change, False)


def _linear_part(lam: sparse.csr_array, shock: Floats, stress: Floats) -> Floats:
    """Solve exactly for nodes that are stressed but not lost; the stress unchanged if any of them would be lost.

    Nodes the shock has not reached are left out: among themselves they may amplify without limit.
    """
    open_nodes = np.flatnonzero((stress > 0.0) & (stress < 1.0))
    if not open_nodes.size:
        return stress
    rows = lam[open_nodes]
    constant = shock[open_nodes] + rows @ (stress >= 1.0).astype(np.float64)
    try:
        solved = fixed_point(rows[:, open_nodes], constant, stress[open_nodes])
    except np.linalg.LinAlgError:
        return stress
    if (solved > 1.0).any() or (solved < stress[open_nodes] - TOLERANCE).any():
        return stress
    exact = stress.copy()
    exact[open_nodes] = solved
    return exact
