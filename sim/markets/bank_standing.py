"""Where a bank stands as it chooses: what its owners could lose, its joint loans, what comes back of what it sold."""

from __future__ import annotations

MILLION = 1_000_000
PERSISTENCE = 0.62
"""Part of an abnormal profit that is left a year later (Dechow, Hutton and Sloan, JAE 26 (1999) 1: 0.62)."""


def owners_stake_ppm(*, equity_fen: int, profit_fen: int, assets_fen: int, asked_ppm: int) -> int:
    """What owners lose if the bank fails, ppm of its assets: equity + the value of profits beyond what they ask.

    Value = E + p / (1 + r - p) x (profit of a year - r E), not below 0: residual income that fades (Ohlson,
    Contemporary Accounting Research 11 (1995) 661), p its persistence and r the return asked. A charter is worth more
    than its capital where the bank earns more than that.

    >>> [owners_stake_ppm(equity_fen=80_000, profit_fen=profit, assets_fen=1_000_000, asked_ppm=100_000)
    ...  for profit in (12_000, 8_000, 0, -100_000)]
    [85166, 80000, 69666, 0]
    """
    weight = PERSISTENCE / (1 + asked_ppm / MILLION - PERSISTENCE)
    value = equity_fen + round(weight * (profit_fen - equity_fen * asked_ppm // MILLION))
    return max(0, value) * MILLION // max(1, assets_fen)


def blended(own: float, joint: float, joint_share: float) -> float:
    """A figure of loans of which a part is made jointly with platforms."""
    return own * (1 - joint_share) + joint * joint_share


def comes_back_ppm(*, sold_fen: int, bound_ppm: int, supported_ppm: int, held_fen: int, reached_ppm: int) -> int:
    """q: the part of a loss of what a bank sold, or holds as notes, that is its own after all, ppm.

    Of what its arms sold: what they are bound to bear (first loss kept, slices, facilities drawn), and of the rest the
    chance that they help though nothing binds them. Of notes it holds: the part of a pool's loss that reaches them.
    Weighed by amounts; nothing of nothing.

    >>> comes_back_ppm(sold_fen=300, bound_ppm=500_000, supported_ppm=200_000, held_fen=100, reached_ppm=40_000)
    460000
    """
    every = sold_fen + held_fen
    if not every:
        return 0
    bound = min(MILLION, bound_ppm)
    sold_ppm = bound + (MILLION - bound) * min(MILLION, supported_ppm) // MILLION
    return (sold_fen * sold_ppm + held_fen * min(MILLION, reached_ppm)) // every
