"""A plan's triggers as they are lived: what is measured each day and each payment date, and what an event changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.calendar import BANK
from sim.deals.payment_calendar import PaymentDate, Phase
from sim.deals.trigger_terms import Effect
from sim.deals.triggers import Measures, TriggerState, phase_on, revolving_ended_on, test_triggers

if TYPE_CHECKING:
    from sim.agents.spv import Spv


def state_of(spv: Spv) -> TriggerState:
    """What the plan remembers of its triggers."""
    return TriggerState.from_data(spv.memory["triggers"])


def phase(spv: Spv, when: PaymentDate) -> Phase:
    """The phase of a payment date: as scheduled, moved on by events."""
    return phase_on(spv.terms, when.phase, state_of(spv))


def test(spv: Spv, when: PaymentDate | None) -> None:
    """Test what is measured today (`when` is the payment date just paid, or None on other days) and let events act."""
    measures = _daily(spv) if when is None else _on_payment(spv)
    events, state = test_triggers(spv.terms, measures, state_of(spv))
    spv.memory["triggers"] = state.as_data()
    for event in events:
        if event.changed or (when is not None and event.measured_ppm is not None):
            ppm = {"measured_ppm": event.measured_ppm or 0, "threshold_ppm": event.threshold_ppm or 0}
            spv.place.note_event(
                deal=spv.name, institution=spv.party, family=str(event.family), event=event.trigger, detail=event.text,
                effect=str(event.effect) if event.changed else str(event.outcome), **ppm,
            )  # fmt: skip
        if event.changed:
            spv.place.announce(spv.terms.manager, str(event.family), f"{spv.name}: {event.text}")
    spv.memory["amortising_from"] = revolving_ended_on(spv.terms, state)
    if Effect.SWITCH_REMITTANCE in state.effects(spv.terms):
        spv.memory["perfected"] = True


def _daily(spv: Spv) -> Measures:
    """What can be seen any day: idle cash, days without purchase, a late remittance, failures."""
    day, revolving = spv.place.day, spv.place.day <= spv.schedule.revolving_end
    idle = spv.cash("principal") - spv.memory["arrived_today"]["principal"]
    return Measures(
        day=day,
        notes_fen=sum(spv.outstanding_fen(name) for name in spv.terms.ranked),
        idle_cash_fen=max(0, idle) if revolving else None,
        days_without_purchase=day - (spv.memory["last_purchase"] or day) if revolving else None,
        late_remittance_days=_late_remittance(spv),
        senior_interest_unpaid_days=_interest_overdue(spv),
        originator_insolvent=spv.originator.failed,
        servicer_insolvent=spv.originator.failed,
    )


def _interest_overdue(spv: Spv) -> int:
    """Working days since the last payment date left senior-most interest unpaid; -1 when nothing is overdue."""
    unpaid = spv.memory["carry"].get("unpaid_interest_fen", {})
    alive = [name for name in spv.terms.seniors if spv.outstanding_fen(name) or unpaid.get(name, 0)]
    if not alive or unpaid.get(alive[0], 0) == 0:
        return -1
    paid_on = max(date.pay_day for date in spv.schedule.dates if date.pay_day <= spv.place.day)
    return sum(BANK.is_open(day) for day in range(paid_on + 1, spv.place.day + 1))


def _late_remittance(spv: Spv) -> int | None:
    """Working days by which collected cash is overdue at a servicer that has stopped remitting."""
    if not spv.commingled():
        return 0
    held = sum(spv.memory["at_servicer"].values())
    if not held or not spv.originator.failed:
        return 0
    last = spv.memory["remitted"] or spv.terms.closing_day
    allowed = BANK.add(last, 1 if spv.terms.remittance.frequency == "daily" else 22 + spv.terms.remittance.working_days_after)
    return sum(BANK.is_open(day) for day in range(allowed + 1, spv.place.day + 1))


def _on_payment(spv: Spv) -> Measures:
    """What a payment date reveals: pool ratios, cover of the notes, and what was not paid."""
    day, seniors = spv.place.day, spv.terms.seniors
    unpaid = spv.memory["carry"]["unpaid_interest_fen"]
    alive = [name for name in seniors if spv.outstanding_fen(name) or unpaid.get(name, 0)]
    matured = tuple(n for n in seniors if spv.outstanding_fen(n) and day >= spv.schedule.tranche_maturity[n])
    past_legal = day >= spv.schedule.legal_maturity and bool(alive)
    pool, performing = spv.pool_fen(), spv.performing_fen()
    return Measures(
        day=day,
        cumulative_default_fen=spv.memory["life"]["defaulted"],
        cutoff_pool_fen=spv.memory["initial_pool"],
        purchased_fen=spv.memory["life"]["purchased"],
        npl_fen=pool - performing,
        pool_fen=pool,
        cover_fen=performing + spv.cash_total_fen(),
        notes_fen=sum(spv.outstanding_fen(name) for name in spv.terms.ranked),
        unpaid_at_expected_maturity=matured,
        legal_maturity_unpaid_days=0 if past_legal else -1,
    )
