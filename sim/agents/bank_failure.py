"""The end of a bank: closed when nobody lends to it or when it has lost its equity; deals' accounts go elsewhere.

What becomes of it is the resolution's work (`resolution_bank`); here the bank stops, everybody is told, and cash held
in trust is handed over, or stays behind where it was not segregated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.bank_terms import REST
from sim.ledger import party_of

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank
    from sim.agents.market_place import MarketPlace


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


def heir_of(place: MarketPlace) -> CommercialBank | None:
    """The largest named bank that has not failed: it takes accounts that lose theirs."""
    return max(
        (bank for bank in place.commercial_banks() if not bank.failed and bank.name != REST),
        key=lambda bank: (bank.last.get("assets", 0), bank.party),
        default=None,
    )


def keeper(place: MarketPlace, custodian: str) -> str:
    """Who keeps accounts that a plan's terms put at a custodian."""
    bank = place.banks.get(custodian.removeprefix("bank:"))
    heir = heir_of(place) if bank is not None and bank.failed else None
    return custodian if heir is None else heir.party


def hand_over_custody(bank: CommercialBank) -> None:
    """Accounts of plans kept here reopen at the largest living bank: with their cash if they were segregated, otherwise
    empty, with a claim on the estate."""
    place, ledger = bank.place, bank.place.ledger
    heir = heir_of(place)
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
