"""Runs: liquidity that is withdrawn along the network of who lends to whom.

Three channels, all monotone, so that each has a least solution, which is where a run that starts from its cause ends:

- `hoarding`: a bank short of liquid assets withdraws a part of all it lends (Gai, Haldane and Kapadia, Journal of
  Monetary Economics 58 (2011) 453; the condition is taken from a summary, its constants are the arguments);
- `withdrawal`: a bank meets what is withdrawn from it out of liquid assets first, then recalls as much as it needs from
  its debtors, then sells illiquid assets at a discount (after Lee, Journal of Financial Stability 9 (2013) 1);
- `rollover_stop`: lenders stop renewing what falls due; borrowers who cannot repay stop renewing too.

`lending[i, j]` is what i has lent to j: an exposure of i to j.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from sim.contagion.inputs import Bools, Floats, Names, mask, network, vector

ROUNDING = 1e-12
MOST_ROUNDS = 100_000


@dataclass(frozen=True)
class FundingRun:
    """Who withdraws (`hoarding`), what each is asked for, and what it cannot meet; unit of the input.

    `withdrawn` is all that is withdrawn from a node, `shortfall` the part its liquidity cannot meet, `rounds` those
    with new withdrawals.
    """

    hoarding: Bools
    withdrawn: Floats
    shortfall: Floats
    rounds: int
    names: Names = None


@dataclass(frozen=True)
class Withdrawal:
    """How each node meets what is withdrawn: from liquid assets, by recalls from debtors, by sales; unit of the input.

    `demanded` is what public and lenders ask of a node. `sold` is the book value of illiquid assets sold, `sale_loss`
    what the discount costs. `failed` marks nodes that cannot meet all even so, `shortfall` by how much.
    """

    demanded: Floats
    recalled: Floats
    sold: Floats
    sale_loss: Floats
    shortfall: Floats
    failed: Bools
    rounds: int
    converged: bool
    names: Names = None


def hoarding(
    lending: Any,
    liquid_assets: Any,
    *,
    withdrawn_share: Any = 0.0,
    hoarded_share: float = 1.0,
    collateral: Any = 0.0,
    haircut: Any = 0.0,
    hoards: Any = None,
) -> FundingRun:
    """Bank i hoards when liquid_i + collateral_i (1 - haircut_i) < withdrawn_i, and so on until nobody else does.

    withdrawn_i = mu_i F_i + lambda (1 - mu_i) H_i: F_i is all it has borrowed from other nodes, of which the share mu_i
    (`withdrawn_share`) is withdrawn from outside the model, and H_i what it has borrowed from nodes that hoard, which
    withdraw lambda (`hoarded_share`) of what is left. `hoards` marks who hoards from the start.

    >>> result = hoarding([[0, 10, 0], [0, 0, 10], [0, 0, 0]], [5, 5, 12], hoards=[True, False, False])
    >>> result.hoarding.tolist(), result.withdrawn.tolist()
    ([True, True, False], [0.0, 10.0, 10.0])
    """
    lent = network(lending, "lending")
    size, names = lent.size, lent.names
    liquidity = _liquidity(liquid_assets, collateral, haircut, size, names)
    outside = vector(withdrawn_share, size, "withdrawn_share", names, most=1.0)
    part = float(vector(hoarded_share, 1, "hoarded_share", most=1.0)[0])
    start = np.zeros(size, bool) if hoards is None else mask(hoards, size, "hoards", names)
    owed_to = lent.matrix.T
    general = outside * (owed_to @ np.ones(size))

    def withdrawn(by: Bools) -> Floats:
        called: Floats = general + part * (1.0 - outside) * (owed_to @ by.astype(np.float64))
        return called

    return _spread(withdrawn, liquidity, start, names)


def rollover_stop(
    lending: Any,
    liquid_assets: Any,
    stopped: Any,
    *,
    maturing_share: Any = 1.0,
    collateral: Any = 0.0,
    haircut: Any = 0.0,
) -> FundingRun:
    """Lenders marked `stopped` renew nothing; a borrower without liquidity for what then falls due stops renewing too.

    `maturing_share` is the share of what each node has borrowed that falls due within the horizon. A warehouse line or
    a note to be rolled over is lending to its originator or SPV. What a node itself receives by not renewing comes too
    late for what falls due at the same time.

    >>> result = rollover_stop([[0, 10, 0], [0, 0, 8], [0, 0, 0]], [0, 2, 9], [True, False, False], maturing_share=0.5)
    >>> result.hoarding.tolist(), result.shortfall.tolist()
    ([True, True, False], [0.0, 3.0, 0.0])
    """
    lent = network(lending, "lending")
    size, names = lent.size, lent.names
    liquidity = _liquidity(liquid_assets, collateral, haircut, size, names)
    maturing = vector(maturing_share, size, "maturing_share", names, most=1.0)
    owed_to = lent.matrix.T

    def withdrawn(by: Bools) -> Floats:
        due: Floats = maturing * (owed_to @ by.astype(np.float64))
        return due

    return _spread(withdrawn, liquidity, mask(stopped, size, "stopped", names), names)


def withdrawal(
    lending: Any, liquid_assets: Any, withdrawals: Any, *, illiquid_assets: Any = 0.0, discount: Any = 0.0
) -> Withdrawal:
    """The least recalls r = min(all lent, max(0, demanded - liquid)), demanded = withdrawals + what others recall.

    A node recalls from its debtors in proportion to what they owe it. What it still lacks it raises by selling illiquid
    assets at 1 - `discount`; a debtor that cannot meet a recall is a `failed` node with a `shortfall`, while its lender
    counts on the money: the solution is the demand for liquidity, not who is paid in a failure (see `clearing`).

    >>> result = withdrawal([[0, 10, 0], [0, 0, 10], [0, 0, 0]], [4, 3, 1], [9, 0, 0], illiquid_assets=8, discount=0.5)
    >>> result.recalled.tolist(), result.sold.tolist(), result.failed.tolist()
    ([5.0, 2.0, 0.0], [0.0, 0.0, 2.0], [False, False, False])
    """
    lent = network(lending, "lending")
    size, names = lent.size, lent.names
    liquid = vector(liquid_assets, size, "liquid_assets", names)
    asked = vector(withdrawals, size, "withdrawals", names)
    other = vector(illiquid_assets, size, "illiquid_assets", names)
    off = vector(discount, size, "discount", names, most=1.0)
    all_lent = lent.matrix.sum(axis=1)
    shares = sparse.diags_array(np.divide(1.0, all_lent, out=np.zeros(size), where=all_lent > 0.0)) @ lent.matrix
    recalled, scale, settled, rounds = np.zeros(size), max(1.0, float((asked + all_lent).max(initial=0.0))), False, 0
    while not settled and rounds < MOST_ROUNDS:
        rounds += 1
        demanded = asked + shares.T @ recalled
        reached = np.minimum(all_lent, np.maximum(0.0, demanded - liquid))
        settled = bool(np.abs(reached - recalled).max(initial=0.0) <= ROUNDING * scale)
        recalled = reached
    lacking = np.maximum(0.0, demanded - liquid - recalled)
    price = 1.0 - off
    sold = np.minimum(other, np.divide(lacking, price, out=np.where(lacking > 0.0, other, 0.0), where=price > 0.0))
    short = np.maximum(0.0, lacking - sold * price)
    failed = short > ROUNDING * scale
    return Withdrawal(
        demanded, recalled, sold, sold * off, np.where(failed, short, 0.0), failed, rounds, settled, names
    )


def _liquidity(liquid_assets: Any, collateral: Any, haircut: Any, size: int, names: Names) -> Floats:
    """Liquid assets and what collateral fetches after its haircut."""
    pledged = vector(collateral, size, "collateral", names)
    kept = 1.0 - vector(haircut, size, "haircut", names, most=1.0)
    liquid: Floats = vector(liquid_assets, size, "liquid_assets", names) + pledged * kept
    return liquid


def _spread(withdrawn: Callable[[Bools], Floats], liquidity: Floats, start: Bools, names: Names) -> FundingRun:
    """Who withdraws in the end, if whoever cannot meet what is withdrawn from it withdraws in its turn."""
    hoards, rounds = start, 0
    while True:
        demanded = withdrawn(hoards)
        short = demanded > liquidity * (1.0 + ROUNDING)
        new = short & ~hoards
        if not new.any():
            return FundingRun(hoards, demanded, np.maximum(0.0, demanded - liquidity) * short, rounds, names)
        rounds += 1
        hoards = hoards | new
