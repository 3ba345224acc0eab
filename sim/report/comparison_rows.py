"""What rows of a comparison say as a whole: whether worlds differ, and whether the policy has a rule for lenders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def differs(row: Mapping[str, Any]) -> bool:
    """Whether a paired difference is anything but nought in each seed: one that cancels out in the mean has an interval
    with a width, and that of a single seed has no bounds."""
    return bool(row["difference"]) or (row["seeds"] > 1 and row["low"] < row["high"])


def binds_lenders(rules: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any lender is measured against a rule of the policy; where none is, all count as the lenders bound."""
    return any(row["institution"].startswith("originator:") for row in rules)
