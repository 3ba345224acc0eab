"""`sim indicators`: systemic risk in a run, month by month, and whether its indicators lead distress."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.answers import answering, say, say_json
from sim.cli.options import Json
from sim.errors import ScenarioError

if TYPE_CHECKING:
    from sim.studies.indicator_lead import LeadStudy
    from sim.studies.indicators import RunIndicators

SHOWN = ("index", "index_with_network", "index_banks", "component", "expected_loss")
"""Signals that are printed; the CSV files have all."""
MOST_BANKS = 10
"""Banks that are printed; --json has all."""


def indicators(
    *,
    run: Annotated[Path | None, typer.Argument(metavar="[RUN]", help="The folder of a run.")] = None,
    date: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last month end by this day; default the run's last.")
    ] = None,
    lead: Annotated[
        bool, typer.Option("--lead", help="Instead of a run, small worlds in which distress comes or does not.")
    ] = False,
    seeds: Annotated[int, typer.Option(help="With --lead: seeds of each kind of world.", min=1)] = 10,
    first_seed: Annotated[int, typer.Option(help="With --lead: the first of them.", min=0)] = 1,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="WORLD", help="With --lead: calm, recession, or a stress scenario; repeatable."),
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(help="With --lead: months before a distress in which a warning counts; default 6.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --lead: keep what each world told; a stopped study goes on from it."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for figures, and with --lead for CSV files.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell the systemic risk of a run by the papers' table, or test whether the indicators lead distress."""
    with answering(as_json):
        if (run is None) != lead:
            raise ScenarioError("give the folder of a run, or --lead for the study of small worlds, not both")
        if not lead:
            if only or keep or horizon is not None:
                raise ScenarioError("--only, --keep and --horizon belong to --lead")
            _of_run(run, date, out, as_json)
            return
        if date is not None:
            raise ScenarioError("--date belongs to a run; --lead has its own worlds")
        from sim.studies.early_warning import HORIZON
        from sim.studies.indicator_lead import lead_study

        numbers = range(first_seed, first_seed + seeds)
        months = HORIZON if horizon is None else horizon
        found = lead_study(numbers, only=only or (), horizon=months, workers=None, kept=keep)
        _show_lead(found, [] if out is None else found.write(out), as_json)


def _of_run(run: Any, date: str | None, out: Path | None, as_json: bool) -> None:
    from sim.calendar import date_of
    from sim.studies.equity_paths import measures_on_paths
    from sim.studies.indicators import indicators_of
    from sim.studies.plans import parse_day
    from sim.studies.runs import Run

    Run(run)  # refuses what is no run folder
    found = indicators_of(run, None if date is None else date_of(parse_day(date, "--date")))
    banks = measures_on_paths(run, found.date)
    drawn = None if out is None else found.draw(out)
    if as_json:
        say_json({
            "ok": True, "date": found.date, "rows": found.rows, "index": found.index, "equity_paths": banks,
            "figure": drawn,
        })  # fmt: skip
    else:
        _show_run(found)
        _show_paths(banks)
        say(*([] if drawn is None else [f"{drawn} written"]))


def _show_run(found: RunIndicators) -> None:
    from sim.cli.tables import console, table

    lines = [
        [row["group"], row["indicator"], row["scope"], _number(row["value"], 2), row["unit"], _number(row["score"], 2),
         row["status"], row["source"]]
        for row in found.rows
    ]  # fmt: skip
    names = ["group", "indicator", "scope", "value", "unit", "score", "status", "source"]
    console().print(
        table(f"Systemic risk on {found.date}; scores in standard deviations, positive is risk", names, lines)
    )
    component = [f"{row['scope']} {_number(row['component'], 2)}" for row in found.index if row["date"] == found.date]
    say(f"Index by its first principal component instead of equal weights: {', '.join(component)}")


def _show_paths(banks: list[dict[str, Any]]) -> None:
    """What banks' equity paths say; nothing while they are too short."""
    if not banks:
        return
    from sim.cli.tables import console, table

    lines = [
        [row["institution"], *(_number(row[name], 3) for name in ("beta", "mes", "lrmes", "delta_covar")),
         _number(row["srisk_fen"] / 1e8, 0)]
        for row in banks[:MOST_BANKS]
    ]  # fmt: skip
    title = f"Banks on their equity paths, {banks[0]['months']} months; shares of equity, SRISK in million yuan"
    console().print(table(title, ["bank", "beta", "MES", "LRMES", "delta-CoVaR", "SRISK"], lines))


def _show_lead(found: LeadStudy, written: list[Path], as_json: bool) -> None:
    if as_json:
        kept = {name: rows for name, rows in found.tables.items() if name != "roc"}
        say_json({"ok": True, "horizon_months": found.horizon, **kept, "files": written})
        return
    from sim.cli.tables import console, table

    for which in dict.fromkeys(row["worlds_set"] for row in found.tables["lead"]):
        mine = [row for row in found.tables["lead"] if row["worlds_set"] == which]
        rows = [row for row in mine if row["signal"] in SHOWN]
        lines = [
            [row["signal"], row["scope"], _number(row["area"], 3), _between(row), _number(row["hits"], 2),
             _number(row["false_alarms"], 2), _number(row["usefulness"], 2), f"{row['seen']} of {row['judged']}",
             _number(row["median_lead_months"], 1)]
            for row in rows
        ]  # fmt: skip
        title = (
            f"{which}: {mine[0]['worlds']} worlds, {mine[0]['distresses']} with distress; warnings count within "
            f"{found.horizon} months"
        )
        names = ["signal", "scope", "area", "95 %", "hits", "false", "useful", "seen", "lead, months"]
        console().print(table(title, names, lines))
        gains = [row for row in found.tables["off_balance"] if row["worlds_set"] == which and row["signal"] in SHOWN]
        lines = [[row["signal"], _number(row["difference"], 4), _between(row)] for row in gains]
        console().print(table("Area with off-balance-sheet assets less without", ["signal", "", "95 %"], lines))
    if not found.tables["lead"]:
        say("Only calm worlds: there is no distress to lead")
    say(*(f"{path} written" for path in written))


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _between(row: dict[str, Any]) -> str:
    return "–" if row["low"] is None else f"[{row['low']:.3f}, {row['high']:.3f}]"
