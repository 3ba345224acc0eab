"""Guarantors and managers keep books: interest, costs, promises within a multiple of net assets, and failure."""

from __future__ import annotations

import datetime

from worlds import SCENARIOS, market, run_to

from sim.agents.practice import deposit_interest_fen
from sim.calendar import day_of
from sim.ledger import Code

SLOW = SCENARIOS / "deals" / "huabei_2017_slow.yaml"
FEBRUARY = day_of(datetime.date(2017, 2, 1))


def test_a_months_interest_by_hand() -> None:
    assert deposit_interest_fen(1_200_000, 20_000) == 2_000
    assert deposit_interest_fen(599, 20_000) == 0


def test_a_guarantor_earns_and_spends() -> None:
    place = run_to(
        market(
            SLOW,
            guarantors__merchant_surety__deposit_rate_ppm=12_000,
            guarantors__merchant_surety__operating_cost_fen=12_000_000,
        ),
        FEBRUARY,
    )
    income = place.ledger.income("guarantor:merchant_surety")
    assert income[Code.COST] == -1_000_000
    assert income[Code.INTEREST] > 0


def test_a_guarantor_that_spent_its_funds_fails_and_pays_no_more() -> None:
    place = run_to(market(SLOW, guarantors__merchant_surety__capital_fen=1_000_000_00))
    guarantor = next(iter(place.guarantors.values()))
    assert guarantor.failed
    failures = [e for e in place.recorder.table("events").to_pylist() if e["event"] == "guarantor_failure"]
    assert len(failures) == 1
    assert place.ledger.cash(guarantor.party) >= 0


def test_a_manager_that_cannot_pay_its_staff_fails_once() -> None:
    place = market(SLOW)
    name = next(iter(place.managers))
    place = run_to(
        market(SLOW, **{f"managers__{name}__capital_fen": 100, f"managers__{name}__salary_fen": 1_000}),
        day_of(datetime.date(2017, 4, 2)),
    )
    assert place.managers[name].failed
    failures = [e for e in place.recorder.table("events").to_pylist() if e["event"] == "manager_failure"]
    assert len(failures) == 1
    assert place.ledger.cash(f"manager:{name}") == 0
