"""How a plan's life is split, and how thick its residual class must be, for its pool to repay the rated notes in time.

An arranger's arithmetic: the payment rate the pool has shown, less a margin, against the months of the plan. Where the
thinnest residual class the shelf allows would leave notes unpaid at the end, the class is made thicker.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.deals.fields import BP
from sim.deals.rating_method import amortisation_months_needed, repaid_ppm

if TYPE_CHECKING:
    from sim.agents.issuance_terms import ShelfTerms
    from sim.deals.pool_view import PoolView

PPM = 1_000_000
PRUDENT_PPM = 800_000
"""Part of the payment rate seen that a calendar counts on: long loans stay when short ones are paid (assumption
600,000-950,000)."""
SUPPORT_STEP_BP = 10
"""Support is rounded up to a tenth of a per cent of the issue."""


def slower(view: PoolView) -> PoolView:
    """The pool as a calendar counts on it."""
    return replace(view, payment_ppm=view.payment_ppm * PRUDENT_PPM // PPM)


def stepped_bp(support_ppm: int) -> int:
    """Support in whole steps, rounded up, bp.

    >>> stepped_bp(50_000), stepped_bp(50_001)
    (500, 510)
    """
    return -(-support_ppm // (SUPPORT_STEP_BP * PPM // BP)) * SUPPORT_STEP_BP


def thinnest_residual_bp(shelf: ShelfTerms, view: PoolView) -> int:
    """The thinnest residual class with which an issue can be brought, bp: the shelf's, or what a plan that never
    revolves would leave unpaid at its end (a month less than its life, for the lag of dates)."""
    life = shelf.prototype.revolving_months + shelf.prototype.amortisation_months
    return max(shelf.least_residual_bp, stepped_bp(PPM - repaid_ppm(slower(view), life - 1)))


def distribution_months(view: PoolView, residual_bp: int) -> int | None:
    """Months of the distribution period that repays all but the residual class, with a month for the lag of dates; None
    if the pool never does."""
    needed = amortisation_months_needed(slower(view), PPM - residual_bp * (PPM // BP))
    return None if needed is None else max(1, needed + 1)
