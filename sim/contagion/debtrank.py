"""DebtRank: how far distress short of failure travels along claims, and what each node's failure would do.

Sources: single hit, Battiston and others, Scientific Reports 2 (2012) 541; linear, Bardoscia and others, PLoS ONE 10
(2015) e0130406 with its correction e0134888; non-linear, Bardoscia and others, PLoS ONE 11 (2016) e0163825.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.contagion import stress as linear_stress
from sim.contagion.impact import impact_of_each
from sim.contagion.inputs import Floats, Names, Network, NetworkError, network, one_of, positive_equity, vector

__all__ = ["DebtRank", "debtrank", "impact_of_each"]

Variant = Literal["linear", "single_hit", "nonlinear"]
VARIANTS = ("linear", "single_hit", "nonlinear")


@dataclass(frozen=True)
class DebtRank:
    """Stress of each node (share of its equity lost, 0 to 1) and the impact: weights times stress beyond the shock.

    `residual` is by how much one more round would move a stress; `converged` is False if that is not negligible.
    """

    stress: Floats
    impact: float
    rounds: int
    residual: float
    converged: bool
    variant: str
    names: Names = None


def debtrank(
    exposures: Any,
    equity: Any,
    shock: Any,
    *,
    variant: Variant = "linear",
    loss_given_default: Any = 1.0,
    alpha: float = 0.0,
    weights: Any = None,
) -> DebtRank:
    """Stress h of all nodes after a shock, and impact = sum of weights x (h - shock).

    `exposures[i, j]` = A_ij is what i is owed by j; `shock` the share of its own equity each node loses at first;
    `loss_given_default` one share, or one a debtor. With Lam_ij = loss_given_default_j A_ij / E_i:

    - `linear`: the least h = min(1, shock + Lam h);
    - `nonlinear`: the same with p(h) = h exp(alpha (h - 1)) in place of h (alpha = 0 is linear, large a threshold);
    - `single_hit`: each node passes its stress on once, W_ji = min(1, Lam_ij), so that cycles are understated.

    `weights` are by default each node's share of all equity.

    >>> result = debtrank([[0, 0, 4], [5, 0, 0], [0, 2, 0]], [10, 10, 10], [0.2, 0, 0])
    >>> result.stress.round(6).tolist()
    [0.208333, 0.104167, 0.020833]
    >>> round(result.impact, 6)
    0.044444
    """
    claims = network(exposures, "exposures")
    capital = positive_equity(equity, claims.size, claims.names)
    first = vector(shock, claims.size, "shock", claims.names, most=1.0)
    lost = vector(loss_given_default, claims.size, "loss_given_default", claims.names, most=1.0)
    shares = _weights(weights, capital, claims)
    one_of(variant, VARIANTS, "variant")
    if not (np.isfinite(alpha) and alpha >= 0.0):
        raise NetworkError(f"alpha: must be finite and at least 0, not {alpha!r}")
    if alpha and variant != "nonlinear":
        raise NetworkError(f"alpha: has no meaning in the variant {variant!r}")
    lam = linear_stress.leverage(claims, capital, lost)
    settled = _single_hit(lam, first) if variant == "single_hit" else linear_stress.settle(lam, first, alpha)
    impact = float(shares @ (settled.stress - first))
    return DebtRank(settled.stress, impact, settled.rounds, settled.residual, settled.converged, variant, claims.names)


def _single_hit(lam: Any, shock: Floats) -> linear_stress.Settled:
    """The dynamics of 2012: undistressed, distressed for one round, then inactive; all may still be hit."""
    passed_on = lam.copy()
    passed_on.data = np.minimum(1.0, passed_on.data)
    stress, distressed, inactive, rounds = shock, shock > 0.0, np.zeros(shock.size, bool), 0
    while distressed.any():
        rounds += 1
        stress = np.minimum(1.0, stress + passed_on @ (stress * distressed))
        inactive |= distressed
        distressed = (stress > 0.0) & ~inactive
    return linear_stress.Settled(stress, rounds, 0.0, True)


def _weights(given: Any, equity: Floats, claims: Network) -> Floats:
    """The weight of each node in a sum of stress: as given, or its share of all equity."""
    return equity / equity.sum() if given is None else vector(given, claims.size, "weights", claims.names)
