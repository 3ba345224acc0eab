"""Reading a table of collections: every fault is reported with its row and column."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from sim.calendar import day_of
from sim.errors import ScenarioError

_AMOUNTS = ("principal_fen", "interest_fen", "recovery_fen", "defaulted_fen", "balance_fen")
_OPTIONAL = "purchased_fen"
_FAULTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Collection:
    """One row: what the pool did on (or up to) a day."""

    row: int
    """Number of the row in the table, from 1."""
    day: int
    principal_fen: int
    interest_fen: int
    recovery_fen: int
    defaulted_fen: int
    balance_fen: int
    """Performing principal after the day."""
    purchased_fen: int = 0
    """Principal bought on the day."""


MOST_FEN = 10**17
"""A thousand trillion yuan: sums of such amounts over a deal's life still fit into 64 bits."""


def read_collections(table: pa.Table | Mapping[str, Sequence[Any]], *, cutoff: int) -> tuple[Collection, ...]:
    """The rows of a table (pyarrow.Table, or mapping of equally long columns), in order of date.

    Columns: date (dates or ISO text, strictly rising, not before the cut-off day), the five amounts, and optionally
    purchased_fen; integers in fen, none negative. Raises ScenarioError listing every fault as `row, column: reason`.
    """
    if not isinstance(table, Mapping | pa.Table):
        raise ScenarioError(f"collections: a table or a mapping of columns is needed, got {type(table).__name__}")
    columns: Mapping[str, Sequence[Any]] = table if isinstance(table, Mapping) else table.to_pydict()
    scalars = [name for name, values in columns.items() if not hasattr(values, "__len__")]
    if scalars:
        raise ScenarioError("\n".join(f"collections: column '{name}' is not a column of values" for name in scalars))
    faults = [f"column '{name}' is missing; add it" for name in ("date", *_AMOUNTS) if name not in columns]
    known = {"date", *_AMOUNTS, _OPTIONAL}
    faults += [f"column '{name}' is not known; use {', '.join(sorted(known))}" for name in columns if name not in known]
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        faults.append(f"columns differ in length: {lengths}; give one value for each row")
    if not faults and lengths["date"] == 0:
        faults.append("the table has no row; give at least one")
    if faults:
        raise ScenarioError("\n".join(f"collections: {fault}" for fault in faults))
    rows, faults = _rows(columns, cutoff)
    if faults:
        more = [f"... and {len(faults) - _FAULTS_SHOWN} more"] if len(faults) > _FAULTS_SHOWN else []
        raise ScenarioError("\n".join(f"collections: {fault}" for fault in faults[:_FAULTS_SHOWN] + more))
    return tuple(rows)


def _rows(columns: Mapping[str, Sequence[Any]], cutoff: int) -> tuple[list[Collection], list[str]]:
    names = [*_AMOUNTS, *([_OPTIONAL] if _OPTIONAL in columns else [])]
    rows: list[Collection] = []
    faults: list[str] = []
    last_day = cutoff - 1
    for index, given in enumerate(columns["date"]):
        row = index + 1
        amounts: dict[str, int] = {}
        for name in names:
            try:
                amounts[name] = _amount(columns[name][index])
            except (TypeError, ValueError) as reason:
                faults.append(f"row {row}, column {name}: {reason}")
        try:
            day = day_of(_date(given))
        except (TypeError, ValueError) as reason:
            faults.append(f"row {row}, column date: {reason}")
            continue
        if day <= last_day:
            wrong = "lies before the cut-off date" if row == 1 else "does not come after the row before"
            faults.append(f"row {row}, column date: {given} {wrong}; sort the rows, one for each date")
        last_day = max(last_day, day)
        if len(amounts) == len(names):
            rows.append(Collection(row=row, day=day, **amounts))
    return rows, faults


def _amount(value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{value!r} is not an amount; give whole fen as an integer")
    fen = operator.index(value)
    if fen < 0:
        raise ValueError(f"{fen} is negative; give amounts of 0 or more")
    if fen > MOST_FEN:
        raise ValueError(f"{fen} is above {MOST_FEN} fen, the largest amount; is the unit right?")
    return fen


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"'{value}' is not a date; write it as 2016-01-31") from None
    raise TypeError(f"{value!r} is not a date; give a date or text such as 2016-01-31")
