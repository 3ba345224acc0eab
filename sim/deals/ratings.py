"""The letters of ratings, best first, and their order."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator

SCALE: Final = (
    *("AAA", "AA+", "AA", "AA-", "A+", "A", "A-", "BBB+", "BBB", "BBB-"),
    *("BB+", "BB", "BB-", "B+", "B", "B-", "CCC", "CC", "C", "D"),
)
UNRATED: Final = "unrated"
_NOTCHES: Final = {letter: notches for notches, letter in enumerate((*SCALE, UNRATED))}


def notch(rating: str) -> int:
    """Notches below AAA: 0 for AAA, 1 for AA+; an unrated party or tranche stands one below the last letter."""
    return _NOTCHES[rating]


def _known(rating: str) -> str:
    if rating != UNRATED and rating not in SCALE:
        raise ValueError(f"'{rating}' is not a rating; use one of {', '.join(SCALE)} or {UNRATED}")
    return rating


Rating = Annotated[str, AfterValidator(_known)]
"""A letter of `SCALE` or `unrated`."""
