"""Overrides that are wrong are refused without a traceback; markets that are odd but lawful run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from market_blocks import write
from typer.testing import CliRunner
from worlds import SCENARIOS, run_to

from sim.cli.commands import app
from sim.cli.summary import show_summary
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

OVERRIDES = (
    "shelves.huabei.regime=telegram", "investors.fund_1.kind=hedge", "dealers.maker_1.capital_fen=-1",
    "rules.cash_loan_notice.applies_to=[]", "bank_system.large.count=0", "macro.observed=perhaps",
    "originators.cfc_1.like=bank", "originators.cfc_1.lending.members=7", "shelves.nobody.regime=filing",
    "issuance.venues=", "other_supply.monthly_fen=many", "patterns.originators.lender=3",
)  # fmt: skip


@pytest.mark.parametrize("override", OVERRIDES)
def test_a_wrong_override_is_refused_without_a_traceback(override: str) -> None:
    words = ["validate", str(SCENARIOS / "baseline.yaml"), "--set", override]
    result = CliRunner().invoke(app, words, prog_name="sim")
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)


ODD = {
    "no investors": "investors: null",
    "no dealers": "dealers: null",
    "one lender": "originators: {second: null}\nshelves: {second: null}",
    "a lender without members": "originators: {second: {lending: {members: {2014-01-01: 0}}}}",
    "a shelf without eligible loans": "shelves: {second: {prototype: {eligibility: {min_age_days: 700}}}}",
    "no issue is approved": "issuance: {suspended_from: 2019-01-01}",
    "dealers without money": "dealers: {maker: {capital_fen: 0}}",
    "investors without money": "investors: {wealth: {cash_fen: 0}, bond_fund: {cash_fen: 0}, insurer: {cash_fen: 0}}",
    "no shelves": "shelves: null",
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_market_runs(shipped: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    few: dict[str, Any] = {"population.households": 1_000, "end": "2019-08-05", "burn_in_months": 1}
    place = SecuritizationMarket(scenario=load_scenario(write(shipped, ODD[case], "small_market.yaml"), few))
    show_summary(run_to(place).summary())
    assert "closed to the fen" in capsys.readouterr().out
