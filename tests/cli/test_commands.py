"""The commands as a user types them: answers, exit codes, and no tracebacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from sim.cli.commands import app
from sim.errors import InvariantError, ScenarioError, SimError, StoppedError
from sim.scenario import files
from sim.studies import runs
from sim.timetable import TIMETABLE

SUMMARY = {
    "tranches": [
        {
            "deal": "huabei_1", "tranche": "A", "rating": "AAA", "face_fen": 177_000_000_000,
            "paid_interest_fen": 9_000_000_000, "paid_principal_fen": 177_000_000_000, "missed_fen": 1, "loss_fen": 0,
            "yield_pct": 5.1,
        },
        {
            "deal": "huabei_1", "tranche": "Sub", "rating": "unrated", "face_fen": 17_000_000_000,
            "paid_interest_fen": 0, "paid_principal_fen": 0, "missed_fen": 0, "loss_fen": 0, "yield_pct": None,
        },
    ],
    "pools": [{"deal": "huabei_1", "balance_fen": 200_000_000_000, "overdue_pct": 1.234, "idle_cash_pct": 0.5}],
    "books": [{"deal": "book:ant", "balance_fen": 0, "overdue_pct": 0.0}],
    "events": [{"date": "2018-01-02", "event": "revolving ends"}] * 14,
    "checks": {"days": 365, "ledger_differences_fen": 0},
    "seconds": 12.34,
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sim(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `sim words...`."""
    result = CliRunner().invoke(app, list(words), prog_name="sim")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.exit_code, result.stdout, result.stderr


def finished(**changes: Any) -> SimpleNamespace:
    manifest = {"ended": "2999-01-01T00:00:00+00:00"}
    return SimpleNamespace(
        **{"folder": Path("outputs/x-1-s1"), "manifest": manifest, "tables": ["pools"], "summary": SUMMARY, **changes}
    )


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Every call of run, resume and branch, each answered with a finished run."""
    made: list[tuple[Any, ...]] = []
    for name in ("run", "resume", "branch"):

        def answer(*args: Any, _name: str = name, **options: Any) -> SimpleNamespace:
            made.append((_name, args, options))
            return finished()

        monkeypatch.setattr(runs, name, answer)
    return made


def test_run_passes_on_what_was_asked(calls: list[Any]) -> None:
    code, _, _ = sim(
        "run", "a.yaml", "--seed", "7", "--until", "2018-01-31", "--set", "seed=2", "--set", "a.b = [1]", "--loans"
    )
    assert code == 0
    (call,) = calls
    assert call == (
        "run",
        ("a.yaml",),
        {
            "seed": 7,
            "out": Path("outputs"),
            "until": "2018-01-31",
            "overrides": {"seed": "2", "a.b": "[1]"},
            "progress": True,
            "force": False,
            "tables": ["loans"],
        },
    )


def test_run_ends_with_the_table_a_person_reads(calls: list[Any]) -> None:
    _, out, _ = sim("run", "a.yaml")
    lines = [line.split() for line in out.splitlines()]
    assert ["huabei_1", "A", "AAA", "1,770.00", "90.00", "1,770.00", "<0.01", "0.00", "5.10"] in lines
    assert ["huabei_1", "Sub", "unrated", "170.00", "0.00", "0.00", "0.00", "0.00", "–"] in lines
    assert ["huabei_1", "2,000.00", "1.23", "0.50"] in lines
    assert "  2018-01-02  revolving ends" in out
    assert "  and 2 more in the table `events`" in out
    assert "Checks: days 365, ledger differences fen 0" in out
    assert "Run time: 12.3 s" in out
    assert "Folder: outputs/x-1-s1\n" in out
    assert out.endswith("Next: sim show outputs/x-1-s1 --trace deal huabei_1\n")


def test_a_run_done_before_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = finished(manifest={"ended": "2000-01-01T00:00:00+00:00"})
    monkeypatch.setattr(runs, "run", lambda *_args, **_options: earlier)
    assert "already done; --force simulates it again" in sim("run", "a.yaml")[1]
    assert json.loads(sim("run", "a.yaml", "--json")[1])["already_done"] is True


def test_branch_and_resume(calls: list[Any]) -> None:
    assert sim("run", "--branch", "outputs/a@b@2018-03-01", "--set", "seed=2")[0] == 0
    assert sim("resume", "outputs/a")[0] == 0
    assert calls == [
        ("branch", (Path("outputs/a@b"), "2018-03-01", {"seed": "2"}), {"out": Path("outputs"), "progress": True}),
        ("resume", (Path("outputs/a"),), {"progress": True}),
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run"], "give a scenario to run, or --branch"),
        (["run", "a.yaml", "--branch", "r@2018-01-01"], "give a scenario to run, or --branch"),
        (["run", "--branch", "r"], "--branch r: write it as RUN@DATE"),
        (["run", "--branch", "@2018-01-01"], "write it as RUN@DATE"),
        (["run", "--branch", "r@2018-01-01", "--seed", "3"], "--branch takes --set and --out"),
        (["run", "a.yaml", "--set", "seed"], "--set seed: write it as path=value"),
        (["run", "a.yaml", "--set", "=3"], "write it as path=value"),
        (["run", "gone.yaml"], "gone.yaml: there is no such file"),
        (["validate", "gone.yaml"], "gone.yaml: there is no such file"),
        (["show"], "give a scenario or the folder of a run"),
        (["show", "gone.yaml"], "gone.yaml: there is no such file"),
        (["show", "gone", "--trace", "lone", "5"], "'loan'?"),
        (["show", "gone", "--trace", "loan", "5"], "gone: is not the folder of a run"),
        (["status", "gone"], "gone: there is no such folder"),
        (["new", "../up"], "is no name for a scenario"),
    ],
)
def test_bad_input_ends_with_2_and_says_why(words: list[str], message: str, folder: Path) -> None:
    code, out, err = sim(*words)
    assert code == 2
    assert message in out + err
    assert list(folder.iterdir()) == []
    code, out, err = sim(*words, "--json")
    answer = json.loads(out)
    faults = answer["faults"] if isinstance(answer, dict) else answer[0]["faults"]
    assert (code, err) == (2, "")
    assert any(message in fault for fault in faults)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ScenarioError("a.yaml:1:1: seed: wrong\na.yaml:2:1: name: wrong"), 2),
        (InvariantError("the ledger does not close"), 1),
        (SimError("failed"), 1),
        (StoppedError("the disk is full"), 3),
        (runs.InterruptedRunError(Path("outputs/a"), 1, 2), 130),
        (runs.InterruptedRunError(Path("outputs/a"), 1, 15), 143),
        (KeyboardInterrupt(), 130),
        (PermissionError(13, "Permission denied", "outputs"), 3),
    ],
)
def test_exit_codes(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int) -> None:
    def fail(*_args: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(runs, "run", fail)
    told = sim("run", "a.yaml")
    assert told[0] == code
    assert told[2].strip()
    answer = json.loads(sim("run", "a.yaml", "--json")[1])
    assert (answer["ok"], answer["exit_code"], len(answer["faults"])) == (False, code, len(told[2].splitlines()))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("rum", "run"), ("shw", "show"), ("validat", "validate"), ("docter", "doctor"), ("resum", "resume")],
)
def test_a_mistyped_command_is_guessed(typed: str, meant: str) -> None:
    code, _, err = sim(typed)
    assert code == 2
    assert f"'{meant}'" in err


def test_the_timetable_is_printed_in_order() -> None:
    code, out, _ = sim("show", "--timetable")
    assert code == 0
    assert [line[:5] for line in out.splitlines()] == [f"{int(at.hour):02}:00" for at in TIMETABLE]
    answer = json.loads(sim("show", "--timetable", "--json")[1])
    assert [row["what"] for row in answer] == [at.what for at in TIMETABLE]


def test_validate_tells_every_fault_of_every_file() -> None:
    Path("one.yaml").write_text("schema_version: 1\nsede: 1\n")
    Path("two.yaml").write_text("schema_version: 1\nseed: x\n")
    code, out, err = sim("validate", "one.yaml", "two.yaml")
    assert (code, err) == (2, "")
    assert "one.yaml:2:1: sede: unknown key; did you mean 'seed'?" in out
    assert "two.yaml:2:1: seed: should be a whole number (got 'x')" in out
    answers = json.loads(sim("validate", "one.yaml", "two.yaml", "--json")[1])
    assert [(answer["file"], answer["ok"]) for answer in answers] == [("one.yaml", False), ("two.yaml", False)]


def test_schema_of_scenarios_and_of_overlays() -> None:
    full, overlay = json.loads(sim("schema")[1]), json.loads(sim("schema", "--overlay")[1])
    assert full["properties"].keys() == overlay["properties"].keys() >= {"name", "seed", "deals", "extends"}
    assert "originators" in full["required"]
    assert overlay["required"] == ["schema_version", "extends"]
    assert json.loads(sim("schema", "--json")[1]) == {"full": full, "overlay": overlay}


def test_new_writes_a_short_overlay_of_a_shipped_scenario(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("deals/huabei_2017.yaml", "deals/jd_2015.yaml", "stress/jd_2015.yaml"):
        (folder / "shipped" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "shipped" / name).touch()
    monkeypatch.setattr(files, "shipped_root", lambda: folder / "shipped")
    code, out, _ = sim("new", "mine")
    assert code == 0
    assert "Next: sim validate mine.yaml" in out
    text = Path("mine.yaml").read_text()
    assert "\nschema_version: 1\nextends: deals/huabei_2017.yaml\nname: mine\n" in text
    assert sim("new", "mine")[2] == "mine.yaml: already exists; choose another name\n"
    assert Path("mine.yaml").read_text() == text
    for number, base in enumerate(["huabei_2017", "deals/jd_2015", "scenarios/deals/jd_2015.yaml"]):
        assert json.loads(sim("new", f"n{number}", "--from", base, "--json")[1])["file"] == f"n{number}.yaml"
    assert "may mean 'deals/jd_2015.yaml', 'stress/jd_2015.yaml'" in sim("new", "other", "--from", "jd_2015")[2]
    assert "did you mean 'deals/jd_2015.yaml'?" in sim("new", "other", "--from", "deals/jd_2016.yaml")[2]
    assert not Path("other.yaml").exists()


def test_status_lists_runs_whatever_their_state() -> None:
    manifest = {"scenario": "x", "seed": 3, "status": "done", "seconds": 1.5, "last_date": "2018-12-31"}
    for name, content in (
        ("a", json.dumps(manifest)),
        ("b", json.dumps({**manifest, "status": "stopped", "last_date": None})),
        ("c", json.dumps({**manifest, "status": "failed", "last_date": None})),
        ("d", "{"),
        ("e", "[]"),
    ):
        Path("outputs", name).mkdir(parents=True)
        Path("outputs", name, "manifest.json").write_text(content)
    Path("outputs/a/DONE").touch()
    Path("outputs/b/journal.json").write_text('{"month": 201805}')
    rows = json.loads(sim("status", "--json")[1])
    assert [row["status"] for row in rows] == ["done", "stopped", "failed", "damaged", "damaged"]
    assert [row.get("reached") for row in rows[:3]] == ["2018-12-31", "2018-05", ""]
    assert rows[1]["next"] == "sim resume outputs/b"
    code, out, _ = sim("status")
    assert code == 0
    assert all(f"outputs/{name} " in out for name in "abcde")
    assert len(json.loads(sim("status", "outputs/a", "--json")[1])) == 1


def test_a_trace_is_printed_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("r").mkdir()
    Path("r/manifest.json").write_text("{}")
    told = SimpleNamespace(trace=lambda folder, kind, name: [f"{folder} {kind} [bold]{name}"])
    monkeypatch.setitem(sys.modules, "sim.studies.tracing", told)
    assert sim("show", "r", "--trace", "loan", "5")[:2] == (0, "r loan [bold]5\n")
    assert json.loads(sim("show", "r", "--trace", "deal", "5", "--json")[1])["lines"] == ["r deal [bold]5"]


def test_calibrate_and_validate_model_print_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"what": "overdue", "printed": 1.5, "simulated": 1.25}, {"what": "NPL", "printed": 1.0, "simulated": None}]
    fit = SimpleNamespace(calibrate=lambda targets, out: {"targets": str(targets), "out": str(out), "fit": rows})
    monkeypatch.setitem(sys.modules, "sim.studies.calibration", fit)
    asked: list[Any] = []
    measured = SimpleNamespace(
        validate_model=lambda scenarios, households: asked.append((scenarios, households)) or rows
    )
    monkeypatch.setitem(sys.modules, "sim.studies.validation", measured)
    code, out, _ = sim("calibrate", "targets.yaml", "--out", "fit.yaml")
    assert code == 0
    assert "targets: targets.yaml" in out
    assert ["overdue", "1.5", "1.25"] in [line.split() for line in out.splitlines()]
    assert out.endswith("fit.yaml written\n")
    assert ["NPL", "1.0"] in [line.split() for line in sim("validate-model")[1].splitlines()]
    assert json.loads(sim("validate-model", "a.yaml", "--households", "2000", "--json")[1]) == rows
    assert asked == [(None, None), (["a.yaml"], 2000)]


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["run", "--help"], ["show", "--timetable"], ["rum"], ["status", "gone"]]
)
def test_light_commands_load_no_engine_and_print_no_panels(words: list[str]) -> None:
    code = (
        "import sys\nfrom sim.cli import main\n"
        "try:\n    main()\nfinally:\n"
        "    heavy = {'mesa', 'numba', 'pyarrow', 'scipy', 'numpy', 'simpy'} & set(sys.modules)\n"
        "    assert not heavy, heavy\n"
    )
    room = {**os.environ, "PYTHONPATH": str(Path(files.__file__).parents[2])}
    typed = [sys.executable, "-c", code, *words]
    done = subprocess.run(typed, capture_output=True, text=True, check=False, timeout=60, env=room)
    assert "AssertionError" not in done.stderr
    assert done.returncode in (0, 2)
    assert not set(done.stdout + done.stderr) & set("╭│╰─\x1b")
