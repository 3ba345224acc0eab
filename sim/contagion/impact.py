"""What the failure of each node alone would do to all others, exactly, for all nodes at once.

Where no other node loses all its equity, linear stress is linear: with G = (I - Lam)^-1 the stress after the failure of
s is G[:, s] / G[s, s]. The inverse is found in single precision, which halves time and memory. Sums need more: w'G is
solved in double precision, and the diagonal is corrected by one Newton step, diag(G + G (I - (I - Lam) G)), of which
only the diagonal is formed. Failures of which the check cannot show that no other node is lost, and networks that
amplify without limit (spectral radius of Lam of 1 or more), are settled by rounds, many failures at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from sim.contagion import stress as linear_stress
from sim.contagion.inputs import Bools, Floats, network, positive_equity, vector
from sim.contagion.radius import spectral_radius_of

BLOCK = 256
"""Failures settled together."""
MARGIN = 1e-3
"""By how much the stress of another node must stay below 1 in single precision to be surely below it."""
LARGEST_DEFECT = 1e-3
"""Above this defect of the inverse in single precision its correction is no longer exact, and rounds are used."""
ACCURACY = 1e-14
REFINEMENTS = 12
ROUNDS = 512
"""Rounds of a block before its unsettled failures are each settled alone."""


def impact_of_each(exposures: Any, equity: Any, *, weights: Any = None) -> Floats:
    """For each node s: sum of weights x stress of the others when s alone loses all its equity (linear DebtRank).

    `exposures[i, j]` is what i is owed by j; `weights` are by default each node's share of all equity. The own loss of
    s is not counted. Equal to `debtrank(...).impact` of one full default at a time.

    >>> impact_of_each([[0, 0, 4], [5, 0, 0], [0, 2, 0]], [10, 10, 10]).round(6).tolist()
    [0.2, 0.093333, 0.2]
    """
    claims = network(exposures, "exposures")
    capital = positive_equity(equity, claims.size, claims.names)
    given = capital / capital.sum() if weights is None else vector(weights, claims.size, "weights", claims.names)
    lam = linear_stress.leverage(claims, capital, np.ones(claims.size))
    impact, sure = _by_inverse(lam, given)
    rest = np.flatnonzero(~sure)
    for start in range(0, rest.size, BLOCK):
        nodes = rest[start : start + BLOCK]
        stress = _by_rounds(lam, nodes)
        impact[nodes] = given @ stress - given[nodes]
    return impact


def _by_inverse(lam: sparse.csr_array, weights: Floats) -> tuple[Floats, Bools]:
    """Impacts by the inverse, and for which nodes they are sure to hold: for none if it does not apply."""
    size = lam.shape[0]
    nothing = np.zeros(size), np.zeros(size, bool)
    if spectral_radius_of(lam) >= 1.0:
        return nothing
    system = (sparse.eye_array(size, format="csr") - lam).astype(np.float32).toarray(order="F")
    try:
        inverse = linalg.inv(system, overwrite_a=True, check_finite=False)
    except linalg.LinAlgError:
        return nothing
    total = _row_sums(lam, weights, inverse)
    if total is None:
        return nothing
    diagonal, largest = np.empty(size), np.empty(size)
    for start in range(0, size, BLOCK):
        columns = np.arange(start, min(size, start + BLOCK))
        within = columns - start
        part = inverse[:, columns].astype(np.float64)
        defect = lam @ part - part
        defect[columns, within] += 1.0
        if not np.abs(defect).max() <= LARGEST_DEFECT:
            return nothing
        diagonal[columns] = part[columns, within] + np.einsum("sk,ks->s", inverse[columns], defect)
        part[columns, within] = 0.0
        largest[columns] = part.max(axis=0) / diagonal[columns]
    return total / diagonal - weights, largest < 1.0 - MARGIN


def _row_sums(lam: sparse.csr_array, weights: Floats, inverse: NDArray[np.float32]) -> Floats | None:
    """y = weights' G in double precision, by refinement: y' (I - Lam) = weights'; None if it does not settle."""
    total: Floats = np.zeros(weights.size)
    for _ in range(REFINEMENTS):
        missing = weights - (total - lam.T @ total)
        correction = (missing.astype(np.float32) @ inverse).astype(np.float64)
        total = total + correction
        if not np.isfinite(total).all():
            return None
        if np.abs(correction).max() <= ACCURACY * np.abs(total).max():
            return total
    return None


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
