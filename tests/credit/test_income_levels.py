"""Incomes grow: the same bills weigh less; what is bought, and limits, follow prices."""

from __future__ import annotations

import numpy as np
from worlds import World

from sim.credit.kernels.layout import BURDENS

MILLION = 1_000_000


def burdens(world: World, income_ppm: int) -> np.ndarray:
    world.accounts.change_month(84, 0, income_ppm)
    return (world.households.columns.cell % BURDENS).astype(np.int64)


def test_the_same_bills_weigh_less_on_a_higher_income() -> None:
    world = World().season()
    lower, usual, higher = (burdens(world, ppm) for ppm in (700_000, MILLION, 1_400_000))
    assert (lower >= usual).all()
    assert (usual >= higher).all()
    assert lower.sum() > usual.sum() > higher.sum()
    assert world.households[0].income_fen == int(world.households.columns.income[0]) * 14 // 10


def test_limits_and_purchases_follow_prices() -> None:
    world = World().season()
    book = world.book
    before, amounts = book.limits_fen(), book.amounts.astype(np.int64)
    book.open_month(world.day, 0, 1_100_000)
    assert (book.limits_fen() == before * 11 // 10).all()
    assert np.abs(book.amounts * 10 - amounts * 11).max() <= 500  # rounded to whole yuan
    book.open_month(world.day, 0)
    assert (book.limits_fen() == before).all()


def test_a_book_lends_more_where_prices_are_higher() -> None:
    lent = []
    for prices in (MILLION, 1_100_000):
        world = World().season()
        world.book.open_month(world.day, 0, prices)
        world.book.open_day()
        lent.append(world.book.lend(world.day, 0))
    assert lent[1] > lent[0]
