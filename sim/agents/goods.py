"""A shop's goods and plant as the last source of cash of its credit, and where cash it does not need goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.market_place import MERCHANTS
from sim.ledger import Kind

if TYPE_CHECKING:
    from sim.agents.originator import Originator


def goods_claim(originator: Originator) -> int:
    """Goods, plant and what else the shop owns."""
    return originator.place.ledger.claim(Kind.TRADE, originator.party, MERCHANTS, deal="goods")


def goods_fen(originator: Originator) -> int:
    """What the shop's other assets would bring; 0 for a lender that is no shop."""
    return 0 if originator.terms.retailer is None else int(originator.place.ledger.nominal(goods_claim(originator)))


def turn_into_cash(originator: Originator, fen: int) -> None:
    """Sell goods for as much as is asked, as far as they, and the cash of those who buy them, go."""
    ledger = originator.place.ledger
    sold = min(fen, goods_fen(originator), ledger.cash(MERCHANTS))
    if sold > 0:
        ledger.repay(goods_claim(originator), sold)


def put_away(originator: Originator, fen: int) -> None:
    """Cash that credit does not need earns more in the shop."""
    if originator.terms.retailer is not None and fen > 0:
        originator.place.ledger.draw(goods_claim(originator), fen)
