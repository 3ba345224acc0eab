"""Schedules add up to the fen and rates are what a lender would quote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.credit.products import METHODS, annual_percentage_rate, schedule


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    principal=st.integers(1, 10**10),
    months=st.integers(1, 60),
    method=st.sampled_from(METHODS),
    fee=st.integers(0, 30_000),
    rate=st.integers(0, 400_000),
)
def test_principal_adds_up_and_nothing_is_negative(
    principal: int, months: int, method: str, fee: int, rate: int
) -> None:
    plan = schedule(principal, months, method=method, monthly_fee_rate=fee / 1e6, annual_rate=rate / 1e6)  # type: ignore[arg-type]
    assert sum(plan.principal) == principal
    assert len(plan.principal) == len(plan.interest) == months
    assert min(plan.principal) >= 0
    assert min(plan.interest) >= 0


def test_remainders_fall_into_the_last_payment() -> None:
    plan = schedule(100_00, 3, method="flat_fee", monthly_fee_rate=0.00501)
    assert plan.principal == (33_33, 33_33, 33_34)
    assert plan.interest == (50, 50, 50)
    assert schedule(10_01, 2, method="bullet").principal == (0, 10_01)


def test_level_payment_is_level() -> None:
    plan = schedule(100_000_00, 12, method="level_payment", annual_rate=0.12)
    assert max(plan.payments) - min(plan.payments) <= 12
    assert 100 * annual_percentage_rate(100_000_00, plan.payments) == pytest.approx(12.0, abs=1e-3)


def test_effective_rate_compounds_the_nominal_one() -> None:
    plan = schedule(100_000_00, 12, method="equal_principal", annual_rate=0.12)
    effective = annual_percentage_rate(100_000_00, plan.payments, convention="effective")
    assert effective == pytest.approx(1.01**12 - 1, abs=1e-5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"principal_fen": 0, "months": 3, "method": "bullet"}, "principal_fen"),
        ({"principal_fen": 100, "months": 0, "method": "bullet"}, "months"),
        ({"principal_fen": 100, "months": 3, "method": "ballon"}, "one of flat_fee"),
        ({"principal_fen": 100, "months": 3, "method": "bullet", "annual_rate": -0.1}, "rates"),
    ],
)
def test_impossible_loans_are_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        schedule(**arguments)  # type: ignore[arg-type]


def test_payments_below_the_principal_have_no_rate() -> None:
    with pytest.raises(ValueError, match="less than the principal"):
        annual_percentage_rate(100, [30, 30, 30])
