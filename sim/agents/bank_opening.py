"""Opening balance sheets of full banks: totals from their terms, in which what they hold in this market has its place.

Loans in all, bonds and capital follow from the terms; public deposits are what balances the sheet, and reserves follow
from deposits. Everything is an opening posting, so that no income is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.agents.bank import CommercialBank
from sim.agents.bank_accounts import (
    ADDITIONAL_TIER1,
    DEPOSITORS,
    GOVERNMENT,
    MILLION,
    STATE,
    TIER2,
    Item,
    Position,
    positions,
)
from sim.agents.joint_arrears import banks_parts, provide_for
from sim.agents.market_place import MERCHANTS
from sim.ledger import Kind, largest_remainder

if TYPE_CHECKING:
    from sim.agents.bank_terms import BankBalanceTerms
    from sim.agents.market_place import MarketPlace
    from sim.agents.money_market import MoneyMarket

WORLD_ACCOUNTS = (DEPOSITORS, MERCHANTS, STATE)
"""World parties with an account at every full bank: the public, its firms and the state bank where they borrow."""
LENDERS_PER_BANK = 3
"""Lenders a bank borrows from at the start (assumption: interbank networks are sparse; range 1 to 8)."""


LENT_TO_ONE_PPM = 12_000
"""Most lent to one bank at the start, of the lender's assets: within its limit of a quarter of tier 1."""
ROUNDS = 12


def open_banks(place: MarketPlace) -> None:
    """Open the balance sheet of every full bank, after those of the institutions they lend to."""
    banks = [bank for bank in place.banks.values() if isinstance(bank, CommercialBank)]
    market = place.money_market
    if market is None:
        return
    for bank in banks:
        for party in WORLD_ACCOUNTS:
            place.ledger.open_account(bank.account(party), bank.party)
    _open_interbank(market, banks)
    for platform in place.originators.values():
        for party, parts in banks_parts(platform).items():
            partner = place.banks[party.removeprefix("bank:")]
            if isinstance(partner, CommercialBank):
                provide_for(partner, platform, parts)
    held = positions(place, [bank.party for bank in banks])
    for bank in banks:
        _open_bank(place, bank, held[bank.party])
    _measure_liquidity(place, banks)


@dataclass(frozen=True)
class Sheet:
    """An opening balance sheet, fen; deposits in all, and the general loans before allowance."""

    loans: int
    npl: int
    allowance: int
    bonds: int
    reserves: int
    cet1: int
    tier1: int
    capital: int
    deposits: int


def opening_sheet(terms: BankBalanceTerms, held: Position, reserve_ppm: int) -> Sheet:
    """The sheet that has the terms' assets, ratios and bonds around what the bank holds already.

    Net general loans = assets - bonds - reserves - what is held; reserves = (requirement + excess) x deposits;
    deposits = assets - interbank debt - capital; capital = ratio x risk-weighted assets, which depend on loans. The
    four are solved by substitution, whose error shrinks a hundredfold a round (required reserves x capital ratio), and
    deposits then close the sheet to the fen.
    """
    here = sum(fen for item, fen in held.assets.items() if item is not Item.RESERVES)
    bonds = terms.assets_fen * terms.government_ppm // MILLION
    net, capital = 0, 0
    for _ in range(ROUNDS):
        deposits = max(0, terms.assets_fen - held.interbank_borrowed_fen - capital)
        reserves = max(held.assets[Item.RESERVES], deposits * reserve_ppm // MILLION)
        net = max(0, terms.assets_fen - bonds - reserves - here)
        weighted = held.risk_weighted_fen + net
        capital = weighted * terms.capital_ppm // MILLION
    kept = MILLION - terms.npl_ppm * terms.coverage_ppm // MILLION
    loans = net * MILLION // max(1, kept)
    npl = loans * terms.npl_ppm // MILLION
    cet1, tier1 = (weighted * ppm // MILLION for ppm in (terms.cet1_ppm, terms.tier1_ppm))
    assets = here + net + bonds + reserves
    deposits = max(held.deposits_fen, assets - held.interbank_borrowed_fen - capital)
    return Sheet(loans, npl, loans - net, bonds, reserves, cet1, tier1, capital, deposits)


def _measure_liquidity(place: MarketPlace, banks: list[CommercialBank]) -> None:
    """Each bank's first figures, and how liquid all of them are at the start, by assets."""
    rate, weighted, assets = place.macro.required_reserve_ppm(place.day), 0, 0
    for bank, position in zip(banks, positions(place, [bank.party for bank in banks]).values(), strict=True):
        bank.remember(position)
        spare = position.spare_ppm(position.deposits_fen * rate // MILLION)
        bank.memory["spare_ppm"] = bank.memory["opening_spare_ppm"] = spare
        weighted, assets = weighted + spare * position.assets_fen, assets + position.assets_fen
    for bank in banks:
        bank.memory["usual_spare_ppm"] = weighted // max(1, assets)


def _open_bank(place: MarketPlace, bank: CommercialBank, held: Position) -> None:
    ledger, conduct = place.ledger, bank.balance.conduct
    sheet = opening_sheet(bank.balance, held, place.macro.required_reserve_ppm(place.day) + conduct.excess_reserve_ppm)
    ledger.endow(bank.party, sheet.reserves - held.assets[Item.RESERVES])
    ledger.endow_loans(bank.corporate_claim, sheet.loans)
    ledger.endow_loans(ledger.claim(Kind.BOND, bank.party, STATE, deal=GOVERNMENT), sheet.bonds)
    for name, fen in ((ADDITIONAL_TIER1, sheet.tier1 - sheet.cet1), (TIER2, sheet.capital - sheet.tier1)):
        ledger.endow_loans(ledger.claim(Kind.BOND, DEPOSITORS, bank.party, deal=name), fen)
    ledger.endow_deposit(bank.account(DEPOSITORS), sheet.deposits - held.deposits_fen)
    ledger.provide(bank.corporate_claim, sheet.allowance)
    bank.memory["npl_fen"] = sheet.npl
    bank.memory["distance_ppm"] = max(0, bank.balance.capital_ppm - bank.minimum_ppm)
    bank.memory["equity_fen"] = ledger.equity(bank.party)
    lent = sheet.loans + sum(held.assets[item] for item in (Item.CONSUMER, Item.LINES, Item.TRANCHES, Item.OTHER_NOTES))
    bank.memory["loans_ppm"] = lent * MILLION // bank.balance.assets_fen


def _open_interbank(market: MoneyMarket, banks: list[CommercialBank]) -> None:
    """Who lent whom at the start: each borrower takes from the banks with most left to lend, so all nets to 0."""
    wants = [bank.balance.assets_fen * bank.balance.interbank_borrowed_ppm // MILLION for bank in banks]
    gives = [bank.balance.assets_fen * bank.balance.interbank_lent_ppm // MILLION for bank in banks]
    total = min(sum(wants), sum(gives))
    wants, left = largest_remainder(total, wants), largest_remainder(total, gives)
    made = 0
    for borrower in range(len(banks)):
        missing = wants[borrower]
        for _ in range(len(banks)):
            lender = max((k for k in range(len(banks)) if k != borrower), key=lambda k: (left[k], -k), default=borrower)
            most = banks[lender].balance.assets_fen * LENT_TO_ONE_PPM // MILLION
            part = min(missing, left[lender], most, max(1, wants[borrower] // LENDERS_PER_BANK))
            if part <= 0 or lender == borrower:
                break
            missing, left[lender] = missing - part, left[lender] - part
            for tenor, fen in (("7_days", part // 2), ("3_months", part - part // 2)):
                market.open_loan(banks[lender], banks[borrower], tenor, fen, spread_days=made)
                made += 1
