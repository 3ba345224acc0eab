"""The logistic function in integers: from thousandths of a logit to a 32-bit threshold.

NumPy's and the C library's exponentials change with version and processor; a table worked out in decimal arithmetic
does not. The table has a node every hundredth of a logit and is read with linear interpolation in integers (relative
error below 2e-5).
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Any

import numpy as np

LIMIT_MILLI = 12_000
_STEP_MILLI = 10


@lru_cache(maxsize=1)
def _nodes() -> np.ndarray[Any, np.dtype[np.int64]]:
    with localcontext() as context:
        context.prec = 30
        values = [
            int((Decimal(1 << 32) / (1 + (Decimal(-milli) / 1000).exp())).to_integral_value())
            for milli in range(-LIMIT_MILLI, LIMIT_MILLI + 1, _STEP_MILLI)
        ]
    return np.array(values, np.int64)


def logistic_threshold(milli_logit: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Thresholds (of 2**32) for logits given in thousandths; logits beyond +-12 are cut to +-12."""
    nodes = _nodes()
    shifted = np.clip(milli_logit.astype(np.int64), -LIMIT_MILLI, LIMIT_MILLI) + LIMIT_MILLI
    below, rest = shifted // _STEP_MILLI, shifted % _STEP_MILLI
    above = np.minimum(below + 1, nodes.size - 1)
    thresholds: np.ndarray[Any, np.dtype[np.int64]] = nodes[below] + (nodes[above] - nodes[below]) * rest // _STEP_MILLI
    return thresholds
