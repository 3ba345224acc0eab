"""JD Baitiao's own arithmetic: Table 2 (with its misprint corrected) and the APR column of Table 3."""

from __future__ import annotations

import pytest

from sim.credit.products import annual_percentage_rate, schedule

TABLE_2 = {3: 1015, 6: 515, 12: 265, 24: 140}
"""Monthly payment in yuan on 3,000 yuan at 0.5 %; the paper prints 1,050 for three months, 15 + 1,000 = 1,015 (flag
F05)."""
TABLE_2_INTEREST_BP = {3: 150, 6: 300, 12: 600, 24: 1200}
TABLE_3_APR = {3: 8.98, 4: 9.56, 6: 10.21, 8: 10.56, 12: 10.89, 24: 11.13}
APR_AT_1_2_PERCENT = {3: 21.47, 4: 22.82, 6: 24.28, 8: 25.0, 12: 25.6, 24: 25.59}
CORRECT_PER_100 = {3: 33.83, 4: 25.5, 6: 17.17, 8: 13.0, 12: 8.83, 24: 4.67}


@pytest.mark.parametrize("months", TABLE_2)
def test_table_2_monthly_payment(months: int) -> None:
    plan = schedule(3_000_00, months, method="flat_fee", monthly_fee_rate=0.005)
    assert set(plan.payments) == {TABLE_2[months] * 100}
    assert sum(plan.interest) * 10_000 == 3_000_00 * TABLE_2_INTEREST_BP[months]


@pytest.mark.parametrize("months", TABLE_3_APR)
def test_table_3_apr_is_twelve_times_the_irr(months: int) -> None:
    plan = schedule(3_000_00, months, method="flat_fee", monthly_fee_rate=0.005)
    percent = 100 * annual_percentage_rate(3_000_00, plan.payments)
    # Printed with two decimals; the 12-month row is cut (10.896 -> 10.89), the others are rounded.
    assert percent == pytest.approx(TABLE_3_APR[months], abs=0.0065)


@pytest.mark.parametrize("months", APR_AT_1_2_PERCENT)
def test_apr_at_the_highest_fee(months: int) -> None:
    plan = schedule(3_000_00, months, method="flat_fee", monthly_fee_rate=0.012)
    assert 100 * annual_percentage_rate(3_000_00, plan.payments) == pytest.approx(
        APR_AT_1_2_PERCENT[months], abs=0.0065
    )


@pytest.mark.parametrize("months", CORRECT_PER_100)
def test_payment_per_100_yuan_corrected(months: int) -> None:
    plan = schedule(100_000_000, months, method="flat_fee", monthly_fee_rate=0.005)
    assert plan.payments[0] / 1_000_000 == pytest.approx(CORRECT_PER_100[months], abs=0.005)
