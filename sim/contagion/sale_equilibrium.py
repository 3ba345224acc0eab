"""Banks that sell just enough to meet a leverage cap at prices their sales make: least and greatest equilibrium.

Source: Breuer, Summer and Urosevic, "Systemic loss evaluation", OeNB working paper 235; price impact by the square root
of volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.contagion.inputs import Bools, Floats, Names, NetworkError, holdings, one_of, positive_equity, vector

ACCURACY = 1e-14
MOST_ROUNDS = 100_000


@dataclass(frozen=True)
class FireSale:
    """What is sold and lost; amounts in the unit of the input, at prices before the sale.

    `sold` is the share of its securities each bank sells, `sales` the amount sold of each security, `discount` the
    share of its price each security loses, `losses` each bank's loss on all it held, sold or not, `equity` what it has
    left. `insolvent` banks have no equity left; `illiquid` ones have, but nothing left to sell and still too much
    leverage.
    """

    sold: Floats
    sales: Floats
    discount: Floats
    losses: Floats
    equity: Floats
    insolvent: Bools
    illiquid: Bools
    rounds: int
    converged: bool
    solution: str
    names: Names = None


def equilibrium(
    securities: Any,
    loans: Any,
    equity: Any,
    *,
    leverage_cap: float,
    volatility: Any,
    volume: Any,
    kappa: float,
    solution: Literal["least", "greatest"] = "least",
) -> FireSale:
    """Discounts d = kappa x volatility x sqrt(sales / volume) at which each bank's sales just meet the cap.

    Bank i with securities S_i (bank, security), loans L_i and equity e_i, all after the shock and before the sale,
    sells the share theta_i = 1 - (cap (e_i - S_i d) - L_i) / (S_i (1 - d)), kept between 0 and 1 and 1 if it would be
    insolvent; sales are S'theta. Proceeds repay debt. `volatility` (daily) and `volume` (average daily, unit of money)
    are of each security; `kappa` is the impact of a day's volume in daily volatilities. Sales and discounts only raise
    one another, so there is a least equilibrium (from no sale upwards) and a greatest (from full sale downwards).

    >>> banks = dict(securities=[145, 435, 300], loans=[1170, 1245, 1190], equity=[28, 80, 65])
    >>> market = dict(leverage_cap=44, volatility=1.0, volume=1 / 0.000022, kappa=1.0)
    >>> [round(float(equilibrium(**banks, **market, solution=s).discount[0]), 5) for s in ("least", "greatest")]
    [0.05648, 0.13914]
    """
    one_of(solution, ("least", "greatest"), "solution")
    held, names = holdings(securities, "securities")
    banks, kinds = held.shape
    fixed = vector(loans, banks, "loans", names)
    capital = positive_equity(equity, banks, names)
    if not (np.isfinite(leverage_cap) and leverage_cap >= 1.0):
        raise NetworkError("leverage_cap: must be at least 1")
    spread = _impact(held.sum(axis=0), vector(volatility, kinds, "volatility"), vector(volume, kinds, "volume"), kappa)
    discount = np.zeros(kinds) if solution == "least" else spread * np.sqrt(held.sum(axis=0))
    change, rounds = np.inf, 0
    while change > ACCURACY and rounds < MOST_ROUNDS:
        rounds += 1
        sold = _sold(held, fixed, capital, leverage_cap, discount)
        reached = spread * np.sqrt(held.T @ sold)
        change = float(np.max(np.abs(reached - discount), initial=0.0))
        discount = reached
    losses = held @ discount
    left = capital - losses
    kept = (held * (1.0 - sold)[:, np.newaxis]) @ (1.0 - discount)
    illiquid = (sold >= 1.0) & (left > 0.0) & (fixed + kept > leverage_cap * left)
    return FireSale(
        sold, held.T @ sold, discount, losses, left, left <= 0.0, illiquid, rounds, change <= ACCURACY, solution, names
    )


def _impact(whole: Floats, volatility: Floats, volume: Floats, kappa: float) -> Floats:
    """kappa x volatility / sqrt(volume) of each security: its discount by the root of what is sold.

    Raises:
        NetworkError: it cannot be, or a sale of the `whole` of a security would make its price negative.
    """
    if not (volume > 0.0).all():
        raise NetworkError("volume: must be positive for every security")
    if not (np.isfinite(kappa) and kappa >= 0.0):
        raise NetworkError("kappa: must be at least 0")
    spread = kappa * volatility / np.sqrt(volume)
    if (spread * np.sqrt(whole) > 1.0).any():
        raise NetworkError(
            "a full sale would make a price negative: volume too small, or kappa or volatility too large"
        )
    return spread


def _sold(held: Floats, loans: Floats, equity: Floats, cap: float, discount: Floats) -> Floats:
    """The share of its securities each bank sells at these discounts."""
    left = equity - held @ discount
    worth = held @ (1.0 - discount)
    some = worth > 0.0
    share = 1.0 - np.divide(cap * left - loans, worth, out=np.ones_like(worth), where=some)
    return np.where(some, np.where(left > 0.0, np.clip(share, 0.0, 1.0), 1.0), 0.0)
