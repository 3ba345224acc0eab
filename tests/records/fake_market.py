"""A market of one page: enough state, rows and dates to try the run folder with, and no economy."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, PrivateAttr

from sim.errors import ScenarioError, StoppedError
from sim.records.writer import Recorder
from sim.scenario.loading import load


class Terms(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    rate_ppm: int = 1_000
    fee_ppm: int | None = None
    stress: dict[datetime.date, float] = {}


class Scenario(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    schema_version: int = 1
    name: str
    seed: int = 1
    first_day: int = 2_199  # 2016-01-09
    days: int = 70
    terms: Terms = Terms()
    _loaded: Any = PrivateAttr(None)


def load_scenario(path: Any, overrides: dict[str, Any] | None = None) -> Scenario:
    loaded = load(path, overrides, model=Scenario)
    loaded.value._loaded = loaded
    return loaded.value


class FakeMarket:
    """Balances that mix by integer arithmetic, so that any lost or doubled day changes every later row."""

    def __init__(self, scenario: Scenario, recorder: Recorder) -> None:
        if scenario.terms.rate_ppm < 0:
            raise ScenarioError("terms.rate_ppm: below 0")
        self.scenario, self.recorder = scenario, recorder
        self.day = self.first_day = scenario.first_day
        self.balances = np.arange(scenario.seed, scenario.seed + 50, dtype=np.int64)
        self.lent = 0
        self.at_step: Any = None
        recorder.add("issuance", date=self.day, deal="d", step=1, what="assembled", party="spv:d", amount_fen=0)

    @property
    def last_day(self) -> int:
        return self.scenario.first_day + self.scenario.days - 1

    def step(self) -> None:
        if self.at_step is not None:
            self.at_step(self)
        self.balances = (self.balances * 31 + self.day * self.scenario.terms.rate_ppm) % 1_000_003
        self.lent += int(self.balances[0])
        self._record()
        self.day += 1

    def _record(self) -> None:
        day, total = self.day, int(self.balances.sum())
        self.recorder.add(
            "market_daily",
            date=day,
            households=50,
            loans=50,
            receivables_fen=total,
            lent_fen=self.lent,
            collected_fen=0,
            written_off_fen=0,
            recovered_fen=0,
            macro_stress_ppm=1_000_000,
        )
        self.recorder.extend(
            "holdings",
            {
                "date": np.full(50, day),
                "deal": ["d"] * 50,
                "tranche": [f"t{i}" for i in range(50)],
                "holder": ["investor:i"] * 50,
                "nominal_fen": self.balances,
            },
        )
        if total % 5 == 0:
            self.recorder.add(
                "events",
                date=day,
                hour=14,
                deal="d",
                institution="spv:d",
                family="none",
                event="five",
                detail=f"total {total}",
                effect="",
                measured_ppm=total if total % 2 else None,
            )
        if self.recorder.wants("borrowers") and day % 30 == 0:
            raise StoppedError("no borrowers here")

    def state(self) -> dict[str, Any]:
        arrays = {"book": {"balances": self.balances}, "empty": {}}
        return {"arrays": arrays, "json": {"day": self.day, "lent": self.lent}}

    def restore(self, state: dict[str, Any]) -> None:
        assert state["arrays"]["empty"] == {}
        self.balances = state["arrays"]["book"]["balances"]
        self.day, self.lent = state["json"]["day"], state["json"]["lent"]

    def summary(self) -> dict[str, Any]:
        tranches = [{"deal": "d", "tranche": "t0", "face_fen": int(self.balances[0]), "yield_pct": 5.25}]
        return {"tranches": tranches, "events": ["nothing"], "lent_fen": self.lent}
