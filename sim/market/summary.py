"""The summary of a run: what a person wants to read when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents.spv_life import current_rating
from sim.deals.pricing import dated_yield
from sim.market.day_close import rates_ppm

if TYPE_CHECKING:
    from sim.agents.spv import Spv
    from sim.market.market import SecuritizationMarket


FINE_POOL = 5_000
"""Simulated loans below which a pool's losses depend on a few households."""


def summarise(market: SecuritizationMarket) -> dict[str, Any]:
    """Per tranche: paid, missed, yield, loss. Per pool and book: overdue, NPL, cumulative default, average yield, idle
    cash."""
    return {
        "tranches": [row for spv in market.deals.values() for row in _tranches(spv)],
        "pools": [_pool(spv) for spv in market.deals.values() if spv.memory["initial_pool"]],
        "books": [_book(market, name) for name in market.books],
        "events": _events(market),
        "checks": f"ledger and loan books closed to the fen on all {market.day - market.first_day} days",
        "granularity": _granularity(market),
        "warnings": [
            f"{deal}: its first pool holds {loans:,} simulated loans; below {FINE_POOL:,} its losses are lumpy"
            for deal, loans in _granularity(market).items()
            if loans < FINE_POOL
        ],
    }


def _tranches(spv: Spv) -> list[dict[str, Any]]:
    rows = []
    for name in spv.terms.ranked:
        kept = spv.memory["results"].get(name)
        if kept is None:
            continue
        flows = [i + p for i, p in zip(kept["interest"], kept["principal"], strict=True)]
        rows.append(
            {
                "deal": spv.name,
                "tranche": name,
                "rating": current_rating(spv, name),
                "face_fen": spv.terms.tranche_face_fen(name),
                "paid_interest_fen": sum(kept["interest"]),
                "paid_principal_fen": sum(kept["principal"][1:]),
                "missed_fen": kept["missed"],
                "loss_fen": kept["loss"],
                "yield_pct": _yield(spv, kept["days"], flows),
            }
        )
    return rows


def _yield(spv: Spv, days: list[int], flows: list[int]) -> float | None:
    """Yield of an ended tranche, per cent a year; none while the plan lives or when nothing came back."""
    if not spv.memory["ended"] or sum(flows[1:]) <= 0:
        return None
    return round(100 * dated_yield(days, flows), 3)


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


def _book(market: SecuritizationMarket, name: str) -> dict[str, Any]:
    book, originator = market.books[name], market.originators[name]
    stocks = book.stock.sum(axis=(0, 1))
    overdue, npl = rates_ppm(stocks, originator.terms.overdue_definition)
    return {
        "deal": f"managed:{name}", "balance_fen": int(stocks.sum()), "overdue_pct": overdue / 10_000,
        "npl_pct": npl / 10_000, "overdue_definition": originator.terms.overdue_definition,
    }  # fmt: skip


def _granularity(market: SecuritizationMarket) -> dict[str, int]:
    """Loans in the first pool of each plan, simulated: below 5,000 a pool's losses are lumpy."""
    weight = max(1, market.settings.population.weight)
    return {
        spv.name: spv.memory["initial_loans"] // weight for spv in market.deals.values() if spv.memory["initial_pool"]
    }


def _events(market: SecuritizationMarket) -> list[str]:
    table = market.recorder.table("events").to_pylist()
    changed = (
        "event of default",
        "accelerate",
        "end_revolving",
        "event_of_default",
        "switch_remittance",
        "dismiss_servicer",
        "loss",
    )
    return [
        f"{row['date']} {row['deal'] or row['institution']}: {row['event']}: {row['detail']}"
        for row in table
        if any(word in row["effect"] for word in changed) or row["family"] in ("default", "support")
    ]
