"""What an originator makes of policies it has heard of: where it stands, what it may lend, what capital it lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.agents.compliance import licence, may_lend
from sim.agents.originator_debts import loans_owed_fen
from sim.agents.originator_market import Lenders, funding_position
from sim.agents.policy_board import hear_of_rules
from sim.regulation.rules import FundingPosition, MarketShareCap, RegisteredCapital
from sim.regulation.timeline import NO_LIMIT_FEN

if TYPE_CHECKING:
    from sim.agents.originator import Originator


def hear_of_policies(originator: Originator) -> None:
    """Note where it stands against each rule it hears of for the first time: the start of its way to the limit."""
    place = originator.place
    if place.rulebook.policies:
        kind = licence(originator)
        hear_of_rules(place, originator.memory, kind, originator.party, lambda: regulated_position(originator))


def lawful_lending_fen(originator: Originator, repaid_fen: int) -> int:
    """Most it may lend in a month under the rules that bind lending itself; `repaid_fen` of its loans is repaid in it.

    Nothing without a licence, or while registered capital is short; within its share of the market.
    """
    place, most = originator.place, NO_LIMIT_FEN if may_lend(originator) else 0
    rules = place.rulebook.binding(place.day, licence(originator), originator.party)
    for rule in rules:
        if isinstance(rule, RegisteredCapital) and rule.finding(funding_position(originator)).shortfall_fen:
            most = 0
        elif isinstance(rule, MarketShareCap):
            found = rule.finding(funding_position(originator))
            most = min(most, max(0, repaid_fen + found.limit_fen - found.position_fen))
    return most


def missing_capital_fen(originator: Originator) -> int:
    """Registered capital it still lacks under rules it has heard of, in force or coming."""
    place, noted = originator.place, originator.memory.get("policies", {})
    rules = place.rulebook.announced(place.day, licence(originator), originator.party) if noted else {}
    short = [
        rule.finding(funding_position(originator)).shortfall_fen
        for name, rule in rules.items()
        if name in noted and isinstance(rule, RegisteredCapital)
    ]
    return max(short, default=0)


def regulated_position(originator: Originator, lenders: Lenders | None = None) -> FundingPosition:
    """Its funding as it stands: what its plan decides afresh each month, its lines, counts as drawn. `lenders` as in
    `funding_position`."""
    owed = loans_owed_fen(originator)
    return replace(
        funding_position(originator, lenders),
        bank_loans_fen=owed["bank_loans"],
        shareholder_loans_fen=owed["shareholder_loans"],
        other_nonstandardised_fen=owed["nonstandardised"],
    )
