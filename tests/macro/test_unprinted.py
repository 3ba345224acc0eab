"""Series nobody prints: they follow stress as their terms say, by hand, and no month depends on the next."""

from __future__ import annotations

import datetime
from math import sqrt

import pytest

from sim.calendar import add_months, day_of, month_index
from sim.macro.economy import Economy
from sim.macro.paths import MacroTerms, UnprintedTerms
from sim.macro.unprinted import LINKED, Unprinted

DAY = day_of(datetime.date(2019, 6, 15))


def nothing(*_asked):
    return 0


def series(stress=nothing, push=nothing, **terms):
    return Unprinted(UnprintedTerms(**terms), stress, push)


def test_without_news_everything_is_normal():
    assert {read.value for read in series().readings(DAY).values()} == {0}


def test_a_step_of_stress_moves_each_series_by_its_link_and_shares_once():
    since = day_of(datetime.date(2019, 6, 1))
    told = series(lambda day: 2_000 if day >= since else 0).readings(DAY)
    assert told["sentiment"].value == -1_800
    assert told["investment_growth"].value == -1_200
    assert told["short_external_debt"].value == 600
    assert told["direct_investment"].value == -600
    assert told["stock_value_growth"].value == told["price_earnings"].value == -200_000
    assert told["stock_volatility"].value == 200_000
    later = series(lambda day: 2_000 if day >= since else 0).readings(add_months(DAY, 12))
    assert later["stock_value_growth"].value == later["stock_volatility"].value == 0
    assert later["price_earnings"].value == pytest.approx(-200_000 * 0.97**12, abs=10)


def test_the_own_part_has_the_variance_it_should():
    last = month_index(DAY)
    one = series(push=lambda _name, month: 1_000 if month == last else 0, abroad_link_ppm=600_000).readings(DAY)
    assert one["trade_balance"].value == pytest.approx(0.8 * sqrt(1 - 0.9**2) * 1_000, abs=2)
    assert one["stock_volatility"].value == 60_000


def test_any_day_in_any_order_gives_the_same_and_a_later_shock_changes_nothing_before_it():
    shock = {"late": {"kind": "stress", "from": "2019-08-01", "size": 3_000}}
    calm, shocked = (Economy(MacroTerms(observed=True, shocks=s), 7).unprinted for s in ({}, shock))
    after = add_months(DAY, 3)
    assert calm.readings(after) != shocked.readings(after)
    assert calm.readings(DAY) == shocked.readings(DAY) == Economy(MacroTerms(observed=True), 7).unprinted.readings(DAY)


def test_seeds_differ_and_every_series_is_its_own():
    one, other = (Economy(MacroTerms(), seed).unprinted.readings(DAY) for seed in (1, 2))
    assert one != other
    assert len({one[name].value for name in LINKED}) == len(LINKED)
