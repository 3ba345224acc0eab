"""Many draws at once: the Philox rounds over rows of counters, worked on side by side."""

from __future__ import annotations

import numpy as np
from numba import njit

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint32(0x9E3779B9)
_W1 = np.uint32(0xBB67AE85)
_HIGH = np.uint64(32)


@njit(cache=True, error_model="numpy")
def word_rows(rows):
    """Room for the counters and then the words of so many draws: four uint32 arrays."""
    return np.empty(rows, np.uint32), np.empty(rows, np.uint32), np.empty(rows, np.uint32), np.empty(rows, np.uint32)


@njit(cache=True, error_model="numpy")
def draw_rows(key, rows, x0, x1, x2, x3):
    """Philox4x32-10 of the first `rows` counters (x0, x1, x2, x3), uint32, which the words drawn replace.

    The same words as `sim.draws.philox` of one counter after another; the loops stand the other way round because a
    compiler can work on neighbouring rows together, but not on the ten rounds of one row.
    """
    k0, k1 = key[0], key[1]
    for _ in range(10):
        for n in range(rows):
            p0 = _M0 * np.uint64(x0[n])
            p1 = _M1 * np.uint64(x2[n])
            # Numba widens xors of uint32 to 64 bits: without the casts the words are silently wrong.
            x0[n] = np.uint32(np.uint32(p1 >> _HIGH) ^ x1[n] ^ k0)
            x1[n] = np.uint32(p1 & np.uint64(0xFFFFFFFF))
            x2[n] = np.uint32(np.uint32(p0 >> _HIGH) ^ x3[n] ^ k1)
            x3[n] = np.uint32(p0 & np.uint64(0xFFFFFFFF))
        k0 = np.uint32(k0 + _W0)
        k1 = np.uint32(k1 + _W1)
