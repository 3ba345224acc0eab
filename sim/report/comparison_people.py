"""People on the page of a comparison: who is hit in one world only, by group, by chain, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sim.report.comparison_rows import PAIRED, clear
from sim.report.markup import between, fold, heading, number, paragraph, table

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]

MOST_CHAINS = 60
EXAMPLES = 5
"""Households of each chain that the page names."""
FEW = 30
"""Households over all seeds below which a count of people rests on a handful of draws, and is marked."""
_HIT: Final = {
    "limit cut": "limit_cut", "lost credit": "lost_credit", "default only under it": "default_only_policy",
    "default only without": "default_only_base", "default in both": "default_both",
}  # fmt: skip
_GROUPS: Final = (
    "Credit is what households owe: a payment promised for a later day of the running cycle is on its way and counts "
    "no more, while lenders' books above hold it until it arrives."
)
_EXAMPLES: Final = "Households that default only under the policy (examples, first seed)"
_OTHERS: Final = "Households that default only without it, or in both worlds (examples, first seed)"
_CHAINS: Final = (
    "Of people who default only under the policy: credit counts as cut where a lender would lend less than nine tenths "
    "of what it would without it; a rollover is refused where a household that pays one lender with cash from another "
    "finds none. Means over seeds with intervals."
)


def people_sections(found: Tables, manifest: Mapping[str, Any], prefix: str) -> list[str]:
    """Everything the page says of people under one policy."""
    households = _households(manifest)
    few = f"* rests on fewer than {FEW} households over all seeds: a handful of draws, and no rate."
    return [
        heading(f"{prefix}People, one by one"),
        paragraph("The same household meets the same draws in both worlds, so who is hit can be counted and named."),
        table(found["people"], {
            "": "what", "people": "mean", "95 %": lambda r: between(r["low"], r["high"]),
            "households, all seeds": lambda r: _marked(households(r["mean"]), households(r["mean"])),
        }),
        table(found["groups"], {
            "by": "dimension", "group": "group", "people": "people", "credit, bn yuan": "base",
            "difference": "difference", "95 %": PAIRED["95 %"], "%": "percent",
        }, clear=clear),
        paragraph(_GROUPS),
        table(found["groups"], {
            "by": "dimension", "group": "group", **{title: _hit(name, households) for title, name in _HIT.items()},
        }),
        paragraph(few),
        heading(f"{prefix}The chain that led to default", 3),
        paragraph(_CHAINS),
        table(found["chains"][:MOST_CHAINS], {
            "chain": "chain", "credit cut at": "cut_at", "rollover refused for": "refused_for",
            "default at": "default_at", "people": "people", "95 %": lambda r: between(r["low"], r["high"]),
            "households, all seeds": lambda r: _marked(households(r["people"]), households(r["people"])),
        }, empty="Nobody defaults only under the policy."),
        *([paragraph(few)] if found["chains"] else []),
        *_named(found, households),
    ]  # fmt: skip


def _households(manifest: Mapping[str, Any]) -> Callable[[float], int]:
    """How many households, over all seeds, a mean count of people rests on."""
    seeds, weight = len(manifest["seeds"]), manifest["weight"]
    return lambda people: round(people * seeds / weight)


def _hit(name: str, households: Callable[[float], int]) -> Callable[[Mapping[str, Any]], str]:
    """A count of people with its interval."""

    def told(row: Mapping[str, Any]) -> str:
        ends = between(row[f"{name}_low"], row[f"{name}_high"])
        return _marked(row[name], households(row[name])) + (f" {ends}" if row[name] and ends != "–" else "")

    return told


def _marked(value: float, households: int) -> str:
    shown = f"{value:,}" if isinstance(value, int) else number(value)
    return f"{shown}*" if 0 < households < FEW else shown


def _named(found: Tables, households: Callable[[float], int]) -> list[str]:
    """A few households by number, and how many of all the table of borrowers lists."""
    listed = found["borrowers"]
    if not listed:
        return []
    every = {row["outcome"]: households(row["mean"]) for row in found["people"]}
    defaults = sum(every[name] for name in ("default_only_policy", "default_only_base", "default_both"))
    extent = "all of them" if len(listed) == defaults else f"{len(listed):,} of them, the first of each kind and seed,"
    who: dict[str, Any] = {
        "household": lambda r: str(r["household"]), "people": "people", "age": "age", "region": "region",
        "income a month, yuan": lambda r: r["income_fen"] / 100,
    }  # fmt: skip
    return [
        paragraph(
            f"{defaults:,} households default in one world or both, over all seeds; {extent} are in "
            "tables/borrowers.csv, which says of each in which world."
        ),
        fold(_EXAMPLES, table(_examples(listed), {
            **who, "credit cut": lambda r: _step(r, "cut", "cut_at"),
            "rollover refused": lambda r: _step(r, "refused", "refused_for"),
            "default": lambda r: _step(r, "default", "default_at"),
        })),
        fold(_OTHERS, table(_others(listed), {
            **who, "defaults": "defaults", "default without it": lambda r: _step(r, "default_base", "default_at_base"),
            "default under it": lambda r: _step(r, "default", "default_at"),
        })),
    ]  # fmt: skip


def _examples(listed: list[Row]) -> list[Row]:
    """A few households of each chain, of the first seed that has any."""
    only = [row for row in listed if row["chain"]]
    first = [row for row in only if row["seed"] == only[0]["seed"]]
    chains = dict.fromkeys(row["chain"] for row in first)
    return [row for chain in chains for row in [r for r in first if r["chain"] == chain][:EXAMPLES]]


def _others(listed: list[Row]) -> list[Row]:
    """A few households of each other kind of default, of the first seed that has any."""
    kinds = {row["defaults"]: row["seed"] for row in reversed(listed) if not row["chain"]}
    alike = {kind: [r for r in listed if (r["defaults"], r["seed"]) == (kind, seed)] for kind, seed in kinds.items()}
    return [row for kind in sorted(alike, reverse=True) for row in alike[kind][:EXAMPLES]]


def _step(row: Mapping[str, Any], month: str, where: str) -> str:
    return f"{row[month]} {row[where]}" if row[month] else ""
