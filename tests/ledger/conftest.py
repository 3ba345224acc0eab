"""A small market on a ledger, and a way to see every place a verb posted to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sim.ledger import Kind, Ledger

HOUSEHOLDS, MERCHANTS, LENDER, SPV = "world:households", "world:merchants", "originator:jd", "spv:jd-1"
BANK, OTHER_BANK, CUSTODIAN = "bank:big", "bank:small", "custodian:trust"

Places = dict[tuple[str, ...], int]


def places(ledger: Ledger) -> Places:
    """Every amount of the ledger that is not 0, by where it stands."""
    found: Places = {}
    for row, key in enumerate(ledger.table.keys):
        if key is not None:
            for column in ("nominal", "accrued", "allowance", "mark", "undrawn"):
                amount = int(getattr(ledger.table, column)[row])
                found[(column, key.kind.name, key.creditor, key.debtor, key.state.name)] = amount
    for party in ledger.parties:
        for code, fen in ledger.income(party).items():
            found[("equity", party, code)] = fen
    return {place: fen for place, fen in found.items() if fen}


@pytest.fixture
def ledger() -> Ledger:
    """Households, merchants, a lender and an investor at one bank, an SPV with two accounts at a custodian."""
    ledger = Ledger()
    ledger.set_clock(2886, 14)
    for account in (HOUSEHOLDS, MERCHANTS, LENDER, "world:shareholders", "originator:partner"):
        ledger.open_account(account, BANK)
    ledger.open_account("investor:fund", OTHER_BANK)
    ledger.open_account("guarantor:sure", OTHER_BANK)
    for name in ("income", "principal"):
        ledger.open_account(f"{SPV}/{name}", CUSTODIAN)
    for account in (HOUSEHOLDS, LENDER, "investor:fund", "guarantor:sure", "world:shareholders", f"{SPV}/principal"):
        ledger.endow(account, 1_000)
    ledger.endow(BANK, 500)
    return ledger


@pytest.fixture
def loan(ledger: Ledger) -> int:
    """Households owe the lender 600 fen."""
    claim = ledger.claim(Kind.LOAN, LENDER, HOUSEHOLDS, deal="jd")
    ledger.endow_loans(claim, 600)
    return claim


@pytest.fixture
def change(ledger: Ledger) -> Callable[[Callable[[], Any]], Places]:
    """What an act changed, place by place; the ledger must still close afterwards."""

    def changed(act: Callable[[], Any]) -> Places:
        before = places(ledger)
        act()
        ledger.check()
        after = places(ledger)
        differences = {place: after.get(place, 0) - before.get(place, 0) for place in before | after}
        return {place: fen for place, fen in differences.items() if fen}

    return changed
