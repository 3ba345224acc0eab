"""Stress on demand on a run's own network: shocks by name, tables that add up, and what each shock must do."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from worlds import SCENARIOS

from sim.cli.commands import app
from sim.errors import ScenarioError
from sim.studies.runs import Run, run
from sim.studies.stress import stress
from sim.studies.stress_network import network_of, seniority
from sim.studies.stress_shocks import parse_shocks
from sim.studies.trace_entries import RunTables

SMALL_MARKET = SCENARIOS / "studies" / "small_market.yaml"
END = datetime.date(2019, 6, 30)
Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Run:
    people = {"population.households": 3_000, "population.weight": 6_667}
    return run(SMALL_MARKET, out=tmp_path_factory.mktemp("runs"), until=END, overrides=people)


def tables(lived: Run, *shocks: str, **named: Any) -> Tables:
    return stress(lived.folder, END, shocks, **named).tables


def test_the_network_stands_on_the_balance_sheets(lived: Run) -> None:
    network = network_of(RunTables(lived.folder), END)
    system = network.system
    sheets = [r for r in lived.table("balance_sheets").to_pylist() if r["date"] == END and r["side"] == "equity"]
    equity = {r["institution"]: r["amount_fen"] for r in sheets}
    inside = [0.0] * len(system.names)
    for creditor, fen in zip(system.creditor, system.amount, strict=True):
        inside[creditor] += fen
    for place, name in enumerate(system.names):
        owed = system.due()[:, place].sum()
        found = system.outside_assets[place] + inside[place] - owed
        assert found == pytest.approx(equity.get(name, 0), rel=1e-12, abs=2.0), name


def test_a_pool_shock_hits_the_notes_from_the_last_rank_up_and_more_of_it_hits_more(lived: Run) -> None:
    mild, hard = tables(lived, "pool:*=+300%pd"), tables(lived, "pool:*=+3000%pd")
    lost = [sum(row["lost_fen"] for row in found["tranches"]) for found in (mild, hard)]
    assert 0 < lost[0] < lost[1]
    for row in hard["tranches"]:
        junior = [r for r in hard["tranches"] if r["deal"] == row["deal"] and r["rank"] > row["rank"]]
        assert all(r["lost_ppm"] > 999_000 for r in junior), row
    # Notes lose what their plan's loans lose beyond what the plan has over.
    outside = hard["losses"][0]["first_fen"]
    assert lost[1] <= outside
    joint = hard["losses"][-1]
    assert joint["layer"] == "jointly"
    assert joint["first_fen"] + joint["later_fen"] >= sum(r["alone_fen"] for r in hard["losses"][2:-1])


def test_a_failed_lender_hits_those_who_lent_to_it_by_rank(lived: Run) -> None:
    found = tables(lived, "originator:instalment=default", loss_given_default=0.9)
    layers = {row["layer"] for row in found["losses"]}
    assert {"WAREHOUSE", "SHAREHOLDER_LOAN"} & layers
    lines = sum(row["lines_fen"] for row in found["banks"])
    assert lines > 0
    for row in found["banks"]:
        steps = (
            "credit_fen",
            "prices_fen",
            "notes_fen",
            "lines_fen",
            "interbank_fen",
            "cost_of_default_fen",
            "other_fen",
        )
        assert row["equity_fen"] - sum(row[step] for step in steps) == row["end_fen"]
        assert (row["end_cet1_ppm"] < row["cet1_ppm"]) == (row["end_fen"] < row["equity_fen"])
    (lender,) = [row for row in found["institutions"] if row["institution"] == "originator:instalment"]
    assert (lender["failed"], lender["round"]) == (True, 0)
    assert tables(lived, "originator:instalment=default", loss_given_default=0.0)["institutions"][0]["lost_fen"] == 0


def test_isolation_decides_whether_a_failure_reaches_the_notes(lived: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shock, cost = "originator:shop=default", {"loss_given_default": 0.9}
    held = tables(lived, shock, **cost)
    monkeypatch.setattr("sim.studies.stress_first._true_sale", lambda _deal, _scenario: False)
    broken = tables(lived, shock, **cost)
    of_shop = [
        sum(r["lost_fen"] for r in found["tranches"] if r["deal"].startswith("shop_")) for found in (held, broken)
    ]
    assert of_shop[0] * 20 < of_shop[1]


def test_calls_are_paid_from_cash_then_notes_whose_price_falls_for_everybody(lived: Run) -> None:
    some, most = tables(lived, "liquidity:investor:*=10%"), tables(lived, "liquidity:investor:*=95%")
    prices = [next(r["first_fen"] for r in found["losses"] if r["layer"] == "prices") for found in (some, most)]
    assert prices[0] <= prices[1] > 0
    assert any(row["illiquid"] for row in most["institutions"])
    bystanders = [r for r in most["institutions"] if r["called_fen"] == 0 and r["lost_fen"] > 0]
    assert bystanders  # holders who were not called lose by the price


def test_reverse_stress_finds_the_smallest_multiple_that_fails_a_bank(lived: Run) -> None:
    shock = "bank:regional_1=-1%"
    (row,) = tables(lived, shock, reverse="bank:regional_1")["reverse"]
    times = row["multiple"]
    for scale, fails in ((1.002, True), (0.997, False)):
        found = tables(lived, f"bank:regional_1=-{times * scale:.6f}%")
        assert any(r["institution"] == "bank:regional_1" and r["failed"] for r in found["institutions"]) is fails
    (never,) = tables(lived, "bank:regional_2=-1%", reverse="manager:first")["reverse"]
    assert never["multiple"] is None
    with pytest.raises(ScenarioError, match="needs a shock with a size"):
        tables(lived, "bank:large_1=default", reverse="bank:large_2")


def test_danger_and_exposure_of_everybody(lived: Run) -> None:
    rows = tables(lived)["danger"]
    assert [r["impact_fen"] for r in rows] == sorted((r["impact_fen"] for r in rows), reverse=True)
    assert all(0 <= r["vulnerability_ppm"] <= 1_000_000 for r in rows)
    assert not [r for r in rows if r["institution"].startswith(("spv:", "world:"))]


@pytest.mark.parametrize(
    ("shock", "told"),
    [
        ("originator:wallett=default", "did you mean 'originator:wallet'"),
        ("pool:nothing=+3%pd", "this day has 'pool:"),
        ("bank:large_1=-101%", "more than 100 %"),
        ("rain", "not understood; write originator:NAME=default"),
        ("none.yaml", "no such file"),
    ],
)
def test_what_is_not_understood_or_not_there_is_refused_with_what_is(lived: Run, shock: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told.replace("'", ".")):
        tables(lived, shock)


def test_a_file_of_shocks_and_the_command(lived: Run, tmp_path: Path) -> None:
    file = tmp_path / "both.yaml"
    file.write_text("shocks: ['originator:quick=default', 'pool:*=+300%pd']\n", encoding="utf-8")
    assert [shock.sort for shock in parse_shocks([str(file)])] == ["default", "pd"]
    asked = ["stress", str(lived.folder), "--date", "2019-05-15", "--shock", str(file), "--out", str(tmp_path / "csv")]
    answer = CliRunner().invoke(app, asked)
    assert answer.exit_code == 0, answer.output
    assert "Network at the close of 2019-05-15" in answer.stdout
    assert "2019-01-01 to 2019-05-15 is simulated again, about " in answer.stderr
    with (tmp_path / "csv" / "losses.csv").open(encoding="utf-8") as written:
        assert next(csv.reader(written)) == ["layer", "first_fen", "later_fen", "alone_fen"]
    early = CliRunner().invoke(app, ["stress", str(lived.folder), "--date", "2018-01-01", "--json"])
    assert early.exit_code == 2
    assert "its days are 2019-01-01 to 2019-06-30" in early.output
    file.write_text("shocks: [1", encoding="utf-8")
    with pytest.raises(ScenarioError, match="not valid YAML"):
        parse_shocks([str(file)])


def test_ranks_at_each_kind_of_debtor() -> None:
    assert seniority("TRANCHE", "spv:x", "x", 2) == 3
    assert seniority("FEE", "spv:x", "x", 0) == 0
    assert [seniority("BOND", "bank:a", deal, 0) for deal in ("", "tier2", "additional_tier1")] == [1, 2, 3]
    assert seniority("DEPOSIT", "bank:a", "", 0) == 0
    assert seniority("SHAREHOLDER_LOAN", "originator:o", "", 0) == 2
