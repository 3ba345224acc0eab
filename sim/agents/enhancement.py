"""Step 4 of an issue: which credit enhancement its seller chooses, of those for which agencies give the letters.

Internal: support of the classes below alone. External: a guarantor's promise besides, which stands in for support as
far as its own letter goes. Of each design the desk reckons what the issue costs the seller a year, from what is known
that day: what buyers of each class ask, sounded with the bids of the day, what the first losses cost the seller to
bear, what the guarantor asks for the most it can be called for, the agencies' methods. The cheapest is taken; the
seller holds the first losses, or pays them back, and needs its own funds behind them, under each of them alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sim.agents import issuance_books
from sim.agents.agency_choice import grounds_milli, mandated, waiting_fen
from sim.agents.bidding import Bidders
from sim.agents.guarantor import Guarantor, Risk
from sim.agents.issuance_terms import ShelfTerms, in_force
from sim.agents.issue_tenor import stepped_bp
from sim.agents.note_views import shown_pool
from sim.agents.originator_debts import told_own_funds
from sim.agents.rating_request import Asked
from sim.agents.withdrawal import Withdrawn
from sim.calendar import date_of
from sim.deals.fields import BP
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import Structure, structure_of
from sim.deals.ratings import UNRATED
from sim.deals.support import SupportTerms
from sim.draws import Clock, Subject, declare, subject_number, words
from sim.regulation.market_rules import agencies_drawn

if TYPE_CHECKING:
    from sim.agents.issuance import IssuanceDesk
    from sim.agents.rating_agency import RatingAgency

PPM = 1_000_000
LIMITS_BP: tuple[int, ...] = (100, 200, 300, 500)
"""Promises a desk asks for, of the rated notes (assumption; DEA03, LVR10: support of 5 to 12 %)."""

ASSIGNED = declare("agency assigned", Clock.LIFE, Subject.DEAL, "which agency rates a deal where issuers cannot choose")


class Promise(NamedTuple):
    """A guarantor's offer: who, at most how much of the rated notes, for what fee on that a year."""

    guarantor: str
    limit_bp: int
    fee_ppm: int
    of_issue_ppm: int
    """What of the issue the limit is at least: rated notes grow as the residual class thins."""

    def signed(self, required: SupportTerms | None) -> SupportTerms:
        """What the plan signs with the guarantor; what every issue must have, at this fee."""
        if required is not None:
            return required.model_copy(update={"fee_ppm": self.fee_ppm})
        return SupportTerms(limit_bp=self.limit_bp, limit_fen=None, fee_ppm=self.fee_ppm)


@dataclass(frozen=True)
class Design:
    """One way to enhance an issue."""

    promise: Promise | None
    agencies: list[str]
    support_ppm: dict[str, int]
    """Letter -> support its class needs from those below, ppm of the issue."""
    shares_bp: dict[str, int]
    """Class -> share of the issue."""
    cost_ppm: int
    """What it costs the seller a year, of the face."""


def last_spread_bp(desk: IssuanceDesk, rating: str, usual_bp: int) -> int:
    """What the desk last saw notes of a letter pay over the risk-free yield; before any, what is usual."""
    spread: int = desk.memory["spreads_bp"].get(rating, usual_bp)
    return spread


class Desk:
    """What the desk knows of an issue on the day it is enhanced; lives within the hour."""

    def __init__(self, desk: IssuanceDesk, deal: str, shelf: ShelfTerms, face_fen: int) -> None:
        self.desk, self.place, self.deal, self.shelf, self.face_fen = desk, desk.place, deal, shelf, face_fen
        view = shown_pool(self.place, shelf.originator)
        if view is None:
            raise Withdrawn("no_rating", f"{shelf.originator} shows no history of its pool")
        self.view: PoolView = view
        self.structure = structure_of(shelf.prototype)
        self.letters = tuple(
            shelf.classes[name].rating for name in shelf.ranked if shelf.classes[name].rating != UNRATED
        )
        self.regime = in_force(self.place.issuance_rules.rating_regime, date_of(self.place.day))
        self.months = shelf.prototype.revolving_months + shelf.prototype.amortisation_months
        self.own = told_own_funds(self.place.originators[shelf.originator.removeprefix("originator:")])
        self.bidders = Bidders(self.place, {})

    def choose(self) -> Design:
        """The cheapest design; an internal one where none is cheaper. A shelf that must have a guarantor has no other
        choice. Every accredited agency is asked about the one chosen, and keeps a file on it."""
        internal, why = self._tried(None)
        residual_bp = self.shelf.most_support_bp if internal is None else internal.shares_bp[self.shelf.ranked[-1]]
        found = [self._tried(promise)[0] for promise in self._promises(BP - residual_bp)]
        if self.shelf.prototype.support is None:
            found.insert(0, internal)
        elif not found:
            why = Withdrawn("no_guarantor", "no guarantor makes the promise that every issue needs")
        possible = [design for design in found if design is not None]
        if not possible:
            raise why or Withdrawn("no_rating", "no promise to be had earns the letters")
        best = min(possible, key=lambda design: design.cost_ppm)
        structure = self._structure(best.promise)
        for party in self.shelf.agencies:
            self._agency(party).indicate(self._asked(structure))
        return best

    def _tried(self, promise: Promise | None) -> tuple[Design | None, Withdrawn | None]:
        """A design by a promise, or by none; why there is none where no letter can be had by it."""
        question = self._asked(self._structure(promise))
        asked = {party: self._agency(party).support_asked(question) for party in self.shelf.agencies}
        try:
            chosen = self._mandated(asked, promise)
            support = {letter: max(asked[party][letter] for party in chosen) for letter in self.letters}
            shares = size_classes(self.shelf, support)
        except Withdrawn as end:
            return None, end
        return Design(
            promise, chosen, support, shares, self._cost_ppm(shares, promise, self._sounded_ppm(shares))
        ), None

    def _asked(self, structure: Structure) -> Asked:
        """What agencies are asked about."""
        contested = self.regime == "issuer_chooses"
        return Asked(
            self.deal, self.shelf.originator, self.view, structure, self.letters, self.face_fen, contested=contested
        )

    def _structure(self, promise: Promise | None) -> Structure:
        """What agencies judge."""
        if promise is None:
            return self.structure
        return self.structure.promised(promise.of_issue_ppm, self._guarantor(promise.guarantor).terms.rating)

    def _promises(self, rated_bp: int) -> Iterator[Promise]:
        """What guarantors offer: of each size asked for the cheapest; what a shelf requires, its own guarantor's."""
        required, limits = self.shelf.prototype.support, LIMITS_BP
        asked = list(self.place.guarantors.values())
        if required is not None:
            asked = [guarantor for guarantor in asked if guarantor.party == self.shelf.guarantor]
            most_fen = required.limit_fen or 0
            limits = (required.limit_bp or max(1, most_fen * BP * BP // (self.face_fen * rated_bp)),)
        for limit_bp in limits:
            risk = self._risk(limit_bp, rated_bp)
            fees = {guarantor.party: guarantor.quote_ppm(risk) for guarantor in asked}
            offers = [(fee, party) for party, fee in fees.items() if fee is not None]
            if offers:
                fee, party = min(offers)
                yield Promise(party, limit_bp, fee, risk.limit_ppm)

    def _risk(self, limit_bp: int, rated_bp: int) -> Risk:
        """What a guarantor is asked to bear: losses beyond the residual class that is left, up to the limit."""
        limit_ppm = limit_bp * rated_bp // BP * (PPM // BP)
        thinnest = self.shelf.least_residual_bp * (PPM // BP)
        return Risk(
            originator=self.shelf.originator, view=self.view, structure=self.structure, months=self.months,
            attachment_ppm=max(thinnest, (BP - rated_bp) * (PPM // BP) - limit_ppm), limit_ppm=limit_ppm,
            limit_fen=self.face_fen * limit_ppm // PPM,
        )  # fmt: skip

    def _cost_ppm(self, shares_bp: dict[str, int], promise: Promise | None, coupons_ppm: int) -> int:
        """Coupons of the classes sold, cost of the first losses, in the residual class or owed back to the guarantor,
        fee on the most promised: a year, ppm of the face."""
        held_bp = shares_bp[self.shelf.ranked[-1]]
        owed_ppm = 0 if promise is None else promise.limit_bp * (BP - held_bp) // (BP * BP // PPM)
        borne = self.own.cost_ppm(held_ppm=held_bp * (PPM // BP), owed_ppm=owed_ppm)
        return coupons_ppm + borne + (0 if promise is None else promise.fee_ppm * owed_ppm // PPM)

    def _sounded_ppm(self, shares_bp: dict[str, int]) -> int:
        """Coupons by the bids of the day, a year, ppm of the face: by these designs are compared."""
        return issuance_books.Offer(
            self.desk, self.deal, self.shelf, self.view, self.bidders, shares_bp
        ).sounded_ppm()  # fmt: skip

    def _last_paid_ppm(self, shares_bp: dict[str, int]) -> int:
        """Coupons by what the last notes of each letter paid: nobody sounds buyers before it has chosen its agency."""
        rated = {name: share for name, share in shares_bp.items() if name != self.shelf.ranked[-1]}
        return sum(share * self._coupon_ppm(name) for name, share in rated.items()) // BP

    def _coupon_ppm(self, name: str) -> int:
        """What the last notes of the letter paid over the risk-free yield, wherever they were sold; before any, the
        middle of the guided range. With the yield of this life, ppm a year."""
        terms = self.shelf.classes[name]
        spread = last_spread_bp(self.desk, terms.rating, (terms.low_spread_bp + terms.high_spread_bp) // 2)
        return self.place.macro.risk_free_ppm(self.place.day, self.months) + spread * (PPM // BP)

    # -- who rates ---------------------------------------------------------------------------------------------------

    def _mandated(self, asked: dict[str, dict[str, int]], promise: Promise | None) -> list[str]:
        """Who rates: the agency the issuer chooses by what each would cost it; or one, or two, drawn for it.

        Raises:
            Withdrawn: the issuer may choose, and by no agency's method can the letters be had.
        """
        if self.regime == "issuer_chooses":
            seed = self.place.seed_number
            cost_fen = self._costs_fen(asked, promise)
            grounds = {party: grounds_milli(seed, self.deal, party) for party in cost_fen}
            scale_fen = self.face_fen * self.place.issuance_rules.agency_grounds_ppm // PPM
            return [mandated(cost_fen, grounds, scale_fen)]
        drawn = words(self.place.seed_number, ASSIGNED, 0, subject_number(self.deal))
        ranked = sorted(asked, key=lambda party: (drawn[0] + subject_number(party)) % 2**32)
        return agencies_drawn(self.regime, ranked)

    def _costs_fen(self, asked: dict[str, dict[str, int]], promise: Promise | None) -> dict[str, int]:
        """Agency -> what the issue costs by its letters over the life, with its fee, the work of instructing one that
        did not rate the last issue, and the wait for its analysts; only agencies by whom the letters can be had."""
        over_ppm = self.own.money_ppm - self._coupon_ppm(self.shelf.ranked[0])
        known = self.desk.last_agencies(self.shelf.originator)
        costs, why = {}, Withdrawn("no_rating", "no agency was asked")
        for party, support in asked.items():
            try:
                shares_bp = size_classes(self.shelf, support)
            except Withdrawn as end:
                why = end
                continue
            agency, yearly_ppm = self._agency(party), self._cost_ppm(shares_bp, promise, self._last_paid_ppm(shares_bp))
            costs[party] = (
                self.face_fen * yearly_ppm // PPM * self.months // 12
                + agency.fee_fen(self.face_fen)
                + (0 if party in known else self.place.issuance_rules.new_agency_fen)
                + waiting_fen(self.face_fen, over_ppm, agency.days_until_free())
            )
        if not costs:
            raise why
        return costs

    def _agency(self, party: str) -> RatingAgency:
        return self.place.agencies[party.removeprefix("agency:")]

    def _guarantor(self, party: str) -> Guarantor:
        return self.place.guarantors[party.removeprefix("guarantor:")]


def size_classes(shelf: ShelfTerms, support_ppm: dict[str, int]) -> dict[str, int]:
    """Class -> share in bp of the issue: each rated class ends where the next must begin to leave its letter the
    support it needs, rounded up; a class that nothing is left for is not issued."""
    shares: dict[str, int] = {}
    above = BP
    for name in shelf.ranked[:-1]:
        needed = max(shelf.least_residual_bp, stepped_bp(support_ppm[shelf.classes[name].rating]))
        if not shares and needed > shelf.most_support_bp:
            raise Withdrawn("no_rating", f"{shelf.classes[name].rating} would need support of {needed / 100:.1f} %")
        if needed < above:
            shares[name] = above - needed
            above = needed
    return shares | {shelf.ranked[-1]: above}
