"""The cascade of failures: who fails because others failed, at a fixed loss given default.

Source: Furfine, Journal of Money, Credit and Banking 35 (2003) 111. Convention: a node fails when its loss reaches its
equity (loss >= equity) and it has a loss at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.contagion.inputs import Bools, Floats, Names, mask, network, positive_equity, vector

ROUNDING = 1e-12
"""A loss that misses equity by less than this part of it has reached it: the unit of money decides no failure."""


@dataclass(frozen=True)
class Cascade:
    """Who has failed in the end, each node's loss on all that failed (unit of the input), rounds with new failures.

    `failed_in` is the round of each node's failure: 0 before the start, -1 never.
    """

    failed: Bools
    losses: Floats
    rounds: int
    failed_in: np.ndarray
    names: Names = None


def furfine(exposures: Any, equity: Any, failed: Any, *, loss_given_default: Any = 1.0) -> Cascade:
    """Node i fails when the sum over failed j of loss_given_default_j x A_ij >= E_i, until nobody else does.

    `exposures[i, j]` = A_ij is what i is owed by j; `failed` marks who has failed before the start;
    `loss_given_default` is one share or one a debtor. Losses of nodes that failed themselves are counted too.

    >>> result = furfine([[0, 0, 0], [8, 0, 0], [4, 6, 0]], [5, 8, 10], [True, False, False])
    >>> result.failed.tolist(), result.losses.tolist(), result.rounds
    ([True, True, True], [0.0, 8.0, 10.0], 2)
    """
    claims = network(exposures, "exposures")
    down = mask(failed, claims.size, "failed", claims.names)
    capital = positive_equity(equity, claims.size, claims.names, spared=down)
    lost = vector(loss_given_default, claims.size, "loss_given_default", claims.names, most=1.0)
    failed_in = np.where(down, 0, -1)
    losses = claims.matrix @ (lost * down)
    rounds = 0
    while True:
        new = (losses >= capital * (1.0 - ROUNDING)) & (losses > 0.0) & (failed_in < 0)
        if not new.any():
            return Cascade(failed_in >= 0, losses, rounds, failed_in, claims.names)
        rounds += 1
        failed_in[new] = rounds
        losses = claims.matrix @ (lost * (failed_in >= 0))
