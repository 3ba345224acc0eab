"""What a bank asks for keeping a plan's accounts."""

from __future__ import annotations

PPM = 1_000_000


def fee_ppm(base_ppm: int, plans: int, at_ease: int) -> int:
    """Fee a year, of the notes: base x (1 + (plans kept / plans kept at ease)^2), as work piles up; rounded up.

    >>> [fee_ppm(80, plans, 40) for plans in (0, 20, 40, 80)]
    [80, 100, 160, 400]
    """
    return -(-base_ppm * (at_ease**2 + plans**2) // at_ease**2)
