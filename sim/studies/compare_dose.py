"""Levers varied: what the rule varied asks by itself as the policy becomes known, and where it stops asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.studies.compare_outcomes import billion
from sim.studies.compare_plan import BASE
from sim.studies.compare_tables import Result, amount, of_policy

Row = dict[str, Any]
Ends = tuple[float | None, float | None, float | None]
"""A mean with the ends of its 95 % interval over seeds."""


def dose_table(
    results: Sequence[Result], policy: str, levers: Mapping[str, float], multiples: Mapping[str, float]
) -> list[Row]:
    """One row for each lever of a policy, read in the base at the midnight before the policy becomes known, bn yuan.

    `must_move` is the funding beyond the limit of the rule varied alone; `other_rules` what the policy's other rules
    ask of the same institutions by themselves (the farthest of them by institution); both with 95 % intervals over
    seeds. `binds_below` is the multiple of net assets at which the farthest institution stands, for rules in multiples
    (`multiples`, by rule), with its interval too, see `standing_multiples`: from there on the rule asks nothing. A
    lever that belongs to no rule has no row.
    """
    rows = []
    for path, value in levers.items():
        rule = path.split(".")[1] if path.startswith(("policies.", "rules.")) else ""
        eves = [_eve(result, policy) for result in results]
        if not all(any(row["rule"] == rule for row in eve) for eve in eves):
            continue
        own = [[row for row in eve if row["rule"] == rule] for eve in eves]
        standing = standing_multiples(results, policy, rule, multiples.get(rule, 1.0))
        farthest = max(standing, key=lambda name: (standing[name][0], name))
        ends = standing[farthest] if rule in multiples else (None, None, None)
        rows.append({
            "policy": policy, "path": path, "rule": rule, "value": value, "date": own[0][0]["date"],
            **_named("must_move", amount([billion(sum(row["shortfall_fen"] for row in mine)) for mine in own])),
            **_named("other_rules", amount([_farthest([r for r in eve if r["rule"] != rule]) for eve in eves])),
            **_named("binds_below", ends), "farthest": farthest,
        })  # fmt: skip
    return rows


def standing_multiples(results: Sequence[Result], policy: str, rule: str, multiple: float) -> dict[str, Ends]:
    """Institution -> the multiple of net assets at which it stands under a rule, read in the base at the midnight
    before the policy becomes known: multiple x position / limit, mean over seeds with its interval. The cap binds it
    below that, so from the largest of these on it binds nobody."""
    found: dict[str, list[float]] = {}
    for number, result in enumerate(results):
        for row in _eve(result, policy):
            if row["rule"] == rule:
                found.setdefault(row["institution"], [0.0] * len(results))[number] = multiple * _used(row)
    return {institution: amount(values) for institution, values in found.items()}


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


def _named(name: str, ends: Ends) -> Row:
    return {name: ends[0], f"{name}_low": ends[1], f"{name}_high": ends[2]}
