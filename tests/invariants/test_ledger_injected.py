"""One fen wrong anywhere in the ledger is found at midnight, and the message says where."""

from __future__ import annotations

import pytest

from sim.errors import InvariantError
from sim.ledger import Code, Kind, Ledger, State
from sim.ledger.kinds import CODE_NUMBER

LENDER, SPV = "originator:jd", "spv:jd-1"


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    for account, bank in (("world:households", "bank:big"), (LENDER, "bank:big"), (f"{SPV}/cash", "custodian:trust")):
        ledger.open_account(account, bank)
        ledger.endow(account, 1_000)
    loan = ledger.claim(Kind.LOAN, LENDER, "world:households")
    ledger.endow_loans(loan, 600)
    ledger.write_off(loan, 100)
    ledger.accrue(loan, 9, Code.FEE)
    ledger.provide(loan, 20)
    ledger.commit(ledger.claim(Kind.LIQUIDITY, "bank:big", SPV), 10)
    ledger.set_clock(41, 23)
    ledger.check()
    return ledger


@pytest.mark.parametrize("fen", [1, -1])
@pytest.mark.parametrize("column", ["nominal", "accrued", "allowance", "mark"])
def test_one_fen_in_any_column_of_any_row_is_found(ledger: Ledger, column: str, fen: int) -> None:
    for row in range(ledger.table.used):
        values = getattr(ledger.table, column)
        values[row] += fen
        with pytest.raises(InvariantError, match="day 41: "):
            ledger.check()
        values[row] -= fen
    ledger.check()


def test_a_negative_commitment_is_found(ledger: Ledger) -> None:
    ledger.table.undrawn[ledger.claim(Kind.LIQUIDITY, "bank:big", SPV)] = -1
    with pytest.raises(InvariantError, match=r"day 41: undrawn of claim \d+ .*LIQUIDITY.* is -1 fen"):
        ledger.check()


def test_one_fen_in_any_equity_account_names_the_party_and_the_difference(ledger: Ledger) -> None:
    for number, party in enumerate(ledger.parties):
        ledger.flows[number, CODE_NUMBER[Code.FEE]] += 1
        with pytest.raises(InvariantError, match=f"day 41: .* 1 parties: {party}: -1 fen"):
            ledger.check()
        ledger.flows[number, CODE_NUMBER[Code.FEE]] -= 1


def test_a_claim_that_changes_hands_without_a_posting_is_found(ledger: Ledger) -> None:
    ledger.table.creditor[ledger.claim(Kind.LOAN, LENDER, "world:households")] = ledger.party_number[SPV]
    with pytest.raises(
        InvariantError, match=r"2 parties: originator:jd: -489 fen; spv:jd-1: \+489 fen; the whole .* \+0"
    ):
        ledger.check()


def test_an_allowance_off_the_nominal_of_a_written_off_row_is_found(ledger: Ledger) -> None:
    gone = ledger.claim(Kind.LOAN, LENDER, "world:households", state=State.WRITTEN_OFF)
    ledger.table.allowance[gone] -= 1
    ledger.flows[ledger.party_number[LENDER], CODE_NUMBER[Code.FEE]] += 1  # hidden from stock against flow
    with pytest.raises(InvariantError, match=r"written-off claim \d+ .* -1 fen off its nominal"):
        ledger.check()


def test_reserves_owed_by_anyone_but_the_central_bank_are_found(ledger: Ledger) -> None:
    row = ledger.claim(Kind.RESERVE, "bank:big", "world:central_bank")
    moved = int(ledger.table.nominal[row])
    ledger.table.debtor[row] = ledger.party_number["custodian:trust"]
    opening = CODE_NUMBER[Code.OPENING]
    ledger.flows[ledger.party_number["custodian:trust"], opening] -= moved
    ledger.flows[ledger.party_number["world:central_bank"], opening] += moved
    with pytest.raises(
        InvariantError, match="day 41: banks hold 3000 fen of reserves, world:central_bank owes 1000 fen"
    ):
        ledger.check()


def test_a_hundred_random_fen_are_all_found(ledger: Ledger) -> None:
    """Every party is checked on its own, so errors that cancel in the total are found as well."""
    loan = ledger.claim(Kind.LOAN, LENDER, "world:households")
    cash = ledger.claim(Kind.DEPOSIT, LENDER, "bank:big")
    for fen in range(1, 101):
        ledger.table.nominal[loan] += fen
        ledger.table.nominal[cash] -= fen
        with pytest.raises(InvariantError, match="world:households"):
            ledger.check()
        ledger.table.nominal[loan] -= fen
        ledger.table.nominal[cash] += fen
    ledger.check()
