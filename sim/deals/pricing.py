"""What a stream of dated cash flows yields."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.deals.fees import DAYS_PER_YEAR

_LOWEST, _HIGHEST = math.log(0.001), math.log(1_001.0)
_HALVINGS = 80


def dated_yield(days: Sequence[int], flows_fen: Sequence[int]) -> float:
    """Effective annual yield y with sum of flow / (1 + y)^(days / 365) = 0, actual / 365.

    `days`: day numbers in any order; `flows_fen`: outlays negative, receipts positive. Found by bisection of the log
    yield between -99.9 % and 100,000 % a year. Raises ValueError when lengths differ, when outlay or receipt is
    missing, or when no yield in that range fits.
    """
    if len(days) != len(flows_fen):
        raise ValueError(f"dated_yield: {len(days)} days for {len(flows_fen)} flows; give one day for each flow")
    if not any(fen < 0 for fen in flows_fen) or not any(fen > 0 for fen in flows_fen):
        raise ValueError("dated_yield: a yield needs at least one outlay (negative) and one receipt (positive)")
    first = min(days)
    dated = [((day - first) / DAYS_PER_YEAR, fen) for day, fen in zip(days, flows_fen, strict=True) if fen]

    def value(log_yield: float) -> float:
        return math.fsum([fen * math.exp(-years * log_yield) for years, fen in dated])

    low, high = _LOWEST, _HIGHEST
    value_low, value_high = value(low), value(high)
    if (value_low > 0) == (value_high > 0):
        raise ValueError("dated_yield: no yield between -99.9 % and 100,000 % a year fits these flows")
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break  # no number lies between them
        if (value(middle) > 0) == (value_low > 0):
            low = middle
        else:
            high = middle
    return math.expm1((low + high) / 2)
