"""Write-offs, recoveries, write-downs, and losses that can be walked back to their origin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sim.ledger import Code, Kind, Ledger, PostingError, State

Change = Callable[[Callable[[], Any]], dict[tuple[str, ...], int]]
HOUSEHOLDS, LENDER, SPV = "world:households", "originator:jd", "spv:jd-1"
LIVE = ("LOAN", LENDER, HOUSEHOLDS, "LIVE")
GONE = ("LOAN", LENDER, HOUSEHOLDS, "WRITTEN_OFF")


def test_a_write_off_uses_the_allowance_first(ledger: Ledger, loan: int, change: Change) -> None:
    ledger.provide(loan, 30)
    assert change(lambda: ledger.write_off(loan, 50)) == {
        ("nominal", *LIVE): -50,
        ("allowance", *LIVE): -30,
        ("nominal", *GONE): 50,
        ("allowance", *GONE): 50,
        ("equity", LENDER, "loss"): -20,
    }
    (loss,) = ledger.drain_losses()
    assert loss == (2886, 14, 0, 0, "LOAN", HOUSEHOLDS, LENDER, 50, "origin", "jd", 0)
    assert ledger.drain_losses() == []


def test_a_recovery_is_income_on_the_written_off_row(ledger: Ledger, loan: int, change: Change) -> None:
    ledger.write_off(loan, 50)
    gone = ledger.claim(Kind.LOAN, LENDER, HOUSEHOLDS, deal="jd", state=State.WRITTEN_OFF)
    assert change(lambda: ledger.recover(gone, 8, payee="originator:partner")) == {
        ("nominal", *GONE): -8,
        ("allowance", *GONE): -8,
        ("nominal", "DEPOSIT", HOUSEHOLDS, "bank:big", "LIVE"): -8,
        ("nominal", "DEPOSIT", "originator:partner", "bank:big", "LIVE"): 8,
        ("nominal", "COLLECTED", LENDER, "originator:partner", "LIVE"): 8,
        ("equity", LENDER, "recovery"): 8,
    }


def test_written_off_loans_are_sold_at_a_price_and_stay_written_off(ledger: Ledger, loan: int) -> None:
    ledger.write_off(loan, 50)
    gone = ledger.claim(Kind.LOAN, LENDER, HOUSEHOLDS, deal="jd", state=State.WRITTEN_OFF)
    bought = ledger.assign(gone, "investor:fund", 40, 4)
    ledger.check()
    assert ledger.income(LENDER)[Code.SALE] == 4
    assert (ledger.nominal(bought), ledger.allowance(bought), ledger.carrying(bought)) == (40, 40, 4)
    ledger.recover(bought, 10)
    ledger.unwind_mark(bought, 4)
    ledger.check()
    assert ledger.equity("investor:fund") == 1_000 + 10 - 4


def test_what_a_forced_sale_costs_is_a_loss_by_the_sellers_own_need(ledger: Ledger, loan: int, change: Change) -> None:
    ledger.provide(loan, 30)
    assert change(lambda: ledger.sell_forced(loan, "investor:fund", 600, 400)) == {
        ("nominal", *LIVE): -600,
        ("allowance", *LIVE): -30,
        ("nominal", "LOAN", "investor:fund", HOUSEHOLDS, "LIVE"): 600,
        ("mark", "LOAN", "investor:fund", HOUSEHOLDS, "LIVE"): -200,
        ("nominal", "DEPOSIT", "investor:fund", "bank:small", "LIVE"): -400,
        ("nominal", "DEPOSIT", LENDER, "bank:big", "LIVE"): 400,
        ("nominal", "RESERVE", "bank:small", "world:central_bank", "LIVE"): -400,
        ("nominal", "RESERVE", "bank:big", "world:central_bank", "LIVE"): 400,
        ("equity", LENDER, "loss"): -170,
    }
    (loss,) = ledger.drain_losses()
    assert loss == (2886, 14, 0, 0, "LOAN", LENDER, LENDER, 170, "origin", "jd", 0)


def test_a_forced_sale_at_a_gain_is_a_sale(ledger: Ledger, loan: int) -> None:
    ledger.sell_forced(loan, "investor:fund", 600, 610)
    assert ledger.income(LENDER)[Code.SALE] == 10
    assert ledger.losers() == set()


def test_a_write_down_moves_value_from_holder_to_debtor(ledger: Ledger, change: Change) -> None:
    note = ledger.claim(Kind.TRANCHE, "investor:fund", SPV, deal="jd-1", rank=2)
    ledger.endow_loans(note, 100)
    ledger.provide(note, 30)
    assert change(lambda: ledger.write_down(note, 45, cause="origin")) == {
        ("nominal", "TRANCHE", "investor:fund", SPV, "LIVE"): -45,
        ("allowance", "TRANCHE", "investor:fund", SPV, "LIVE"): -30,
        ("equity", "investor:fund", "loss"): -15,
        ("equity", SPV, "loss"): 45,
    }


def test_a_share_written_down_is_nobodys_gain(ledger: Ledger, change: Change) -> None:
    ledger.issue_capital(LENDER, 100)
    share = ledger.claim(Kind.SHARE, "world:shareholders", LENDER)
    assert change(lambda: ledger.write_down(share, 60, cause="origin")) == {
        ("nominal", "SHARE", "world:shareholders", LENDER, "LIVE"): -60,
        ("equity", "world:shareholders", "loss"): -60,
    }


def test_a_depositor_loses_when_its_bank_is_resolved(ledger: Ledger) -> None:
    cash = ledger.claim(Kind.DEPOSIT, f"{SPV}/principal", "custodian:trust")
    ledger.write_down(cash, 100, cause="origin")
    ledger.check()
    assert ledger.cash(f"{SPV}/principal") == 900
    assert ledger.income(SPV)[Code.LOSS] == -100
    assert ledger.drain_losses()[0].to_party == SPV


def test_the_end_of_a_written_off_debt_is_not_lost_twice(ledger: Ledger, loan: int, change: Change) -> None:
    ledger.write_off(loan, 50)
    ledger.drain_losses()
    gone = ledger.claim(Kind.LOAN, LENDER, HOUSEHOLDS, deal="jd", state=State.WRITTEN_OFF)
    assert change(lambda: ledger.write_down(gone, 50, cause="origin")) == {
        ("nominal", *GONE): -50,
        ("allowance", *GONE): -50,
        ("equity", HOUSEHOLDS, "loss"): 50,
    }
    assert ledger.drain_losses() == []


def test_a_reversed_accrual_is_a_loss_only_with_a_cause(ledger: Ledger, loan: int, change: Change) -> None:
    ledger.accrue(loan, 20, Code.FEE)
    assert change(lambda: ledger.reverse_accrual(loan, 5, code=Code.FEE)) == {
        ("accrued", *LIVE): -5,
        ("equity", LENDER, "fee"): -5,
        ("equity", HOUSEHOLDS, "fee"): 5,
    }
    assert ledger.drain_losses() == []
    ledger.reverse_accrual(loan, 15, "origin", code=Code.FEE)
    assert [loss.amount_fen for loss in ledger.drain_losses()] == [15]
    assert Code.FEE not in ledger.income(LENDER)


def test_a_loss_of_several_causes_is_split_among_them_to_the_fen(ledger: Ledger, loan: int) -> None:
    note = ledger.claim(Kind.TRANCHE, "investor:fund", SPV, deal="jd-1")
    ledger.endow_loans(note, 400)
    first, second = ledger.write_off(loan, 100) + ledger.write_off(loan, 200)
    later = ledger.write_down(note, 50, cause=[first, second])
    (last,) = ledger.write_down(note, 7, cause=later[1])
    losses = {str(loss.loss_id): loss for loss in ledger.drain_losses()}
    assert [(losses[i].amount_fen, losses[i].cause, losses[i].round) for i in later] == [
        (17, first, 1),
        (33, second, 1),
    ]
    assert (losses[last].cause, losses[last].round) == (later[1], 2)


def test_a_part_of_a_loss_that_rounds_to_nothing_has_no_row(ledger: Ledger, loan: int) -> None:
    first, second = ledger.write_off(loan, 1) + ledger.write_off(loan, 500)
    (only,) = ledger.write_off(loan, 1, cause=[first, second])
    assert ledger.drain_losses()[-1].cause == second
    assert only == "2"


@pytest.mark.parametrize("cause", ["", "weather", "0", "-1", [], ["origin", "origin"]])
def test_a_cause_that_is_no_earlier_loss_is_refused(ledger: Ledger, loan: int, cause: str | list[str]) -> None:
    with pytest.raises(PostingError, match=r"write off LOAN .*cause"):
        ledger.write_off(loan, 1, cause=cause)
    assert ledger.nominal(loan) == 600
