"""Each verb of a performing market, and every place it posts to: no more, no less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sim.ledger import Code, Kind, Ledger, Posting, PostingError, State

Change = Callable[[Callable[[], Any]], dict[tuple[str, ...], int]]
HOUSEHOLDS, MERCHANTS, LENDER, SPV = "world:households", "world:merchants", "originator:jd", "spv:jd-1"
BANK, OTHER_BANK, CUSTODIAN = "bank:big", "bank:small", "custodian:trust"
PRINCIPAL = f"{SPV}/principal"


def deposit(account: str, bank: str) -> tuple[str, ...]:
    return ("nominal", "DEPOSIT", account, bank, "LIVE")


def reserve(bank: str) -> tuple[str, ...]:
    return ("nominal", "RESERVE", bank, "world:central_bank", "LIVE")


def row(column: str, kind: str, creditor: str, debtor: str, state: str = "LIVE") -> tuple[str, ...]:
    return (column, kind, creditor, debtor, state)


def equity(party: str, code: str) -> tuple[str, ...]:
    return ("equity", party, code)


def test_endow_gives_cash_and_its_bank_the_reserve(ledger: Ledger, change: Change) -> None:
    assert change(lambda: ledger.endow(LENDER, 7)) == {
        deposit(LENDER, BANK): 7,
        reserve(BANK): 7,
        equity(LENDER, "opening"): 7,
        equity("world:central_bank", "opening"): -7,
    }
    assert change(lambda: ledger.endow(BANK, 7)) == {
        reserve(BANK): 7,
        equity(BANK, "opening"): 7,
        equity("world:central_bank", "opening"): -7,
    }


def test_endow_loans_opens_a_claim_on_both_sides(ledger: Ledger, loan: int, change: Change) -> None:
    assert change(lambda: ledger.endow_loans(loan, 7)) == {
        row("nominal", "LOAN", LENDER, HOUSEHOLDS): 7,
        equity(LENDER, "opening"): 7,
        equity(HOUSEHOLDS, "opening"): -7,
    }


def test_pay_within_one_bank_moves_no_reserves(ledger: Ledger, change: Change) -> None:
    assert change(lambda: ledger.pay(HOUSEHOLDS, LENDER, 7, Code.FEE)) == {
        deposit(HOUSEHOLDS, BANK): -7,
        deposit(LENDER, BANK): 7,
        equity(HOUSEHOLDS, "fee"): -7,
        equity(LENDER, "fee"): 7,
    }


def test_pay_to_another_bank_moves_reserves_too(ledger: Ledger, change: Change) -> None:
    assert change(lambda: ledger.pay(LENDER, "investor:fund", 7, Code.COST)) == {
        deposit(LENDER, BANK): -7,
        deposit("investor:fund", OTHER_BANK): 7,
        reserve(BANK): -7,
        reserve(OTHER_BANK): 7,
        equity(LENDER, "cost"): -7,
        equity("investor:fund", "cost"): 7,
    }


def test_a_bank_pays_its_own_customer_by_owing_it(ledger: Ledger, change: Change) -> None:
    assert change(lambda: ledger.pay(BANK, LENDER, 7_000, Code.INTEREST)) == {
        deposit(LENDER, BANK): 7_000,
        equity(BANK, "interest"): -7_000,
        equity(LENDER, "interest"): 7_000,
    }


def test_a_customer_pays_its_own_and_another_bank(ledger: Ledger, change: Change) -> None:
    own = {deposit(LENDER, BANK): -7, equity(LENDER, "fee"): -7, equity(BANK, "fee"): 7}
    assert change(lambda: ledger.pay(LENDER, BANK, 7, Code.FEE)) == own
    assert change(lambda: ledger.pay(LENDER, OTHER_BANK, 7, Code.FEE)) == {
        deposit(LENDER, BANK): -7,
        reserve(BANK): -7,
        reserve(OTHER_BANK): 7,
        equity(LENDER, "fee"): -7,
        equity(OTHER_BANK, "fee"): 7,
    }


def test_a_transfer_within_a_party_is_no_income(ledger: Ledger, change: Change) -> None:
    assert change(lambda: ledger.pay(PRINCIPAL, f"{SPV}/income", 7, Code.TRANSFER)) == {
        deposit(PRINCIPAL, CUSTODIAN): -7,
        deposit(f"{SPV}/income", CUSTODIAN): 7,
    }


def test_capital_is_a_share_of_the_holder_and_equity_of_the_issuer(ledger: Ledger, change: Change) -> None:
    assert change(lambda: ledger.issue_capital(LENDER, 7)) == {
        deposit("world:shareholders", BANK): -7,
        deposit(LENDER, BANK): 7,
        row("nominal", "SHARE", "world:shareholders", LENDER): 7,
        equity(LENDER, "issue"): 7,
    }


def test_capital_paid_back_takes_the_share_away_and_beyond_its_cost_is_income(ledger: Ledger, change: Change) -> None:
    ledger.issue_capital(LENDER, 7)
    assert change(lambda: ledger.redeem_capital(LENDER, 9)) == {
        deposit("world:shareholders", BANK): 9,
        deposit(LENDER, BANK): -9,
        row("nominal", "SHARE", "world:shareholders", LENDER): -7,
        equity(LENDER, "issue"): -9,
        equity("world:shareholders", "issue"): 2,
    }


def test_a_dividend_is_income_of_the_shareholder(ledger: Ledger, change: Change) -> None:
    assert change(lambda: ledger.dividend(LENDER, 7)) == {
        deposit("world:shareholders", BANK): 7,
        deposit(LENDER, BANK): -7,
        equity(LENDER, "dividend"): -7,
        equity("world:shareholders", "dividend"): 7,
    }


def test_draw_for_a_purchase_pays_the_merchant(ledger: Ledger, loan: int, change: Change) -> None:
    assert change(lambda: ledger.draw(loan, 7, payee=MERCHANTS)) == {
        row("nominal", "LOAN", LENDER, HOUSEHOLDS): 7,
        deposit(LENDER, BANK): -7,
        deposit(MERCHANTS, BANK): 7,
        equity(HOUSEHOLDS, "purchase_of_goods"): -7,
        equity(MERCHANTS, "purchase_of_goods"): 7,
    }


def test_a_lender_that_sells_the_goods_itself_moves_no_cash(ledger: Ledger, loan: int, change: Change) -> None:
    assert change(lambda: ledger.draw(loan, 7, payee=LENDER)) == {
        row("nominal", "LOAN", LENDER, HOUSEHOLDS): 7,
        equity(HOUSEHOLDS, "purchase_of_goods"): -7,
        equity(LENDER, "purchase_of_goods"): 7,
    }


def test_draw_on_a_line_uses_the_commitment(ledger: Ledger, change: Change) -> None:
    line = ledger.claim(Kind.WAREHOUSE, BANK, LENDER)
    assert change(lambda: ledger.commit(line, 50)) == {row("undrawn", "WAREHOUSE", BANK, LENDER): 50}
    assert change(lambda: ledger.draw(line, 7)) == {
        row("nominal", "WAREHOUSE", BANK, LENDER): 7,
        row("undrawn", "WAREHOUSE", BANK, LENDER): -7,
        deposit(LENDER, BANK): 7,
    }
    assert (ledger.nominal(line), ledger.undrawn(line)) == (7, 43)


def test_repay_to_the_owner(ledger: Ledger, loan: int, change: Change) -> None:
    assert change(lambda: ledger.repay(loan, 7)) == {
        row("nominal", "LOAN", LENDER, HOUSEHOLDS): -7,
        deposit(HOUSEHOLDS, BANK): -7,
        deposit(LENDER, BANK): 7,
    }


def test_what_a_servicer_receives_it_owes_until_remitted(ledger: Ledger, change: Change) -> None:
    owned = ledger.claim(Kind.LOAN, SPV, HOUSEHOLDS, deal="jd")
    ledger.endow_loans(owned, 100)
    assert change(lambda: ledger.repay(owned, 7, payee=LENDER)) == {
        row("nominal", "LOAN", SPV, HOUSEHOLDS): -7,
        deposit(HOUSEHOLDS, BANK): -7,
        deposit(LENDER, BANK): 7,
        row("nominal", "COLLECTED", SPV, LENDER): 7,
    }
    collected = ledger.claim(Kind.COLLECTED, SPV, LENDER, deal="jd")
    assert change(lambda: ledger.remit(collected, 5, LENDER, PRINCIPAL)) == {
        row("nominal", "COLLECTED", SPV, LENDER): -5,
        deposit(LENDER, BANK): -5,
        deposit(PRINCIPAL, CUSTODIAN): 5,
        reserve(BANK): -5,
        reserve(CUSTODIAN): 5,
    }


def test_accrued_income_is_earned_before_it_is_paid(ledger: Ledger, loan: int, change: Change) -> None:
    assert change(lambda: ledger.accrue(loan, 9, Code.FEE)) == {
        row("accrued", "LOAN", LENDER, HOUSEHOLDS): 9,
        equity(LENDER, "fee"): 9,
        equity(HOUSEHOLDS, "fee"): -9,
    }
    assert change(lambda: ledger.pay_accrued(loan, 4)) == {
        row("accrued", "LOAN", LENDER, HOUSEHOLDS): -4,
        deposit(HOUSEHOLDS, BANK): -4,
        deposit(LENDER, BANK): 4,
    }
    assert change(lambda: ledger.pay_accrued(loan, 5, payee="originator:partner")) == {
        row("accrued", "LOAN", LENDER, HOUSEHOLDS): -5,
        deposit(HOUSEHOLDS, BANK): -5,
        deposit("originator:partner", BANK): 5,
        row("nominal", "COLLECTED", LENDER, "originator:partner"): 5,
    }


def test_a_deposit_can_earn_interest_too(ledger: Ledger, change: Change) -> None:
    cash = ledger.claim(Kind.DEPOSIT, PRINCIPAL, CUSTODIAN)
    ledger.accrue(cash, 3)
    assert change(lambda: ledger.pay_accrued(cash, 3)) == {
        row("accrued", "DEPOSIT", PRINCIPAL, CUSTODIAN): -3,
        deposit(PRINCIPAL, CUSTODIAN): 3,
    }
    assert ledger.income(SPV)[Code.INTEREST] == 3


def test_a_penalty_is_income_when_it_is_paid(ledger: Ledger, loan: int, change: Change) -> None:
    assert change(lambda: ledger.collect_income(loan, 2, Code.PENALTY)) == {
        deposit(HOUSEHOLDS, BANK): -2,
        deposit(LENDER, BANK): 2,
        equity(LENDER, "penalty"): 2,
        equity(HOUSEHOLDS, "penalty"): -2,
    }


def test_a_guarantee_is_called_paid_and_claimed_back(ledger: Ledger, change: Change) -> None:
    promise = ledger.claim(Kind.GUARANTEE, SPV, "guarantor:sure", deal="jd-1")
    ledger.commit(promise, 50)
    assert change(lambda: ledger.call(promise, 20)) == {
        row("undrawn", "GUARANTEE", SPV, "guarantor:sure"): -20,
        row("nominal", "GUARANTEE", SPV, "guarantor:sure"): 20,
        equity(SPV, "guarantee"): 20,
        equity("guarantor:sure", "guarantee"): -20,
    }
    cash = {
        row("nominal", "GUARANTEE", SPV, "guarantor:sure"): -15,
        deposit("guarantor:sure", OTHER_BANK): -15,
        deposit(PRINCIPAL, CUSTODIAN): 15,
        reserve(OTHER_BANK): -15,
        reserve(CUSTODIAN): 15,
    }
    assert change(lambda: ledger.pay_guarantee(promise, 15, payee=PRINCIPAL, reimbursed_by=LENDER)) == cash | {
        row("nominal", "REIMBURSEMENT", "guarantor:sure", LENDER): 15,
        equity("guarantor:sure", "guarantee"): 15,
        equity(LENDER, "guarantee"): -15,
    }
    assert ledger.pay_guarantee(promise, 5, payee=PRINCIPAL, reimbursed_by=None) is None
    ledger.check()
    assert ledger.income("guarantor:sure")[Code.GUARANTEE] == -5


def test_a_sale_above_and_below_carrying_value(ledger: Ledger, loan: int, change: Change) -> None:
    ledger.accrue(loan, 60, Code.FEE)
    ledger.provide(loan, 30)
    ledger.mark(loan, -12)
    sold = ledger.assign(loan, SPV, 300, 250, accrued_fen=20, payer=PRINCIPAL)
    ledger.check()
    # carried by the seller: 300 - 15 (half the allowance) - 6 (half the mark) + 20 = 299; price 250
    assert ledger.income(LENDER)[Code.SALE] == -49
    assert (ledger.nominal(loan), ledger.accrued(loan), ledger.allowance(loan), ledger.carrying(loan)) == (
        300,
        40,
        15,
        300 + 40 - 15 - 6,
    )
    assert (ledger.nominal(sold), ledger.accrued(sold), ledger.carrying(sold)) == (300, 20, 250)
    assert (ledger.marked(loan), ledger.marked(sold)) == (-6, -70)
    key = ledger.table.keys[sold]
    assert key is not None
    assert (key.creditor, key.debtor, key.deal, key.state) == (SPV, HOUSEHOLDS, "jd", State.LIVE)
    assert change(lambda: ledger.unwind_mark(sold, 30)) == {
        row("mark", "LOAN", SPV, HOUSEHOLDS): 30,
        equity(SPV, "mark"): 30,
    }


def test_a_sale_at_par_posts_cash_and_claim_only(ledger: Ledger, loan: int, change: Change) -> None:
    assert change(lambda: ledger.assign(loan, SPV, 100, 100, payer=PRINCIPAL)) == {
        row("nominal", "LOAN", LENDER, HOUSEHOLDS): -100,
        row("nominal", "LOAN", SPV, HOUSEHOLDS): 100,
        deposit(LENDER, BANK): 100,
        deposit(PRINCIPAL, CUSTODIAN): -100,
        reserve(BANK): 100,
        reserve(CUSTODIAN): -100,
    }


def test_the_last_of_a_claim_takes_all_allowance_and_mark_with_it(ledger: Ledger, loan: int) -> None:
    ledger.provide(loan, 7)
    ledger.mark(loan, -5)
    for nominal in (199, 200, 201):
        ledger.assign(loan, "originator:partner", nominal, 0)
    assert ledger.table.is_zero(loan)
    ledger.check()


def test_marks_and_provisions_are_the_holders_alone(ledger: Ledger, loan: int, change: Change) -> None:
    assert change(lambda: ledger.mark(loan, 9)) == {
        row("mark", "LOAN", LENDER, HOUSEHOLDS): 9,
        equity(LENDER, "mark"): 9,
    }
    assert change(lambda: ledger.mark(loan, -2)) == {
        row("mark", "LOAN", LENDER, HOUSEHOLDS): -11,
        equity(LENDER, "mark"): -11,
    }
    assert change(lambda: ledger.provide(loan, 5)) == {
        row("allowance", "LOAN", LENDER, HOUSEHOLDS): 5,
        equity(LENDER, "provision"): -5,
    }
    assert change(lambda: ledger.provide(loan, -2)) == {
        row("allowance", "LOAN", LENDER, HOUSEHOLDS): -2,
        equity(LENDER, "provision"): 2,
    }


def test_a_premium_unwinds_as_an_expense(ledger: Ledger, loan: int) -> None:
    ledger.mark(loan, 9)
    ledger.unwind_mark(loan, 9)
    assert ledger.carrying(loan) == 600
    assert Code.MARK not in ledger.income(LENDER)


def test_every_posting_reaches_the_journal_with_its_day_code_deal_and_cause(ledger: Ledger, loan: int) -> None:
    seen: list[Posting] = []
    ledger.journal = seen.append
    ledger.pay(LENDER, MERCHANTS, 3, Code.COST, deal="jd-1", cause="printing")
    ledger.draw(loan, 4, payee=MERCHANTS)
    ledger.write_off(loan, 5)
    assert seen == [
        Posting(2886, 14, "pay", Code.COST, "", "", "", LENDER, MERCHANTS, 3, "jd-1", "printing"),
        Posting(2886, 14, "draw", Code.PURCHASE_OF_GOODS, "LOAN", LENDER, HOUSEHOLDS, LENDER, MERCHANTS, 4, "jd", ""),
        Posting(2886, 14, "write_off", Code.LOSS, "LOAN", LENDER, HOUSEHOLDS, "", "", 5, "jd", "origin"),
    ]


def test_an_amount_of_zero_writes_nothing(ledger: Ledger, loan: int, change: Change) -> None:
    gone = ledger.claim(Kind.LOAN, LENDER, HOUSEHOLDS, deal="jd", state=State.WRITTEN_OFF)
    collected = ledger.claim(Kind.COLLECTED, SPV, LENDER)
    promise = ledger.claim(Kind.GUARANTEE, SPV, "guarantor:sure")
    ledger.journal = lambda posting: pytest.fail(f"posted {posting}")
    nothing: list[Callable[[], Any]] = [
        lambda: ledger.endow(LENDER, 0),
        lambda: ledger.endow_loans(loan, 0),
        lambda: ledger.pay(LENDER, MERCHANTS, 0, Code.FEE),
        lambda: ledger.issue_capital(LENDER, 0),
        lambda: ledger.redeem_capital(LENDER, 0),
        lambda: ledger.dividend(LENDER, 0),
        lambda: ledger.draw(loan, 0),
        lambda: ledger.repay(loan, 0),
        lambda: ledger.remit(collected, 0, LENDER, PRINCIPAL),
        lambda: ledger.accrue(loan, 0),
        lambda: ledger.pay_accrued(loan, 0),
        lambda: ledger.collect_income(loan, 0, Code.FEE),
        lambda: ledger.call(promise, 0),
        lambda: ledger.pay_guarantee(promise, 0, payee=PRINCIPAL, reimbursed_by=None),
        lambda: ledger.provide(loan, 0),
        lambda: ledger.mark(loan, 0),
        lambda: ledger.unwind_mark(loan, 0),
        lambda: ledger.write_off(loan, 0),
        lambda: ledger.write_down(loan, 0, cause="origin"),
        lambda: ledger.recover(gone, 0),
        lambda: ledger.reverse_accrual(loan, 0),
    ]
    for act in nothing:
        assert change(act) == {}
    assert ledger.drain_losses() == []


def test_the_central_bank_makes_and_takes_back_reserves(ledger: Ledger, change: Change) -> None:
    claim = ledger.claim(Kind.LIQUIDITY, "world:central_bank", BANK)
    owed = row("nominal", "LIQUIDITY", "world:central_bank", BANK)
    assert change(lambda: ledger.lend_reserves(claim, 9)) == {reserve(BANK): 9, owed: 9}
    assert change(lambda: ledger.take_back_reserves(claim, 4)) == {reserve(BANK): -4, owed: -4}
    with pytest.raises(PostingError, match="nominal is 5 fen"):
        ledger.take_back_reserves(claim, 6)
    other = ledger.claim(Kind.INTERBANK, BANK, OTHER_BANK, deal="7_days")
    with pytest.raises(PostingError, match="does not belong"):
        ledger.lend_reserves(other, 1)
