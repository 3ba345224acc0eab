"""How many threads the kernels use, and books of small lenders worked on side by side. Results never depend on it;
speed does.

A large lender's kernels share its lanes out among threads. The kernels of small ones are too short for that, but the
books are many: a few threads of Python then take a book each, since kernels that only touch one book let go of the
interpreter's lock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import numba

SMALL = 8_000_000
"""Accounts of the largest lender below which a day's kernels are too short to be worth a second thread."""

FEW = 1_000_000
"""Accounts of all lenders together below which handing books to threads takes longer than it saves."""

Result = TypeVar("Result")


def use_threads_for(accounts: int) -> int:
    """Set the kernels' threads for a world whose largest lender has so many accounts; returns the number set.

    One thread for small lenders, however many; otherwise all that NUMBA_NUM_THREADS allows.
    """
    threads: int = 1 if accounts < SMALL else numba.config.NUMBA_NUM_THREADS
    numba.set_num_threads(threads)
    return threads


def side_by_side(tasks: Sequence[Callable[[], Result]], accounts: int) -> list[Result]:
    """Do tasks of different books, which have so many accounts together; results in the order of the tasks.

    The tasks must not touch what another one touches. They run one after another where there is little to do, where
    kernels themselves use all threads, and where the machine's threading layer does not allow calls from several.
    """
    workers = numba.config.NUMBA_NUM_THREADS // numba.get_num_threads()
    if workers == 1 or accounts < FEW or not _may_call_from_several():
        return [task() for task in tasks]
    return list(_workers(workers).map(lambda task: task(), tasks))


@lru_cache(maxsize=1)
def _workers(count: int) -> ThreadPoolExecutor:
    """Threads in each of which a kernel uses no further ones."""
    return ThreadPoolExecutor(count, "books", numba.set_num_threads, (1,))


def _may_call_from_several() -> bool:
    try:
        layer: str = numba.threading_layer()
    except ValueError:  # no kernel has run on threads yet, or kernels are plain Python
        return False
    return layer != "workqueue"


if hasattr(os, "register_at_fork"):
    # A forked process has none of the threads: it makes its own.
    os.register_at_fork(after_in_child=_workers.cache_clear)
