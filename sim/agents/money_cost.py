"""What money costs an originator a year: one figure for its prices, whom it admits, and what it does about limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import originator_debts as debts
from sim.agents import originator_offer as offer
from sim.agents.bank_prices import EQUITY_RETURN_PPM
from sim.agents.originator_market import funding_caps
from sim.agents.originator_partners import ALONE, JOINT, partner_money_ppm
from sim.markets.funding import MILLION_YUAN, FundingPlan, Source, plan

if TYPE_CHECKING:
    from sim.agents.originator import Originator

MILLION = 1_000_000
INCOME_GIVEN_UP = (JOINT, ALONE, "transfer")
"""How sources begin whose cost is income of its loans that a bank earns instead."""


def money_cost_ppm(originator: Originator, made: FundingPlan, known: list[Source]) -> int:
    """Cost a year of the funds its plan raises; where that raises none, of the first that it would raise, so that the
    cost does not fall to nothing with the need; where nothing can be raised, of what it owes. ppm.

    What banks lend with it, or buy of its loans, costs income given up, which would follow its own price up without
    end. That part counts at the rate that banks ask less the loss they take, or, of one that named none and of loans
    sold whole, at the rate of its dearest line.
    """
    raised = made if any(made.amounts.values()) else _first_raised(originator, known)
    if not any(raised.amounts.values()):
        return owed_cost_ppm(originator)
    line = max(debts.rate_ppm(originator, name) for name in debts.lines(originator))
    asked = partner_money_ppm(originator)
    beyond = sum(
        raised.amounts.get(source.name, 0) * (source.cost_ppm - _as_money_ppm(source, asked, line))
        for source in known
        if source.name.startswith(INCOME_GIVEN_UP)
    )
    return max(0, raised.cost_ppm - beyond // sum(raised.amounts.values()))


def _as_money_ppm(source: Source, asked: dict[int, int], line_ppm: int) -> int:
    """The rate at which money counts that costs income given up."""
    return asked.get(source.cost_ppm, line_ppm) if source.name.startswith((JOINT, ALONE)) else line_ppm


def _first_raised(originator: Originator, known: list[Source]) -> FundingPlan:
    """The plan for a million yuan, which is too little to come to market for."""
    return plan(MILLION_YUAN, known, funding_caps(originator), unmet_cost_ppm=offer.price_ppm(originator))


def owed_cost_ppm(originator: Originator) -> int:
    """Mean cost a year of its debts, bonds and plans' notes outstanding; of one that owes nothing, the rate of its
    cheapest debt. ppm."""
    place, rates = originator.place, {name: debts.rate_ppm(originator, name) for name in originator.terms.debts}
    owed = [(place.ledger.nominal(debts.debt_claim(originator, name)), rate) for name, rate in rates.items()]
    owed += [
        (sum(bond["held"].values()), bond["coupon_bp"] * 100) for bond in originator.memory["bonds"]["living"].values()
    ]
    owed += [
        (spv.outstanding_fen(tranche), (spv.terms.tranches[tranche].coupon_bp or 0) * 100)
        for spv in originator.plans()
        for tranche in spv.terms.seniors
    ]
    total = sum(fen for fen, _ in owed)
    if total == 0:
        return min(rates.values())
    return sum(fen * rate for fen, rate in owed) // total


FIRST_LOSS_IN_EQUITY = ("bank_arm", "consumer_finance")
"""Lenders under the capital rules of banks: an unrated class weighs 1250 % (RUL18), at 10.5 % (RUL16) all of it."""


def own_funds(originator: Originator) -> dict[str, int]:
    """What first losses cost it a year to bear: `money_ppm`, the cost of what is borrowed for them; `beyond_ppm`, how
    much more shareholders ask of what must be equity; `behind_ppm`, the equity it keeps behind loans, of these.

    That is all of a first loss under the capital rules of banks, else as of all its assets. Under a limit that binds a
    yuan costs what another one of headroom would save besides; for a lender short of funds it is worth what lending it
    would earn, in part as far as the want is small.
    """
    plan, strategy = originator.memory["plan"], originator.terms.strategy
    money: int = plan["money_ppm"] or owed_cost_ppm(originator)
    earns = offer.net_yield_ppm(originator)
    if money < earns:  # beyond what its lending earns it would lend less
        money = min(earns, money + max(plan["bite"].values(), default=0))
        money += (earns - money) * plan["felt_ppm"] // MILLION
    behind = 0 if strategy is None else strategy.equity_target_ppm
    if originator.terms.kind in FIRST_LOSS_IN_EQUITY:
        behind = MILLION
    return {"money_ppm": money, "beyond_ppm": max(0, EQUITY_RETURN_PPM - money), "behind_ppm": behind}
