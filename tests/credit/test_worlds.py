"""Two worlds share every draw: what one household does, or a policy allows, moves nobody else's luck."""

from __future__ import annotations

import datetime

import numpy as np
from worlds import World, calm, lending

from sim.calendar import month_index
from sim.credit.kernels import layout as at
from sim.credit.kernels.layout import MISS
from sim.credit.lending_terms import SpendingTerms
from sim.credit.spending import season_factor

RISKY = calm(intercept={datetime.date(2010, 1, 1): -2.0}, late_ppm=30_000, prepay_ppm=20_000, partial_cure_ppm=50_000)


def histories(world: World, days: int) -> list[np.ndarray]:
    """Each day's accounts of the first lender."""
    out = []
    for _ in range(days):
        world.run(1)
        a = world.book.accounts.columns
        out.append(np.stack([a.used, a.missed.astype(np.int64), a.decided.astype(np.int64)]))
    return out


def test_worlds_one_household_fewer_changes_nobody_elses_history() -> None:
    whole, less = World(behaviour=RISKY), World(behaviour=RISKY)
    gone = 777
    less.households.remove(gone)
    one, other = histories(whole.season(), 120), histories(less.season(), 120)
    for a, b in zip(one, other, strict=True):
        others = np.arange(a.shape[1]) != gone
        assert (a[:, others] == b[:, others]).all()
    assert other[-1][0, gone] == 0
    assert any(day[0, gone] != 0 for day in one)


def test_worlds_a_policy_at_one_time_leaves_earlier_days_alone() -> None:
    free, rationed = World(behaviour=RISKY).season(), World(behaviour=RISKY).season()
    one, other = histories(free, 30), histories(rationed, 30)
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
    rationed.book.admit((1_000_000, 1_000_000, 0, 0, 0))
    one, other = histories(free, 60), histories(rationed, 60)
    refused = ~np.isin(rationed.book.accounts.columns.klass, (0, 1))
    assert (one[-1][0] != other[-1][0])[refused].any()
    # Those whom the policy does not touch live the same days.
    assert all((a[:, ~refused] == b[:, ~refused]).all() for a, b in zip(one, other, strict=True))


def test_order_of_lenders_and_of_calls_changes_nothing() -> None:
    forward, backward = (
        World(behaviour=RISKY, lenders=(lending(), lending(payment_rank=2))),
        World(behaviour=RISKY, lenders=(lending(), lending(payment_rank=2))),
    )
    forward.season()
    backward.season()
    backward.books = dict(reversed(backward.books.items()))
    forward.run(60)
    backward.run(60)
    for owner, book in forward.books.items():
        twin = backward.books[owner]
        for name, column in book.accounts.columns.arrays().items():
            assert (column == twin.accounts.columns.arrays()[name]).all(), name
        assert (book.stock == twin.stock).all()


def test_misses_are_nested_across_lenders_with_due_days_3_and_17() -> None:
    """Who misses at the lender it prefers misses at the other one too, though that bill falls due two weeks later."""
    world = World(households=64 * 28 * 8, behaviour=RISKY, lenders=(lending(), lending(payment_rank=2))).season()
    first, second = world.books.values()
    blocks = np.arange(world.households.columns.weight.size) // at.BLOCK
    mine = ((blocks + first.shift) % at.BUCKETS == 2) & ((blocks + second.shift) % at.BUCKETS == 16)
    assert mine.sum() > 200
    both = worse = 0
    for days in (31, 28, 31):  # January to March 2017, whole months
        past_a, past_b = first.accounts.columns.missed.copy(), second.accounts.columns.missed.copy()
        world.run(days)
        a, b = first.accounts.columns.decided.astype(int), second.accounts.columns.decided.astype(int)
        decided = mine & (a >> 2 == b >> 2) & (a >> 2 == month_index(world.day - 1))
        nested = decided & (np.minimum(past_a, 6) <= np.minimum(past_b, 6))
        miss_a, miss_b = (a & 3) == MISS, (b & 3) == MISS
        assert not (nested & miss_a & ~miss_b).any()
        both += int((nested & miss_a & miss_b).sum())
        worse += int((nested & miss_b & ~miss_a).sum())
    assert both > 20
    assert worse > 0


def test_the_season_is_known_to_everybody() -> None:
    terms = SpendingTerms()
    festival = (datetime.date(2017, 11, 11) - datetime.date(2010, 1, 1)).days
    assert season_factor(terms, festival) > 4 * season_factor(terms, festival - 7)
