"""A plan manager fails: its plans buy nothing until their holders have appointed another, who then carries on.

What the plans own is kept apart from the manager's estate; servicer and custodian go on, so that only what needs the
manager's own staff stops: the review of purchases. Where no manager is left the plans end their revolving period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.plan_manager import PlanManager
    from sim.agents.spv import Spv


def hand_over(manager: PlanManager) -> None:
    """When its days are over, give each plan of a failed manager to the living one that has the fewest plans."""
    place = manager.place
    plans = [spv for spv in place.plans_of("manager", manager.party) if not spv.ended]
    if not plans or place.day < manager.memory["failed_on"] + place.administrator.terms.manager_days:
        return
    for spv in plans:
        successor = _successor(place)
        if successor is None:
            _stop_revolving(spv)
        else:
            _appoint(spv, manager, successor)


def _successor(place: MarketPlace) -> PlanManager | None:
    """The first founded of those living ones that have the fewest plans."""
    living = [manager for manager in place.managers.values() if not manager.failed]
    return min(living, key=lambda manager: len(place.plans_of("manager", manager.party)), default=None)


def _appoint(spv: Spv, old: PlanManager, new: PlanManager) -> None:
    spv.memory["manager"] = new.party
    spv.place.forget_plan_lists()
    _note(spv, "manager_replaced", f"{old.party} has failed", f"{new.party} runs the plan")


def _stop_revolving(spv: Spv) -> None:
    if spv.memory["servicing"]["revolving_ended_on"] is None and spv.place.day <= spv.schedule.revolving_end:
        spv.memory["servicing"]["revolving_ended_on"] = spv.place.day
        spv.become(amortising_from=spv.place.day)
        _note(spv, "manager_lost", "no plan manager is left", "end_revolving")


def _note(spv: Spv, event: str, detail: str, effect: str) -> None:
    spv.place.note_event(
        deal=spv.name, institution=spv.party, family="management", event=event, detail=detail, effect=effect
    )
