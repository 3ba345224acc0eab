"""The commands of `sim`: what each takes, whom it asks, and how it answers."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.answers import answering, assignments, say, say_json, say_report, say_rows
from sim.cli.comparing import compare
from sim.cli.indicating import indicators
from sim.cli.options import Json, Out, Set
from sim.cli.stressing import stress
from sim.errors import ScenarioError, StoppedError

if TYPE_CHECKING:
    from sim.studies.runs import Run

app = typer.Typer(
    help="A simulation of the securitization market: borrowers, originators, SPVs, investors, banks, day by day.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done, 1 the model failed, 2 bad input, 3 stopped and resumable, 4 part of a sweep failed.",
)

TRACED = ("loan", "tranche", "institution", "deal")


def _version(wanted: bool) -> None:
    if wanted:
        import sim

        say(f"sim {sim.__version__}")
        raise typer.Exit


@app.callback()
def sim_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A simulation of the securitization market: borrowers, originators, SPVs, investors, banks, day by day."""


@app.command()
def run(
    *,
    scenario: Annotated[str | None, typer.Argument(help="A scenario file, or the path of a shipped one.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every draw, instead of the scenario's.")] = None,
    out: Out = Path("outputs"),
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day to simulate, as 2018-06-30.")] = None,
    set_: Set = None,
    branch: Annotated[
        str | None, typer.Option(metavar="RUN@DATE", help="Give a run another future from this midnight, with --set.")
    ] = None,
    loans: Annotated[bool, typer.Option("--loans", help="Also keep the table of loans.")] = False,
    borrowers: Annotated[bool, typer.Option("--borrowers", help="Also keep the table of borrowers.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Simulate again what is already done.")] = False,
    as_json: Json = False,
) -> None:
    """Simulate a scenario and print how its deals fared."""
    with answering(as_json):
        overrides = assignments(set_ or [])
        if (scenario is None) == (branch is None):
            raise ScenarioError("give a scenario to run, or --branch RUN@DATE for another future of a run")
        from sim.records.provenance import now
        from sim.studies import runs

        asked = now()
        if branch is not None:
            if seed is not None or until is not None or loans or borrowers or force:
                raise ScenarioError(
                    "--branch takes --set and --out; seed, end and tables are those of the run it leaves"
                )
            folder, date = _run_and_date(branch)
            made = runs.branch(folder, date, overrides, out=out, progress=not as_json)
        else:
            kept = [name for name, wanted in (("loans", loans), ("borrowers", borrowers)) if wanted]
            made = runs.run(
                scenario,
                seed=seed,
                out=out,
                until=until,
                overrides=overrides,
                progress=not as_json,
                force=force,
                tables=kept,
            )
        _show_run(made, as_json, earlier=str(made.manifest.get("ended")) < asked)


app.command()(compare)
app.command()(stress)
app.command()(indicators)


@app.command()
def resume(
    folder: Annotated[Path, typer.Argument(help="The folder of a stopped run.")],
    as_json: Json = False,
) -> None:
    """Continue a stopped run as if it had never stopped."""
    with answering(as_json):
        from sim.studies import runs

        _show_run(runs.resume(folder, progress=not as_json), as_json)


@app.command()
def show(
    what: Annotated[str | None, typer.Argument(help="A scenario, or the folder of a run.")] = None,
    set_: Set = None,
    timetable: Annotated[bool, typer.Option("--timetable", help="The order of a simulated day.")] = False,
    trace: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="KIND ID", help=f"The dated path of one {', '.join(TRACED)} through a run."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a scenario, a run, or one loan's way to a coupon.

    Of a scenario every value is shown with the file and line it comes from, of a run its closing tables.
    """
    with answering(as_json):
        if timetable:
            _show_timetable(as_json)
        elif what is None:
            raise ScenarioError("give a scenario or the folder of a run, or --timetable")
        elif trace is not None:
            _show_trace(Path(what), *trace, as_json)
        elif (Path(what) / "manifest.json").exists():
            _show_run(_complete(Path(what)), as_json)
        elif Path(what).is_dir():
            raise ScenarioError(f"{what}: is not the folder of a run; sim status lists them")
        else:
            _show_scenario(what, assignments(set_ or []), as_json)


@app.command()
def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files.")],
    set_: Set = None,
    as_json: Json = False,
) -> None:
    """Check scenarios; every fault is told at its line."""
    with answering(as_json):
        overrides = assignments(set_ or [])
        from sim.scenario.loading import load
        from sim.scenario.policy_dates import policies_outside
        from sim.scenario.schema import Scenario

        answers: list[dict[str, Any]] = []
        for file in files:
            try:
                loaded = load(file, overrides, model=Scenario)
            except ScenarioError as error:
                answers.append({"file": file, "ok": False, "faults": str(error).splitlines(), "notes": []})
            else:
                answers.append({"file": file, "ok": True, "faults": [], "notes": policies_outside(loaded.value)})
        if as_json:
            say_json(answers)
        else:
            for answer in answers:
                say(*(answer["faults"] or [f"{answer['file']}: ok", *answer["notes"]]))
        if not all(answer["ok"] for answer in answers):
            raise typer.Exit(ScenarioError.exit_code)


@app.command()
def schema(
    overlay: Annotated[bool, typer.Option("--overlay", help="That of a file which extends another.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Both schemas in one JSON document.")] = False,
) -> None:
    """Print the JSON Schema of scenario files."""
    with answering(as_json):
        from sim.scenario.json_schema import schemas
        from sim.scenario.schema import Scenario

        full, partial = schemas(Scenario)
        say_json({"full": full, "overlay": partial} if as_json else partial if overlay else full)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the scenario; the file is NAME.yaml.")],
    base: Annotated[str | None, typer.Option("--from", help="The shipped scenario to start from.")] = None,
    as_json: Json = False,
) -> None:
    """Begin a scenario that extends a shipped one."""
    with answering(as_json):
        from sim.cli.overlay import new_scenario

        path = new_scenario(name, base)
        if as_json:
            say_json({"file": path, "next": f"sim run {path}"})
        else:
            say(f"{path} written", f"Next: sim validate {path}    sim run {path}")


@app.command()
def status(
    out: Annotated[Path, typer.Argument(help="The folder of the run folders, or of one run.")] = Path("outputs"),
    as_json: Json = False,
) -> None:
    """List the runs in a folder and how far each has come."""
    with answering(as_json):
        from sim.cli.status import runs_in

        rows = runs_in(out)
        if as_json:
            say_json(rows)
        elif rows:
            say_rows(rows)
        else:
            say(f"{out}: no runs yet")


@app.command()
def doctor(out: Out = Path("outputs"), as_json: Json = False) -> None:
    """Check that this machine can run sim."""
    with answering(as_json):
        from sim.cli.doctor import checks

        found = []
        if not as_json:
            say("Checks take seconds; the first time, or after a change, minutes: sim compiles what it simulates with.")
        for check in checks(out):
            found.append(check)
            if not as_json:
                say(f"{'ok  ' if check.ok else 'FAIL'}  {check.check}: {check.detail}")
        if as_json:
            say_json([check._asdict() for check in found])
        if not all(check.ok for check in found):
            raise typer.Exit(1)


@app.command()
def calibrate(
    targets: Annotated[Path, typer.Argument(help="The YAML file of targets.")],
    out: Annotated[Path, typer.Option("--out", help="The parameter file to write.")],
    as_json: Json = False,
) -> None:
    """Fit the borrowers' behaviour to published rates."""
    with answering(as_json):
        from sim.studies.calibration import calibrate as fit

        report = fit(targets, out)
        if as_json:
            say_json(report)
        else:
            say_report(report)
            say(f"{out} written")


@app.command("validate-model")
def validate_model(
    scenarios: Annotated[
        list[str] | None, typer.Argument(metavar="[SCENARIO...]", help="By default the shipped deals.")
    ] = None,
    households: Annotated[
        int | None, typer.Option(min=64, help="Simulate the same people by so many households.")
    ] = None,
    signs: Annotated[
        bool, typer.Option("--signs", help="Test directions instead: paired small markets, seed by seed.")
    ] = False,
    seeds: Annotated[int, typer.Option(help="With --signs: seeds of each pair.", min=2)] = 20,
    first_seed: Annotated[int, typer.Option(help="With --signs: the first of them.", min=0)] = 1,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="With --signs: only signs whose name begins so; repeatable."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --signs: keep what each world gave; a stopped test goes on from it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare printed figures with simulated ones, or test the sign of every mechanism."""
    with answering(as_json):
        if signs:
            if scenarios:
                raise ScenarioError("--signs has its own scenarios; leave out the files")
            _show_signs(range(first_seed, first_seed + seeds), only or [], keep, as_json)
            return
        if only or keep:
            raise ScenarioError("--only names signs and --keep keeps their worlds; add --signs")
        from sim.studies.validation import validate_model as compare

        rows = compare(scenarios or None, households)
        if as_json:
            say_json(rows)
        else:
            say_rows(rows)


def _show_signs(seeds: range, only: list[str], keep: Path | None, as_json: bool) -> None:
    from sim.studies.signs import paired_signs
    from sim.studies.signs_market import chosen

    rows = paired_signs(chosen(only), len(seeds), seeds.start, workers=None, kept=keep)
    if as_json:
        say_json(rows)
    else:
        shown = ("sign", "holds", "expected", "base", "difference", "low", "high", "seeds", "claim", "measure")
        say_rows([{name: row[name] for name in shown} for row in rows])
    if not all(row["holds"] for row in rows):
        raise typer.Exit(1)


def _run_and_date(text: str) -> tuple[Path, str]:
    folder, at, date = text.rpartition("@")
    if not at or not folder or not date:
        raise ScenarioError(
            f"--branch {text}: write it as RUN@DATE, for example outputs/huabei_2017-1a2b3c4d-s1@2018-03-01"
        )
    return Path(folder), date


def _complete(folder: Path) -> Run:
    """The run of a folder; raises StoppedError where it has no end to show yet."""
    from sim.studies.runs import Run, resuming

    made = Run(folder)
    status = made.status()
    if status == "failed":
        raise StoppedError(f"{folder}: the run failed; its log.jsonl tells why")
    if status != "done":
        raise StoppedError(f"{folder}: the run has not come to its end ({status}); go on with: {resuming(folder)}")
    return made


def _show_run(made: Run, as_json: bool, earlier: bool = False) -> None:
    """The end of a run: its figures, where they are, and what to type next."""
    if as_json:
        say_json(
            {"ok": True, "folder": made.folder, "already_done": earlier, "tables": made.tables, "summary": made.summary}
        )
        return
    from sim.cli.summary import show_summary

    show_summary(made.summary)
    say(f"Folder: {made.folder}{'  (already done; --force simulates it again)' if earlier else ''}")
    say(f"Next: {_next(made)}")


def _next(made: Run) -> str:
    command = made.summary.get("next")
    deals = [row.get("deal") for row in made.summary.get("tranches", ())]
    show = f"sim show {shlex.quote(str(made.folder))}"
    return str(command) if command else f"{show}{f' --trace deal {deals[0]}' if deals else ''}"


def _show_timetable(as_json: bool) -> None:
    from sim.timetable import TIMETABLE

    if as_json:
        say_json(
            [{"hour": int(at.hour), "verb": at.hour.name.lower(), "who": at.who, "what": at.what} for at in TIMETABLE]
        )
    else:
        width = max(len(at.who) for at in TIMETABLE)
        say(*(f"{int(at.hour):02}:00  {at.hour.name.lower():<9}  {at.who:<{width}}  {at.what}" for at in TIMETABLE))


def _show_trace(folder: Path, kind: str, name: str, as_json: bool) -> None:
    if kind not in TRACED:
        from sim.scenario.messages import did_you_mean, listing

        raise ScenarioError(f"--trace {kind}: not one of {listing(TRACED)}{did_you_mean(kind, TRACED)}")
    if not (folder / "manifest.json").exists():
        raise ScenarioError(f"{folder}: is not the folder of a run; sim status lists them")
    from sim.studies.tracing import trace

    lines = trace(folder, kind, name)
    if as_json:
        say_json({"kind": kind, "id": name, "lines": lines})
    else:
        say(*lines)


def _show_scenario(path: str, overrides: dict[str, str], as_json: bool) -> None:
    from sim.scenario.loading import describe, load
    from sim.scenario.schema import Scenario

    loaded = load(path, overrides, model=Scenario)
    if as_json:
        plain = loaded.value.model_dump(mode="json", by_alias=True)
        say_json({"hash": loaded.hash, "scenario": plain, "origins": loaded.origins})
    else:
        say(*describe(loaded))
