"""The table `regulation`: every institution against every rule in force, day by day, and which rule binds.

Positions are read from the ledger, as a regulator would who counts what is owed: lines as drawn, whatever was planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.bank_accounts import positions
from sim.agents.compliance import licence
from sim.agents.originator_market import Lenders
from sim.agents.policy_notices import regulated_position
from sim.calendar import BANK, is_month_end
from sim.regulation.rules import BankRule, Finding, LenderRule

if TYPE_CHECKING:
    from sim.market.market import SecuritizationMarket

BANK_KIND = "bank"
BEGINS, CEASES = "begins to bind", "ceases to bind"


def record_regulation(market: SecuritizationMarket) -> None:
    """A row for each originator and bank and each rule in force on it, every day.

    Where records are monthly: at month ends; and on days after plans were made or on which a rule comes into force or
    ends, for whoever began or ceased to be bound.
    """
    if not market.rulebook:
        return
    whole = market.settings.records.regulation == "daily" or is_month_end(market.day)
    if whole or _plans_were_made(market.day) or market.rulebook.changes_on(market.day):
        _record(market, "originator", lender_findings(market), whole=whole)
        _record(market, "bank", bank_findings(market), whole=whole)


def _record(market: SecuritizationMarket, kind: str, found: dict[tuple[str, str], Finding], *, whole: bool) -> None:
    """The rows of a kind of institution: all (`whole`), or those that changed; who is bound is remembered."""
    others = {key for key in market.bound_by if not key.startswith(f"{kind}:")}
    bound = others | {key for key in market.bound_by if tuple(key.split("|")) in found}
    for (party, name), finding in found.items():
        key = f"{party}|{name}"
        changed = finding.binding != (key in bound)
        if changed:
            bound ^= {key}  # in or out
        if whole or changed:
            action = (BEGINS if finding.binding else CEASES) if changed else ""
            market.recorder.add(
                "regulation", date=market.day, institution=party, rule=name, position_fen=finding.position_fen,
                limit_fen=finding.limit_fen, headroom_fen=finding.limit_fen - finding.position_fen,
                binding=finding.binding, action=action,
            )  # fmt: skip
    market.bound_by = sorted(bound)


def lender_findings(market: SecuritizationMarket) -> dict[tuple[str, str], Finding]:
    """(originator, rule) -> the rule's finding today."""
    found, lenders = {}, Lenders(market)
    for originator in market.originators.values():
        in_force = market.rulebook.named_in_force(market.day, licence(originator), originator.party)
        rules = {name: rule for name, rule in in_force.items() if isinstance(rule, LenderRule)}
        position = regulated_position(originator, lenders) if rules else None
        for name, rule in rules.items():
            if position is not None:
                found[originator.party, name] = rule.finding(position)
    return found


def bank_findings(market: SecuritizationMarket) -> dict[tuple[str, str], Finding]:
    """(bank, rule) -> the rule's finding today."""
    found, for_banks = {}, _rules_of_banks(market)
    for party, stocks in positions(market, list(for_banks)).items() if for_banks else ():
        for name, rule in for_banks[party].items():
            found[party, name] = rule.finding(stocks.measured())
    return found


def _rules_of_banks(market: SecuritizationMarket) -> dict[str, dict[str, BankRule]]:
    """(bank -> rule name -> rule) of the banks that work and are bound by any."""
    rules = {}
    for bank in market.commercial_banks():
        law = market.rulebook.named_in_force(market.day, BANK_KIND, bank.party)
        mine = {name: rule for name, rule in law.items() if isinstance(rule, BankRule)}
        if mine and not bank.failed:
            rules[bank.party] = mine
    return rules


def _plans_were_made(day: int) -> bool:
    """Lenders and banks plan on the first working day of a month."""
    return BANK.opens_month(day)
