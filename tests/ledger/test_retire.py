"""A party that is no more leaves nothing behind, and its number serves the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import BANK, CUSTODIAN, HOUSEHOLDS, LENDER, SPV

from sim.ledger import Code, Kind, Ledger, PostingError


def wound_up(ledger: Ledger) -> None:
    """The plan of the small market pays out what it was given."""
    ledger.open_account("world:state", BANK)
    ledger.endow(CUSTODIAN, 2_000)
    ledger.pay(f"{SPV}/principal", "world:state", 1_000, Code.TAX)


def test_a_settled_party_goes_and_its_number_is_used_again(ledger: Ledger) -> None:
    wound_up(ledger)
    number, parties, rows = ledger.party_number[SPV], len(ledger.parties), len(ledger.table.rows)
    ledger.retire(SPV)
    ledger.check()
    assert SPV not in ledger.parties
    assert len(ledger.table.rows) == rows - 2  # its two accounts
    assert SPV not in ledger.balance_sheets()["institution"]
    assert "" not in ledger.balance_sheets()["institution"]
    with pytest.raises(PostingError, match="not a known party"):
        ledger.equity(SPV)
    with pytest.raises(PostingError, match="no cash account"):
        ledger.cash(f"{SPV}/principal")
    ledger.open_account("spv:next/income", CUSTODIAN)
    assert ledger.party_number["spv:next"] == number
    assert len(ledger.parties) == parties
    assert ledger.income("spv:next") == {}
    ledger.check()


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (Ledger.check, "DEPOSIT of spv:jd-1/principal .* is not settled"),
        (
            lambda ledger: ledger.endow_loans(ledger.claim(Kind.LOAN, SPV, HOUSEHOLDS, deal="jd"), 1),
            "LOAN .* not settled",
        ),
        (lambda ledger: ledger.commit(ledger.claim(Kind.GUARANTEE, SPV, LENDER, deal="jd-1"), 5), "GUARANTEE .* not"),
    ],
)
def test_whoever_still_owes_or_owns_stays(ledger: Ledger, act: Callable[[Ledger], Any], why: str) -> None:
    if "DEPOSIT" not in why:
        wound_up(ledger)
    act(ledger)
    before = json.dumps(ledger.state()["json"])
    with pytest.raises(PostingError, match=why):
        ledger.retire(SPV)
    assert json.dumps(ledger.state()["json"]) == before


def test_a_restored_ledger_gives_the_same_numbers(ledger: Ledger) -> None:
    wound_up(ledger)
    ledger.retire(SPV)
    other = Ledger()
    other.restore(ledger.state())
    for one in (ledger, other):
        one.add_party("spv:a")
        one.add_party("spv:b")
        one.check()
    assert json.dumps(other.state()["json"]) == json.dumps(ledger.state()["json"])
    assert other.party_number["spv:a"] < other.party_number["spv:b"]


def test_claims_are_found_by_kind_and_ends(ledger: Ledger, loan: int) -> None:
    second = ledger.claim(Kind.LOAN, "investor:fund", HOUSEHOLDS, deal="jd")
    assert ledger.claims_of(Kind.LOAN, debtor=HOUSEHOLDS) == [loan, second]
    assert ledger.claims_of(Kind.LOAN, creditor="investor:fund") == [second]
    assert ledger.claims_of(Kind.BOND, creditor=LENDER, debtor=HOUSEHOLDS) == []
    assert ledger.key(second).creditor == "investor:fund"
