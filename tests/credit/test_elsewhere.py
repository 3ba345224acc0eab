"""Borrowers turned away: what one lender refuses is tried at the household's next account, on the same day."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import World, lending

from sim.calendar import date_of, month_index
from sim.credit.elsewhere import TakenIn, take_in
from sim.credit.kernels import layout as at
from sim.credit.lending_terms import InstalmentTerms, ProductTerms

CASH = {"cash": ProductTerms(terms={1: InstalmentTerms(share_ppm=1_000_000)}, cash=True)}
FIRST, SECOND, THIRD = range(3)


def three_lenders(share_ppm: int = 1_000_000, **second: object) -> World:
    """Two lenders for shopping and one for cash; a share of what is refused is tried elsewhere."""
    terms = (lending(), lending(payment_rank=2, **second), lending(products=CASH))
    return World(households=64 * 28 * 2, lenders=terms, elsewhere_ppm=share_ppm).season()


def live(world: World, days: int, ration_ppm: int = 1_000_000) -> list[TakenIn]:
    """Days step by step; what came of each day's refusals. `ration_ppm` is the second lender's."""
    books, found = {book.lender: book for book in world.books.values()}, []
    for _ in range(days):
        if date_of(world.day).day == 1:
            world.accounts.change_month(month_index(world.day), 0)
            for book in books.values():
                book.open_month(world.day, 0)
        for number, book in books.items():
            book.open_day()
            book.lend(world.day, 0, ration_ppm=ration_ppm if number == SECOND else 1_000_000)
        found.append(take_in(books, world.day))
        for owner, book in world.books.items():
            book.collect(world.day, owner)
            book.close_day(owner)
            book.check(full=True)
        world.day += 1
    return found


def total(found: list[TakenIn], refused_by: int, tried_at: int | None, what: int = 0) -> int:
    """Applied for (0) or lent (1), fen x weight."""
    return sum(day.tried.get(refused_by, {}).get(tried_at, (0, 0))[what] for day in found)


def test_a_cut_at_one_lender_shows_at_the_other_that_sells_the_same() -> None:
    usual, cut = three_lenders(), three_lenders()
    next(iter(cut.books.values())).set_limit_factor((0,) * 5)
    before, after = live(usual, 40), live(cut, 40)
    assert not any(day.tried for day in before)
    assert total(after, FIRST, SECOND) > 0
    assert total(after, FIRST, THIRD) == 0
    a, b = (list(world.books.values())[SECOND].months for world in (usual, cut))
    grown = sum(m["applied_fen"] for m in b) - sum(m["applied_fen"] for m in a)
    assert grown == total(after, FIRST, SECOND)
    lent = sum(m["granted_fen"] for m in b) - sum(m["granted_fen"] for m in a)
    # Limits at the second lender are filled by it, so that it refuses more of what its own members ask for.
    assert 0 < lent <= total(after, FIRST, SECOND, 1)


def test_what_is_lent_is_a_loan_in_the_other_book_to_the_fen() -> None:
    world = three_lenders()
    next(iter(world.books.values())).admit((1_000_000, 0, 0, 0, 0))
    for _ in range(35):
        (day,) = live(world, 1)
        told = {number: lent.fen for number, lent in day.lent.items()}
        tried = day.tried.get(FIRST, {})
        assert told == {other: lent for other, (_, lent) in tried.items() if lent}
    for book in world.books.values():
        owed = np.zeros(book.accounts.size, np.int64)
        for bucket in range(at.BUCKETS):
            for lane in range(at.LANES):
                rows = slice(0, int(book.count[bucket, lane]))
                np.add.at(owed, book.loans.who[bucket, lane, rows], book.loans.owed[bucket, lane, rows])
        assert (owed == book.accounts.columns.used).all()
        assert (book.accounts.columns.used <= book.limits_fen())[book.accounts.columns.klass < 1].all()


@pytest.mark.parametrize("share_ppm", [0, 300_000])
def test_who_gives_up_is_drawn_alike_whatever_the_share(share_ppm: int) -> None:
    some, every = three_lenders(share_ppm), three_lenders()
    for world in (some, every):
        next(iter(world.books.values())).set_limit_factor((0,) * 5)
    live_some, live_every = live(some, 1), live(every, 1)
    refused = next(iter(some.books.values())).turned_away
    a, b = (
        {(int(who), int(fen)) for lane in range(at.LANES) for who, fen in zip(
            r.who[lane, : r.count[lane]], r.fen[lane, : r.count[lane]], strict=True)}
        for r in (refused, next(iter(every.books.values())).turned_away)
    )  # fmt: skip
    assert a <= b
    assert len(b) * share_ppm * 0.8 <= len(a) * 1_000_000 <= len(b) * share_ppm * 1.2
    assert sum(total(live_some, FIRST, other) for other in (SECOND, None)) <= sum(
        total(live_every, FIRST, other) for other in (SECOND, None)
    )


def test_a_lender_short_of_funds_rations_others_customers_like_its_own() -> None:
    found = {}
    for ration in (1_000_000, 500_000, 0):
        world = three_lenders()
        next(iter(world.books.values())).set_limit_factor((0,) * 5)
        found[ration] = live(world, 20, ration)
    assert total(found[1_000_000], FIRST, SECOND, 1) == total(found[1_000_000], FIRST, SECOND)
    assert 0.4 < total(found[500_000], FIRST, SECOND, 1) / total(found[500_000], FIRST, SECOND) < 0.6
    assert total(found[0], FIRST, SECOND) == 0 < total(found[0], FIRST, None)


def test_who_is_late_is_not_taken_in() -> None:
    world = three_lenders()
    first, second, _ = world.books.values()
    first.set_limit_factor((0,) * 5)
    assert total(live(world, 1), FIRST, SECOND) > 0
    second.accounts.columns.missed[:] = 1
    assert total(live(world, 1), FIRST, SECOND) == 0
