"""Protection on notes: priced at expected loss and capital, bought where it is worth more, paid to the fen; where its
seller fails it is gone, and what was called is claimed in the estate."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import pytest
from policy_worlds import different, policy, simulated

from sim.agents import resolution_estate as estates
from sim.agents import spv_notes
from sim.agents.market_place import MERCHANTS
from sim.agents.protection_market import Contract
from sim.calendar import day_of
from sim.ledger import Code
from sim.market import SecuritizationMarket
from sim.markets.mandates import MandateTerms, NoteView
from sim.markets.protection import ProtectionTerms, premium_bp, premium_fen
from sim.markets.required_yield import Conditions, credit_bp, required_yield

D = datetime.date
SINCE, TRADED, END = D(2019, 2, 11), D(2019, 3, 20), D(2019, 5, 31)
CDS = policy("hedge", "cds_market", since=SINCE.isoformat())
MEZZANINE = NoteView("d", "mezzanine", "originator:x", 1, "AA+", 12, 360, 10_000, 10_000, weight_bp=2_000)
NOW = Conditions(risk_free_bp=300, turnover_ppm=0, disclosure_ppm=1_000_000)


@pytest.fixture
def place() -> SecuritizationMarket:
    return simulated(TRADED, **CDS)


def a_contract(place: SecuritizationMarket) -> Contract:
    contracts = place.protection.memory["contracts"]
    assert contracts, "nobody bought protection"
    found: Contract = max(contracts, key=place.protection.notional_fen)
    return found


def events(place: SecuritizationMarket) -> list[dict[str, Any]]:
    return [row for row in place.recorder.table("events").to_pylist() if row["family"] == "protection"]


def write_down(place: SecuritizationMarket, contract: Contract) -> tuple[int, int]:
    """The class is lost today; returns what its buyer lost and what was paid at once."""
    ledger, buyer, spv = place.ledger, contract["buyer"], place.deals[contract["deal"]]
    lost, before = ledger.nominal(spv.tranche_claims(contract["tranche"])[buyer]), ledger.cash(buyer)
    owing = premium_owing(place, contract)
    spv_notes.write_down(spv, contract["tranche"])
    return lost, ledger.cash(buyer) - before + owing


def premium_owing(place: SecuritizationMarket, contract: Contract) -> int:
    """Premiums its buyer pays today for all contracts on the class."""
    market = place.protection
    mine = [c for c in market.contracts(contract["deal"], contract["tranche"]) if c["buyer"] == contract["buyer"]]
    return sum(premium_fen(market.notional_fen(c), c["premium_bp"], place.day - c["paid_to"]) for c in mine)


def test_a_premium_is_expected_loss_and_the_charge_for_capital() -> None:
    """1 % x 60 % lost = 60 bp; 20 % weight x 10.5 % of capital x (10 % - 3 %) = 14.7 bp; rounded up."""
    assert premium_bp(ProtectionTerms(), default_ppm=10_000, weight_bp=2_000, risk_free_bp=300) == 75
    assert premium_bp(ProtectionTerms(), default_ppm=0, weight_bp=2_000, risk_free_bp=2_000) == 0


def test_bidders_reckon_with_the_premium_where_it_is_less_than_the_risk_is_to_them() -> None:
    offered = Conditions(300, 0, 1_000_000, ProtectionTerms())
    wary, bold = MandateTerms(aversion_milli=400), MandateTerms(aversion_milli=0, loss_given_default_ppm=100_000)
    assert credit_bp(required_yield(wary, MEZZANINE, NOW)) > 75
    assert credit_bp(required_yield(wary, MEZZANINE, offered)) == 0
    assert required_yield(wary, MEZZANINE, offered).protection_bp == 75
    assert required_yield(bold, MEZZANINE, offered) == required_yield(bold, MEZZANINE, NOW)


def test_mezzanine_holders_buy_from_sellers_with_capital(place: SecuritizationMarket) -> None:
    for contract in place.protection.memory["contracts"]:
        held = place.ledger.nominal(
            place.deals[contract["deal"]].tranche_claims(contract["tranche"])[contract["buyer"]]
        )
        assert 0 < place.protection.notional_fen(contract) <= held
        assert place.investors[contract["seller"].removeprefix("investor:")].terms.kind in ("insurer", "broker")
        assert contract["tranche"] != "senior"
    terms = ProtectionTerms()
    for seller in place.protection.sellers():
        assert place.protection.bound_fen(seller.party, terms) * 5 <= place.ledger.equity(seller.party) * 1.01
    assert {row["event"] for row in events(place)} == {"protection_bought"}
    assert all(row["date"] >= SINCE for row in events(place))


def test_premiums_are_paid_to_the_fen(place: SecuritizationMarket) -> None:
    market, contract = place.protection, a_contract(place)
    due = premium_fen(market.notional_fen(contract), contract["premium_bp"], place.day - contract["paid_to"])
    before = {party: place.ledger.cash(party) for party in (contract["buyer"], contract["seller"])}
    assert due > 0
    assert market._premium(contract)
    assert place.ledger.cash(contract["buyer"]) == before[contract["buyer"]] - due
    assert place.ledger.cash(contract["seller"]) == before[contract["seller"]] + due
    assert contract["paid_to"] == place.day


def test_what_is_lost_is_paid_to_the_fen(place: SecuritizationMarket) -> None:
    contract = copy.deepcopy(a_contract(place))
    market = place.protection
    mine = [c for c in market.contracts(contract["deal"], contract["tranche"]) if c["buyer"] == contract["buyer"]]
    covered = sum(market.notional_fen(c) for c in mine)
    lost, paid = write_down(place, contract)
    assert paid == min(lost, covered) > 0
    assert not market.contracts(contract["deal"], contract["tranche"])
    assert market.memory["due"] == {}
    place.ledger.check()


def test_a_seller_that_cannot_pay_fails_and_its_buyer_claims_in_its_estate(
    place: SecuritizationMarket,
) -> None:
    contract = copy.deepcopy(a_contract(place))
    seller, ledger = contract["seller"], place.ledger
    ledger.pay(seller, MERCHANTS, ledger.cash(seller) - 1_000, Code.COST)
    claim = place.protection.claim(contract)
    write_down(place, contract)
    assert place.protection.memory["due"]
    owed = ledger.nominal(claim)
    assert owed > 0
    name = seller.removeprefix("investor:")
    place.investors[name].memory["owed_fen"] = 10**15  # all that comes in goes to its own investors
    while not place.investors[name].failed:
        place.step()
    assert any(row["event"] == "investor_failure" for row in place.recorder.table("events").to_pylist())
    assert claim in [row for row, _, _ in estates.claims_against(place, seller)]
    while place.day < day_of(D(2019, 5, 10)):  # the first trading day of the next month is past
        place.step()
    assert not any(c["seller"] == seller for c in place.protection.memory["contracts"])
    assert place.protection.memory["due"] == {}
    place.ledger.check()


def test_after_its_last_day_nothing_new_is_covered() -> None:
    place = simulated(END, **CDS | {"policies.hedge.until": "2019-03-25"})
    bought = [row["date"] for row in events(place) if row["event"] == "protection_bought"]
    assert bought
    assert max(bought) <= D(2019, 3, 25)
    assert not place.protection.memory["open"]


def test_a_market_with_protection_goes_on_from_a_saved_midnight() -> None:
    whole, stopped = simulated(END, **CDS), simulated(TRADED, **CDS)
    resumed = simulated(D(2018, 12, 31), **CDS)
    resumed.restore(stopped.state())
    resumed.recorder.restore(stopped.recorder.state())
    while resumed.day < whole.day:
        resumed.step()
    assert different(whole, resumed) == set()
