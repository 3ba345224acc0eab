"""A bank names a price for a line to a lender it does not know, by what it can look up."""

from __future__ import annotations

from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents import bank_offers, bank_sector
from sim.agents import originator_debts as debts
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

PEOPLE = {"population.households": 4_000, "population.weight": 5_000, "end": "2019-06-30"}


def world(panel_ppm: int) -> SecuritizationMarket:
    given = PEOPLE | {"bank_system.conduct.panel_ppm": panel_ppm}
    market = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", given))
    return run_to(market, market.first_day + 40)


@pytest.fixture(scope="module")
def strange() -> SecuritizationMarket:
    return world(0)


def test_a_stranger_is_quoted_and_pays_it(strange: SecuritizationMarket) -> None:
    shop = strange.originators["shop"]
    assert not bank_offers.knows(strange.banks["large_2"], "shop")  # type: ignore[arg-type]
    told = strange.heard("bank:large_2", "line:shop")
    assert told["limit_fen"] > 0
    # It plans on what was told a month ago.
    assert debts.rate_ppm(shop, "bank_line") == pytest.approx(told["rate_ppm"], rel=0.1)
    assert debts.rate_ppm(shop, "bank_line") > shop.terms.debts["bank_line"].rate_ppm
    assert strange.heard("bank:large_2", "line:quick") is None  # no line there, and not known
    assert strange.heard("bank:large_1", "line:card") is None  # its own arm


def test_a_stranger_pays_more_than_one_that_is_known(strange: SecuritizationMarket) -> None:
    known = world(1_000_000)
    for bank, platform in (("large_2", "shop"), ("joint_stock_2", "wallet")):
        rates = [place.heard(f"bank:{bank}", f"line:{platform}")["rate_ppm"] for place in (strange, known)]
        assert rates[0] > rates[1]


@pytest.mark.parametrize("debt", ["few", "many"])
def test_registers_bound_what_a_stranger_is_thought_to_owe(strange: SecuritizationMarket, debt: str) -> None:
    seen: Any = bank_sector.sector(strange)
    paid_in = strange.originators["shop"].terms.equity_fen
    usual = paid_in * seen.leverage_ppm // 10**6
    seen.debt_fen["originator:shop"] = usual // 2 if debt == "few" else usual * 3
    equity, owed = bank_offers.accounts_looked_up(strange, seen, "shop")
    assert equity == paid_in
    assert owed == (usual if debt == "few" else usual * 3)
