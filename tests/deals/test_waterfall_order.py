"""Single lines of the order of payment, one at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from deal_examples import SMALL, deal

from sim.deals.payment_calendar import Phase
from sim.deals.terms import DealTerms
from sim.deals.waterfall import distribute
from sim.deals.waterfall_lines import Distribution, LineKind, Position, TranchePosition
from sim.errors import InvariantError


def position(phase: Phase = Phase.AMORTISING, **changes: Any) -> Position:
    base = Position(
        day=2600,
        phase=phase,
        income_fen=1_000_000,
        principal_fen=5_000_000,
        tranches={
            "a": TranchePosition(80_000_000, accrued_fen=300_000),
            "b": TranchePosition(10_000_000, accrued_fen=60_000),
            "sub": TranchePosition(10_000_000),
        },
    )
    return replace(base, **changes)


def paid(distribution: Distribution, name: str) -> int:
    return sum(line.paid_fen for line in distribution.lines if line.name == name)


def named(distribution: Distribution, waterfall: str) -> list[str]:
    return [line.name for line in distribution.lines if line.waterfall == waterfall]


def full_deal(**changes: Any) -> DealTerms:
    fees = {
        "issue": {"payee": "world:merchants", "step": "issuance", "fixed_fen": 1},
        "trustee": {"payee": "manager", "rate_ppm": 100},
        "audit": {"payee": "world:merchants", "step": "expense", "fixed_fen": 1},
        "front": {"payee": "servicer", "step": "front", "rate_ppm": 100},
        "back": {"payee": "servicer", "step": "back", "rate_ppm": 100},
    }
    taxes = {"vat": {"from": "2018-01-01", "rate_ppm": 32_600}}
    tranches = SMALL["tranches"] | {"sub": SMALL["tranches"]["sub"] | {"sub_period_yield_bp": 200}}
    terms = {"fees": fees, "taxes": taxes, "tranches": tranches, "turbo": True, "priority_expense_cap_fen": 500}
    return deal(**(terms | changes))


DUES: dict[str, Any] = {
    "fees_fen": {"issue": 100, "trustee": 200, "audit": 900, "front": 300, "back": 400},
    "taxes_fen": {"vat": 50},
    "defaulted_fen": 7_000,
    "defaulted_before_fen": 2_000,
    "lent_to_income_fen": 1_500,
    "topped_up_fen": 500,
}


def test_income_follows_the_grammar() -> None:
    result = distribute(full_deal(reserve={"target_bp": 10}), position(**DUES))
    assert named(result, "income") == [
        "release reserve",
        "reserve covers shortfall",
        "vat",
        "issue",
        "trustee",
        "audit",
        "front",
        "a interest",
        "b interest",
        "top up defaulted principal",
        "top up reserve",
        "audit",
        "sub period yield",
        "rest to principal",
    ]
    audits = [line.paid_fen for line in result.lines if line.name == "audit"]
    assert audits == [500, 400]
    assert result.topped_up_fen == 7_000 + 2_000 + 1_500 - 500
    assert result.deficiency_fen == 0


def test_fees_of_one_step_share_pro_rata_and_the_rest_is_carried() -> None:
    result = distribute(full_deal(), position(income_fen=500, principal_fen=0, **DUES))
    assert (paid(result, "vat"), paid(result, "issue")) == (50, 100)
    assert (paid(result, "trustee"), paid(result, "audit")) == (100, 250)
    assert result.fees_unpaid_fen == {"issue": 0, "trustee": 100, "audit": 650, "front": 300, "back": 400}
    assert result.tranches["a"].unpaid_fen == 300_000


def test_principal_is_lent_to_income_for_senior_lines_only() -> None:
    result = distribute(full_deal(), position(income_fen=0, **DUES))
    lent = 50 + 100 + 200 + 500 + 300 + 300_000 + 60_000
    assert result.lent_to_income_fen == lent
    assert result.tranches["a"].principal_paid_fen == 5_000_000 - lent
    assert result.deficiency_fen == 7_000 + 2_000 + 1_500 - 500 + lent
    assert result.topped_up_fen == 0


def test_acceleration_sends_income_to_principal_only_after_b_interest() -> None:
    """The detailed order of the HX contract, against the summary in the same prospectus."""
    result = distribute(full_deal(), position(Phase.ACCELERATED, **DUES))
    order = named(result, "income")
    assert order[-3:] == ["a interest", "b interest", "rest to principal: accelerated"]
    assert result.tranches["b"].interest_paid_fen == 60_000
    assert result.tranches["a"].principal_paid_fen == 6_000_000 - 50 - 100 - 200 - 500 - 300 - 360_000
    assert result.tranches["a"].outstanding_fen > 0


def test_default_pays_a_in_full_before_b_gets_interest() -> None:
    result = distribute(full_deal(), position(Phase.DEFAULTED, **DUES))
    assert named(result, "combined")[:7] == [
        "pool income and principal",
        "vat",
        "issue",
        "trustee",
        "audit",
        "front",
        "a interest",
    ]
    assert paid(result, "audit") == 900  # no cap any more
    assert result.tranches["b"].interest_paid_fen == 0
    assert result.tranches["b"].unpaid_fen == 60_000
    assert result.tranches["a"].principal_paid_fen == 6_000_000 - 50 - 100 - 200 - 900 - 300 - 300_000


def test_front_fee_comes_last_when_the_servicer_caused_the_default() -> None:
    short = distribute(full_deal(), position(Phase.DEFAULTED, servicer_caused=True, **DUES))
    assert short.fees_unpaid_fen["front"] == 300
    rich = distribute(full_deal(), position(Phase.DEFAULTED, servicer_caused=True, principal_fen=95_000_000, **DUES))
    names = named(rich, "combined")
    assert names.index("front") > names.index("b principal")
    assert paid(rich, "front") == 300


def test_revolving_keeps_principal_for_purchases_and_pays_the_excess_out() -> None:
    result = distribute(deal(), position(Phase.REVOLVING))
    assert result.principal_fen == 5_000_000
    assert result.tranches["sub"].residual_paid_fen == 1_000_000 - 360_000
    assert result.tranches["a"].principal_paid_fen == 0


@pytest.mark.parametrize("terms", [deal(turbo=True), deal(purchase={"uses_income": True})])
def test_revolving_excess_buys_loans_under_turbo_or_if_income_buys(terms: DealTerms) -> None:
    result = distribute(terms, position(Phase.REVOLVING))
    assert result.principal_fen == 5_000_000 + 1_000_000 - 360_000
    assert result.residual_fen == 0


def test_revolving_residual_waits_for_the_deficiency() -> None:
    result = distribute(deal(), position(Phase.REVOLVING, defaulted_fen=900_000))
    assert result.residual_fen == 0
    assert result.topped_up_fen == 640_000
    assert result.deficiency_fen == 260_000


def test_amortising_without_turbo_holds_excess_income_until_seniors_are_repaid() -> None:
    held = distribute(deal(), position())
    assert (held.income_fen, held.residual_fen) == (640_000, 0)
    done = distribute(deal(), position(principal_fen=100_000_000))
    assert done.tranches["sub"].principal_paid_fen == 10_000_000
    assert done.residual_fen == 640_000
    assert (done.income_fen, done.principal_fen) == (0, 0)


def test_pass_through_is_cut_per_hundred_yuan_and_the_rest_is_carried() -> None:
    terms = deal(pass_through_cut=True)
    result = distribute(terms, position(principal_fen=5_004_321))
    assert result.tranches["a"].principal_paid_fen == 5_000_000  # 8,000 certificates get 625 fen each
    assert result.principal_fen == 4_321
    assert result.tranches["b"].principal_paid_fen == 0
    last = distribute(terms, position(principal_fen=80_500_500))
    assert last.tranches["a"].principal_paid_fen == 80_000_000
    assert last.tranches["b"].principal_paid_fen == 500_000  # 1,000 certificates get 500 fen each
    assert last.principal_fen == 500


def test_spread_account_then_reserve_then_principal_then_support() -> None:
    terms = deal(
        reserve={"target_bp": 100},
        spread_account={"target_bp": 100},
        support={"limit_bp": 1000},
        guarantor="guarantor:surety",
    )
    base = position(income_fen=0, spread_fen=100_000, reserve_fen=100_000, principal_fen=100_000, support_fen=9_000_000)
    result = distribute(terms, base)
    assert (result.spread_fen, result.reserve_fen, result.lent_to_income_fen) == (0, 0, 100_000)
    assert result.support_fen == 360_000 - 300_000
    by_support = [(line.name, line.support_fen) for line in result.lines if line.support_fen]
    assert by_support == [("b interest", 60_000)]


def test_support_pays_principal_only_once_it_is_due() -> None:
    terms = deal(support={"limit_bp": 1000}, guarantor="guarantor:surety")
    before = distribute(terms, position(support_fen=9_000_000))
    assert before.support_fen == 0
    due = {
        "a": TranchePosition(8_000_000, 300_000, principal_due_fen=8_000_000),
        "b": TranchePosition(10_000_000, 60_000),
        "sub": TranchePosition(10_000_000),
    }
    result = distribute(terms, position(tranches=due, support_fen=9_000_000))
    # income left after interest also repays what is due, then support
    assert result.support_fen == 8_000_000 - 5_000_000 - 640_000
    assert result.tranches["a"].missed_fen == 0


def test_support_that_covers_principal_only_leaves_interest_short() -> None:
    terms = deal(support={"limit_bp": 1000, "covers": ["senior_principal"]}, guarantor="guarantor:surety")
    result = distribute(terms, position(income_fen=0, principal_fen=0, support_fen=9_000_000))
    assert result.support_fen == 0
    assert result.tranches["a"].missed_fen == 300_000


def test_tranche_by_tranche_defers_the_next_tranche() -> None:
    terms = deal(order="tranche_by_tranche")
    result = distribute(terms, position())
    assert result.tranches["a"].principal_paid_fen == 5_700_000
    b = result.tranches["b"]
    assert (b.interest_due_fen, b.interest_paid_fen, b.unpaid_fen, b.missed_fen) == (0, 0, 60_000, 0)
    repaid = distribute(terms, position(principal_fen=82_000_000))
    assert repaid.tranches["b"].interest_paid_fen == 60_000
    assert repaid.tranches["b"].principal_paid_fen == 83_000_000 - 80_300_000 - 60_000


def test_reserve_above_target_is_released_and_all_of_it_at_the_end() -> None:
    terms = deal(reserve={"target_bp": 100})
    result = distribute(terms, position(reserve_fen=1_000_000))
    assert result.reserve_fen == 900_000
    final = distribute(terms, position(reserve_fen=1_000_000, is_final=True))
    assert (final.reserve_fen, final.income_fen, final.principal_fen) == (0, 0, 0)


def test_residual_is_shared_with_the_servicer_up_to_the_hurdle() -> None:
    terms = deal(servicer_incentive={"front_return_bp": 1200, "hurdle_bp": 1500, "sub_share_bp": 2000})
    rich = position(
        principal_fen=101_000_000,
        income_fen=560_000,
        sub_front_return_fen=400_000,
        sub_hurdle_fen=500_000,
        is_final=True,
    )
    result = distribute(terms, rich)
    # 1,200,000 is left after all principal: 400,000 first return, 20 / 80 until 100,000 more, the rest to the servicer
    assert paid(result, "sub first return") == 400_000
    assert paid(result, "sub share of residual") == 100_000
    assert paid(result, "floating servicing fee") == 400_000
    assert paid(result, "rest to servicer") == 300_000
    assert result.sub_hurdle_paid_fen == 500_000
    assert result.residual_fen == 500_000


def test_losses_fall_on_sub_then_b_then_a() -> None:
    for pool, expected in ((95_000_000, (0, 0, 5_000_000)), (85_000_000, (0, 5_000_000, 10_000_000))):
        final = distribute(deal(), position(Phase.LIQUIDATING, principal_fen=pool, income_fen=360_000, is_final=True))
        assert tuple(final.tranches[name].outstanding_fen for name in ("a", "b", "sub")) == expected
    final = distribute(deal(), position(principal_fen=70_000_000, income_fen=300_000, is_final=True))
    assert [final.tranches[name].outstanding_fen for name in ("a", "b", "sub")] == [10_000_000] * 3
    assert final.tranches["a"].missed_fen == 10_000_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"income_fen": -1}, "income_fen is -1 fen"),
        ({"fees_fen": {"x": 1}}, "no fee or tax called x"),
        ({"tranches": {"a": TranchePosition(1)}}, "give one position for each tranche"),
        (
            {"tranches": {n: TranchePosition(1, principal_due_fen=2) for n in ("a", "b", "sub")}},
            "above the outstanding 1 fen",
        ),
    ],
)
def test_impossible_positions_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvariantError, match=message):
        distribute(deal(), position(**changes))


def test_transfers_are_no_payments() -> None:
    result = distribute(deal(), position(income_fen=0))
    moved = sum(line.paid_fen for line in result.lines if line.kind is LineKind.TRANSFER)
    assert moved == 360_000
    assert result.paid_fen == 5_000_000
