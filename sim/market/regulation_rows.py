"""The table `regulation`: every institution against every rule in force, monthly and whenever a rule starts to bind.

Positions are read from the ledger, as a regulator would who counts what is owed: lines as drawn, whatever was planned.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.agents.bank_accounts import positions
from sim.agents.originator_funds import bridge_claim, debt_claim
from sim.agents.originator_market import RULED_AS, funding_position
from sim.agents.originator_plan import LINE_CAPS
from sim.calendar import BANK, date_of, is_month_end
from sim.regulation.rules import BankRule, Finding, FundingPosition, LenderRule

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.market.market import SecuritizationMarket

BANK_KIND = "bank"
BEGINS, CEASES = "begins to bind", "ceases to bind"


def record_regulation(market: SecuritizationMarket) -> None:
    """At month ends a row for each institution and rule; on days after plans were made, or on which a rule comes into
    force or ends, a row for each that began or ceased to bind."""
    if not market.rulebook.terms:
        return
    month_end = is_month_end(market.day)
    if not (month_end or _plans_were_made(market.day) or _rules_changed(market)):
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
        in_force = book.named_in_force(day, RULED_AS[originator.terms.kind])
        if any(isinstance(rule, LenderRule) for rule in in_force.values()):
            position = regulated_position(originator)
            for name, rule in in_force.items():
                if isinstance(rule, LenderRule):
                    found[originator.party, name] = rule.finding(position)
    for_banks = {n: rule for n, rule in book.named_in_force(day, BANK_KIND).items() if isinstance(rule, BankRule)}
    banks = [bank.party for bank in market.commercial_banks() if not bank.failed] if for_banks else []
    for party, stocks in positions(market, banks).items() if banks else ():
        for name, bank_rule in for_banks.items():
            found[party, name] = bank_rule.finding(stocks.measured())
    return found


def regulated_position(originator: Originator) -> FundingPosition:
    """Its funding as it stands: what its plan decides afresh each month, its lines, counts as drawn."""
    ledger, counted = originator.place.ledger, {"bank_loans": 0, "shareholder_loans": 0, "nonstandardised": 0}
    for name, debt in originator.terms.debts.items():
        category = LINE_CAPS.get((debt.lender.split(":")[0], debt.kind))
        if category is not None:
            counted[category] += ledger.nominal(debt_claim(originator, name))
    counted["shareholder_loans"] += ledger.nominal(bridge_claim(originator))
    return replace(
        funding_position(originator),
        bank_loans_fen=counted["bank_loans"],
        shareholder_loans_fen=counted["shareholder_loans"],
        other_nonstandardised_fen=counted["nonstandardised"],
    )


def _plans_were_made(day: int) -> bool:
    """Lenders and banks plan on the first working day of a month."""
    return day == BANK.on_or_after(day - date_of(day).day + 1)


def _rules_changed(market: SecuritizationMarket) -> bool:
    today, yesterday = date_of(market.day), date_of(market.day - 1)
    return any(rule.since == today or rule.until == yesterday for rule in market.rulebook.terms.values())
