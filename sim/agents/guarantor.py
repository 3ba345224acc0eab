"""The guarantor: pays a deal's deficiency up to its commitment, as long as its own funds last."""

from __future__ import annotations

from typing import ClassVar

from sim.agents import practice
from sim.agents.institution import Institution, Life
from sim.agents.market_place import MarketPlace
from sim.agents.terms import GuarantorTerms
from sim.calendar import is_month_end
from sim.ledger import Kind
from sim.timetable import Hour


class Guarantor(Institution):
    """Deficiency payer of one or more deals."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.RATE,)
    kind: ClassVar[str] = "guarantor"

    def __init__(self, place: MarketPlace, name: str, terms: GuarantorTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
        self.memory = {"failed": False}

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """At month ends: interest on its cash, its costs, and whether it still stands."""
        if is_month_end(self.place.day) and not self.failed:
            rate, cost = self.terms.deposit_rate_ppm, self.terms.operating_cost_fen // 12
            missing = practice.close_month(self, deposit_rate_ppm=rate, cost_fen=cost)
            if missing or self.place.ledger.equity(self.party) < 0:
                practice.fail(self, "it cannot pay its costs" if missing else "net assets are below 0 at the month end")
        return
        yield

    def promised_fen(self) -> int:
        """All it can still be called for."""
        table, me = self.place.ledger.table, self.place.ledger.party_number[self.party]
        mine = (table.column("debtor") == me) & (table.column("kind") == Kind.GUARANTEE)
        return int(table.column("undrawn")[mine].sum())

    def can_promise(self, fen: int) -> bool:
        """Whether a promise of `fen` more keeps all of them within the multiple of its net assets."""
        own = self.place.ledger.equity(self.party)
        return not self.failed and self.promised_fen() + fen <= own * self.terms.leverage

    def available_fen(self, deal: str, beneficiary: str) -> int:
        """What a deal can call today: the rest of its commitment, or the guarantor's cash if that is less; nothing
        once it has failed."""
        ledger = self.place.ledger
        if self.failed:
            return 0
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
        self.place.tell(beneficiary, "supported", self.place.day)
        if ledger.cash(self.party) == 0 and ledger.undrawn(claim):
            practice.fail(self, f"its funds are spent; {ledger.undrawn(claim)} fen promised to {deal} stay unpaid")
