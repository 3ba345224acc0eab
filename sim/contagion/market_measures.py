"""Measures on equity paths: what a firm loses when the market does, what it would lack, what it does to the system.

Sources: MES, Acharya, Pedersen, Philippon and Richardson, Review of Financial Studies 30 (2017) 2; SRISK, Brownlees and
Engle, Review of Financial Studies 30 (2017) 48; delta-CoVaR, Adrian and Brunnermeier, American Economic Review 106
(2016) 1705. Returns are per period, as shares; figures are losses, positive. A column of returns is a firm.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from sim.contagion.inputs import Floats, NetworkError


def mes(returns: Any, market_returns: Any, *, level: float = 0.05) -> Floats:
    """Marginal expected shortfall: -E[r_i | r_m <= its quantile at `level`], one figure a firm.

    The quantile is that of the sample, so at least one period counts.

    >>> market = [-0.10, -0.02, 0.0, 0.01, 0.02]
    >>> mes([[-0.2, 0.1], [0.0, 0.0], [0.1, 0.0], [0.0, 0.0], [0.0, 0.0]], market, level=0.2).tolist()
    [0.2, -0.1]
    """
    firms, market = _paths(returns, market_returns)
    worst = market <= np.quantile(market, _level(level), method="inverted_cdf")
    return np.asarray(-firms[worst].mean(axis=0))


def lrmes(short_run: Any = None, *, beta: Any = None, fall: float = 0.4) -> Floats:
    """Long-run MES: 1 - exp(-18 MES) of daily MES, or 1 - exp(beta ln(1 - fall)) by beta and a fall of the market.

    >>> float(lrmes(0.05).round(6)), float(lrmes(beta=1.0).round(6))
    (0.59343, 0.4)
    """
    if (short_run is None) == (beta is None):
        raise NetworkError("lrmes: give either daily MES or beta")
    if beta is None:
        return np.asarray(1.0 - np.exp(-18.0 * np.asarray(short_run, np.float64)))
    if not 0.0 < fall < 1.0:
        raise NetworkError(f"fall: must lie between 0 and 1, not {fall!r}")
    return np.asarray(1.0 - np.exp(np.asarray(beta, np.float64) * np.log1p(-fall)))


def srisk(debt: Any, equity: Any, long_run_mes: Any, *, capital_ratio: float = 0.08) -> Floats:
    """Capital a firm would lack in a crisis: k D - (1 - k) W (1 - LRMES).

    D is debt, W market equity, k the ratio it needs. Negative is a surplus; the sum over a system counts
    shortfalls only. Unit of the input.

    >>> srisk([90, 50], [10, 50], [0.5, 0.5]).round(6).tolist()
    [2.6, -19.0]
    """
    owed, worth = np.asarray(debt, np.float64), np.asarray(equity, np.float64)
    lost = np.asarray(long_run_mes, np.float64)
    if not (np.isfinite(owed).all() and np.isfinite(worth).all() and np.isfinite(lost).all()):
        raise NetworkError("srisk: NaN or infinite figures")
    if (owed < 0.0).any() or (worth < 0.0).any() or (lost > 1.0).any():
        raise NetworkError("srisk: debt and market equity cannot be negative, nor a loss above 1")
    if not 0.0 < capital_ratio < 1.0:
        raise NetworkError(f"capital_ratio: must lie between 0 and 1, not {capital_ratio!r}")
    return np.asarray(capital_ratio * owed - (1.0 - capital_ratio) * worth * (1.0 - lost))


def quantile_regression(outcome: Any, cause: Any, *, level: float) -> tuple[float, float]:
    """Intercept and slope of the `level` quantile of `outcome` given `cause` (Koenker, Bassett), by linear programme.

    >>> [round(found, 9) for found in quantile_regression([1, 3, 5, 7, 20], [0, 1, 2, 3, 4], level=0.5)]
    [1.0, 2.0]
    """
    firms, system = _paths(cause, outcome)
    count = system.size
    design = np.column_stack([np.ones(count), firms[:, 0]])
    identity = sparse.eye_array(count)
    found = linprog(
        np.concatenate([np.zeros(2), np.full(count, _level(level)), np.full(count, 1.0 - level)]),
        A_eq=sparse.hstack([design, identity, -identity], format="csr"),
        b_eq=system,
        bounds=[(None, None)] * 2 + [(0.0, None)] * (2 * count),
        method="highs",
    )
    if found.status != 0:
        raise NetworkError(f"quantile regression: {found.message}")
    return float(found.x[0]), float(found.x[1])


def delta_covar(returns: Any, system_returns: Any, *, level: float = 0.05) -> Floats:
    """beta (Q50 - Q_level), one figure a firm: how much worse the system's tail is when the firm is in its own.

    beta is the slope of the system's `level` quantile on the firm's return, Q quantiles of the firm's returns.
    Positive is a loss of the system.

    >>> firm = [-0.04, -0.02, 0.0, 0.02, 0.04]
    >>> delta_covar(firm, [2 * move for move in firm], level=0.05).round(6).tolist()
    [0.08]
    """
    firms, system = _paths(returns, system_returns)
    slopes = np.array([quantile_regression(system, firm, level=level)[1] for firm in firms.T])
    middle = np.quantile(firms, 0.5, axis=0, method="inverted_cdf")
    worst = np.quantile(firms, _level(level), axis=0, method="inverted_cdf")
    return np.asarray(slopes * (middle - worst))


def _paths(returns: Any, market_returns: Any) -> tuple[Floats, Floats]:
    """Returns (period, firm) and those of the market, of equal length and without gaps."""
    firms, market = np.asarray(returns, np.float64), np.asarray(market_returns, np.float64)
    firms = firms[:, np.newaxis] if firms.ndim == 1 else firms
    if firms.ndim != 2 or market.ndim != 1 or len(firms) != len(market) or not len(market):
        raise NetworkError(f"returns: shapes {firms.shape} and {market.shape} do not fit: (period, firm) and (period,)")
    if not (np.isfinite(firms).all() and np.isfinite(market).all()):
        raise NetworkError("returns: NaN or infinite figures")
    return firms, market


def _level(level: float) -> float:
    """A quantile's level."""
    if not 0.0 < level < 1.0:
        raise NetworkError(f"level: must lie between 0 and 1, not {level!r}")
    return level
