"""Links by chance in proportion to size: the fitness model, fitted to a number of links.

Source: Cimini, Squartini, Garlaschelli and Gabrielli, Scientific Reports 5 (2015) 15758.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from sim.contagion.inputs import Floats, NetworkError
from sim.contagion.margins import margins


@dataclass(frozen=True)
class Fitness:
    """`probabilities[i, j]` of a link, and its amount if there is one (`amounts`); `z` is the fitted parameter.

    Expected amounts are assets_i liabilities_j / total off the diagonal, so that expected totals fall short of the
    given ones by the part that would stand on the diagonal.
    """

    probabilities: Floats
    amounts: Floats
    z: float

    def draw(self, seed: int) -> Floats:
        """One network: every link drawn on its own; the same seed gives the same network."""
        chance = np.random.Generator(np.random.Philox(seed)).random(self.probabilities.shape)
        return np.where(chance < self.probabilities, self.amounts, 0.0)


def fitness(assets: Any, liabilities: Any, *, links: float) -> Fitness:
    """p_ij = z x_i y_j / (1 + z x_i y_j) with z such that the p add up to `links`; w_ij = x_i y_j / (W p_ij).

    x are assets, y liabilities, W their sum. `links` is the number expected, less than the pairs with a claim and a
    debt.

    >>> model = fitness([3, 2, 1], [2, 2, 2], links=3)
    >>> round(float(model.probabilities.sum()), 9), round(float(model.probabilities[0, 1]), 6)
    (3.0, 0.622217)
    """
    owed_to, owed = margins(assets, liabilities)
    total = owed_to.sum()
    product = np.outer(owed_to, owed)
    np.fill_diagonal(product, 0.0)
    possible = int(np.count_nonzero(product))
    if not 0.0 < links < possible:
        raise NetworkError(f"links: must be more than 0 and less than the {possible} pairs that can be linked")
    scale = product[product > 0.0].mean()

    def surplus(log_z: float) -> float:
        strength = np.exp(log_z) * (product / scale)
        return float((strength / (1.0 + strength)).sum() - links)

    low, high = -1.0, 1.0
    while surplus(low) > 0.0:
        low *= 2.0
    while surplus(high) < 0.0:
        high *= 2.0
    z = float(np.exp(brentq(surplus, low, high, xtol=1e-13))) / scale
    probabilities = z * product / (1.0 + z * product)
    amounts = np.divide(product / total, probabilities, out=np.zeros_like(product), where=probabilities > 0.0)
    return Fitness(probabilities, amounts, z)
