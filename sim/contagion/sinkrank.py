"""Measures of the network itself: how fast money reaches a node, and how strongly leverage amplifies.

Sources: SinkRank, Soramaki and Cook, Economics 7 (2013) 2013-28; spectral radius, Bardoscia and others, PLoS ONE 10
(2015) e0130406.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from sim.contagion import stress
from sim.contagion.inputs import Floats, network, positive_equity, vector
from sim.contagion.radius import spectral_radius_of


def sinkrank(payments: Any) -> Floats:
    """1 / the mean number of payments until a unit of money at another node reaches node s, for each s.

    `payments[i, j]` is what i pays to j; a unit at i goes to j in proportion. The start is any other node with equal
    chance. 0 where money may never arrive: it must be sure to. With the fundamental matrix Z = (I - P + 1 pi')^-1 of
    the chain the mean number from i to s is (Z_ss - Z_is) / pi_s, which is t = (I - Q)^-1 1 for all sinks at once.

    >>> sinkrank([[0, 1, 0], [1, 0, 1], [0, 1, 0]]).round(6).tolist()
    [0.285714, 1.0, 0.285714]
    """
    paid = network(payments, "payments")
    size = paid.size
    ranks = np.zeros(size)
    closed = _closed_part(paid.matrix)
    if closed is None or size < 2:
        return ranks
    total = paid.matrix.sum(axis=1)
    chain = (sparse.diags_array(np.divide(1.0, total, out=np.zeros(size), where=total > 0.0)) @ paid.matrix).toarray()
    chain[total == 0.0, total == 0.0] = 1.0
    stationary = np.linalg.solve(np.eye(size) - chain.T + 1.0, np.ones(size))
    fundamental = np.linalg.inv(np.eye(size) - chain + stationary)
    own = np.diag(fundamental)[closed]
    steps = (size * own - fundamental[:, closed].sum(axis=0)) / stationary[closed]
    ranks[closed] = (size - 1) / steps
    return ranks


def _closed_part(matrix: sparse.csr_array) -> np.ndarray | None:
    """The nodes money cannot leave, if they are one strongly connected part: it is where all money ends."""
    parts, part = connected_components(matrix, directed=True, connection="strong")
    edges = matrix.tocoo()
    leaves = np.zeros(parts, bool)
    leaves[part[edges.row[part[edges.row] != part[edges.col]]]] = True
    closed = np.flatnonzero(~leaves)
    return np.flatnonzero(part == closed[0]) if closed.size == 1 else None


def spectral_radius(exposures: Any, equity: Any, *, loss_given_default: Any = 1.0) -> float:
    """The spectral radius of Lam_ij = loss_given_default_j A_ij / E_i: linear stress amplifies without limit from 1 on.

    >>> round(spectral_radius([[0, 4], [9, 0]], [10, 10]), 9)
    0.6
    """
    claims = network(exposures, "exposures")
    capital = positive_equity(equity, claims.size, claims.names)
    lost = vector(loss_given_default, claims.size, "loss_given_default", claims.names, most=1.0)
    return spectral_radius_of(stress.leverage(claims, capital, lost))
