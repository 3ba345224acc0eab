"""Days as integers, and the days on which banks and exchanges work.

A *day* is the number of days since 2010-01-01, so day 0 is a Friday. The exchange opens on every weekday that is not in
`reference/sse_closures.csv`; banks also open on the make-up workdays of `reference/interbank_workdays.csv`. Both files
cover 2014-2026. Outside those years the calendar is a projection: weekends and holidays of fixed date are closed
(New Year's Day, Labour Day, the first week of October); lunar festivals and make-up workdays are not known.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from datetime import date
from functools import cached_property, lru_cache
from importlib import resources
from typing import Final

import numpy as np

EPOCH: Final = date(2010, 1, 1)
PUBLISHED_YEARS: Final = range(2014, 2027)
LAST_DATE: Final = date(2069, 12, 31)

_EPOCH_ORDINAL: Final = EPOCH.toordinal()
_SATURDAY: Final = 5
_MONTHS: Final = range(1, 13)
_DAYS_AT_HAND: Final = 4_096
"""Days whose dates are kept: a market asks for those around today thousands of times."""
_FIXED_HOLIDAYS: Final = frozenset({(1, 1), (5, 1), *((10, d) for d in range(1, 8))})


def day_of(when: date) -> int:
    """Days from 2010-01-01 to `when`; negative before."""
    return when.toordinal() - _EPOCH_ORDINAL


@lru_cache(_DAYS_AT_HAND)
def date_of(day: int) -> date:
    """The date of a day; kept, since a market asks for the same ones thousands of times a day."""
    return date.fromordinal(int(day) + _EPOCH_ORDINAL)


def month_index(day: int) -> int:
    """Whole calendar months from January 2010 to the month of `day`."""
    when = date_of(day)
    return (when.year - EPOCH.year) * 12 + when.month - 1


def month_start(month: int) -> int:
    """First day of a month, of which `month_index` is the number.

    >>> date_of(month_start(month_index(day_of(date(2019, 2, 28))))).isoformat()
    '2019-02-01'
    """
    return day_of(date(2010 + month // 12, month % 12 + 1, 1))


def day_of_month(day: int) -> int:
    """1 to 31."""
    return date_of(day).day


def is_month_end(day: int) -> bool:
    """Whether a day is the last of its month."""
    return date_of(day).month != date_of(day + 1).month


def quarter_start(day: int) -> int:
    """The first day of the quarter of `day`.

    >>> date_of(quarter_start(day_of(date(2021, 2, 20))))
    datetime.date(2021, 1, 1)
    """
    when = date_of(day)
    return day_of(date(when.year, when.month - (when.month - 1) % 3, 1))


@lru_cache(_DAYS_AT_HAND)
def add_months(day: int, months: int) -> int:
    """The same day of the month, `months` later (negative: earlier), clipped to the last day of a shorter month."""
    when = date_of(day)
    year, month0 = divmod(when.year * 12 + when.month - 1 + months, 12)
    last = monthrange(year, month0 + 1)[1]
    return day_of(date(year, month0 + 1, min(when.day, last)))


class BusinessCalendar:
    """The working days of one kind of institution, from 2010 to 2069; every question is answered from a table."""

    def __init__(self, name: str, *, makeup_workdays: bool) -> None:
        self.name = name
        self._makeup_workdays = makeup_workdays

    def is_open(self, day: int) -> bool:
        """Whether business is done on `day`. Raises ValueError outside 2010-2069, as every method here does."""
        return self._open[self._known(day)]

    def on_or_after(self, day: int) -> int:
        """`day` itself if open, else the next open day (the following-business-day convention)."""
        return self._nth(self._before[self._known(day)], day)

    def opens_month(self, day: int) -> bool:
        """Whether `day` is the first open day of its month."""
        return self._known(day) in self._openers

    def on_or_before(self, day: int) -> int:
        """`day` itself if open, else the last open day before it (the preceding-business-day convention)."""
        return self._nth(self._before[self._known(day) + 1] - 1, day)

    def add(self, day: int, n: int) -> int:
        """The n-th open day strictly after `day`; for negative n strictly before; for 0 the same as `on_or_after`."""
        if n > 0:
            return self._nth(self._before[self._known(day) + 1] + n - 1, day)
        return self._nth(self._before[self._known(day)] + n, day)

    def projected(self, day: int) -> bool:
        """Whether `day` lies outside the years with published closures, so that only fixed holidays are known."""
        return date_of(self._known(day)).year not in PUBLISHED_YEARS

    @cached_property
    def _open(self) -> list[bool]:
        days = day_of(LAST_DATE) + 1
        is_open = np.array([_projected_open(date_of(day)) for day in range(days)], dtype=np.bool_)
        published = slice(day_of(date(PUBLISHED_YEARS[0], 1, 1)), day_of(date(PUBLISHED_YEARS[-1], 12, 31)) + 1)
        is_open[published] = [date_of(day).weekday() < _SATURDAY for day in range(published.start, published.stop)]
        is_open[_days_in("sse_closures.csv")] = False
        if self._makeup_workdays:
            is_open[_days_in("interbank_workdays.csv")] = True
        opens: list[bool] = is_open.tolist()
        return opens

    @cached_property
    def _open_days(self) -> list[int]:
        return np.flatnonzero(self._open).tolist()

    @cached_property
    def _openers(self) -> frozenset[int]:
        """The first open day of each month."""
        firsts = (day_of(date(year, month, 1)) for year in range(EPOCH.year, LAST_DATE.year + 1) for month in _MONTHS)
        return frozenset(self.on_or_after(day) for day in firsts)

    @cached_property
    def _before(self) -> list[int]:
        """For each day, how many open days lie before it: its place in `_open_days`."""
        return [0, *np.cumsum(self._open).tolist()]

    def _known(self, day: int) -> int:
        if not 0 <= day < len(self._open):
            raise ValueError(f"{self.name} calendar: day {day} is outside {EPOCH} to {LAST_DATE}; use a date within")
        return day

    def _nth(self, place: int, day: int) -> int:
        if not 0 <= place < len(self._open_days):
            raise ValueError(f"{self.name} calendar: counting from {date_of(day)} leaves {EPOCH} to {LAST_DATE}")
        return self._open_days[place]


def _projected_open(when: date) -> bool:
    return when.weekday() < _SATURDAY and (when.month, when.day) not in _FIXED_HOLIDAYS


def _days_in(file: str) -> list[int]:
    with resources.files("sim.reference").joinpath(file).open("r", encoding="utf-8") as lines:
        return [day_of(date.fromisoformat(row["date"])) for row in csv.DictReader(lines)]


EXCHANGE: Final = BusinessCalendar("exchange", makeup_workdays=False)
BANK: Final = BusinessCalendar("bank", makeup_workdays=True)
