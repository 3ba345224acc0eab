"""What a run folder says of itself is true: who runs it, whether its tables are whole, and what code made it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.commands import app
from sim.cli.status import runs_in
from sim.errors import ScenarioError, StoppedError
from sim.records.run_folder import RunFolder
from sim.studies import runs


def unfinished(folder: Path) -> None:
    """Make a finished folder look like one whose process is at work, or was killed."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"status": "running", "last_date": None}))
    (folder / "DONE").unlink()


def test_a_killed_run_is_broken_off_and_a_living_one_runs(whole: runs.Run) -> None:
    unfinished(whole.folder)
    (row,) = runs_in(whole.folder)
    assert row["status"] == "broken off"
    assert row["next"].startswith("sim resume ")
    with RunFolder(whole.folder).held():
        (row,) = runs_in(whole.folder)
    assert row["status"] == "running"
    answer = CliRunner().invoke(app, ["show", str(whole.folder)])
    assert answer.exit_code == StoppedError.exit_code
    assert "has not come to its end (broken off)" in answer.stderr


@pytest.mark.parametrize("words", [[], ["--trace", "deal", "x"]])
def test_show_refuses_damaged_tables(whole: runs.Run, words: list[str]) -> None:
    part = next(iter(sorted(whole.folder.glob("tables/market_daily/*"))))
    part.write_bytes(part.read_bytes()[:-9] + b"different")
    answer = CliRunner().invoke(app, ["show", str(whole.folder), *words])
    assert answer.exit_code == StoppedError.exit_code
    assert f"{part}: damaged since it was written; simulate again with force" in answer.stderr


def test_a_finished_folder_of_other_sources_is_refused_unless_forced(
    whole: runs.Run, scenario_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, ended = whole.folder.parent, whole.manifest["ended"]
    assert runs.run(scenario_file, out=out).manifest["ended"] == ended
    monkeypatch.setattr("sim.studies.runs.code", lambda: "0" * 64)
    with pytest.raises(ScenarioError, match=r"was begun by sim .* with other sources, this is sim .* simulate again"):
        runs.run(scenario_file, out=out)
    monkeypatch.setattr("sim.records.run_folder.code", lambda: "0" * 64)
    assert runs.run(scenario_file, out=out, force=True).manifest["code"] == "0" * 64


def test_a_branch_does_not_adopt_what_other_sources_simulated(
    whole: runs.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.studies.runs.code", lambda: "0" * 64)
    branched = runs.branch(whole.folder, "2016-03-10", {"terms.rate_ppm": 78}, out=tmp_path / "branched")
    assert '"resumed"' not in (branched.folder / "log.jsonl").read_text()


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_file_where_the_folder_of_runs_should_be_is_named(below: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    folder = RunFolder(tmp_path / "notes.txt" / below / "run")
    with pytest.raises(ScenarioError, match=r"notes\.txt: is a file, not a folder") as refused, folder.held():
        pass
    assert "resume" not in str(refused.value)
    assert (tmp_path / "notes.txt").read_text() == "mine"
