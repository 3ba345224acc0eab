"""What a book would have lost in other months: the closed form against books that lived them."""

from __future__ import annotations

import datetime

import pytest
from worlds import START, World, calm

from sim.calendar import month_index, month_start
from sim.credit.past_defaults import ExpectedDefaults, IncomeStates

MONTH = month_index(START)
BEHAVIOUR = calm(
    intercept={datetime.date(2010, 1, 1): -4.0}, cycle_effect=[3.0, 3.5, 4.0, 8.0, 8.0, 8.0], macro_effect=0.3
)


def stress(month: int, milli: int) -> int:
    """A bad quarter ten months before the book's month, none else."""
    return milli if MONTH - 12 <= month < MONTH - 9 else 0


def expected(milli: int) -> ExpectedDefaults:
    world = World(behaviour=BEHAVIOUR).season()

    def on(day: int) -> int:
        return stress(month_index(day), milli)

    return ExpectedDefaults(world.book, on, IncomeStates(world.households, on, MONTH - 36, MONTH - 6), MONTH)


def test_bad_months_have_more_defaults_good_ones_fewer_and_normal_ones_as_many_as_usual() -> None:
    bad, good = expected(2_000), expected(-2_000)
    assert bad.rate(MONTH - 9) > 1.5 * bad.usual_rate()
    assert good.rate(MONTH - 9) < good.usual_rate() / 1.5
    assert bad.rate(MONTH - 30) == pytest.approx(bad.usual_rate(), rel=1e-3)


def test_defaults_come_after_the_months_in_which_they_began() -> None:
    bad = expected(2_000)
    rates = [bad.rate(month) / bad.usual_rate() for month in range(MONTH - 14, MONTH - 5)]
    assert rates[0] == rates[1] == pytest.approx(1.0, rel=1e-3)
    assert rates.index(max(rates)) == 5  # three of the four due dates that lead to a default were in the bad quarter


def test_income_states_go_with_the_economy_and_return() -> None:
    households = World().households
    states = IncomeStates(households, lambda day: stress(month_index(day), 3_000), MONTH - 36, MONTH - 6)
    usual, worst = states.usual, states.in_month(MONTH - 10)
    assert states.in_month(MONTH - 20) == pytest.approx(usual, abs=1e-6)
    assert worst[0] < usual[0] - 0.02
    assert states.in_month(MONTH - 7) == pytest.approx(households.drawn_states())
    assert month_index(month_start(MONTH)) == MONTH
    assert all(sum(states.in_month(month)) == pytest.approx(1.0) for month in range(MONTH - 20, MONTH))
