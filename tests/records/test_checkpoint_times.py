"""How often a run is put on record follows the size of its checkpoints; months closed in between are not lost."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
from test_runs import FIRST, parts_of, stop_at

from sim.calendar import day_of
from sim.errors import StoppedError
from sim.records import run_folder
from sim.records.journal import read_journal
from sim.records.run_folder import RunFolder
from sim.records.writer import Part, Recorder
from sim.studies import runs


@pytest.mark.parametrize(("size", "months"), [(0, 12), (49_999_999, 12), (50_000_000, 6), (120_000_000, 4), (10**9, 2)])
def test_large_checkpoints_are_rare(tmp_path: Path, size: int, months: int) -> None:
    folder = RunFolder(tmp_path)
    folder._bytes = size
    ends = [day_of(datetime.date(2019, month, 28)) for month in range(1, 13)]
    assert sum(folder.checkpoint_is_due(day) for day in ends) == months


def test_months_without_a_checkpoint_are_on_record_with_the_next(
    whole: runs.Run, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_folder, "_BYTES_A_MONTH", 1)
    rare = runs.run(scenario_file, out=tmp_path / "rare")
    assert parts_of(rare.folder) == parts_of(whole.folder)
    assert len({saved.month for saved in read_journal(rare.folder).checkpoints}) <= 2
    assert rare.manifest["tables"] == whole.manifest["tables"]


def test_a_run_stopped_between_checkpoints_loses_nothing(
    whole: runs.Run, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_folder, "_BYTES_A_MONTH", 1)
    stopped = stop_at(monkeypatch, FIRST + 45, lambda: runs.run(scenario_file, out=tmp_path / "stopped"))
    assert read_journal(stopped).checkpoints[-1].day >= FIRST + 45
    assert parts_of(runs.resume(stopped).folder) == parts_of(whole.folder)


def test_a_month_that_cannot_be_written_stops_the_run_with_the_next(
    fake: None, scenario_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_folder, "_BYTES_A_MONTH", 1)
    months = []

    def refuse(self: Recorder, yyyymm: int) -> Callable[[], list[Part]]:
        months.append(yyyymm)

        def write() -> list[Part]:
            raise StoppedError("the disk is full")

        return write

    monkeypatch.setattr(Recorder, "end_month", refuse)
    with pytest.raises(StoppedError, match="the disk is full"):
        runs.run(scenario_file, out=tmp_path / "full")
    assert months == [201601, 201602]
