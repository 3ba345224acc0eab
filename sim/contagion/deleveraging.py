"""Banks that sell in rounds once their leverage crosses a threshold: insolvency and illiquidity kept apart.

Source: Cont and Schaanning, "Fire sales, indirect contagion and systemic stress testing", Norges Bank working paper
2/2017. Assumptions where it leaves a choice: what is sold in a round fetches the price after it; an insolvent bank
sells no more (its estate is wound up later); price impact is of all sales so far, so that splitting a sale changes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.contagion.inputs import Floats, NetworkError, holdings, positive_equity, vector
from sim.contagion.sale_equilibrium import FireSale

NEGLIGIBLE = 1e-12
"""Rounds end when less than this part of all securities is sold in one."""
MOST_ROUNDS = 10_000


def threshold(
    securities: Any,
    illiquid: Any,
    equity: Any,
    *,
    depth: Any,
    price_floor: Any = 0.5,
    cap: float = 33.0,
    target: float = 0.95 * 33.0,
    shock: Any = 0.0,
) -> FireSale:
    """Rounds of sales after `shock`, the share of its illiquid assets each bank loses.

    Bank i with securities P_i (bank, security; worth their price), illiquid assets I_i and equity C_i is leveraged
    (P + I) / C. Above `cap` it sells the share min(1, (P + I - target C) / P) of its securities, which brings it to
    `target` at the price before the sale. A security of which q has been sold in all (at first prices) is worth
    1 - (1 - floor) (1 - exp(-q / (depth (1 - floor)))) of its first price: `depth` is the sum that moves the price by
    1 % times 100, `price_floor` the share that is never lost. Leverage of 33 is the Basel III limit (3 %), 0.95 of it
    the buffer the paper uses.

    >>> result = threshold([[20], [20]], [78, 60], [4, 4], depth=500, price_floor=0.5, shock=[0.02, 0.0])
    >>> result.sold.round(4).tolist(), result.losses.round(4).tolist(), result.insolvent.tolist()
    ([1.0, 0.0], [0.7668, 0.7688], [False, False])
    """
    held, names = holdings(securities, "securities")
    banks, kinds = held.shape
    fixed = vector(illiquid, banks, "illiquid", names)
    capital = positive_equity(equity, banks, names)
    floor = vector(price_floor, kinds, "price_floor", most=1.0)
    deep = vector(depth, kinds, "depth")
    if not (deep > 0.0).all():
        raise NetworkError("depth: must be positive for every security")
    if not 1.0 <= target <= cap:
        raise NetworkError(f"target: must be from 1 to the cap {cap:g}, not {target!r}: it is a leverage")
    first_loss = fixed * vector(shock, banks, "shock (share of illiquid assets)", names, most=1.0)
    fixed, capital = fixed - first_loss, capital - first_loss
    found = _sell_off(held, fixed, capital, cap=cap, target=target, depth=deep, floor=floor)
    left, has, remains = capital - found.losses, held.sum(axis=1), found.kept.sum(axis=1)
    parts = 1.0 - np.divide(remains, has, out=np.ones(banks), where=has > 0.0)
    stuck = (left > 0.0) & (remains <= NEGLIGIBLE * has) & (fixed + found.kept @ found.price > cap * left)
    return FireSale(
        parts, found.sold, 1.0 - found.price, found.losses, left, left <= 0.0, stuck, found.rounds, found.settled,
        "rounds", names,
    )  # fmt: skip


@dataclass(frozen=True)
class _SoldOff:
    """What banks still hold (at first prices), prices as shares of the first, what was sold of each security, and
    what each bank has lost."""

    kept: Floats
    price: Floats
    sold: Floats
    losses: Floats
    rounds: int
    settled: bool


def _sell_off(
    held: Floats, fixed: Floats, capital: Floats, *, cap: float, target: float, depth: Floats, floor: Floats
) -> _SoldOff:
    """Rounds of sales, sized by the price before and paid the price after, until nobody above the cap has any left."""
    banks, kinds = held.shape
    kept, price, sold, losses = held.copy(), np.ones(kinds), np.zeros(kinds), np.zeros(banks)
    for rounds in range(MOST_ROUNDS):
        share = _share_sold(kept @ price, fixed, capital - losses, cap, target)
        sale = (kept * share[:, np.newaxis]).sum(axis=0)
        if sale.sum() <= NEGLIGIBLE * max(1.0, held.sum()):
            return _SoldOff(kept, price, sold, losses, rounds, settled=True)
        sold = sold + sale
        lower = _price(sold, depth, floor)
        losses = losses + kept @ (price - lower)
        kept, price = kept * (1.0 - share)[:, np.newaxis], lower
    return _SoldOff(kept, price, sold, losses, MOST_ROUNDS, settled=False)


def _share_sold(worth: Floats, illiquid: Floats, equity: Floats, cap: float, target: float) -> Floats:
    """The share of what it still holds that each bank sells: none within the cap, none any more if insolvent."""
    sells = (equity > 0.0) & (worth + illiquid > cap * equity) & (worth > 0.0)
    excess = worth + illiquid - target * equity
    return np.where(sells, np.minimum(1.0, np.divide(excess, worth, out=np.zeros_like(worth), where=worth > 0.0)), 0.0)


def _price(sold: Floats, depth: Floats, floor: Floats) -> Floats:
    """Price as a share of the first one once `sold` has been sold; the first one if the floor is all of it."""
    room = 1.0 - floor
    exponent = np.divide(sold, depth * room, out=np.zeros_like(sold), where=room > 0.0)
    return 1.0 - room * (1.0 - np.exp(-exponent))
