"""Business days against the published ones, and the arithmetic of integer days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.calendar import BANK, EXCHANGE, BusinessCalendar, add_months, date_of, day_of, day_of_month, month_index

YEARS = range(2014, 2027)
SESSIONS = {
    2014: 245, 2015: 244, 2016: 244, 2017: 244, 2018: 243, 2019: 244,
    2020: 243, 2021: 243, 2022: 242, 2023: 242, 2024: 242, 2025: 243,
}  # fmt: skip
FIRST, LAST = day_of(date(2014, 1, 1)), day_of(date(2026, 12, 31))
KNOWN_DIFFERENCES = [
    date(2024, 2, 9)
]  # eve of Spring Festival 2024: the exchange closed, the State Council named a workday

days = st.integers(day_of(date(2012, 1, 1)), day_of(date(2060, 12, 31)))
calendars = st.sampled_from([BANK, EXCHANGE])
steady = settings(derandomize=True, deadline=None)


@pytest.mark.parametrize(("year", "sessions"), SESSIONS.items())
def test_the_exchange_opens_as_often_as_it_did(year: int, sessions: int) -> None:
    assert sum(EXCHANGE.is_open(d) for d in range(day_of(date(year, 1, 1)), day_of(date(year + 1, 1, 1)))) == sessions


def test_exchange_days_equal_those_of_the_xshg_calendar() -> None:
    xc = pytest.importorskip("exchange_calendars", reason="the dev extra brings the independent exchange calendar")
    sessions = {s.date() for s in xc.get_calendar("XSHG", start="2013-01-01").sessions}
    assert [date_of(d) for d in range(FIRST, LAST + 1) if EXCHANGE.is_open(d) != (date_of(d) in sessions)] == []


def test_bank_days_equal_state_council_workdays_but_for_one() -> None:
    cc = pytest.importorskip("chinese_calendar", reason="the dev extra brings the independent holiday calendar")
    differing = [date_of(d) for d in range(FIRST, LAST + 1) if BANK.is_open(d) != cc.is_workday(date_of(d))]
    assert differing == KNOWN_DIFFERENCES


def test_banks_open_on_make_up_weekends_and_the_exchange_does_not() -> None:
    sunday = day_of(date(2019, 9, 29))  # a Sunday worked for the National Day week of 2019
    assert BANK.is_open(sunday)
    assert not EXCHANGE.is_open(sunday)
    assert all(BANK.is_open(d) for d in range(FIRST, LAST + 1) if EXCHANGE.is_open(d))


def test_years_without_published_closures_are_projected_and_say_so() -> None:
    assert not EXCHANGE.projected(day_of(date(2026, 12, 31)))
    assert EXCHANGE.projected(day_of(date(2027, 1, 1)))
    assert EXCHANGE.projected(day_of(date(2013, 12, 31)))
    assert not EXCHANGE.is_open(day_of(date(2027, 10, 4)))  # a Monday in the National Day week
    assert EXCHANGE.is_open(day_of(date(2027, 2, 8)))  # a Monday; Spring Festival is not projected


@steady
@given(days, calendars, st.integers(-300, 300).filter(bool))
def test_the_nth_open_day_has_n_open_days_up_to_it(day: int, calendar: BusinessCalendar, n: int) -> None:
    target = calendar.add(day, n)
    between = range(day + 1, target + 1) if n > 0 else range(target, day)
    assert calendar.is_open(target)
    assert sum(map(calendar.is_open, between)) == abs(n)


@steady
@given(days, calendars)
def test_conventions_move_to_the_nearest_open_day_on_their_side(day: int, calendar: BusinessCalendar) -> None:
    after, before = calendar.on_or_after(day), calendar.on_or_before(day)
    assert before <= day <= after
    assert calendar.is_open(before)
    assert calendar.is_open(after)
    assert not any(calendar.is_open(d) for d in range(before + 1, after))
    assert calendar.add(day, 0) == after


@pytest.mark.parametrize("day", [-1, day_of(date(2070, 1, 1))])
def test_a_day_beyond_the_calendar_is_refused_by_name(day: int) -> None:
    with pytest.raises(ValueError, match=f"bank calendar: day {day} is outside 2010-01-01 to 2069-12-31"):
        BANK.is_open(day)


def test_counting_past_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="counting from 2069-12-31"):
        EXCHANGE.add(day_of(date(2069, 12, 31)), 1)
    with pytest.raises(ValueError, match="counting from 2010-01-01"):
        EXCHANGE.on_or_before(0)


@steady
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_days_and_dates_are_one_to_one(when: date) -> None:
    day = day_of(when)
    assert date_of(day) == when
    assert day_of(when + timedelta(days=1)) == day + 1
    assert day_of_month(day) == when.day
    assert month_index(day) == (when.year - 2010) * 12 + when.month - 1


def test_months_are_added_and_clipped_to_the_month_end() -> None:
    assert date_of(add_months(day_of(date(2016, 1, 31)), 1)) == date(2016, 2, 29)
    assert date_of(add_months(day_of(date(2016, 2, 29)), 12)) == date(2017, 2, 28)
    assert date_of(add_months(day_of(date(2017, 3, 31)), -1)) == date(2017, 2, 28)
    assert date_of(add_months(day_of(date(2017, 11, 15)), 14)) == date(2019, 1, 15)
    assert date_of(add_months(day_of(date(2017, 1, 15)), -13)) == date(2015, 12, 15)


def test_day_zero_is_the_first_of_january_2010() -> None:
    assert (day_of(date(2010, 1, 1)), month_index(0), day_of_month(0)) == (0, 0, 1)
