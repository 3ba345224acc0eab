"""The list of the seller's rows is a short cut: a sale that makes it afresh buys the same loans, and what suits no pool
is passed over but for errors of screening."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import LENDER, World

from sim.credit.lender_policy import CLASSES
from sim.credit.selling import Bought, Offer

OWNER, POOL = f"{LENDER}0", "spv:pool"
ANY_LOAN = (24, 0, 60, 0, 10**9, 0)
SHORT_LOANS = (0, 0, 2, 0, 10**9, 0)
NO_LOAN = (24, 61, 61, 0, 10**9, 0)


def sell(world: World, want_fen: int, limits: tuple[int, ...], screening_error_ppm: int) -> Bought:
    """Offer a pool the lender's loans, on the day just lived."""
    book = world.book
    plans = (True,) * (6 * len(book.catalogue.names))
    offer = Offer(book.code_of(POOL), want_fen, limits, (True,) * len(CLASSES), plans)
    return book.sell(world.day - 1, OWNER, [offer], screening_error_ppm=screening_error_ppm)[0]


def sold(limits: tuple[int, ...], screening_error_ppm: int, *, afresh: bool) -> World:
    """A book that sells every day, and once takes back what a pool holds."""
    world = World().season()
    book = world.book
    for day in range(70):
        world.run(1)
        if day == 40:
            book.hand_over(world.day - 1, POOL, OWNER)
        if afresh:
            book.own_rows.forget()
        want = book.outstanding_fen(OWNER) // 10
        assert 0 < sell(world, want, limits, screening_error_ppm).principal_fen <= want
    book.check(full=True)
    return world


@pytest.mark.parametrize(("limits", "error_ppm"), [(ANY_LOAN, 0), (SHORT_LOANS, 0), (SHORT_LOANS, 50_000)])
def test_a_list_kept_from_sale_to_sale_sells_what_a_fresh_one_sells(limits: tuple[int, ...], error_ppm: int) -> None:
    kept, afresh = (sold(limits, error_ppm, afresh=afresh).book for afresh in (False, True))
    assert kept.outstanding_fen(POOL) > 0
    np.testing.assert_array_equal(kept.count, afresh.count)
    np.testing.assert_array_equal(kept.loans.owner, afresh.loans.owner)
    np.testing.assert_array_equal(kept.stock, afresh.stock)


@pytest.mark.parametrize("want_part", [2, 400])
def test_a_loan_is_reviewed_once_a_day_however_many_samples_are_drawn(want_part: int) -> None:
    world = World().season().run(1)
    book = world.book
    found = sell(world, book.outstanding_fen(OWNER) // want_part, NO_LOAN, 1_000_000)
    assert found.loans == 0
    assert found.ineligible_found_fen <= book.outstanding_fen(OWNER)
    # A lot larger than the want is not offered.
    assert 0.5 * book.live.sum() < found.reviewed_loans <= book.live.sum()


def test_each_day_screening_lets_the_same_share_slip_through() -> None:
    world, shares = World(households=64 * 28 * 4).season(), []
    for _ in range(60):
        world.run(1)
        whole = world.book.outstanding_fen(OWNER)
        shares.append(sell(world, whole, NO_LOAN, 100_000).ineligible_found_fen / whole)
    assert np.mean(shares) == pytest.approx(0.1, rel=0.03)
    for third in np.split(np.array(shares), 3):
        assert third.mean() == pytest.approx(0.1, rel=0.06)
