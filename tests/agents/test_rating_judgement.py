"""What an agency decides, by hand and in the right direction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents import rating_judgement as judge
from sim.agents.rating_terms import RatingAgencyTerms
from sim.deals.finite_pools import tails_ppm
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import (
    RatingMethod,
    Structure,
    attachment_for,
    defaults_beyond_ppm,
    expected_default_ppm,
    letter_for_probability,
)
from sim.deals.ratings import SCALE

POOL = PoolView(2_000, 600, 36, 350_000, 80_000, 850_000)
DEAL = Structure(7, 5)
METHOD = RatingMethod()


def terms(**changes: Any) -> RatingAgencyTerms:
    return RatingAgencyTerms(title="agency", **changes)


def test_leniency_lowers_and_noise_moves_the_support_asked_for() -> None:
    assert judge.granted_ppm(100_000, 0, 0) == 100_000
    assert judge.granted_ppm(100_000, 100_000, 0) == 90_000
    assert judge.granted_ppm(100_000, 100_000, -20_000) == 88_200
    assert judge.granted_ppm(100_001, 0, 0) == 100_100  # up to a whole basis point


def look(rating: str, earned: str, **said: bool) -> tuple[str, str]:
    usual = {"watched": False, "failed": False, "news": True, "better": False}
    return judge.judged(rating, earned, **(usual | said))


def test_letters_go_down_by_a_watch_and_up_by_patience() -> None:
    assert look("CCC", "C", failed=True, news=False) == ("C", "downgrade")
    assert look("C", "C", failed=True) == ("C", "affirm")

    assert look("AAA", "AA+") == ("AAA", "watch")
    assert look("AAA", "AA+", watched=True) == ("AA+", "downgrade")
    assert look("AAA", "AA-") == ("AA-", "downgrade")  # three letters: at once
    assert look("AAA", "AAA", watched=True) == ("AAA", "watch removed")
    assert look("AA+", "AAA") == ("AA+", "affirm")
    assert look("AA", "AAA", better=True) == ("AA+", "upgrade")  # one letter a step


def test_without_bad_news_nothing_that_was_granted_is_taken_back() -> None:
    for earned in ("AA+", "A", "C"):
        assert look("AAA", earned, news=False) == ("AAA", "affirm")
    assert look("AAA", "AA+", news=False, watched=True) == ("AAA", "watch removed")

    worse = replace(POOL, default_ppm=POOL.default_ppm + 1)
    assert not judge.is_worse(POOL, POOL, 90_000, 100_000, 5)  # five months at 2,000 ppm take 10,000
    assert judge.is_worse(POOL, POOL, 89_999, 100_000, 5)
    assert judge.is_worse(POOL, worse, 100_000, 100_000, 5)


def test_the_pool_is_seen_through_forecast_and_data() -> None:
    twice = [[4_000, 1_000_000]] * 15  # twelve months of inflow, each over the pool of three months before
    assert judge.pool_now(POOL, twice).default_ppm == 3_000
    assert judge.pool_now(POOL, []) == POOL
    assert judge.pool_now(POOL, [[0, 0]]) == judge.pool_now(POOL, twice[:3]) == POOL


def test_a_pool_that_repays_its_notes_does_not_look_worse() -> None:
    """It halves each month; what defaults was performing three months before, at the forecast rate."""
    performing = [1_000_000 // 2**month for month in range(9)]
    seen = [[2_000 * performing[max(0, month - 3)] // 1_000_000, performing[month]] for month in range(9)]
    assert judge.pool_now(POOL, seen).default_ppm == pytest.approx(2_000, rel=0.02)
    assert judge.surprise(POOL, seen, 10, METHOD) == 0


def test_a_loss_beyond_the_band_is_a_surprise_once_a_year_is_seen() -> None:
    def year(yearly_ppm: int, months: int = 12, loans: int = 100_000) -> int:
        seen = [[yearly_ppm * 1_000 // 12, 1_000_000_000]] * (months + 3)
        return judge.surprise(POOL, seen, 1_000_000_000 // loans, METHOD)

    expected = expected_default_ppm(POOL, Structure(12, 0), METHOD)
    assert year(expected) == 0
    assert year(4 * expected) == 1
    assert year(4 * expected, months=5) == 0
    assert year(0) == -1
    # Of sixty loans four in excess of one or two are chance, and so are none.
    assert year(4 * expected, loans=60) == 0
    assert year(0, loans=60) == 0


@given(st.integers(1_000, 300_000), st.integers(0, 200_000), st.integers(1, 3_000))
def test_the_fewer_the_loans_the_wider_is_what_they_may_come_to(expected: int, correlation: int, loans: int) -> None:
    """The number that defaults is surely one of 0, 1, 2, ...: tails overlap by the chance of the number itself, and a
    large pool's are those of the method's distribution."""
    seen = round(loans * expected / 1_000_000)
    below, above = tails_ppm(expected, correlation, loans, seen)
    assert below + above >= 999_990
    assert tails_ppm(expected, correlation, loans, seen + 1)[0] >= below
    assert tails_ppm(expected, correlation, loans, seen + 1)[1] <= above


def test_many_loans_come_to_what_a_large_pool_does() -> None:
    level = 60_000
    _, above = tails_ppm(20_000, 65_000, 10_000_000, 10 * level)
    assert above == pytest.approx(defaults_beyond_ppm(20_000, 65_000, level), abs=100)


def test_a_default_is_cured_once_all_was_paid_for_some_months() -> None:
    assert judge.cured("CCC", "AA+", judge.CURE_MONTHS) == "AA+"
    assert judge.cured("CCC", "AA+", judge.CURE_MONTHS - 1) is None
    assert judge.cured("CCC", "C", 12) is None


def test_the_method_moves_between_the_published_one_and_three_times_it() -> None:
    t = terms()
    assert judge.revised_correlation_ppm(65_000, 1, t) == 78_000
    assert judge.revised_correlation_ppm(78_000, -1, t) == 65_000
    assert judge.revised_correlation_ppm(65_000, -1, t) == 65_000
    assert judge.revised_correlation_ppm(190_000, 1, t) == 195_000


def downgrades(leniency_ppm: int, bad_months: int) -> int:
    """Letters lost by a AAA class whose support was granted with this leniency once pools turn bad: months at twice the
    forecast inflow."""
    opening = support = judge.granted_ppm(attachment_for(POOL, DEAL, "AAA", METHOD), leniency_ppm, 0)
    rating, watched, lost = "AAA", False, 0
    seen: list[list[int]] = []
    for month in range(7):
        seen.append([4_000 if month < bad_months else 2_000, 1_000_000])
        support -= seen[-1][0] * 85 // 100
        now = judge.pool_now(POOL, seen)
        chance = judge.probability_now(now, DEAL, (7 - month, 5), support, METHOD)
        new, action = judge.judged(
            rating, letter_for_probability(chance), watched=watched, failed=False, better=False,
            news=judge.is_worse(POOL, now, support, opening, len(seen)),
        )  # fmt: skip
        watched = action == "watch" or (watched and action == "affirm")
        lost += SCALE.index(new) - SCALE.index(rating)
        rating = new
    return lost


def test_leniency_means_less_support_and_later_more_downgrades() -> None:
    needed = attachment_for(POOL, DEAL, "AAA", METHOD)
    asked = [judge.granted_ppm(needed, leniency, 0) for leniency in (0, 75_000, 150_000, 250_000)]
    assert asked == sorted(asked, reverse=True)
    fallen = [downgrades(leniency, bad_months=5) for leniency in (0, 75_000, 150_000, 250_000)]
    assert fallen == sorted(fallen)
    assert fallen[0] < fallen[-1]
    assert downgrades(250_000, bad_months=0) == 0  # as forecast: what was granted stands
