"""What a public asset manager can buy of banks' non-performing loans: pure functions of its funds and a price; whole
fen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sim.ledger import largest_remainder

PPM: Final = 1_000_000


def spendable_fen(funds_fen: int, notes_ppm: int) -> int:
    """What can be paid for loans where a part of every price is raised by notes on them and the rest is own funds, fen:
    funds / (1 - part), floored (POL22: acquisition, then securitisation).

    >>> spendable_fen(1_000, 0), spendable_fen(1_000, 500_000)
    (1000, 2000)
    """
    return funds_fen * PPM // (PPM - notes_ppm)


def bought_fen(bad_fen: Sequence[int], *, price_ppm: int, spendable_fen: int) -> list[int]:
    """Principal bought of each bank, fen: all its bad loans or, where the means do not reach, what they buy at
    `price_ppm` of principal, in proportion to bad loans (POL22: one buyer for all; no order among banks is printed).

    >>> bought_fen([600, 300], price_ppm=500_000, spendable_fen=1_000)
    [600, 300]
    >>> bought_fen([600, 300], price_ppm=500_000, spendable_fen=150)  # 150 / 0.5 = 300 of 900
    [200, 100]
    """
    return largest_remainder(min(sum(bad_fen), spendable_fen * PPM // price_ppm), bad_fen)


def price_fen(principal_fen: int, price_ppm: int) -> int:
    """What a bank is paid for bad loans: principal x price, floored; fen.

    >>> price_fen(1_001, 300_000)
    300
    """
    return principal_fen * price_ppm // PPM
