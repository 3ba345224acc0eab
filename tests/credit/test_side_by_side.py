"""Books of small lenders worked on by two threads of Python: the same books, to the last byte."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from worlds import World, lending

from sim.credit import threads
from sim.credit.kernels.layout import LANES
from sim.credit.loan_book import LoanBook


def settled() -> list[LoanBook]:
    """Four books seasoned and run for a month and a half."""
    world = World(lenders=(lending(),) * 4, households=64 * 28 * 8)
    return list(world.season().run(45).books.values())


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads to compare")
def test_two_threads_give_the_books_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = settled()
        monkeypatch.setattr(threads, "FEW", 0)
        together = settled()
    finally:
        numba.set_num_threads(before)
    for one, other in zip(alone, together, strict=True):
        assert one.stock.sum() > 0
        for name, array in one.state()["arrays"].items():
            np.testing.assert_array_equal(array, other.state()["arrays"][name], err_msg=name)


def test_results_come_in_the_order_of_the_tasks_and_errors_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "FEW", 0)
    assert threads.side_by_side([lambda k=k: k * k for k in range(20)], 1) == [k * k for k in range(20)]
    with pytest.raises(ZeroDivisionError):
        threads.side_by_side([lambda: 1, lambda: 1 // 0], 1)


@pytest.mark.parametrize("few", [0, 10**9])
def test_what_is_done_ahead_comes_by_name_in_order_after_what_goes_before(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(threads, "FEW", few)
    done: list[str] = []

    def note(name: str) -> str:
        done.append(name)
        return name

    first = threads.ahead({name: lambda name=name: note(name) for name in "abcd"}, 1)
    then = threads.ahead_in_order({name: lambda name=name: note(name) for name in "efgh"}, 1, after=first)
    assert [then.of(name) for name in "hgfe"] == list("hgfe")
    assert sorted(done[:4]) == list("abcd")
    assert done[4:] == list("efgh")


@pytest.mark.parametrize("few", [0, 10**9])
def test_one_that_fails_leaves_the_rest_undone_and_whoever_waits_is_told(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(threads, "FEW", few)
    first = threads.ahead({"a": lambda: 1}, 1)
    then = threads.ahead_in_order({"b": lambda: 1 // 0, "c": lambda: 2}, 1, after=first)
    last = threads.ahead_in_order({"d": lambda: 3}, 1, after=then)
    last.wait()
    assert first.of("a") == 1
    for work, name in ((then, "b"), (then, "c"), (last, "d")):
        with pytest.raises(ZeroDivisionError):
            work.of(name)


@pytest.mark.parametrize("few", [0, 10**9])
def test_a_sweep_covers_every_lane_once(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(threads, "FEW", few)
    lanes: list[int] = []
    threads.by_lanes(lambda first, last: lanes.extend(range(first, last)), 1)
    assert sorted(lanes) == list(range(LANES))
