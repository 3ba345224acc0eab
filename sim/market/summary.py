"""The summary of a run: what a person wants to read when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.market.day_close import rates_ppm
from sim.market.market_summary import market_summary
from sim.market.plan_record import PlanRecord, records
from sim.scenario.policy_dates import policies_outside

if TYPE_CHECKING:
    from sim.market.market import SecuritizationMarket


FINE_POOL = 5_000
"""Simulated loans below which a pool's losses depend on a few households."""


def summarise(market: SecuritizationMarket) -> dict[str, Any]:
    """Per tranche: paid, missed, yield, loss. Per pool and book: overdue, NPL, cumulative default, average yield, idle
    cash. Of a market whose originators come to market, before all that: who lends, who funds, who holds, who lost."""
    plans = records(market)
    granularity = _granularity(market, plans)
    whole = {"market": market_summary(market, plans)} if market.shelves else {}
    return {
        **whole,
        "tranches": [_without_terms(row) for plan in plans for row in plan["tranches"]],
        "pools": [plan["pool"] for plan in plans if plan["pool"]],
        "books": [_book(market, name) for name in market.books],
        "events": [] if whole else _events(market),
        "checks": f"ledger and loan books closed to the fen on all {market.day - market.first_day} days",
        "granularity": granularity,
        "warnings": [
            *(_many_warnings(granularity) if whole else _warnings(granularity)),
            *policies_outside(market.given),
        ],
    }


def _warnings(granularity: dict[str, int]) -> list[str]:
    return [
        f"{deal}: its first pool holds {loans:,} simulated loans; below {FINE_POOL:,} its losses are lumpy"
        for deal, loans in granularity.items()
        if loans < FINE_POOL
    ]


def _many_warnings(granularity: dict[str, int]) -> list[str]:
    """Of hundreds of plans, how many have a lumpy pool, and the lumpiest."""
    coarse = {deal: loans for deal, loans in granularity.items() if loans < FINE_POOL}
    if not coarse:
        return []
    least = min(coarse, key=lambda deal: coarse[deal])
    return [
        f"the first pools of {len(coarse)} of {len(granularity)} plans hold fewer than {FINE_POOL:,} simulated loans "
        f"({least} only {coarse[least]:,}), so their losses are lumpy; more and lighter households tell finer"
    ]


def _book(market: SecuritizationMarket, name: str) -> dict[str, Any]:
    book, originator = market.books[name], market.originators[name]
    stocks = book.stock.sum(axis=(0, 1))
    overdue, npl = rates_ppm(stocks, originator.terms.overdue_definition)
    return {
        "deal": f"managed:{name}", "balance_fen": int(stocks.sum()), "overdue_pct": overdue / 10_000,
        "npl_pct": npl / 10_000, "overdue_definition": originator.terms.overdue_definition,
    }  # fmt: skip


def _without_terms(row: dict[str, Any]) -> dict[str, Any]:
    """A tranche's row less its coupon and first rating, which stand in the terms."""
    return {name: value for name, value in row.items() if name not in ("coupon_bp", "rating_at_issue")}


def _granularity(market: SecuritizationMarket, plans: list[PlanRecord]) -> dict[str, int]:
    """Loans in the first pool of each plan, simulated: below 5,000 a pool's losses are lumpy."""
    weight = max(1, market.settings.population.weight)
    return {plan["deal"]: plan["initial_loans"] // weight for plan in plans if plan["pool"]}


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
