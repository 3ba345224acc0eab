"""Watching a run while it goes on: signals that ask it to stop, heeded at midnight, and the bar of its progress."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from sim.calendar import date_of
from sim.studies.plans import Plan


class Dated(Protocol):
    """What the bar needs of a market: its first and last day, and the next one to simulate."""

    @property
    def day(self) -> int: ...
    @property
    def first_day(self) -> int: ...
    @property
    def last_day(self) -> int: ...


@contextmanager
def signals() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM in a list, to be heeded at the next midnight; a second one acts at once."""
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        restore()

    for number in before:
        signal.signal(number, note)
    try:
        yield received
    finally:
        restore()


@contextmanager
def bar(plan: Plan, market: Dated, progress: bool) -> Iterator[Callable[[int], None]]:
    """A progress bar on the terminal's error stream, as a function to be told each midnight."""
    console = Console(stderr=True)
    if not progress or not console.is_terminal:
        yield lambda _day: None
        return
    last_day = plan.legs[-1].last_day
    last_day = market.last_day if last_day is None else last_day
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[date]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(plan.scenario.name, total=last_day - market.first_day + 1, date="")

        def show(day: int) -> None:
            bar.update(task, completed=day - market.first_day, date=date_of(day - 1).isoformat())

        show(market.day)
        yield show
