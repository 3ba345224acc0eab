"""A bank's capital through the year: profit kept first, then bonds, then shares; each ordered months before it comes.

At each month end a bank looks as far ahead as an issue takes (general meeting, approvals, placing), at the minimum that
will be in force then, and orders what will be missing, within a most for the year. Shares, which are sold below their
price, it orders only where loans made on them earn what shareholders ask, or where it would come to its minimum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import bank_prices
from sim.agents.bank_accounts import ADDITIONAL_TIER1, BUFFER_PPM, DEPOSITORS, MILLION, TIER2, Position
from sim.agents.bank_credit import lending_rate_ppm
from sim.agents.market_place import MERCHANTS
from sim.calendar import date_of
from sim.ledger import Code, Kind
from sim.markets import bank_capital as capital

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank

DIVIDEND_MONTH = 6
BONDS, SHARES = "bonds", "shares"


def wanted_ppm(bank: CommercialBank, days: int = 0) -> int:
    """The capital ratio it means to keep: the minimum in force in so many days, and its distance from it."""
    return bank.balance.minimum_on(date_of(bank.place.day + days)) + int(bank.memory["distance_ppm"])


def pay_dividend(bank: CommercialBank, position: Position) -> None:
    """At the end of June: a share of the year's profit, the smaller the less slack it has; nothing that would leave
    less than a buffer over the minimum."""
    if bank.failed or date_of(bank.place.day).month != DIVIDEND_MONTH:
        return
    share = bank.balance.conduct.payout_ppm * bank.slack_ppm(position.capital_ppm) // MILLION
    fen = max(0, bank.memory["year_profit_fen"]) * share // MILLION
    bank.memory["year_profit_fen"] = 0
    after = (position.capital_fen - fen) * MILLION // max(1, position.risk_weighted_fen)
    if after >= bank.minimum_ppm + BUFFER_PPM:
        bank.place.ledger.dividend(bank.party, fen)


def raise_capital(bank: CommercialBank, position: Position) -> None:
    """Take in what was ordered and is due, then order what will be missing."""
    if bank.failed:
        bank.memory["capital_due"] = {}
        return
    _note_earnings(bank)
    for kind, (day, fen) in list(bank.memory["capital_due"].items()):
        if bank.place.day >= day:
            del bank.memory["capital_due"][kind]
            _take_in(bank, position, kind, fen)
    conduct = bank.balance.conduct
    bonds = _missing_fen(bank, position, conduct.bond_days)
    if bonds and position.capital_ppm >= bank.minimum_ppm:  # nobody buys bonds of a bank below its minimum
        _order(bank, BONDS, bonds, position.risk_weighted_fen * conduct.bonds_ppm // MILLION, conduct.bond_days)
    shares = _missing_fen(bank, position, conduct.share_days)
    if shares and (shares_pay(bank) or _comes_to_its_minimum(bank, position)):
        _order(bank, SHARES, shares, max(0, position.equity_fen) * conduct.shares_ppm // MILLION, conduct.share_days)


def shares_pay(bank: CommercialBank) -> bool:
    """Whether loans made on new shares would earn what shareholders ask on what these bring."""
    conduct, policy = bank.balance.conduct, bank.place.macro.policy_rate_ppm(bank.place.day)
    clientele = bank.balance.clientele_ppm
    earns = capital.return_on_new_capital_ppm(
        rate_ppm=lending_rate_ppm(conduct, policy, bank.memory["risk_ppm"], clientele),
        loss_ppm=conduct.default_ppm * clientele // MILLION * (MILLION - conduct.recovered_ppm) // MILLION,
        funding_ppm=bank_prices.funding_ppm(bank), ratio_ppm=wanted_ppm(bank), tax_ppm=conduct.tax_ppm,
    )  # fmt: skip
    return earns >= capital.cost_of_shares_ppm(bank_prices.EQUITY_RETURN_PPM, conduct.share_discount_ppm)


def _comes_to_its_minimum(bank: CommercialBank, position: Position) -> bool:
    """Whether its ratio is within a buffer of the minimum that will be in force when shares can have come."""
    return position.capital_ppm < wanted_ppm(bank, bank.balance.conduct.share_days) - (
        int(bank.memory["distance_ppm"]) - BUFFER_PPM
    )


def _missing_fen(bank: CommercialBank, position: Position, days: int) -> int:
    conduct, on_its_way = bank.balance.conduct, sum(fen for _, fen in bank.memory["capital_due"].values())
    return capital.shortage_fen(
        capital_fen=position.capital_fen + on_its_way, risk_weighted_fen=position.risk_weighted_fen,
        wanted_ppm=wanted_ppm(bank, days), growth_ppm=bank.balance.growth_on(date_of(bank.place.day)),
        retained_fen=int(bank.memory["earnings_fen"]) * (MILLION - conduct.payout_ppm) // MILLION, days=days,
    )  # fmt: skip


def _note_earnings(bank: CommercialBank) -> None:
    """What it expects to earn a year: the months so far, the last twelve weighing most."""
    a_year, months = 12 * int(bank.memory["profit_fen"]), min(12, int(bank.memory["months"]))
    bank.memory["earnings_fen"] += (a_year - bank.memory["earnings_fen"]) // max(1, months)


def _order(bank: CommercialBank, kind: str, wanted_fen: int, most_fen: int, days: int) -> None:
    """Begin an issue, unless one of its kind is under way or the year's most is used up."""
    year, ordered = date_of(bank.place.day).year, bank.memory["capital_ordered"]
    if ordered.get("year") != year:
        ordered = bank.memory["capital_ordered"] = {"year": year}
    fen = min(wanted_fen, most_fen - ordered.get(kind, 0))
    if fen <= 0 or kind in bank.memory["capital_due"]:
        return
    ordered[kind] = ordered.get(kind, 0) + fen
    bank.memory["capital_due"][kind] = [bank.place.day + days, fen]
    bank.place.announce(bank.party, "capital", f"will sell {fen} fen of {kind}")


def _take_in(bank: CommercialBank, position: Position, kind: str, fen: int) -> None:
    """The public pays for what was ordered; advisers are paid. Two thirds of bonds are tier 2, the rest additional tier
    1. Bonds of a bank that has come below its minimum since find no buyers."""
    ledger, public, conduct = bank.place.ledger, bank.account(DEPOSITORS), bank.balance.conduct
    fen = min(fen, ledger.cash(public))
    if kind == BONDS and position.capital_ppm < bank.minimum_ppm:
        return
    if kind == BONDS:
        for name, part in ((ADDITIONAL_TIER1, fen // 3), (TIER2, fen - fen // 3)):
            bond = ledger.claim(Kind.BOND, DEPOSITORS, bank.party, deal=name)
            _note_spread(bank, name, ledger.nominal(bond), part)
            ledger.draw(bond, part, payer=public)
    else:
        ledger.issue_capital(bank.party, fen, shareholder=public)
    ledger.pay(bank.party, bank.account(MERCHANTS), fen * conduct.issue_cost_ppm // MILLION, Code.COST)
    bank.place.note_event(
        deal="", institution=bank.party, family="capital", event="capital_raised", detail=f"{fen} fen of {kind}",
        measured_ppm=position.capital_ppm, threshold_ppm=wanted_ppm(bank), effect="its capital rises",
    )  # fmt: skip


def _note_spread(bank: CommercialBank, name: str, owed_fen: int, new_fen: int) -> None:
    """New bonds pay more the more others doubt the bank; all of a kind are kept at their mean spread."""
    old, asked = bond_spread_ppm(bank, name), bank.balance.conduct.subordinated_spread_ppm + bank_prices.doubt_ppm(bank)
    total = max(1, owed_fen + new_fen)
    bank.memory["bond_spread_ppm"][name] = (old * owed_fen + asked * new_fen) // total


def bond_spread_ppm(bank: CommercialBank, name: str) -> int:
    """Mean spread of its bonds of a kind over the policy rate."""
    spread: int = bank.memory["bond_spread_ppm"].get(name, bank.balance.conduct.subordinated_spread_ppm)
    return spread
