"""The pure parts of a full bank: sizes by rank, figures between dates, the opening sheet, a month of loans."""

from __future__ import annotations

import datetime

import pytest

from sim.agents.bank_accounts import Item, Position, risk_weighted_fen
from sim.agents.bank_credit import credit_month, inflow_ppm, lending_rate_ppm, standard_normal_milli
from sim.agents.bank_opening import opening_sheet
from sim.agents.bank_system_terms import BankSystemTerms, between, grown, growth_rates, rank_sizes
from sim.agents.bank_terms import BankBalanceTerms, BankConductTerms
from sim.agents.deposit_flows import flows_fen

D = datetime.date
NOTHING = Position(dict.fromkeys(Item, 0), 0, 0, 0, 0, 0, 0, 0, 0, {})


def test_sizes_follow_the_law_and_add_up() -> None:
    assert rank_sizes(100, 4, 0.0) == [25, 25, 25, 25]
    assert rank_sizes(1_100, 3, 1.0) == [600, 300, 200]
    assert sum(rank_sizes(10**16 + 7, 12, 0.6)) == 10**16 + 7


def test_figures_between_and_beyond_their_dates() -> None:
    points = {D(2020, 1, 1): 100, D(2020, 1, 11): 200}
    assert [between(points, D(2020, 1, d)) for d in (1, 6, 11, 20)] == [100, 150, 200, 200]
    twice = {D(2020, 1, 1): 10**14, D(2020, 1, 11): 2 * 10**14}
    assert grown(twice, D(2020, 1, 21)) == 4 * 10**14
    assert grown(twice, D(2019, 12, 22)) == 5 * 10**13
    assert grown({D(2020, 1, 1): 7}, D(2033, 1, 1)) == 7
    rates = growth_rates({D(2020, 1, 1): 100, D(2021, 1, 1): 110})
    assert rates[D(2020, 1, 1)] == pytest.approx(100_000, abs=300)


@pytest.mark.parametrize("year", range(2014, 2024))
def test_the_system_adds_up_to_the_facts_in_every_year(year: int) -> None:
    """Assets exactly; ratios weighted by assets within 0.01 points (rounding of the rest's offsets)."""
    system, when = BankSystemTerms(), D(year, 12, 31)
    sheets = [bank.balance for bank in system.banks(when).values() if bank.balance is not None]
    total = system.assets_on(when)
    assert sum(sheet.assets_fen for sheet in sheets) == total
    for ratio, points in (("capital_ppm", system.capital_ppm), ("npl_ppm", system.npl_ppm)):
        mean = sum(getattr(sheet, ratio) * sheet.assets_fen for sheet in sheets) / total
        assert mean == pytest.approx(between(points, when), abs=100)
    if when in system.assets_fen:
        assert total == system.assets_fen[when]
    assert all(sheet.capital_ppm > sheet.minimum_ppm for sheet in sheets)


def test_a_system_leaves_something_to_the_rest() -> None:
    with pytest.raises(ValueError, match="leave some"):
        BankSystemTerms(large={"count": 2, "share_ppm": 900_000})  # type: ignore[arg-type]


def test_an_opening_sheet_closes_and_has_the_ratios_asked_for() -> None:
    terms = BankBalanceTerms(assets_fen=10**15)
    sheet = opening_sheet(terms, NOTHING, 110_000)
    assets = sheet.loans - sheet.allowance + sheet.bonds + sheet.reserves
    assert assets == pytest.approx(10**15, rel=1e-6)
    assert assets == sheet.deposits + sheet.capital
    assert sheet.capital == pytest.approx((sheet.loans - sheet.allowance) * 0.146, rel=1e-6)
    assert sheet.reserves == pytest.approx(sheet.deposits * 0.11, rel=1e-6)
    assert sheet.npl == sheet.loans * terms.npl_ppm // 1_000_000
    held = Position({**dict.fromkeys(Item, 0), Item.CONSUMER: 10**14}, 0, 0, 0, 0, 0, 0, 0, 75 * 10**12, {})
    assert opening_sheet(terms, held, 110_000).loans < sheet.loans - 9 * 10**13


def test_risk_weights_by_hand() -> None:
    assets = dict.fromkeys(Item, 0) | {
        Item.RESERVES: 100, Item.CORPORATE: 1_000, Item.CONSUMER: 200, Item.GOVERNMENT: 300, Item.INTERBANK: 50,
        Item.TRANCHES: 40, Item.LINES: 60, Item.OTHER_NOTES: 80, Item.OTHER: 5,
    }  # fmt: skip
    assert risk_weighted_fen(assets, undrawn_fen=100, tranches_weighted_bp=40 * 2_000) == 1_065 + 150 + 10 + 20 + 8 + 16


def test_a_month_of_loans_by_hand() -> None:
    conduct = BankConductTerms(resolved_ppm=100_000, recovered_ppm=400_000, repayment_ppm=50_000)
    month = credit_month(conduct, owed=1_000_000, npl=100_000, rate_ppm=120_000, inflow=10_000, wanted=1_100_000)
    assert (month.new_npl, month.collected, month.written_off) == (9_000, 4_360, 6_540)
    assert (month.interest, month.repaid) == (8_910, 44_550)
    assert 1_000_000 - month.collected - month.written_off - month.repaid + month.lent == 1_100_000


def test_defaults_rise_with_stress_and_risk_and_fall_with_monitoring() -> None:
    conduct = BankConductTerms(default_ppm=12_000, shock_sd=0.1)
    usual = {"clientele_ppm": 1_000_000, "stress_milli": 0, "risk_ppm": 500_000, "monitoring_ppm": 200_000, "luck": 0}
    assert inflow_ppm(conduct, **usual) == 1_000
    assert inflow_ppm(conduct, **(usual | {"stress_milli": 2_000})) > 1_500
    assert inflow_ppm(conduct, **(usual | {"risk_ppm": 700_000})) == 1_200
    assert inflow_ppm(conduct, **(usual | {"monitoring_ppm": 600_000})) < 800
    assert inflow_ppm(conduct, **(usual | {"clientele_ppm": 1_300_000})) == 1_300
    assert lending_rate_ppm(conduct, 40_000, 900_000, 10**6) > lending_rate_ppm(conduct, 40_000, 100_000, 10**6)
    rates = [lending_rate_ppm(conduct, 40_000, 500_000, clientele) for clientele in (1_000_000, 1_300_000)]
    assert rates[1] - rates[0] == 1_800  # 30 % more defaults of 1.2 % a year, half of them lost


def test_a_drawn_shock_is_centred() -> None:
    half = 1 << 31
    assert standard_normal_milli((half, half, half, half)) == 0
    assert standard_normal_milli((0, 0, 0, 0)) == -3464


def test_deposits_move_without_being_made() -> None:
    flows = flows_fen([1_000, 1_000, 2_000], [100, 200, 100], [10_000, 0, -5_000], [0, 40_000, 0], 100_000)
    assert sum(flows) == 0
    still = flows_fen([500, 1_000], [1, 2], [0, 0], [0, 0], 100_000)
    assert still == [0, 0]
    run = flows_fen([1_000, 1_000], [1, 1], [0, 0], [40_000, 0], 100_000)
    assert run[0] < 0 < run[1]


def test_the_minimum_comes_into_force_in_steps() -> None:
    sheet = BankSystemTerms().banks(D(2014, 6, 30))["regional_1"].balance
    assert sheet is not None
    dates = (D(2009, 1, 1), D(2014, 6, 30), D(2015, 1, 1), D(2018, 12, 30), D(2018, 12, 31), D(2030, 1, 1))
    assert [sheet.minimum_on(date) for date in dates] == [105_000, 85_000, 89_000, 101_000, 105_000, 105_000]
