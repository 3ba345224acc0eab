"""Joint lending has a price: a bank asks what it costs, gives nothing where loans earn less, and the cheapest is taken
first."""

from __future__ import annotations

from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents import bank_prices
from sim.agents import originator_partners as partners
from sim.agents.bank_offers import joint_offer
from sim.agents.originator import Originator
from sim.agents.originator_month import charge_partners
from sim.market import SecuritizationMarket
from sim.markets import joint_terms
from sim.markets.funding import FundingPlan
from sim.regulation.rules import OTHER_LOAN_WEIGHT_BP, RETAIL_LOAN_WEIGHT_BP
from sim.scenario import load_scenario

PEOPLE = {"population.households": 4_000, "population.weight": 5_000, "end": "2019-06-30"}
FIRST_PLANS = 12


@pytest.fixture(scope="module")
def place() -> SecuritizationMarket:
    market = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", PEOPLE))
    return run_to(market, market.first_day + FIRST_PLANS)


@pytest.fixture
def wallet(place: SecuritizationMarket) -> Originator:
    return place.originators["wallet"]


def tell(place: SecuritizationMarket, party: str, subject: str, said: Any) -> None:
    place.tell(party, subject, said)
    place.env.run(until=place.env.now + 1)


def test_the_platform_takes_its_part_of_what_is_beyond_the_rate_asked(wallet: Originator) -> None:
    joint = wallet.terms.joint_lending
    assert joint is not None
    place, fees = wallet.place, partners.service_fees_ppm(wallet)
    price = place.heard(wallet.party, "price")["ppm"]
    for bank in joint.partners:
        asked = place.heard(bank, "joint:wallet")["rate_ppm"]
        assert 0 < asked < price
        assert fees[bank] == joint_terms.service_fee_ppm(price, asked, 500_000) > 0


def test_the_cheapest_bank_is_taken_first_and_shares_follow_when_prices_change(wallet: Originator) -> None:
    place = wallet.place
    said = {bank: place.heard(bank, "joint:wallet") for bank in ("bank:regional_1", "bank:regional_2")}
    for cheap, dear in (("bank:regional_1", "bank:regional_2"), ("bank:regional_2", "bank:regional_1")):
        tell(place, cheap, "joint:wallet", said[cheap] | {"rate_ppm": 50_000})
        tell(place, dear, "joint:wallet", said[dear] | {"rate_ppm": 110_000})
        costs, rooms = partners.partner_costs_ppm(wallet), partners.partner_rooms(wallet).all_fen
        assert costs[cheap] == min(costs.values()) < costs[dear] == max(costs.values())
        few = min(rooms[cheap], 10**9)
        plan = FundingPlan({f"joint:{costs[cheap]}": few, f"joint:{costs[dear]}": 0}, 0, (), {}, 0)
        partners.set_partner_shares(wallet, 10 * few, plan)
        assert partners._taken_from(plan, partners.JOINT, costs, rooms) == {cheap: few}
        sources = [s for s in partners.partner_sources(wallet, few) if s.name.startswith(partners.JOINT) and s.room_fen]
        assert [s.cost_ppm for s in sources] == [costs[cheap]]
    for bank, told in said.items():
        tell(place, bank, "joint:wallet", told)


def test_a_bank_gives_no_quota_where_loans_earn_less_than_it_asks(place: SecuritizationMarket) -> None:
    bank: Any = place.banks["regional_1"]
    price = place.heard("originator:wallet", "price")
    asked = place.heard(bank.party, "joint:wallet")["rate_ppm"]
    for earns, gives in ((asked - 1, False), (asked, True)):
        tell(place, "originator:wallet", "price", price | {"ppm": earns})
        assert (joint_offer(bank, "wallet", 10**13)["limit_fen"] > 0) is gives
    tell(place, "originator:wallet", "price", price)


def test_a_bank_asks_what_its_money_its_capital_and_its_experience_cost(place: SecuritizationMarket) -> None:
    bank: Any = place.banks["regional_2"]
    before, capital = bank_prices.joint_rate_ppm(bank, RETAIL_LOAN_WEIGHT_BP, 20_000), bank.last["capital_ppm"]
    assert bank_prices.joint_rate_ppm(bank, RETAIL_LOAN_WEIGHT_BP, 40_000) == before + 20_000
    assert bank_prices.marginal_cost_ppm(bank, OTHER_LOAN_WEIGHT_BP) > bank_prices.marginal_cost_ppm(
        bank, RETAIL_LOAN_WEIGHT_BP
    )
    funds = bank_prices.funding_ppm(bank)
    tell(place, bank.party, "capital", bank.minimum_ppm)
    assert bank_prices.funding_ppm(bank) > funds
    assert bank_prices.joint_rate_ppm(bank, RETAIL_LOAN_WEIGHT_BP, 20_000) > before
    tell(place, bank.party, "capital", capital)
    bank_prices.note_held(bank)
    loss = bank_prices.experienced_loss_ppm(bank, "wallet")
    told = place.heard("originator:wallet", f"arrears:{bank.party}", default=[0] * 5)
    tell(place, "originator:wallet", f"arrears:{bank.party}", [*told[:4], told[4] + 10**11])
    assert bank_prices.experienced_loss_ppm(bank, "wallet") > loss
    tell(place, "originator:wallet", f"arrears:{bank.party}", told)


def test_the_more_of_its_appetite_is_used_the_more_a_bank_asks(place: SecuritizationMarket) -> None:
    bank: Any = place.banks["regional_3"]
    appetite, kept = bank_prices.joint_appetite_fen(bank), bank.last["partners"]
    asked = []
    for part in (0, 5, 10):
        bank.last["partners"] = {"wallet": appetite * part // 10}
        asked.append(bank_prices.joint_rate_ppm(bank, RETAIL_LOAN_WEIGHT_BP, 20_000))
    bank.last["partners"] = kept
    assert asked == sorted(set(asked))
    assert asked[-1] - asked[0] == pytest.approx(bank.balance.conduct.joint_margin_ppm, abs=bank_prices.QUOTED_IN_PPM)


def test_banks_of_the_market_ask_different_rates(place: SecuritizationMarket) -> None:
    joint = place.originators["wallet"].terms.joint_lending
    assert joint is not None
    assert len({place.heard(bank, "joint:wallet")["rate_ppm"] for bank in joint.partners}) > 1


def test_the_fee_is_told_a_year_of_what_banks_hold(wallet: Originator) -> None:
    """Near the 2.6 % of balance that is printed of the largest platform (ANT11); none of a lender without partners."""
    assert 10_000 < partners.fee_of_balance_ppm(wallet) < 50_000
    assert partners.fee_of_balance_ppm(wallet.place.originators["shop"]) == 0


def test_the_fee_is_paid_on_all_that_the_banks_part_earned(wallet: Originator) -> None:
    bank, ledger = "bank:regional_1", wallet.place.ledger
    fee = partners.agreed_fee_ppm(wallet, bank)
    wallet.memory["partner_fees"] = {bank: 10**8}
    before = ledger.cash(wallet.party)
    charge_partners(wallet)
    assert ledger.cash(wallet.party) - before == 10**8 * fee // 10**6 > 0
