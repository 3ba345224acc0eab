"""Households look like the papers' borrowers, and can be read one at a time."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from worlds import START, lending

from sim.calendar import day_of, month_index
from sim.credit.accounts import Accounts, joining_thresholds
from sim.credit.membership import months_of_joining, share_by_month
from sim.credit.population import Households, lognormal_quantiles
from sim.credit.scores import class_given_quality
from sim.credit.terms import AGE_BANDS, REGIONS, PopulationTerms
from sim.draws import WORD

PEOPLE = Households(PopulationTerms(households=200_000), seed=3)


def shares(column: np.ndarray) -> np.ndarray:
    return np.bincount(column[: PEOPLE.count]) / PEOPLE.count


def test_under_35_and_five_regions_as_printed() -> None:
    ages = shares(PEOPLE.columns.trait // 8)
    assert 100 * ages[:3].sum() == pytest.approx(82.07, abs=0.3)
    regions = shares(PEOPLE.columns.region)
    assert 100 * regions[:5].sum() == pytest.approx(76.16, abs=0.3)
    assert 100 * regions[:2].sum() == pytest.approx(35.73, abs=0.3)


def test_good_regions_have_better_quality() -> None:
    quality = PEOPLE.columns.trait % 8
    means = [quality[PEOPLE.columns.region == region].mean() for region in range(len(REGIONS))]
    assert max(means[:2]) < min(means[2:])


def test_a_score_is_informative_and_can_be_wrong() -> None:
    accounts = Accounts(PEOPLE, 3, (lending(),), START).columns
    quality, klass = PEOPLE.columns.trait[: PEOPLE.count] % 8, accounts.klass[: PEOPLE.count]
    by_class = [quality[klass == k].mean() for k in range(5)]
    assert by_class == sorted(by_class)
    assert (quality[klass == 1] > 4).any()
    assert np.bincount(klass) / klass.size == pytest.approx([0.02, 0.56, 0.36, 0.04, 0.02], abs=0.02)


def test_without_noise_the_score_sees_quality_itself() -> None:
    table = class_given_quality((500_000, 500_000, 0, 0, 0), 0.8, 1e-6)
    assert (table[:4, 0] >= WORD - 4096).all()
    assert (table[4:, 0] == 0).all()


def test_membership_grows_at_its_rate() -> None:
    ends = {datetime.date(2015, 1, 1): 310_068, datetime.date(2017, 1, 1): 1_000_000}
    shares = share_by_month(lending(members=ends), 60, 25)
    table = joining_thresholds(shares).astype(float) / WORD
    assert table[-1] == 1
    assert table[1:] / table[:-1] == pytest.approx(1.05, abs=1e-3)


def test_limits_stay_within_the_product() -> None:
    accounts = Accounts(PEOPLE, 3, (lending(limit_min_fen=5_000, limit_max_fen=5_000_000),), START).columns
    assert accounts.ceiling[: PEOPLE.count].min() >= 5_000
    assert accounts.ceiling.max() <= 5_000_000
    assert len(set(lognormal_quantiles(500_000, 0.6, 5_000, 5_000_000, 256, 5_000))) > 60


def test_one_household_reads_like_an_object() -> None:
    someone = PEOPLE[17]
    assert someone.number == 17
    assert someone.weight == 1
    assert someone.age_band in AGE_BANDS
    assert someone.income_fen >= 50_000
    with pytest.raises(IndexError, match="household 200000 does not exist"):
        PEOPLE[200_000]


def test_income_states_settle_and_stress_makes_them_worse() -> None:
    calm, stressed = (
        Households(PopulationTerms(households=60_000), 1),
        Households(PopulationTerms(households=60_000), 1),
    )
    for month in range(24):
        calm.change_month(100 + month, 0)
        stressed.change_month(100 + month, 2_000)
    jobless = [float((p.columns.state[:60_000] == 2).mean()) for p in (calm, stressed)]
    assert 0.02 < jobless[0] < 0.05
    assert jobless[1] > 1.4 * jobless[0]


def test_whoever_joins_on_dated_terms_is_counted_to_the_terms_own_last_date() -> None:
    """A later end of the scenario must not renumber the accounts, and so the draws, of a shorter run's first day."""
    dated = lending(members={datetime.date(2019, 1, 1): 100_000, datetime.date(2020, 6, 30): 300_000})
    first = month_index(day_of(datetime.date(2019, 1, 1)))
    assert months_of_joining(dated, first) == 18
    assert months_of_joining(lending(), first) == 1
