"""One thread or two: the same tables, to the last row."""

from __future__ import annotations

import numba
import pytest
from worlds import market, run_to

import sim.market.market as assembly
from sim.records.tables import TABLES
from sim.records.writer import content_hash


def hashes(threads: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Content of every table of a small market whose kernels use this many threads."""

    def use(_households: int) -> int:
        numba.set_num_threads(threads)
        return threads

    monkeypatch.setattr(assembly, "use_threads_for", use)
    place = run_to(market(end="2017-08-31"))
    assert numba.get_num_threads() == threads
    return {name: content_hash(place.recorder.table(name)) for name, spec in TABLES.items() if not spec.on_request}


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="this machine gives kernels one thread only")
def test_one_thread_and_two_give_the_same_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    before = numba.get_num_threads()
    try:
        assert hashes(1, monkeypatch) == hashes(2, monkeypatch)
    finally:
        numba.set_num_threads(before)
