"""The economy as printed: reference/macro_series.csv, read by month or by day.

Rates that are set (policy rates, reserve ratios) hold from the day they are printed for to the next. Averages of a
year, quarter or month are spread over their months without interpolation, so that every printed average is met: a
month printed by itself has its own figure, and the months of a quarter or year that are not printed share what is left
of its average. Nothing is filled in from memory: a month outside the printed years is not observed.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from sim.calendar import EPOCH, day_of

PCT: Final = 10_000
"""Ppm in one per cent."""
MONTHS: Final = 12


@dataclass(frozen=True)
class Figure:
    """A value (ppm; fen for money) with its id in the facts files, flagged where their confidence is low."""

    value: int
    source: str


def month_number(year: int, month: int) -> int:
    """Months from January 2010, as `calendar.month_index` counts them."""
    return (year - EPOCH.year) * MONTHS + month - 1


@cache
def _rows() -> tuple[tuple[str, str, Figure], ...]:
    with resources.files("sim.reference").joinpath("macro_series.csv").open("r", encoding="utf-8") as lines:
        return tuple(
            (
                row["series"],
                row["period"],
                Figure(
                    round(float(row["value"]) * (PCT if row["series"].endswith("_pct") else 100)),
                    row["source"] + (" (low confidence)" if row["confidence"] == "low" else ""),
                ),
            )
            for row in csv.DictReader(lines)
        )


def printed(series: str) -> dict[str, Figure]:
    """All figures of a series by period, as printed."""
    found = {period: figure for name, period, figure in _rows() if name == series}
    if not found:
        raise KeyError(
            f"no series '{series}' in macro_series.csv; there are {', '.join(sorted({r[0] for r in _rows()}))}"
        )
    return found


@cache
def steps(series: str) -> tuple[tuple[int, Figure], ...]:
    """A rate that is set: (first day it holds, figure), in order."""
    return tuple(sorted((_first_day(period), figure) for period, figure in printed(series).items()))


def on_day(series: str, day: int) -> Figure | None:
    """The rate in force on a day; None before the first one printed."""
    found = None
    for start, figure in steps(series):
        if start <= day:
            found = figure
    return found


def _first_day(period: str) -> int:
    year, month, day = [*(int(part) for part in period.split("-")), 1, 1][:3]
    return day_of(datetime.date(year, month, day))


@cache
def monthly(series: str) -> Mapping[int, Figure]:
    """An average by month: the narrowest period printed for it, and of wider ones what the narrower leave."""
    spans = {period: _months(period) for period in printed(series)}
    found: dict[int, Figure] = {}
    for period, months in sorted(spans.items(), key=lambda item: len(item[1])):
        figure = printed(series)[period]
        open_months = [month for month in months if month not in found]
        if not open_months:
            continue
        known = sum(found[month].value for month in months if month in found)
        share = round((figure.value * len(months) - known) / len(open_months))
        found.update(dict.fromkeys(open_months, Figure(share, figure.source)))
    return found


def _months(period: str) -> range:
    """The months of "2020", "2020Q1" or "2020-02"."""
    year = int(period[:4])
    if "Q" in period:
        first = month_number(year, 3 * int(period[-1]) - 2)
        return range(first, first + 3)
    if "-" in period:
        first = month_number(year, int(period[5:7]))
        return range(first, first + 1)
    return range(month_number(year, 1), month_number(year + 1, 1))


@cache
def income_growth() -> Figure:
    """Nominal growth a year of disposable income per head between the two years printed, ppm: all that is printed."""
    (first, start), (last, end) = sorted(printed("income_per_head_yuan").items())
    years = int(last) - int(first)
    return Figure(round(((end.value / start.value) ** (1 / years) - 1) * 10**5) * 10, start.source)


@cache
def income_months() -> range:
    """The months that the printed growth of income covers: those after the first year's, to the end of the last."""
    years = sorted(int(year) for year in printed("income_per_head_yuan"))
    return range(month_number(years[0] + 1, 1), month_number(years[-1] + 1, 1))
