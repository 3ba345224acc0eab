"""Every rule against its own worked example, its edges, and the direction in which it moves."""

from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st

from sim.deals.ratings import SCALE, UNRATED
from sim.regulation import rules
from sim.regulation.rules import BankPosition, FundingPosition

FEN = st.integers(0, 10**15)
LENDER_RULES = [
    rules.StandardisedFundingCap(),
    rules.NonStandardisedFundingCap(),
    rules.CombinedLeverageCap(2.3),
    rules.BankLoanCap(),
    rules.ShareholderLoanCap(),
    rules.LeverageRatio(),
]


def test_the_worked_examples_of_the_docstrings() -> None:
    found = doctest.testmod(rules)
    assert found.attempted >= 13
    assert found.failed == 0


@given(FEN, FEN, FEN, FEN, FEN)
def test_headroom_and_shortfall_are_the_distance(assets: int, bonds: int, abs_: int, bank: int, owner: int) -> None:
    position = FundingPosition(assets, bonds, abs_, 0, bank, owner)
    for rule in LENDER_RULES:
        found = rule.finding(position)
        assert found.headroom_fen - found.shortfall_fen == found.limit_fen - found.position_fen
        assert min(found.headroom_fen, found.shortfall_fen) == 0
        assert found.binding == (found.headroom_fen == 0)


def test_a_cap_binds_at_its_limit_and_not_a_fen_before() -> None:
    cap = rules.StandardisedFundingCap(4.0)
    assert cap.finding(FundingPosition(100, abs_outstanding_fen=400)).binding
    assert not cap.finding(FundingPosition(100, abs_outstanding_fen=399)).binding


def test_sold_pools_count_in_the_combined_ratio_and_bank_loans_do_not_count_as_standardised() -> None:
    sold = FundingPosition(100, abs_outstanding_fen=200)
    assert rules.CombinedLeverageCap(2.3).finding(sold).position_fen == 200
    assert rules.NonStandardisedFundingCap().finding(sold).position_fen == 0
    assert rules.StandardisedFundingCap().finding(FundingPosition(100, bank_loans_fen=90)).position_fen == 0


def test_negative_net_assets_leave_no_room() -> None:
    broke = FundingPosition(-50, bonds_fen=1, bank_loans_fen=1, shareholder_loans_fen=1)
    for rule in LENDER_RULES:
        assert rule.finding(broke).limit_fen == 0
        assert rule.finding(broke).shortfall_fen > 0


def test_the_scarcest_quality_of_capital_decides() -> None:
    rich = {"cet1_fen": 75, "tier1_fen": 85, "capital_fen": 105}
    assert rules.BankCapital().finding(BankPosition(**rich)).limit_fen == 1_000
    for quality, held in rich.items():
        short = BankPosition(**(rich | {quality: held // 2}))
        assert rules.BankCapital().finding(short).limit_fen < 510


def test_a_microlender_of_the_2017_kind_breaks_the_notice_that_its_books_hid() -> None:
    """ABS of 20 times net assets met every rule before 2017-12 and none after (RUL09, F20)."""
    before = FundingPosition(100, abs_outstanding_fen=2_000, bank_loans_fen=50)
    assert rules.BankLoanCap(0.5).finding(before).shortfall_fen == 0
    assert rules.CombinedLeverageCap(2.3).finding(before).shortfall_fen == 2_050 - 230
    assert rules.CombinedLeverageCap(1.0).finding(before).shortfall_fen == 2_050 - 100


def test_risk_weights_rise_down_the_scale() -> None:
    weights = [rules.tranche_weight_bp(letter) for letter in (*SCALE, UNRATED)]
    assert weights == sorted(weights)
    assert {rules.tranche_weight_bp(letter) for letter in ("AAA", "AA+", "AA", "AA-")} == {2_000}  # RUL17
