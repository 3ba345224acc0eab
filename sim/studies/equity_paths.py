"""MES, SRISK and delta-CoVaR of a run's banks, on the equity paths that the run simulated.

A bank's return of a month is its profit after tax, losses of that month included, over its equity at the month end
before: what it pays its owners is no loss. The system's return is that of all these banks together. Banks have no share
price here, so that book equity stands for market equity.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.contagion.inputs import Floats
from sim.contagion.measures import delta_covar, lrmes, mes, srisk
from sim.studies.trace_entries import RunTables

Row = dict[str, Any]
LEAST_MONTHS: Final = 12
"""Fewer returns say nothing of a tail (assumption, 12 to 60)."""
LEVEL: Final = 0.05
"""Share of months that is the tail (the sources' five per cent)."""
FALL: Final = 0.4
"""Fall of the system's equity that is a crisis (Brownlees-Engle 2017)."""
REST: Final = "rest"
"""Group of the bank that stands for all that nobody names: no institution."""


def equity_paths(tables: RunTables, until: datetime.date) -> tuple[list[str], Floats, Floats, list[Row]]:
    """(banks, returns [month, bank], the system's returns, each bank's last row of `banks`) up to a date.

    Banks whose equity was gone at some month end, or that are not there all the time, are left out.
    """
    months: dict[datetime.date, dict[str, Row]] = {}
    for row in tables.rows("banks"):
        if row["date"] <= until and row["group"] != REST:
            months.setdefault(row["date"], {})[row["institution"]] = row
    ends = [months[date] for date in sorted(months)]
    always = sorted(set.intersection(*(set(end) for end in ends))) if ends else []
    names = [name for name in always if all(end[name]["equity_fen"] > 0 for end in ends)]
    equity = np.array([[end[name]["equity_fen"] for name in names] for end in ends], np.float64)
    profit = np.array([[end[name]["profit_fen"] for name in names] for end in ends], np.float64)
    if len(ends) < 2 or not names:
        return names, np.zeros((0, len(names))), np.zeros(0), []
    returns = profit[1:] / equity[:-1]
    system = profit[1:].sum(axis=1) / equity[:-1].sum(axis=1)
    return names, returns, system, [ends[-1][name] for name in names]


def measures_on_paths(run_folder: str | Path, until: datetime.date) -> list[Row]:
    """One row a bank, the greatest shortfall first: beta, MES and delta-CoVaR of a month (shares of equity, losses
    positive), LRMES in a crisis of the system, SRISK in fen (negative is a surplus). Empty while there are fewer than
    `LEAST_MONTHS` returns.
    """
    names, returns, system, last = equity_paths(RunTables(Path(run_folder)), until)
    if len(returns) < LEAST_MONTHS:
        return []
    beta = _beta(returns, system)
    long_run = lrmes(beta=beta, fall=FALL)
    worth = np.array([row["equity_fen"] for row in last], np.float64)
    debt = np.array([row["assets_fen"] for row in last], np.float64) - worth
    columns = {
        "beta": beta, "mes": mes(returns, system, level=LEVEL), "lrmes": long_run,
        "delta_covar": delta_covar(returns, system, level=LEVEL),
    }  # fmt: skip
    lacking = srisk(debt, worth, long_run)
    rows = [
        {
            "institution": name, "months": len(returns),
            **{what: round(float(values[place]), 6) for what, values in columns.items()},
            "srisk_fen": round(float(lacking[place])),
        }
        for place, name in enumerate(names)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["srisk_fen"], row["institution"]))


def _beta(returns: Floats, system: Floats) -> Floats:
    """Slope of each bank's returns on the system's, by least squares; 0 while the system does not move."""
    moved = system - system.mean()
    size = float(moved @ moved)
    slopes: Floats = (returns - returns.mean(axis=0)).T @ moved / size if size > 0.0 else np.zeros(returns.shape[1])
    return slopes
