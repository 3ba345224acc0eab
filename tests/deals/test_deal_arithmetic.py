"""Fees, taxes, purchases, eligibility, yields and what is carried from date to date."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from deal_examples import deal
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.calendar import day_of
from sim.deals.eligibility import EligibilityTerms, eligible
from sim.deals.fees import FeeTerms, TaxTerms, fee_fen, interest_fen, tax_fen
from sim.deals.payment_calendar import Phase
from sim.deals.position import Carry, Holdings, position_on
from sim.deals.pricing import dated_yield
from sim.deals.purchase import affordable_principal_fen, budget_fen, price_fen
from sim.deals.waterfall import distribute

SETTINGS = settings(derandomize=True, deadline=None)


def test_interest_and_fees_round_half_up() -> None:
    assert interest_fen(36_500, 100, 5) == 5
    assert interest_fen(3_650, 100, 5) == 1  # 0.5 fen
    fee = FeeTerms(payee="manager", rate_ppm=1_000, fixed_fen=730)
    assert fee_fen(fee, pool_fen=3_650_000, notes_fen=0, income_fen=0, days=73) == 730 + 146
    on_income = FeeTerms(payee="servicer", step="back", basis="income", rate_ppm=10_000)
    assert fee_fen(on_income, pool_fen=0, notes_fen=0, income_fen=149, days=30) == 1
    once = FeeTerms(payee="world:merchants", step="issuance", basis="notes", rate_ppm=500, fixed_fen=7)
    assert fee_fen(once, pool_fen=0, notes_fen=1_000_000, income_fen=0, days=1) == 507


def test_vat_is_owed_from_its_first_day() -> None:
    vat = TaxTerms.model_validate({"from": "2018-01-01", "rate_ppm": 32_600})
    assert tax_fen(vat, day_of(date(2017, 12, 31)), 1_000_000) == 0
    assert tax_fen(vat, day_of(date(2018, 1, 1)), 1_000_000) == 32_600


def test_issuance_costs_fall_due_once() -> None:
    terms = deal(fees={"issue": {"payee": "world:merchants", "step": "issuance", "fixed_fen": 100}})
    schedule = terms.schedule()
    held = Holdings(60, 0, {"a": 80, "b": 10, "sub": 10}, pool_fen=100)
    first, second = schedule.dates[:2]
    position = position_on(terms, schedule, first, Carry(), held, phase=Phase.REVOLVING)
    assert position.fees_fen == {"issue": 100}
    carry = Carry().after(position, distribute(terms, position))
    assert position_on(terms, schedule, second, carry, held, phase=Phase.REVOLVING).fees_fen == {"issue": 40}


def test_principal_is_due_from_expected_maturity_on() -> None:
    terms = deal()
    schedule = terms.schedule()
    held = Holdings(0, 0, {"a": 80, "b": 10, "sub": 10}, pool_fen=100)
    due = [
        position_on(terms, schedule, when, Carry(), held, phase=when.phase).tranches["a"].principal_due_fen
        for when in schedule.dates[3:8]
    ]
    assert due == [0, 0, 80, 80, 80]


def test_carry_is_plain_data() -> None:
    carry = Carry({"a": 1}, {"fee": 2}, {"vat": 3}, 4, 5, 6, 7, 8)
    assert Carry.from_data(carry.as_data()) == carry
    with pytest.raises(TypeError, match="topped_up_fen"):
        Carry.from_data({key: value for key, value in carry.as_data().items() if key != "topped_up_fen"})


def test_a_purchase_leaves_what_the_next_payment_needs() -> None:
    terms, both = deal(), deal(purchase={"uses_income": True})
    cash = {"principal_fen": 1_000, "income_fen": 300, "principal_needed_fen": 100}
    assert budget_fen(terms, **cash, income_needed_fen=200) == 900
    assert budget_fen(both, **cash, income_needed_fen=200) == 1_000
    assert budget_fen(terms, **cash, income_needed_fen=700) == 500
    assert budget_fen(terms, **cash, income_needed_fen=9_000) == 0


@SETTINGS
@given(st.integers(500_000, 1_500_000), st.integers(0, 10**12))
def test_what_is_affordable_is_the_most_that_cash_pays(factor: int, cash: int) -> None:
    terms = deal(purchase={"price_factor_ppm": factor})
    principal = affordable_principal_fen(terms, cash)
    assert price_fen(terms, principal) <= cash < price_fen(terms, principal + 1)


def test_eligibility_tests_each_criterion() -> None:
    criteria = EligibilityTerms(
        min_remaining_months=2,
        max_remaining_months=12,
        min_owed_fen=100,
        max_owed_fen=900,
        min_age_days=7,
        score_classes=("L1", "L2"),
        products=("bill",),
    )
    good = {
        "missed_cycles": 0,
        "remaining_months": 6,
        "owed_fen": 500,
        "age_days": 30,
        "score_class": "L1",
        "product": "bill",
    }
    bad = [
        *({"missed_cycles": 1}, {"remaining_months": 1}, {"remaining_months": 13}, {"owed_fen": 99}, {"owed_fen": 901}),
        *({"age_days": 6}, {"score_class": "L3"}, {"product": "order"}),
    ]
    loans = [good, *(good | change for change in bad)]
    columns = {name: np.array([loan[name] for loan in loans]) for name in good}
    assert eligible(criteria, **columns).tolist() == [True] + [False] * len(bad)
    assert eligible(EligibilityTerms(), **columns).tolist() == [True, False, *([True] * 7)]


def test_yield_of_dated_flows() -> None:
    assert dated_yield([0, 365], [-100_000, 105_100]) == pytest.approx(0.051, abs=1e-12)
    assert dated_yield([730, 0, 365], [105_000, -100_000, 5_000]) == pytest.approx(0.05, abs=1e-12)
    assert dated_yield([0, 365], [-100_000, 40_000]) == pytest.approx(-0.6, abs=1e-12)
    assert dated_yield([10, 375], [-100, 100]) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("days", "flows", "message"),
    [
        ([0], [-1, 2], "1 days for 2 flows"),
        ([0, 1], [1, 2], "at least one outlay"),
        ([0, 0], [-1, 2], "no yield between"),
    ],
)
def test_a_yield_that_does_not_exist_is_refused(days: list[int], flows: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dated_yield(days, flows)
