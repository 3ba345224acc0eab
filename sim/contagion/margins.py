"""Margins a network can have, and the network of greatest entropy that has them.

Source: Upper and Worms, European Economic Review 48 (2004) 827.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.contagion.inputs import Floats, NetworkError, vector

EQUAL = 1e-9
"""Margins may differ in their sums by this part: they are published rounded. The sums are then made equal."""
ROUNDING = 1e-12
TOLERANCE = 1e-13
MOST_ROUNDS = 200_000


def margins(assets: Any, liabilities: Any) -> tuple[Floats, Floats]:
    """Totals that some network without claims on oneself can have, or an error that says why none can."""
    first = np.asarray(list(assets.values()) if hasattr(assets, "values") and callable(assets.values) else assets)
    size = first.size
    names = tuple(assets) if hasattr(assets, "keys") else None
    owed_to, owed = vector(assets, size, "assets", names), vector(liabilities, size, "liabilities", names)
    total = owed_to.sum()
    if abs(total - owed.sum()) > EQUAL * max(total, owed.sum()):
        raise NetworkError(
            f"assets add up to {total:g} but liabilities to {owed.sum():g}: what one is owed another owes"
        )
    if total > 0.0:
        owed = owed * (total / owed.sum())
    wrong = owed_to + owed > total * (1.0 + EQUAL)
    if wrong.any():
        raise NetworkError(
            f"assets, liabilities: nodes {np.flatnonzero(wrong).tolist()[:5]} are owed more than all others owe"
        )
    return owed_to, owed


def maximum_entropy(assets: Any, liabilities: Any) -> Floats:
    """The network A_ij = x_i y_j (i not j) with the given totals: entropy is greatest under totals and a zero diagonal.

    Found by scaling rows and columns in turn, x_i = assets_i / (Y - y_i), y_j = liabilities_j / (X - x_j), which is
    iterative proportional fitting without forming the matrix.

    >>> maximum_entropy([3, 2, 1], [2, 2, 2]).round(4).tolist()
    [[0.0, 1.6389, 1.3611], [1.3611, 0.0, 0.6389], [0.6389, 0.3611, 0.0]]
    """
    owed_to, owed = margins(assets, liabilities)
    total = owed_to.sum()
    if not total > 0.0:
        return np.zeros((owed_to.size, owed_to.size))
    hub = int(np.argmax(owed_to + owed))
    if owed_to[hub] + owed[hub] >= total * (1.0 - ROUNDING):
        return _star(owed_to, owed, hub)
    rows, columns = owed_to / total, owed / total
    for _ in range(MOST_ROUNDS):
        rows = _scaled(owed_to / total, columns)
        columns = _scaled(owed / total, rows)
        reached = rows * (columns.sum() - columns)
        if np.abs(reached - owed_to / total).max() <= TOLERANCE:
            matrix: Floats = np.outer(rows, columns) * total
            np.fill_diagonal(matrix, 0.0)
            return matrix
        balance = np.sqrt(rows.sum() / columns.sum())
        rows, columns = rows / balance, columns * balance
    raise NetworkError("assets, liabilities: nearly only one network has these totals: scaling does not reach it")


def _star(owed_to: Floats, owed: Floats, hub: int) -> Floats:
    """The only network where one node is on one side of every claim; scaling would reach it in the limit only."""
    matrix = np.zeros((owed.size, owed.size))
    matrix[:, hub], matrix[hub, :] = owed_to, owed
    matrix[hub, hub] = 0.0
    return matrix


def _scaled(wanted: Floats, other: Floats) -> Floats:
    """One side of the scaling, given the other."""
    rest = other.sum() - other
    share: Floats = np.divide(wanted, rest, out=np.zeros_like(wanted), where=(wanted > 0.0) & (rest > 0.0))
    return share
