"""A small market with policies, for tests: how it is simulated, and how two of them are compared."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from worlds import SCENARIOS

from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.records.tables import TABLES
from sim.scenario import load_scenario

SMALL = SCENARIOS / "studies" / "small_market.yaml"
CAP = SCENARIOS / "policies" / "four_times_cap.yaml"
FROM = datetime.date(2019, 2, 11)
"""First day of a policy that is tried alone."""
TINY = {"end": "2019-06-28", "population.households": 5_000, "population.weight": 4_000}


def market_with(overlays: list[Any] | None = None, **overrides: Any) -> SecuritizationMarket:
    """A small market with these overlays and overrides, at its first midnight."""
    return SecuritizationMarket(load_scenario(SMALL, TINY | overrides, overlays=overlays or []))


def simulated(last: datetime.date, overlays: list[Any] | None = None, **overrides: Any) -> SecuritizationMarket:
    """The same, simulated to the end of a day."""
    return run_to(market_with(overlays, **overrides), last)


def run_to(market: SecuritizationMarket, last: datetime.date) -> SecuritizationMarket:
    """Simulate to the end of a day."""
    while market.day <= day_of(last):
        market.step()
    return market


def policy(name: str, kind: str, **terms: Any) -> dict[str, Any]:
    """Overrides that announce a policy; `since` is its first day."""
    given = {"policy": kind, "source": "test"} | {("from" if k == "since" else k): v for k, v in terms.items()}
    return {f"policies.{name}.{key}": value for key, value in given.items()}


def rows(market: SecuritizationMarket, name: str) -> list[dict[str, Any]]:
    """The rows of a table, those that announce a policy left out."""
    return [
        row
        for row in market.recorder.table(name).to_pylist()
        if row.get("event") != "policy_announced" and not str(row.get("subject", "")).startswith("policy:")
    ]


def different(one: SecuritizationMarket, other: SecuritizationMarket) -> set[str]:
    """Names of the tables whose rows differ, those about announcements left out."""
    return _different(one, other, None)


def different_before(day: datetime.date, one: SecuritizationMarket, other: SecuritizationMarket) -> set[str]:
    """Names of the tables whose rows before a day differ."""
    return _different(one, other, day)


def _different(one: SecuritizationMarket, other: SecuritizationMarket, before: datetime.date | None) -> set[str]:
    kept = [name for name in TABLES if one.recorder.wants(name)]
    return {name for name in kept if not _content(one, name, before).equals(_content(other, name, before))}


def _content(market: SecuritizationMarket, name: str, before: datetime.date | None) -> pa.Table:
    """The same rows as `rows`, of the days before one if it is given."""
    table = market.recorder.table(name)
    if "event" in table.column_names:
        table = table.filter(pc.not_equal(table["event"], "policy_announced"))
    if "subject" in table.column_names:
        table = table.filter(pc.invert(pc.starts_with(table["subject"], "policy:")))
    return table if before is None else table.filter(pc.less(table["date"], pa.scalar(before, table["date"].type)))
