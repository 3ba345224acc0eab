"""What an originator can do about a limit it stands beyond, or will: responses in the order of their cost.

A gap is what it expects to stand beyond a limit on the day it must be met. Each response closes part of it, at a cost
a year per yuan closed, after some days. Those that come in time are used cheapest first. Lending less always comes in
time and is never exhausted: what it costs bounds what any other may cost. A response that cannot be had in part
(another licence, leaving) is taken alone, where it costs less than all the others together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PPM = 1_000_000


@dataclass(frozen=True)
class Response:
    """A way to close a gap.

    Args:
        name: unique.
        cost_ppm: cost a year per yuan of gap closed, ppm.
        room_fen: most of a gap that it can close.
        days: days until it does.
        whole: it closes the whole gap, or is not taken.
    """

    name: str
    cost_ppm: int
    room_fen: int
    days: int = 0
    whole: bool = False


Used = list[tuple[Response, int]]
"""Responses and how much of the gap each closes, fen."""


def responses_to(gap_fen: int, days_left: int, choices: Sequence[Response]) -> Used:
    """Which responses are used: those in time that come in parts, cheapest first (by name where they cost the same),
    until the gap is closed; or one that closes it whole, where that costs less a year.

    >>> cheap, slow = Response("swap", 5_000, 30), Response("capital", 1_000, 100, days=120)
    >>> less, licence = Response("lend less", 40_000, 10**18), Response("licence", 9_000, 10**18, 150, whole=True)
    >>> [(r.name, fen) for r, fen in responses_to(50, 90, [slow, cheap, less, licence])]
    [('swap', 30), ('lend less', 20)]
    >>> [(r.name, fen) for r, fen in responses_to(50, 200, [cheap, less, licence])]
    [('licence', 50)]
    """
    in_time = [response for response in choices if response.days <= days_left]
    parts = _cheapest_first(gap_fen, [response for response in in_time if not response.whole])
    alone = [[(response, gap_fen)] for response in in_time if response.whole and response.room_fen >= gap_fen]
    return min([parts, *alone], key=lambda used: (gap_fen - _closed(used), _cost(used)))


def _cheapest_first(gap_fen: int, choices: Sequence[Response]) -> Used:
    used, left = [], gap_fen
    for response in sorted(choices, key=lambda each: (each.cost_ppm, each.name)):
        closed = min(left, response.room_fen)
        if closed > 0:
            used.append((response, closed))
            left -= closed
    return used


def _closed(used: Used) -> int:
    return sum(fen for _, fen in used)


def _cost(used: Used) -> int:
    return sum(response.cost_ppm * fen for response, fen in used)


def gap_fen(position_fen: int, limit_fen: int, growth_ppm: int, months: int) -> int:
    """What a position that grows at a monthly rate will stand beyond a limit after some months, fen; 0 if within.

    >>> gap_fen(1_000, 1_050, 20_000, 6)
    70
    """
    return max(0, position_fen * (PPM + growth_ppm * months) // PPM - limit_fen)


def capital_cost_ppm(equity_return_ppm: int, debt_ppm: int, multiple: float) -> int:
    """Cost a year of new capital per yuan of limit it adds: what shareholders ask over what debt costs, on the part
    of a yuan that a limit of `multiple` times net assets takes.

    >>> capital_cost_ppm(100_000, 60_000, 4.0)
    10000
    """
    return round(max(0, equity_return_ppm - debt_ppm) / max(multiple, 0.001))
