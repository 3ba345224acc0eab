"""Results of all seeds as tables: paired differences with intervals, by outcome, lender, group of people and chain.

A difference is taken seed by seed, policy less base; its 95 % interval is Student's over seeds. The variance ratio says
what sharing households, shocks and tempers is worth: with seeds drawn apart a difference would vary as much as both
worlds together, so as many times more seeds would be needed for the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sim.studies.compare_outcomes import OUTCOMES, READ_IN_BASE, Told, billion
from sim.studies.compare_plan import BASE
from sim.studies.signs import Pair, paired_difference

Row = dict[str, Any]
Result = Mapping[str, Any]
"""What one seed shows, see `sim.studies.compare_task`."""

PEOPLE: Final[Mapping[str, Told]] = {
    "limit_cut": Told("who is cut", "people", "whose limits in force are more than a tenth lower than without it"),
    "lost_credit": Told("who is cut", "people", "who owe something only without the policy"),
    "gained_credit": Told("who is cut", "people", "who owe something only under the policy"),
    "default_only_policy": Told("defaults", "people", "who fall into default only under the policy"),
    "default_only_base": Told("defaults", "people", "who fall into default only without it"),
    "default_both": Told("defaults", "people", "who fall into default in both worlds"),
}  # fmt: skip
"""Counts of people told apart by comparing the two worlds household by household."""
MOVES: Final[Mapping[str, str]] = {
    "pooled": "pools of notes", "partners": "partner banks", "own": "own books of the lenders bound",
    "elsewhere": "others that own their loans", "others": "other lenders", "all": "all credit",
}  # fmt: skip
"""Where credit stands on the last day: the parts of the lenders bound, what others lend, and the sum."""
_LENDER: Final[Mapping[str, str]] = {
    "managed_fen": "credit, bn yuan", "net_assets_fen": "net assets, bn yuan", "notes_fen": "notes, bn yuan",
    "partners_fen": "partners' part, bn yuan", "own_fen": "own books, bn yuan",
}  # fmt: skip


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """(mean, lower, upper) of a 95 % interval of plain values over seeds."""
    return paired_difference((0.0, value) for value in values)


def amount(values: Sequence[float]) -> tuple[float, float, float]:
    """(mean, lower, upper) of a 95 % interval of something that is never negative, and neither is the interval."""
    mean, low, high = interval(values)
    return mean, max(0.0, low), high


def variance_ratio(pairs: Sequence[Pair]) -> float | None:
    """(variance of the base + variance of the policy) / variance of the paired difference; None where the difference
    never varies, or with a single seed."""
    if len(pairs) < 2:
        return None
    apart = _variance([b for b, _ in pairs]) + _variance([p for _, p in pairs])
    together = _variance([p - b for b, p in pairs])
    return apart / together if together > 0 else None


def outcome_table(results: Sequence[Result], policy: str) -> list[Row]:
    """Every outcome: both worlds' means, the difference with its interval, in per cent too, and the variance ratio."""
    return [
        {"policy": policy, "outcome": name, **vars(told), **difference(_pairs(results, policy, name))}
        for name, told in OUTCOMES.items()
        if name not in READ_IN_BASE
    ]


def people_table(results: Sequence[Result], policy: str) -> list[Row]:
    """Counts of people by what differs between their two worlds, mean over seeds with an interval."""
    rows = []
    for name, told in PEOPLE.items():
        mean, low, high = amount([_all(result, policy)[name] for result in results])
        ends = {"mean": mean, "low": low, "high": high}
        rows.append({"policy": policy, "outcome": name, **vars(told), **ends})
    return rows


def difference(pairs: Sequence[Pair]) -> Row:
    """Both means, the paired difference with its interval, the same in per cent of the base, and the variance ratio."""
    mean, low, high = paired_difference(pairs)
    base = math.fsum(b for b, _ in pairs) / len(pairs)
    percent = [None if not base else 100 * value / abs(base) for value in (mean, low, high)]
    return {
        "base": base, "under_policy": base + mean, "difference": mean, "low": low, "high": high,
        "percent": percent[0], "percent_low": percent[1], "percent_high": percent[2],
        "variance_ratio": variance_ratio(pairs), "seeds": len(pairs),
    }  # fmt: skip


def lender_table(results: Sequence[Result], policy: str) -> list[Row]:
    """Each lender on the last day: credit, who funds it, net assets and leverage, both worlds and the difference."""
    lasts = [_last_lenders(result, policy) for result in results]
    rows = []
    for name in lasts[0][0]:
        for column, what in _LENDER.items():
            pairs = [(billion(base[name][column]), billion(other[name][column])) for base, other in lasts]
            if any(value for pair in pairs for value in pair):
                rows.append({"policy": policy, "lender": name, "what": what, **difference(pairs)})
        for what, columns in (
            ("notes and bonds over net assets", ("standardised_fen",)),
            ("notes and partners' part over net assets", ("notes_fen", "partners_fen")),
        ):
            pairs = [(_leverage(base[name], columns), _leverage(other[name], columns)) for base, other in lasts]
            if any(value for pair in pairs for value in pair):
                rows.append({"policy": policy, "lender": name, "what": what, **difference(pairs)})
    return rows  # fmt: skip


def move_table(results: Sequence[Result], policy: str) -> list[Row]:
    """Where credit stands on the last day in both worlds, bn yuan: what left pools went to these places, or nowhere."""
    pairs: dict[str, list[Pair]] = {name: [] for name in MOVES}
    for result in results:
        base, other = (places(rows, of_policy(result, policy)["bound"]) for rows in _last_lenders(result, policy))
        for name in MOVES:
            pairs[name].append((base[name], other[name]))
    return [{"policy": policy, "where": MOVES[name], "place": name, **difference(of)} for name, of in pairs.items()]


def group_table(results: Sequence[Result], policy: str) -> list[Row]:
    """By group of people: credit in both worlds with the difference, and who was cut or defaults in one world only,
    mean over seeds with intervals."""
    rows = []
    for k, first in enumerate(of_policy(results[0], policy)["groups"]):
        of_group = [of_policy(result, policy)["groups"][k] for result in results]
        if not any(row["people"] for row in of_group):
            continue
        pairs = [(billion(row["credit_base_fen"]), billion(row["credit_policy_fen"])) for row in of_group]
        people: Row = {"people": _mean([row["people"] for row in of_group])}
        for name in PEOPLE:
            people |= zip((name, f"{name}_low", f"{name}_high"), amount([row[name] for row in of_group]), strict=True)
        rows.append(
            {"policy": policy, "dimension": first["dimension"], "group": first["group"], **difference(pairs), **people}
        )
    return rows


def chain_table(results: Sequence[Result], policy: str) -> list[Row]:
    """People who default only under the policy, by the chain that led there and its lenders; mean over seeds with an
    interval."""
    names = ("chain", "cut_at", "refused_for", "default_at")
    found: dict[tuple[str, ...], list[int]] = {}
    for number, result in enumerate(results):
        for row in of_policy(result, policy)["chains"]:
            found.setdefault(tuple(row[name] for name in names), [0] * len(results))[number] += row["people"]
    return [
        {"policy": policy, **dict(zip((*names, "people", "low", "high"), (*key, *amount(people)), strict=True))}
        for key, people in sorted(found.items(), key=lambda item: (-sum(item[1]), item[0]))
    ]


def borrower_table(results: Sequence[Result], policy: str) -> list[Row]:
    """Households that default only under the policy, only without it or in both worlds, seed by seed, with the month of
    each step; the first of each kind, see `sim.studies.compare_borrowers.MOST_LISTED`."""
    return [
        {"policy": policy, "seed": result["seed"], **row}
        for result in results
        for row in of_policy(result, policy)["borrowers"]
    ]


def _last_lenders(result: Result, policy: str) -> tuple[dict[str, Row], dict[str, Row]]:
    """Lenders by name on the last day, in the base and under the policy."""
    return _last(result["lenders"][BASE]), _last(result["lenders"][policy])


def _last(rows: Iterable[Row]) -> dict[str, Row]:
    return {row["lender"]: row for row in rows}  # rows are in the order of dates, so the last one stays


def places(rows: Mapping[str, Row], bound: Iterable[str]) -> dict[str, float]:
    """Credit by where it stands, bn yuan."""
    ours = [rows[name] for name in bound]
    every = sum(row["managed_fen"] for row in rows.values())
    managed = sum(row["managed_fen"] for row in ours)
    parts = {part: sum(row[f"{part}_fen"] for row in ours) for part in ("pooled", "partners", "own")}
    fen = {**parts, "elsewhere": managed - sum(parts.values()), "others": every - managed, "all": every}
    return {name: billion(value) for name, value in fen.items()}


def _leverage(row: Mapping[str, int], columns: Iterable[str]) -> float:
    return sum(row[column] for column in columns) / row["net_assets_fen"] if row["net_assets_fen"] > 0 else 0.0


def of_policy(result: Result, policy: str) -> Mapping[str, Any]:
    of: Mapping[str, Any] = result["policies"][policy]
    return of


def _all(result: Result, policy: str) -> Mapping[str, Any]:
    row: Mapping[str, Any] = of_policy(result, policy)["groups"][0]
    return row


def _pairs(results: Sequence[Result], policy: str, name: str) -> list[Pair]:
    both = [of_policy(result, policy)["outcomes"] for result in results]
    return [(worlds[BASE][name], worlds["policy"][name]) for worlds in both]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
