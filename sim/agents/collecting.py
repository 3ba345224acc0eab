"""A lender decides how hard it collects: with its plan, from its own record of who was past due and what became of
them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sim.agents import conduct
from sim.agents.admitting import default_ppm
from sim.agents.compliance import may_lend
from sim.agents.group_fees import banks_part_fen, served_by_group
from sim.agents.loss_borne import borne_ppm
from sim.agents.originator_market import payment_ppm
from sim.agents.originator_offer import price_ppm
from sim.agents.originator_responses import margin_ppm
from sim.calendar import month_index
from sim.credit.days_work import performing_fen
from sim.credit.kernels import layout as at
from sim.markets import collecting_choice as choice
from sim.markets.collecting_choice import Arrears
from sim.regulation.conduct import incident_ppm

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.agents.originator_terms import StrategyTerms

MILLION = 1_000_000
LIVING = slice(at.LATE + 1, at.LATE + 1 + 3)
"""Stocks of loans past due by one to three cycles: who is in arrears and not yet in default."""
MONTH_DAYS = 30


def opening_record() -> dict[str, Any]:
    """What a lender remembers of its arrears before the first review."""
    return {"seen": [], "cost_fen": 0}


def past_due_fen(originator: Originator) -> int:
    """Principal of all it services that is past due by a whole cycle and not yet in default."""
    return int(originator.book.stock.sum(axis=(0, 1))[LIVING].sum())


def review(originator: Originator, money_ppm: int) -> None:
    """Once a month, with the plan: how hard to collect from now on, as far as an order of conduct lets it."""
    strategy, memory = originator.terms.strategy, originator.memory["collecting"]
    past_due = past_due_fen(originator)
    if strategy is None or not past_due:
        memory["cost_fen"] = 0
        return
    now = Arrears(past_due, performing_fen(originator.book), originator.book.policy.collection_milli)
    memory["seen"] = [*memory["seen"], asdict(now)][-choice.MONTHS_SEEN :]
    terms, effect = strategy.collecting, originator.place.settings.behaviour.collection_effect
    seen = [Arrears(**month) for month in memory["seen"]]
    chosen = choice.pressure_milli(
        terms,
        chance=choice.default_chance(seen, default_ppm(originator) // 12, effect),
        effect=effect,
        stake=stake_ppm(originator, strategy),
        order_cost_ppm=order_cost_ppm(originator, strategy, money_ppm),
    )
    conduct.collect_within_bounds(originator, chosen)
    cost = choice.cost_beyond_usual_ppm(terms.cost_ppm, originator.book.policy.collection_milli)
    # A group that runs a lender's loans for a fee bears what that costs.
    memory["cost_fen"] = 0 if served_by_group(originator) else past_due * cost // MILLION


def stake_ppm(originator: Originator, strategy: StrategyTerms) -> int:
    """What a yuan past due that it brings back is worth to it, ppm: see `collecting_choice.stake_ppm`."""
    return choice.stake_ppm(
        borne_ppm=borne_ppm(originator),
        loss_given_default_ppm=strategy.screening.loss_given_default_ppm,
        next_funding_ppm=strategy.collecting.next_funding_ppm if may_lend(originator) else 0,
        fees_ppm=round(servicing_fees_ppm(originator) * life_years(originator)),
    )


def servicing_fees_ppm(originator: Originator) -> int:
    """Fees a year for collecting what others own, ppm of all it services: of its plans' pools, and partner banks' part
    of the fees on their loans, whether it or its group is paid them."""
    joint, managed = originator.terms.joint_lending, max(1, originator.book.managed_fen)
    fees = 0 if joint is None else banks_part_fen(originator) * joint.service_fee_ppm // MILLION * price_ppm(originator)
    for spv in originator.plans():
        rates = [fee.rate_ppm for fee in spv.terms.fees.values() if fee.payee == "servicer" and fee.basis == "pool"]
        fees += spv.pool_fen() * sum(rates)
    return fees // managed


def life_years(originator: Originator) -> float:
    """Mean time in years to repayment of what is lent, at the payment rate of the last three months."""
    return MILLION / (12 * max(10_000, payment_ppm(originator.memory["history"])))


def order_cost_ppm(originator: Originator, strategy: StrategyTerms, money_ppm: int) -> dict[int, int]:
    """By pressure, what complaints are to be expected to cost, ppm of what is past due: the chance of a published
    incident in the month, times what it would not earn on loans that an order keeps it from making."""
    rules, past_due = originator.place.conduct.terms, past_due_fen(originator)
    if not past_due or not may_lend(originator):
        return {}  # one that lends no more has nothing to lose
    lent = originator.book.applications_of(month_index(originator.place.day) - 1)["granted_fen"]
    earned = max(0, margin_ppm(originator, money_ppm)) / MILLION * life_years(originator)
    lost_fen = lent * rules.order_days / MONTH_DAYS * (1 - rules.lending_ppm / MILLION) * earned
    share = conduct.overdue_share_ppm(originator)
    return {c: round(incident_ppm(rules, c, share) * lost_fen / past_due) for c in strategy.collecting.choices_milli()}
