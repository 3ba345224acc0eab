"""Policies on the notice board: how they are told, and how those bound hear of them, not before that hour."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.agents.bank_accounts import STATE
from sim.agents.originator_funds import bridge_claim, debt_claim
from sim.agents.originator_market import LINE_CAPS, RULED_AS, funding_position
from sim.regulation.rules import FundingPosition, LenderRule

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.originator import Originator
    from sim.regulation.policy_terms import PolicyTerms


def subject(name: str) -> str:
    """What a policy's notice is pinned under."""
    return f"policy:{name}"


def tell_policy(place: MarketPlace, name: str, policy: PolicyTerms) -> None:
    """Publish a policy: a notice that institutions can act on from the next hour, and an event."""
    text = policy.in_words()
    place.tell(STATE, subject(name), text)
    place.announce(STATE, subject(name), text)
    place.note_event(
        deal="", institution="", family="regulation", event="policy_announced", detail=f"{name}: {text}",
        effect=f"must be met by {policy.binding_from.isoformat()}",
    )  # fmt: skip


def hear_of_policies(originator: Originator) -> None:
    """Note where it stands against each rule it hears of for the first time: the start of its way to the limit."""
    place = originator.place
    if not place.rulebook.policies:
        return
    noted: dict[str, int] = originator.memory.setdefault("policies", {})
    rules = place.rulebook.announced(place.day, RULED_AS[originator.terms.kind], originator.party)
    for name, rule in rules.items():
        if name not in noted and isinstance(rule, LenderRule) and place.heard(STATE, subject(name)) is not None:
            noted[name] = rule.finding(regulated_position(originator)).position_fen


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
