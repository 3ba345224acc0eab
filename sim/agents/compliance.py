"""What an institution has heard from its regulators: its licence, the measures it is under, the plans ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sim.regulation.timeline import OrderedPlan

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.originator import Originator

BANKING: Final = "regulator:banking"
MARKET: Final = "regulator:market"
SECURITIES: Final = "regulator:securities"
RULED_AS: Final = {
    "microlender": "microlender", "retailer": "retailer", "platform": "platform", "p2p": "p2p",
    "consumer_finance": "consumer_finance", "bank_arm": "bank",
}  # fmt: skip
"""The licence whose rules of funding a kind of originator is under; a bank's arm stands under its bank's."""
REVOKED: Final = "revoked"


def licence(originator: Originator) -> str:
    """The licence it works under today: the one it began with, or what the regulator has made of it."""
    told: str | None = originator.place.heard(BANKING, f"licence:{originator.party}")
    return RULED_AS[originator.terms.kind] if told is None else told


def may_lend(originator: Originator) -> bool:
    """Whether it makes new loans: not once its licence is gone, or it has left the business."""
    return licence(originator) != REVOKED and not originator.memory["left"]


def under(place: MarketPlace, regulator: str, party: str, measure: str) -> bool:
    """Whether a party has heard from a regulator that it is under a measure: guided, issuance, joint lending (the
    last two suspended), or conversion (offered)."""
    told: dict[str, int] = place.heard(regulator, f"measures:{party}", {})
    return bool(told.get(measure, 0))


def plans_ordered(originator: Originator) -> dict[str, OrderedPlan]:
    """The rectification plans it is under, by rule."""
    place, party = originator.place, originator.party
    if not under(place, BANKING, party, "guided"):
        return {}
    told = {name: place.heard(BANKING, f"rectify:{party}/{name}") for name in place.rulebook.rules}
    return {name: (plan["first"], plan["deadline"], plan["start_fen"]) for name, plan in told.items() if plan}
