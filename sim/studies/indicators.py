"""The indicators of a run: what the table holds at a month end, the index over time, and when institutions broke."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.contagion.indicators import INDICATORS, SCOPES
from sim.contagion.risk_index import component_index
from sim.errors import ScenarioError
from sim.studies.trace_entries import RunTables

Row = dict[str, Any]


@dataclass(frozen=True)
class RunIndicators:
    """Of a run: `rows` of the last month end by the date asked for, `index` by month, `failures` by date."""

    date: datetime.date
    rows: list[Row]
    index: list[Row]
    failures: list[Row]

    def draw(self, folder: Path) -> Path:
        """The index over time as PNG and SVG; returns the path of the PNG."""
        from sim.report.indicator_figures import draw_index  # noqa: PLC0415 - matplotlib only where asked for

        return folder / f"{draw_index(folder, self.index, self.failures).name}.png"


def indicators_of(run_folder: str | Path, asked: datetime.date | None = None) -> RunIndicators:
    """The indicators of a run by a date (default: its last month end).

    Rows of `index`: date, scope, the scores of the groups, `index`, `index_with_network`, and `component`, the index
    weighed by its first principal component; None where a window is still too short.

    Raises:
        ScenarioError: the run knows no indicators by then; the message gives its first and last month end.
    """
    tables = RunTables(Path(run_folder))
    rows = [row for row in tables.rows("indicators") if row["group"] != "rating"]
    dates = sorted({row["date"] for row in rows})
    date = max((day for day in dates if asked is None or day <= asked), default=None)
    if date is None:
        told = f"its month ends are {dates[0]} to {dates[-1]}" if dates else "it has none"
        raise ScenarioError(f"{run_folder}: no indicators{f' by {asked}' if asked else ''}; {told}")
    events = tables.rows("events", family="default")
    return RunIndicators(
        date,
        [row for row in rows if row["date"] == date],
        _index([row for row in rows if row["date"] <= date], [day for day in dates if day <= date]),
        [row for row in events if row["event"].endswith("_failure") and row["date"] <= date],
    )


def _index(rows: list[Row], dates: list[datetime.date]) -> list[Row]:
    values = {(row["indicator"], row["scope"], row["date"]): row["value"] for row in rows}
    found = []
    for scope in SCOPES:
        named = [(i.name, scope if scope in i.scopes else "") for i in INDICATORS]
        series = [[values[name, at, date] for date in dates] for name, at in named]
        component = component_index(series, [i.risk for i in INDICATORS])
        for date, weighed in zip(dates, component, strict=True):
            told = {row["indicator"]: row["value"] for row in rows if row["date"] == date and _is_index(row, scope)}
            found.append({"date": date, "scope": scope, **told, "component": weighed})
    return found


def _is_index(row: Row, scope: str) -> bool:
    return bool(row["group"] == "index" and row["scope"] == scope)
