"""What a failed party lost is named as the cause of what it passes on, as far as it goes, and only once."""

from __future__ import annotations

import pytest

from sim.ledger import Kind, Ledger, PostingError

SPV, FUND, LENDER = "spv:jd-1", "investor:fund", "originator:jd"


def failing(ledger: Ledger, loan: int) -> int:
    """A lender that has lost 100 and, later, 200, and owes 1,000 to a fund; returns the row of its debt."""
    ledger.day = 10
    ledger.write_off(loan, 100)
    ledger.day = 400
    ledger.write_off(loan, 200)
    debt = ledger.claim(Kind.BOND, FUND, LENDER)
    ledger.endow_loans(debt, 1_000)
    return debt


def test_what_is_passed_on_beyond_what_was_lost_is_the_failed_partys_own_business(ledger: Ledger, loan: int) -> None:
    failing(ledger, loan)
    assert ledger.causes_of(LENDER, [450, 150]) == [
        [(225, "originator:jd[0..1]"), (225, "origin")],
        [(75, "originator:jd[0..1]"), (75, "origin")],
    ]


def test_only_losses_since_a_day_are_causes(ledger: Ledger, loan: int) -> None:
    failing(ledger, loan)
    assert ledger.causes_of(LENDER, [50, 0], since=11) == [[(50, "originator:jd[1..1]")], []]
    assert ledger.causes_of(LENDER, [50], since=401) == [[(50, "origin")]]


def test_a_loss_is_passed_on_once_and_rounds_follow(ledger: Ledger, loan: int) -> None:
    debt = failing(ledger, loan)
    for fen, cause in ledger.causes_of(LENDER, [250])[0]:
        ledger.give_up(debt, fen, cause=cause)
    assert ledger.causes_of(LENDER, [100]) == [[(50, "originator:jd[0..1]"), (50, "origin")]]
    last = ledger.drain_losses()[-1]
    assert (last.cause, last.round, last.amount_fen) == ("originator:jd[0..1]", 1, 250)


def test_shares_bear_losses_without_using_them_up(ledger: Ledger, loan: int) -> None:
    failing(ledger, loan)
    ledger.issue_capital(LENDER, 300)
    share = ledger.claim(Kind.SHARE, "world:shareholders", LENDER)
    ((fen, cause),) = ledger.causes_of(LENDER, [300])[0]
    ledger.write_down(share, fen, cause=cause)
    assert ledger.causes_of(LENDER, [300]) == [[(300, cause)]]


def test_what_was_passed_on_survives_a_checkpoint(ledger: Ledger, loan: int) -> None:
    debt = failing(ledger, loan)
    ledger.give_up(debt, 200, cause="originator:jd[0..1]")
    again = Ledger()
    again.restore(ledger.state())
    assert again.causes_of(LENDER, [200]) == ledger.causes_of(LENDER, [200])
    assert again.give_up(debt, 7, cause="2") == ledger.give_up(debt, 7, cause="2") == ["3"]


@pytest.mark.parametrize("cause", ["originator:jd[0..2]", "originator:jd[1..0]", "originator:none[0..1]", "x[0..]"])
def test_a_range_without_losses_is_refused(ledger: Ledger, loan: int, cause: str) -> None:
    debt = failing(ledger, loan)
    with pytest.raises(PostingError, match="cause"):
        ledger.give_up(debt, 1, cause=cause)
