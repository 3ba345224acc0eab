"""The loan books' work of a day: begun as the hour of lending begins, done ahead of the institutions that post it.

What books lend and collect depends on the rations told at the beginning of the hour, and on nothing that is posted from
then to the hour of collecting. So books are worked on while the institutions of these two hours post, in their order,
what came of it; whoever asks for a book itself waits until all are done.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sim.credit import days_work
from sim.credit.elsewhere import take_in
from sim.credit.threads import ahead, ahead_in_order

if TYPE_CHECKING:
    from sim.market.market import SecuritizationMarket


def begin_work(market: SecuritizationMarket) -> None:
    """Every lender says how much it can fund; then all books lend, what they refused is tried elsewhere, and one after
    the other collects."""
    books, day, stress = market.books, market.day, market.stress_milli
    rations = {name: originator.ration_ppm() for name, originator in market.originators.items()}
    by_lender = {book.lender: book for book in books.values()}
    accounts = sum(book.accounts.size for book in books.values())
    market.lent = ahead(
        {name: partial(days_work.lend, book, day, stress, rations[name]) for name, book in books.items()}, accounts
    )
    collecting = {
        name: partial(days_work.collect, by_lender, book, day, market.originators[name].party)
        for name, book in books.items()
    }
    market.taken_in = ahead_in_order({day: partial(take_in, by_lender, day)}, accounts, after=market.lent)
    market.collected = ahead_in_order(collecting, accounts, after=market.taken_in)
