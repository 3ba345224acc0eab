"""Levers varied: what the rule varied asks by itself as the policy becomes known, and where it stops asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.studies.compare_outcomes import billion
from sim.studies.compare_plan import BASE
from sim.studies.compare_tables import Result, interval, of_policy

Row = dict[str, Any]


def dose_table(
    results: Sequence[Result], policy: str, levers: Mapping[str, float], multiples: Mapping[str, float]
) -> list[Row]:
    """One row for each lever of a policy, read in the base at the midnight before the policy becomes known, bn yuan.

    `must_move` is the funding beyond the limit of the rule varied alone; `other_rules` what the policy's other rules
    ask of the same institutions by themselves (the farthest of them by institution); both with 95 % intervals over
    seeds. `binds_below` is the multiple of net assets at which the farthest institution stands, for rules in multiples
    (`multiples`, by rule), with its interval too: from there on the rule asks nothing. A lever that belongs to no rule
    has no row.
    """
    rows = []
    for path, value in levers.items():
        rule = path.split(".")[1] if path.startswith(("policies.", "rules.")) else ""
        eves = [_eve(result, policy) for result in results]
        if not all(any(row["rule"] == rule for row in eve) for eve in eves):
            continue
        own = [[row for row in eve if row["rule"] == rule] for eve in eves]
        multiple = multiples.get(rule)
        farthest = [max(_used(row) for row in mine) for mine in own]
        rows.append({
            "policy": policy, "path": path, "rule": rule, "value": value, "date": own[0][0]["date"],
            **_named("must_move", [billion(sum(row["shortfall_fen"] for row in mine)) for mine in own]),
            **_named("other_rules", [_farthest([row for row in eve if row["rule"] != rule]) for eve in eves]),
            **_named("binds_below", [multiple * used for used in farthest] if multiple is not None else None),
            "farthest": max(own[0], key=_used)["institution"],
        })  # fmt: skip
    return rows


def _eve(result: Result, policy: str) -> list[Row]:
    """Every institution against every new rule at the midnight before the policy becomes known, in the base."""
    rows: list[Row] = of_policy(result, policy)["rules"][BASE]
    first = min((row["date"] for row in rows), default="")
    return [row for row in rows if row["date"] == first]


def _used(row: Row) -> float:
    """Position over limit; one without net assets has no multiple and is left out."""
    used: float = row["position_fen"] / row["limit_fen"] if row["limit_fen"] > 0 else 0.0
    return used


def _farthest(rows: Sequence[Row]) -> float:
    """Each institution's largest shortfall, summed, bn yuan."""
    found: dict[str, int] = {}
    for row in rows:
        found[row["institution"]] = max(found.get(row["institution"], 0), row["shortfall_fen"])
    return billion(sum(found.values()))


def _named(name: str, values: Sequence[float] | None) -> Row:
    """A mean and its interval, which does not reach below zero: what must move is never negative."""
    mean, low, high = (None, None, None) if values is None else interval(values)
    return {name: mean, f"{name}_low": None if low is None else max(0.0, low), f"{name}_high": high}
