"""How hard a lender looks and what it asks: the mechanism of MODEL section 2, by sign and by hand."""

from __future__ import annotations

import pytest

from sim.markets.lending_choice import (
    Applicants,
    admitted_default,
    annual_from_flat_fee_ppm,
    appetite_ppm,
    class_is_worth_it,
    flat_fee_from_annual_ppm,
    loss_borne_ppm,
    price_ppm,
    screening_effort_ppm,
)

CROWD = Applicants(quality_sd=1.2, mean_default=0.03, noise=1.2, admitted=0.9)


def effort(borne_ppm: int, crowd: Applicants = CROWD, cost_ppm: int = 8_000) -> int:
    return screening_effort_ppm(
        crowd, borne_ppm=borne_ppm, loss_given_default_ppm=880_000, power=0.6, cost_ppm=cost_ppm
    )


def test_without_effort_those_admitted_default_as_the_lender_knows() -> None:
    assert admitted_default(CROWD, 0.6, 0.0) == pytest.approx(0.03, abs=1e-6)


def test_looking_harder_admits_better_borrowers_and_cannot_help_where_all_are_admitted() -> None:
    rates = [admitted_default(CROWD, 0.6, e / 10) for e in range(11)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.9 * rates[0]
    everybody = Applicants(1.2, 0.03, 1.2, 1.0 - 1e-12)
    assert admitted_default(everybody, 0.6, 1.0) == pytest.approx(0.03, rel=1e-4)


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
    risky = Applicants(1.2, 0.10, 1.2, 0.9)
    assert effort(500_000, risky) > effort(500_000)
    assert effort(500_000, cost_ppm=40_000) < effort(500_000, cost_ppm=4_000)


def test_price_passes_on_part_of_a_change_of_cost_up_to_the_cap() -> None:
    kept = {"cost_at_opening_ppm": 90_000, "pass_through": 0.5}
    assert price_ppm(146_000, cost_now_ppm=90_000, cap_ppm=None, **kept) == 146_000
    assert price_ppm(146_000, cost_now_ppm=110_000, cap_ppm=None, **kept) == 156_000
    assert price_ppm(146_000, cost_now_ppm=110_000, cap_ppm=150_000, **kept) == 150_000
    assert not class_is_worth_it(150_000, 110_000, 50_000)
    assert class_is_worth_it(150_000, 100_000, 50_000)


def test_flat_fees_as_printed() -> None:
    """PRD09: 0.5 % flat over 12 months is 10.89 % a year by internal rate; the rule of thumb is within 0.2 points."""
    assert annual_from_flat_fee_ppm(5_000, 12) == pytest.approx(108_900, abs=2_000)
    for months in (1, 3, 6, 12, 24):
        assert flat_fee_from_annual_ppm(annual_from_flat_fee_ppm(6_500, months), months) == pytest.approx(6_500, abs=1)


def test_those_turned_away_elsewhere_apply_here() -> None:
    usual = {"elasticity": 1.0, "most_ppm": 2_000_000}
    assert appetite_ppm(150_000, 150_000, diverted_ppm=0, **usual) == 1_000_000
    assert appetite_ppm(150_000, 150_000, diverted_ppm=330_000, **usual) == 1_330_000
    assert appetite_ppm(300_000, 150_000, diverted_ppm=0, **usual) == 500_000
    assert appetite_ppm(50_000, 150_000, diverted_ppm=0, **usual) == 2_000_000
