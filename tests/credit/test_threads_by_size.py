"""Small worlds run on one thread, large ones on all; which, no result can tell."""

from __future__ import annotations

import numba
import pytest

from sim.credit.threads import SMALL, use_threads_for


@pytest.mark.parametrize(
    ("households", "threads"), [(1_000, 1), (SMALL - 1, 1), (SMALL, numba.config.NUMBA_NUM_THREADS)]
)
def test_threads_follow_the_size_of_the_world(households: int, threads: int) -> None:
    before = numba.get_num_threads()
    try:
        assert use_threads_for(households) == threads == numba.get_num_threads()
    finally:
        numba.set_num_threads(before)
