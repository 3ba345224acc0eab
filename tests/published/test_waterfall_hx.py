"""Two payment dates of a deal with the order, shares and calendar of the HX prospectus, computed by hand.

Shares 87.97 / 4.98 / 7.05 %, cut-off 2017-10-01, closing 2017-12-28, payment on the 26th; spread and fee rates are not
printed there, so those below are round assumptions. Face 10 m yuan. Interest days: 29, then 31.
"""

from __future__ import annotations

from typing import Any

import pytest

from sim.deals.projection import project

TERMS: dict[str, Any] = {
    "programme": "HX 2017-5 in small",
    "originator": "bank:issuer",
    "manager": "manager:trust",
    "custodian": "bank:keeper",
    "agency": "agency:rater",
    "investors": {"investor:fund": 10_000},
    "cutoff": "2017-10-01",
    "closing": "2017-12-28",
    "face_fen": 1_000_000_000,
    "tranches": {
        "a": {"rank": 0, "share_bp": 8797, "coupon_bp": 500, "rating": "AAA", "expected_months": 16},
        "b": {"rank": 1, "share_bp": 498, "coupon_bp": 600, "rating": "AA+", "expected_months": 18},
        "sub": {"rank": 2, "share_bp": 705, "sub_period_yield_bp": 200},
    },
    "revolving_months": 0,
    "amortisation_months": 23,
    "payment_calendar": {"revolving": "monthly", "rule": {"kind": "day_of_month", "day": 26}},
    "turbo": True,
    "pass_through_cut": True,
    "priority_expense_cap_fen": 500_000,
    "fees": {
        "trustee": {"payee": "manager", "rate_ppm": 200},
        "expenses": {"payee": "world:merchants", "step": "expense", "fixed_fen": 36_500_000},
        "front": {"payee": "servicer", "step": "front", "rate_ppm": 5_000},
    },
    "taxes": {"vat": {"from": "2018-01-01", "rate_ppm": 32_600}},
}
COLLECTIONS = {
    "date": ["2017-12-31", "2018-01-31"],
    "principal_fen": [150_000_000, 80_000_000],
    "interest_fen": [30_000_000, 2_000_000],
    "recovery_fen": [0, 0],
    "defaulted_fen": [2_000_000, 9_000_000],
    "balance_fen": [848_000_000, 759_000_000],
}


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return project(TERMS, COLLECTIONS).payments.to_pylist()


def paid(lines: list[dict[str, Any]], period: int) -> list[tuple[str, str, int, int]]:
    return [(x["waterfall"], x["name"], x["due_fen"], x["paid_fen"]) for x in lines if x["period"] == period]


def test_first_payment_with_three_months_of_collections(lines: list[dict[str, Any]]) -> None:
    # 1,000,000,000 x 200 ppm x 29/365 = 15,890.41; x 5,000 ppm = 397,260.27; expenses 36,500,000 x 29/365 = 2,900,000
    # A 879,700,000 x 5 % x 29/365 = 3,494,698.63; B 49,800,000 x 6 % x 29/365 = 237,402.74; VAT only from 2018
    # 30,000,000 - 15,890 - 500,000 - 397,260 - 3,494,699 - 237,403 = 25,354,748, less top-up 2,000,000, less expenses
    # above the cap 2,400,000, less Sub 70,500,000 x 2 % x 29/365 = 112,027.40, leaves 20,842,721 for principal
    # A: 172,842,721 over 87,970 certificates gives 1,964 fen each
    assert paid(lines, 1) == [
        ("principal", "lend to income", 0, 0),
        ("income", "vat", 0, 0),
        ("income", "trustee", 15_890, 15_890),
        ("income", "expenses", 500_000, 500_000),
        ("income", "front", 397_260, 397_260),
        ("income", "a interest", 3_494_699, 3_494_699),
        ("income", "b interest", 237_403, 237_403),
        ("income", "top up defaulted principal", 2_000_000, 2_000_000),
        ("income", "expenses", 2_400_000, 2_400_000),
        ("income", "sub period yield", 112_027, 112_027),
        ("income", "rest to principal", 20_842_721, 20_842_721),
        ("principal", "a principal", 1_964 * 87_970, 1_964 * 87_970),
        ("principal", "b principal", 0, 0),
    ]


def test_second_payment_borrows_from_principal(lines: list[dict[str, Any]]) -> None:
    # VAT 2,000,000 x 3.26 % = 65,200; pool 848,000,000: trustee 14,404.38, front 360,109.59; expenses 3,100,000
    # A (879,700,000 - 172,773,080) x 5 % x 31/365 = 3,002,018.43; B 253,775.34
    # lines 1-6 need 4,195,507, income has 2,000,000; principal 69,641 carried + 80,000,000 - 2,195,507 = 77,874,134
    # top-up due 9,000,000 + 2,000,000 + 2,195,507 lent - 2,000,000 = 11,195,507
    assert paid(lines, 2) == [
        ("principal", "lend to income", 2_195_507, 2_195_507),
        ("income", "vat", 65_200, 65_200),
        ("income", "trustee", 14_404, 14_404),
        ("income", "expenses", 500_000, 500_000),
        ("income", "front", 360_110, 360_110),
        ("income", "a interest", 3_002_018, 3_002_018),
        ("income", "b interest", 253_775, 253_775),
        ("income", "top up defaulted principal", 11_195_507, 0),
        ("income", "expenses", 2_600_000, 0),
        ("income", "sub period yield", 119_753, 0),
        ("income", "rest to principal", 0, 0),
        ("principal", "a principal", 885 * 87_970, 885 * 87_970),
        ("principal", "b principal", 0, 0),
    ]


def test_what_the_cut_leaves_is_carried(lines: list[dict[str, Any]]) -> None:
    accounts = project(TERMS, COLLECTIONS).accounts.to_pylist()
    carried = [row["closing_fen"] for row in accounts if row["account"] == "principal"]
    assert carried == [172_842_721 - 1_964 * 87_970, 77_874_134 - 885 * 87_970]


def test_acceleration_does_not_pay_a_before_b_interest() -> None:
    """The prospectus contradicts itself; the detailed order of its contract holds: B interest before A principal."""
    trigger = {
        "kind": "cumulative_default",
        "family": "acceleration",
        "effect": "accelerate",
        "threshold_bp": {1: 100, 2: 1200},
    }
    result = project(TERMS | {"triggers": {"default": trigger}}, COLLECTIONS).payments.to_pylist()
    second = [x for x in result if x["period"] == 2]
    assert {x["phase"] for x in second} == {"accelerated"}
    assert [x["name"] for x in second if x["waterfall"] == "income"][-2:] == [
        "b interest",
        "rest to principal: accelerated",
    ]
    assert next(x for x in second if x["name"] == "b interest")["paid_fen"] == 253_775
    assert next(x for x in second if x["name"] == "a principal")["paid_fen"] == 885 * 87_970
