"""How far each lender stands from a policy's new limits: where it comes nearest, what binds it instead, and from which
multiple on the limit would bind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.studies.compare_months import binding_table, rule_table
from sim.studies.compare_plan import BASE
from sim.studies.compare_tables import Result

Row = dict[str, Any]


def distance_table(results: Sequence[Result], policy: str, multiples: Mapping[str, float]) -> list[Row]:
    """Institution by institution and new rule, the month of the base in which least is left below the limit, bn yuan.

    `multiples` are the multiples of net assets of the rules that are such, by name: `binds_below` is the largest at
    which a position would have stood at its limit, multiple x position / limit. `bound_by` names the rules that leave
    the institution no headroom in the base and in which part of the months compared.
    """
    nearest: dict[tuple[str, str], Row] = {}
    for row in rule_table(results, policy):
        key = row["institution"], row["rule"]
        if row["limit_base"] > 0 and (key not in nearest or _used(row) > _used(nearest[key])):
            nearest[key] = row
    bound = _bound_by(results, policy, set(multiples) | {rule for _, rule in nearest})
    return [
        {
            "policy": policy, "institution": institution, "rule": rule, "date": row["date"],
            "position": row["position_base"], "limit": row["limit_base"],
            "headroom": row["limit_base"] - row["position_base"], "used_percent": 100 * _used(row),
            "multiple": multiples.get(rule),
            "binds_below": multiples[rule] * _used(row) if rule in multiples else None,
            "bound_by": bound.get(institution, ""),
        }
        for (institution, rule), row in sorted(nearest.items())
    ]  # fmt: skip


def in_words(rows: Sequence[Row]) -> str:
    """Cap by cap in multiples of net assets: whether it binds anybody in the base, how far the nearest is, what does
    instead."""
    caps: dict[str, list[Row]] = {}
    for row in rows:
        if row["binds_below"] is not None:
            caps.setdefault(row["rule"], []).append(row)
    return " ".join(_cap_in_words(rule, of) for rule, of in caps.items())


def _cap_in_words(rule: str, rows: Sequence[Row]) -> str:
    row = max(rows, key=lambda cap: (cap["used_percent"], cap["institution"]))
    beyond = [r for r in rows if r["headroom"] < 0]
    if beyond:
        names = ", ".join(f"{r['institution']} ({-r['headroom']:,.2f} bn at most)" for r in beyond)
        return (
            f"Beyond {rule} in the base: {names}. It would bind nobody from a multiple of {row['binds_below']:.2f} on."
        )
    other = f" What binds it is {row['bound_by']}." if row["bound_by"] else " No other rule binds it either."
    return (
        f"{rule} binds nobody in the base. Nearest is {row['institution']}: at {row['binds_below']:.2f} times its net "
        f"assets on {row['date']}, {row['headroom']:,.2f} bn yuan below the limit of {row['multiple']:g} times. "
        f"It would begin to bind below a multiple of {row['binds_below']:.2f}.{other}"
    )


def _used(row: Row) -> float:
    used: float = row["position_base"] / row["limit_base"]
    return used


def _bound_by(results: Sequence[Result], policy: str, new: set[str]) -> dict[str, str]:
    """Institution -> the rules of the base that leave it no headroom, with the part of the months, most often first."""
    found: dict[str, dict[str, float]] = {}
    base = [row for row in binding_table(results, policy) if row["world"] == BASE]
    months = max(1, len({row["date"] for result in results for row in result["lenders"][BASE]}))
    for row in base:
        if row["rule"] not in new:
            shares = found.setdefault(row["institution"], {})
            shares[row["rule"]] = shares.get(row["rule"], 0.0) + row["share_of_seeds"] / months
    return {
        institution: ", ".join(
            f"{rule} ({100 * share:.0f} % of months)"
            for rule, share in sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
        )
        for institution, shares in found.items()
    }
