"""The papers' table is whole, and the two measures with an off-balance-sheet side are what they say, by hand."""

from __future__ import annotations

import pytest

from sim.contagion.indicators import GROUPS, INDICATORS, ON_BALANCE, SCOPES, WITH_OFF_BALANCE, BankingSystem

BOOKS = BankingSystem(
    loans_fen=800, bad_fen=16, capital_fen=96, risk_weighted_fen=800, off_loans_fen=200, off_bad_fen=14,
    off_weighted_fen=160,
)  # fmt: skip


def test_all_fourteen_stand_in_the_papers_four_groups_with_their_facts():
    assert [i.fact for i in INDICATORS] == [f"SYS{number:02}" for number in range(1, 15)]
    assert [i.group for i in INDICATORS] == sorted((i.group for i in INDICATORS), key=GROUPS.index)
    assert [sum(i.group == group for i in INDICATORS) for group in GROUPS] == [4, 3, 3, 4]
    assert all(i.risk in (1, -1) and i.meaning and i.why for i in INDICATORS)
    assert {i.name for i in INDICATORS if i.scopes == SCOPES} == {"npl", "capital"}


def test_off_balance_loans_join_both_sides_of_the_ratio():
    assert BOOKS.npl_ppm(ON_BALANCE) == pytest.approx(20_000)
    assert BOOKS.npl_ppm(WITH_OFF_BALANCE) == pytest.approx(30_000)


def test_what_stands_off_the_balance_sheet_needs_capital_too():
    assert BOOKS.capital_ppm(ON_BALANCE) == pytest.approx(120_000)
    assert BOOKS.capital_ppm(WITH_OFF_BALANCE) == pytest.approx(100_000)


def test_without_banks_there_is_no_ratio_rather_than_a_zero():
    nobody = BankingSystem(0, 0, 0, 0)
    assert [nobody.npl_ppm(s) for s in SCOPES] + [nobody.capital_ppm(s) for s in SCOPES] == [None] * 4
