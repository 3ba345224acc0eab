"""Results of all seeds month by month: credit and its funding in both worlds, positions against limits, losses."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sim.studies.compare_outcomes import billion, excess_fen
from sim.studies.compare_plan import BASE
from sim.studies.compare_tables import Result, interval, of_policy, places

Row = dict[str, Any]

DONE_SHARE: Final = 0.05
"""Part of what must move that may still be open when the move counts as done."""
DIFFERENCE: Final = "difference"
"""The policy's world less the base, seed by seed."""
_WORLDS: Final = (BASE, "policy")


def days_to_comply(result: Result, policy: str) -> float | None:
    """Days from the policy's first day until what must move has moved but for a twentieth; None where it has not by
    the last day, 0 where nothing must."""
    of = of_policy(result, policy)
    must = of["outcomes"][BASE]["must_move"]
    if not must:
        return 0.0
    by_date = _by_date(of["rules"]["policy"])
    for date in sorted(by_date):
        if date >= of["first_day"] and billion(excess_fen(by_date[date])) <= DONE_SHARE * must:
            return float((datetime.date.fromisoformat(date) - datetime.date.fromisoformat(of["first_day"])).days)
    return None


def months_table(results: Sequence[Result], policy: str) -> list[Row]:
    """By month and world, where the credit of the lenders bound stands and what all others lend, bn yuan: mean over
    seeds with a 95 % interval, and the same of the paired difference. Before its first day a policy's world is the
    base."""
    base, theirs = (_standing(results, policy, world) for world in (BASE, policy))
    apart = {
        key: [under - without for without, under in zip(base[key], values, strict=True)]
        for key, values in theirs.items() if key in base
    }  # fmt: skip
    rows = []
    for world, found in ((BASE, base), ("policy", theirs), (DIFFERENCE, apart)):
        rows += [
            {
                "policy": policy,
                "world": world,
                "date": date,
                "place": place,
                **dict(zip(("mean", "low", "high"), interval(values), strict=True)),
            }
            for (date, place), values in sorted(found.items())
        ]
    return rows  # fmt: skip


def _standing(results: Sequence[Result], policy: str, world: str) -> dict[tuple[str, str], list[float]]:
    """(date, place) -> credit seed by seed in one world, bn yuan."""
    found: dict[tuple[str, str], list[float]] = {}
    for result in results:
        bound = of_policy(result, policy)["bound"]
        for date, lenders in _by_date(_history(result, world)).items():
            at = places({row["lender"]: row for row in lenders}, bound)
            for place, value in (*at.items(), ("bound", at["all"] - at["others"])):
                found.setdefault((date, place), []).append(value)
    return found


def rule_table(results: Sequence[Result], policy: str) -> list[Row]:
    """Month by month each institution's position against each new rule, in both worlds; means over seeds, bn yuan.

    `counts` is what the rule counts: of capital the position is what is demanded and the limit what is there.
    """
    sums: dict[tuple[str, str, str, str], list[float]] = {}
    for result in results:
        for side, world in enumerate((BASE, "policy")):
            for row in of_policy(result, policy)["rules"][world]:
                kept = sums.setdefault((row["date"], row["institution"], row["rule"], row["counts"]), [0.0] * 4)
                kept[2 * side] += billion(row["position_fen"])
                kept[2 * side + 1] += billion(row["limit_fen"])
    names = ("position_base", "limit_base", "position_policy", "limit_policy")
    return [
        {"policy": policy, "date": key[0], "institution": key[1], "rule": key[2], "counts": key[3],
         **{name: value / len(results) for name, value in zip(names, values, strict=True)}}
        for key, values in sorted(sums.items())
    ]  # fmt: skip


def binding_table(results: Sequence[Result], policy: str) -> list[Row]:
    """In which share of seeds a rule leaves no headroom to a lender the policy binds, or to a bank for which it has a
    rule, by month and world."""
    seeds: dict[tuple[str, str, str, str], int] = {}
    for result in results:
        of = of_policy(result, policy)
        bound = {f"originator:{name}" for name in of["bound"]}
        bound |= {row["institution"] for row in of["rules"][BASE] if row["institution"].startswith("bank:")}
        for world in _WORLDS:
            for row in result["binding"][BASE if world == BASE else policy]:
                if row["institution"] in bound:
                    key = (world, row["date"], row["institution"], row["rule"])
                    seeds[key] = seeds.get(key, 0) + 1
    return [
        {"policy": policy, "world": key[0], "date": key[1], "institution": key[2], "rule": key[3],
         "share_of_seeds": count / len(results)}
        for key, count in sorted(seeds.items())
    ]  # fmt: skip


def loss_table(results: Sequence[Result], policy: str) -> list[Row]:
    """Losses on notes and of banks since the policy's first day, summed up to each month, bn yuan, by world."""
    rows = []
    for world in _WORLDS:
        series = [of_policy(result, policy)["losses"][world] for result in results]
        months = sorted({month for of in series for month in of} | set(_months(results, policy)))
        for kind, name in enumerate(("notes", "banks")):
            sums = [0.0] * len(series)
            for month in months:
                sums = [total + of.get(month, (0.0, 0.0))[kind] for total, of in zip(sums, series, strict=True)]
                mean, low, high = interval(sums)
                band = {"mean": mean, "low": max(0.0, low), "high": high}  # losses are never negative
                rows.append({"policy": policy, "world": world, "month": month, "of": name, **band})
    return rows


def _months(results: Sequence[Result], policy: str) -> list[str]:
    """The months of the span in which a policy is compared."""
    first = of_policy(results[0], policy)["first_day"]
    return sorted({row["date"][:7] for row in results[0]["lenders"][BASE] if row["date"] >= first})


def _history(result: Result, world: str) -> list[Row]:
    own: list[Row] = result["lenders"][world]
    first = min((row["date"] for row in own), default="9999")
    return [row for row in result["lenders"][BASE] if row["date"] < first] + own


def _by_date(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["date"], []).append(row)
    return found
