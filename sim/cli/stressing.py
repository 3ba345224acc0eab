"""`sim stress`: why an institution of a run fell, and what a shock would do on the network of a day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.answers import answering, say, say_json
from sim.cli.options import Json

if TYPE_CHECKING:
    from sim.studies.falls import Fall


def stress(
    *,
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="INSTITUTION", help="Why it fell: the chains of its losses.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell why an institution fell: from whom its losses came, along which claims, to the fen."""
    with answering(as_json):
        from sim.studies.falls import failed
        from sim.studies.runs import Run
        from sim.studies.trace_entries import RunTables

        made = Run(run)
        if explain is None:
            names = failed(RunTables(run))
            if as_json:
                say_json({"ok": True, "failed": names})
            else:
                say(*(names or [f"{run}: nobody failed"]))
            return
        _show_fall(made.explain(explain), as_json)


def _show_fall(fall: Fall, as_json: bool) -> None:
    of = fall.explanation
    if as_json:
        say_json({
            "ok": True, "institution": of.institution, "failed_on": fall.failed_on, "why": fall.why, "since": of.since,
            "until": of.until, "total_fen": of.total_fen, "chains": of.table(),
        })  # fmt: skip
    else:
        say(*fall.lines())
