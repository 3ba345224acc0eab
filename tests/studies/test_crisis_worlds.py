"""Worlds of the study of indicators: drawn by seed alone, judged by what happened, kept and gone on with."""

from __future__ import annotations

import datetime
import json
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from sim.agents.bank_terms import REST
from sim.errors import ScenarioError
from sim.scenario import load_scenario
from sim.studies import crisis_worlds
from sim.studies.crisis_worlds import BASE, Distress, Seen, changes, chosen, distresses, families, live_all, recession
from sim.studies.indicator_lead import judged, lead_study

TINY = {"population.households": 3_000, "population.weight": 6_667, "start": "2019-01-01", "end": "2019-01-31"}


@pytest.mark.parametrize("name", [name for name in families() if name != "calm"])
def test_every_kind_of_world_loads_and_its_crisis_depends_on_the_seed_alone(name):
    drawn = [changes(name, seed) for seed in range(1, 9)]
    assert drawn == [changes(name, seed) for seed in range(1, 9)]
    assert len({json.dumps(overrides, default=str) for _, overrides in drawn}) > 1
    scenario, overrides = drawn[0]
    load_scenario(scenario, overrides)


def test_dates_of_a_stress_scenario_move_together():
    _, overrides = changes("bank_run", 1)
    loss, run = (datetime.date.fromisoformat(str(overrides[f"shocks.{name}.on"])) for name in ("loss", "run"))
    assert (run - loss).days == 2
    assert "end" not in overrides
    assert overrides["start"] == BASE["start"]


def test_a_recession_adds_up_to_its_depth():
    shocks = recession(3_000, 3.0)
    jobs = sum(shock["size"] for shock in shocks.values() if shock["kind"] == "unemployment")
    incomes = sum(shock["size"] for shock in shocks.values() if shock["kind"] == "income_growth")
    assert 0.6 * jobs / 3_000 - 0.4 * incomes / 15_000 == pytest.approx(3.0)
    assert {shock["size"] for shock in recession(3_000, 0.0).values()} == {0}


def a_market(**tables: list[dict[str, Any]]) -> Any:
    schema = {"banks": [], "events": [], "lenders": []} | tables
    balance = SimpleNamespace(minimum_on=lambda _date: 105_000)
    named = [SimpleNamespace(party=f"bank:{name}", name=name, balance=balance) for name in ("a", REST)]
    return SimpleNamespace(
        commercial_banks=lambda: named,
        recorder=SimpleNamespace(table=lambda name: pa.Table.from_pylist(schema[name])),
    )


MONTHS = {(2019, 1): 0, (2019, 2): 1, (2019, 3): 2}
DATE = datetime.date


def test_distress_is_what_the_definition_says_and_nothing_else():
    banks = [
        {"date": DATE(2019, 1, 31), "institution": "bank:a", "capital_ppm": 105_000},
        {"date": DATE(2019, 2, 28), "institution": "bank:a", "capital_ppm": 104_999},
        {"date": DATE(2019, 1, 31), "institution": f"bank:{REST}", "capital_ppm": 90_000},
    ]
    events = [
        {"date": DATE(2019, 3, 3), "institution": "originator:p", "event": "originator_failure"},
        {"date": DATE(2019, 1, 3), "institution": "manager:m", "event": "manager_failure"},
    ]
    lenders = [
        {"date": DATE(2019, 2, 1), "refused_fen": 39, "granted_fen": 61},
        {"date": DATE(2019, 3, 1), "refused_fen": 40, "granted_fen": 60},  # of February
    ]
    found = distresses(a_market(banks=banks, events=events, lenders=lenders), MONTHS)
    assert found == (
        Distress(1, "capital", "bank:a"), Distress(1, "funding", ""), Distress(2, "failure", "originator:p"),
    )  # fmt: skip


def test_unknown_worlds_and_figures_that_cannot_be_are_refused():
    with pytest.raises(ScenarioError, match="world 'recesion': unknown; did you mean 'recession'"):
        chosen(["recesion"])
    with pytest.raises(ScenarioError, match="seeds: at least one"):
        lead_study([])
    with pytest.raises(ScenarioError, match="horizon 0"):
        lead_study([1], horizon=0)


def seen(world: str, seed: int, first: int | None, signal: list[float]) -> Seen:
    signals = {f"{name}|{scope}": signal for name in crisis_worlds.SIGNALS for scope in crisis_worlds.SCOPES}
    told = () if first is None else (Distress(first, "capital", "bank:a"),)
    return Seen(world, seed, tuple(f"2019-{m + 1:02}-28" for m in range(len(signal))), signals, told)


def test_worlds_are_judged_by_kind_with_calm_ones_in_each():
    rising, flat = [0.0] * 6 + [1.0] * 3, [0.0] * 9
    worlds = [w for s in range(4) for w in (
        seen("calm", s, None, flat), seen("recession", s, 8, rising), seen("bank_run", s, 8, flat),
    )]  # fmt: skip
    study = judged(worlds, horizon=2)
    area = {(row["worlds_set"], row["signal"], row["scope"]): row["area"] for row in study.tables["lead"]}
    assert area["slow", "index", "on_balance"] == 1.0
    assert area["sudden", "index", "on_balance"] == 0.5
    assert area["all", "index", "with_off_balance"] == 0.75
    assert {row["difference"] for row in study.tables["off_balance"]} == {0.0}
    assert len(study.tables["distresses"]) == len(worlds)
    assert {row["what"] for row in study.tables["distresses"]} == {"", "capital"}


def test_only_calm_worlds_leave_nothing_to_judge(tmp_path):
    study = judged([seen("calm", s, None, [0.0] * 9) for s in range(3)])
    assert study.tables["lead"] == []
    assert [path.suffix for path in study.write(tmp_path)] == [".csv"] * 5


def test_the_study_writes_its_tables_and_the_same_figures_again(tmp_path):
    worlds = [
        seen(n, s, f, [0.1 * m for m in range(9)]) for s in range(3) for n, f in (("calm", None), ("recession", 8))
    ]
    one, other = (judged(worlds, horizon=2).write(tmp_path / name) for name in ("one", "other"))
    assert [path.name for path in one][-2:] == ["roc.png", "leads.png"]
    assert {row["worlds_set"] for row in judged(worlds, horizon=2).tables["lead"]} == {"slow"}
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_a_world_is_kept_and_a_stopped_study_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(crisis_worlds, "BASE", TINY)
    kept = tmp_path / "worlds.jsonl"
    (first,) = live_all(["calm"], [3], kept=kept)
    assert len(first.dates) == 1
    assert first.signals["index|on_balance"] == [None]
    with kept.open("a", encoding="utf-8") as lines:
        lines.write('{"world": "calm", "se')  # cut off
    monkeypatch.setattr(crisis_worlds, "live", lambda *_: pytest.fail("lived twice"))
    assert live_all(["calm"], [3], kept=kept) == [first.of(first.plain())]


def test_the_same_world_and_seed_tell_the_same(monkeypatch):
    monkeypatch.setattr(crisis_worlds, "BASE", TINY)
    assert live_all(["calm"], [3]) == live_all(["calm"], [3])
