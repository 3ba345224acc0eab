"""Seeds on as many processes as there are workers: progress shown, failures told, none of them spoiling another."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sim.studies.compare_task import SeedTask, run_seed

_ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Workers fill the cores by themselves; threads on top would only get into each other's way."""

Task = Callable[[SeedTask], None]


def run_tasks(tasks: Sequence[SeedTask], workers: int, progress: bool, work: Task = run_seed) -> dict[int, str]:
    """Carry out the tasks; returns what went wrong by seed. One worker works in this process.

    A worker that dies (killed, out of memory) takes the seeds then under way with it; they are tried once more.
    """
    with _bar(len(tasks), progress) as done:
        if workers == 1:
            return {task.seed: fault for task in tasks if (fault := _alone(task, work, done)) is not None}
        failed, died = _together(tasks, workers, work, done)
        if died:
            again, lost = _together(died, 1, work, done)
            failed |= again | {task.seed: "its process died twice; is there enough memory?" for task in lost}
        return failed


def _alone(task: SeedTask, work: Task, done: Callable[[], None]) -> str | None:
    try:
        work(task)
    except Exception as fault:  # noqa: BLE001 - a seed's failure is data: the others go on
        return _told(fault)
    finally:
        done()
    return None


def _together(
    tasks: Sequence[SeedTask], workers: int, work: Task, done: Callable[[], None]
) -> tuple[dict[int, str], list[SeedTask]]:
    """(what went wrong by seed, tasks whose process died) of tasks on a pool of processes."""
    failed, died = {}, []
    with _one_thread(), ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        futures: dict[Future[None], SeedTask] = {pool.submit(work, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                fault = future.exception()
                if isinstance(fault, BrokenProcessPool):
                    died.append(futures[future])
                    continue
                if fault is not None:
                    failed[futures[future].seed] = _told(fault)
                done()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return failed, sorted(died, key=lambda task: task.seed)


def _told(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {fault}"


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes started within run on one thread each."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _bar(total: int, progress: bool) -> Iterator[Callable[[], None]]:
    """A progress bar on the terminal's error stream, as a function to be told each seed done."""
    console = Console(stderr=True)
    if not progress or not console.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        seeds = bar.add_task("seeds", total=total)
        yield lambda: bar.advance(seeds)
