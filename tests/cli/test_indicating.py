"""`sim indicators`: what it tells of a run, and what it refuses."""

from __future__ import annotations

import datetime
import json

import pytest
from typer.testing import CliRunner
from worlds import SCENARIOS

import sim
from sim.cli.commands import app
from sim.errors import ScenarioError
from sim.studies.indicators import indicators_of

PEOPLE = {"population.households": 3_000, "population.weight": 6_667}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = SCENARIOS / "studies" / "small_market.yaml"
    return sim.run(path, out=tmp_path_factory.mktemp("runs"), until="2019-12-31", overrides=PEOPLE).folder


def told(*words):
    return CliRunner().invoke(app, ["indicators", *map(str, words)])


def test_a_run_is_told_with_flags_and_drawn(folder, tmp_path):
    answer = told(folder, "--out", tmp_path)
    assert answer.exit_code == 0, answer.output
    assert "Systemic risk on 2019-12-31" in answer.output
    assert "direct_investment" in answer.output
    assert (tmp_path / "index.png").stat().st_size > 10_000
    assert (tmp_path / "index.svg").exists()


def test_json_holds_the_rows_and_the_index_by_month(folder):
    answer = json.loads(told(folder, "--json").output)
    assert answer["date"] == "2019-12-31"
    assert (
        len({row["indicator"] for row in answer["rows"] if row["group"] in ("macro", "banks", "securities", "abroad")})
        == 14
    )
    index = [row for row in answer["index"] if row["scope"] == "on_balance"]
    assert len(index) == 12
    assert [row["index"] is None for row in index] == [True] * 11 + [False]
    assert [row["component"] is None for row in index] == [True] * 11 + [False]


def test_an_earlier_date_knows_nothing_of_what_came_after(folder):
    june = datetime.date(2019, 6, 30)
    early, late = indicators_of(folder, june), indicators_of(folder)
    assert early.date == june
    assert early.index == [row for row in late.index if row["date"] <= june]
    assert early.rows[0]["score"] is None


def test_what_cannot_be_asked_is_refused(folder, tmp_path):
    for words, why in (
        ((), "give the folder of a run, or --lead"),
        ((folder, "--lead"), "not both"),
        ((folder, "--only", "calm"), "belong to --lead"),
        (("--lead", "--date", "2019-06-30"), "--date belongs to a run"),
        (("--lead", "--only", "clam"), "did you mean 'calm'"),
        (("--lead", "--horizon", "0"), "at least 1 month"),
        ((folder, "--date", "2018-06-30"), "its month ends are 2019-01-31 to 2019-12-31"),
        ((tmp_path,), "is not the folder of a run"),
    ):
        answer = told(*words)
        assert answer.exit_code == 2, words
        assert why in answer.output, (words, answer.output)


def test_a_run_without_a_closed_month_has_none(folder, tmp_path):
    (tmp_path / "tables").mkdir()
    with pytest.raises(ScenarioError, match="it has none"):
        indicators_of(tmp_path)
