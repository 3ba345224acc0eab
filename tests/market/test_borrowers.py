"""A borrower reads like an object, and adds up to what the books and the tape say."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import HUABEI, SMALL, market

from sim.calendar import month_index
from sim.credit.kernels.layout import CLOSED
from sim.market import SecuritizationMarket
from sim.market.tape import loan_columns, record_tape
from sim.records.writer import Recorder
from sim.scenario import load_scenario


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


def test_a_closed_account_is_told_apart_and_is_no_number_of_cycles() -> None:
    place = SecuritizationMarket(load_scenario(HUABEI, SMALL), recorder=Recorder(tables=["borrowers"]))
    place.step()
    a = place.books["ant_xiaowei"].accounts.columns
    closed, behind = np.flatnonzero(a.joined <= month_index(place.day))[:2]
    a.missed[closed], a.missed[behind] = CLOSED, 3
    record_tape(place)
    rows = {row["household"]: row for row in place.recorder.table("borrowers").to_pylist()}
    assert max(row["missed_cycles"] for row in rows.values()) < CLOSED
    for at, told in ((closed, (0, 1)), (behind, (3, 0))):
        row = rows[int(a.household[at])]
        assert (row["missed_cycles"], row["closed_accounts"]) == told
