"""The guarantor: asks a price for promises its funds can carry; pays a deal's deficiency up to its commitment, as long
as its own funds last."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from sim.agents import practice
from sim.agents.institution import Institution, Life
from sim.agents.market_place import MarketPlace
from sim.agents.terms import GuarantorTerms
from sim.calendar import is_month_end
from sim.deals.fields import BP, PPM
from sim.deals.loss_layers import layer_loss_ppm, layer_reached_ppm
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import Structure
from sim.ledger import Kind
from sim.markets.guarantee import fee_ppm, own_funds_ppm, room_fen
from sim.timetable import Hour

ONE_IN_A_THOUSAND_PPM = 1_000
"""Chance of losses that own funds must still carry (99.9 %, the level of the capital accords: BCBS, An explanatory note
on the Basel II IRB risk weight functions, 2005)."""


class Risk(NamedTuple):
    """What a guarantor is asked to promise, and what it is shown."""

    originator: str
    view: PoolView
    structure: Structure
    months: int
    attachment_ppm: int
    """Losses that the residual class bears first, of the issue."""
    limit_ppm: int
    """Most it can be called for, of the issue."""
    limit_fen: int


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

    def promised_fen(self) -> dict[str, int]:
        """All it can still be called for, and what it has offered to deals on their way to market, by originator."""
        ledger, desk = self.place.ledger, self.place.desk
        found: dict[str, int] = {}
        for spv in self.place.plans_of("guarantor", self.party):
            if spv.issued and not spv.ended:
                fen = ledger.undrawn(ledger.claim(Kind.GUARANTEE, spv.party, self.party, deal=spv.name))
            else:
                fen = 0 if spv.ended else spv.terms.support_limit_fen
            found[spv.terms.originator] = found.get(spv.terms.originator, 0) + fen
        for mandate in {} if desk is None else desk.pipeline.values():
            offered = mandate.get("promise")
            if offered is not None and offered[0] == self.party:
                seller = self.place.shelves[mandate["shelf"]].originator
                found[seller] = found.get(seller, 0) + mandate["face_fen"] * offered[1] // BP
        return found

    def quote_ppm(self, risk: Risk) -> int | None:
        """The fee it asks for a promise, of the most it can be called for, a year; None if it does not make it: its own
        funds carry no more, in all or for this originator. It judges the pool by the published method."""
        terms, promised = self.terms, self.promised_fen()
        room = room_fen(
            net_assets_fen=self.place.ledger.equity(self.party), multiple=terms.leverage, of_one_ppm=terms.of_one_ppm,
            promised_fen=sum(promised.values()), of_originator_fen=promised.get(risk.originator, 0),
        )  # fmt: skip
        if self.failed or risk.limit_fen > room or risk.limit_ppm == 0:
            return None
        detachment = risk.attachment_ppm + risk.limit_ppm
        called = layer_loss_ppm(risk.view, risk.structure, risk.attachment_ppm, detachment) * PPM // risk.limit_ppm
        worst = layer_reached_ppm(risk.view, risk.structure, risk.attachment_ppm, detachment, ONE_IN_A_THOUSAND_PPM)
        bound = own_funds_ppm(multiple=terms.leverage, called_ppm=worst, comes_back_ppm=terms.comes_back_ppm)
        return fee_ppm(
            expected_loss_ppm=called * 12 // risk.months, comes_back_ppm=terms.comes_back_ppm, own_funds_ppm=bound,
            return_ppm=terms.return_ppm, cost_ppm=terms.cost_ppm, least_ppm=terms.fee_ppm,
            risk_free_ppm=self.place.macro.risk_free_ppm(self.place.day, risk.months),
        )  # fmt: skip

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
