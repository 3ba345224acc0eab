"""The impact of the failure of each node by one inverse.

Stress after the failure of s is h = min(1, shock + Lam h) with h_s = 1. Let h0 be the greatest h0 = min(1, Lam h0):
what stress ends in once it has started, 0 if the spectral radius of Lam is below 1. With U the nodes not lost in h0
and G = (I - Lam_UU)^-1 the failure of s in U lifts stress to

    h = h0 + G[:, T] x,     h = 1 on T,

T being s and the nodes its failure takes with it. For most nodes T is s alone and h = h0 + (1 - h0_s) G[:, s] / G_ss.
If that exceeds 1 somewhere, T is found by policy iteration: a node above 1 joins T, and one that only T holds up (x >
0) leaves; stress then falls to the one solution there is (the map is concave). A node lost in h0 has impact h0.

h0 is where stress ends only for failures that reach what amplifies: if Lam has one strongly connected part of radius 1
or more these are known; if it has several, the inverse is not used.

Sums w'G are refined and the diagonal of G is corrected by a Newton step of which only the diagonal is formed, so that G
may be in single precision, which halves time and memory of large networks; a failure is then vouched for only if it
stays below 1 by a margin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import get_lapack_funcs
from scipy.sparse.csgraph import breadth_first_order

from sim.contagion.inputs import Bools, Floats
from sim.contagion.linear import fixed_point
from sim.contagion.radius import class_radii

DOUBLE = 3_000
"""Nodes up to which the inverse is in double precision."""
BLOCK = 256
"""Columns of the inverse that are checked together."""
MARGIN = 1e-3
"""By how much stress must stay below 1 in single precision to be surely below it."""
EDGE = 1e-10
"""A spectral radius this close to 1 is 1, and stress that comes this close to 1 by itself stays there."""
LARGEST_DEFECT = 1e-3
"""Above this defect of the inverse its corrections are no longer exact."""
ACCURACY = 1e-11
REFINEMENTS = 12
POLICIES = 60


def impact_by_inverse(lam: sparse.csr_array, weights: Floats) -> tuple[Floats, Bools]:
    """Impact of each node, and for which nodes it is vouched for."""
    size = lam.shape[0]
    nothing = np.zeros(size), np.zeros(size, bool)
    part, radii = class_radii(lam)
    amplifying = np.flatnonzero(radii >= 1.0 - EDGE)
    if amplifying.size > 1:
        return nothing
    reaching, ends_in = np.ones(size, bool), np.zeros(size)
    if amplifying.size:
        start = int(np.argmax(part == amplifying[0]))
        reaching[:] = False
        reaching[breadth_first_order(lam, start, return_predecessors=False)] = True
        found = _where_stress_ends(lam)
        if found is None:
            return nothing
        ends_in = found
    lost = ends_in >= 1.0
    impact = np.where(lost, weights @ ends_in, 0.0) - weights
    open_nodes = np.flatnonzero(~lost)
    sure = lost.copy()
    if open_nodes.size:
        lifted, vouched = _lifted(lam[open_nodes][:, open_nodes], weights[open_nodes], ends_in[open_nodes])
        impact[open_nodes] += weights @ ends_in + lifted
        sure[open_nodes] = vouched
    return impact, sure & reaching


def _where_stress_ends(lam: sparse.csr_array) -> Floats | None:
    """The greatest h = min(1, Lam h) by policy iteration from 1 downwards; None if a system is not solved."""
    stress = np.ones(lam.shape[0])
    kept: Bools = np.zeros(lam.shape[0], bool)
    for _ in range(POLICIES):
        below = lam @ stress < 1.0 - EDGE
        if np.array_equal(below, kept):
            return stress
        kept = below
        nodes = np.flatnonzero(kept)
        rows = lam[nodes]
        try:
            solved = fixed_point(rows[:, nodes], rows @ (~kept).astype(np.float64), stress[nodes])
        except np.linalg.LinAlgError:
            return None
        stress = np.ones(lam.shape[0])
        stress[nodes] = np.clip(solved, 0.0, 1.0)
    return None


def _lifted(lam: sparse.csr_array, weights: Floats, base: Floats) -> tuple[Floats, Bools]:
    """By how much the failure of each of these nodes lifts the weighted stress of all of them above `base`."""
    size = lam.shape[0]
    nothing = np.zeros(size), np.zeros(size, bool)
    exact = size <= DOUBLE
    inverse = _inverse(lam, np.float64 if exact else np.float32)
    total = None if inverse is None else _row_sums(lam, weights, inverse)
    if inverse is None or total is None:
        return nothing
    diagonal, vouched = np.empty(size), np.empty(size, bool)
    for start in range(0, size, BLOCK):
        columns = np.arange(start, min(size, start + BLOCK))
        within = columns - start
        part = inverse[:, columns].astype(np.float64)
        defect = lam @ part - part
        defect[columns, within] += 1.0
        if not np.abs(defect).max() <= LARGEST_DEFECT:
            return nothing
        own = part[columns, within] + np.einsum("sk,ks->s", inverse[columns], defect)
        stress = base[:, np.newaxis] + part * ((1.0 - base[columns]) / own)
        stress[columns, within] = 0.0
        diagonal[columns] = own
        vouched[columns] = stress.max(axis=0) <= (1.0 if exact else 1.0 - MARGIN)
    lifted = (1.0 - base) * total / diagonal
    if exact:
        for node in np.flatnonzero(~vouched).tolist():
            found = _with_followers(inverse, total, base, node)
            if found is not None:
                lifted[node], vouched[node] = found, True
    return lifted, vouched


def _with_followers(inverse: NDArray[np.floating], total: Floats, base: Floats, node: int) -> float | None:
    """The lift by a failure that takes other nodes with it; None if policy iteration does not end."""
    held = np.zeros(base.size, bool)
    held[node] = True
    for _ in range(POLICIES):
        nodes = np.flatnonzero(held)
        try:
            push = np.linalg.solve(inverse[np.ix_(nodes, nodes)], 1.0 - base[nodes])
        except np.linalg.LinAlgError:
            return None
        stress = base + inverse[:, nodes] @ push
        again = stress > 1.0
        again[nodes] = push <= 0.0
        again[node] = True
        if np.array_equal(again, held):
            return float(total[nodes] @ push)
        held = again
    return None


def _inverse(lam: sparse.csr_array, kind: type) -> NDArray[np.floating] | None:
    """(I - Lam)^-1, dense, in place; None if it is singular."""
    system = (sparse.eye_array(lam.shape[0], format="csr") - lam).astype(kind).toarray(order="F")
    factor, invert, room = get_lapack_funcs(("getrf", "getri", "getri_lwork"), (system,))
    factors, pivots, failed = factor(system, overwrite_a=True)
    if failed:
        return None
    inverse, failed = invert(factors, pivots, lwork=int(room(lam.shape[0])[0].real), overwrite_lu=True)
    return None if failed or not np.isfinite(inverse).all() else inverse


def _row_sums(lam: sparse.csr_array, weights: Floats, inverse: NDArray[np.floating]) -> Floats | None:
    """y = weights' G in double precision, by refinement: y' (I - Lam) = weights'; None if it does not settle."""
    total: Floats = np.zeros(weights.size)
    for _ in range(REFINEMENTS):
        missing = weights - (total - lam.T @ total)
        correction = (missing.astype(inverse.dtype) @ inverse).astype(np.float64)
        total = total + correction
        if not np.isfinite(total).all():
            return None
        if np.abs(correction).max() <= ACCURACY * np.abs(total).max():
            return total
    return None
