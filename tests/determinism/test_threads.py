"""The same book to the last byte with one thread and two, and with the kernels as plain Python."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numba
import numpy as np
import pytest
import small_book

from sim.credit.kernels import layout as at
from sim.credit.kernels.drawing import draw_rows
from sim.draws import philox

SCRIPT = Path(small_book.__file__)
TINY, DAYS = at.BUCKETS * at.BLOCK, 40


@pytest.fixture
def threads() -> Iterator[int]:
    """The number of threads there are; put back afterwards."""
    before = numba.get_num_threads()
    yield before
    numba.set_num_threads(before)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads to compare")
def test_one_thread_and_two_give_the_same_book(threads: int) -> None:
    numba.set_num_threads(1)
    alone = small_book.fingerprint(30_000, 120)
    numba.set_num_threads(2)
    assert small_book.fingerprint(30_000, 120) == alone


def test_plain_python_gives_the_same_book() -> None:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, str(SCRIPT), str(TINY), str(DAYS)]
    plain = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert plain.stdout.strip() == small_book.fingerprint(TINY, DAYS)


def test_the_hash_sees_one_fen() -> None:
    people, book = small_book.build(TINY)
    before = {name: array.tobytes() for name, array in small_book.content(people, book).items()}
    book.accounts.columns.used[7] += 1
    after = {name: array.tobytes() for name, array in small_book.content(people, book).items()}
    assert [name for name in before if before[name] != after[name]] == ["account_used"]


def test_rows_of_draws_are_the_single_draws() -> None:
    key = np.array([0xA4093822, 0x299F31D0], np.uint32)
    counters = np.random.default_rng(5).integers(0, 1 << 32, (4, 97), dtype=np.uint32)
    with np.errstate(over="ignore"):
        expected = [philox(key[0], key[1], *(row[n] for row in counters)) for n in range(96)]
        words = [row.copy() for row in counters]
        draw_rows(key, 96, *words)
    assert [tuple(int(w[n]) for w in words) for n in range(96)] == [tuple(int(v) for v in draw) for draw in expected]
    assert all(words[k][96] == counters[k][96] for k in range(4))
