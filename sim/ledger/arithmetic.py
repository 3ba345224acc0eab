"""Exact integer arithmetic that every room shares: interest, splits that add up, shares of joint loans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_YEAR_PPM = 365 * 1_000_000


def accrued_interest(balance_fen: int, rate_ppm: int, days: int) -> int:
    """Interest in fen for `days` on a balance, actual/365: balance x rate x days / 365, rounded half up.

    `rate_ppm` is the yearly rate in millionths. Accrue the difference of two cumulative results, counted from the last
    reset of balance or rate, so that rounding never drifts.
    """
    return (2 * balance_fen * rate_ppm * days + _YEAR_PPM) // (2 * _YEAR_PPM)


def largest_remainder(total_fen: int, weights: Sequence[int]) -> list[int]:
    """`total_fen` split in proportion to `weights`; the parts add up exactly.

    Each part is floored; the fen left over go one each to the largest remainders, earlier places first among equals.
    Raises ValueError for a negative total or weight, or if all weights are 0 while there is something to split.
    """
    whole = sum(weights)
    if total_fen < 0 or min(weights, default=0) < 0:
        raise ValueError(f"cannot split {total_fen} fen by {list(weights)}: total and weights must be 0 or more")
    if whole == 0:
        if total_fen:
            raise ValueError(f"cannot split {total_fen} fen: all {len(weights)} weights are 0")
        return [0] * len(weights)
    parts = [total_fen * weight // whole for weight in weights]
    left = total_fen - sum(parts)
    if left:
        remainders = [total_fen * weight % whole for weight in weights]
        for place in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)[:left]:
            parts[place] += 1
    return parts


@dataclass(frozen=True)
class Participation:
    """Who shares a jointly made loan: `bank` owns `share_bp` / 10,000 of every flow, `platform` the rest."""

    bank: str
    share_bp: int
    platform: str

    def __post_init__(self) -> None:
        """Refuse a share outside 0 to 10,000 basis points."""
        if not 0 <= self.share_bp <= 10_000:
            raise ValueError(f"participation of {self.bank} and {self.platform}: share {self.share_bp} bp; use 0-10000")


def split_cumulative(cumulative_fen_before: int, cumulative_fen_after: int, share_bp: int) -> tuple[int, int]:
    """(bank, platform) parts of the flow between two cumulative totals of a participation, in fen.

    The bank's part of all flows so far is floor(cumulative x share / 10,000) and the platform has the rest, so both
    reconcile after any number of flows.
    """
    bank = cumulative_fen_after * share_bp // 10_000 - cumulative_fen_before * share_bp // 10_000
    return bank, cumulative_fen_after - cumulative_fen_before - bank
