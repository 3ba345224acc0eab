"""How long ago the due dates of a day lie, for loans that missed several."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from sim.calendar import date_of, day_of
from sim.credit.kernels import layout as at

Array = np.ndarray[Any, Any]


@lru_cache(maxsize=8)
def days_since(day: int) -> Array:
    """Days from the k-th last due date to a day, k = 0 the day itself: due dates are the same day of earlier months."""
    when = date_of(day)
    out = []
    for k in range(at.MAX_CYCLES + 1):
        months = when.year * 12 + when.month - 1 - k
        out.append(day - day_of(when.replace(year=months // 12, month=months % 12 + 1)))
    table: Array = np.array(out, np.int64)
    table.flags.writeable = False
    return table
