"""Testing the triggers of a deal: from what was measured to events, and to the state kept for the next test.

A ratio is compared exactly, as a fraction of integers; rounding is for print. An effect that never ends (event of
default, switched remittance, dismissed servicer) stays in force whatever is measured later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sim.deals.fields import BP, PPM
from sim.deals.payment_calendar import Phase
from sim.deals.ratings import notch
from sim.deals.terms import DealTerms
from sim.deals.trigger_terms import RATIO_KINDS, Effect, Family, TriggerKind, TriggerTerms


@dataclass(frozen=True, slots=True)
class Measures:
    """What is known on a day; a field left None is not measured today, and its triggers are not tested.

    Ratios counted in periods (cumulative default, NPL, asset cover) belong to payment dates, the rest to every day.
    """

    day: int
    cumulative_default_fen: int | None = None
    """Balances at first default, summed since the cut-off."""
    cutoff_pool_fen: int | None = None
    """Pool at the cut-off date."""
    purchased_fen: int = 0
    """Principal bought since the cut-off."""
    npl_fen: int | None = None
    """Balance of non-performing loans."""
    pool_fen: int | None = None
    """Balance of the pool, the denominator of the NPL ratio."""
    cover_fen: int | None = None
    """Performing pool and principal cash: what stands against the notes."""
    notes_fen: int | None = None
    """Notes outstanding, all tranches."""
    idle_cash_fen: int | None = None
    """Principal cash that could buy and does not; only while revolving."""
    days_without_purchase: int | None = None
    """Calendar days since the last purchase; only while revolving."""
    late_remittance_days: int | None = None
    """Working days by which the oldest remittance is late; 0 when none is."""
    originator_insolvent: bool | None = None
    servicer_insolvent: bool | None = None
    servicer_rating: str | None = None
    unpaid_at_expected_maturity: tuple[str, ...] | None = None
    """Tranches with principal outstanding after their expected maturity was paid."""
    senior_interest_unpaid_days: int | None = None
    """Working days that interest of the senior-most living tranche is overdue; 0 when none is."""
    legal_maturity_unpaid_days: int | None = None
    """Working days that principal is unpaid since legal maturity; 0 when none is."""


@dataclass(frozen=True, slots=True)
class TriggerRecord:
    """What is remembered of one trigger."""

    in_a_row: int = 0
    """Measurements in breach, in a row."""
    since: int | None = None
    """First day of the present breach."""
    last_tested: int | None = None
    fired_on: int | None = None
    """Day on which the effect came into force; None while it is not."""


@dataclass(frozen=True, slots=True)
class TriggerState:
    """What is remembered of all triggers of a deal."""

    records: Mapping[str, TriggerRecord] = field(default_factory=dict)

    def effects(self, terms: DealTerms) -> frozenset[Effect]:
        """The effects in force."""
        return frozenset(
            terms.triggers[name].effect for name, known in self.records.items() if known.fired_on is not None
        )

    def first_day_of(self, terms: DealTerms, *effects: Effect) -> int | None:
        """The earliest day on which one of these effects, now in force, came into force."""
        days = [
            known.fired_on
            for name, known in self.records.items()
            if known.fired_on is not None and terms.triggers[name].effect in effects
        ]
        return min(days, default=None)

    def as_data(self) -> dict[str, dict[str, Any]]:
        """Plain data for a checkpoint."""
        return {
            name: {"in_a_row": r.in_a_row, "since": r.since, "last_tested": r.last_tested, "fired_on": r.fired_on}
            for name, r in self.records.items()
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Mapping[str, Any]]) -> TriggerState:
        """The inverse of `as_data`."""
        return cls({name: TriggerRecord(**known) for name, known in data.items()})


class Outcome(StrEnum):
    """What a test came to."""

    NO_CHANGE = "no change"
    BREACH = "breach, not yet an event"
    FIRED = "event"
    IN_FORCE = "still in force"
    CURED = "cured"


CHANGES = frozenset({Outcome.FIRED, Outcome.CURED})
"""Outcomes in which an effect comes into force or ends."""


@dataclass(frozen=True, slots=True)
class TriggerEvent:
    """The result of testing one trigger."""

    day: int
    trigger: str
    kind: TriggerKind
    family: Family
    effect: Effect
    outcome: Outcome
    measured_ppm: int | None
    threshold_ppm: int | None
    text: str
    """In words: what was measured against what, and what follows."""

    @property
    def changed(self) -> bool:
        """Whether an effect came into force or ended."""
        return self.outcome in CHANGES


@dataclass(frozen=True, slots=True)
class _Reading:
    """How to say what was measured."""

    words: str
    measured_ppm: int | None = None
    threshold_ppm: int | None = None


EFFECT_WORDS: Mapping[Effect, str] = {
    Effect.END_REVOLVING: "the revolving period ends",
    Effect.ACCELERATE: "accelerated repayment",
    Effect.EVENT_OF_DEFAULT: "event of default",
    Effect.SWITCH_REMITTANCE: "borrowers pay the deal's own account from now on",
    Effect.DISMISS_SERVICER: "the servicer is dismissed",
}


def test_triggers(
    terms: DealTerms, measures: Measures, state: TriggerState, *, say_all: bool
) -> tuple[tuple[TriggerEvent, ...], TriggerState]:
    """Test every trigger that is measured today; returns one event per test (without `say_all`: per change) and the new
    state.

    A trigger tested twice on one day counts that day once. Servicer dismissal is read from the effects in force,
    today's included, so rights perfection can follow on the same day.
    """
    records = dict(state.records)
    events = []
    in_order = sorted(terms.triggers, key=lambda name: terms.triggers[name].kind is TriggerKind.SERVICER_DISMISSED)
    for name in in_order:
        trigger = terms.triggers[name]
        breach = _in_breach(terms, trigger, measures, records)
        if breach is None:
            continue
        record, outcome = _advance(trigger, records.get(name, TriggerRecord()), breach, measures.day)
        records[name] = record
        if not say_all and outcome not in CHANGES:
            continue
        reading = _read(terms, trigger, measures, breach=breach)
        follows = _follows(trigger, record, outcome, measures.day)
        events.append(
            TriggerEvent(
                day=measures.day,
                trigger=name,
                kind=trigger.kind,
                family=trigger.family,
                effect=trigger.effect,
                outcome=outcome,
                measured_ppm=reading.measured_ppm,
                threshold_ppm=reading.threshold_ppm,
                text=f"{reading.words} -> {follows}",
            )
        )
    return tuple(events), TriggerState(records)


def phase_on(terms: DealTerms, scheduled: Phase, state: TriggerState) -> Phase:
    """The phase of a deal: as scheduled, moved on by the effects in force."""
    effects = state.effects(terms)
    if Effect.EVENT_OF_DEFAULT in effects:
        return Phase.DEFAULTED
    if Effect.ACCELERATE in effects:
        return Phase.ACCELERATED
    if Effect.END_REVOLVING in effects and scheduled is Phase.REVOLVING:
        return Phase.AMORTISING
    return scheduled


def revolving_ended_on(terms: DealTerms, state: TriggerState) -> int | None:
    """The day an effect in force ended the revolving period, for `DealTerms.schedule(amortising_from=...)`."""
    return state.first_day_of(terms, Effect.END_REVOLVING, Effect.ACCELERATE, Effect.EVENT_OF_DEFAULT)


def _advance(trigger: TriggerTerms, old: TriggerRecord, breach: bool, day: int) -> tuple[TriggerRecord, Outcome]:
    """The record after a test: counts, the first day of the breach, and whether the effect starts, stays or ends."""
    if not breach:
        fired_on = None if trigger.cures else old.fired_on
        new = TriggerRecord(last_tested=day, fired_on=fired_on)
        if old.fired_on is None:
            return new, Outcome.NO_CHANGE
        return new, Outcome.CURED if trigger.cures else Outcome.IN_FORCE
    again_today = old.last_tested == day and old.in_a_row > 0
    new = TriggerRecord(
        in_a_row=old.in_a_row if again_today else old.in_a_row + 1,
        since=day if old.since is None else old.since,
        last_tested=day,
        fired_on=old.fired_on,
    )
    if old.fired_on is not None:
        return new, Outcome.IN_FORCE
    lasted = day - (new.since if new.since is not None else day)
    waits_days = trigger.days if trigger.kind is TriggerKind.IDLE_CASH else 0
    if new.in_a_row >= trigger.periods and lasted >= waits_days:
        return replace(new, fired_on=day), Outcome.FIRED
    return new, Outcome.BREACH


def _follows(trigger: TriggerTerms, record: TriggerRecord, outcome: Outcome, day: int) -> str:
    """What a test leads to, in words."""
    if outcome is Outcome.FIRED:
        return EFFECT_WORDS[trigger.effect]
    if outcome is Outcome.CURED:
        return f"cured: no longer {EFFECT_WORDS[trigger.effect]}"
    if outcome is Outcome.BREACH and record.since is not None and trigger.kind is TriggerKind.IDLE_CASH:
        return f"breach for {day - record.since} of {trigger.days} days"
    if outcome is Outcome.BREACH:
        return f"breach {record.in_a_row} of {trigger.periods} periods"
    return str(outcome)


def ratio_of(trigger: TriggerTerms, m: Measures) -> tuple[str, int | None, int | None]:
    """(what it is called, numerator, denominator) of a trigger that measures a ratio."""
    match trigger.kind:
        case TriggerKind.CUMULATIVE_DEFAULT:
            base = m.cutoff_pool_fen
            if base is not None and trigger.denominator == "cutoff_pool_and_purchases":
                base += m.purchased_fen
            return "cumulative default", m.cumulative_default_fen, base
        case TriggerKind.NPL_RATIO:
            return "NPL ratio", m.npl_fen, m.pool_fen
        case TriggerKind.ASSET_SHORTFALL:
            return "assets / notes", m.cover_fen, m.notes_fen
        case _:
            return "idle cash / notes", m.idle_cash_fen, m.notes_fen


_OVERDUE: Mapping[TriggerKind, tuple[str, str]] = {
    TriggerKind.NO_PURCHASE: ("days_without_purchase", "no purchase for {} days"),
    TriggerKind.LATE_REMITTANCE: ("late_remittance_days", "remittance late by {} working days"),
    TriggerKind.SENIOR_INTEREST_UNPAID: (
        "senior_interest_unpaid_days",
        "senior interest unpaid for {} working days",
    ),
    TriggerKind.PRINCIPAL_UNPAID_AT_LEGAL_MATURITY: (
        "legal_maturity_unpaid_days",
        "principal unpaid {} working days after legal maturity",
    ),
}
"""Triggers that count days: what is measured, and how to say it."""

_FACTS: Mapping[TriggerKind, tuple[str, str, str, str]] = {
    TriggerKind.ORIGINATOR_INSOLVENT: ("originator_insolvent", "originator", "insolvent", "solvent"),
    TriggerKind.SERVICER_INSOLVENT: ("servicer_insolvent", "servicer", "insolvent", "solvent"),
}
"""Triggers that are facts: what is measured, of whom, and the words for yes and no."""


def breaches(terms: DealTerms, trigger: TriggerTerms, m: Measures) -> bool | None:
    """Whether a trigger (but a servicer's dismissal) is in breach; None when what it needs is not measured today.

    A ratio is compared exactly, as a fraction of integers. Days count from the first overdue one on, or from as many as
    the trigger allows.
    """
    kind = trigger.kind
    if kind in RATIO_KINDS:
        _, numerator, denominator = ratio_of(trigger, m)
        if numerator is None or not denominator:
            return None
        measured, threshold = numerator * BP, trigger.threshold_in_year(terms.year_of_life(m.day)) * denominator
        return measured < threshold if kind is TriggerKind.ASSET_SHORTFALL else measured > threshold
    if kind in _OVERDUE:
        days: int | None = getattr(m, _OVERDUE[kind][0])
        return None if days is None else 0 < days >= trigger.days
    if kind in _FACTS:
        known: bool | None = getattr(m, _FACTS[kind][0])
        return known
    if kind is TriggerKind.SERVICER_RATING:
        if m.servicer_rating is None or trigger.minimum_rating is None:
            return None
        return notch(m.servicer_rating) > notch(trigger.minimum_rating)
    return None if m.unpaid_at_expected_maturity is None else bool(m.unpaid_at_expected_maturity)


def _in_breach(
    terms: DealTerms, trigger: TriggerTerms, m: Measures, records: Mapping[str, TriggerRecord]
) -> bool | None:
    """Whether a trigger is in breach; None when what it needs is not measured today."""
    if trigger.kind is TriggerKind.SERVICER_DISMISSED:
        return Effect.DISMISS_SERVICER in TriggerState(records).effects(terms)
    return breaches(terms, trigger, m)


def _read(terms: DealTerms, trigger: TriggerTerms, m: Measures, *, breach: bool) -> _Reading:
    """What was measured for a trigger, in words and figures."""
    kind = trigger.kind
    if kind is TriggerKind.SERVICER_DISMISSED:
        return _Reading(f"servicer {'dismissed' if breach else 'in office'}")
    if kind in RATIO_KINDS:
        return _ratio(trigger, m, trigger.threshold_in_year(terms.year_of_life(m.day)))
    if kind in _OVERDUE:
        name, words = _OVERDUE[kind]
        return _Reading(f"{words.format(max(getattr(m, name), 0))}, limit {trigger.days}")
    if kind in _FACTS:
        _, who, bad, good = _FACTS[kind]
        return _Reading(f"{who} {bad if breach else good}")
    if kind is TriggerKind.SERVICER_RATING:
        below = "below" if breach else "not below"
        return _Reading(f"servicer rated {m.servicer_rating}, {below} {trigger.minimum_rating}")
    unpaid = ", ".join(m.unpaid_at_expected_maturity or ())
    return _Reading(f"{unpaid} unpaid at expected maturity" if unpaid else "tranches repaid as expected")


def _ratio(trigger: TriggerTerms, m: Measures, threshold_bp: int) -> _Reading:
    """A measured ratio beside its threshold, in words."""
    name, numerator, denominator = ratio_of(trigger, m)
    numerator, denominator = numerator or 0, denominator or 1
    measured, threshold = Fraction(numerator, denominator), Fraction(threshold_bp, BP)
    sign = "<" if measured < threshold else ">" if measured > threshold else "="
    return _Reading(
        f"{name} {_percent(measured, threshold)} {sign} {threshold_bp // 100}.{threshold_bp % 100:02d}%",
        numerator * PPM // denominator,
        threshold_bp * (PPM // BP),
    )


def _percent(measured: Fraction, threshold: Fraction) -> str:
    """Two decimals, or four where two would hide the difference to the threshold."""
    rounded = round(measured * BP)
    if Fraction(rounded, BP) == threshold != measured:
        fine = round(measured * PPM)
        return f"{fine // BP}.{fine % BP:04d}%"
    return f"{rounded // 100}.{rounded % 100:02d}%"


def nearness_ppm(terms: DealTerms, measures: Measures) -> int:
    """How near defaults have come to a trigger: the largest measured ratio over its threshold among cumulative default
    and NPL ratio, ppm; 0 without such triggers, a million or more at a breach."""
    nearest = 0
    for trigger in terms.triggers.values():
        if trigger.kind not in (TriggerKind.CUMULATIVE_DEFAULT, TriggerKind.NPL_RATIO):
            continue
        _, measured, of = ratio_of(trigger, measures)
        threshold = trigger.threshold_in_year(terms.year_of_life(measures.day))
        if measured is not None and of and threshold:
            nearest = max(nearest, measured * BP * 1_000_000 // (of * threshold))
    return nearest
