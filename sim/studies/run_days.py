"""Any day of a run: from its tables where they hold it, else simulated again from the nearest checkpoint before it.

A run keeps the whole network at month ends. Any other close follows from the same inputs, bit for bit, so it is brought
back instead of kept; nothing of the run's own folder changes.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.bank_accounts import MILLION, positions
from sim.calendar import date_of, day_of
from sim.contagion.exposures import Exposures, exposures_of
from sim.errors import ScenarioError, StoppedError
from sim.records import checkpoint
from sim.records.journal import read_journal
from sim.records.run_folder import RunFolder
from sim.records.writer import Recorder
from sim.studies import runs
from sim.studies.plans import Plan, plan_of
from sim.studies.trace_entries import RunTables

if TYPE_CHECKING:
    from sim.market import SecuritizationMarket

Tell = Callable[[str], None]
Row = dict[str, Any]


@dataclass(frozen=True)
class RunDay:
    """The close of a day of a run: every claim, the balance sheets, and banks' equity and risk-weighted assets.

    `balance_sheets` has the columns of that table; `banks` maps a bank to `equity_fen`, `risk_weighted_fen` and
    `cet1_ppm`, at month ends as the bank then reported them.
    """

    date: datetime.date
    view: Exposures
    balance_sheets: Mapping[str, Any]
    banks: dict[str, Row]


def run_day(tables: RunTables, date: datetime.date, tell: Tell | None = None) -> RunDay:
    """The close of a day of a run; `tell` hears how long it takes before anything is simulated again.

    Raises:
        ScenarioError: the day is not of the run, or it is no month end and other code than this made the run.
    """
    kept = set(tables.table("balance_sheets")["date"].to_pylist())
    if date in kept:
        return _on_record(tables, date)
    days = tables.table("market_daily")["date"].to_pylist()
    if not days or not days[0] <= date <= days[-1]:
        told = f"its days are {days[0]} to {days[-1]}" if days else "it has no closed month yet"
        raise ScenarioError(f"--date {date}: is no day of the run; {told}")
    before = max((day for day in kept if day < date), default=None)
    if not runs.is_of_this_code(RunFolder(tables.folder).manifest()):
        instead = "" if before is None else f"; the last month end before is {before}"
        raise ScenarioError(
            f"--date {date}: the run keeps its network at month ends, and other code than this made it, so that no "
            f"other day can be simulated again{instead}"
        )
    return _of_market(_simulated_again(tables.folder, date, tell), date)


def last_day(tables: RunTables) -> datetime.date:
    """The last day of a run that is to be had: of one that other code made, its last month end.

    Raises:
        ScenarioError: no month of the run is closed.
    """
    last, kept = tables.last_date, tables.table("balance_sheets")["date"].to_pylist()
    return last if not kept or runs.is_of_this_code(RunFolder(tables.folder).manifest()) else max(kept)


def _on_record(tables: RunTables, date: datetime.date) -> RunDay:
    sheets = tables.table("balance_sheets")
    rows = np.array([day == date for day in sheets["date"].to_pylist()], dtype=bool)
    banks = {row["institution"]: row for row in tables.rows("banks") if row["date"] == date}
    return RunDay(date, exposures_of(tables.table("exposures"), date), sheets.filter(rows).to_pydict(), banks)


def _of_market(market: SecuritizationMarket, date: datetime.date) -> RunDay:
    names = [bank.party for bank in market.commercial_banks() if bank.party in market.ledger.party_number]
    banks = {
        name: {
            "equity_fen": of.equity_fen,
            "risk_weighted_fen": of.risk_weighted_fen,
            "cet1_ppm": of.equity_fen * MILLION // max(1, of.risk_weighted_fen),
        }
        for name, of in (positions(market, names) if names else {}).items()
    }
    sheets = market.ledger.balance_sheets()
    dated = {"date": [date] * len(sheets["institution"]), **sheets}
    return RunDay(date, exposures_of(market.ledger.exposures()), dated, banks)


# -- simulating again ------------------------------------------------------------------------------------------------


def _simulated_again(folder: Path, date: datetime.date, tell: Tell | None) -> Any:
    """The market at the midnight after a day, by the run's own plan."""
    plan, last = plan_of(folder), day_of(date)
    recorder = Recorder(tables=plan.tables)
    market = _nearest(plan, folder, recorder, last) or runs.assemble(plan.legs[0].scenario, recorder)
    if tell is not None and market.day <= last:
        tell(_announced(folder, market.day, last))
    number = plan.leg_at(market.day)
    while market.day <= last:
        if plan.leg_at(market.day) > number:
            number += 1
            market = runs.handed_over(market, plan.legs[number], recorder)
        market.step()
        if date_of(market.day).day == 1:
            recorder.restore({"arrays": {}})  # the rows of a month that is over are the folder's
    return market


def _nearest(plan: Plan, folder: Path, recorder: Recorder, last: int) -> Any:
    """The market at the newest whole checkpoint up to the midnight after a day; None if there is none."""
    for saved in reversed([saved for saved in read_journal(folder).checkpoints if saved.day <= last + 1]):
        try:
            state = checkpoint.load(folder / saved.file, saved.sha256)
        except StoppedError:
            continue  # damaged, or overwritten by a run that goes on
        market = runs.assemble(plan.legs[plan.leg_at(min(saved.day, last))].scenario, recorder)
        market.restore(runs.piece(state, "market"))
        recorder.restore(runs.piece(state, "recorder"))
        return market
    return None


def _announced(folder: Path, first: int, last: int) -> str:
    """What will be simulated, and about how long by what the whole run took."""
    manifest = RunFolder(folder).manifest()
    told = f"the run keeps its network at month ends; {date_of(first)} to {date_of(last)} is simulated again"
    if not manifest["seconds"] or "last_date" not in manifest:
        return told
    whole = [day_of(datetime.date.fromisoformat(manifest[name])) for name in ("first_date", "last_date")]
    seconds = manifest["seconds"] * (last + 1 - first) / (whole[1] + 1 - whole[0])
    return f"{told}, about {max(1, round(seconds))} s"
