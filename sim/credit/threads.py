"""How many threads the kernels use, and books of small lenders worked on side by side. Results never depend on it;
speed does.

A large lender's kernels share its lanes out among threads. The kernels of small ones are too short for that, but the
books are many: a few threads of Python then take a book each, since kernels let go of the interpreter's lock. Nobody
spins: a thread that has nothing to do sleeps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any, Generic, TypeVar

import numba

from sim.credit.kernels.layout import LANES

SMALL = 8_000_000
"""Accounts of the largest lender below which a day's kernels are too short to be worth a second thread."""

FEW = 1_000_000
"""Accounts of all lenders together below which handing books to threads takes longer than it saves."""

Name = TypeVar("Name", bound=Hashable)
Result = TypeVar("Result")


def use_threads_for(accounts: int) -> int:
    """Set the kernels' threads for a world whose largest lender has so many accounts; returns the number set.

    One thread for small lenders, however many; otherwise all that NUMBA_NUM_THREADS allows.
    """
    threads: int = 1 if accounts < SMALL else numba.config.NUMBA_NUM_THREADS
    numba.set_num_threads(threads)
    return threads


class Ahead(Generic[Name, Result]):
    """Results of named tasks, done ahead of whoever takes them.

    Until `wait` has returned, nobody else may touch what the tasks touch. `left`: tasks not begun yet; whoever must
    wait does some of them meanwhile.
    """

    def __init__(self, names: Iterable[Name], left: Iterator[tuple[Name, Callable[[], Result]]]) -> None:
        self._results: dict[Name, Future[Result]] = {name: Future() for name in names}
        self._left = left
        self._at_work = bool(self._results)

    @classmethod
    def none(cls) -> Ahead[Name, Result]:
        """Nothing was begun."""
        return cls((), iter(()))

    def of(self, name: Name) -> Result:
        """The result of one task, as soon as it is there; raises what the task raised."""
        result = self._results[name]
        while not result.done() and (task := next(self._left, None)) is not None:
            self._do(*task)
        return result.result()

    def wait(self) -> None:
        """Until every task has ended, well or badly."""
        if self._at_work:
            self.do(self._left)
            wait(self._results.values())
            self._at_work = False

    def fault(self) -> BaseException | None:
        """What one of the tasks raised, once all have ended; None if they ended well."""
        return next((fault for result in self._results.values() if (fault := result.exception())), None)

    def do(self, tasks: Iterator[tuple[Name, Callable[[], Result]]]) -> None:
        """Do tasks until none is left; others may take from the same."""
        for name, task in tasks:
            self._do(name, task)

    def do_in_order(self, tasks: Mapping[Name, Callable[[], Result]], after: Ahead[Any, Any]) -> None:
        """Do tasks in turn after others. Where one fails, or one of those before, the rest is left undone."""
        fault = after.fault()
        for name, task in tasks.items():
            if fault is None:
                fault = self._do(name, task)
            else:
                self._results[name].set_exception(fault)

    def _do(self, name: Name, task: Callable[[], Result]) -> BaseException | None:
        try:
            self._results[name].set_result(task())
        except BaseException as fault:  # noqa: BLE001 - whoever takes the result raises it
            self._results[name].set_exception(fault)
            return fault
        return None


def ahead(tasks: Mapping[Name, Callable[[], Result]], accounts: int) -> Ahead[Name, Result]:
    """Begin tasks of different books, which have so many accounts together; none may touch what another one touches.

    They run at once, one after another, where there is little to do, where kernels themselves use all threads, and
    where the machine's threading layer does not allow calls from several.
    """
    left = iter(tasks.items())
    begun: Ahead[Name, Result] = Ahead(tasks, left)
    others = _other_threads(accounts)
    if others == 0:
        begun.do(left)
    for _ in range(others):
        _workers(others).submit(begun.do, left)
    return begun


def ahead_in_order(
    tasks: Mapping[Name, Callable[[], Result]], accounts: int, after: Ahead[Any, Any]
) -> Ahead[Name, Result]:
    """Begin tasks that touch what others touch: each when the one before it is done, the first when all of `after`
    are."""
    begun: Ahead[Name, Result] = Ahead(tasks, iter(()))
    others = _other_threads(accounts)
    if others == 0:
        begun.do_in_order(tasks, after)
    else:
        _workers(others).submit(begun.do_in_order, tasks, after)
    return begun


def side_by_side(tasks: Sequence[Callable[[], Result]], accounts: int) -> list[Result]:
    """Do tasks as `ahead` does, the caller's thread among them; results in the order of the tasks."""
    begun = ahead(dict(enumerate(tasks)), accounts)
    return [begun.of(number) for number in range(len(tasks))]


def by_lanes(sweep: Callable[[int, int], object], rows: int) -> None:
    """Do a pass over so many rows, `sweep(first lane, lane after the last)`, on several threads where kernels use one
    each."""
    parts = _other_threads(rows) + 1
    edges = [LANES * part // parts for part in range(parts + 1)]
    side_by_side([partial(sweep, first, last) for first, last in pairwise(edges) if first < last], rows)


def _other_threads(accounts: int) -> int:
    """How many threads beside the caller's work on books that have so many accounts together."""
    count: int = numba.config.NUMBA_NUM_THREADS // numba.get_num_threads()
    return 0 if accounts < FEW or not _may_call_from_several() else count - 1


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
