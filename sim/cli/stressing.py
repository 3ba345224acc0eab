"""`sim stress`: what a shock would do on the network of a day of a run, and why an institution fell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.answers import answering, notice, say, say_json
from sim.cli.options import Json
from sim.errors import ScenarioError

if TYPE_CHECKING:
    from sim.studies.falls import Fall
    from sim.studies.stress import StressTest

MOST_SHOWN = 12
"""Rows of a table that are printed; the CSV files have all."""
TITLES = {
    "losses": "Losses by layer",
    "institutions": "Who loses",
    "tranches": "Notes",
    "banks": "CET1 of banks, from start to end",
    "danger": "Who would be most dangerous if it failed alone, and how exposed each is to the failures of others",
    "reverse": "How many times the shock fails it",
}


def stress(
    *,
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    date: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Any day of the run; default the last. Between month ends it is simulated again.",
        ),
    ] = None,
    shock: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SHOCK",
            help="originator:NAME=default, bank:NAME=-5%, pool:*=+300%pd, book:NAME=+100%pd, liquidity:NAME=20%, or a "
            ".yaml file with a list of them; repeatable.",
        ),
    ] = None,
    lgd: Annotated[
        float | None,
        typer.Option(help="Per cent of its loans that who fails loses by a forced end; default the run's."),
    ] = None,
    reverse: Annotated[
        str | None, typer.Option(metavar="INSTITUTION", help="How many times as strong a shock would fail it.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the tables as CSV files.")] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="INSTITUTION", help="Why it fell: the chains of its losses.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Shock the network of a day of a run, or tell why an institution of the run fell, to the fen."""
    with answering(as_json):
        from sim.studies.runs import Run

        made = Run(run)
        if explain is not None:
            if date or shock or reverse or out or lgd is not None:
                raise ScenarioError("--explain tells what happened in the run; it takes no shock")
            _show_fall(made.explain(explain), as_json)
            return
        from sim.studies.falls import failed
        from sim.studies.plans import parse_day
        from sim.studies.run_days import last_day
        from sim.studies.stress import stress as stressed
        from sim.studies.trace_entries import RunTables

        tables = RunTables(run)
        day = last_day(tables) if date is None else _date(parse_day(date, "--date"))
        share = None if lgd is None else lgd / 100
        found = stressed(run, day, shock or [], loss_given_default=share, reverse=reverse, tell=notice)
        written = [] if out is None else found.write(out)
        _show_test(found, failed(tables), written, as_json)


def _date(day: Any) -> Any:
    from sim.calendar import date_of

    return date_of(day)


def _show_test(found: StressTest, fallen: list[str], written: list[Path], as_json: bool) -> None:
    if as_json:
        say_json({
            "ok": True, "date": found.date, "loss_given_default": found.loss_given_default, **found.tables,
            "failed_in_run": fallen,
            "files": written,
        })  # fmt: skip
        return
    from sim.cli.tables import console, table

    cost = f"who fails loses {found.loss_given_default:.0%} of its loans by it"
    say(f"Network at the close of {found.date}; {cost}; million yuan")
    for name, rows in found.tables.items():
        if not rows:
            say(f"{TITLES[name]}: none")
            continue
        columns = [column.replace("_fen", "").replace("_ppm", " %").replace("_", " ") for column in rows[0]]
        lines = [[_cell(column, value) for column, value in row.items()] for row in rows[:MOST_SHOWN]]
        console().print(table(TITLES[name], columns, lines))
        if len(rows) > MOST_SHOWN:
            say(f"and {len(rows) - MOST_SHOWN} more; --out writes all")
    if fallen:
        say(f"Failed in the run itself (--explain tells why): {', '.join(fallen)}")
    say(*(f"{path} written" for path in written))


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column.endswith("_fen"):
        return f"{round(value, -6) / 1e8:,.2f}"
    if column.endswith("_ppm"):
        return f"{value / 1e4:.2f}"
    return {True: "yes", False: ""}[value] if isinstance(value, bool) else str(value)


def _show_fall(fall: Fall, as_json: bool) -> None:
    of = fall.explanation
    if as_json:
        say_json({
            "ok": True, "institution": of.institution, "failed_on": fall.failed_on, "why": fall.why, "since": of.since,
            "until": of.until, "total_fen": of.total_fen, "chains": of.table(),
        })  # fmt: skip
    else:
        say(*fall.lines())
