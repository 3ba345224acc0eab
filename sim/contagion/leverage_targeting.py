"""Banks that sell to return to their target leverage, and what it costs the others: one round, linear.

Source: Greenwood, Landier and Thesmar, Journal of Financial Economics 115 (2015) 471.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.contagion.inputs import Bools, Floats, Names, NetworkError, holdings, vector


@dataclass(frozen=True)
class LeverageTargeting:
    """Losses in the unit of `assets`; vulnerabilities as shares of equity.

    `first_loss` is each bank's loss by the shock, `sales` what is sold of each asset, `discount` the fall of its price
    by the sales, `second_loss` each bank's loss by that. `systemicness` is the part of `aggregate_vulnerability` that
    one bank's sales cause; `indirect_vulnerability` is second loss over own equity. `exceeded` marks banks whose loss
    would have them sell more than they hold: for them the linear rule overstates.
    """

    first_loss: Floats
    sales: Floats
    discount: Floats
    second_loss: Floats
    systemicness: Floats
    indirect_vulnerability: Floats
    aggregate_vulnerability: float
    exceeded: Bools
    names: Names = None


def leverage_targeting(
    assets: Any, weights: Any, debt_to_equity: Any, price_impact: Any, asset_shock: Any
) -> LeverageTargeting:
    """Second-round losses M L M' B A M F1 (as amounts A M L M' B A M F1) after a shock to prices.

    A: total assets of each bank; M: `weights` (bank, asset), rows adding up to 1; B: `debt_to_equity` of each bank, its
    target; L: `price_impact`, fall of each asset's price per unit of money sold; F1: `asset_shock`, share of its value
    each asset loses (a loss is positive). Bank n loses A_n (M F1)_n, sells B_n times that in proportion to its weights,
    prices fall by L times the sales of all, and everybody who holds the asset loses. Equity is A / (1 + B).

    >>> result = leverage_targeting([100, 100], [[1, 0], [0.5, 0.5]], [9, 4], [1e-3, 1e-3], [0.01, 0.0])
    >>> result.sales.round(6).tolist(), result.second_loss.round(6).tolist()
    ([10.0, 1.0], [1.0, 0.55])
    >>> round(result.aggregate_vulnerability, 6)
    0.051667
    """
    parts, names = holdings(weights, "weights")
    banks, kinds = parts.shape
    wrong = np.abs(parts.sum(axis=1) - 1.0) > 1e-9
    if wrong.any():
        raise NetworkError(f"weights: rows must add up to 1: {np.flatnonzero(wrong).tolist()[:5]} do not")
    size = vector(assets, banks, "assets", names)
    target = vector(debt_to_equity, banks, "debt_to_equity", names)
    impact = vector(price_impact, kinds, "price_impact")
    shock = vector(asset_shock, kinds, "asset_shock", least=-np.inf, most=1.0)
    equity = size / (1.0 + target)
    first_loss = size * (parts @ shock)
    sold = parts * (target * first_loss)[:, np.newaxis]
    sales = sold.sum(axis=0)
    discount = impact * sales
    second_loss = size * (parts @ discount)
    whole = equity.sum()
    if not whole > 0.0:
        raise NetworkError("assets: there is no equity at all")
    caused = (sold * impact) @ (parts.T @ size)
    indirect = np.divide(second_loss, equity, out=np.zeros(banks), where=equity > 0.0)
    exceeded = target * first_loss > size - first_loss
    return LeverageTargeting(
        first_loss,
        sales,
        discount,
        second_loss,
        caused / whole,
        indirect,
        float(second_loss.sum() / whole),
        exceeded,
        names,
    )
