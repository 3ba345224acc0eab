"""What tells banks apart when they choose risk and monitoring: size, clientele, liquidity, owners, joint loans."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from worlds import SCENARIOS

from sim.agents.bank_risk import Own, circumstances
from sim.agents.bank_system_terms import BankSystemTerms, clienteles
from sim.agents.bank_terms import REST, BankBalanceTerms
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.markets.bank_choice import Choice, choose
from sim.markets.bank_standing import comes_back_ppm
from sim.scenario import load_scenario

KEPT = {"population.weight": 5_000, "end": "2019-03-31"}
NEW_YEAR = datetime.date(2018, 12, 31)
USUAL = BankBalanceTerms(assets_fen=10**15)
OWN = Own(stake_ppm=80_000)


def chosen(own: Own = OWN, **terms: Any) -> Choice:
    return choose(circumstances(USUAL.model_copy(update=terms), own))


def test_the_usual_bank_takes_the_mean_risk_and_monitors_as_much_as_the_mean() -> None:
    usual = chosen()
    assert usual.risk_ppm == pytest.approx(500_000, abs=40_000)
    assert usual.monitoring_ppm == pytest.approx(200_000, abs=30_000)


def test_a_large_bank_monitors_more_at_less_cost() -> None:
    small, large = (chosen(system_share_ppm=share) for share in (2_000, 80_000))
    assert large.monitoring_ppm > 1.3 * small.monitoring_ppm
    assert circumstances(USUAL, OWN).monitoring_cost == USUAL.conduct.monitoring_cost


def test_a_bank_whose_borrowers_default_more_watches_them_more_and_in_a_crisis_takes_less_risk() -> None:
    good, bad = (chosen(clientele_ppm=own) for own in (700_000, 1_400_000))
    assert bad.monitoring_ppm > 1.5 * good.monitoring_ppm
    crisis = replace(OWN, stress_milli=2_000)
    good, bad = (chosen(crisis, clientele_ppm=own) for own in (700_000, 1_400_000))
    assert bad.risk_ppm < good.risk_ppm


def test_owners_with_little_to_lose_let_a_bank_take_more_risk() -> None:
    """Hellmann, Murdock and Stiglitz 2000; Keeley 1990."""
    risks = [chosen(replace(OWN, stake_ppm=stake)).risk_ppm for stake in (0, 40_000, 80_000, 160_000)]
    assert risks == sorted(risks, reverse=True)
    assert risks[0] > risks[-1] + 50_000


def test_a_bank_that_others_could_leave_at_once_takes_less_risk() -> None:
    """BNK05: deposits that stay and spare reserves are what risk is made of."""
    few, many = (chosen(replace(OWN, spare_ppm=spare)) for spare in (-50_000, 50_000))
    assert many.risk_ppm > few.risk_ppm + 80_000


def test_joint_loans_that_lose_more_are_watched_more() -> None:
    """They earn what is lost on them and the margin asked, so it is the loss that can be avoided that is larger."""
    none, some = (chosen(replace(OWN, joint_ppm=part, joint_loss_ppm=40_000)) for part in (0, 300_000))
    assert some.monitoring_ppm > none.monitoring_ppm
    assert some.risk_ppm < none.risk_ppm  # the margin on joint loans is below that of its other risks


def test_what_comes_back_of_what_was_sold_and_of_what_is_held() -> None:
    sold = {"sold_fen": 100, "bound_ppm": 0, "supported_ppm": 0, "held_fen": 0, "reached_ppm": 0}
    assert comes_back_ppm(**sold) == 0
    assert comes_back_ppm(**{**sold, "bound_ppm": 600_000}) == 600_000
    assert comes_back_ppm(**{**sold, "bound_ppm": 600_000, "supported_ppm": 500_000}) == 800_000
    # Seniors bought bring back little of a pool's loss, those whose letter has fallen all of it.
    assert comes_back_ppm(**{**sold, "bound_ppm": 600_000, "held_fen": 300, "reached_ppm": 20_000}) == 165_000
    assert comes_back_ppm(**{**sold, "sold_fen": 0, "held_fen": 300, "reached_ppm": 4_000_000}) == 1_000_000


def test_clienteles_are_spread_and_their_mean_by_assets_is_the_groups() -> None:
    sizes = [300, 200, 100, 50]
    drawn = clienteles(sizes, 0.3)
    assert sum(size * own for size, own in zip(sizes, drawn, strict=True)) / sum(sizes) == pytest.approx(1, abs=1e-5)
    assert len(set(drawn)) == 4
    assert max(drawn) > 1.2
    assert min(drawn) < 0.9
    terms = BankSystemTerms()
    banks = [bank.balance for bank in terms.banks(NEW_YEAR).values() if bank.balance]
    mean = sum(bank.assets_fen * bank.npl_ppm for bank in banks) / sum(bank.assets_fen for bank in banks)
    assert mean == pytest.approx(18_300, rel=0.002)  # BKS03: 1.83 % at the end of 2018
    assert all(bank.clientele_ppm == pytest.approx(bank.npl_ppm / 18_300 * 10**6, rel=0.01) for bank in banks)


def test_banks_of_a_market_choose_apart_and_see_what_their_arm_is_bound_to_bear() -> None:
    """An arm that kept half of its first loss brings that part back to its bank, and to no other."""
    settings = load_scenario(SCENARIOS / "studies" / "small_market.yaml", {"population.households": 4_000, **KEPT})
    place = SecuritizationMarket(settings, rng=1)
    while place.day <= day_of(datetime.date(2019, 3, 5)):
        place.step()
    banks: Any = [bank for bank in place.commercial_banks() if bank.name != REST]
    seller = next(bank for bank in banks if bank.name == "regional_3")
    assert seller.memory["comes_back_ppm"] > 100_000
    assert all(bank.memory["comes_back_ppm"] < 50_000 for bank in banks if bank is not seller)
    for chosen_ in ("risk_ppm", "monitoring_ppm"):
        values = [bank.memory[chosen_] for bank in banks]
        assert max(values) > 1.1 * min(values)
