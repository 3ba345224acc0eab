"""Testing the triggers of a deal: from what was measured to events, and to the state kept for the next test.

A ratio is compared exactly, as a fraction of integers; rounding is for print. An effect that never ends (event of
default, switched remittance, dismissed servicer) stays in force whatever is measured later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sim.deals.fields import BP, PPM
from sim.deals.payment_calendar import Phase
from sim.deals.ratings import notch
from sim.deals.terms import DealTerms
from sim.deals.trigger_terms import Effect, Family, TriggerKind, TriggerTerms


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
        return {name: asdict(known) for name, known in self.records.items()}

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
        return self.outcome in (Outcome.FIRED, Outcome.CURED)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One measurement: whether it breaches, and how to say so."""

    breach: bool
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
    terms: DealTerms, measures: Measures, state: TriggerState
) -> tuple[tuple[TriggerEvent, ...], TriggerState]:
    """Test every trigger that is measured today; returns one event per test and the new state.

    A trigger tested twice on one day counts that day once. Servicer dismissal is read from the effects in force,
    today's included, so rights perfection can follow on the same day.
    """
    records = dict(state.records)
    events = []
    in_order = sorted(terms.triggers, key=lambda name: terms.triggers[name].kind is TriggerKind.SERVICER_DISMISSED)
    for name in in_order:
        trigger = terms.triggers[name]
        dismissed = Effect.DISMISS_SERVICER in TriggerState(records).effects(terms)
        reading = _read(terms, trigger, measures, dismissed=dismissed)
        if reading is None:
            continue
        record, outcome = _advance(trigger, records.get(name, TriggerRecord()), reading.breach, measures.day)
        records[name] = record
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


def _read(terms: DealTerms, trigger: TriggerTerms, m: Measures, *, dismissed: bool) -> _Reading | None:
    """Measure one trigger; None when what it needs is not measured today."""
    year = terms.year_of_life(m.day)
    match trigger.kind:
        case TriggerKind.CUMULATIVE_DEFAULT:
            base = m.cutoff_pool_fen
            if base is not None and trigger.denominator == "cutoff_pool_and_purchases":
                base += m.purchased_fen
            return _ratio("cumulative default", trigger, year, m.cumulative_default_fen, base)
        case TriggerKind.NPL_RATIO:
            return _ratio("NPL ratio", trigger, year, m.npl_fen, m.pool_fen)
        case TriggerKind.ASSET_SHORTFALL:
            return _ratio("assets / notes", trigger, year, m.cover_fen, m.notes_fen, breach_below=True)
        case TriggerKind.IDLE_CASH:
            return _ratio("idle cash / notes", trigger, year, m.idle_cash_fen, m.notes_fen)
        case TriggerKind.NO_PURCHASE:
            return _overdue("no purchase for {} days", trigger, m.days_without_purchase)
        case TriggerKind.LATE_REMITTANCE:
            return _overdue("remittance late by {} working days", trigger, m.late_remittance_days)
        case TriggerKind.ORIGINATOR_INSOLVENT:
            return _fact("originator", "insolvent", "solvent", m.originator_insolvent)
        case TriggerKind.SERVICER_INSOLVENT:
            return _fact("servicer", "insolvent", "solvent", m.servicer_insolvent)
        case TriggerKind.SERVICER_DISMISSED:
            return _fact("servicer", "dismissed", "in office", dismissed)
        case TriggerKind.SERVICER_RATING:
            return _rating(trigger, m.servicer_rating)
        case TriggerKind.TRANCHE_UNPAID_AT_EXPECTED_MATURITY:
            unpaid = m.unpaid_at_expected_maturity
            if unpaid is None:
                return None
            words = f"{', '.join(unpaid)} unpaid at expected maturity" if unpaid else "tranches repaid as expected"
            return _Reading(bool(unpaid), words)
        case TriggerKind.SENIOR_INTEREST_UNPAID:
            return _overdue("senior interest unpaid for {} working days", trigger, m.senior_interest_unpaid_days)
        case TriggerKind.PRINCIPAL_UNPAID_AT_LEGAL_MATURITY:
            words = "principal unpaid {} working days after legal maturity"
            return _overdue(words, trigger, m.legal_maturity_unpaid_days)


def _ratio(
    name: str,
    trigger: TriggerTerms,
    year: int,
    numerator: int | None,
    denominator: int | None,
    *,
    breach_below: bool = False,
) -> _Reading | None:
    """Compare a ratio with its threshold; None without a denominator above 0."""
    if numerator is None or not denominator:
        return None
    threshold_bp = trigger.threshold_in_year(year)
    measured, threshold = Fraction(numerator, denominator), Fraction(threshold_bp, BP)
    sign = "<" if measured < threshold else ">" if measured > threshold else "="
    breach = measured < threshold if breach_below else measured > threshold
    return _Reading(
        breach,
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


def _overdue(words: str, trigger: TriggerTerms, days: int | None) -> _Reading | None:
    """A breach from the first overdue day on, or from as many days as the trigger allows."""
    if days is None:
        return None
    return _Reading(0 < days >= trigger.days, f"{words.format(max(days, 0))}, limit {trigger.days}")


def _fact(who: str, bad: str, good: str, is_so: bool | None) -> _Reading | None:
    if is_so is None:
        return None
    return _Reading(is_so, f"{who} {bad if is_so else good}")


def _rating(trigger: TriggerTerms, rating: str | None) -> _Reading | None:
    if rating is None or trigger.minimum_rating is None:
        return None
    below = notch(rating) > notch(trigger.minimum_rating)
    return _Reading(below, f"servicer rated {rating}, {'below' if below else 'not below'} {trigger.minimum_rating}")
