"""Loans that go back against recourse: nobody's cash moves, and what was owed on them is owed by the taker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import HOUSEHOLDS, LENDER, SPV, Places

from sim.ledger import Code, Kind, Ledger, PostingError


@pytest.fixture
def sold(ledger: Ledger) -> int:
    """The plan holds 600 fen of loans and 30 of fees, for which it has provided 12."""
    claim = ledger.claim(Kind.LOAN, SPV, HOUSEHOLDS, deal="jd")
    ledger.endow_loans(claim, 600)
    ledger.accrue(claim, 30, Code.FEE)
    ledger.provide(claim, 12)
    return claim


def test_what_was_owed_on_the_loans_is_owed_by_the_taker(
    ledger: Ledger, sold: int, change: Callable[[Callable[[], Any]], Places]
) -> None:
    changes = change(lambda: ledger.sell_on_recourse(sold, LENDER, 600, accrued_fen=30, deal="jd-1"))
    assert changes == {
        ("nominal", "LOAN", SPV, HOUSEHOLDS, "LIVE"): -600,
        ("accrued", "LOAN", SPV, HOUSEHOLDS, "LIVE"): -30,
        ("allowance", "LOAN", SPV, HOUSEHOLDS, "LIVE"): -12,
        ("nominal", "LOAN", LENDER, HOUSEHOLDS, "LIVE"): 600,
        ("accrued", "LOAN", LENDER, HOUSEHOLDS, "LIVE"): 30,
        ("nominal", "RECOURSE", SPV, LENDER, "LIVE"): 630,
        ("equity", SPV, "sale"): 12,
    }


def test_no_more_goes_back_than_there_is(ledger: Ledger, sold: int) -> None:
    with pytest.raises(PostingError, match="nominal is 600 fen, 1 short"):
        ledger.sell_on_recourse(sold, LENDER, 601)
    with pytest.raises(PostingError, match="accrued is 30 fen, 1 short"):
        ledger.sell_on_recourse(sold, LENDER, 600, accrued_fen=31)
    with pytest.raises(PostingError, match="claim on itself"):
        ledger.sell_on_recourse(sold, HOUSEHOLDS, 1)
    ledger.check()
