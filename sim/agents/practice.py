"""The books of institutions that live on fees: their deposits earn interest, their people cost, and they can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.market_place import MERCHANTS
from sim.ledger import Code

if TYPE_CHECKING:
    from sim.agents.institution import Institution


def deposit_interest_fen(cash_fen: int, rate_ppm: int) -> int:
    """A month's interest: cash x yearly rate / 12, floored; fen."""
    return cash_fen * rate_ppm // 12_000_000


def close_month(institution: Institution, *, deposit_rate_ppm: int, cost_fen: int) -> int:
    """Earn the interest of the month on cash and pay the month's costs as far as cash goes; returns what is missing."""
    ledger, party = institution.place.ledger, institution.party
    ledger.pay(ledger.bank_at[party], party, deposit_interest_fen(ledger.cash(party), deposit_rate_ppm), Code.INTEREST)
    paid = min(cost_fen, ledger.cash(party))
    ledger.pay(party, MERCHANTS, paid, Code.COST)
    return cost_fen - paid


def fail(institution: Institution, why: str) -> None:
    """It stops working: everybody is told."""
    place, party = institution.place, institution.party
    institution.memory["failed"], institution.memory["failed_on"] = True, place.day
    place.tell(party, "failed", value=True)
    place.announce(party, "failure", why)
    place.note_event(
        deal="", institution=party, family="default", event=f"{institution.kind}_failure", detail=why,
        effect="it takes on nothing new",
    )  # fmt: skip
