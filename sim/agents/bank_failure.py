"""The end of a bank: closed when nobody lends to it or when it has lost its equity; deals' accounts go elsewhere.

What becomes of the estate is the resolution's work; here the bank stops, everybody is told, and cash held in trust is
handed over, or stays in the estate where it was not segregated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.ledger import party_of

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank


def fail(bank: CommercialBank, why: str) -> None:
    """Close a bank: notice, event, no more offers, and its custody moved."""
    place = bank.place
    bank.memory["failed"] = True
    place.tell(bank.party, "failed", value=True)
    place.announce(bank.party, "failure", why)
    place.note_event(
        deal="", institution=bank.party, family="default", event="bank_failure", detail=why,
        effect="it lends no more; deals' accounts leave it",
    )  # fmt: skip
    for subject in sorted(bank.memory["offered"]):
        place.tell(bank.party, subject, {"limit_fen": 0, "rate_ppm": 0})
    bank.memory["offered"] = {}
    hand_over_custody(bank)


def hand_over_custody(bank: CommercialBank) -> None:
    """Accounts of plans kept here reopen at the largest living bank: with their cash if they were segregated, otherwise
    empty, with a claim on the estate."""
    place, ledger = bank.place, bank.place.ledger
    heir = max(
        (other for other in place.commercial_banks() if not other.failed and other is not bank),
        key=lambda other: (other.last.get("assets", 0), other.party),
        default=None,
    )
    kept = sorted(
        account for account, where in ledger.bank_at.items()
        if where == bank.party and party_of(account).startswith("spv:")
    )  # fmt: skip
    if heir is None or not kept:
        return
    lost = 0
    for account in kept:
        if bank.terms.segregation:
            ledger.move_account(account, heir.party)
        else:
            lost += ledger.cash(account)
            ledger.freeze_account(account, heir.party)
    place.note_event(
        deal="", institution=bank.party, family="default", event="custody_handed_over",
        detail=f"{len(kept)} accounts to {heir.party}; {lost} fen stay in the estate",
        effect="segregated cash follows" if bank.terms.segregation else "plans claim their cash from the estate",
    )  # fmt: skip
