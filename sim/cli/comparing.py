"""`sim compare`: policies against a base, over paired seeds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.answers import answering, assignments, say, say_json
from sim.cli.options import Json, Out, Set

if TYPE_CHECKING:
    from sim.studies.compare import Comparison

_NONE_FOR_CERTAIN = "No outcome differs for certain: every 95 % interval holds zero."
_ONE_SEED = "One seed: no outcome has an interval. Add --seeds 20."
MOST_SHOWN = 4
"""Policies whose opening numbers are shown; of more the page tells."""


def compare(
    *,
    base: Annotated[str, typer.Argument(help="The scenario without the policy.")],
    policies: Annotated[
        list[str] | None,
        typer.Argument(metavar="[POLICY...]", help="Files of what a policy changes, merged over BASE."),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Paired seeds, counted from the scenario's own.")] = 20,
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
    vary: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=1..10", help="One policy per value; also PATH=0.1,0.2. Two of them give a map."),
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Open the market on this day instead of BASE's start.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day to compare, as 2021-06-30.")] = None,
    set_: Set = None,
    out: Out = Path("outputs"),
    force: Annotated[bool, typer.Option("--force", help="Simulate again what is already done.")] = False,
    keep_runs: Annotated[bool, typer.Option("--keep-runs", help="Also keep all tables of every world.")] = False,
    as_json: Json = False,
) -> None:
    """Tell what a policy does: the same market with and without it, same people, shocks and tempers, seed by seed."""
    with answering(as_json):
        overrides = assignments(set_ or [])
        from sim.studies.compare import PartlyFailedError
        from sim.studies.compare import compare as compared

        made = compared(
            base, policies or [], seeds=seeds, out=out, workers=workers, vary=vary or [], overrides=overrides,
            first=first, until=until, progress=not as_json, force=force, keep_runs=keep_runs,
        )  # fmt: skip
        _show(made, as_json)
        if made.failed:
            told = "\n".join(f"seed {seed}: {why}" for seed, why in made.failed.items())
            raise PartlyFailedError(f"{len(made.failed)} seeds failed; type the command again to try them\n{told}")


def _show(made: Comparison, as_json: bool) -> None:
    """The opening numbers of each policy, the outcomes that differ for certain, and where the rest is."""
    if as_json:
        say_json({
            "ok": not made.failed, "folder": made.folder, "page": made.page, "seeds": made.manifest["seeds"],
            "headline": made.rows("headline"), "outcomes": made.rows("outcomes"), "people": made.rows("people"),
        })  # fmt: skip
        return
    from sim.cli.tables import console, table

    policies: list[str] = made.manifest["policies"]
    if words := made.manifest["dose_in_words"]:
        say(words)
    if words := made.manifest["opening_in_words"]:
        say(words)
    for policy in policies[:MOST_SHOWN]:
        mine = [row for row in made.rows("headline") if row["policy"] == policy]
        lines = [[row["question"], _number(row), row["unit"], _interval(row), row["words"]] for row in mine]
        console().print(table(policy, ["", "value", "unit", "95 %", ""], lines))
        say(*made.manifest["dates_in_words"].get(policy, ()))
        if words := made.manifest["distance_in_words"].get(policy):
            say(words)
        rows = [row for row in made.rows("outcomes") if row["policy"] == policy and (row["low"] > 0 or row["high"] < 0)]
        changed = [[row["what"], row["unit"], *_amounts(row), _interval(row)] for row in rows]
        title = f"Outcomes that differ for certain ({len(made.manifest['seeds'])} seeds)"
        if words := made.manifest["no_difference_in_words"].get(policy):
            say(words)
        elif changed:
            console().print(table(title, ["", "unit", "base", "policy", "difference", "95 %"], changed))
        else:
            say(_NONE_FOR_CERTAIN if len(made.manifest["seeds"]) > 1 else _ONE_SEED)
    if len(policies) > MOST_SHOWN:
        say(f"and {len(policies) - MOST_SHOWN} more policies; see the page")
    say(f"Folder: {made.folder}", f"Page: {made.page}")


def _number(row: dict[str, Any]) -> str:
    from sim.report.markup import number

    return number(row["value"])


def _amounts(row: dict[str, Any]) -> list[str]:
    from sim.report.markup import number

    return [number(row[name]) for name in ("base", "under_policy", "difference")]


def _interval(row: dict[str, Any]) -> str:
    from sim.report.markup import between

    return between(row["low"], row["high"])
