"""Policies on the notice board: how they are told, and how those bound hear of them, not before that hour."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.agents.bank_accounts import STATE
from sim.regulation.rules import BankPosition, FundingPosition
from sim.regulation.timeline import measures

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
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


def hear_of_rules(
    place: MarketPlace, memory: dict[str, Any], kind: str, party: str,
    position: Callable[[], FundingPosition | BankPosition],
) -> dict[str, int]:  # fmt: skip
    """Note in a party's memory where it stands, in fen, against each rule it hears of for the first time; returns all
    it has noted, by policy."""
    noted: dict[str, int] = memory.setdefault("policies", {})
    for name, rule in place.rulebook.announced(place.day, kind, party).items():
        if name not in noted and place.heard(STATE, subject(name)) is not None:
            stands = position()
            if measures(rule, stands):
                noted[name] = rule.finding(stands).position_fen  # type: ignore[arg-type]
    return noted
