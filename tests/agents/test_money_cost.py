"""Money is never free: what it costs a lender in a month that raises none, or in one whose loans banks fund."""

from __future__ import annotations

import datetime

import pytest
from worlds import SCENARIOS, run_to

from sim.agents import money_cost
from sim.agents.bank_prices import EQUITY_RETURN_PPM
from sim.agents.originator import Originator
from sim.agents.originator_debts import rate_ppm
from sim.agents.originator_forecast import forecast
from sim.agents.originator_plan import sources
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.markets.funding import FundingPlan, Source, plan
from sim.scenario import load_scenario

SMALL = SCENARIOS / "studies" / "small_market.yaml"
PEOPLE = {"population.households": 5_000, "population.weight": 4_000, "watched_households": 0, "end": "2019-06-30"}
BILLION = 100_000_000_000


@pytest.fixture(scope="module")
def place() -> SecuritizationMarket:
    return SecuritizationMarket(load_scenario(SMALL, PEOPLE))


@pytest.fixture(scope="module")
def wallet(place: SecuritizationMarket) -> Originator:
    """A platform that lends with banks, shortly before its plan of April."""
    run_to(place, day_of(datetime.date(2019, 3, 20)))
    return place.originators["wallet"]


NOTHING = FundingPlan(amounts={}, unmet_fen=0, binding=(), bite_ppm={}, cost_ppm=0)
"""A plan that raises nothing."""


def test_a_plan_that_raises_nothing_leaves_money_at_the_cost_of_the_first_yuan(wallet: Originator) -> None:
    known = sources(wallet, forecast(wallet))
    cheapest = min(source.cost_ppm for source in known if source.name.startswith("line:") and source.room_fen)
    assert money_cost.money_cost_ppm(wallet, NOTHING, known) == cheapest


def test_where_nothing_can_be_raised_money_costs_what_is_owed(wallet: Originator) -> None:
    rates = [debt.rate_ppm for debt in wallet.terms.debts.values()]
    coupons = [(spv.terms.tranches[name].coupon_bp or 0) * 100 for spv in wallet.plans() for name in spv.terms.seniors]
    assert coupons
    found = money_cost.money_cost_ppm(wallet, NOTHING, [])
    assert found == money_cost.owed_cost_ppm(wallet)
    assert min(rates + coupons) <= found <= max(rates + coupons)


@pytest.mark.parametrize("name", ["joint:120000", "alone:120000", "transfer"])
def test_income_given_up_counts_at_the_rate_of_the_dearest_line(wallet: Originator, name: str) -> None:
    """Or capital, which costs what shareholders ask over the cost of money, would be free."""
    dearest = max(rate_ppm(wallet, name) for name in wallet.terms.debts)
    given_up = Source(name, 120_000, BILLION)
    found = money_cost.money_cost_ppm(wallet, plan(BILLION, [given_up], []), [given_up])
    assert found == dearest < EQUITY_RETURN_PPM < given_up.cost_ppm


def test_policy_rates_reach_every_lender_and_its_borrowers() -> None:
    """Lines move with the loan rate, quotes of banks with what they pay themselves, prices of loans with both."""
    shock = {"macro.shocks": {"rates": {"kind": "policy_rate", "from": "2019-03-01", "size": 30_000}}}
    costs, prices = [], []
    for changed in ({}, shock):
        place = run_to(SecuritizationMarket(load_scenario(SMALL, PEOPLE | changed)), day_of(datetime.date(2019, 8, 10)))
        last = {row["institution"]: row for row in place.recorder.table("lenders").to_pylist()}
        costs.append({name: row["funding_cost_ppm"] for name, row in last.items()})
        prices.append({name: row["price_ppm"] for name, row in last.items()})
    rises = {name: costs[1][name] - cost for name, cost in costs[0].items()}
    assert all(15_000 < rise < 40_000 for rise in rises.values()), rises
    assert sum(prices[1][name] > price for name, price in prices[0].items()) >= len(prices[0]) - 1


def test_no_month_finds_money_free() -> None:
    """A lender with more funds of its own than it lends orders none all the while."""
    rich = {"originators.quick.equity_fen": 40 * BILLION}
    place = run_to(SecuritizationMarket(load_scenario(SMALL, PEOPLE | rich)))
    rows = [row for row in place.recorder.table("lenders").to_pylist() if row["institution"] == "originator:quick"]
    assert any(row["need_fen"] == 0 for row in rows)
    assert all(row["funding_cost_ppm"] > 20_000 for row in rows)
