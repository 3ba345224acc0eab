"""What is told of a plan, while it lives and after its end: plain rows, made by one function for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents.spv_life import current_rating
from sim.deals.pricing import dated_yield

if TYPE_CHECKING:
    from sim.agents.spv import Spv
    from sim.market.market import SecuritizationMarket

PlanRecord = dict[str, Any]
"""Plain data of one plan: `tranches` (one row each), `pool` (None without one), and what measures are made of."""


def record_of(spv: Spv) -> PlanRecord:
    """Everything that the summary and the printed figures are compared with."""
    memory = spv.memory
    return {
        "deal": spv.name,
        "originator": spv.originator.name,
        "closing": spv.terms.closing.isoformat(),
        "ended": bool(memory["ended"]),
        "initial_loans": memory["initial_loans"],
        "income_fen": memory["life"]["income"],
        "pool_fen_days": memory["pool_history"]["receivable"],
        "tranches": [_tranche(spv, name) for name in spv.terms.ranked if name in memory["results"]],
        "pool": _pool(spv) if memory["initial_pool"] else None,
    }


def records(market: SecuritizationMarket) -> list[PlanRecord]:
    """Of every plan there ever was: those that ended, in the order of their end, then those that live."""
    return [*market.closed.values(), *(record_of(spv) for spv in market.deals.values())]


def _tranche(spv: Spv, name: str) -> dict[str, Any]:
    """What a tranche was sold for, paid, missed, lost, and its yield."""
    kept = spv.memory["results"][name]
    flows = [i + p for i, p in zip(kept["interest"], kept["principal"], strict=True)]
    return {
        "deal": spv.name,
        "tranche": name,
        "rating": current_rating(spv, name),
        "rating_at_issue": spv.terms.tranches[name].rating,
        "face_fen": spv.terms.tranche_face_fen(name),
        "coupon_bp": spv.terms.tranches[name].coupon_bp,
        "paid_interest_fen": sum(kept["interest"]),
        "paid_principal_fen": sum(kept["principal"][1:]),
        "missed_fen": kept["missed"],
        "loss_fen": kept["loss"],
        "yield_pct": _yield(spv, kept["days"], flows),
    }


def _yield(spv: Spv, days: list[int], flows: list[int]) -> float | None:
    """Yield of an ended tranche, per cent a year; none while the plan lives, or when nothing or next to nothing came
    back."""
    if not spv.memory["ended"] or sum(flows[1:]) <= 0:
        return None
    try:
        return round(100 * dated_yield(days, flows), 3)
    except ValueError:  # below -99.9 % a year: the tranche is lost, and its loss says so
        return None


def _pool(spv: Spv) -> dict[str, Any]:
    history, life, initial = spv.memory["pool_history"], spv.memory["life"], spv.memory["initial_pool"]
    days = max(1, history["days"])
    pool_days = max(1, history["receivable"])
    return {
        "deal": spv.name, "balance_fen": spv.pool_fen() if spv.active else 0,
        "overdue_pct": round(100 * history["overdue"] / pool_days, 3),
        "npl_pct": round(100 * history["npl"] / pool_days, 3),
        "cumulative_default_pct": round(100 * life["defaulted"] / initial, 3),
        "average_yield_pct": round(100 * life["income"] * 365 / pool_days, 3),
        "idle_cash_pct": round(100 * history["idle_cash"] / max(1, history["revolving_receivable"]), 3),
        "payment_rate_pct": round(100 * life["principal"] * 365 / 12 / pool_days, 2), "days": days,
    }  # fmt: skip
