"""Book-building: bids by coupon, the lowest coupon that places the issue, and what each bidder gets.

Uniform price: all who are allotted notes get the same coupon. Demand never falls as the coupon rises, so the clearing
coupon is found by bisection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp

from sim.ledger.arithmetic import largest_remainder

PPM = 1_000_000
FULL_AT = 40
"""Slopes beyond which demand is all or nothing: exp(-40) is far below a millionth."""


@dataclass(frozen=True, slots=True)
class Bid:
    """An investor's demand curve: it takes half its budget at the yield it requires, and never more than its cap."""

    investor: str
    budget_fen: int
    required_bp: int
    slope_bp: int
    cap_fen: int


@dataclass(frozen=True, slots=True)
class Book:
    """The outcome of a book: a coupon and who gets what, or nothing if it failed."""

    coupon_bp: int | None
    allotment_fen: dict[str, int]
    demand_low_fen: int
    """Demand at the lower end of the guided range."""
    demand_high_fen: int
    """Demand at the upper end, as widened if it was."""
    cover_ppm: int
    """Demand at the clearing coupon (failed: at the upper end) over the size offered."""
    resized_to_fen: int | None
    """Size placed if it was cut; None if the whole issue was placed or none."""
    widened: bool

    @property
    def placed_fen(self) -> int:
        """What was placed."""
        return sum(self.allotment_fen.values())


def share_taken_ppm(coupon_bp: int, required_bp: int, slope_bp: int) -> int:
    """Share of a budget bid at a coupon: logistic((coupon - required) / slope), rounded once to the ppm."""
    steps = (coupon_bp - required_bp) / slope_bp
    if abs(steps) > FULL_AT:
        return PPM if steps > 0 else 0
    return round(PPM / (1 + exp(-steps)))


def demand_fen(bid: Bid, coupon_bp: int, lot_fen: int) -> int:
    """What an investor bids for at a coupon, whole lots: budget x share taken, at most its cap."""
    wanted = bid.budget_fen * share_taken_ppm(coupon_bp, bid.required_bp, bid.slope_bp) // PPM
    return max(0, min(wanted, bid.cap_fen)) // lot_fen * lot_fen


def total_demand_fen(bids: Sequence[Bid], coupon_bp: int, lot_fen: int) -> int:
    """Demand of all bidders at a coupon."""
    return sum(demand_fen(bid, coupon_bp, lot_fen) for bid in bids)


def build_book(
    size_fen: int, bids: Sequence[Bid], low_bp: int, high_bp: int, lot_fen: int, minimum_fen: int, *,
    widens: bool = True,
) -> Book:  # fmt: skip
    """Place an issue at the lowest coupon (tick 1 bp) in the guided range at which demand covers it.

    All bidders at that coupon are scaled pro rata in whole lots (largest remainder). Short of demand, the range is
    widened once, upward by its own width, where it `widens`; still short, the issue is cut to the demand at the top if
    that reaches the minimum, and placed at the lowest coupon that finds as much; else the book fails.

    Raises:
        ValueError: a size that is no whole number of lots, or a range upside down.
    """
    if size_fen <= 0 or size_fen % lot_fen:
        raise ValueError(f"size {size_fen} fen is not a whole number of lots of {lot_fen} fen above 0; change it")
    if low_bp > high_bp:
        raise ValueError(f"guided range {low_bp} to {high_bp} bp is upside down; put the lower end first")

    def demand(coupon_bp: int) -> int:
        return total_demand_fen(bids, coupon_bp, lot_fen)

    at_low, at_high, widened = demand(low_bp), demand(high_bp), False
    if at_high < size_fen and widens:
        high_bp, widened = 2 * high_bp - low_bp, True
        at_high = demand(high_bp)
    placed = size_fen if at_high >= size_fen else at_high
    if placed < min(size_fen, max(minimum_fen, lot_fen)):
        return Book(None, {}, at_low, at_high, at_high * PPM // size_fen, None, widened)
    coupon = clearing_coupon_bp(demand, placed, low_bp, high_bp)
    return Book(
        coupon, allot(placed, bids, coupon, lot_fen), at_low, at_high, demand(coupon) * PPM // size_fen,
        placed if placed < size_fen else None, widened,
    )  # fmt: skip


def clearing_coupon_bp(demand: Callable[[int], int], size_fen: int, low_bp: int, high_bp: int) -> int:
    """The lowest coupon in [low, high] at which a demand that never falls reaches a size it reaches at `high`."""
    while low_bp < high_bp:
        middle = (low_bp + high_bp) // 2
        if demand(middle) >= size_fen:
            high_bp = middle
        else:
            low_bp = middle + 1
    return high_bp


def allot(size_fen: int, bids: Sequence[Bid], coupon_bp: int, lot_fen: int) -> dict[str, int]:
    """Share a size among the bidders at a coupon in proportion to their demand, in whole lots; sums exactly."""
    lots = [demand_fen(bid, coupon_bp, lot_fen) // lot_fen for bid in bids]
    parts = largest_remainder(size_fen // lot_fen, lots)
    return {bid.investor: part * lot_fen for bid, part in zip(bids, parts, strict=True) if part}
