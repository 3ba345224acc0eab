"""Accounts that leave a bank, and opening deposits: where every fen goes, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sim.ledger import Kind, Ledger, Overdraft, PostingError

Change = Callable[[Callable[[], Any]], dict[tuple[str, ...], int]]
BANK, OTHER, CUSTODIAN, LENDER = "bank:big", "bank:small", "custodian:trust", "originator:jd"
PRINCIPAL = "spv:jd-1/principal"


def test_an_account_moves_with_its_cash_in_reserves(ledger: Ledger, change: Change) -> None:
    held = ledger.cash(PRINCIPAL)
    moved = change(lambda: ledger.move_account(PRINCIPAL, OTHER))
    assert moved == {
        ("nominal", "DEPOSIT", PRINCIPAL, CUSTODIAN, "LIVE"): -held,
        ("nominal", "DEPOSIT", PRINCIPAL, OTHER, "LIVE"): held,
        ("nominal", "RESERVE", CUSTODIAN, "world:central_bank", "LIVE"): -held,
        ("nominal", "RESERVE", OTHER, "world:central_bank", "LIVE"): held,
    }
    assert ledger.bank_at[PRINCIPAL] == OTHER
    ledger.check()


def test_a_frozen_account_becomes_a_claim_on_the_estate(ledger: Ledger, change: Change) -> None:
    held = ledger.cash(PRINCIPAL)
    frozen = change(lambda: ledger.freeze_account(PRINCIPAL, OTHER))
    assert frozen == {
        ("nominal", "DEPOSIT", PRINCIPAL, CUSTODIAN, "LIVE"): -held,
        ("nominal", "RECOURSE", "spv:jd-1", CUSTODIAN, "LIVE"): held,
    }
    assert ledger.cash(PRINCIPAL) == 0
    ledger.check()


def test_an_opening_deposit_is_the_holders_gain_and_the_banks_debt(ledger: Ledger, change: Change) -> None:
    assert change(lambda: ledger.endow_deposit(LENDER, 70)) == {
        ("nominal", "DEPOSIT", LENDER, BANK, "LIVE"): 70,
        ("equity", LENDER, "opening"): 70,
        ("equity", BANK, "opening"): -70,
    }
    ledger.check()


def test_what_custody_refuses(ledger: Ledger, change: Change) -> None:
    def try_all() -> None:
        for account, bank, words in (
            (BANK, OTHER, "holds reserves"),
            (LENDER, BANK, "kept there already"),
            (LENDER, "spv:jd-1", "no known bank"),
            (LENDER, "bank:unknown", "no known bank"),
        ):
            for verb in (ledger.move_account, ledger.freeze_account):
                with pytest.raises(PostingError, match=words):
                    verb(account, bank)
        with pytest.raises(PostingError, match="use endow"):
            ledger.endow_deposit(BANK, 5)

    assert change(try_all) == {}


def test_an_account_cannot_take_reserves_its_bank_has_not(ledger: Ledger, change: Change) -> None:
    ledger.endow_deposit(PRINCIPAL, 10**9)

    def drain() -> None:
        with pytest.raises(Overdraft, match="freeze the account instead"):
            ledger.move_account(PRINCIPAL, OTHER)

    assert change(drain) == {}


def test_a_bank_is_asked_for_reserves_before_a_payment_is_refused(ledger: Ledger) -> None:
    asked: list[tuple[str, int]] = []
    claim = ledger.claim(Kind.INTERBANK, OTHER, BANK)

    def borrow(bank: str, fen: int) -> None:
        asked.append((bank, fen))
        ledger.draw(claim, fen - ledger.cash(bank))

    ledger.endow(OTHER, 10**6)
    ledger.endow_deposit(LENDER, 10**5)
    ledger.raise_reserves = borrow
    fen = ledger.cash(BANK) + 500
    ledger.draw(ledger.claim(Kind.LOAN, LENDER, "investor:fund"), fen)
    assert asked == [(BANK, fen)]
    assert ledger.nominal(claim) == 500
    assert ledger.cash(BANK) == 0
    ledger.check()
