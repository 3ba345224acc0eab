"""What of a deal's triggers a day without payment can move: most days it is nothing, and nothing need be measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sim.deals.fields import BP
from sim.deals.ratings import notch
from sim.deals.terms import DealTerms
from sim.deals.trigger_terms import TriggerKind, TriggerTerms
from sim.deals.triggers import Measures, TriggerRecord, TriggerState, breaches

OpenMatters: TypeAlias = tuple[tuple[TriggerTerms, bool], ...]
"""Triggers whose matter is open, each with whether it was in breach or may be cured."""

MEASURED_DAILY = frozenset(
    {
        TriggerKind.IDLE_CASH,
        TriggerKind.NO_PURCHASE,
        TriggerKind.LATE_REMITTANCE,
        TriggerKind.SENIOR_INTEREST_UNPAID,
        TriggerKind.ORIGINATOR_INSOLVENT,
        TriggerKind.SERVICER_INSOLVENT,
        TriggerKind.SERVICER_RATING,
    }
)
"""What is measured on days without payment too."""
OF_TROUBLE = frozenset(
    {
        TriggerKind.LATE_REMITTANCE,
        TriggerKind.SENIOR_INTEREST_UNPAID,
        TriggerKind.ORIGINATOR_INSOLVENT,
        TriggerKind.SERVICER_INSOLVENT,
    }
)
"""What of it is in breach only after the originator failed or senior interest fell short."""


def open_matters(terms: DealTerms, state: TriggerState) -> OpenMatters:
    """The triggers that a day without payment can move, and whether each was in breach or may be cured. What has fired
    and cannot be cured is settled; a servicer's dismissal follows another trigger."""
    matters = []
    for name, trigger in terms.triggers.items():
        record = state.records.get(name, TriggerRecord())
        if trigger.kind in MEASURED_DAILY and (record.fired_on is None or trigger.cures):
            matters.append((trigger, bool(record.in_a_row) or record.fired_on is not None))
    return tuple(matters)


def stirs(terms: DealTerms, measures: Measures, matters: OpenMatters) -> bool:
    """Whether a test on a day without payment could change anything: some trigger measured today whose matter is open
    is in breach, was in breach, or may be cured."""
    for trigger, moved in matters:
        breach = breaches(terms, trigger, measures)
        if breach or (moved and breach is not None):
            return True
    return False


@dataclass(frozen=True, slots=True)
class CalmWatch:
    """What can stir on a day without payment while the originator works and senior interest is paid, in the few figures
    that say so; at worst it may stir and does not."""

    moved: bool
    """Something was in breach, or may be cured: it is tested every day."""
    idle_bp: int | None
    """Idle cash above this part of the notes may be a breach; None without such a trigger."""
    days_without_purchase: int | None
    worst_notch: int | None
    """A servicer rated worse is in breach; None where no rating matters."""

    @classmethod
    def over(cls, matters: OpenMatters) -> CalmWatch:
        """Of the open matters; those of trouble do not arise on calm days."""
        calm = [(trigger, moved) for trigger, moved in matters if moved or trigger.kind not in OF_TROUBLE]
        of = {kind: [t for t, _ in calm if t.kind is kind] for kind in MEASURED_DAILY}
        return cls(
            moved=any(moved for _, moved in calm),
            idle_bp=min((_least_bp(t) for t in of[TriggerKind.IDLE_CASH]), default=None),
            days_without_purchase=min((t.days for t in of[TriggerKind.NO_PURCHASE]), default=None),
            worst_notch=min(
                (notch(t.minimum_rating) for t in of[TriggerKind.SERVICER_RATING] if t.minimum_rating), default=None
            ),
        )

    def of_servicer(self, rating: str | None) -> bool:
        """Whether a servicer's rating today may stir."""
        return self.worst_notch is not None and rating is not None and notch(rating) > self.worst_notch

    def of_idle_cash(self, idle_fen: int, notes_fen: int) -> bool:
        """Whether cash that could buy and does not may stir."""
        return self.idle_bp is not None and idle_fen * BP > self.idle_bp * notes_fen

    def of_days_without_purchase(self, days: int) -> bool:
        """Whether the days since the last purchase may stir."""
        return self.days_without_purchase is not None and days >= self.days_without_purchase


def _least_bp(trigger: TriggerTerms) -> int:
    """The lowest threshold of any year of the deal's life."""
    by_year = trigger.threshold_bp
    return min(by_year.values()) if isinstance(by_year, dict) else by_year or 0
