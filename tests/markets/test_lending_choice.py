"""How hard a lender looks and what it asks: the mechanism of MODEL section 2, by sign and by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from sim.credit.kernels.layout import PLACES
from sim.credit.population import quality_bins
from sim.credit.scores import grades_seen
from sim.markets.lending_choice import (
    Applicants,
    annual_from_flat_fee_ppm,
    appetite_ppm,
    flat_fee_from_annual_ppm,
    loss_borne_ppm,
    mean_default,
    noise_at,
    price_ppm,
    screening_cost_ppm,
    screening_effort_ppm,
    settled_effort_ppm,
)

SHARES = (20_000, 560_000, 360_000, 40_000, 20_000)
LIMITS = (1_000_000, 700_000, 500_000, 300_000, 100_000)
ALL_BUT_WORST = (1_000_000,) * 4 + (0,)
CROWD = Applicants(
    quality_sd=1.2, mean_default=0.05, usual_noise=0.7, noise_then=0.7, class_shares_ppm=SHARES, limits=LIMITS,
    admitted_then=ALL_BUT_WORST, admitted=ALL_BUT_WORST,
)  # fmt: skip


def effort(borne_ppm: int, crowd: Applicants = CROWD, cost_ppm: int = 8_000) -> int:
    return screening_effort_ppm(
        crowd, blind_noise=0.85, borne_ppm=borne_ppm, loss_given_default_ppm=880_000, power=0.6, cost_ppm=cost_ppm
    )


def test_with_the_score_in_force_a_yuan_lent_defaults_as_the_lender_knows() -> None:
    assert mean_default(CROWD, 0.7) == pytest.approx(0.05, abs=1e-6)


def test_a_sharper_score_moves_money_to_the_good_even_where_all_are_admitted() -> None:
    rates = [mean_default(CROWD, noise_at(0.85, 0.6, e / 10)) for e in range(11)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.92 * rates[0]
    everybody = replace(CROWD, admitted_then=(1_000_000,) * 5, admitted=(1_000_000,) * 5)
    assert mean_default(everybody, 0.3) < 0.05


def test_a_score_that_decides_nothing_is_worth_no_effort() -> None:
    alike = replace(CROWD, limits=(500_000,) * 5, admitted_then=(1_000_000,) * 5, admitted=(1_000_000,) * 5)
    assert mean_default(alike, 0.3) == pytest.approx(0.05, rel=1e-9)
    assert effort(1_000_000, alike) == 0


def test_a_yuan_lent_as_counted_by_hand() -> None:
    """Two classes, the worse refused: the rate is the mean over bins of PD weighed by the chance to be let in."""
    best = (1_000_000, 0)
    crowd = Applicants(1.2, 0.05, 0.7, 0.7, (500_000, 500_000), (1, 1), best, best)
    seen = grades_seen((500_000, 500_000), 1.2, 0.7, 0.7) // PLACES
    _, means = quality_bins(1.2)
    let_in = [(row == 0).mean() for row in seen]
    base = -2.0
    pd = [1 / (1 + math.exp(-(base + mean))) for mean in means]
    by_hand = sum(w * p for w, p in zip(let_in, pd, strict=True)) / sum(let_in)
    assert mean_default(replace(crowd, mean_default=by_hand), 0.7) == pytest.approx(by_hand, rel=1e-8)


def test_effort_is_paid_for() -> None:
    assert screening_cost_ppm(8_000, 500_000) == 1_545  # 8,000 (ln 2 - 1/2)
    assert screening_cost_ppm(8_000, 0) == 0


def test_no_stake_is_worth_a_full_effort_and_none_but_nothing_is_worth_none() -> None:
    """Each further hundredth costs more than the last: lenders of different stakes settle at different efforts."""
    chosen = [effort(borne, cost_ppm=4_000) for borne in (0, 100_000, 300_000, 600_000, 1_000_000)]
    assert chosen == sorted(set(chosen))
    assert chosen[0] == 0
    assert chosen[-1] < 1_000_000
    huge = replace(CROWD, mean_default=0.4)
    assert effort(1_000_000, huge, cost_ppm=100) < 1_000_000


def test_the_effort_behind_the_opening_score_is_one_that_would_be_chosen_again() -> None:
    """With the error without effort that follows from it, the choice is the same, to the step of the class table."""
    stakes = {"loss_given_default_ppm": 880_000, "power": 0.6, "cost_ppm": 8_000}
    for borne in (100_000, 400_000, 1_000_000):
        for default in (0.02, 0.05, 0.1):
            crowd = replace(CROWD, mean_default=default)
            settled = settled_effort_ppm(crowd, borne_ppm=borne, **stakes)
            blind = 0.7 / (1 - 0.6 * settled / 1e6)
            again = screening_effort_ppm(crowd, blind_noise=blind, borne_ppm=borne, **stakes)
            assert again == pytest.approx(settled, abs=60_000)
    assert settled_effort_ppm(CROWD, borne_ppm=0, **stakes) == 0


def test_effort_falls_with_what_others_bear() -> None:
    efforts = [effort(borne) for borne in (1_000_000, 600_000, 300_000, 100_000, 0)]
    assert efforts == sorted(efforts, reverse=True)
    assert efforts[0] > efforts[3] > efforts[-1] == 0


def test_effort_by_structure_of_retention() -> None:
    """Holding all of a thick residual keeps effort; a thin one, a vertical slice or nothing at all lowers it."""
    half_sold = {"own_ppm": 100_000, "sold_ppm": 900_000, "recourse_ppm": 0}
    thick = loss_borne_ppm(**half_sold, residual_kept_ppm=1_000_000, residual_holds_ppm=980_000, slice_ppm=0)
    thin = loss_borne_ppm(**half_sold, residual_kept_ppm=1_000_000, residual_holds_ppm=300_000, slice_ppm=0)
    vertical = loss_borne_ppm(**half_sold, residual_kept_ppm=0, residual_holds_ppm=980_000, slice_ppm=50_000)
    none = loss_borne_ppm(**half_sold, residual_kept_ppm=0, residual_holds_ppm=980_000, slice_ppm=0)
    assert (thick, thin, vertical, none) == (982_000, 370_000, 145_000, 100_000)
    assert effort(thick) > effort(thin) > effort(vertical) >= effort(none)


def test_recourse_brings_the_loss_back() -> None:
    sold = {"own_ppm": 0, "sold_ppm": 1_000_000, "residual_kept_ppm": 0, "residual_holds_ppm": 0, "slice_ppm": 0}
    assert loss_borne_ppm(**sold, recourse_ppm=0) == 0
    assert loss_borne_ppm(**sold, recourse_ppm=400_000) == 400_000
    assert loss_borne_ppm(**{**sold, "slice_ppm": 50_000}, recourse_ppm=400_000) == 430_000


def test_effort_rises_with_risk_and_falls_with_its_cost() -> None:
    risky = replace(CROWD, mean_default=0.10)
    assert effort(500_000, risky) > effort(500_000)
    assert effort(500_000, cost_ppm=40_000) < effort(500_000, cost_ppm=4_000)


def test_price_passes_on_part_of_a_change_of_cost_up_to_the_cap() -> None:
    kept = {"cost_at_opening_ppm": 90_000, "pass_through": 0.5}
    assert price_ppm(146_000, cost_now_ppm=90_000, cap_ppm=None, **kept) == 146_000
    assert price_ppm(146_000, cost_now_ppm=110_000, cap_ppm=None, **kept) == 156_000
    assert price_ppm(146_000, cost_now_ppm=110_000, cap_ppm=150_000, **kept) == 150_000


def test_flat_fees_as_printed() -> None:
    """PRD09: 0.5 % flat over 12 months is 10.89 % a year by internal rate; the rule of thumb is within 0.2 points."""
    assert annual_from_flat_fee_ppm(5_000, 12) == pytest.approx(108_900, abs=2_000)
    for months in (1, 3, 6, 12, 24):
        assert flat_fee_from_annual_ppm(annual_from_flat_fee_ppm(6_500, months), months) == pytest.approx(6_500, abs=1)


def test_who_is_dearer_than_the_market_is_asked_less() -> None:
    usual = {"elasticity": 1.0, "most_ppm": 2_000_000}
    assert appetite_ppm(150_000, 150_000, **usual) == 1_000_000
    assert appetite_ppm(300_000, 150_000, **usual) == 500_000
    assert appetite_ppm(50_000, 150_000, **usual) == 2_000_000
