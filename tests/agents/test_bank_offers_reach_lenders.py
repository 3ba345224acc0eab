"""What a bank says it will lend is what the lender can draw: a quota or line that is cut changes the lender's plan."""

from __future__ import annotations

import pytest
from worlds import SCENARIOS, run_to

from sim.agents import originator_debts as debts
from sim.agents import originator_funds as funds
from sim.agents import originator_partners as partners
from sim.agents import originator_plan as plan
from sim.agents.originator_market import payment_ppm
from sim.market import SecuritizationMarket
from sim.regulation.plan_days import of_the_days_ppm
from sim.scenario import load_scenario

SMALL = {"population.households": 4_000, "population.weight": 5_000, "end": "2019-06-30"}
FIRST_PLANS = 12


@pytest.fixture
def place() -> SecuritizationMarket:
    market = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", SMALL))
    return run_to(market, market.first_day + FIRST_PLANS)


def test_every_partner_bank_has_said_what_it_will_hold(place: SecuritizationMarket) -> None:
    joint = place.originators["wallet"].terms.joint_lending
    assert joint is not None
    for bank in joint.partners:
        assert place.heard(bank, "joint:wallet")["limit_fen"] >= 0


def test_room_is_the_quota_less_what_the_bank_holds(place: SecuritizationMarket) -> None:
    wallet, bank = place.originators["wallet"], "bank:regional_1"
    held = place.ledger.nominal(wallet.loan_claim(bank))
    before = partners.partner_rooms(wallet).all_fen[bank]
    said = place.heard(bank, "joint:wallet")
    place.tell(bank, "joint:wallet", said | {"limit_fen": held * 3 // 4})
    place.env.run(until=place.env.now + 1)
    assert partners.partner_rooms(wallet).all_fen[bank] < before
    repaid = held * of_the_days_ppm(payment_ppm(wallet.memory["history"]), place.day) // 1_000_000
    assert partners.partner_rooms(wallet).all_fen[bank] == held * 3 // 4 - held + repaid > 0


def test_a_line_that_a_bank_cuts_is_cut(place: SecuritizationMarket) -> None:
    shop = place.originators["shop"]
    line = debts.debt_claim(shop, "bank_line")
    place.tell("bank:large_2", "line:shop", {"limit_fen": 10**9, "rate_ppm": 50_000})
    place.env.run(until=place.env.now + 1)
    plan._take_quotas(shop)
    assert place.ledger.nominal(line) + place.ledger.undrawn(line) == max(10**9, place.ledger.nominal(line))


def test_a_line_costs_what_its_bank_last_told(place: SecuritizationMarket) -> None:
    """On all that is drawn, from the next plan on. A bank that lends no more names no price; an arm keeps its own."""
    shop, card = place.originators["shop"], place.originators["card"]
    line, told = debts.debt_claim(shop, "bank_line"), {"limit_fen": 10**12, "rate_ppm": 123_456}
    for offer in (told, {"limit_fen": 0, "rate_ppm": 0}):
        place.tell("bank:large_2", "line:shop", offer)
        place.tell("bank:large_1", "line:card", offer)
        place.env.run(until=place.env.now + 1)
        plan._take_quotas(shop)
        plan._take_quotas(card)
        assert next(s for s in plan.line_sources(shop) if s.name == "line:bank_line").cost_ppm == 123_456
    assert debts.rate_ppm(card, "parent") == card.terms.debts["parent"].rate_ppm
    place.ledger.draw(line, max(0, 10**9 - place.ledger.nominal(line)))
    before, rest = place.ledger.accrued(line), shop.memory["interest_rest"].get("bank_line", 0)
    funds.accrue_interest(shop)
    day = (place.ledger.nominal(line) * 123_456 + rest) // (365 * 1_000_000)
    assert place.ledger.accrued(line) - before == day > 0


def test_one_banks_limit_is_for_all_its_lines_together() -> None:
    line = {"kind": "warehouse", "lender": "bank:large_2", "rate_ppm": 50_000, "limit_fen": 2 * 10**11}
    second = {"originators.shop.debts.second": line | {"opening_fen": 0}}
    market = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", SMALL | second))
    shop, ledger = run_to(market, market.first_day + FIRST_PLANS).originators["shop"], market.ledger
    claims = [debts.debt_claim(shop, name) for name in ("bank_line", "second")]
    quota = sum(ledger.nominal(claim) for claim in claims) + 10**9
    market.tell("bank:large_2", "line:shop", {"limit_fen": quota, "rate_ppm": 50_000})
    market.env.run(until=market.env.now + 1)
    plan._take_quotas(shop)
    assert sum(ledger.nominal(claim) + ledger.undrawn(claim) for claim in claims) == quota


def test_a_bank_funds_its_own_arm_whatever_it_says_to_platforms(place: SecuritizationMarket) -> None:
    card = place.originators["card"]
    undrawn = place.ledger.undrawn(debts.debt_claim(card, "parent"))
    place.tell("bank:large_1", "line:card", {"limit_fen": 0, "rate_ppm": 0})
    place.env.run(until=place.env.now + 1)
    plan._take_quotas(card)
    assert place.ledger.undrawn(debts.debt_claim(card, "parent")) == undrawn
