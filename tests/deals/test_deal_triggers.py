from __future__ import annotations

from typing import Any

import pytest
from deal_examples import deal

from sim.calendar import add_months
from sim.deals import triggers
from sim.deals.payment_calendar import Phase
from sim.deals.terms import DealTerms
from sim.deals.trigger_terms import Effect
from sim.deals.triggers import Measures, Outcome, TriggerState, phase_on, revolving_ended_on

DAY = deal().closing_day + 60


def with_trigger(**trigger: Any) -> DealTerms:
    return deal(triggers={"t": {"family": "acceleration", "effect": "accelerate"} | trigger})


def measure(
    terms: DealTerms, state: TriggerState, **measured: Any
) -> tuple[triggers.TriggerEvent | None, TriggerState]:
    events, state = triggers.test_triggers(terms, Measures(**({"day": DAY} | measured)), state, say_all=True)
    return (events[0] if events else None), state


def run(terms: DealTerms, *measures: dict[str, Any]) -> list[triggers.TriggerEvent]:
    state, events = TriggerState(), []
    for measured in measures:
        event, state = measure(terms, state, **measured)
        assert event is not None
        events.append(event)
    return events


def test_an_event_reads_as_a_trader_would_say_it() -> None:
    terms = with_trigger(kind="cumulative_default", threshold_bp=500)
    calm, tight, fired = run(
        terms,
        {"cumulative_default_fen": 497, "cutoff_pool_fen": 10_000},
        {"day": DAY + 30, "cumulative_default_fen": 49_999, "cutoff_pool_fen": 1_000_000},
        {"day": DAY + 60, "cumulative_default_fen": 512, "cutoff_pool_fen": 10_000},
    )
    assert calm.text == "cumulative default 4.97% < 5.00% -> no change"
    assert tight.text == "cumulative default 4.9999% < 5.00% -> no change"
    assert fired.text == "cumulative default 5.12% > 5.00% -> accelerated repayment"
    assert (fired.measured_ppm, fired.threshold_ppm, fired.changed) == (51_200, 50_000, True)


def test_exactly_at_the_threshold_is_no_breach() -> None:
    (event,) = run(
        with_trigger(kind="cumulative_default", threshold_bp=500), {"cumulative_default_fen": 5, "cutoff_pool_fen": 100}
    )
    assert (event.outcome, event.text) == (Outcome.NO_CHANGE, "cumulative default 5.00% = 5.00% -> no change")


def test_a_threshold_can_change_with_the_year() -> None:
    """HX: above 8 % in year 1, above 12 % later."""
    terms = with_trigger(kind="cumulative_default", threshold_bp={1: 800, 2: 1200})
    measured = {"cumulative_default_fen": 10, "cutoff_pool_fen": 100}
    anniversary = add_months(terms.closing_day, 12)
    assert run(terms, measured | {"day": anniversary - 1})[0].outcome is Outcome.FIRED
    assert run(terms, measured | {"day": anniversary})[0].outcome is Outcome.NO_CHANGE
    assert run(terms, measured | {"day": anniversary + 900})[0].threshold_ppm == 120_000


def test_defaults_can_be_measured_against_purchases_too() -> None:
    terms = with_trigger(kind="cumulative_default", threshold_bp=500, denominator="cutoff_pool_and_purchases")
    (event,) = run(terms, {"cumulative_default_fen": 8, "cutoff_pool_fen": 100, "purchased_fen": 300})
    assert event.measured_ppm == 20_000


def test_asset_shortfall_needs_its_periods_in_a_row_and_cures() -> None:
    terms = with_trigger(kind="asset_shortfall", effect="end_revolving", threshold_bp=10_000, periods=3, cures=True)
    short, full = {"cover_fen": 99, "notes_fen": 100}, {"cover_fen": 100, "notes_fen": 100}
    outcomes = [
        event.outcome
        for event in run(
            terms, *({"day": DAY + i} | m for i, m in enumerate([short, short, full, short, short, short, full]))
        )
    ]
    assert outcomes == [
        *(Outcome.BREACH, Outcome.BREACH, Outcome.NO_CHANGE),
        *(Outcome.BREACH, Outcome.BREACH, Outcome.FIRED, Outcome.CURED),
    ]


def test_a_cured_end_of_revolving_revolves_again_and_an_uncured_one_does_not() -> None:
    for cures, phase in ((True, Phase.REVOLVING), (False, Phase.AMORTISING)):
        terms = with_trigger(kind="asset_shortfall", effect="end_revolving", threshold_bp=10_000, cures=cures)
        _, state = measure(terms, TriggerState(), cover_fen=99, notes_fen=100)
        assert phase_on(terms, Phase.REVOLVING, state) is Phase.AMORTISING
        assert revolving_ended_on(terms, state) == DAY
        event, state = measure(terms, state, day=DAY + 30, cover_fen=101, notes_fen=100)
        assert event is not None
        assert event.outcome is (Outcome.CURED if cures else Outcome.IN_FORCE)
        assert phase_on(terms, Phase.REVOLVING, state) is phase
        assert (revolving_ended_on(terms, state) is None) == cures


def test_testing_twice_on_one_day_counts_once() -> None:
    terms = with_trigger(kind="asset_shortfall", threshold_bp=10_000, periods=2)
    short = {"cover_fen": 99, "notes_fen": 100}
    assert [event.outcome for event in run(terms, short, short)] == [Outcome.BREACH, Outcome.BREACH]


def test_idle_cash_counts_calendar_days_whatever_the_days_it_is_tested_on() -> None:
    terms = with_trigger(kind="idle_cash", effect="end_revolving", threshold_bp=1000, days=5)
    idle = {"idle_cash_fen": 11, "notes_fen": 100}
    events = run(terms, *({"day": DAY + i} | idle for i in (0, 3, 4, 5)))
    assert [event.outcome for event in events] == [Outcome.BREACH] * 3 + [Outcome.FIRED]
    assert events[1].text == "idle cash / notes 11.00% > 10.00% -> breach for 3 of 5 days"
    broken = run(terms, *({"day": DAY + i} | m for i, m in ((0, idle), (3, idle | {"idle_cash_fen": 9}), (5, idle))))
    assert broken[-1].outcome is Outcome.BREACH


def test_what_is_not_measured_is_not_tested() -> None:
    terms = with_trigger(kind="npl_ratio", threshold_bp=500)
    assert measure(terms, TriggerState())[0] is None
    assert measure(terms, TriggerState(), npl_fen=1, pool_fen=0)[0] is None


@pytest.mark.parametrize(
    ("trigger", "calm", "bad", "words"),
    [
        (
            {"kind": "late_remittance", "days": 3},
            {"late_remittance_days": 2},
            {"late_remittance_days": 3},
            "remittance late by 3 working days, limit 3",
        ),
        (
            {"kind": "late_remittance"},
            {"late_remittance_days": 0},
            {"late_remittance_days": 1},
            "late by 1 working days",
        ),
        (
            {"kind": "no_purchase", "days": 30},
            {"days_without_purchase": 29},
            {"days_without_purchase": 30},
            "no purchase for 30 days",
        ),
        (
            {"kind": "originator_insolvent"},
            {"originator_insolvent": False},
            {"originator_insolvent": True},
            "originator insolvent",
        ),
        (
            {"kind": "servicer_insolvent"},
            {"servicer_insolvent": False},
            {"servicer_insolvent": True},
            "servicer insolvent",
        ),
        (
            {"kind": "servicer_rating", "minimum_rating": "A+"},
            {"servicer_rating": "A+"},
            {"servicer_rating": "A"},
            "servicer rated A, below A+",
        ),
        (
            {"kind": "tranche_unpaid_at_expected_maturity"},
            {"unpaid_at_expected_maturity": ()},
            {"unpaid_at_expected_maturity": ("a", "b")},
            "a, b unpaid at expected maturity",
        ),
        (
            {"kind": "senior_interest_unpaid", "days": 5, "effect": "event_of_default"},
            {"senior_interest_unpaid_days": 4},
            {"senior_interest_unpaid_days": 5},
            "senior interest unpaid for 5 working days",
        ),
        (
            {"kind": "principal_unpaid_at_legal_maturity", "days": 10, "effect": "event_of_default"},
            {"legal_maturity_unpaid_days": 0},
            {"legal_maturity_unpaid_days": 10},
            "principal unpaid 10 working days after legal maturity",
        ),
        (
            {"kind": "npl_ratio", "threshold_bp": 100},
            {"npl_fen": 1, "pool_fen": 100},
            {"npl_fen": 2, "pool_fen": 100},
            "NPL ratio 2.00%",
        ),
    ],
)
def test_each_kind(trigger: dict[str, Any], calm: dict[str, Any], bad: dict[str, Any], words: str) -> None:
    first, second = run(with_trigger(**trigger), calm, bad | {"day": DAY + 1})
    assert first.outcome is Outcome.NO_CHANGE
    assert second.outcome is Outcome.FIRED
    assert words in second.text


def test_dismissal_perfects_rights_on_the_same_day_and_never_switches_back() -> None:
    terms = deal(
        triggers={
            "perfection": {"kind": "servicer_dismissed", "family": "rights_perfection", "effect": "switch_remittance"},
            "late": {
                "kind": "late_remittance",
                "family": "servicer_dismissal",
                "effect": "dismiss_servicer",
                "days": 3,
            },
        }
    )
    events, state = triggers.test_triggers(terms, Measures(DAY, late_remittance_days=3), TriggerState(), say_all=True)
    assert [event.trigger for event in events if event.changed] == ["late", "perfection"]
    assert state.effects(terms) == {Effect.DISMISS_SERVICER, Effect.SWITCH_REMITTANCE}
    events, state = triggers.test_triggers(terms, Measures(DAY + 9, late_remittance_days=0), state, say_all=True)
    assert {event.outcome for event in events} == {Outcome.IN_FORCE}
    assert Effect.SWITCH_REMITTANCE in state.effects(terms)


def test_the_gravest_effect_sets_the_phase() -> None:
    terms = deal(
        triggers={
            "slow": {"kind": "npl_ratio", "family": "acceleration", "effect": "accelerate", "threshold_bp": 100},
            "bust": {"kind": "originator_insolvent", "family": "default", "effect": "event_of_default"},
        }
    )
    _, state = triggers.test_triggers(terms, Measures(DAY, npl_fen=2, pool_fen=100), TriggerState(), say_all=True)
    assert phase_on(terms, Phase.REVOLVING, state) is Phase.ACCELERATED
    _, state = triggers.test_triggers(terms, Measures(DAY + 1, originator_insolvent=True), state, say_all=True)
    assert phase_on(terms, Phase.REVOLVING, state) is Phase.DEFAULTED
    assert TriggerState.from_data(state.as_data()) == state
    assert revolving_ended_on(terms, state) == DAY
