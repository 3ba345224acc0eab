"""The days from one monthly plan to the next: 24 to 38 of them, as holidays move the first working day of a month."""

from __future__ import annotations

from sim.calendar import BANK, add_months, day_of_month

YEAR_DAYS = 365
MONTHS = 12


def next_plan_day(day: int) -> int:
    """The first working day of the month after that of `day`.

    >>> from datetime import date
    >>> from sim.calendar import date_of, day_of
    >>> date_of(next_plan_day(day_of(date(2019, 9, 2)))), date_of(next_plan_day(day_of(date(2019, 10, 8))))
    (datetime.date(2019, 10, 8), datetime.date(2019, 11, 1))
    """
    return BANK.on_or_after(add_months(day - day_of_month(day) + 1, 1))


def of_the_days_ppm(monthly_ppm: int, day: int) -> int:
    """What a monthly rate comes to from `day` to the next plan, ppm; at most all.

    >>> from datetime import date
    >>> from sim.calendar import day_of
    >>> of_the_days_ppm(365_000, day_of(date(2019, 9, 2))), of_the_days_ppm(365_000, day_of(date(2019, 10, 8)))
    (432000, 288000)
    """
    return min(1_000_000, monthly_ppm * (next_plan_day(day) - day) * MONTHS // YEAR_DAYS)
