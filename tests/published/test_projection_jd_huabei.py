"""The deals of the papers, projected: JD Baitiao 2015 (600/104/96 m, 5.1 / 7.3 %) and CICC-Huabei 2017 (88.5/3/8.5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sim.calendar import add_months, date_of, day_of
from sim.deals.fees import interest_fen
from sim.deals.pricing import dated_yield
from sim.deals.projection import Projection, project
from sim.deals.terms import DealTerms

JD: dict[str, Any] = {
    "programme": "JD Baitiao 2015-1",
    "originator": "originator:jd",
    "manager": "manager:huatai",
    "custodian": "custodian:industrial_bank",
    "agency": "agency:united",
    "investors": {"investor:funds": 10_000},
    "cutoff": "2015-10-01",
    "closing": "2015-10-28",
    "face_fen": 80_000_000_000,
    "tranches": {
        "priority01": {"rank": 0, "share_bp": 7500, "coupon_bp": 510, "rating": "AAA"},
        "priority02": {"rank": 1, "share_bp": 1300, "coupon_bp": 730, "rating": "AA-"},
        "subordinated": {"rank": 2, "share_bp": 1200, "holders": {"originator:jd": 10_000}},
    },
    "revolving_months": 12,
    "amortisation_months": 12,
    "payment_calendar": {"revolving": "quarterly", "rule": {"kind": "day_of_month", "day": 26}},
    "order": "tranche_by_tranche",
    "purchase": {"uses_income": True},
}
HUABEI: dict[str, Any] = JD | {
    "programme": "CICC-Huabei 2017",
    "cutoff": "2017-06-15",
    "closing": "2017-06-15",
    "face_fen": 600_000_000_000,
    "tranches": {
        "senior": {"rank": 0, "share_bp": 8850, "coupon_bp": 500, "rating": "AAA"},
        "mezzanine": {"rank": 1, "share_bp": 300, "coupon_bp": 550, "rating": "AA+"},
        "equity": {"rank": 2, "share_bp": 850, "holders": {"originator:ant": 10_000}},
    },
    "revolving_months": 10,
    "amortisation_months": 2,
    "payment_calendar": {
        "revolving": "at_end",
        "calculation": "anniversary",
        "rule": {"kind": "nth_working_day", "n": 8},
    },
    "order": "interest_then_principal",
}


def rows_of(result: Projection, tranche: str) -> list[dict[str, Any]]:
    return [row for row in result.tranches.to_pylist() if row["tranche"] == tranche]


@pytest.fixture(scope="module")
def jd() -> Projection:
    """Twelve months of purchases with what comes in, then the pool runs down by a twelfth a month."""
    ends = [add_months(day_of(date(2015, 10, 1)), month) - 1 for month in range(1, 25)]
    pool, columns = (
        80_000_000_000,
        {name: [] for name in ("principal", "interest", "recovery", "defaulted", "balance", "purchased")},
    )
    for month, _ in enumerate(ends, start=1):
        interest = pool * 9 // 1200
        principal = pool // (12 if month <= 12 else 25 - month)
        defaulted = 80_000_000
        bought = principal if month <= 12 else 0
        pool += bought - principal - defaulted if month < 24 else -pool
        if month == 24:
            principal -= defaulted
        for name, fen in zip(columns, (principal, interest, 0, defaulted, pool, bought), strict=True):
            columns[name].append(fen)
    table = {f"{name}_fen": values for name, values in columns.items()} | {"date": [date_of(day) for day in ends]}
    return project(JD, table)


def test_jd_tranches_have_the_printed_sizes() -> None:
    terms = DealTerms.model_validate(JD)
    assert [terms.tranche_face_fen(name) // 10**8 for name in terms.ranked] == [600, 104, 96]


def test_jd_pays_quarterly_while_revolving_and_monthly_after(jd: Projection) -> None:
    rows = rows_of(jd, "priority01")
    assert [row["phase"] for row in rows][:6] == ["revolving"] * 4 + ["amortising"] * 2
    months = [(row["date"].year - 2015) * 12 + row["date"].month for row in rows]
    assert months[:6] == [13, 16, 19, 22, 23, 24]


def test_jd_first_quarter_of_interest(jd: Projection) -> None:
    """600 m x 5.1 % x 90 / 365 = 7,545,205.479 yuan; 104 m x 7.3 % x 90 / 365 = 1,872,000 yuan."""
    first, second = rows_of(jd, "priority01")[0], rows_of(jd, "priority02")[0]
    assert (date(2016, 1, 26) - date(2015, 10, 28)).days == 90
    assert first["interest_paid_fen"] == 754_520_548
    assert second["interest_paid_fen"] == 187_200_000


def test_jd_order_of_distribution(jd: Projection) -> None:
    """P01 principal and interest, then P02, then the subordinated tranche: nothing reaches P02 while P01 lives."""
    amortising = [row for row in jd.tranches.to_pylist() if row["phase"] in {"amortising", "liquidating"}]
    alive = {row["date"]: row["outstanding_fen"] for row in amortising if row["tranche"] == "priority01"}
    for row in amortising:
        if alive[row["date"]] and row["tranche"] != "priority01":
            assert row["principal_paid_fen"] == row["interest_paid_fen"] == row["residual_paid_fen"] == 0
    assert all(row["outstanding_fen"] == 0 for row in jd.tranches.to_pylist()[-3:])
    assert sum(row["interest_due_fen"] - row["interest_paid_fen"] for row in jd.tranches.to_pylist()) == 0


def test_jd_seniors_yield_their_coupon(jd: Projection) -> None:
    rows = rows_of(jd, "priority01")
    days = [day_of(date(2015, 10, 28)), *(day_of(row["date"]) for row in rows)]
    flows = [-60_000_000_000, *(row["interest_paid_fen"] + row["principal_paid_fen"] for row in rows)]
    assert dated_yield(days, flows) == pytest.approx(0.0520, abs=2e-4)  # 5.1 % paid quarterly


def huabei(monthly_payment_bp: int, loss_bp: int = 0, **changes: Any) -> Projection:
    """A pool that stands still while revolving, then loses `loss_bp` of itself and repays at a monthly rate.

    Interest collected is exactly what the notes are due, so no excess spread hides what subordination does.
    """
    terms = DealTerms.model_validate(HUABEI | changes)
    pool = terms.face_fen
    defaulted = pool * loss_bp // 10_000
    outstanding = [terms.tranche_face_fen(name) for name in terms.seniors]
    coupons = [terms.tranches[name].coupon_bp or 0 for name in terms.seniors]
    columns: dict[str, list[Any]] = {
        name: [] for name in ("date", "principal_fen", "interest_fen", "recovery_fen", "defaulted_fen", "balance_fen")
    }
    left = pool - defaulted
    months = [when for when in terms.schedule().dates if when.month <= 14]
    for when in months:
        amortises = when.month > terms.revolving_months
        last = when is months[-1] and monthly_payment_bp == 10_000
        principal = left if last else left * monthly_payment_bp // 10_000 if amortises else 0
        interest = sum(interest_fen(fen, bp, when.interest_days) for fen, bp in zip(outstanding, coupons, strict=True))
        left -= principal
        for place in range(len(outstanding)):
            repaid = min(outstanding[place], principal)
            outstanding[place] -= repaid
            principal -= repaid
        columns["date"].append(date_of(when.collections_to))
        columns["principal_fen"].append(columns["balance_fen"][-1] - left if columns["balance_fen"] else 0)
        columns["interest_fen"].append(interest)
        columns["recovery_fen"].append(0)
        columns["defaulted_fen"].append(0 if columns["balance_fen"] else defaulted)
        columns["balance_fen"].append(left)
        if left == 0:
            break
    return project(terms, columns)


@pytest.mark.parametrize(
    ("loss_bp", "mezzanine_lost", "senior_lost"), [(850, 0, 0), (851, 1, 0), (1150, 300, 0), (1153, 300, 1)]
)
def test_huabei_credit_support_is_what_the_paper_prints(loss_bp: int, mezzanine_lost: int, senior_lost: int) -> None:
    """8.5 % of support for senior and mezzanine, 11.5 % for the senior alone: what exceeds it is lost.

    At the end of the deal the senior is repaid before the mezzanine gets interest, so the last month of mezzanine
    interest (3 % x 5.5 % x 31 / 365 = 1.4 bp) stands before the senior too.
    """
    result = huabei(10_000, loss_bp)
    unit = HUABEI["face_fen"] // 10_000
    lost = {name: sum(row["written_down_fen"] for row in rows_of(result, name)) // unit for name in HUABEI["tranches"]}
    assert lost == {"senior": senior_lost, "mezzanine": mezzanine_lost, "equity": 850}


UNPAID = {"kind": "tranche_unpaid_at_expected_maturity", "family": "acceleration", "effect": "accelerate"}


@pytest.mark.parametrize(("rate_bp", "repaid"), [(7_200, True), (7_000, False)])
def test_huabei_allocation_period_must_fit_the_payment_rate(rate_bp: int, repaid: bool) -> None:
    """1 - (1 - MPR)^a >= 91.5 % needs a rate of 70.9 % for an allocation period of two months."""
    assert (1 - (1 - rate_bp / 10_000) ** 2 >= 0.915) == repaid
    result = huabei(rate_bp, triggers={"unpaid": UNPAID})
    named = [row["detail"] for row in result.events.to_pylist() if row["outcome"] == "event"]
    assert named == ([] if repaid else ["mezzanine unpaid at expected maturity -> accelerated repayment"])


def test_huabei_deficiency_payer_makes_up_for_a_slow_pool() -> None:
    support = {"guarantor": "guarantor:surety", "support": {"limit_bp": 1000}, "triggers": {"unpaid": UNPAID}}
    result = huabei(7_000, **support)
    drawn = sum(row["support_fen"] for row in result.payments.to_pylist())
    assert drawn == HUABEI["face_fen"] * 9150 // 10_000 - HUABEI["face_fen"] * 9100 // 10_000
    assert [row["outcome"] for row in result.events.to_pylist() if row["outcome"] == "event"] == []
    assert rows_of(result, "mezzanine")[2]["outstanding_fen"] == 0
