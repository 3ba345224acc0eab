"""An originator's own book by the statistics with which strangers judge pools: what it knows of its losses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.agents.note_views import record_months
from sim.deals.pool_view import HISTORY_MONTHS, PoolView, pool_view

if TYPE_CHECKING:
    from sim.agents.originator import Originator

RECOVERY_PPM = 120_000
"""What comes back of a defaulted loan, where its own history says nothing yet (ROL07: packages at 8.6-12 %)."""


def own_view(originator: Originator) -> PoolView | None:
    """Its own book by the raters' statistics; None for one whose book has been empty."""
    months = originator.memory["history"][-HISTORY_MONTHS:]
    if not any(month["performing_fen"] for month in months):
        return None
    view = pool_view(months, RECOVERY_PPM)
    return replace(view, record_months=record_months(originator.place, originator.party))
