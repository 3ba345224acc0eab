"""Network valuation: what claims are worth when the value of each depends on the equity of its debtor.

Source: Barucca and others, "Network valuation in financial systems", Mathematical Finance 30 (2020) 1181; with the
first-passage probability of Black and Cox (1976) Bardoscia and others, Journal of Economic Dynamics and Control 108
(2019) 103755. `eisenberg_noe`, `rogers_veraart`, `furfine` and `linear_debtrank` are the methods of that name written
as a valuation; `merton` and `black_cox` mark claims down before anybody has defaulted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy.special import ndtr

from sim.contagion.inputs import Floats, Names, Network, NetworkError, network, one_of, positive_equity, vector

Method = Literal["eisenberg_noe", "rogers_veraart", "furfine", "linear_debtrank", "merton", "black_cox"]
METHODS = ("eisenberg_noe", "rogers_veraart", "furfine", "linear_debtrank", "merton", "black_cox")
Worth: TypeAlias = Callable[[Floats], Floats]

TOLERANCE = 1e-13
MOST_ROUNDS = 100_000


@dataclass(frozen=True)
class Valuation:
    """Equity of each node and the value of a unit of claims on it, at the greatest solution.

    `equity` and `face_equity` (all claims at face value) are in the unit of the input and may be negative; `values[j]`
    is the worth of one unit owed by j, 0 to 1; `losses` is face equity less equity. `residual` is by how much one more
    round would move a value.
    """

    equity: Floats
    values: Floats
    face_equity: Floats
    losses: Floats
    rounds: int
    residual: float
    converged: bool
    valuation: str
    external_rank: str
    names: Names = None


def neva(
    exposures: Any,
    external_assets: Any,
    external_liabilities: Any,
    *,
    valuation: Method = "black_cox",
    volatility: Any = 0.1,
    horizon: float = 1.0,
    recovery: Any = 0.0,
    alpha: float = 1.0,
    beta: float = 1.0,
    external_rank: Literal["senior", "pari_passu"] = "senior",
    reference_equity: Any = None,
) -> Valuation:
    """E_i = Ae_i - Le_i + sum_j A_ij V_j(E_j) - Lib_i, the greatest solution, from all claims at face value downwards.

    `exposures[i, j]` = A_ij is what i is owed by j, so Lib_i = sum_j A_ji; Ae external assets, Le external liabilities.
    The worth of a unit owed by j:

    - `black_cox`: 1 - PD (1 - recovery_j) with PD = N((k + s^2/2)/s) + Ae/(Ae - E) N((k - s^2/2)/s), k = ln(1 - E/Ae),
      s = volatility_j sqrt(horizon): the chance that external assets, a geometric Brownian motion without drift, fall
      by E at any time within the horizon;
    - `merton`: the same at its end only, PD = N((k + s^2/2)/s);
    - `eisenberg_noe`, `rogers_veraart`: what clearing pays once E < 0 (`alpha`, `beta`, `external_rank`: see
      `clearing`);
    - `furfine`: `recovery` once E <= 0;
    - `linear_debtrank`: E / E0 between 0 and 1, of which the part below 1 counts 1 - recovery; E0 is
      `reference_equity`, by default equity at face value: give the equity before the shock.

    `volatility` is yearly, `horizon` in years. Volatility has no source here: it is the user's.

    >>> result = neva([[0, 5], [0, 0]], [20, 10], [18, 6], valuation="eisenberg_noe")
    >>> result.equity.tolist(), result.values.tolist()
    ([6.0, -1.0], [1.0, 0.8])
    """
    one_of(valuation, METHODS, "valuation")
    one_of(external_rank, ("senior", "pari_passu"), "external_rank")
    sheets = _sheets(exposures, external_assets, external_liabilities)
    size, names = sheets.claims.size, sheets.claims.names
    recovered = vector(recovery, size, "recovery", names, most=1.0)
    if valuation in ("black_cox", "merton"):
        spread = vector(volatility, size, "volatility", names) * np.sqrt(vector(horizon, 1, "horizon"))
        worth = _before_default(sheets.assets, spread, recovered, at_any_time=valuation == "black_cox")
    elif valuation == "furfine":
        worth = _while_solvent(recovered)
    elif valuation == "linear_debtrank":
        first = sheets.equity(np.ones(size)) if reference_equity is None else reference_equity
        worth = _in_proportion(positive_equity(first, size, names), recovered)
    else:
        costs = (1.0, 1.0) if valuation == "eisenberg_noe" else (alpha, beta)
        worth = _at_clearing(sheets, costs, senior=external_rank == "senior")
    return _greatest(sheets, worth, valuation, external_rank)


@dataclass(frozen=True)
class _Sheets:
    """What nodes own and owe, external assets and liabilities apart; `owed` to other nodes."""

    claims: Network
    assets: Floats
    outside: Floats
    owed: Floats

    def equity(self, values: Floats) -> Floats:
        """Equity if a unit owed by j is worth `values[j]`."""
        left: Floats = self.assets - self.outside + self.claims.matrix @ values - self.owed
        return left


def _sheets(exposures: Any, external_assets: Any, external_liabilities: Any) -> _Sheets:
    claims = network(exposures, "exposures")
    return _Sheets(
        claims,
        vector(external_assets, claims.size, "external_assets", claims.names),
        vector(external_liabilities, claims.size, "external_liabilities", claims.names),
        np.asarray(claims.matrix.sum(axis=0)),
    )


def _greatest(sheets: _Sheets, worth: Worth, valuation: str, external_rank: str) -> Valuation:
    """The greatest solution: from all claims at face value downwards, round by round."""
    face = sheets.equity(np.ones(sheets.claims.size))
    values, change, rounds = np.ones(sheets.claims.size), np.inf, 0
    while change > 0.0 and rounds < MOST_ROUNDS:
        rounds += 1
        reached = np.minimum(worth(sheets.equity(values)), values)
        before, change = change, float(np.max(np.abs(reached - values), initial=0.0))
        values = reached
        if change < before and change * max(1.0, change / (before - change)) <= TOLERANCE:
            break
    equity, settled = sheets.equity(values), rounds < MOST_ROUNDS
    return Valuation(
        equity, values, face, face - equity, rounds, change, settled, valuation, external_rank, sheets.claims.names
    )


# -- what a unit owed is worth, by the debtor's equity ---------------------------------------------------------------


def _while_solvent(recovery: Floats) -> Worth:
    """Furfine: all of it while there is equity, then what is recovered."""
    return lambda equity: np.where(equity > 0.0, 1.0, recovery)


def _in_proportion(first: Floats, recovery: Floats) -> Worth:
    """Linear DebtRank: as much as is left of the first equity, what is recovered at the least."""
    return lambda equity: recovery + (1.0 - recovery) * np.clip(equity / first, 0.0, 1.0)


def _before_default(assets: Floats, spread: Floats, recovery: Floats, *, at_any_time: bool) -> Worth:
    """Worth by the probability that external assets lose all of the equity by the horizon, or before it."""

    def worth(equity: Floats) -> Floats:
        return 1.0 - default_probability(equity, assets, spread, at_any_time=at_any_time) * (1.0 - recovery)

    return worth


def default_probability(equity: Floats, assets: Floats, spread: Floats, *, at_any_time: bool = True) -> Floats:
    """PD of Black and Cox (`at_any_time`) or Merton; `spread` is volatility times the root of the horizon.

    1 where equity is not positive, 0 where it is not less than external assets (nothing is owed beyond claims) or where
    they do not move.

    >>> default_probability(np.array([5.0, -1.0, 100.0]), np.full(3, 100.0), np.full(3, 0.05)).round(6).tolist()
    [0.312825, 1.0, 0.0]
    """
    probability = np.where(equity <= 0.0, 1.0, 0.0)
    open_ones = (equity > 0.0) & (equity < assets) & (spread > 0.0)
    wealth, capital, s = assets[open_ones], equity[open_ones], spread[open_ones]
    barrier = np.log1p(-capital / wealth)
    chance = ndtr((barrier + s * s / 2.0) / s)
    if at_any_time:
        chance = chance + wealth / (wealth - capital) * ndtr((barrier - s * s / 2.0) / s)
    probability[open_ones] = np.minimum(1.0, chance)
    return probability


def _at_clearing(sheets: _Sheets, costs: tuple[float, float], *, senior: bool) -> Worth:
    """Worth of a unit owed at clearing: what is left of assets and receipts, over what is owed in that rank."""
    if not all(0.0 <= cost <= 1.0 for cost in costs):
        raise NetworkError("alpha and beta: must be from 0 to 1")
    alpha, beta = costs
    assets, outside, owed = sheets.assets, sheets.outside, sheets.owed
    due = owed + outside

    def worth(equity: Floats) -> Floats:
        left = alpha * assets + beta * (equity + due - assets)
        among, base = (left - outside, owed) if senior else (left, due)
        share = np.divide(among, base, out=np.ones_like(base), where=base > 0.0)
        return np.where(equity >= -1e-12 * due, 1.0, np.clip(share, 0.0, 1.0))

    return worth
