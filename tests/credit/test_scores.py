"""Places within a score class: a member's own for life, the worse the further back."""

from __future__ import annotations

import datetime

import numpy as np
from worlds import World, calm

from sim.credit.kernels import layout as at

MANY = 64 * 28 * 16
WEAK = calm(intercept={datetime.date(2010, 1, 1): -2.0})


def test_places_fill_each_class_evenly_and_are_the_worse_the_further_back() -> None:
    world = World(households=MANY)
    a, place = world.book.accounts.columns, world.book.accounts.scores.place
    quality = world.households.columns.trait[a.household] % at.QUALITIES
    for k in (1, 2):
        here = a.klass == k
        by_quarter = np.bincount(place[here] // 64, minlength=4) / here.sum()
        assert abs(by_quarter - 0.25).max() < 0.05
        means = [quality[here & (place // 64 == quarter)].mean() for quarter in range(4)]
        assert means == sorted(means)
        assert means[3] > means[0] + 0.5


def test_scoring_again_with_the_usual_noise_leaves_places_where_they_were() -> None:
    world = World(households=MANY)
    klass, place = world.book.accounts.columns.klass.copy(), world.book.accounts.scores.place.copy()
    world.book.rescore(world.book.terms.score_noise)
    alike = world.book.accounts.columns.klass == klass
    assert alike.mean() > 0.99
    assert (world.book.accounts.scores.place[alike] == place[alike]).mean() > 0.99


def test_a_tighter_cut_refuses_some_more_of_the_same_class_and_lets_nobody_else_in() -> None:
    world = World(households=MANY)
    a, shares = world.book.accounts.columns, []
    before = np.ones(a.klass.size, np.bool_)
    for part in (1_000_000, 800_000, 790_000, 300_000, 0):
        world.book.admit((1_000_000, 1_000_000, part, 0, 0))
        admitted = a.granted != at.REFUSED
        assert (a.granted[admitted] == a.klass[admitted]).all()
        assert not (admitted & ~before).any()
        shares.append(admitted[a.klass == 2].mean())
        before = admitted
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[1] - shares[2] < 0.02
    assert shares[2] - shares[3] > 0.4
    assert shares[0] == 1.0
    assert shares[-1] == 0.0


def test_those_refused_would_have_missed_more_than_those_kept() -> None:
    """Of one class, all of whom still borrow, the half that a cut would refuse is behind more often."""
    world = World(households=MANY, behaviour=WEAK).season().run(120)
    a, place = world.book.accounts.columns, world.book.accounts.scores.place
    here = (a.klass == 2) & (a.used > 0)
    kept, cut = (here & (place < 128), here & (place >= 128))
    assert (a.missed[cut] > 0).mean() > 1.15 * (a.missed[kept] > 0).mean()


def test_who_is_refused_draws_nothing_any_more() -> None:
    world = World(households=MANY).season()
    world.book.admit((1_000_000, 500_000, 0, 0, 0))
    a, before = world.book.accounts.columns, world.book.accounts.columns.used.copy()
    world.run(20)
    refused = a.granted == at.REFUSED
    assert (a.used[refused] <= before[refused]).all()
    assert (a.used > before).any()
