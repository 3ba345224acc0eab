"""How many threads the kernels use, and books of small lenders worked on side by side. Results never depend on it;
speed does.

A large lender's kernels share its lanes out among threads. The kernels of small ones are too short for that, but the
books are many: a few threads of Python then take a book each, since kernels let go of the interpreter's lock. Nobody
spins: a thread that has nothing to do sleeps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache
from typing import Any, Generic, TypeVar

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
    workers = _workers_for(accounts)
    if workers is None:
        return [task() for task in tasks]
    return list(workers.map(lambda task: task(), tasks))


class Ahead(Generic[Result]):
    """Results of named tasks, done ahead of whoever takes them.

    Until `wait` has returned, nobody else may touch what the tasks touch.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._results: dict[str, Future[Result]] = {name: Future() for name in names}
        self._under_way = list(self._results.values())

    @classmethod
    def none(cls) -> Ahead[Result]:
        """Nothing was begun."""
        return cls(())

    def of(self, name: str) -> Result:
        """The result of one task, as soon as it is there; raises what the task raised."""
        return self._results[name].result()

    def wait(self) -> None:
        """Until every task has ended, well or badly."""
        if self._under_way:
            wait(self._under_way)
            self._under_way = []

    def _do(self, tasks: Mapping[str, Callable[[], Result]], after: Ahead[Any] | None = None) -> None:
        """Do tasks in turn. Where one fails, or one of those `after` which they come, the rest is left undone."""
        fault = None if after is None else after._fault()
        for name, task in tasks.items():
            if fault is None:
                try:
                    self._results[name].set_result(task())
                    continue
                except BaseException as raised:  # noqa: BLE001 - whoever takes the result raises it
                    fault = raised
            self._results[name].set_exception(fault)

    def _fault(self) -> BaseException | None:
        return next((fault for result in self._results.values() if (fault := result.exception())), None)


def ahead(tasks: Mapping[str, Callable[[], Result]], accounts: int) -> Ahead[Result]:
    """Begin tasks as `side_by_side` does; their results are there when they are taken."""
    begun: Ahead[Result] = Ahead(list(tasks))
    workers = _workers_for(accounts)
    if workers is None:
        begun._do(tasks)
    else:
        for name, task in tasks.items():
            workers.submit(begun._do, {name: task})
    return begun


def ahead_in_order(tasks: Mapping[str, Callable[[], Result]], accounts: int, after: Ahead[Any]) -> Ahead[Result]:
    """Begin tasks that touch what others touch: each when the one before it is done, the first when all of `after`
    are."""
    begun: Ahead[Result] = Ahead(list(tasks))
    workers = _workers_for(accounts)
    if workers is None:
        begun._do(tasks, after)
    else:
        workers.submit(begun._do, tasks, after)
    return begun


def _workers_for(accounts: int) -> ThreadPoolExecutor | None:
    """Threads for books that have so many accounts together; None where the caller had better do the work itself."""
    count = numba.config.NUMBA_NUM_THREADS // numba.get_num_threads()
    if count == 1 or accounts < FEW or not _may_call_from_several():
        return None
    return _workers(count)


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
