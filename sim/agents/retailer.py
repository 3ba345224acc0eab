"""The rest of a retailer: goods and plant against suppliers' credit, moved by given series.

A retailer that sells on credit (JDCT) is mostly a shop: its receivables are a few per cent of its assets. Shopping and
logistics are not simulated; what suppliers are owed and what is invested are given from outside (`RetailerTerms`), so
that its funding of receivables stands in a balance sheet of the right size. Goods and plant are its claim on merchants.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from sim.agents import originator_funds as funds
from sim.agents.goods import goods_claim, turn_into_cash
from sim.agents.market_place import MERCHANTS
from sim.calendar import day_of
from sim.ledger import Code, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.agents.originator import Originator


def level_on(series: Mapping[int, int], day: int) -> int:
    """A dated series between its points, by straight line in whole fen; flat before the first and after the last."""
    points = sorted(series.items())
    if day <= points[0][0]:
        return points[0][1]
    for (start, low), (end, high) in pairwise(points):
        if day <= end:
            return low + (high - low) * (day - start) // (end - start)
    return points[-1][1]


def step_on(series: Mapping[int, int], day: int) -> int:
    """The value of the last point dated at or before a day; the first one before that."""
    points = sorted(series.items())
    known = [value for start, value in points if start <= day]
    return known[-1] if known else points[0][1]


def payables_claim(originator: Originator) -> int:
    """What suppliers have delivered and not been paid for."""
    return originator.place.ledger.claim(Kind.TRADE, MERCHANTS, originator.party, deal="payables")


def open_shop(originator: Originator) -> int:
    """The opening day: payables as given. Returns them; goods and plant follow from what balances the books."""
    retailer = originator.terms.retailer
    if retailer is None:
        return 0
    owed = level_on({day_of(d): fen for d, fen in retailer.trade_payables_fen.items()}, originator.place.day)
    originator.place.ledger.endow_loans(payables_claim(originator), owed)
    return owed


def close_month(originator: Originator) -> bool:
    """Month end: suppliers lend more or are paid down to the series; a twelfth of the year's investment is made.

    False when what is due cannot be paid.
    """
    retailer, ledger, day = originator.terms.retailer, originator.place.ledger, originator.place.day
    if retailer is None:
        return True
    claim = payables_claim(originator)
    wanted = level_on({day_of(d): fen for d, fen in retailer.trade_payables_fen.items()}, day)
    change = wanted - ledger.nominal(claim)
    if change > 0:
        # Goods delivered on credit: the shop owes more and owns more, and no cash moves.
        ledger.draw(claim, change)
        ledger.draw(goods_claim(originator), change)
    elif change < 0:
        # Goods sold pay the suppliers.
        ledger.repay(goods_claim(originator), min(-change, ledger.nominal(goods_claim(originator))))
        if not funds.can_pay(originator, -change):
            return False
        ledger.repay(claim, -change)
    if retailer.profit_fen:
        profit = step_on({day_of(d): fen for d, fen in retailer.profit_fen.items()}, day) // 12
        ledger.pay(MERCHANTS, originator.party, profit, Code.PURCHASE_OF_GOODS)
    outflow = step_on({day_of(d): fen for d, fen in retailer.investing_outflow_fen.items()}, day) // 12
    return _invest(originator, outflow)


def _invest(originator: Originator, outflow_fen: int) -> bool:
    """Invest out of cash; what credit needs first is kept, by selling stock: shops turn goods into cash before they
    borrow for plant."""
    ledger = originator.place.ledger
    spare = max(0, funds.free_cash_fen(originator, funds.kept_fen(originator)) - funds.buffer_fen(originator))
    turn_into_cash(originator, max(0, outflow_fen - spare))
    if not funds.can_pay(originator, outflow_fen):
        return False
    ledger.draw(goods_claim(originator), outflow_fen)
    return True
