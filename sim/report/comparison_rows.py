"""What rows of a comparison say as a whole: whether worlds differ, whether a policy leaves some lenders alone, and how
paired differences stand in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sim.report.markup import between, number

MOST_RATIO = 1_000_000
"""Beyond this a ratio tells of differences of a few fen: it is so large, and no more."""


def differs(row: Mapping[str, Any]) -> bool:
    """Whether a paired difference is anything but nought in each seed: one that cancels out in the mean has an interval
    with a width, and that of a single seed has no bounds."""
    return bool(row["difference"]) or (row["seeds"] > 1 and row["low"] < row["high"])


def first_of_each(manifest: Mapping[str, Any]) -> list[str]:
    """Policies by name; of each file whose levers were varied the first value alone."""
    firsts: dict[str, str] = {}
    for policy in manifest["policies"]:
        firsts.setdefault(manifest["families"][policy] if manifest["levers"][policy] else policy, policy)
    return list(firsts.values())


def nought(row: Mapping[str, Any]) -> bool:
    """Whether a paired difference is of nothing at all: nought in both worlds of every seed."""
    return not row["base"] and not differs(row)


def some_lenders(outcomes: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the policy binds some lenders and leaves others, who lend in either world."""
    return any(row["outcome"] == "credit_other" and (row["base"] or row["under_policy"]) for row in outcomes)


def clear(row: Mapping[str, Any]) -> str:
    """Rows whose interval leaves zero out stand out."""
    return "yes" if row["low"] > 0 or row["high"] < 0 else ""


def _ratio(row: Mapping[str, Any]) -> str:
    if row["variance_ratio"] is None:
        return "never varies" if not row["difference"] and row["seeds"] > 1 else "–"
    return number(row["variance_ratio"]) if row["variance_ratio"] <= MOST_RATIO else f"over {MOST_RATIO:,}"


PAIRED: Final[dict[str, Any]] = {
    "base": "base", "policy": "under_policy", "difference": "difference",
    "95 %": lambda row: between(row["low"], row["high"]), "%": "percent", "variance ratio": _ratio,
}  # fmt: skip
"""Columns of a paired difference."""
