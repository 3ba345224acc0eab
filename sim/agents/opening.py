"""The opening day: parties, accounts, and balance sheets that follow from seasoned books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import originator_debts as debts
from sim.agents.bank_failure import keeper
from sim.agents.bank_opening import open_banks
from sim.agents.goods import goods_claim
from sim.agents.loan_postings import shares_of
from sim.agents.market_place import HOUSEHOLDS, MarketPlace
from sim.agents.opening_lines import opening_equity_fen, opening_lines_fen, opening_notes_fen
from sim.agents.originator_responses import keep_lines_within_caps
from sim.agents.retailer import open_shop
from sim.agents.spv import ACCOUNTS
from sim.ledger import Code
from sim.ledger.kinds import WORLD_PARTIES

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.agents.spv import Spv

REST_OF_SYSTEM = "bank:rest_of_system"
"""All banks that the scenario does not name: they keep the world's accounts."""

WORLD_CASH_PER_BOOK = 50
"""Opening deposits of households, as a multiple of what they owe: the world's purse must never decide an outcome."""

WORLD_CASH_IN_SYSTEM = 8
"""The same where deposits are part of a banking system's balance sheet: some eight months of what a book takes in."""

WORLD_CASH_PER_INVESTED = 5
"""Opening deposits of those whose money investors manage, and of issuers outside the model, over the larger of
investors' cash and the most that will be outstanding of other kinds of notes."""


def open_world(place: MarketPlace) -> None:
    """Every party, every account, and the cash the scenario gives each at the start."""
    ledger = place.ledger
    ledger.add_party(REST_OF_SYSTEM)
    for party in sorted(WORLD_PARTIES - {"world:central_bank"}):
        ledger.add_party(party)
        ledger.open_account(party, REST_OF_SYSTEM)
    for bank in place.banks.values():
        ledger.add_party(bank.party)
        ledger.endow(bank.party, bank.terms.capital_fen)
    _fill_world_purses(place)
    for institution, cash in _purses(place):
        ledger.add_party(institution)
        ledger.open_account(institution, REST_OF_SYSTEM)
        _give(place, institution, cash)
    for originator in place.originators.values():
        _open_originator(place, originator)
    for spv in place.deals.values():
        open_plan(place, spv)
    open_banks(place)
    for originator in place.originators.values():
        if originator.terms.strategy is not None:
            keep_lines_within_caps(originator)


def _give(place: MarketPlace, account: str, fen: int) -> None:
    """Opening cash: a deposit among others where banks have whole balance sheets, else new reserves behind it."""
    if place.money_market is None:
        place.ledger.endow(account, fen)
    else:
        place.ledger.endow_deposit(account, fen)


def _fill_world_purses(place: MarketPlace) -> None:
    """The world's purses must never decide an outcome; where banks have whole balance sheets they must fit in them."""
    owed = sum(int(book.stock.sum()) for book in place.books.values())
    deciding = sum(investor.terms.cash_fen for investor in place.investors.values() if investor.terms.mandate)
    whole = place.money_market is not None
    _give(place, HOUSEHOLDS, max(10**12, owed * (WORLD_CASH_IN_SYSTEM if whole else WORLD_CASH_PER_BOOK)))
    _give(place, "world:shareholders", max(10**12, owed * 5))
    supply = None if place.desk is None else place.desk.supply
    invested = max(deciding, 0 if supply is None else supply.most_outstanding_fen)
    for world in ("world:depositors", "world:shareholders"):
        _give(place, world, invested * WORLD_CASH_PER_INVESTED)


def open_plan(place: MarketPlace, spv: Spv) -> None:
    """A plan's party and its segregated accounts at the custodian, or, if that has failed, at its heir."""
    place.ledger.add_party(spv.party)
    for which in ACCOUNTS:
        place.ledger.open_account(spv.account(which), keeper(place, spv.terms.custodian))


def _purses(place: MarketPlace) -> list[tuple[str, int]]:
    managers = [(m.party, m.terms.capital_fen) for m in place.managers.values()]
    guarantors = [(g.party, g.terms.capital_fen) for g in place.guarantors.values()]
    investors = [(i.party, i.terms.cash_fen) for i in place.investors.values()]
    investors += [(d.party, d.terms.capital_fen) for d in place.dealers.values()]
    return managers + guarantors + investors + [(a.party, a.terms.capital_fen) for a in place.agencies.values()]


def _open_originator(place: MarketPlace, originator: Originator) -> None:
    """Assets: the seasoned book and cash for a few days. Liabilities: the scenario's debts, the last of which balances
    the books."""
    ledger, terms, book = place.ledger, originator.terms, place.books[originator.name]
    ledger.add_party(originator.party)
    line = terms.debts[originator.line]
    ledger.open_account(originator.party, line.lender if line.lender.startswith("bank:") else REST_OF_SYSTEM)
    for code, owner in enumerate(book.owners):
        if owner.startswith("spv:"):
            continue  # a plan owns nothing before its closing
        for party, principal in shares_of(originator, owner, "lent", book.outstanding_fen(owner)):
            ledger.endow_loans(originator.loan_claim(party), principal)
        for party, fees in shares_of(originator, owner, "fee_due", book.fee_owing[code]):
            ledger.accrue(originator.loan_claim(party), fees, Code.FEE)
    originator.provide()
    lent: list[int] = originator.memory["lent"]
    cash = terms.liquidity_days * (sum(lent) // max(1, len(lent)) * originator.own_part_ppm() // 1_000_000)
    _balance(originator, cash)
    originator.memory["year_start_equity"] = ledger.equity(originator.party)


def _balance(originator: Originator, cash_fen: int) -> None:
    """What the given debts do not fund is drawn on lines, cheapest first, within the rules in force; a shop's goods, or
    cash, take up the rest."""
    place, terms = originator.place, originator.terms
    ledger = place.ledger
    notes = opening_notes_fen(originator)
    if notes:
        # Plans that were sold before the start take their pools, and pay for them, on the first trading day.
        ledger.endow_loans(debts.bridge_claim(originator), notes)
    given = sum(debt.opening_fen or 0 for debt in terms.debts.values()) + open_shop(originator) + notes
    missing = (
        ledger.carrying(originator.loan_claim(originator.party)) + cash_fen - opening_equity_fen(originator) - given
    )
    beyond = max(0, -missing)
    if terms.retailer is not None:
        ledger.endow_loans(goods_claim(originator), beyond)
        beyond = 0
    ledger.endow(originator.party, cash_fen + beyond)
    most = opening_lines_fen(originator)
    for name in debts.lines(originator):
        debt = terms.debts[name]
        drawn = min(max(0, missing), most[name]) if debt.opening_fen is None else debt.opening_fen
        missing -= drawn if debt.opening_fen is None else 0
        ledger.endow_loans(debts.debt_claim(originator, name), drawn)
        ledger.commit(debts.debt_claim(originator, name), max(0, debt.limit_fen - drawn))
    for name, debt in terms.debts.items():
        if name not in debts.lines(originator):
            ledger.endow_loans(debts.debt_claim(originator, name), debt.opening_fen or 0)
    if missing > 0:
        ledger.endow_loans(debts.bridge_claim(originator), missing)
        place.announce(
            originator.party,
            "liquidity",
            f"originators.{originator.name}.debts are {missing} fen too small for the book; shareholders bridge",
        )
    originator.memory["opening_bridge_fen"] = ledger.nominal(debts.bridge_claim(originator))
