"""A day on which nothing stirs is a day on which a test of all triggers would change nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from worlds import HUABEI, SCENARIOS

from sim.deals import triggers
from sim.deals.trigger_watch import CalmWatch, open_matters, stirs
from sim.deals.triggers import Measures, TriggerState
from sim.scenario import load_scenario

TERMS = [
    *load_scenario(HUABEI).deals.values(),
    *load_scenario(SCENARIOS / "deals" / "jd_baitiao_2015.yaml").deals.values(),
]
DAY = TERMS[0].closing_day + 100


@st.composite
def days(draw: st.DrawFn) -> Measures:
    """What is measured on a day without payment."""
    failed = draw(st.booleans())
    return Measures(
        day=DAY,
        notes_fen=10**9,
        idle_cash_fen=draw(st.none() | st.integers(0, 10**9)),
        days_without_purchase=draw(st.none() | st.integers(0, 60)),
        late_remittance_days=draw(st.integers(0, 10)) if failed else 0,
        senior_interest_unpaid_days=draw(st.just(0) | st.integers(0, 10)),
        originator_insolvent=failed,
        servicer_insolvent=failed,
        servicer_rating=draw(st.sampled_from(("AAA", "A", "BBB", "C"))),
    )


@given(st.sampled_from(TERMS), st.lists(days(), max_size=3), days())
def test_what_does_not_stir_changes_nothing(terms: object, before: list[Measures], today: Measures) -> None:
    state = TriggerState()
    for measures in before:
        state = triggers.test_triggers(terms, measures, state, say_all=True)[1]  # type: ignore[arg-type]
    if not stirs(terms, today, open_matters(terms, state)):  # type: ignore[arg-type]
        events, after = triggers.test_triggers(terms, today, state, say_all=True)  # type: ignore[arg-type]
        assert not any(event.changed for event in events)
        assert after.effects(terms) == state.effects(terms)  # type: ignore[arg-type]
        alarms = [
            {n: (r.in_a_row, r.fired_on) for n, r in s.records.items() if r.fired_on is None} for s in (state, after)
        ]
        assert {n: a for n, a in alarms[1].items() if a[0]} == {n: a for n, a in alarms[0].items() if a[0]}


def test_a_breach_stirs_and_so_does_the_end_of_one() -> None:
    terms = TERMS[0]
    quiet = Measures(day=DAY, notes_fen=10**9, idle_cash_fen=0, originator_insolvent=False)
    assert not stirs(terms, quiet, open_matters(terms, TriggerState()))
    idle = Measures(day=DAY, notes_fen=10**9, idle_cash_fen=10**9, originator_insolvent=False)
    assert stirs(terms, idle, open_matters(terms, TriggerState()))
    breached = triggers.test_triggers(terms, idle, TriggerState(), say_all=True)[1]
    assert stirs(terms, quiet, open_matters(terms, breached))


@given(st.sampled_from(TERMS), st.lists(days(), max_size=3), days())
def test_a_calm_watch_misses_nothing_that_stirs(terms: object, before: list[Measures], today: Measures) -> None:
    state = TriggerState()
    for measures in before:
        state = triggers.test_triggers(terms, measures, state, say_all=True)[1]  # type: ignore[arg-type]
    if today.originator_insolvent or today.senior_interest_unpaid_days:
        return
    matters = open_matters(terms, state)  # type: ignore[arg-type]
    watch = CalmWatch.over(matters)
    may_stir = (
        watch.moved
        or watch.of_servicer(today.servicer_rating)
        or watch.of_idle_cash(today.idle_cash_fen or 0, today.notes_fen or 0)
        or watch.of_days_without_purchase(today.days_without_purchase or 0)
    )
    assert may_stir or not stirs(terms, today, matters)  # type: ignore[arg-type]
