"""What a branch may not change: everything that has already happened, or that the past was made of."""

from __future__ import annotations

from sim.calendar import day_of
from sim.errors import ScenarioError
from sim.scenario.schema import Scenario

LIVED = ("start", "burn_in_months", "population", "watched_households")
SOLD = ("originator", "cutoff", "closing", "face_fen", "tranches", "investors", "retention_bp")


def refuse_changed_past(old: object, new: object, day: int) -> None:
    """Refuse a branch that would change what lies before its day; another kind of market has another past.

    Raises:
        ScenarioError: naming every path that cannot change, one a line.
    """
    if isinstance(old, Scenario) and isinstance(new, Scenario):
        faults = _faults(old, new, day)
        if faults:
            raise ScenarioError("\n".join(faults))


def _faults(old: Scenario, new: Scenario, day: int) -> list[str]:
    lived = [path for path in LIVED if _differ(old, new, path)]
    faults = [f"{path}: was lived before the branch; start a new run to change it" for path in lived]
    if day_of(new.end) < day:
        faults.append(f"end: {new.end} lies before the branch")
    for room in ("originators", "managers", "banks", "guarantors", "agencies", "investors", "deals"):
        changed = set(getattr(old, room)) ^ set(getattr(new, room))
        faults += [f"{room}.{name}: institutions cannot come or go at a branch" for name in sorted(changed)]
    for name, deal in old.deals.items():
        if name in new.deals and deal.closing_day < day:
            other = new.deals[name]
            faults += [
                f"deals.{name}.{field}: the notes were sold on {deal.closing}; this cannot change"
                for field in SOLD
                if _differ(deal, other, field)
            ]
    return faults


def _differ(old: object, new: object, field: str) -> bool:
    return bool(getattr(old, field) != getattr(new, field))
