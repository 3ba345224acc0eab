"""What the ledger refuses, in words that say who, what, when and what to do; a refusal leaves every amount alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sim.errors import InvariantError
from sim.ledger import Code, Kind, Ledger, Overdraft, PostingError, State

Change = Callable[[Callable[[], Any]], dict[tuple[str, ...], int]]
HOUSEHOLDS, LENDER, SPV, BANK = "world:households", "originator:jd", "spv:jd-1", "bank:big"
PRINCIPAL = f"{SPV}/principal"


def test_an_overdraft_names_who_what_when_and_the_remedy(ledger: Ledger, change: Change) -> None:
    def overdraw() -> None:
        with pytest.raises(Overdraft) as refusal:
            ledger.pay(PRINCIPAL, LENDER, 1_001, Code.FEE)
        assert str(refusal.value) == (
            "day 2886, hour 14: spv:jd-1/principal cannot pay 1001 fen to originator:jd, code fee: the balance of "
            "spv:jd-1/principal is 1000 fen, 1 short; fund the account first or pay no more than its balance"
        )

    assert change(overdraw) == {}
    assert issubclass(Overdraft, InvariantError)


def test_a_bank_without_reserves_cannot_pay_another_bank(ledger: Ledger, change: Change) -> None:
    ledger.pay(BANK, LENDER, 50_000, Code.GIFT)  # the bank owes its customer more than the reserves it has

    def drain() -> None:
        with pytest.raises(Overdraft, match=r"originator:jd cannot pay 40000 fen.*reserves of bank:big is 3500 fen"):
            ledger.pay(LENDER, "investor:fund", 40_000, Code.COST)
        with pytest.raises(Overdraft, match=r"bank:big cannot pay 4000 fen.*reserves of bank:big is 3500 fen"):
            ledger.pay(BANK, "bank:small", 4_000, Code.COST)

    assert change(drain) == {}


def refused(ledger: Ledger, loan: int) -> list[tuple[str, Callable[[], Any]]]:
    line = ledger.claim(Kind.WAREHOUSE, BANK, LENDER)
    ledger.commit(line, 10)
    gone = ledger.claim(Kind.LOAN, LENDER, HOUSEHOLDS, deal="jd", state=State.WRITTEN_OFF)
    collected = ledger.claim(Kind.COLLECTED, SPV, LENDER)
    promise = ledger.claim(Kind.GUARANTEE, SPV, "guarantor:sure")
    share = ledger.claim(Kind.SHARE, "world:shareholders", LENDER)
    cash = ledger.claim(Kind.DEPOSIT, PRINCIPAL, "custodian:trust")
    return [
        ("unknown kind 'broker'", lambda: ledger.add_party("broker:x")),
        ("named kind:name", lambda: ledger.add_party("bank:x/vault")),
        ("named kind:name", lambda: ledger.add_party("bank:")),
        ("unknown world party", lambda: ledger.add_party("world:moon")),
        ("already open at bank:big", lambda: ledger.open_account(LENDER, "bank:small")),
        ("keeps no accounts", lambda: ledger.open_account("dealer:d", LENDER)),
        ("holds reserves", lambda: ledger.open_account("bank:small/nostro", BANK)),
        ("holds reserves", lambda: ledger.open_account("world:central_bank", BANK)),
        ("no cash account", lambda: ledger.cash("spv:jd-1/reserve")),
        ("no cash account", lambda: ledger.pay(LENDER, SPV, 1, Code.FEE)),
        ("not a known party", lambda: ledger.equity("dealer:d")),
        ("not a known party", lambda: ledger.claim(Kind.BOND, LENDER, "dealer:d")),
        ("claim on itself", lambda: ledger.claim(Kind.BOND, LENDER, LENDER)),
        ("open_account makes it", lambda: ledger.claim(Kind.DEPOSIT, LENDER, "bank:small")),
        (f"claim {ledger.table.used} does not exist", lambda: ledger.nominal(ledger.table.used)),
        ("claim -1 does not exist", lambda: ledger.carrying(-1)),
        ("is negative", lambda: ledger.repay(loan, -1)),
        ("whole number of fen", lambda: ledger.pay(LENDER, HOUSEHOLDS, 1.0, Code.FEE)),  # type: ignore[arg-type]
        ("whole number of fen", lambda: ledger.mark(loan, 0.5)),  # type: ignore[arg-type]
        ("whole number of fen", lambda: ledger.provide(loan, 0.5)),  # type: ignore[arg-type]
        ("same account", lambda: ledger.pay(PRINCIPAL, PRINCIPAL, 1, Code.TRANSFER)),
        ("accounts of one party", lambda: ledger.pay(LENDER, HOUSEHOLDS, 1, Code.TRANSFER)),
        ("accounts of one party", lambda: ledger.pay(PRINCIPAL, f"{SPV}/income", 1, Code.FEE)),
        ("not for payments", lambda: ledger.pay(LENDER, HOUSEHOLDS, 1, Code.PROVISION)),
        ("its undrawn is 10 fen, 1 short", lambda: ledger.draw(line, 11)),
        ("does not belong to bank:big", lambda: ledger.draw(line, 1, payer=LENDER)),
        ("verbs of its own", lambda: ledger.draw(share, 1)),
        ("verbs of its own", lambda: ledger.repay(collected, 1)),
        ("verbs of its own", lambda: ledger.commit(cash, 1)),
        ("verbs of its own", lambda: ledger.write_off(cash, 1)),
        ("its nominal is 600 fen, 1 short", lambda: ledger.repay(loan, 601)),
        ("does not belong to world:households", lambda: ledger.repay(loan, 1, payer=LENDER)),
        ("is written off", lambda: ledger.repay(gone, 1)),
        ("only a COLLECTED claim", lambda: ledger.remit(loan, 1, HOUSEHOLDS, LENDER)),
        ("its nominal is 0 fen", lambda: ledger.remit(collected, 1, LENDER, PRINCIPAL)),
        ("does not belong to originator:jd", lambda: ledger.remit(collected, 0, PRINCIPAL, PRINCIPAL)),
        ("does not belong to spv:jd-1", lambda: ledger.remit(collected, 0, LENDER, LENDER)),
        ("share earns dividends", lambda: ledger.accrue(share, 1)),
        ("earns interest, fee or penalty", lambda: ledger.accrue(loan, 1, Code.SALE)),
        ("earns nothing", lambda: ledger.accrue(gone, 1)),
        ("its accrued is 0 fen", lambda: ledger.pay_accrued(loan, 1)),
        ("its accrued is 0 fen", lambda: ledger.reverse_accrual(loan, 1, "origin")),
        ("only a live GUARANTEE", lambda: ledger.call(line, 1)),
        ("its undrawn is 0 fen", lambda: ledger.call(promise, 1)),
        ("its nominal is 0 fen", lambda: ledger.pay_guarantee(promise, 1, payee=PRINCIPAL, reimbursed_by=LENDER)),
        ("not belong to spv:jd-1", lambda: ledger.pay_guarantee(promise, 0, payee=LENDER, reimbursed_by=LENDER)),
        ("use pay", lambda: ledger.assign(cash, LENDER, 1, 1)),
        ("holds it already", lambda: ledger.assign(loan, LENDER, 1, 1)),
        ("its nominal is 600 fen", lambda: ledger.assign(loan, SPV, 601, 1, payer=PRINCIPAL)),
        ("its accrued is 0 fen", lambda: ledger.assign(loan, SPV, 1, 1, accrued_fen=1, payer=PRINCIPAL)),
        ("does not belong to spv:jd-1", lambda: ledger.assign(loan, SPV, 1, 1, payer=LENDER)),
        ("does not belong to originator:jd", lambda: ledger.assign(loan, SPV, 1, 1, payer=PRINCIPAL, payee=HOUSEHOLDS)),
        ("claim on itself", lambda: ledger.assign(loan, HOUSEHOLDS, 1, 1)),
        ("cannot pay 1001 fen", lambda: ledger.assign(loan, SPV, 1, 1_001, payer=PRINCIPAL)),
        ("cannot pass 0", lambda: ledger.unwind_mark(loan, 1)),
        ("its allowance is 0 fen, 1 short", lambda: ledger.provide(loan, -1)),
        ("written off already", lambda: ledger.provide(gone, 1)),
        ("not written off", lambda: ledger.recover(loan, 1)),
        ("its nominal is 0 fen", lambda: ledger.recover(gone, 1)),
        ("its nominal is 600 fen", lambda: ledger.write_down(loan, 601, cause="origin")),
        ("its nominal is 600 fen", lambda: ledger.write_off(loan, 601)),
    ]


def test_what_is_refused_is_named_and_changes_nothing(ledger: Ledger, loan: int, change: Change) -> None:
    for words, act in refused(ledger, loan):

        def attempt(words: str = words, act: Callable[[], Any] = act) -> None:
            with pytest.raises(PostingError, match=words):
                act()

        assert change(attempt) == {}


def test_opening_an_account_or_a_party_again_is_harmless(ledger: Ledger, change: Change) -> None:
    def again() -> None:
        ledger.open_account(LENDER, BANK)
        ledger.add_party(LENDER)
        ledger.add_party(BANK)

    assert change(again) == {}


def test_an_amount_beyond_int64_raises_and_does_not_wrap(ledger: Ledger, loan: int) -> None:
    with pytest.raises(OverflowError):
        ledger.endow_loans(loan, 2**63 - 600)
    assert ledger.nominal(loan) == 600
    ledger.check()
