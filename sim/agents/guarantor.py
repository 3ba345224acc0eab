"""The guarantor: pays a deal's deficiency up to its commitment, as long as its own funds last."""

from __future__ import annotations

from typing import ClassVar

from sim.agents.institution import Institution
from sim.agents.market_place import MarketPlace
from sim.agents.terms import GuarantorTerms
from sim.ledger import Kind


class Guarantor(Institution):
    """Deficiency payer of one or more deals."""

    kind: ClassVar[str] = "guarantor"

    def __init__(self, place: MarketPlace, name: str, terms: GuarantorTerms) -> None:
        super().__init__(place, name)
        self.terms = terms

    def available_fen(self, deal: str, beneficiary: str) -> int:
        """What a deal can call today: the rest of its commitment, or the guarantor's cash if that is less."""
        ledger = self.place.ledger
        promised = ledger.undrawn(ledger.claim(Kind.GUARANTEE, beneficiary, self.party, deal=deal))
        return min(promised, ledger.cash(self.party))

    def pay_deficiency(self, deal: str, beneficiary: str, originator: str, fen: int, account: str) -> None:
        """Pay a called amount into a deal's account; a claim for reimbursement on the originator opens."""
        ledger = self.place.ledger
        claim = ledger.claim(Kind.GUARANTEE, beneficiary, self.party, deal=deal)
        ledger.call(claim, fen)
        ledger.pay_guarantee(claim, fen, payee=account, reimbursed_by=originator)
        self.place.note_event(
            deal=deal,
            institution=self.party,
            family="support",
            event="deficiency_payment",
            detail=f"pays {fen / 1e8:,.2f} m yuan",
            effect="the originator owes it back",
        )
        self.place.announce(self.party, "deficiency payment", f"pays {fen} fen to {deal}")
