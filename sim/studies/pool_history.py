"""A published pool history, read in place: one row a month, and the roll rates it shows.

Columns: `report_end` (month end, year/month/day), the opening number and balance, new loans, prepayment, the balance by
days past due, and cumulative principal and interest. A roll is a bucket at a month end divided by the younger bucket
one month before; rates are means of months.
"""

from __future__ import annotations

import csv
import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sim.errors import ScenarioError

AMOUNTS = (
    "beg_n",
    "beg_bal",
    "new_loans",
    "cum_prepay",
    "current",
    "dq1_30",
    "dq31_60",
    "dq61_90",
    "dq91_120",
    "dq120p",
    "cum_principal",
    "cum_interest",
)
BUCKETS = ("current", "dq1_30", "dq31_60", "dq61_90", "dq91_120")
COLUMNS = ("report_end", *AMOUNTS)


@dataclass(frozen=True)
class PoolMonth:
    """One row: the month end and the amounts by column, in the file's own unit of money."""

    end: datetime.date
    amounts: dict[str, float]


def read_pool_history(path: Path) -> list[PoolMonth]:
    """Read a pool history, months in order.

    Raises:
        ScenarioError: the file, its header or its first bad value, with row (the header is row 1), column, reason.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError(f"{path}: not a CSV file in UTF-8: {error}") from None
    if not rows:
        raise ScenarioError(f"{path}: row 1: the file is empty; its first row should be {','.join(COLUMNS)}")
    header = [name.strip() for name in rows[0]]
    _check_header(path, header)
    months: list[PoolMonth] = []
    for number, cells in enumerate(rows[1:], start=2):
        if cells:
            months.append(_month(path, number, header, cells, months[-1] if months else None))
    return months


def _check_header(path: Path, header: list[str]) -> None:
    for name in header:
        if name not in COLUMNS:
            raise ScenarioError(f"{path}: row 1, column {name}: unknown column; columns are {', '.join(COLUMNS)}")
        if header.count(name) > 1:
            raise ScenarioError(f"{path}: row 1, column {name}: stands twice")
    for name in COLUMNS:
        if name not in header:
            raise ScenarioError(f"{path}: row 1, column {name}: missing")


def _month(path: Path, number: int, header: list[str], cells: list[str], before: PoolMonth | None) -> PoolMonth:
    if len(cells) != len(header):
        column = header[len(cells)] if len(cells) < len(header) else header[-1]
        raise ScenarioError(
            f"{path}: row {number}, column {column}: the row has {len(cells)} values, the header {len(header)}"
        )
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    end = _month_end(path, number, row["report_end"])
    if before is not None and (end.year * 12 + end.month) != (before.end.year * 12 + before.end.month + 1):
        raise ScenarioError(f"{path}: row {number}, column report_end: {end} does not follow {before.end} by one month")
    return PoolMonth(end, {name: _amount(path, number, name, row[name]) for name in AMOUNTS})


def _month_end(path: Path, number: int, text: str) -> datetime.date:
    try:
        year, month, day = (int(part) for part in text.replace("-", "/").split("/"))
        end = datetime.date(year, month, day)
    except ValueError:
        raise ScenarioError(
            f"{path}: row {number}, column report_end: '{text}' is not a date such as 2016/12/31"
        ) from None
    if (end + datetime.timedelta(days=1)).day != 1:
        raise ScenarioError(f"{path}: row {number}, column report_end: {end} is not the last day of its month")
    return end


def _amount(path: Path, number: int, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ScenarioError(f"{path}: row {number}, column {name}: '{text}' is not a number") from None
    if not math.isfinite(value):
        raise ScenarioError(f"{path}: row {number}, column {name}: '{text}' is not a finite number")
    if value < 0:
        raise ScenarioError(f"{path}: row {number}, column {name}: {text} is negative")
    return value


@dataclass(frozen=True)
class HistoryRates:
    """Monthly means of a history: entry into 1-30 days as a share of current, and the three rolls; `months` of them."""

    entry: float
    rolls: tuple[float, float, float]
    months: int


def history_rates(path: Path, months: list[PoolMonth], years: tuple[int, ...]) -> HistoryRates:
    """Mean monthly rates of the months that end in `years`.

    Raises:
        ScenarioError: no month of those years has a month before it with balances in every bucket.
    """
    found = [rates for rates, end in _monthly(months) if end.year in years]
    if not found:
        raise ScenarioError(
            f"{path}: no month of {', '.join(map(str, years))} follows a month with balances in every bucket"
        )
    mean = [sum(column) / len(found) for column in zip(*found, strict=True)]
    return HistoryRates(mean[0], (mean[1], mean[2], mean[3]), len(found))


def _monthly(months: list[PoolMonth]) -> Iterator[tuple[list[float], datetime.date]]:
    for before, now in pairwise(months):
        younger = [before.amounts[name] for name in BUCKETS[:-1]]
        if all(younger):
            yield [now.amounts[name] / base for name, base in zip(BUCKETS[1:], younger, strict=True)], now.end
