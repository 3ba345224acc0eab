"""What a pool of so many loans may come to: the loss distribution of a large pool, and chance besides.

Given the factor Z of `sim.deals.rating_method`, each of n loans defaults by itself with the probability
    p(Z) = Phi((Phi^-1(p) + sqrt(rho) Z) / sqrt(1 - rho)),
so that their number is Poisson with mean n p(Z), and in all a mixture of Poisson numbers over the normal Z. The more
loans, the nearer it comes to the large pool (Gordy, J. Financial Intermediation 12 (2003) 199).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri, pdtr

from sim.deals.fields import PPM

_STEP: Final = 0.004
_FACTOR: Final = np.arange(-8.0, 8.0 + _STEP / 2, _STEP)
_WEIGHT: Final = np.exp(-(_FACTOR**2) / 2) / np.exp(-(_FACTOR**2) / 2).sum()


def tails_ppm(expected_ppm: int, correlation_ppm: int, loans: int, defaults: int) -> tuple[int, int]:
    """(P(no more than so many of the loans default), P(no fewer)), ppm, rounded once.

    Args:
        expected_ppm: expected share that defaults, above 0 and below all.
        correlation_ppm: asset correlation, below all.
        loans: loans that default each by itself.
        defaults: how many did.

    >>> tails_ppm(20_000, 0, 100, 2)  # Poisson with mean 2: P(<= 2) = 67.7 %, P(>= 2) = 59.4 %
    (676676, 593994)
    """
    rho = correlation_ppm / PPM
    chance = ndtr((ndtri(expected_ppm / PPM) + np.sqrt(rho) * _FACTOR) / np.sqrt(1 - rho))
    no_more = float(_WEIGHT @ pdtr(defaults, loans * chance))
    fewer = float(_WEIGHT @ pdtr(defaults - 1, loans * chance)) if defaults > 0 else 0.0
    return round(PPM * no_more), round(PPM * (1 - fewer))
