"""Whom a lender admits: a cut of the score that moves with its costs, by sign and against the closed form."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from statistics import NormalDist

import pytest

from sim.credit.scores import believed_at, class_ends, grades_reached, places_admitted
from sim.markets.admission import admitted_ppm, believed_good_enough_ppm, default_believed
from sim.markets.lending_choice import Applicants, admitting, default_by_quality, intercept, mean_default

SHARES = (20_000, 560_000, 360_000, 40_000, 20_000)
NOISE, ALL = 0.7, (1_000_000,) * 5
CROWD = Applicants(
    quality_sd=1.2, mean_default=0.036, usual_noise=NOISE, noise_then=NOISE, class_shares_ppm=SHARES,
    limits=(500_000,) * 5, admitted_then=ALL, admitted=ALL,
)  # fmt: skip


def admitted(funding_ppm: int, crowd: Applicants = CROWD, price_ppm: int = 130_000) -> tuple[int, ...]:
    return admitted_ppm(crowd, NOISE, price_ppm=price_ppm, funding_cost_ppm=funding_ppm, loss_given_default_ppm=880_000)


def share(parts: tuple[int, ...]) -> float:
    """Of all members, a share."""
    return sum(part * of for part, of in zip(parts, SHARES, strict=True)) / 1e12


def test_dearer_money_cuts_a_few_and_much_dearer_money_many() -> None:
    shares = [share(admitted(funding)) for funding in range(40_000, 130_000, 1_000)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.9
    assert shares[-1] < 0.2
    cuts = [before - after for before, after in itertools.pairwise(shares)]
    # A tenth of a point of funding cost never moves more than a few in a hundred, where a class has a third of all.
    assert max(cuts) < 0.05
    assert sum(cut > 0 for cut in cuts) > 60


def test_only_the_class_at_the_cut_is_admitted_in_part() -> None:
    for funding in (50_000, 70_000, 90_000):
        parts = admitted(funding)
        assert list(parts) == sorted(parts, reverse=True)
        assert sum(0 < part < 1_000_000 for part in parts) == 1


def test_the_last_member_admitted_is_worth_its_price_and_no_more() -> None:
    """Price = expected loss of the marginal member + cost of funding, to the last thousandth of a point."""
    parts = admitted(60_000)
    belief = believed_at(share(parts), 1.2, NOISE)
    marginal = default_believed(CROWD, NOISE, belief, default_by_quality(CROWD, intercept(CROWD)))
    assert 0.88 * marginal + 0.06 == pytest.approx(0.13, abs=1e-5)


def test_the_dearest_and_the_riskiest_lender_still_lends_to_its_best_class() -> None:
    assert admitted(200_000) == (1_000_000, 0, 0, 0, 0)
    assert admitted(60_000, replace(CROWD, mean_default=0.6)) == (1_000_000, 0, 0, 0, 0)
    assert admitted(60_000, replace(CROWD, mean_default=0.0001)) == ALL


def test_what_is_expected_of_a_score_adds_up_to_what_is_expected_of_all_admitted() -> None:
    """The mean of E[PD | score] over beliefs up to the cut (closed form) is the rate of a yuan lent to those whom the
    table by which accounts are scored lets in."""
    chances = default_by_quality(CROWD, intercept(CROWD))
    for cut in (0.5, 0.7, 0.9):
        beliefs = [believed_at(cut * (k + 0.5) / 2_000, 1.2, NOISE) for k in range(2_000)]
        closed = sum(default_believed(CROWD, NOISE, belief, chances) for belief in beliefs) / 2_000
        parts = as_parts(cut)
        assert mean_default(admitting(CROWD, parts), NOISE) == pytest.approx(closed, rel=0.03)
        reached = grades_reached(SHARES, 1.2, NOISE, NOISE, 0.0)
        let_in = sum(
            int(row[256 * k + places] - row[256 * k])
            for row in reached.astype(int)
            for k, places in enumerate(places_admitted(parts))
        )
        assert let_in / (8 * 256) == pytest.approx(cut, abs=0.02)


def as_parts(cut: float) -> tuple[int, ...]:
    ends = [0.0, *class_ends(SHARES)]
    return tuple(
        round(1e6 * min(1.0, max(0.0, (cut - start) / (end - start)))) for start, end in itertools.pairwise(ends)
    )


def test_a_lender_that_sees_only_the_better_part_knows_that_it_does() -> None:
    """One that let in half and counts the low defaults of that half comes to the same cut as one that saw all: it
    neither lets everybody back in because its book looks good, nor shuts the more out the better it looks."""
    base, half = intercept(CROWD), as_parts(0.5)
    seen = mean_default(admitting(CROWD, half), NOISE)
    assert seen < 0.6 * CROWD.mean_default
    wiser = replace(CROWD, mean_default=seen, admitted_then=half, admitted=half)
    assert intercept(wiser) == pytest.approx(base, abs=1e-6)
    assert believed_good_enough_ppm(wiser, NOISE, 0.08) == believed_good_enough_ppm(CROWD, NOISE, 0.08)


def test_a_belief_is_the_quality_to_be_expected_of_the_score() -> None:
    spread = 1.2**2 / math.hypot(1.2, NOISE)
    assert believed_at(0.975, 1.2, NOISE) == pytest.approx(NormalDist().inv_cdf(0.975) * spread)
