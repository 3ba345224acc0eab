"""How many threads the kernels use. Results never depend on it; speed does."""

from __future__ import annotations

import numba

SMALL = 8_000_000
"""Accounts of the largest lender below which a day's kernels are too short to be worth a second thread."""


def use_threads_for(accounts: int) -> int:
    """Set the kernels' threads for a world whose largest lender has so many accounts; returns the number set.

    One thread for small lenders, however many; otherwise all that NUMBA_NUM_THREADS allows.
    """
    threads: int = 1 if accounts < SMALL else numba.config.NUMBA_NUM_THREADS
    numba.set_num_threads(threads)
    return threads
