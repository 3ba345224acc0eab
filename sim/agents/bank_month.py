"""A bank's month end: what it earned and paid, what it provides, its tax, and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import bank_capital, bank_prices, bank_provisions
from sim.agents.bank_accounts import (
    ADDITIONAL_TIER1,
    BUFFER_PPM,
    DEPOSITORS,
    MILLION,
    STATE,
    TIER2,
    Item,
    Position,
)
from sim.agents.bank_credit import earn_from_public, live_credit, live_government_bonds, spend_to_public
from sim.agents.market_place import MERCHANTS
from sim.calendar import date_of
from sim.ledger import Code, Kind
from sim.markets.bank_capital import most_loans_fen

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank

YEAR = 12
"""Months of profit by which owners judge what their bank is worth."""


def close(bank: CommercialBank, position: Position) -> None:
    """Post the month; the last steps rest on the profit it leaves."""
    grow(bank, position)
    live_credit(bank, wanted_loans_fen(bank, position))
    live_government_bonds(bank, bank.memory["size_fen"] * bank.balance.government_ppm // MILLION)
    _pay_depositors_and_holders(bank)
    _earn_fees_and_pay_costs(bank, position)
    bank_provisions.provide(bank, bank.place.ledger.equity(bank.party) - bank.memory["equity_fen"])
    profit = bank.place.ledger.equity(bank.party) - bank.memory["equity_fen"]
    tax = max(0, profit) * bank.balance.conduct.tax_ppm // MILLION
    bank.place.ledger.pay(bank.party, bank.account(STATE), tax, Code.TAX)
    bank.memory["profit_fen"] = profit - tax
    bank.memory["year_profit_fen"] += profit - tax
    bank.memory["profits"] = [*bank.memory["profits"], profit - tax][-YEAR:]
    bank_capital.pay_dividend(bank, position)
    spend_to_public(bank)
    bank.memory["months"] += 1


def grow(bank: CommercialBank, position: Position) -> None:
    """The size aimed at grows a month at the rate in force, unless capital is short or the bank is a bridge."""
    if bank.failed or position.capital_ppm < bank.minimum_ppm:
        return
    rate = bank.balance.growth_on(date_of(bank.place.day))
    bank.memory["size_fen"] = bank.memory["size_fen"] * (12 * MILLION + rate) // (12 * MILLION)


def wanted_loans_fen(bank: CommercialBank, position: Position) -> int:
    """General loans at the month's end: the loans its size asks for, less those it makes in this market, as far as its
    capital carries more at the minimum and a buffer, and growing the less the less slack that leaves; what deposits
    bring beyond goes into bonds. Below the minimum nothing new is lent."""
    minimum, claim = bank.minimum_ppm, bank.place.ledger.nominal(bank.corporate_claim)
    if position.capital_ppm < minimum:
        return 0
    here = sum(position.assets[item] for item in (Item.CONSUMER, Item.LINES, Item.TRANCHES, Item.OTHER_NOTES))
    carried = position.capital_fen * MILLION // (minimum + BUFFER_PPM)
    room = max(0, carried - position.risk_weighted_fen)
    wanted = int(bank.memory["size_fen"]) * int(bank.memory["loans_ppm"]) // MILLION
    growth = bank.balance.growth_on(date_of(bank.place.day))
    most = most_loans_fen(claim, growth, bank.slack_ppm(position.capital_ppm))
    return min(wanted - here, claim if bank.failed else min(most, claim + room))


def _pay_depositors_and_holders(bank: CommercialBank) -> None:
    ledger, conduct, public = bank.place.ledger, bank.balance.conduct, bank.account(DEPOSITORS)
    interest = ledger.cash(public) * conduct.deposit_rate_ppm // (12 * MILLION)
    ledger.pay(bank.party, public, interest, Code.INTEREST)
    policy = bank.place.macro.policy_rate_ppm(bank.place.day)
    for name in (ADDITIONAL_TIER1, TIER2):
        rate = policy + bank_capital.bond_spread_ppm(bank, name)
        bond = ledger.claim(Kind.BOND, DEPOSITORS, bank.party, deal=name)
        coupon = ledger.nominal(bond) * rate // (12 * MILLION)
        ledger.accrue(bond, coupon)
        ledger.pay_accrued(bond, coupon, payee=public)


def _earn_fees_and_pay_costs(bank: CommercialBank, position: Position) -> None:
    ledger, conduct, firms = bank.place.ledger, bank.balance.conduct, bank.account(MERCHANTS)
    fees = position.assets_fen * conduct.fee_income_ppm // (12 * MILLION)
    earn_from_public(bank, firms, fees)
    ledger.pay(firms, bank.party, min(fees, ledger.cash(firms)), Code.FEE)
    ledger.pay(bank.party, firms, position.assets_fen * conduct.operating_cost_ppm // (12 * MILLION), Code.COST)


def publish(bank: CommercialBank, position: Position) -> None:
    """Keep the figures, tell the capital ratio, and record the month."""
    bank.remember(position)
    bank_prices.note_held(bank)
    memory, place = bank.memory, bank.place
    memory["equity_fen"] = position.equity_fen
    memory["spare_ppm"] = position.spare_ppm(memory["required_fen"])
    memory["short_months"] = memory["short_months"] + 1 if bank.short_of_capital else 0
    place.tell(bank.party, "capital", position.capital_ppm)
    place.recorder.add(
        "banks", date=place.day, institution=bank.party, group=bank.balance.group, assets_fen=position.assets_fen,
        loans_fen=position.loans_fen, consumer_fen=position.assets[Item.CONSUMER],
        tranches_fen=position.assets[Item.TRANCHES], lines_fen=position.assets[Item.LINES],
        government_fen=position.assets[Item.GOVERNMENT], reserves_fen=position.assets[Item.RESERVES],
        interbank_lent_fen=position.assets[Item.INTERBANK], interbank_borrowed_fen=position.interbank_borrowed_fen,
        deposits_fen=position.deposits_fen, equity_fen=position.equity_fen, profit_fen=memory["profit_fen"],
        risk_weighted_fen=position.risk_weighted_fen, cet1_ppm=position.over_weighted_ppm(position.equity_fen),
        tier1_ppm=position.over_weighted_ppm(position.tier1_fen), capital_ppm=position.capital_ppm,
        npl_ppm=bank.non_performing_fen * MILLION // max(1, bank.lent_fen),
        coverage_ppm=position.allowance_fen * MILLION // max(1, bank.non_performing_fen),
        liquidity_ppm=position.liquidity_ppm(memory["required_fen"]), risk_ppm=memory["risk_ppm"],
        monitoring_ppm=memory["monitoring_ppm"], securitised_ppm=memory["securitised_ppm"],
        comes_back_ppm=memory["comes_back_ppm"], state_ppm=memory["state_ppm"], stake_ppm=memory["stake_ppm"],
    )  # fmt: skip
