"""A plan's triggers as they are lived: what is measured each day and each payment date, and what an event changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.calendar import BANK
from sim.deals import triggers
from sim.deals.payment_calendar import PaymentDate, Phase
from sim.deals.trigger_terms import Effect, TriggerKind
from sim.deals.trigger_watch import CalmWatch, open_matters, stirs
from sim.deals.triggers import Measures, TriggerState, phase_on, revolving_ended_on, test_triggers
from sim.deals.waterfall_lines import Distribution

if TYPE_CHECKING:
    from sim.agents.spv import Spv


def state_of(spv: Spv) -> TriggerState:
    """What the plan remembers of its triggers."""
    return TriggerState.from_data(spv.memory["triggers"])


def phase(spv: Spv, when: PaymentDate) -> Phase:
    """The phase of a payment date: as scheduled, moved on by events."""
    return phase_on(spv.terms, when.phase, state_of(spv))


def test_day(spv: Spv) -> None:
    """Every day: what can be seen without a payment date, unless nothing of it could change anything."""
    if spv.known_matters is None:
        matters = open_matters(spv.terms, state_of(spv))
        spv.known_matters = (matters, CalmWatch.over(matters))
    matters, watch = spv.known_matters
    originator = spv.originator
    calm = not originator.failed and spv.memory["interest_short_since"] is None
    if not matters or (calm and not _may_stir(spv, watch)):
        return
    day = spv.place.day
    revolving = day <= spv.schedule.revolving_end
    idle = spv.cash("principal") - spv.memory["arrived_today"]["principal"]
    measures = Measures(
        day=day,
        notes_fen=spv.notes_fen(),
        idle_cash_fen=max(0, idle) if revolving else None,
        days_without_purchase=day - (spv.memory["last_purchase"] or day) if revolving else None,
        late_remittance_days=_late_remittance(spv),
        senior_interest_unpaid_days=_interest_overdue(spv),
        originator_insolvent=originator.failed,
        servicer_insolvent=originator.failed,
        servicer_rating=originator.issuer_rating,
    )
    if stirs(spv.terms, measures, matters):
        _test(spv, measures, say_all=False)


def _may_stir(spv: Spv, watch: CalmWatch) -> bool:
    """Whether a calm day may be one on which something stirs; only then is all of it measured."""
    if watch.moved or (watch.worst_notch is not None and watch.of_servicer(spv.originator.issuer_rating)):
        return True
    day = spv.place.day
    if day > spv.schedule.revolving_end:
        return False
    if watch.of_days_without_purchase(day - (spv.memory["last_purchase"] or day)):
        return True
    if watch.idle_bp is None:
        return False
    idle = spv.cash("principal") - spv.memory["arrived_today"]["principal"]
    return idle > 0 and watch.of_idle_cash(idle, spv.notes_fen())


def test_before_payment(spv: Spv) -> None:
    """On a payment date, before the waterfall: the ratios of the pool, which may change the order of payment."""
    _test(spv, pool_measures(spv), say_all=True)


def nearness_ppm(spv: Spv) -> int:
    """How near its defaults have come to a trigger today, ppm of the threshold."""
    return triggers.nearness_ppm(spv.terms, pool_measures(spv))


def pool_measures(spv: Spv) -> Measures:
    """What the ratios of the pool are made of, today."""
    pool, performing = spv.pool_fen(), spv.performing_fen()
    return Measures(
        day=spv.place.day,
        cumulative_default_fen=spv.memory["life"]["defaulted"],
        cutoff_pool_fen=spv.memory["initial_pool"],
        purchased_fen=spv.memory["life"]["purchased"],
        npl_fen=pool - performing,
        pool_fen=pool,
        cover_fen=performing + spv.cash_total_fen(),
        notes_fen=spv.notes_fen(),
    )


def test_after_payment(spv: Spv, result: Distribution, *, is_final: bool) -> None:
    """After the waterfall: tranches past their expected maturity, senior interest not paid, principal lost at legal
    maturity."""
    day = spv.place.day
    served = [paid for name in spv.terms.seniors if (paid := result.tranches[name]).interest_due_fen]
    short = bool(served) and served[0].interest_paid_fen < served[0].interest_due_fen
    spv.memory["interest_short_since"] = day if short else None
    matured = tuple(n for n in spv.terms.seniors if spv.outstanding_fen(n) and day >= spv.schedule.tranche_maturity[n])
    _test(spv, Measures(day=day, unpaid_at_expected_maturity=matured), say_all=True)
    if is_final and any(spv.outstanding_fen(name) for name in spv.terms.seniors):
        # The plan has nothing left to wait for: the days of grace cannot change what is unpaid.
        grace = max(
            (t.days for t in spv.terms.triggers.values() if t.kind is TriggerKind.PRINCIPAL_UNPAID_AT_LEGAL_MATURITY),
            default=0,
        )
        _test(spv, Measures(day=day, legal_maturity_unpaid_days=max(1, grace)), say_all=True)


def _test(spv: Spv, measures: Measures, *, say_all: bool) -> None:
    """Test what is measured and let events act; `say_all` records tests that change nothing too."""
    amortising = spv.place.day > spv.schedule.revolving_end
    # Of hundreds of plans only what changes something is told; of a few, every test of a payment date.
    say_all = say_all and not spv.place.monthly_pools
    events, state = test_triggers(spv.terms, measures, state_of(spv), say_all=say_all)
    spv.memory["triggers"], spv.known_matters = state.as_data(), None
    for event in events:
        if amortising and event.effect is Effect.END_REVOLVING:
            continue  # what can only end the revolving period has nothing left to end
        if event.changed or (say_all and event.kind is not TriggerKind.SERVICER_DISMISSED):
            ppm = {"measured_ppm": event.measured_ppm or 0, "threshold_ppm": event.threshold_ppm or 0}
            spv.place.note_event(
                deal=spv.name, institution=spv.party, family=str(event.family), event=event.trigger, detail=event.text,
                effect=str(event.effect) if event.changed else str(event.outcome), **ppm,
            )  # fmt: skip
        if event.changed:
            spv.place.announce(spv.manager, str(event.family), f"{spv.name}: {event.text}")
    by_failure = spv.memory["servicing"]["revolving_ended_on"]
    ended = [day for day in (revolving_ended_on(spv.terms, state), by_failure) if day is not None]
    perfected = spv.memory["perfected"] or Effect.SWITCH_REMITTANCE in state.effects(spv.terms)
    spv.become(amortising_from=min(ended, default=None), perfected=perfected)


def _interest_overdue(spv: Spv) -> int:
    """Working days since a payment date left the senior-most interest short; 0 when nothing is overdue."""
    since = spv.memory["interest_short_since"]
    if since is None:
        return 0
    return sum(BANK.is_open(day) for day in range(since + 1, spv.place.day + 1))


def _late_remittance(spv: Spv) -> int | None:
    """Working days by which collected cash is overdue at a servicer that has stopped remitting."""
    if not spv.originator.failed or not spv.commingled or not any(spv.memory["at_servicer"].values()):
        return 0
    last = spv.memory["remitted"] or spv.terms.closing_day
    allowed = BANK.add(
        last, 1 if spv.terms.remittance.frequency == "daily" else 22 + spv.terms.remittance.working_days_after
    )
    return sum(BANK.is_open(day) for day in range(allowed + 1, spv.place.day + 1))
