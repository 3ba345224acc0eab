from __future__ import annotations

from pathlib import Path

import fake_market
import pytest

import sim.scenario
from sim.studies import runs


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of the fake market from fake scenario files."""
    monkeypatch.setattr(sim.scenario, "load_scenario", fake_market.load_scenario, raising=False)
    monkeypatch.setattr(runs, "assemble", fake_market.FakeMarket)


@pytest.fixture
def scenario_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text("schema_version: 1\nname: small\nseed: 4\nterms: {rate_ppm: 77, stress: {2016-02-01: 1.5e-7}}\n")
    return path


@pytest.fixture
def whole(fake: None, scenario_file: Path, tmp_path: Path) -> runs.Run:
    """The run that was never stopped, to compare others with."""
    return runs.run(scenario_file, out=tmp_path / "whole")
