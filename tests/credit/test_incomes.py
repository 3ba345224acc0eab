"""Income stands with quality, region and age, and limits, purchases and debts with income; distributions stay."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from worlds import SCENARIOS, START, lending

from sim.credit.accounts import Accounts, limits_by_class
from sim.credit.incomes import STANDINGS, following_income
from sim.credit.population import Households
from sim.credit.terms import REGIONS, PopulationTerms
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

COUNT = 100_000


@cache
def people(**changes: Any) -> Households:
    return Households(PopulationTerms(households=COUNT, **changes), seed=3)


def incomes(households: Households) -> np.ndarray:
    return households.columns.income[:COUNT].astype(float)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    first, second = (np.argsort(np.argsort(values, kind="stable")) for values in (one, other))
    return float(np.corrcoef(first, second)[0, 1])


def test_the_distribution_of_incomes_is_that_of_independent_draws() -> None:
    apart = people(income_of_quality=0.0, income_by_region=(1.0,) * len(REGIONS))
    together = people()
    assert incomes(together).mean() == pytest.approx(incomes(apart).mean(), rel=0.01)
    for share in (0.1, 0.5, 0.9):
        assert np.quantile(incomes(together), share) == pytest.approx(np.quantile(incomes(apart), share), rel=0.02)


def test_better_payers_and_the_coast_earn_more() -> None:
    households, theirs = people(), incomes(people())
    quality = households.columns.trait[:COUNT] % 8
    assert -0.34 < rank_correlation(quality, theirs) < -0.24
    by_region = [theirs[households.columns.region[:COUNT] == r].mean() for r in range(len(REGIONS))]
    assert by_region[REGIONS.index("Yangtze delta")] > 1.5 * by_region[REGIONS.index("northwest")]
    none = people(income_of_quality=0.0, income_by_region=(1.0,) * len(REGIONS))
    assert abs(rank_correlation(none.columns.trait[:COUNT] % 8, incomes(none))) < 0.02


@pytest.mark.parametrize("correlation", [0.0, 0.35, 0.6, 1.0])
def test_what_follows_income_keeps_its_distribution(correlation: float) -> None:
    """Over all standings every step is taken as often as any other, but for what 32 standings cannot resolve."""
    table = following_income(correlation, 256)
    quarters = np.bincount(table.ravel() // 64, minlength=4) / table.size
    assert quarters == pytest.approx([0.25] * 4, abs=0.01)
    means = table.mean(axis=1)
    assert (np.diff(means) >= 0).all()
    assert (means[-1] > means[0]) == (correlation > 0)


def test_limits_of_a_class_keep_their_mean_and_follow_income() -> None:
    terms = lending(class_shares_ppm=(20_000, 560_000, 360_000, 40_000, 20_000), limit_sigma=0.6)
    tables = {r: limits_by_class(terms.model_copy(update={"limit_of_income": r})) for r in (0.0, 0.6)}
    assert tables[0.6].shape == (5, STANDINGS, 256)
    assert tables[0.6].mean(axis=(1, 2)) == pytest.approx(tables[0.0].mean(axis=(1, 2)), rel=0.01)
    households, found = people(), {}
    for correlation in tables:
        of = Accounts(households, 3, (terms.model_copy(update={"limit_of_income": correlation}),), START).columns
        found[correlation] = of.klass[:COUNT].copy(), of.ceiling[:COUNT].astype(float)
    klass, limits = found[0.6]
    for k in range(1, 4):
        assert limits[klass == k].mean() == pytest.approx(found[0.0][1][klass == k].mean(), rel=0.02)
    in_class = klass == 1
    assert 0.5 < rank_correlation(incomes(households)[in_class], limits[in_class]) < 0.65
    # Without it a limit follows income through the class alone.
    assert 0.03 < rank_correlation(incomes(households), found[0.0][1]) < 0.2


@cache
def lived() -> SecuritizationMarket:
    """The small market after three months."""
    place = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", {"end": "2019-03-31"}))
    while place.day <= place.last_day:
        place.step()
    return place


def test_the_poor_hold_less_and_owe_more_of_what_they_earn() -> None:
    place = lived()
    a, count = place.accounts.columns, len(place.households)
    sums = {name: np.zeros(count) for name in ("ceiling", "used", "instalment")}
    for lender, members in enumerate(place.accounts.counts):
        rows = slice(int(place.accounts.starts[lender]), int(place.accounts.starts[lender]) + members)
        for name, total in sums.items():
            np.add.at(total, a.household[rows], getattr(a, name)[rows].astype(float))
    holds = sums["ceiling"] > 0
    earned = place.households.columns.income[:count].astype(float)[holds]
    limit, owed, due = (sums[name][holds] for name in ("ceiling", "used", "instalment"))
    assert 0.3 < rank_correlation(earned, limit) < 0.5
    assert 0.12 < rank_correlation(earned, owed) < 0.35
    edges = np.quantile(earned, [0.2, 0.8])
    poorest, richest = earned < edges[0], earned > edges[1]
    assert limit[richest].mean() > 2 * limit[poorest].mean()
    burden = [due[some].sum() / earned[some].sum() for some in (poorest, richest)]
    assert burden[0] > 1.5 * burden[1]
