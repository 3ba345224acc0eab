"""Kills at every durable step and at random moments, full disks, flipped bits: resumed equal, or refused by name."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_runs import FIRST, parts_of, stop_at

from sim.errors import ScenarioError, StoppedError
from sim.records import files
from sim.studies import runs

DURABLE = ("fsync", "replace")


def in_child(work: Callable[[], object]) -> int:
    """Run `work` in a forked process that ends without any clean-up; its pid."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def counted(patch: pytest.MonkeyPatch, act: Callable[[int], None]) -> None:
    """Call `act` with 0, 1, 2, ... before every fsync and every replace that the records do."""
    numbers: Iterator[int] = iter(range(10**6))
    for name in DURABLE:
        original = getattr(os, name)

        def step(*args: Any, original: Any = original) -> Any:
            act(next(numbers))
            return original(*args)

        patch.setattr(files.os, name, step)


def durable_steps(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> int:
    seen: list[int] = []
    with monkeypatch.context() as patch:
        counted(patch, seen.append)
        work()
    return len(seen)


def test_a_kill_at_every_durable_step_changes_nothing(
    fake: None, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {"days": 40}
    reference = runs.run(scenario_file, out=tmp_path / "count", overrides=short)
    expected = parts_of(reference.folder)
    steps = durable_steps(monkeypatch, lambda: runs.run(scenario_file, out=tmp_path / "steps", overrides=short))
    assert steps >= 50
    for fatal in range(steps):
        out = tmp_path / f"killed-{fatal}"

        def die(number: int, fatal: int = fatal) -> None:
            if number == fatal:
                os._exit(9)

        with monkeypatch.context() as patch:
            counted(patch, die)
            child = in_child(lambda out=out: runs.run(scenario_file, out=out, overrides=short))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        resumed = runs.run(scenario_file, out=out, overrides=short)
        assert parts_of(resumed.folder) == expected, f"killed at step {fatal}"
        assert resumed.manifest["tables"] == reference.manifest["tables"]
        assert list(resumed.folder.rglob("*.tmp")) == []
        shutil.rmtree(out)


def test_kills_at_random_moments_change_nothing(whole: runs.Run, scenario_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    draws = np.random.default_rng(20)
    for _ in range(12):
        child = in_child(lambda: runs.run(scenario_file, out=out))
        time.sleep(float(draws.uniform(0, 0.06)))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    resumed = runs.run(scenario_file, out=out)
    assert parts_of(resumed.folder) == parts_of(whole.folder)


def test_a_killed_branch_is_completed(whole: runs.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(out: Path) -> runs.Run:
        return runs.branch(whole.folder, "2016-03-05", {"terms.rate_ppm": 78}, out=out)

    expected = parts_of(start(tmp_path / "expected").folder)
    steps = durable_steps(monkeypatch, lambda: start(tmp_path / "count"))
    for fatal in range(0, steps, 4):
        out = tmp_path / f"killed-{fatal}"

        def die(number: int, fatal: int = fatal) -> None:
            if number == fatal:
                os._exit(9)

        with monkeypatch.context() as patch:
            counted(patch, die)
            os.waitpid(in_child(lambda out=out: start(out)), 0)
        assert parts_of(start(out).folder) == expected


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_stops_the_run_by_name_and_it_resumes(
    whole: runs.Run, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    steps = durable_steps(monkeypatch, lambda: runs.run(scenario_file, out=tmp_path / "count"))
    for full in range(0, steps, 5):

        def refuse(number: int, full: int = full) -> None:
            if number >= full:
                raise OSError(code, os.strerror(code))

        out = tmp_path / f"full-{code}-{full}"
        with monkeypatch.context() as patch:
            counted(patch, refuse)
            with pytest.raises(
                StoppedError, match=r"full-.*(bytes are free.*free some space|make the folder writable)"
            ):
                runs.run(scenario_file, out=out)
        assert list(out.rglob("*.tmp")) == []
        assert parts_of(runs.run(scenario_file, out=out).folder) == parts_of(whole.folder)


def test_a_file_in_place_of_a_folder_is_named(fake: None, scenario_file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ScenarioError, match="file: is a file, not a folder"):
        runs.run(scenario_file, out=tmp_path / "file")


def outcome(folder: Path) -> tuple[runs.Run | None, str]:
    """The resumed run, or why it was refused."""
    try:
        return runs.resume(folder), ""
    except (StoppedError, ScenarioError) as fault:
        return None, str(fault)


def test_flipped_bits_are_refused_or_harmless(
    whole: runs.Run, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = stop_at(monkeypatch, FIRST + 60, lambda: runs.run(scenario_file, out=tmp_path / "stopped"))
    targets = [
        "journal.json",
        "checkpoint-a.npz",
        "checkpoint-b.npz",
        "tables/holdings/part-201601.parquet",
        "tables/market_daily/part-201602.parquet",
    ]
    draws, refused = np.random.default_rng(13), 0
    for number in range(100):
        folder = tmp_path / "flipped" / stopped.name
        shutil.copytree(stopped, folder)
        path = folder / targets[number % len(targets)]
        content = bytearray(path.read_bytes())
        position = int(draws.integers(len(content)))
        if number % 4 == 0:
            content = content[:position]
        else:
            content[position] ^= 1 << int(draws.integers(8))
        path.write_bytes(content)
        resumed, reason = outcome(folder)
        if resumed is None:
            refused += 1
            assert path.name in reason
        else:
            assert parts_of(resumed.folder) == parts_of(whole.folder)
        shutil.rmtree(folder)
    assert refused >= 40  # journals and early parts; a damaged checkpoint falls back on the one before


def test_a_complete_run_that_was_damaged_is_not_passed_off_as_done(
    whole: runs.Run, scenario_file: Path, tmp_path: Path
) -> None:
    for name in ("manifest.json", "tables/holdings/part-201602.parquet"):
        path = whole.folder / name
        content = path.read_bytes()
        path.write_bytes(content.replace(b'"done"', b'"Done"') if name == "manifest.json" else content[:-1])
        with pytest.raises(StoppedError, match=f"{path.name}.*force"):
            runs.run(scenario_file, out=tmp_path / "whole")
        if name.startswith("tables/"):
            with pytest.raises(StoppedError, match=f"{path.name}: damaged since it was written"):
                whole.table("holdings")
        path.write_bytes(content)
    (whole.folder / "tables/holdings/part-201602.parquet").unlink()
    with pytest.raises(StoppedError, match="force"):
        runs.run(scenario_file, out=tmp_path / "whole")
    again = runs.run(scenario_file, out=tmp_path / "whole", force=True)
    assert again.manifest["tables"] == whole.manifest["tables"]


def test_without_any_whole_checkpoint_the_run_says_so(
    fake: None, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stop_at(monkeypatch, FIRST + 60, lambda: runs.run(scenario_file, out=tmp_path / "stopped"))
    for name in ("checkpoint-a.npz", "checkpoint-b.npz"):
        (folder / name).write_bytes(b"nothing")
    with pytest.raises(StoppedError, match="no checkpoint is whole; simulate again with force"):
        runs.resume(folder)
