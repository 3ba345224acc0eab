"""The part of a loan's loss that stays with who made it, and what a bank's arm tells its banks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.market_place import BOUND
from sim.agents.originator_market import shelves
from sim.agents.own_pool import own_view
from sim.deals.rating_method import probability_of_loss, structure_of
from sim.markets.lending_choice import loss_borne_ppm

if TYPE_CHECKING:
    from sim.agents.originator import Originator

MILLION = 1_000_000


def borne_ppm(originator: Originator) -> int:
    """The share of a marginal loan's loss that it bears itself, from what it owns, sold and kept (MODEL section 2)."""
    strategy = originator.terms.strategy
    managed = max(1, originator.book.managed_fen)
    own = originator.place.ledger.nominal(originator.loan_claim(originator.party))
    return _borne_ppm(
        originator, own_ppm=min(MILLION, own * MILLION // managed),
        sold_ppm=min(MILLION, sold_fen(originator) * MILLION // managed),
        recourse_ppm=0 if strategy is None else strategy.screening.recourse_ppm,
    )  # fmt: skip


def tell_banks(originator: Originator) -> None:
    """A bank's arm says each month what its living plans hold, and which part of their losses it is bound to bear."""
    if not originator.terms.parents:
        return
    sold = sold_fen(originator)
    bound = _borne_ppm(originator, own_ppm=0, sold_ppm=MILLION, recourse_ppm=0) if sold else 0
    originator.place.tell(originator.party, BOUND, {"sold_fen": sold, "bound_ppm": bound})


def sold_fen(originator: Originator) -> int:
    """What the pools of its living plans hold."""
    return sum(spv.pool_fen() for spv in originator.plans())


def _borne_ppm(originator: Originator, *, own_ppm: int, sold_ppm: int, recourse_ppm: int) -> int:
    residual_kept, slice_ppm = _kept_ppm(originator)
    return loss_borne_ppm(
        own_ppm=own_ppm, sold_ppm=sold_ppm, residual_kept_ppm=residual_kept,
        residual_holds_ppm=_residual_holds_ppm(originator), slice_ppm=slice_ppm, recourse_ppm=recourse_ppm,
    )  # fmt: skip


def _kept_ppm(originator: Originator) -> tuple[int, int]:
    """(part of the residual classes, part of every class) of its plans that it kept at the issues, by their face; of
    one that has no plans what it must keep of the next."""
    plans = [spv for spv in originator.plans() if spv.terms.seniors]
    if not plans:
        rules = next(iter(shelves(originator).values()), None)
        return (0, 0) if rules is None else (rules.residual_retained_ppm, rules.vertical_retention_bp * 100)
    kept = dict.fromkeys(("residual", "every"), 0)
    for spv in plans:
        bp = [spv.terms.holders_of(name).get(originator.party, 0) for name in (spv.terms.residual, *spv.terms.seniors)]
        kept["residual"] += bp[0] * spv.terms.face_fen
        kept["every"] += min(bp) * spv.terms.face_fen
    face = sum(spv.terms.face_fen for spv in plans)
    return kept["residual"] * 100 // face, kept["every"] * 100 // face


def _residual_holds_ppm(originator: Originator) -> int:
    """P(pool loss <= thickness of its residual tranches), by the raters' method on its own history; 1 with nothing
    sold."""
    plans = [spv for spv in originator.plans() if spv.terms.seniors]
    view = own_view(originator)
    if not plans or view is None:
        return MILLION
    terms = plans[-1].terms
    structure = structure_of(terms, (terms.tranches[terms.seniors[0]].coupon_bp or 0) * 100)
    return MILLION - probability_of_loss(view, structure, terms.tranches[terms.residual].share_bp * 100)
