"""Whether protection on notes is to be had, as those who bid for notes hear it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.markets.protection import ProtectionTerms

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace

PROTECTION = "market:protection"
"""The sender of what the market in protection tells."""
OPEN = "open"


def offered(place: MarketPlace) -> ProtectionTerms | None:
    """The terms of protection, as heard, while some seller has room for more; None otherwise."""
    return place.protection.terms if place.heard(PROTECTION, OPEN, default=False) else None
