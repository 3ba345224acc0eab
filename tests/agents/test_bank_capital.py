"""Capital of banks is not free: growth and dividends give way first, bonds and shares are ordered, bounded and late."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents import bank_capital, bank_month, bank_prices
from sim.agents.bank_offers import joint_offer
from sim.agents.market_place import MarketPlace
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.markets.bank_capital import most_loans_fen, slack_ppm
from sim.scenario import load_scenario

D = datetime.date
PEOPLE = {"population.households": 4_000, "population.weight": 5_000, "end": "2020-03-31", "watched_households": 0}


def world(**conduct: Any) -> SecuritizationMarket:
    given = PEOPLE | {f"bank_system.conduct.{name}": value for name, value in conduct.items()}
    return SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", given))


@pytest.fixture(scope="module")
def lived() -> SecuritizationMarket:
    return run_to(world(), day_of(D(2019, 12, 1)))


def bank_of(place: MarketPlace, name: str = "regional_1") -> Any:
    return place.banks[name]


def at_ratio(bank: Any, ppm: int) -> Any:
    """Its position as it would be with this capital ratio, by what shares are worth."""
    position = bank.position()
    more = position.risk_weighted_fen * ppm // 10**6 - position.capital_fen
    return replace(position, equity_fen=position.equity_fen + more)


def test_slack_runs_from_the_minimum_to_what_it_means_to_keep() -> None:
    assert [slack_ppm(ppm, 105_000, 40_000) for ppm in (90_000, 105_000, 125_000, 145_000, 200_000)] == [
        0, 0, 500_000, 1_000_000, 1_000_000,
    ]  # fmt: skip
    assert most_loans_fen(100, 0, 1_000_000) == 100


def test_loans_and_quotas_grow_less_with_less_capital(lived: SecuritizationMarket) -> None:
    bank = bank_of(lived, "regional_2")
    minimum, distance = bank.minimum_ppm, bank.memory["distance_ppm"]
    bank.memory["size_fen"] *= 2  # it would grow
    wanted = [bank_month.wanted_loans_fen(bank, at_ratio(bank, minimum + distance * part // 10)) for part in (3, 6, 10)]
    bank.memory["size_fen"] //= 2
    assert lived.ledger.nominal(bank.corporate_claim) < wanted[0] < wanted[1] < wanted[2]
    last, quotas = bank.last["capital_ppm"], []
    for part in (3, 10):
        bank.last["capital_ppm"] = minimum + distance * part // 10
        quotas.append(joint_offer(bank, "wallet", 10**13))
    bank.last["capital_ppm"] = last
    assert quotas[0]["limit_fen"] < quotas[1]["limit_fen"]
    assert quotas[0]["rate_ppm"] >= quotas[1]["rate_ppm"]


def test_capital_costs_more_the_nearer_the_minimum(lived: SecuritizationMarket) -> None:
    bank, costs = bank_of(lived), []
    last = bank.last["capital_ppm"]
    for ratio in (bank.minimum_ppm, bank.minimum_ppm + bank.memory["distance_ppm"]):
        bank.last["capital_ppm"] = ratio
        costs.append(bank_prices.marginal_cost_ppm(bank, 10_000))
    bank.last["capital_ppm"] = last
    assert costs[0] > costs[1]


@pytest.mark.parametrize(("tenths", "pays"), [(0, False), (4, True), (10, True)])
def test_dividends_shrink_and_stop(tenths: int, *, pays: bool) -> None:
    place = run_to(world(), day_of(D(2019, 6, 30)))
    bank = bank_of(place)
    position = at_ratio(bank, bank.minimum_ppm + bank.memory["distance_ppm"] * tenths // 10)
    bank.memory["year_profit_fen"] = profit = 10**10
    before = place.ledger.equity(bank.party)
    bank_capital.pay_dividend(bank, position)
    paid = before - place.ledger.equity(bank.party)
    assert (paid > 0) is pays
    assert paid == pytest.approx(profit * 0.3 * tenths / 10 if pays else 0, rel=1e-3)


def test_bonds_are_ordered_bounded_by_the_year_and_paid_in_after_their_time(lived: SecuritizationMarket) -> None:
    rows = [e for e in lived.recorder.table("events").to_pylist() if e["event"] == "capital_raised"]
    raised = [e for e in rows if e["institution"].startswith("bank:")]
    assert raised
    days = bank_of(lived).balance.conduct.bond_days
    assert min(e["date"] for e in raised) >= D(2019, 1, 31) + datetime.timedelta(days)
    for bank in lived.commercial_banks():
        most = bank.position().risk_weighted_fen * bank.balance.conduct.bonds_ppm // 10**6
        assert bank.memory["capital_ordered"].get("bonds", 0) <= most * 1.05


def test_who_has_what_it_means_to_keep_orders_nothing(lived: SecuritizationMarket) -> None:
    bank = bank_of(lived, "joint_stock_2")
    plenty = bank.minimum_ppm + bank.memory["distance_ppm"] + 40_000
    for ratio, orders in ((plenty, False), (bank.minimum_ppm + 20_000, True)):
        bank.memory["capital_due"], bank.memory["capital_ordered"] = {}, {}
        bank_capital.raise_capital(bank, at_ratio(bank, ratio))
        assert ("bonds" in bank.memory["capital_due"]) is orders
        assert "shares" not in bank.memory["capital_due"]


def test_shares_are_sold_where_loans_on_them_pay_or_the_minimum_is_near(lived: SecuritizationMarket) -> None:
    bank = bank_of(lived)
    for ratio, conduct, orders in (
        (bank.minimum_ppm + 20_000, {}, False),
        (bank.minimum_ppm + 2_000, {}, True),
        (bank.minimum_ppm + 20_000, {"lending_spread_ppm": 15_000}, True),
    ):
        kept, bank.balance = (
            bank.balance,
            bank.balance.model_copy(update={"conduct": bank.balance.conduct.model_copy(update=conduct)}),
        )
        bank.memory["capital_due"], bank.memory["capital_ordered"] = {}, {}
        bank_capital.raise_capital(bank, at_ratio(bank, ratio))
        bank.balance = kept
        assert ("shares" in bank.memory["capital_due"]) is orders
    bank.memory["capital_due"], bank.memory["capital_ordered"] = {}, {}


def test_what_is_paid_in_is_capital_and_costs_advisers(lived: SecuritizationMarket) -> None:
    bank, ledger = bank_of(lived, "regional_3"), lived.ledger
    for kind, tier2 in (("bonds", True), ("shares", False)):
        before, equity = bank.position(), ledger.equity(bank.party)
        bank.memory["capital_due"] = {kind: [lived.day, 3 * 10**9]}
        bank.memory["capital_ordered"] = {"year": 2019, "bonds": 10**18, "shares": 10**18}
        bank_capital.raise_capital(bank, before)
        after, cost = bank.position(), 3 * 10**9 * bank.balance.conduct.issue_cost_ppm // 10**6
        assert (after.tier2_fen > before.tier2_fen) is tier2
        assert after.capital_fen - before.capital_fen == 3 * 10**9 - cost
        assert ledger.equity(bank.party) - equity == (0 if tier2 else 3 * 10**9) - cost
    ledger.check()
