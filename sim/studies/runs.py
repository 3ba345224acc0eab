"""Runs: simulate a scenario into its run folder, resume a stopped run, branch a run's future."""

from __future__ import annotations

import datetime
import shlex
import signal
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from sim.calendar import date_of
from sim.errors import InvariantError, ScenarioError, SimError, StoppedError
from sim.records.provenance import code, versions
from sim.records.run_folder import RunFolder
from sim.records.writer import Recorder, read_table
from sim.studies.falls import Fall, fall
from sim.studies.past import refuse_changed_past
from sim.studies.plans import RESOLVED, Leg, Plan, checked_seed, load_scenario, parse_day, plan_of
from sim.studies.run_watch import bar, signals
from sim.studies.trace_entries import RunTables

if TYPE_CHECKING:
    from sim.studies.run_days import RunDay


class Market(Protocol):
    """What a run needs of a market; `day` is the next day to simulate, `last_day` is simulated too."""

    @property
    def day(self) -> int: ...
    @property
    def first_day(self) -> int: ...
    @property
    def last_day(self) -> int: ...
    def step(self) -> None: ...
    def state(self) -> dict[str, Any]: ...
    def restore(self, state: Mapping[str, Any]) -> None: ...
    def summary(self) -> dict[str, Any]: ...


class InterruptedRunError(StoppedError):
    """A signal stopped the run at a midnight, with a checkpoint; the exit code is the shell's, 130 or 143."""

    def __init__(self, folder: Path, day: int, number: int) -> None:
        name = signal.Signals(number).name
        super().__init__(f"{folder}: stopped by {name} before {date_of(day)}; continue with: {resuming(folder)}")
        self.exit_code = 128 + number


class FailedRunError(InvariantError):
    """The model failed on a day of a run; the log of its folder holds the traceback."""

    def __init__(self, folder: Path, day: int, fault: Exception) -> None:
        told = str(fault) if isinstance(fault, SimError) else f"{type(fault).__name__}: {fault}"
        super().__init__(
            f"{folder}: failed on {date_of(day)}: {told}\n"
            f"a defect of the model, or values beyond its range: {folder / 'log.jsonl'} holds the traceback"
        )


def resuming(folder: Path) -> str:
    """What to type to continue a run, for a shell."""
    return f"sim resume {shlex.quote(str(folder))}"


class Run:
    """A run on disk: its folder, its manifest, its tables and its headline figures."""

    def __init__(self, folder: str | Path) -> None:
        """Open a run folder; raises ScenarioError where there is none."""
        self.folder = Path(folder)
        self.manifest = RunFolder(self.folder).manifest()

    def status(self) -> str:
        """done, running, stopped, failed or broken off; raises StoppedError where a complete run was damaged since."""
        folder = RunFolder(self.folder)
        folder.is_done()
        return folder.status()

    @property
    def tables(self) -> list[str]:
        """Names of the tables that hold rows."""
        return [name for name, content in self.manifest.get("tables", {}).items() if content["rows"]]

    def table(self, name: str) -> pa.Table:
        """A whole table; empty where nothing was recorded in it. Raises SimError for an unknown name."""
        return read_table(self.folder, name)

    def explain(
        self, institution: str, *, since: datetime.date | None = None, until: datetime.date | None = None
    ) -> Fall:
        """Why an institution fell, or what it lost: chains from origin to loser whose amounts add up to the fen.

        By default of the year before its failure up to that day; of one that lives, of the whole run.

        Raises:
            ScenarioError: the run knows no such institution; the message lists those it knows.
        """
        return fall(RunTables(self.folder), institution, since=since, until=until)

    def day(self, date: str | datetime.date, tell: Callable[[str], None] | None = None) -> RunDay:
        """The close of any day: `view` of every claim, `balance_sheets`, `banks`; `tell` hears how long it will take.

        Month ends stand in the tables. Another day is simulated again from the nearest checkpoint before it, or from
        the start; the run's folder does not change.

        Raises:
            ScenarioError: the day is not of the run, or it is no month end and other code than this made the run.
        """
        from sim.studies.run_days import run_day  # noqa: PLC0415 - it needs what this module tells

        return run_day(RunTables(self.folder), date_of(parse_day(date, "date")), tell)

    @property
    def summary(self) -> dict[str, Any]:
        """The headline figures of the market, and the seconds the run took."""
        return {**self.manifest.get("summary", {}), "seconds": self.manifest["seconds"]}


def run(
    scenario_or_path: Any,
    *,
    seed: int | None = None,
    out: str | Path = "outputs",
    until: str | datetime.date | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: bool = False,
    force: bool = False,
    tables: Collection[str] = (),
) -> Run:
    """Simulate a scenario, given as a file or as an object, into its run folder under `out`.

    `seed` replaces the scenario's; `until` is the last day to simulate; `overrides` are `{"path.to.value": value}`;
    `tables` names the on-request tables to keep. A folder with the same inputs is returned as it is when complete and
    resumed when not, unless `force` has it simulated again.

    Raises:
        ScenarioError: the input is wrong; nothing has been written.
        InvariantError: the model failed one of its identities.
        StoppedError: the disk is full, the folder is in use, or a signal came; the run can be resumed.
    """
    scenario = load_scenario(scenario_or_path, overrides)
    if seed is not None:
        scenario = scenario.model_copy(update={"seed": checked_seed(seed)})
    last_day = None if until is None else parse_day(until, "until")
    plan = Plan((Leg(scenario, last_day),), tuple(sorted(tables)))
    return _execute(plan, Path(out) / plan.folder_name, force=force, progress=progress)


def resume(folder: str | Path, progress: bool = False) -> Run:
    """Continue a stopped run to its end; the result equals that of a run never stopped.

    Raises:
        ScenarioError: `folder` is no run folder, its scenario was changed, or another version of sim began it.
        StoppedError: `folder` is damaged (and as `run`).
    """
    return _execute(plan_of(Path(folder)), Path(folder), progress=progress)


def branch(
    run_folder: str | Path,
    date: str | datetime.date,
    overrides: Mapping[str, Any],
    out: str | Path = "outputs",
    progress: bool = False,
) -> Run:
    """Another future for a run: its own history up to `date`, from that midnight on the scenario with `overrides`.

    The history is taken from the run's last checkpoint at or before `date`, or simulated again where there is none.

    Raises:
        ScenarioError: the overrides are wrong, or `date` is not within the run (and as `run`).
    """
    parent = Path(run_folder)
    followed = plan_of(parent)
    scenario = load_scenario(parent / RESOLVED, overrides)
    day = parse_day(date, "date of the branch")
    refuse_changed_past(load_scenario(parent / RESOLVED, {}), scenario, day)
    plan = followed.branched(day, scenario)
    return _execute(plan, Path(out) / plan.folder_name, progress=progress, parent=parent)


def assemble(scenario: Any, recorder: Recorder) -> Market:
    """The market of a scenario, at its first midnight."""
    from sim.market import SecuritizationMarket  # noqa: PLC0415 - reading a complete run needs no engine

    market: Market = SecuritizationMarket(scenario=scenario, recorder=recorder)
    return market


def _execute(plan: Plan, path: Path, *, force: bool = False, progress: bool = False, parent: Path | None = None) -> Run:
    """Return the folder's run if it is complete; else begin or resume it and carry it to its end."""
    folder = RunFolder(path)
    with folder.held():
        if not force and (path / "manifest.json").exists():
            _refuse_other_inputs(plan, folder)
            if folder.is_done():
                return Run(path)
        recorder = Recorder(path, tables=plan.tables)
        market = None if force else _restored(plan, folder, recorder)
        if market is None:
            market = _first_market(plan, folder, recorder)
            folder.begin(plan.inputs(), plan.documents())
            if parent is not None and _adopted(folder, RunFolder(parent), plan):
                market = _restored(plan, folder, recorder) or market
        _carry_out(plan, folder, recorder, market, progress)
    return Run(path)


def _adopted(folder: RunFolder, parent: RunFolder, plan: Plan) -> bool:
    """Whether the parent's history could be taken over; what other code made is simulated again."""
    return is_of_this_code(parent.manifest()) and folder.adopt(parent, plan.branch_days[-1])


def _refuse_other_inputs(plan: Plan, folder: RunFolder) -> None:
    manifest = folder.manifest()
    if (manifest.get("identity"), manifest.get("seed")) != (plan.identity, plan.scenario.seed):
        raise ScenarioError(
            f"{folder.path}: was begun with other inputs than its scenario files now hold; "
            "undo the change, or simulate again with force"
        )
    if not is_of_this_code(manifest):
        begun_by, current = manifest["versions"]["sim"], versions()["sim"]
        if begun_by == current:
            begun_by, current = f"{begun_by} with other sources", f"{current} as its sources now stand"
        raise ScenarioError(
            f"{folder.path}: was begun by sim {begun_by}, this is sim {current}; "
            "use that version, another output folder, or simulate again with force"
        )


def is_of_this_code(manifest: Mapping[str, Any]) -> bool:
    """Whether this version of sim, and this state of its sources, made a run."""
    return (manifest["versions"]["sim"], manifest.get("code")) == (versions()["sim"], code())


def _first_market(plan: Plan, folder: RunFolder, recorder: Recorder) -> Market:
    """The market of the first leg; a scenario or date it refuses leaves no trace on disk."""
    try:
        market = assemble(plan.legs[0].scenario, recorder)
        _refuse_days_outside(plan, market)
    except ScenarioError:
        folder.discard()
        raise
    return market


def _refuse_days_outside(plan: Plan, market: Market) -> None:
    """Branches lie after the first day and before the end of the run; the end lies within the scenario."""
    until = plan.legs[-1].last_day
    end = market.last_day if until is None else until
    if not market.first_day <= end <= market.last_day:
        days = f"{date_of(market.first_day)} to {date_of(market.last_day)}"
        raise ScenarioError(f"until: {date_of(end)} is not within the scenario, which runs {days}")
    for day in plan.branch_days:
        if not market.first_day < day <= end:
            days = f"{date_of(market.first_day + 1)} to {date_of(end)}"
            raise ScenarioError(f"date of the branch: {date_of(day)} is not within the run; choose one of {days}")


def _restored(plan: Plan, folder: RunFolder, recorder: Recorder) -> Market | None:
    """The market at the folder's newest whole checkpoint; None if there is none."""
    found = folder.open()
    if found is None:
        return None
    saved, state = found
    market = assemble(plan.legs[plan.leg_at(saved.day)].scenario, recorder)
    market.restore(piece(state, "market"))
    recorder.restore(piece(state, "recorder"))
    if market.day != saved.day:
        raise InvariantError(f"{folder.path / saved.file}: saved at day {saved.day}, but restores to day {market.day}")
    folder.log("resumed", date=date_of(saved.day).isoformat())
    return market


def _carry_out(plan: Plan, folder: RunFolder, recorder: Recorder, market: Market, progress: bool) -> None:
    """Simulate what is left of the plan and complete the folder; on an error, note in the folder why it stopped."""
    begun = time.monotonic()
    try:
        market = _simulate(plan, folder, recorder, market, progress)
        dates = (date_of(market.first_day).isoformat(), date_of(market.day - 1).isoformat())
        folder.finish(recorder, market.summary(), time.monotonic() - begun, dates)
    except SimError as fault:
        stopped = isinstance(fault, StoppedError)
        why = str(fault) if stopped else "".join(traceback.format_exception(fault))
        folder.note("stopped" if stopped else "failed", why, time.monotonic() - begun)
        raise


def _simulate(plan: Plan, folder: RunFolder, recorder: Recorder, market: Market, progress: bool) -> Market:
    with signals() as received, bar(plan, market, progress) as show:
        first = plan.leg_at(market.day)
        closed = max((saved.month for saved in folder.journal.checkpoints), default=0)
        for number, leg in enumerate(plan.legs[first:], start=first):
            if number > first:
                market = handed_over(market, leg, recorder)
            last_day = market.last_day if leg.last_day is None else leg.last_day
            ends_run = number == len(plan.legs) - 1
            while market.day <= last_day:
                _step(folder, market)
                show(market.day)
                finished = ends_run and market.day > last_day
                stopping = received[0] if received and not finished else None
                closes = finished or _month(market.day) != _month(market.day - 1)
                due = finished or stopping is not None or (closes and folder.checkpoint_is_due(market.day - 1))
                if closes:
                    closed = _month(market.day - 1)
                    folder.write_month(recorder.end_month(closed))
                if due:
                    _save(folder, recorder, market, closed)
                if stopping is not None:
                    folder.settle()
                    raise InterruptedRunError(folder.path, market.day, stopping)
    folder.settle()  # whoever reads a table from now on finds all of it
    return market


def _step(folder: RunFolder, market: Market) -> None:
    """Simulate a day; what fails in it is told with its folder and date.

    Raises:
        FailedRunError: an identity of the model, or the model itself, failed.
        StoppedError: there is no memory left, or the day had to stop for another reason.
    """
    day = market.day
    try:
        market.step()
    except (StoppedError, ScenarioError):
        raise
    except MemoryError as fault:
        told = f"{folder.path}: out of memory on {date_of(day)}; free some and type {resuming(folder.path)}"
        raise StoppedError(f"{told}, or give the scenario fewer households") from fault
    except Exception as fault:  # whatever it is, its user is owed the folder and the day, and the log the traceback
        raise FailedRunError(folder.path, day, fault) from fault


def handed_over(market: Market, leg: Leg, recorder: Recorder) -> Market:
    """The same midnight under another scenario; the open month keeps exactly the rows it has."""
    state, rows = market.state(), recorder.state()
    successor = assemble(leg.scenario, recorder)
    successor.restore(state)
    recorder.restore(rows)
    return successor


def _save(folder: RunFolder, recorder: Recorder, market: Market, closed: int) -> None:
    """Checkpoint; the parts of the months closed since the one before, up to `closed`, go on record with it."""
    pieces = {"market": market.state(), "recorder": recorder.state()}
    state = {half: {name: piece[half] for name, piece in pieces.items()} for half in ("arrays", "json")}
    folder.save(state, market.day, closed)


def piece(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One part of a checkpoint: `market` or `recorder`."""
    return {"arrays": state["arrays"][name], "json": state["json"][name]}


def _month(day: int) -> int:
    """The calendar month of a day as yyyymm."""
    date = date_of(day)
    return date.year * 100 + date.month
