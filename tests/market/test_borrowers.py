"""A borrower reads like an object, and adds up to what the books and the tape say."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import market

from sim.calendar import month_index
from sim.market.tape import loan_columns


def test_a_borrower_shows_its_accounts_at_the_lenders_it_has_joined() -> None:
    place = market()
    for _ in range(3):
        place.step()
    book = place.books["ant_xiaowei"]
    a, flat = book.accounts.columns, loan_columns(book)
    owing = int(np.flatnonzero(a.used > 0)[5])
    borrower = place.borrowers[int(a.household[owing])]
    assert borrower.household.number == int(a.household[owing])
    (account,) = borrower.accounts
    mine = flat["household"] == borrower.household.number
    assert account.used_fen == borrower.debt_fen == int(flat["owed"][mine].sum()) > 0
    assert account.limit_fen >= account.used_fen
    assert account.lender == "ant_xiaowei"
    assert account.payment_rank == 1
    assert borrower.due_per_month_fen == account.instalment_fen > 0
    later = int(np.flatnonzero(a.joined[: book.accounts.members] > month_index(place.day))[0])
    assert place.borrowers[int(a.household[later])].accounts == ()
    assert len(place.borrowers) == len(place.households)
    with pytest.raises(IndexError):
        place.borrowers[len(place.borrowers)]
