"""The thresholds of paying: exact logistic, the order of risks the papers print, and the closed form of arrears."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.credit import behaviour
from sim.credit.kernels.layout import BURDENS, CELLS, CYCLES, MAX_CYCLES, RANKS, STATES
from sim.credit.logistic import logistic_threshold
from sim.credit.terms import BehaviourTerms
from sim.draws import WORD

ODDS = (
    behaviour.miss_odds(BehaviourTerms(), 0.8, 2557, 0).reshape(RANKS, 5, 8, STATES, BURDENS, CYCLES).astype(np.int64)
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.integers(-12_000, 12_000))
def test_integer_logistic_is_the_logistic(milli: int) -> None:
    exact = WORD / (1 + math.exp(-milli / 1000))
    assert int(logistic_threshold(np.array([milli]))[0]) == pytest.approx(exact, rel=2e-5, abs=2)


def test_the_chance_to_miss_rises_along_every_axis() -> None:
    for axis, name in ((1, "age"), (2, "quality"), (3, "state"), (4, "burden"), (5, "cycles missed")):
        assert (np.diff(ODDS, axis=axis) >= 0).all(), name
    assert (np.diff(ODDS[1:], axis=0) >= 0).all()


def test_macro_stress_raises_and_dated_intercepts_hold_from_their_day() -> None:
    stressed = behaviour.miss_odds(BehaviourTerms(), 0.8, 2557, 1_500).reshape(ODDS.shape)
    assert (stressed >= ODDS).all()
    terms = BehaviourTerms(intercept={"2018-01-01": -6.0, "2020-01-01": -5.0})  # type: ignore[dict-item]
    assert [behaviour.intercept_on(terms.intercept, day) for day in (2000, 2922, 3651, 3652)] == [
        -6.0,
        -6.0,
        -6.0,
        -5.0,
    ]


def test_late_days_are_geometric_within_the_cycle() -> None:
    table = behaviour.late_days_table(5.0)
    assert table.min() == 1
    assert table.max() <= 29
    assert table.mean() == pytest.approx(5.0, abs=0.3)


@pytest.mark.parametrize(("days", "cycles"), [(120, 5.0), (180, 7.0), (210, 8.0), (202, 7 + 22 / 30)])
def test_write_off_is_interpolated_between_due_days(days: int, cycles: float) -> None:
    shares = behaviour.leave_shares(days).astype(float) / WORD
    reach, mean = 1.0, 0.0
    for m in range(1, MAX_CYCLES + 1):
        mean += m * reach * shares[m]
        reach *= 1 - shares[m]
    assert mean == pytest.approx(cycles, abs=0.01)


def test_closed_form_arrears_multiply_the_rolls() -> None:
    odds = np.zeros((RANKS, CELLS, CYCLES))
    for m, chance in enumerate((0.0085, 0.34, 0.665, 0.846, 1.0, 1.0, 1.0)):
        odds[..., m] = chance * (WORD - 1)
    tables = behaviour.arrears_tables(
        [odds.reshape(-1).astype(np.uint32)] * 24, 1, 0.0, behaviour.leave_shares(120), 0.0
    )
    cumulative = tables[0].astype(float) / WORD
    shares = 100 * np.diff(cumulative, prepend=0.0)
    # CALIBRATION: M1 .84, M2 .28, M3 .19, 91-120 .16, removed at 120 days past due.
    assert shares[1:5] == pytest.approx([0.84, 0.28, 0.19, 0.16], abs=0.006)
    assert shares[5:].sum() == pytest.approx(0.0, abs=1e-4)


def test_arrears_remember_the_months_in_which_they_were_missed() -> None:
    def of(first_misses: float) -> np.ndarray:
        odds = np.zeros((RANKS, CELLS, CYCLES))
        odds[..., 0], odds[..., 1:] = first_misses * (WORD - 1), 0.5 * (WORD - 1)
        return odds.reshape(-1).astype(np.uint32)

    def shares(months: list[np.ndarray]) -> np.ndarray:
        tables = behaviour.arrears_tables(months, 1, 0.0, behaviour.leave_shares(180), 0.0)
        return np.diff(tables[0].astype(float) / WORD, prepend=0.0)

    usual = shares([of(0.01)] * 24)
    # Twice as many first misses three months ago: twice as many stand three cycles behind, and nobody else.
    after = shares([of(0.01), of(0.01), of(0.02), *[of(0.01)] * 21])
    assert after[3] / usual[3] == pytest.approx(2.0, rel=0.02)
    assert after[[1, 2, 4]] == pytest.approx(usual[[1, 2, 4]], rel=0.02)
