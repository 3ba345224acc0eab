"""What holds for every position: identity, seniority, claims, monotonicity, residual last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deal_examples import SMALL, deal
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.deals.payment_calendar import Phase
from sim.deals.terms import DealTerms
from sim.deals.waterfall import distribute
from sim.deals.waterfall_lines import Distribution, LineKind, Position, TranchePosition

SETTINGS = settings(derandomize=True, deadline=None, max_examples=250)
FEN = st.integers(0, 3_000_000) | st.integers(0, 150_000_000)
SMALL_FEN = st.integers(0, 500_000)

FEES = {
    "trustee": {"payee": "manager", "rate_ppm": 100},
    "audit": {"payee": "world:merchants", "step": "expense", "fixed_fen": 1},
    "front": {"payee": "servicer", "step": "front", "rate_ppm": 100},
    "back": {"payee": "servicer", "step": "back", "rate_ppm": 100},
}


@st.composite
def any_terms(draw: Any) -> DealTerms:
    tranches = SMALL["tranches"] | {"sub": SMALL["tranches"]["sub"] | {"sub_period_yield_bp": 200}}
    changes: dict[str, Any] = {
        "tranches": tranches,
        "fees": FEES,
        "taxes": {"vat": {"from": "2018-01-01", "rate_ppm": 1}},
    }
    changes["order"] = draw(st.sampled_from(["interest_then_principal", "tranche_by_tranche"]))
    changes["turbo"] = draw(st.booleans())
    changes["pass_through_cut"] = draw(st.booleans())
    changes["purchase"] = {"uses_income": draw(st.booleans())}
    if draw(st.booleans()):
        changes["reserve"] = {"target_bp": draw(st.integers(0, 500))}
    if draw(st.booleans()):
        changes["spread_account"] = {"target_bp": draw(st.integers(1, 500))}
    if draw(st.booleans()):
        changes["priority_expense_cap_fen"] = draw(SMALL_FEN)
    if draw(st.booleans()):
        changes["servicer_incentive"] = {"front_return_bp": 1200, "hurdle_bp": 1500, "sub_share_bp": 2000}
    if draw(st.booleans()):
        covers = draw(st.sets(st.sampled_from(["expenses", "senior_interest", "senior_principal"]), min_size=1))
        changes |= {"guarantor": "guarantor:surety", "support": {"limit_bp": 1000, "covers": sorted(covers)}}
    return deal(**changes)


@st.composite
def any_position(draw: Any) -> Position:
    tranches = {}
    due_so_far = True
    for name, face in (("a", 80_000_000), ("b", 10_000_000), ("sub", 10_000_000)):
        outstanding = draw(st.integers(0, face)) if name != "b" else draw(st.sampled_from([0, 1, 5_000_000, face]))
        due_so_far = due_so_far and name != "sub" and draw(st.booleans())
        tranches[name] = TranchePosition(
            outstanding_fen=outstanding,
            accrued_fen=draw(SMALL_FEN) if outstanding else 0,
            unpaid_fen=draw(SMALL_FEN) if outstanding and name != "sub" else 0,
            principal_due_fen=outstanding if due_so_far else 0,
        )
    front = draw(SMALL_FEN)
    return Position(
        day=2900,
        phase=draw(st.sampled_from(list(Phase))),
        income_fen=draw(FEN),
        principal_fen=draw(FEN),
        reserve_fen=draw(FEN),
        spread_fen=draw(SMALL_FEN),
        tranches=tranches,
        fees_fen={name: draw(SMALL_FEN) for name in FEES},
        taxes_fen={"vat": draw(SMALL_FEN)},
        defaulted_fen=draw(FEN),
        defaulted_before_fen=draw(SMALL_FEN),
        lent_to_income_fen=draw(SMALL_FEN),
        topped_up_fen=draw(SMALL_FEN),
        support_fen=draw(FEN),
        sub_front_return_fen=front,
        sub_hurdle_fen=front + draw(SMALL_FEN),
        servicer_caused=draw(st.booleans()),
        is_final=draw(st.booleans()),
    )


def cash_after(result: Distribution) -> int:
    return result.income_fen + result.principal_fen + result.reserve_fen + result.spread_fen


@SETTINGS
@given(any_terms(), any_position())
def test_cash_and_support_equal_payments_and_cash_left(terms: DealTerms, position: Position) -> None:
    result = distribute(terms, position)
    before = position.income_fen + position.principal_fen + position.reserve_fen + position.spread_fen
    assert (
        before
        + result.support_fen
        - sum(line.paid_fen for line in result.lines if line.kind is not LineKind.TRANSFER)
        - cash_after(result)
        == 0
    )
    assert result.support_fen == sum(line.support_fen for line in result.lines) <= position.support_fen
    assert min(result.income_fen, result.principal_fen, result.reserve_fen, result.spread_fen) >= 0
    if position.is_final or position.phase is Phase.LIQUIDATING:
        assert cash_after(result) == 0


@SETTINGS
@given(any_terms(), any_position())
def test_nobody_gets_more_than_the_claim_and_what_is_unpaid_is_carried(terms: DealTerms, position: Position) -> None:
    result = distribute(terms, position)
    assert all(0 <= line.paid_fen <= line.due_fen for line in result.lines)
    for name, tranche in position.tranches.items():
        after = result.tranches[name]
        assert after.principal_paid_fen + after.outstanding_fen == tranche.outstanding_fen
        assert after.outstanding_fen >= 0
        if name != "sub":
            assert after.interest_paid_fen + after.unpaid_fen == tranche.accrued_fen + tranche.unpaid_fen
            assert after.unpaid_fen >= 0
        assert after.missed_fen >= 0
    for name, due in position.fees_fen.items():
        paid = sum(line.paid_fen for line in result.lines if line.name == name)
        assert paid + result.fees_unpaid_fen[name] == due
        assert result.fees_unpaid_fen[name] >= 0


@SETTINGS
@given(any_terms(), any_position())
def test_seniors_come_first(terms: DealTerms, position: Position) -> None:
    """Cash reaches a tranche's principal only after every earlier one is repaid; interest likewise in rank order."""
    result = distribute(terms, position)

    def from_cash(name: str, kind: LineKind) -> int:
        return sum(x.paid_fen - x.support_fen for x in result.lines if x.tranche == name and x.kind is kind)

    a, b = result.tranches["a"], result.tranches["b"]
    if from_cash("b", LineKind.PRINCIPAL):
        assert a.outstanding_fen == 0
    if from_cash("b", LineKind.INTEREST):
        assert a.unpaid_fen == 0
    residual = from_cash("sub", LineKind.RESIDUAL) + from_cash("sub", LineKind.PRINCIPAL)
    if residual and position.phase is not Phase.REVOLVING:
        assert a.outstanding_fen == b.outstanding_fen == a.unpaid_fen == b.unpaid_fen == 0
    if residual and position.phase is Phase.REVOLVING and not position.is_final:
        assert result.deficiency_fen == 0
        assert not terms.turbo
        assert a.missed_fen == b.missed_fen == 0
    if result.support_fen and not position.is_final and position.phase is not Phase.LIQUIDATING:
        assert residual == 0 or a.outstanding_fen + b.outstanding_fen == 0


@SETTINGS
@given(any_terms(), any_position(), st.sampled_from(["income_fen", "principal_fen"]), FEN)
def test_more_cash_never_pays_a_tranche_less(terms: DealTerms, position: Position, account: str, more: int) -> None:
    def received(result: Distribution) -> dict[str, int]:
        return {
            name: after.interest_paid_fen + after.principal_paid_fen + after.residual_paid_fen
            for name, after in result.tranches.items()
        }

    poor = distribute(terms, position)
    rich = distribute(terms, replace(position, **{account: getattr(position, account) + more}))
    for name, fen in received(poor).items():
        assert received(rich)[name] >= fen
    assert rich.support_fen <= poor.support_fen
