"""How hard a lender collects: by sign and by hand."""

from __future__ import annotations

import pytest

from sim.markets.collecting_choice import (
    Arrears,
    CollectingTerms,
    cost_beyond_usual_ppm,
    default_chance,
    pressure_milli,
    stake_ppm,
)
from sim.regulation.conduct import ConductTerms, incident_ppm

TERMS = CollectingTerms()


def chosen(
    stake: int, chance: float = 0.26, *, terms: CollectingTerms = TERMS, orders: dict[int, int] | None = None
) -> int:
    return pressure_milli(terms, chance=chance, effect=0.5, stake=stake, order_cost_ppm=orders or {})


def test_the_choice_by_hand() -> None:
    """First-order condition: stake x effect x p (1 - p) = kappa (1 + c). At p = 0.26 and a stake of 0.52 the left side
    is 0.050, what a unit of pressure beyond none costs: c = 0."""
    assert pytest.approx(50_024) == 520_000 * 0.5 * 0.26 * 0.74
    assert chosen(520_000) == 0


def test_pressure_rises_with_what_is_at_stake_and_can_be_either_side_of_usual() -> None:
    found = [chosen(stake) for stake in (0, 100_000, 300_000, 600_000, 880_000)]
    assert found == sorted(found)
    assert found[0] == -1_000 < found[2] < 0 < found[-1]


def test_one_that_sold_the_loss_collects_softer_unless_fees_or_its_next_funding_pay_it() -> None:
    def stake(borne: int, counted: int = 0, fees: int = 0) -> int:
        return stake_ppm(borne_ppm=borne, loss_given_default_ppm=880_000, next_funding_ppm=counted, fees_ppm=fees)

    kept, sold = chosen(stake(1_000_000)), chosen(stake(0))
    assert sold == -1_000 < 0 < kept
    assert chosen(stake(0, counted=600_000)) > sold
    assert chosen(stake(0, fees=400_000)) > sold


def test_pressure_is_highest_where_a_collector_changes_most() -> None:
    """In a recession more of those past due default, and each effort brings back more; of those lost anyway, less."""
    calm, hard, hopeless = (chosen(600_000, p) for p in (0.1, 0.4, 0.97))
    assert calm < hard > hopeless


def test_who_has_lending_to_lose_stops_where_complaints_begin() -> None:
    terms, rules = CollectingTerms(cost_ppm=20_000), ConductTerms()
    feared = {c: incident_ppm(rules, c, 100_000) for c in terms.choices_milli()}
    assert chosen(880_000, terms=terms) > rules.tolerated_milli
    assert chosen(880_000, terms=terms, orders=feared) == rules.tolerated_milli


def test_what_was_seen_under_pressure_is_taken_back() -> None:
    """Twice the same people: pressed by one unit, fewer default; the belief about them is the same."""
    calm = default_chance([Arrears(100_000, 10_000_000, 0)], 3_000, 0.5)
    pressed = default_chance([Arrears(100_000, 10_000_000, 1_000)], 2_063, 0.5)
    assert pressed == pytest.approx(calm, abs=1e-4)


def test_collectors_are_paid_by_the_square_of_effort() -> None:
    assert cost_beyond_usual_ppm(50_000, 0) == 0
    assert cost_beyond_usual_ppm(50_000, 500) == 31_250
    assert cost_beyond_usual_ppm(50_000, -1_000) == -25_000


def test_bounds_hold() -> None:
    assert chosen(880_000, terms=CollectingTerms(hardest=0.1)) == 100
    assert chosen(0, terms=CollectingTerms(softest=-0.2)) == -200
