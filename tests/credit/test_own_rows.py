"""The list of the seller's rows is a short cut: a sale that makes it afresh buys the same loans."""

from __future__ import annotations

import numpy as np
from worlds import LENDER, World

from sim.credit.lender_policy import CLASSES
from sim.credit.selling import Offer

OWNER, POOL = f"{LENDER}0", "spv:pool"
ANY_LOAN = (24, 0, 60, 0, 10**9, 0)


def sold(*, afresh: bool) -> World:
    """A book that sells every day, and once takes back what a pool holds."""
    world = World().season()
    book = world.book
    plans = (True,) * (6 * len(book.catalogue.names))
    for day in range(70):
        world.run(1)
        if day == 40:
            book.hand_over(world.day - 1, POOL, OWNER)
        if afresh:
            book.own_rows.forget()
        want = book.outstanding_fen(OWNER) // 10
        offer = Offer(book.code_of(POOL), want, ANY_LOAN, (True,) * len(CLASSES), plans)
        bought = book.sell(world.day - 1, OWNER, [offer], screening_error_ppm=0)[0]
        assert 0 < bought.principal_fen <= want
    book.check(full=True)
    return world


def test_a_list_kept_from_sale_to_sale_sells_what_a_fresh_one_sells() -> None:
    kept, afresh = sold(afresh=False).book, sold(afresh=True).book
    assert kept.outstanding_fen(POOL) > 0
    np.testing.assert_array_equal(kept.count, afresh.count)
    np.testing.assert_array_equal(kept.loans.owner, afresh.loans.owner)
    np.testing.assert_array_equal(kept.stock, afresh.stock)
