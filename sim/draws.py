"""Random draws as a function: Philox4x32-10 of (seed, decision, when, who) and nothing else.

A draw is addressed, never consumed: its key comes from the seed and the *name* of the decision, its 128-bit counter
from the decision's own clock and subject. Two worlds with the same seed therefore share every draw, whatever a policy
changes, and no order of calls, thread count or resume history can move one. Probabilities become integer thresholds
before they meet a draw, so results do not depend on anybody's floating point.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numba import njit

WORD = 1 << 32

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint32(0x9E3779B9)
_W1 = np.uint32(0xBB67AE85)
_SHIFT = np.uint64(32)


@njit(cache=True, error_model="numpy")
def philox(k0, k1, c0, c1, c2, c3):
    """Philox4x32-10 (Salmon et al. 2011): four 32-bit words from a 64-bit key and a 128-bit counter, all uint32."""
    for _ in range(10):
        p0 = _M0 * np.uint64(c0)
        p1 = _M1 * np.uint64(c2)
        # Numba widens sums and xors of uint32 to 64 bits: without the casts the generator is silently wrong.
        n0 = np.uint32(np.uint32(p1 >> _SHIFT) ^ c1 ^ k0)
        n2 = np.uint32(np.uint32(p0 >> _SHIFT) ^ c3 ^ k1)
        c0, c1, c2, c3 = n0, np.uint32(p1), n2, np.uint32(p0)
        k0 = np.uint32(k0 + _W0)
        k1 = np.uint32(k1 + _W1)
    return c0, c1, c2, c3


class Clock(StrEnum):
    """What a decision's `when` counts."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    LIFE = "life"


class Subject(StrEnum):
    """What a decision's `who` names."""

    HOUSEHOLD = "household"
    HOUSEHOLD_BLOCK = "household block"
    ACCOUNT = "account"
    LOAN = "loan"
    DEAL = "deal"
    INSTITUTION = "institution"


@dataclass(frozen=True)
class Decision:
    """A kind of draw: its name, the clock and subject that address it, and what its words decide."""

    name: str
    clock: Clock
    subject: Subject
    decides: str


REGISTRY: dict[str, Decision] = {}


def declare(name: str, clock: Clock, subject: Subject, decides: str) -> Decision:
    """Register a decision.

    Raises:
        ValueError: the name is taken; two decisions with one key would share their draws.
    """
    if name in REGISTRY:
        raise ValueError(f"decision '{name}' is declared twice; give the second one a name of its own")
    decision = Decision(name, clock, subject, decides)
    REGISTRY[name] = decision
    return decision


def key_of(seed: int, decision: Decision) -> tuple[int, int]:
    """The 64-bit Philox key of a decision, as two 32-bit words: a stable hash of seed and name."""
    digest = hashlib.blake2b(f"{seed}/{decision.name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def key_array(seed: int, decision: Decision) -> np.ndarray:
    """The key as a uint32 array of shape (2,), the form kernels take."""
    return np.array(key_of(seed, decision), np.uint32)


def words(
    seed: int, decision: Decision, when: int, who: int, sub: int = 0, extra: int = 0
) -> tuple[int, int, int, int]:
    """Four 32-bit words of one institution's decision (kernels call `philox` themselves)."""
    k0, k1 = key_of(seed, decision)
    counter = (np.uint32(v % WORD) for v in (when, who, sub, extra))
    drawn = philox(np.uint32(k0), np.uint32(k1), *counter)
    return int(drawn[0]), int(drawn[1]), int(drawn[2]), int(drawn[3])


def subject_number(name: str) -> int:
    """A stable 32-bit number for a named subject (a deal, an institution): ids are never renumbered."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")


def threshold(probability_ppm: int) -> int:
    """The integer below which a 32-bit word says yes, in [0, 2**32]; hold it in 64 bits, since p = 1 gives 2**32."""
    return (max(0, min(1_000_000, probability_ppm)) << 32) // 1_000_000
