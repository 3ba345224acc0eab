"""Opening balance sheets of full banks: totals from their terms, in which what they hold in this market has its place.

Loans in all, bonds and capital follow from the terms; public deposits are what balances the sheet, and reserves follow
from deposits. Everything is an opening posting, so that no income is invented.
"""

from __future__ import annotations

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
from sim.agents.market_place import MERCHANTS
from sim.ledger import Kind, largest_remainder

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.money_market import MoneyMarket

WORLD_ACCOUNTS = (DEPOSITORS, MERCHANTS, STATE)
"""World parties with an account at every full bank: the public, its firms and the state bank where they borrow."""
LENDERS_PER_BANK = 3
"""Lenders a bank borrows from at the start (assumption: interbank networks are sparse; range 1 to 8)."""


def open_banks(place: MarketPlace) -> None:
    """Open the balance sheet of every full bank, after those of the institutions they lend to."""
    banks = [bank for bank in place.banks.values() if isinstance(bank, CommercialBank)]
    market = place.money_market
    if market is None:
        return
    for bank in banks:
        for party in WORLD_ACCOUNTS:
            place.ledger.open_account(bank.account(party), bank.party)
    _open_interbank(place, market, banks)
    held = positions(place, [bank.party for bank in banks])
    for bank in banks:
        _open_bank(place, bank, held[bank.party])
    for bank in banks:
        bank.remember()


def _open_bank(place: MarketPlace, bank: CommercialBank, held: Position) -> None:
    ledger, terms = place.ledger, bank.balance
    here = sum(fen for item, fen in held.assets.items() if item not in (Item.RESERVES, Item.INTERBANK))
    corporate = max(0, terms.assets_fen * terms.loans_ppm // MILLION - here)
    npl = corporate * terms.npl_ppm // MILLION
    allowance = min(corporate, npl * terms.coverage_ppm // MILLION)
    bonds = terms.assets_fen * terms.government_ppm // MILLION
    weighted = held.risk_weighted_fen + corporate - allowance
    cet1, tier1, capital = (weighted * ppm // MILLION for ppm in (terms.cet1_ppm, terms.tier1_ppm, terms.capital_ppm))
    assets = here + held.assets[Item.INTERBANK] + corporate - allowance + bonds
    # Deposits D balance the sheet with reserves r D: assets + r D = D + borrowed + capital.
    rate = place.macro.required_reserve_ppm(place.day) + terms.conduct.excess_reserve_ppm
    wanted = max(0, (assets - held.interbank_borrowed_fen - capital) * MILLION // (MILLION - rate))
    reserves = max(held.assets[Item.RESERVES], wanted * rate // MILLION)
    deposits = max(0, assets + reserves - held.interbank_borrowed_fen - capital - held.deposits_fen)
    ledger.endow(bank.party, reserves - held.assets[Item.RESERVES])
    ledger.endow_loans(bank.corporate_claim, corporate)
    ledger.endow_loans(ledger.claim(Kind.BOND, bank.party, STATE, deal=GOVERNMENT), bonds)
    ledger.endow_loans(ledger.claim(Kind.BOND, DEPOSITORS, bank.party, deal=ADDITIONAL_TIER1), tier1 - cet1)
    ledger.endow_loans(ledger.claim(Kind.BOND, DEPOSITORS, bank.party, deal=TIER2), capital - tier1)
    ledger.endow_deposit(bank.account(DEPOSITORS), deposits)
    ledger.provide(bank.corporate_claim, allowance)
    bank.memory["npl_fen"] = npl
    bank.memory["equity_fen"] = ledger.equity(bank.party)


def _open_interbank(place: MarketPlace, market: MoneyMarket, banks: list[CommercialBank]) -> None:
    """Who lent whom at the start: each borrower takes from the banks with most left to lend, so all nets to 0."""
    wants = [bank.balance.assets_fen * bank.balance.interbank_borrowed_ppm // MILLION for bank in banks]
    gives = [bank.balance.assets_fen * bank.balance.interbank_lent_ppm // MILLION for bank in banks]
    total = min(sum(wants), sum(gives))
    wants, left = largest_remainder(total, wants), largest_remainder(total, gives)
    made = 0
    for borrower, want in enumerate(wants):
        for turn in range(len(banks)):
            lender = max((k for k in range(len(banks)) if k != borrower), key=lambda k: (left[k], -k), default=borrower)
            part = min(want, left[lender], -(-wants[borrower] // LENDERS_PER_BANK) if turn < LENDERS_PER_BANK else want)
            if part <= 0 or lender == borrower:
                break
            want, left[lender] = want - part, left[lender] - part
            for tenor, fen in (("7_days", part // 2), ("3_months", part - part // 2)):
                market.open_loan(banks[lender], banks[borrower], tenor, fen, spread_days=made)
                made += 1

