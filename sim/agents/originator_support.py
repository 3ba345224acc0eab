"""Implicit recourse: an originator helps a deal it is not bound to help, while it can afford to.

Once a month it looks how near each of its plans is to a trigger. Where one is near it takes back loans from the day
they are more than sixty days past due, before they count as defaulted, and those that count already when next they
fall due, all at what is owed on them. The plan reports few defaults; the losses stand with the sponsor. It stops as
soon as its own cash and lines no longer cover what is overdue in the plans it helps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import originator_funds as funds
from sim.agents import spv_triggers

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.agents.spv import Spv

OVERDUE_FROM = 3
"""First stock of a book that is more than thirty days past due: what may reach sixty within the month."""


def decide(originator: Originator) -> None:
    """Once a month: help the plans whose triggers are near, in the order of founding, as far as means go."""
    strategy = originator.terms.strategy
    if strategy is None or not strategy.supports_deals:
        return
    plans, means = originator.plans(), means_fen(originator)
    alive = {spv.name for spv in plans}
    originator.memory["helped"] = [name for name in originator.memory["helped"] if name in alive]
    for spv in plans:
        near = spv_triggers.nearness_ppm(spv)
        cost = overdue_fen(spv)
        # Once begun it goes on until the trigger is twice as far: what is hidden would else be back in a month.
        begun = spv.name in originator.memory["helped"]
        bound = strategy.support_near_ppm // 2 if begun else strategy.support_near_ppm
        helps = near >= bound and cost <= means
        means -= cost if helps else 0
        _say(originator, spv, helps=helps, near_ppm=near)


def stop_what_is_beyond_means(originator: Originator) -> None:
    """Every day: help ends where it could no longer be paid for."""
    helped: list[str] = originator.memory["helped"]
    if not helped:
        return
    means = means_fen(originator)
    for spv in [spv for spv in originator.plans() if spv.name in helped]:
        means -= overdue_fen(spv)
        if means < 0:
            _say(originator, spv, helps=False, near_ppm=0)


def means_fen(originator: Originator) -> int:
    """What it could pay without its shareholders: cash that is its own to use, and lines not drawn."""
    return max(0, funds.free_cash_fen(originator, funds.kept_fen(originator))) + funds.undrawn_fen(originator)


def overdue_fen(spv: Spv) -> int:
    """The most that help could cost within a month: principal more than thirty days past due."""
    return int(spv.place.books[spv.originator.name].stocks(spv.party)[OVERDUE_FROM:].sum())


def helps(spv: Spv) -> bool:
    """Whether its originator has said that it helps the plan."""
    return bool(spv.place.heard(spv.originator.party, f"support:{spv.name}", default=False))


def _say(originator: Originator, spv: Spv, *, helps: bool, near_ppm: int) -> None:
    helped: list[str] = originator.memory["helped"]
    if helps == (spv.name in helped):
        return
    originator.memory["helped"] = [*helped, spv.name] if helps else [name for name in helped if name != spv.name]
    originator.place.tell(originator.party, f"support:{spv.name}", value=helps)
    originator.place.note_event(
        deal=spv.name, institution=originator.party, family="support",
        event="implicit_support" if helps else "implicit_support_ends",
        detail=f"{overdue_fen(spv)} fen overdue in the pool; {means_fen(originator)} fen at hand",
        measured_ppm=near_ppm, threshold_ppm=1_000_000,
        effect="takes back overdue loans at par" if helps else "the pool bears its own losses",
    )  # fmt: skip
