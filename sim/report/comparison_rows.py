"""What rows of a comparison say as a whole: whether worlds differ, whether the policy has a rule for lenders, and how
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


def binds_lenders(rules: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any lender is measured against a rule of the policy; where none is, all count as the lenders bound."""
    return any(row["institution"].startswith("originator:") for row in rules)


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
