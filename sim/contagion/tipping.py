"""The leverage at which a network tips: a little more of it, and a shock that few did not survive is survived by few.

Below it linear stress dies out, above it grows until nodes fail (Bardoscia and others, PLoS ONE 10 (2015) e0130406):
the critical multiple of today's leverage is 1 / spectral radius of A_ij / E_i. Around it failures rise by a jump, not
in proportion: that is what is meant by a tipping point (Cont and Schaanning 2017 find the same of fire sales).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.contagion.debtrank import debtrank
from sim.contagion.inputs import NetworkError, network, positive_equity
from sim.contagion.sinkrank import spectral_radius

FAILED = 1 - 1e-9
"""Stress from which on a node has lost its equity."""


@dataclass(frozen=True)
class Sweep:
    """Nodes that fail at each multiple of today's claims, equity being what it is; the shock's own are among them."""

    multiples: tuple[float, ...]
    failures: tuple[int, ...]

    @property
    def steepest(self) -> tuple[float, float, int]:
        """(from, to, more failures): the step of the sweep over which most fail in addition; the first of equals."""
        more = np.diff(self.failures)
        step = int(np.argmax(more))
        return self.multiples[step], self.multiples[step + 1], int(more[step])


def critical_multiple(exposures: Any, equity: Any) -> float:
    """By how much claims can grow, equity being what it is, before stress amplifies; infinite without cycles.

    >>> critical_multiple([[0, 0, 5], [5, 0, 0], [0, 5, 0]], [10, 10, 10])
    2.0
    """
    radius = spectral_radius(exposures, equity)
    return float("inf") if radius == 0.0 else round(1.0 / radius, 12)


def sweep(exposures: Any, equity: Any, shock: Any, multiples: Sequence[float]) -> Sweep:
    """Failures after a shock with all claims multiplied by each of `multiples`, rising; arguments as in `debtrank`.

    >>> sweep([[0, 0, 5], [5, 0, 0], [0, 5, 0]], [10, 10, 10], [0.1, 0, 0], [1.0, 1.5, 1.9, 2.1]).failures
    (0, 0, 0, 3)
    """
    if len(multiples) < 2 or any(b <= a for a, b in itertools.pairwise(multiples)) or multiples[0] < 0:
        raise NetworkError("multiples: give at least two, rising from 0 or more")
    claims = network(exposures, "exposures")
    capital = positive_equity(equity, claims.size, claims.names)
    failures = [
        int((debtrank(claims.matrix * multiple, capital, shock).stress >= FAILED).sum()) for multiple in multiples
    ]
    return Sweep(tuple(multiples), tuple(failures))
