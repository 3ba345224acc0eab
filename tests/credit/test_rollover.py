"""Rolling debt over: a household short of cash at one lender draws at another, as far as the limit there goes."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from worlds import LENDER, World, calm, lending

from sim.calendar import date_of
from sim.credit import rollover
from sim.credit.kernels import layout as at
from sim.credit.lending_terms import InstalmentTerms, ProductTerms

SHOP, CASH = f"{LENDER}0", f"{LENDER}1"
TERMS = {1: InstalmentTerms(share_ppm=600_000), 6: InstalmentTerms(share_ppm=400_000)}
CASH_PRODUCTS = {"cash": ProductTerms(terms=TERMS, cash=True)}


def two_lenders(*, roll_ppm: int = 500_000, intercept: float = -2.5, **cash: object) -> World:
    """A lender for shopping and one for cash, which everybody pays first."""
    behaviour = calm(intercept={datetime.date(2010, 1, 1): intercept}, rollover_ppm=roll_ppm)
    terms = (lending(payment_rank=2), lending(products=CASH_PRODUCTS, **cash))
    return World(households=64 * 28 * 2, behaviour=behaviour, lenders=terms).season()


def sums(world: World, days: int, owner: str) -> dict[str, int]:
    total = dict.fromkeys(at.FLOW_NAMES, 0)
    for _ in range(days):
        world.run(1)
        for name, fen in world.books[owner].day_flows(owner).items():
            total[name] += fen
    return total


def one_day(world: World) -> dict[str, int]:
    """One day step by step; returns what was drawn and lent by rollover that day."""
    shop, cash = world.books.values()
    if date_of(world.day).day == 1:
        world.accounts.change_month(84 + (date_of(world.day).month - 1), 0)
        for book in (shop, cash):
            book.open_month(world.day, 0)
    for book in (shop, cash):
        book.open_day()
        book.lend(world.day, 0)
    before = int(cash.day_totals()[:, at.CASH_LENT].sum())
    shop.collect(world.day, SHOP)
    rollover.settle({0: shop, 1: cash}, shop, world.day)
    lent = int(cash.day_totals()[:, at.CASH_LENT].sum()) - before
    drawn, requested = int(shop.day_totals()[:, at.ROLLED_OVER].sum()), int(shop.requests.fen.sum())
    cash.collect(world.day, CASH)
    rollover.settle({0: shop, 1: cash}, cash, world.day)
    for owner, book in world.books.items():
        book.close_day(owner)
        book.check(full=True)
    world.day += 1
    return {"lent": lent, "drawn": drawn, "requested": requested}


def used_equals_loans(world: World) -> None:
    """What each account uses is what its loans owe."""
    for book in world.books.values():
        owed, due = (np.zeros(book.accounts.size, np.int64) for _ in range(2))
        for bucket in range(at.BUCKETS):
            for lane in range(at.LANES):
                rows = slice(0, int(book.count[bucket, lane]))
                np.add.at(owed, book.loans.who[bucket, lane, rows], book.loans.owed[bucket, lane, rows])
                np.add.at(due, book.loans.who[bucket, lane, rows], 1)
        assert (owed == book.accounts.columns.used).all()
        assert (book.accounts.columns.instalment[due == 0] == 0).all()


def test_cash_lent_is_what_was_drawn_to_pay_to_the_fen() -> None:
    world, total = two_lenders(), 0
    for _ in range(62):
        day = one_day(world)
        assert day["lent"] == day["drawn"] == day["requested"]
        total += day["lent"]
    assert total > 0
    used_equals_loans(world)
    cash = world.books[CASH]
    assert (cash.accounts.columns.used <= cash.accounts.columns.ceiling).all()


def test_nobody_rolls_over_whose_limit_is_cut_and_the_same_households_miss() -> None:
    free, cut = two_lenders(), two_lenders()
    for world in (free, cut):
        world.run(28)
    cut.books[CASH].set_limit_factor((0,) * 5)
    rolled, missed = sums(free, 59, SHOP), sums(cut, 59, SHOP)
    assert rolled["rolled_over"] > 0
    assert missed["rolled_over"] == 0
    assert missed["missed_rollover"] > rolled["missed_rollover"]
    assert missed["entered_arrears"] > rolled["entered_arrears"]
    a, b = (world.books[SHOP].accounts.columns for world in (free, cut))
    others = (a.rank & at.ROLLS) == 0
    # At this lender only those of the rollover type feel the cut; a few others are spared what they would have owed.
    assert (a.missed[others] >= b.missed[others]).all()
    assert (a.missed[others] > b.missed[others]).mean() < 0.01
    assert (a.missed[~others] <= b.missed[~others]).mean() > 0.99
    assert (a.missed[~others] < b.missed[~others]).any()


def test_a_lender_that_does_not_lend_today_is_closed_for_cash() -> None:
    world = two_lenders().run(35)
    shop, cash = world.books.values()
    for _ in range(28):
        shop.open_day(), cash.open_day()
        shop.lend(world.day, 0)
        shop.collect(world.day, SHOP)
        cash.collect(world.day, CASH)
        assert shop.requests.fen.size == 0
        world.day += 1


def test_half_a_ration_lets_about_half_draw() -> None:
    """The ration's draw is keyed: those who get money at half a ration also get it at a whole one."""
    drawn = []
    for ration in (1_000_000, 500_000):
        world, rows = two_lenders().run(31), set()
        shop, cash = world.books.values()
        world.accounts.change_month(85, 0)
        for book in (shop, cash):
            book.open_month(world.day, 0)
        for _ in range(28):
            for book in (shop, cash):
                book.open_day()
            cash.lend(world.day, 0, ration_ppm=ration)
            shop.collect(world.day, SHOP)
            rows |= {(world.day, int(row)) for row in shop.requests.rows}
            rollover.settle({0: shop, 1: cash}, shop, world.day)
            world.day += 1
        drawn.append(rows)
    assert len(drawn[0]) > 30
    assert 0.25 < len(drawn[1]) / len(drawn[0]) < 0.75


@pytest.mark.parametrize("grace", [0, 9])
def test_a_cash_loan_is_never_due_on_the_day_it_is_drawn_whoever_collects_first(grace: int) -> None:
    histories = []
    for reverse in (False, True):
        products = {"cash": ProductTerms(terms=TERMS, cash=True, grace_days=grace)}
        # Everybody pays the lender of cash, so that its collection decides nothing about who may draw.
        world = _one_sided(products)
        if reverse:
            world.books = dict(reversed(world.books.items()))
        world.run(70)
        histories.append({name: column.copy() for name, column in world.books[CASH].accounts.columns.arrays().items()})
    assert all((histories[0][name] == histories[1][name]).all() for name in histories[0])


def _one_sided(products: dict[str, ProductTerms]) -> World:
    behaviour = calm(intercept={datetime.date(2010, 1, 1): -2.0}, rollover_ppm=500_000)
    certain = lending(products=products, intercept={datetime.date(2010, 1, 1): -20.0})
    return World(behaviour=behaviour, lenders=(lending(payment_rank=2), certain)).season()


def test_nobody_of_another_type_ever_draws() -> None:
    assert sums(two_lenders(roll_ppm=0), 62, SHOP)["rolled_over"] == 0


def test_both_sides_of_a_rollover_are_logged_for_watched_households() -> None:
    world = two_lenders()
    for book in world.books.values():
        book.accounts.watch(np.arange(64 * 28 * 2))
    drawn = lent = 0
    for _ in range(45):
        world.run(1)
        shop, cash = world.books.values()
        rolled = shop.day_log()[shop.day_log()[:, 4] == at.EVENT_ROLLOVER]
        drawn += int(rolled[:, 6].sum())
        lent += len(shop.requests.fen)
        if shop.requests.fen.size:
            _, rows, fen = next(shop.requests.by_lender(world.accounts))
            events = cash.day_log()
            made = {(int(e[1]), int(e[6])) for e in events[events[:, 4] == at.EVENT_LENT]}
            who = cash.accounts.columns.household[rows]
            assert {(int(h), int(f)) for h, f in zip(who, fen, strict=True)} <= made
    assert drawn > 0
    assert lent > 0
    assert at.EVENT_NAMES[at.EVENT_ROLLOVER] == "rollover"


def test_a_resumed_world_rolls_over_like_one_that_never_stopped() -> None:
    whole, first = two_lenders().run(70), two_lenders().run(40)
    resumed = World(
        households=64 * 28 * 2, behaviour=next(iter(first.books.values())).behaviour,
        lenders=tuple(book.terms for book in first.books.values()),
    )  # fmt: skip
    resumed.households.columns.restore(first.households.columns.arrays())
    resumed.accounts.fallback[:] = first.accounts.fallback
    for owner, book in resumed.books.items():
        book.restore(first.books[owner].state())
        book.open_month(first.day - date_of(first.day).day + 1, 0)
    resumed.day = first.day
    resumed.run(30)
    for owner, book in whole.books.items():
        twin = resumed.books[owner]
        assert (book.stock == twin.stock).all()
        for name, column in book.accounts.columns.arrays().items():
            assert (column == twin.accounts.columns.arrays()[name]).all(), name
