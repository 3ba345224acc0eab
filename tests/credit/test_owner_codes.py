"""Owners' codes in a loan book: freed when nothing is held, used again, kept by a checkpoint."""

from __future__ import annotations

import pytest
from worlds import LENDER, World

from sim.credit.kernels import layout as at
from sim.errors import InvariantError

OWNER, POOL = f"{LENDER}0", "spv:pool"


def world_with_an_emptied_pool() -> World:
    """A pool took over the whole book, collected for a month and handed everything back."""
    world = World().season()
    world.book.hand_over(world.day, OWNER, POOL)
    world.run(31)
    world.book.hand_over(world.day, POOL, OWNER)
    return world


def test_an_owner_that_still_holds_loans_cannot_be_released() -> None:
    world = World().season()
    world.book.hand_over(world.day, OWNER, POOL)
    held = world.book.outstanding_fen(POOL)
    with pytest.raises(InvariantError, match=f"{POOL} cannot be released: it still holds {held} fen of principal"):
        world.book.release(POOL)


def test_nobody_can_release_a_stranger_or_the_lender_itself() -> None:
    world = World()
    with pytest.raises(InvariantError, match="spv:unknown has no part"):
        world.book.release("spv:unknown")
    with pytest.raises(InvariantError, match="new loans are made under its code"):
        world.book.release(OWNER)


def test_a_released_code_keeps_its_name_for_the_day_and_serves_a_new_owner_after() -> None:
    world = world_with_an_emptied_pool()
    book, code = world.book, world.book.code_of(POOL)
    book.buy_back_at[code] = 3
    book.release(POOL)
    assert book.owners[code] == POOL
    world.run(1)
    assert book.owners[code] == ""
    book.check(full=True)
    assert book.code_of("spv:next") == code
    assert book.buy_back_at[code] == 0
    assert book.outstanding_fen("spv:next") == 0
    book.hand_over(world.day, OWNER, "spv:next")
    world.run(31)
    assert book.day_flows("spv:next")["lent"] == 0
    assert book.outstanding_fen("spv:next") > 0
    book.check(full=True)


def test_what_comes_to_a_released_owner_before_midnight_stops_the_release() -> None:
    world = world_with_an_emptied_pool()
    world.book.release(POOL)
    world.book.hand_over(world.day, OWNER, POOL)
    with pytest.raises(InvariantError, match="cannot be released"):
        world.run(1)


def test_a_checkpoint_keeps_free_and_leaving_codes() -> None:
    world = world_with_an_emptied_pool()
    world.book.release(POOL)
    twin = World()
    twin.book.restore(world.book.state())
    twin.book.open_day()
    assert twin.book.owners == [OWNER, ""]
    assert twin.book.code_of("spv:next") == 1


def test_the_days_flows_are_those_of_all_lanes() -> None:
    world = World().season()
    for _ in range(31):
        world.run(1)
        book = world.book
        assert (book.day_totals() == book.flows.sum(axis=0)[: len(book.owners)]).all()
    assert int(book.flows[:, :, at.LENT].sum()) > 0
