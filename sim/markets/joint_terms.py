"""What a platform and a partner bank agree on for joint loans: the platform's fee, and which bank's money is cheapest."""

from __future__ import annotations

from collections.abc import Mapping

MILLION = 1_000_000


def service_fee_ppm(price_ppm: int, asked_ppm: int, bargaining_ppm: int) -> int:
    """The platform's part of what a bank's part of joint loans earns, ppm of it: b (p - a) / p.

    p is what the loans earn a year, a what the bank asks to keep, b the platform's part of the surplus (Nash 1950: one
    half between equals). Nothing where the loans earn no more than the bank asks.

    >>> service_fee_ppm(120_000, 72_000, 500_000), service_fee_ppm(60_000, 72_000, 500_000)
    (200000, 0)
    """
    return bargaining_ppm * max(0, price_ppm - asked_ppm) // max(1, price_ppm)


def by_price(cost_ppm: Mapping[str, int], room_fen: Mapping[str, int]) -> dict[int, dict[str, int]]:
    """Room by bank, fen, of the banks that cost the same; cheapest first, banks without room left out.

    >>> by_price({"a": 60, "b": 50, "c": 60}, {"a": 1, "b": 2, "c": 3})
    {50: {'b': 2}, 60: {'a': 1, 'c': 3}}
    """
    found: dict[int, dict[str, int]] = {}
    for bank in sorted((bank for bank, fen in room_fen.items() if fen > 0), key=lambda bank: cost_ppm[bank]):
        found.setdefault(cost_ppm[bank], {})[bank] = room_fen[bank]
    return found


def cheapest_first(groups: Mapping[int, Mapping[str, int]], most_fen: int) -> dict[int, int]:
    """How much banks of each price fund, the cheapest as far as their rooms go, `most_fen` in all.

    >>> cheapest_first({50: {"b": 2}, 60: {"a": 1, "c": 3}}, 5)
    {50: 2, 60: 3}
    """
    taken, left = dict[int, int](), max(0, most_fen)
    for cost, rooms in groups.items():
        taken[cost] = min(left, sum(rooms.values()))
        left -= taken[cost]
    return taken
