"""The compiled round of clearing: pays node by node and passes on only what changed."""

from __future__ import annotations

from numba import njit


@njit(cache=True, error_model="numpy")
def relax(starts, columns, amounts, due, before, total, assets, alpha, beta, rates, inflow, tolerance, most):
    """Rounds over all nodes until no rate of payment would still move by more than `tolerance`; at most `most`.

    `rates` (rank, node) and `inflow` are changed in place and must agree at the start. Returns the rounds done, and
    whether the tolerance was reached. A node's rates change at once and its creditors receive the difference, so a node
    that goes on paying all costs nothing.
    """
    ranks, nodes = due.shape
    last = 0.0
    for done in range(1, most + 1):
        largest = 0.0
        for i in range(nodes):
            left = total[i]
            if assets[i] + inflow[i] < total[i] * (1.0 - tolerance):
                left = alpha * assets[i] + beta * inflow[i]
            for s in range(ranks):
                if due[s, i] > 0.0:
                    rate = min(1.0, max(0.0, (left - before[s, i]) / due[s, i]))
                    change = rate - rates[s, i]
                    if change != 0.0:
                        largest = max(largest, abs(change))
                        rates[s, i] = rate
                        for k in range(starts[s, i], starts[s, i + 1]):
                            inflow[columns[k]] += change * amounts[k]
        shrinking = largest / last if last > 0.0 else 0.0
        last = largest
        if largest == 0.0 or (shrinking < 1.0 and largest * max(1.0, shrinking / (1.0 - shrinking)) <= tolerance):
            return done, True
    return most, False
