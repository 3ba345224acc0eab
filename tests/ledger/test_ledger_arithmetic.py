"""Splits that add up exactly and interest that does not drift."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.ledger import Participation, accrued_interest, largest_remainder, split_cumulative

steady = settings(derandomize=True, deadline=None)
fen = st.integers(0, 10**15)


@steady
@given(fen, st.lists(st.integers(0, 10**12), min_size=1, max_size=30).filter(any))
def test_parts_add_up_and_each_is_its_quota_rounded_down_or_up(total: int, weights: list[int]) -> None:
    parts = largest_remainder(total, weights)
    quotas = [Fraction(total * weight, sum(weights)) for weight in weights]
    assert sum(parts) == total
    assert all(quota // 1 <= part < quota + 1 for part, quota in zip(parts, quotas, strict=True))
    rounded_up = [quota % 1 for part, quota in zip(parts, quotas, strict=True) if part > quota]
    rounded_down = [quota % 1 for part, quota in zip(parts, quotas, strict=True) if part < quota]
    assert not rounded_up or not rounded_down or min(rounded_up) >= max(rounded_down)


def test_the_odd_fen_goes_to_the_earlier_of_equals() -> None:
    assert largest_remainder(5, [1, 1, 1]) == [2, 2, 1]
    assert largest_remainder(7, [0, 2, 1]) == [0, 5, 2]
    assert largest_remainder(0, [0, 0]) == [0, 0]
    assert largest_remainder(0, []) == []


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [2, -1]), (1, [0, 0]), (1, [])])
def test_an_impossible_split_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match=f"cannot split {total} fen"):
        largest_remainder(total, weights)


def test_interest_is_actual_365_rounded_half_up() -> None:
    assert accrued_interest(60_000_000_000, 51_000, 91) == 762_904_110  # 600 m yuan at 5.1 % for a quarter of 91 days
    assert accrued_interest(365_000_000, 1, 1) == 1
    assert accrued_interest(182_500_000, 1, 1) == 1  # exactly half a fen
    assert accrued_interest(182_499_999, 1, 1) == 0


@steady
@given(st.integers(0, 10**13), st.integers(0, 400_000), st.integers(0, 1_000))
def test_interest_is_the_nearest_fen(balance: int, rate_ppm: int, days: int) -> None:
    exact = Fraction(balance * rate_ppm * days, 365 * 10**6)
    assert -Fraction(1, 2) < accrued_interest(balance, rate_ppm, days) - exact <= Fraction(1, 2)


@steady
@given(st.integers(0, 10_000), st.lists(st.integers(0, 10**9), max_size=30))
def test_shares_of_a_joint_loan_reconcile_after_any_number_of_flows(share_bp: int, flows: list[int]) -> None:
    cumulative = banks = platforms = 0
    for flow in flows:
        bank, platform = split_cumulative(cumulative, cumulative + flow, share_bp)
        cumulative, banks, platforms = cumulative + flow, banks + bank, platforms + platform
        assert bank + platform == flow
        assert min(bank, platform) >= 0
    assert banks == cumulative * share_bp // 10_000
    assert platforms == cumulative - banks


@pytest.mark.parametrize("share_bp", [-1, 10_001])
def test_a_share_beyond_the_whole_is_refused(share_bp: int) -> None:
    assert Participation("bank:big", 10_000, "originator:jd").share_bp == 10_000
    with pytest.raises(ValueError, match=rf"bank:big and originator:jd: share {share_bp} bp"):
        Participation("bank:big", share_bp, "originator:jd")
