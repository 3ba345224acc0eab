"""Runs of a fake market: their folder, resuming, branching, and what is refused."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fake_market
import pyarrow as pa
import pytest
import yaml

from sim.errors import InvariantError, ScenarioError, SimError, StoppedError
from sim.records.writer import content_hash
from sim.studies import runs

FIRST = 2_199  # 2016-01-09; 70 days end on 2016-03-18


def parts_of(folder: Path) -> dict[str, str]:
    files = sorted(folder.glob("tables/*/*"))
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def at_day(day: int, action: Callable[[], object]) -> Callable[..., fake_market.FakeMarket]:
    """An `assemble` whose market does something when it comes to a day."""

    def assemble(*args: Any) -> fake_market.FakeMarket:
        market = fake_market.FakeMarket(*args)
        market.at_step = lambda market: action() if market.day == day else None
        return market

    return assemble


def stop_at(monkeypatch: pytest.MonkeyPatch, day: int, start: Callable[[], object]) -> Path:
    """Start a run and interrupt it on a day; the run's folder."""
    with monkeypatch.context() as patch:
        patch.setattr(runs, "assemble", at_day(day, lambda: signal.raise_signal(signal.SIGTERM)))
        with pytest.raises(runs.InterruptedRunError) as stopped:
            start()
    assert stopped.value.exit_code == 143
    return Path(str(stopped.value).rpartition(" ")[2])


def test_a_run_leaves_a_complete_folder(whole: runs.Run, tmp_path: Path) -> None:
    folder = whole.folder
    assert folder.name == f"small-{whole.manifest['identity'][:8]}-s4"
    assert whole.tables == ["market_daily", "holdings", "issuance", "events"]
    assert sorted(file.name for file in (folder / "tables/market_daily").iterdir()) == [
        "part-201601.parquet",
        "part-201602.parquet",
        "part-201603.parquet",
    ]
    daily = whole.table("market_daily")
    assert daily.num_rows == 70
    assert whole.table("trades").num_rows == 0
    assert whole.manifest["tables"]["market_daily"] == {"rows": 70, "sha256": content_hash(daily)}
    assert whole.summary["lent_fen"] == daily["lent_fen"][-1].as_py()
    assert (whole.manifest["first_date"], whole.manifest["last_date"]) == ("2016-01-09", "2016-03-18")
    for key in ("versions", "commit", "argv", "started", "ended", "seconds", "peak_rss_bytes", "scenario_hash"):
        assert key in whole.manifest
    for name in ("datapackage.json", "journal.json", "log.jsonl", "DONE"):
        assert (folder / name).stat().st_size > 0
    assert list(folder.rglob("*.tmp")) == []
    with (folder / "kpi.csv").open() as file:
        assert [row["value"] for row in csv.DictReader(file) if row["measure"] == "yield_pct"] == ["5.25"]
    resolved = yaml.safe_load((folder / "scenario.resolved.yaml").read_text())
    assert resolved["days"] == 70
    assert resolved["terms"] == {"rate_ppm": 77, "stress": {"2016-02-01": 1.5e-7}}
    assert whole.manifest["scenario_hash"] == fake_market.load_scenario(folder / "scenario.resolved.yaml")._loaded.hash
    origins = yaml.safe_load((folder / "scenario.origin.yaml").read_text())
    assert origins["seed"].endswith("small.yaml:3:1")
    assert origins["days"] == "default"
    places = [origins[path].partition(".yaml")[2] for path in ("terms.rate_ppm", "terms.stress.2016-02-01")]
    assert places == [":4:9", ":4:32"]


def test_the_same_inputs_are_done_already(whole: runs.Run, scenario_file: Path, tmp_path: Path) -> None:
    before = (whole.folder / "manifest.json").read_bytes()
    again = runs.run(scenario_file, out=tmp_path / "whole")
    assert again.folder == whole.folder
    assert (again.folder / "manifest.json").read_bytes() == before
    forced = runs.run(scenario_file, out=tmp_path / "whole", force=True)
    assert forced.manifest["tables"] == whole.manifest["tables"]
    assert (forced.folder / "log.jsonl").read_text().count('"begun"') == 1
    with (tmp_path / "whole/index.csv").open() as file:
        assert [row["folder"] for row in csv.DictReader(file)] == [whole.folder.name]


def test_inputs_name_the_folder(whole: runs.Run, scenario_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "whole"
    same = runs.run(fake_market.load_scenario(scenario_file), out=out)
    assert same.folder == whole.folder
    reseeded = runs.run(scenario_file, seed=5, out=out)
    assert reseeded.folder.name == whole.folder.name.replace("-s4", "-s5")
    assert yaml.safe_load((reseeded.folder / "scenario.origin.yaml").read_text())["seed"] == "set by the caller"
    shorter = runs.run(scenario_file, until="2016-01-31", out=out)
    other = runs.run(fake_market.load_scenario(scenario_file), overrides={"terms.rate_ppm": 78}, out=out)
    assert len({run.folder for run in (whole, reseeded, shorter, other)}) == 4
    assert shorter.table("market_daily").equals(whole.table("market_daily").slice(0, 23))
    assert len((out / "index.csv").read_text().splitlines()) == 5


@pytest.mark.parametrize("day", [FIRST, FIRST + 22, FIRST + 23, FIRST + 40, FIRST + 68])
def test_a_resumed_run_equals_one_never_stopped(
    whole: runs.Run, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: int
) -> None:
    folder = stop_at(monkeypatch, day, lambda: runs.run(scenario_file, out=tmp_path / "again"))
    assert json.loads((folder / "manifest.json").read_text())["status"] == "stopped"
    (folder / "tables/holdings").mkdir(parents=True, exist_ok=True)
    (folder / "tables/holdings/part-203001.parquet").write_text("later than the journal")
    (folder / "tables/holdings/.part-201603.parquet.tmp").write_text("half")
    resumed = runs.resume(folder)
    assert parts_of(resumed.folder) == parts_of(whole.folder)
    assert resumed.manifest["tables"] == whole.manifest["tables"]
    assert resumed.summary["lent_fen"] == whole.summary["lent_fen"]
    assert resumed.manifest["status"] == "done"


def test_a_signal_on_the_last_day_comes_too_late(
    whole: runs.Run, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "assemble", at_day(FIRST + 69, lambda: signal.raise_signal(signal.SIGINT)))
    assert runs.run(scenario_file, out=tmp_path / "again").manifest["tables"] == whole.manifest["tables"]


def test_a_second_signal_acts_at_once(
    fake: None, heeded: None, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(runs, "assemble", at_day(FIRST + 30, twice))
    with pytest.raises(KeyboardInterrupt):
        runs.run(scenario_file, out=tmp_path)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.fixture
def heeded() -> Iterator[None]:
    """SIGINT as a terminal's process has it: a shell starts its background jobs deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("date", ["2016-01-10", "2016-02-01", "2016-02-20", "2016-03-10"])
def test_a_branch_shares_the_past_and_changes_the_future(whole: runs.Run, tmp_path: Path, date: str) -> None:
    other = runs.branch(whole.folder, date, {"terms.rate_ppm": 78}, out=tmp_path / "out")
    days = (
        (pa.compute.less(whole.table("market_daily")["date"], pa.scalar(date).cast(pa.date32())))
        .to_pylist()
        .count(True)
    )
    then, now = whole.table("market_daily"), other.table("market_daily")
    assert now.num_rows == 70
    assert now.slice(0, days).equals(then.slice(0, days))
    assert now["receivables_fen"][days] != then["receivables_fen"][days]
    assert other.table("issuance").num_rows == 1
    assert other.folder.name != whole.folder.name
    assert runs.branch(whole.folder, date, {}, out=tmp_path / "same").manifest["tables"] == whole.manifest["tables"]


@pytest.mark.parametrize("day", [FIRST + 10, FIRST + 41, FIRST + 42, FIRST + 43, FIRST + 60])
def test_a_branch_of_a_branch_resumes(
    whole: runs.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: int
) -> None:
    once = runs.branch(whole.folder, "2016-02-05", {"terms.rate_ppm": 78}, out=tmp_path / "out")
    twice = runs.branch(once.folder, "2016-02-21", {"terms.fee_ppm": 9, "terms.rate_ppm": 79}, out=tmp_path / "out")
    for name in ("checkpoint-a.npz", "checkpoint-b.npz"):  # nothing to adopt: the past is simulated again
        (once.folder / name).write_bytes(b"")
    again = tmp_path / "again"
    folder = stop_at(
        monkeypatch,
        day,
        lambda: runs.branch(once.folder, "2016-02-21", {"terms.fee_ppm": 9, "terms.rate_ppm": 79}, out=again),
    )
    assert parts_of(runs.resume(folder).folder) == parts_of(twice.folder)
    before = runs.branch(twice.folder, "2016-01-20", {"terms.rate_ppm": 80}, out=again)
    assert len(before.manifest["legs"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"until": "2016-13-01"}, "until: '2016-13-01' is not a date"),
        ({"until": "2016-03-19"}, "until: 2016-03-19 is not within the scenario, which runs 2016-01-09 to 2016-03-18"),
        ({"until": "2016-01-08"}, "not within the scenario"),
        ({"seed": -1}, "seed: must be a whole number"),
        ({"seed": 2**63}, r"below 2\*\*63"),
        ({"overrides": {"terms.rate": 3}}, r"terms\.rate"),
        ({"overrides": {"terms.rate_ppm": -3}}, "below 0"),
        ({"overrides": {"name": "../up"}}, r"\.\./up"),
    ],
)
def test_wrong_input_is_refused_and_nothing_written(
    fake: None, scenario_file: Path, tmp_path: Path, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ScenarioError, match=message):
        runs.run(scenario_file, out=tmp_path / "out", **arguments)
    assert list((tmp_path / "out").rglob("*")) == []
    assert not (tmp_path / "up").exists()


def test_a_scenario_made_in_python_cannot_leave_the_output_folder(fake: None, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"name: '\.\./up' cannot name a folder"):
        runs.run(fake_market.Scenario(name="../up"), out=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_branches_outside_the_run_are_refused(whole: runs.Run, tmp_path: Path) -> None:
    for date in ("2016-01-09", "2016-03-19"):
        with pytest.raises(ScenarioError, match=r"date of the branch.*choose one of 2016-01-10 to 2016-03-18"):
            runs.branch(whole.folder, date, {}, out=tmp_path / "out")
    with pytest.raises(ScenarioError, match="is not the folder of a run"):
        runs.branch(tmp_path, "2016-02-01", {})


def test_changed_scenarios_and_other_versions_are_refused(
    fake: None, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stop_at(monkeypatch, FIRST + 30, lambda: runs.run(scenario_file, out=tmp_path / "out"))
    resolved, manifest = folder / "scenario.resolved.yaml", folder / "manifest.json"
    before = resolved.read_text()
    resolved.write_text(before.replace("77", "78"))
    with pytest.raises(ScenarioError, match="begun with other inputs"):
        runs.resume(folder)
    resolved.write_text(before)
    facts = json.loads(manifest.read_text())
    facts["versions"]["sim"] = "0.0.1"
    manifest.write_text(json.dumps(facts))
    with pytest.raises(ScenarioError, match=r"begun by sim 0\.0\.1"):
        runs.resume(folder)
    assert runs.run(scenario_file, out=tmp_path / "out", force=True).manifest["status"] == "done"


def test_a_failed_invariant_is_noted(
    fake: None, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise InvariantError("spv:d: 1 fen too many")

    monkeypatch.setattr(runs, "assemble", at_day(FIRST + 30, fail))
    with pytest.raises(InvariantError):
        runs.run(scenario_file, out=tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    assert json.loads((folder / "manifest.json").read_text())["status"] == "failed"
    assert "1 fen too many" in (folder / "log.jsonl").read_text()


@pytest.mark.parametrize(
    ("raised", "told", "code"),
    [
        (InvariantError("spv:d: 1 fen too many"), "failed on 2016-02-08: spv:d: 1 fen too many", 1),
        (OverflowError("int too big"), "failed on 2016-02-08: OverflowError: int too big", 1),
        (MemoryError(), "out of memory on 2016-02-08.*sim resume '.*an out", 3),
    ],
)
def test_what_fails_in_a_day_is_told_with_its_folder_and_date(
    raised: Exception, told: str, code: int, fake: None, scenario_file: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def fail() -> None:
        raise raised

    monkeypatch.setattr(runs, "assemble", at_day(FIRST + 30, fail))
    with pytest.raises(SimError, match=told) as fault:
        runs.run(scenario_file, out=tmp_path / "an out")
    (folder,) = (tmp_path / "an out").iterdir()
    assert str(fault.value).startswith(f"{folder}: ")
    assert fault.value.exit_code == code
    assert code == 3 or "in fail" in (folder / "log.jsonl").read_text()


def test_a_market_that_forgets_its_day_is_found_out(
    fake: None, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stop_at(monkeypatch, FIRST + 30, lambda: runs.run(scenario_file, out=tmp_path / "out"))
    monkeypatch.setattr(fake_market.FakeMarket, "restore", lambda _self, _state: None)
    with pytest.raises(InvariantError, match=f"saved at day {FIRST + 31}, but restores to day {FIRST}"):
        runs.resume(folder)


def test_one_process_per_folder_and_stale_locks_are_taken_over(
    whole: runs.Run, scenario_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "whole"
    child = os.fork()
    if child == 0:
        with runs.RunFolder(whole.folder).held():
            time.sleep(60)
        os._exit(0)
    lock = whole.folder / "lock"
    while lock.read_text().strip() != str(child):
        time.sleep(0.01)
    begun = time.monotonic()
    with pytest.raises(StoppedError, match=f"in use by process {child}"):
        runs.run(scenario_file, out=out)
    assert time.monotonic() - begun < 1
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert lock.read_text().strip() == str(child)
    assert runs.run(scenario_file, out=out).folder == whole.folder


def test_on_request_tables_reach_the_market(fake: None, scenario_file: Path, tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match="no borrowers here"):
        runs.run(scenario_file, out=tmp_path / "out", tables=["borrowers"])
    with pytest.raises(SimError, match="always kept"):
        runs.run(scenario_file, out=tmp_path / "out", tables=["pools"])


def test_runs_in_a_thread_need_no_signals(whole: runs.Run, scenario_file: Path, tmp_path: Path) -> None:
    import threading

    found: list[runs.Run] = []
    thread = threading.Thread(target=lambda: found.append(runs.run(scenario_file, out=tmp_path / "again")))
    thread.start()
    thread.join()
    assert found[0].manifest["tables"] == whole.manifest["tables"]


def test_the_datapackage_is_valid_and_true(whole: runs.Run) -> None:
    frictionless = pytest.importorskip("frictionless")
    descriptor = json.loads((whole.folder / "datapackage.json").read_text())
    assert frictionless.Package.validate_descriptor(descriptor).flatten(["message"]) == []
    spoiled = descriptor | {"resources": [resource | {"path": 7} for resource in descriptor["resources"]]}
    assert frictionless.Package.validate_descriptor(spoiled).flatten(["message"]) != []
    kinds = {"integer": ("int64", "int32"), "string": ("string",), "date": ("date32[day]",)}
    for resource in descriptor["resources"]:
        table = whole.table(resource["name"])
        assert resource["rows"] == table.num_rows
        assert resource["bytes"] == sum((whole.folder / path).stat().st_size for path in resource["path"])
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert list(fields) == table.column_names
        for column in table.schema:
            assert str(column.type) in kinds[fields[column.name]["type"]]
            assert fields[column.name].get("constraints", {}).get("required", False) is not column.nullable
        assert set(resource["schema"].get("primaryKey", [])) <= set(fields)


@pytest.mark.parametrize("reader", ["pandas", "polars", "duckdb"])
def test_other_tools_read_the_same_totals(whole: runs.Run, reader: str) -> None:
    module = pytest.importorskip(reader)
    files = str(whole.folder / "tables/holdings/*.parquet")
    expected = sum(whole.table("holdings")["nominal_fen"].to_pylist())
    if reader == "pandas":
        total = sum(module.read_parquet(path)["nominal_fen"].sum() for path in whole.folder.glob("tables/holdings/*"))
    elif reader == "polars":
        total = module.read_parquet(files)["nominal_fen"].sum()
    else:
        total = module.sql(f"select sum(nominal_fen) from '{files}'").fetchall()[0][0]  # noqa: S608 - our own path
    assert total == expected
