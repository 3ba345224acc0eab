"""The table `regulation`: every institution against every rule in force, monthly and whenever a rule starts to bind.

Positions are read from the ledger, as a regulator would who counts what is owed: lines as drawn, whatever was planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.bank_accounts import positions
from sim.agents.originator_market import RULED_AS
from sim.agents.policy_notices import regulated_position
from sim.calendar import BANK, date_of, is_month_end
from sim.regulation.rules import BankRule, Finding, LenderRule

if TYPE_CHECKING:
    from sim.market.market import SecuritizationMarket

BANK_KIND = "bank"
BEGINS, CEASES = "begins to bind", "ceases to bind"


def record_regulation(market: SecuritizationMarket) -> None:
    """At month ends a row for each institution and rule; on days after plans were made, or on which a rule comes into
    force or ends, a row for each that began or ceased to bind."""
    if not market.rulebook:
        return
    month_end = is_month_end(market.day)
    if not (month_end or _plans_were_made(market.day) or market.rulebook.changes_on(market.day)):
        return
    bound: list[str] = market.bound_by
    now = []
    for (party, name), finding in findings(market).items():
        key = f"{party}|{name}"
        if finding.binding:
            now.append(key)
        changed = finding.binding != (key in bound)
        if month_end or changed:
            action = (BEGINS if finding.binding else CEASES) if changed else ""
            market.recorder.add(
                "regulation", date=market.day, institution=party, rule=name, position_fen=finding.position_fen,
                limit_fen=finding.limit_fen, headroom_fen=finding.limit_fen - finding.position_fen, action=action,
            )  # fmt: skip
    market.bound_by = now


def findings(market: SecuritizationMarket) -> dict[tuple[str, str], Finding]:
    """(party, rule) -> the rule's finding today, originators before banks."""
    book, day, found = market.rulebook, market.day, {}
    for originator in market.originators.values():
        in_force = book.named_in_force(day, RULED_AS[originator.terms.kind], originator.party)
        if any(isinstance(rule, LenderRule) for rule in in_force.values()):
            position = regulated_position(originator)
            for name, rule in in_force.items():
                if isinstance(rule, LenderRule):
                    found[originator.party, name] = rule.finding(position)
    for_banks = _rules_of_banks(market)
    for party, stocks in positions(market, list(for_banks)).items() if for_banks else ():
        for name, bank_rule in for_banks[party].items():
            found[party, name] = bank_rule.finding(stocks.measured())
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
    return day == BANK.on_or_after(day - date_of(day).day + 1)
