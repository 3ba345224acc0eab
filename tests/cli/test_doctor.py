"""The doctor finds what is wrong, and a check that breaks is a finding."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import sim
from sim.cli import doctor
from sim.cli.commands import app
from sim.scenario import files


def by_name(found: Iterable[doctor.Check]) -> dict[str, doctor.Check]:
    return {check.check: check for check in found}


def test_python_packages_draws_and_ledger_are_well_here() -> None:
    for look in (doctor._python, doctor._packages, doctor._random_numbers, doctor._ledger):
        assert look()


def test_faults_are_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (99, 0))
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no_such_package"))
    monkeypatch.setattr(doctor, "PHILOX_ZERO", ("0", "0", "0", "0"))
    monkeypatch.setattr(doctor, "FREE_BYTES", 10**18)
    monkeypatch.setattr(files, "shipped_root", lambda: None)
    found = by_name(doctor.checks(tmp_path / "not" / "yet"))
    assert not any(check.ok for name, check in found.items() if name != "ledger")
    assert "pip install no_such_package" in found["packages"].detail
    assert "results would be wrong" in found["random numbers"].detail
    assert "no scenarios are shipped" in found["3 simulated days"].detail
    assert f"free at {tmp_path}" in found["disk"].detail
    answer = CliRunner().invoke(app, ["doctor"])
    assert answer.exit_code == 1
    assert answer.stdout.startswith("Checks take seconds; the first time")
    assert "FAIL  Python" in answer.stdout
    rows = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)
    assert [row["check"] for row in rows] == list(found)


def test_three_days_are_simulated_in_a_folder_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    import datetime

    asked = {}

    def run(base: str, **options: object) -> SimpleNamespace:
        asked.update(options, base=base, existed=Path(str(options["out"])).is_dir())
        return SimpleNamespace(tables=["pools"])

    scenario = SimpleNamespace(start=datetime.date(2017, 6, 1))
    monkeypatch.setattr(files, "shipped", lambda: ["deals/huabei_2017.yaml"])
    monkeypatch.setattr(sim, "load_scenario", lambda *_args: scenario, raising=False)
    monkeypatch.setattr(sim, "run", run, raising=False)
    assert "1 tables" in doctor._simulated_days()
    assert asked["until"] == datetime.date(2017, 6, 3)
    assert asked["existed"] is True
    assert not Path(str(asked["out"])).exists()
