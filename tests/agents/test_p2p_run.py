"""The small lenders of a P2P platform run: it shrinks, and fails or survives; who it turns away applies elsewhere."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from note_worlds import SCENARIO
from worlds import run_to

from sim.ledger import Kind
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

MEMBERS: dict[str, Any] = {
    "kind": "warehouse", "lender": "world:depositors", "rate_ppm": 100_000, "limit_fen": 30_000_000_000_000,
}  # fmt: skip
RUN = {"runs_off_from": "2019-09-01", "run_off_months": 3}
BANK = {
    "kind": "warehouse", "lender": "bank:line_bank", "rate_ppm": 110_000, "opening_fen": 0,
    "limit_fen": 30_000_000_000_000,
}  # fmt: skip


@cache
def world(case: str) -> SecuritizationMarket:
    debts = {"members": MEMBERS | (RUN if case != "calm" else {})}
    if case == "with a bank":
        debts["bank_line"] = BANK
    changes = {
        "originators.second.debts": debts, "originators.second.kind": "p2p", "originators.second.strategy": {},
        "originators.second.equity_fen": 2_000_000_000_000, "originators.jdct.strategy": {},
        "originators.jdct.lending.spending.most_appetite_ppm": 2_000_000,
        "shopping": {"apply_elsewhere_ppm": 800_000}, "banks.line_bank.capital_fen": 100_000_000_000_000,
        "shelves": {}, "population.households": 3_000,
        "population.weight": 40_000, "burn_in_months": 1, "end": "2019-12-31",
    }  # fmt: skip
    return run_to(SecuritizationMarket(scenario=load_scenario(SCENARIO, changes)))


def sum_of(place: SecuritizationMarket, lender: str, what: str) -> int:
    """Applications of October to December."""
    return sum(int(month[what]) for month in place.books[lender].months[-3:])


def book(place: SecuritizationMarket, lender: str) -> int:
    return int(place.books[lender].stock.sum())


def test_a_platform_with_nothing_but_members_money_cuts_its_lending_and_fails() -> None:
    ran, calm = world("alone"), world("calm")
    assert ran.originators["second"].failed
    assert not calm.originators["second"].failed
    assert book(ran, "second") < book(calm, "second") * 3 // 4
    september = ran.books["second"].months[-4]
    assert september["refused_ration_fen"] > 0
    (failure,) = [r for r in ran.recorder.table("events").to_pylist() if r["event"] == "originator_failure"]
    assert "month end" in failure["detail"]
    assert ran.administrator.memory["estates"]["originator:second"]["paid_fen"] > 0


def test_with_a_banks_line_it_repays_its_members_and_survives() -> None:
    place = world("with a bank")
    platform, ledger = place.originators["second"], place.ledger
    assert not platform.failed
    members = [row for row in ledger.claims_of(Kind.WAREHOUSE, creditor="world:depositors") if ledger.nominal(row)]
    assert not [row for row in members if ledger.key(row).debtor == platform.party]


def test_whom_it_turns_away_applies_elsewhere() -> None:
    ran, calm = world("alone"), world("calm")
    assert sum_of(ran, "second", "refused_ration_fen") > 2 * sum_of(calm, "second", "refused_ration_fen")
    assert sum_of(ran, "jdct", "applied_fen") > sum_of(calm, "jdct", "applied_fen") * 11 // 10
    tried = ran.recorder.table("turned_away").to_pylist()
    assert sum(r["lent_fen"] for r in tried if r["tried_at"] == "originator:jdct") > 0


@pytest.mark.parametrize("case", ["alone", "with a bank"])
def test_members_lend_no_more_once_they_run(case: str) -> None:
    place = world(case)
    table = place.ledger.table
    mine = table.column("debtor") == place.ledger.party_number["originator:second"]
    theirs = mine & (table.column("creditor") == place.ledger.party_number["world:depositors"])
    assert int(table.column("undrawn")[theirs].sum()) == 0
