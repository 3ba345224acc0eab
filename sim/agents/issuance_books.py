"""The day of an issue's book: classes are placed seniors first, coupons found, and the plan is founded, or it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.agents import issuance_steps as steps
from sim.agents import issuer_accounts, retention
from sim.agents.bidding import Bidders
from sim.agents.issuance_terms import FACE_UNIT_FEN, ShelfTerms, deal_terms
from sim.agents.note_views import MONTH_DAYS, conditions, record_months, shown_pool, weight_bp
from sim.agents.securities_regulator import approves
from sim.agents.withdrawal import Withdrawn
from sim.calendar import EXCHANGE, date_of
from sim.deals.fields import BP
from sim.deals.pool_view import PoolView
from sim.deals.support import MOST_RETURN_BP, ServicerIncentiveTerms
from sim.deals.terms import MOST_COUPON_BP
from sim.markets.book_building import Book, build_book
from sim.markets.mandates import NoteView
from sim.markets.own_view import loss_view, pool_loss_ppm, rated_default_ppm, seen_default_ppm, severity_ppm
from sim.markets.required_yield import holders_return_bp, residual_yield_bp

if TYPE_CHECKING:
    from sim.agents.issuance import IssuanceDesk

DESK = "market:issuance"
"""The sender of outcomes on the notice board."""

PPM = 1_000_000
CUTS = 4
"""Times an issue is cut to the weakest class's demand before it is pulled: smaller lots can leave a cut one short."""


class Placed(NamedTuple):
    """Books of all classes that together place an issue of a face."""

    face_fen: int
    books: dict[str, Book]


def build(desk: IssuanceDesk, deal: str, spent: dict[str, int]) -> None:
    """Step 6, second half: build the books; if they place the issue, found the plan, which is paid for this hour."""
    place, mandate = desk.place, desk.pipeline[deal]
    if not EXCHANGE.is_open(place.day):
        mandate["due"] = EXCHANGE.on_or_after(place.day)
        return
    today = date_of(place.day)
    if not steps.shelf_of(desk, mandate).open_on(today) or place.issuance_rules.suspended(today):
        raise Withdrawn("not_approved", "no issue is approved")
    if not approves(place, steps.shelf_of(desk, mandate).originator):
        raise Withdrawn("not_approved", "its issues are suspended")
    steps.cut_to_pool(desk, deal)
    shelf = steps.shelf_of(desk, mandate)
    pool = shown_pool(place, shelf.originator)
    if pool is None:
        raise Withdrawn("no_rating", f"{shelf.originator} shows no history of its pool")
    offer = Offer(desk, deal, shelf, pool, Bidders(place, spent), mandate["shares_bp"])
    retention.decide(offer)
    placed = offer.place_all()
    for book in placed.books.values():
        for party, fen in book.allotment_fen.items():
            spent[party] = spent.get(party, 0) + fen
    _close(desk, deal, offer, placed)


class Offer:
    """An issue as it is offered today."""

    def __init__(
        self, desk: IssuanceDesk, deal: str, shelf: ShelfTerms, pool: PoolView, bidders: Bidders,
        shares_bp: dict[str, int],
    ) -> None:  # fmt: skip
        self.desk, self.deal, self.shelf, self.pool = desk, deal, shelf, pool
        self.mandate = desk.pipeline[deal]
        self.bidders, self.shares_bp = bidders, shares_bp
        self.kept_ppm = PPM
        """Part of the residual class that the originator keeps."""
        self.worth_bp = 0
        """The most it promises others for holding the rest, a year."""
        self.rated = [name for name in shelf.ranked[:-1] if self.shares_bp.get(name)]

    def place_all(self) -> Placed:
        """Books of the rated classes, seniors first, each debiting budgets for the next; an issue that one class cannot
        fill is cut for all, so that support stays as rated."""
        asked = face = int(self.mandate["face_fen"])
        for _ in range(CUTS):
            books: dict[str, Book] = {}
            spent: dict[str, int] = {}
            for name in self.rated:
                above = max((book.coupon_bp or 0 for book in books.values()), default=0)
                books[name] = book = self.class_book(name, face, spent, above)
                if book.coupon_bp is None:
                    self._record(name, face, book)
                    cover = f"demand of {book.cover_ppm / 10_000:.1f} % of the {name} notes"
                    raise Withdrawn("book_failed", f"{cover} at the top of the widened range")
                for party, fen in book.allotment_fen.items():
                    spent[party] = spent.get(party, 0) + fen
            self._worth_it(face, books)
            cut = min(book.placed_fen * PPM // self._size(name, face) for name, book in books.items())
            if cut == PPM:
                for name, book in books.items():
                    self._record(name, face, book)
                residual = self.residual_book(face, books, spent)
                if residual is None:
                    return Placed(face, books)
                self._record(self.shelf.ranked[-1], face, residual)
                return Placed(face, books | {self.shelf.ranked[-1]: residual})
            face = face * cut // PPM // FACE_UNIT_FEN * FACE_UNIT_FEN
            if face * PPM < asked * self.shelf.least_placed_ppm or face < FACE_UNIT_FEN:
                break
        least = self.shelf.least_placed_ppm // 10_000
        raise Withdrawn("book_failed", f"demand for less than {least} % of the issue")

    def _worth_it(self, face_fen: int, books: dict[str, Book]) -> None:
        """Nobody sells notes at any price: the book fails above the dearest mean coupon the originator named, and above
        any that terms can be signed with."""
        dearest_bp, coupon_bp = self.mandate["dearest_bp"], self.coupon_bp(books)
        highest_bp = max(book.coupon_bp or 0 for book in books.values())
        if highest_bp > MOST_COUPON_BP:
            why = f"buyers ask {highest_bp} bp a year of a class, and no notes pay more than {MOST_COUPON_BP}"
        elif dearest_bp is not None and coupon_bp > dearest_bp:
            why = f"buyers ask {coupon_bp} bp a year on average, more than the {dearest_bp} bp its lending earns"
        else:
            return
        for name, book in books.items():
            self._record(name, face_fen, replace(book, coupon_bp=None, allotment_fen={}))
        raise Withdrawn("book_failed", why)

    def coupon_bp(self, books: dict[str, Book]) -> int:
        """Mean coupon of the rated classes by their size, bp a year."""
        seniors = sum(self.shares_bp[name] for name in self.rated)
        return sum(self.shares_bp[name] * (books[name].coupon_bp or 0) for name in self.rated) // seniors

    def _lot(self, name: str, face_fen: int) -> int:
        """A ten-thousandth of a class: what holders' shares are counted in."""
        return face_fen * self.shares_bp[name] // BP // BP

    def _size(self, name: str, face_fen: int) -> int:
        """What is offered of a class: all but the slice the originator keeps."""
        return self._lot(name, face_fen) * (BP - self.shelf.vertical_retention_bp)

    def class_book(self, name: str, face_fen: int, spent: dict[str, int], above_bp: int) -> Book:
        """The book of a class; none is guided below the coupon of one that is paid before it."""
        note, terms = self.note(name), self.shelf.classes[name]
        free = conditions(self.desk.place, self.desk.place.issuance_rules, note.life_days).risk_free_bp
        size, lot = self._size(name, face_fen), self._lot(name, face_fen)
        bids = self.bidders.bids(note, lot * BP, terms.offered_to, spent)
        low = max(above_bp, free + terms.low_spread_bp)
        return build_book(
            size, bids, low, max(low, free + terms.high_spread_bp), lot,
            size * self.shelf.least_placed_ppm // PPM,
        )  # fmt: skip

    def residual_book(self, face_fen: int, books: dict[str, Book], spent: dict[str, int]) -> Book | None:
        """What risk lovers take, at par, of the part of the residual class that is offered; the originator keeps the
        rest. Where the shelf says how the servicer shares in what the class earns, that is what they get; else the book
        finds the return they are promised first, at most what keeping the class would cost the originator. None where
        nothing is offered."""
        name, shelf = self.shelf.ranked[-1], self.shelf
        lot = self._lot(name, face_fen)
        size = lot * ((BP - shelf.vertical_retention_bp) * (PPM - self.kept_ppm) // PPM)
        if size == 0:
            return None
        note, left, incentive = self.note(name), self.residual_yield_bp(books), shelf.prototype.servicer_incentive
        bids = self.bidders.bids(note, lot * BP, shelf.classes[name].offered_to, spent)
        if incentive is None:
            most = min(left, self.worth_bp, MOST_RETURN_BP)
            least = min(most, conditions(self.desk.place, self.desk.place.issuance_rules, note.life_days).risk_free_bp)
        else:
            least = most = holders_return_bp(
                left, front_bp=incentive.front_return_bp, hurdle_bp=incentive.hurdle_bp, share_bp=incentive.sub_share_bp
            )
        # There is no more to give than the top of the range: what buyers take there is sold if that is not all.
        return build_book(size, bids, least, most, lot, lot, widens=False)

    def sounded(self) -> tuple[dict[str, Book], Book | None]:
        """Books of all classes as they would be built today, nothing being sold: rated ones, and the residual's."""
        books, spent = self._sounded_rated()
        return books, self.residual_book(int(self.mandate["face_fen"]), books, spent)

    def sounded_ppm(self) -> int:
        """What the rated classes would cost a year by today's bids, of the issue, ppm: the highest coupon there is
        where a book fails."""
        books, _ = self._sounded_rated()
        asked = {name: MOST_COUPON_BP if book.coupon_bp is None else book.coupon_bp for name, book in books.items()}
        return sum(self.shares_bp[name] * asked[name] * (PPM // BP) for name in self.rated) // BP

    def _sounded_rated(self) -> tuple[dict[str, Book], dict[str, int]]:
        face, books, spent = int(self.mandate["face_fen"]), dict[str, Book](), dict[str, int]()
        for name in self.rated:
            above = max((book.coupon_bp or 0 for book in books.values()), default=0)
            books[name] = self.class_book(name, face, spent, above)
            for party, fen in books[name].allotment_fen.items():
                spent[party] = spent.get(party, 0) + fen
        return books, spent

    def residual_yield_bp(self, books: dict[str, Book]) -> int:
        """What the residual class as a whole is expected to earn at the coupons found, before any part of it is the
        servicer's."""
        months = self.shelf.prototype.revolving_months + self.shelf.prototype.amortisation_months
        seniors = sum(self.shares_bp[name] for name in self.rated)
        yearly = [fee for fee in self.shelf.prototype.fees.values() if fee.basis != "income" and fee.step != "issuance"]
        fees = sum(fee.rate_ppm for fee in yearly)
        return residual_yield_bp(
            income_ppm=self.pool.income_ppm, loss_ppm=pool_loss_ppm(self.pool, months) * 12 // months, cost_ppm=fees,
            senior_share_ppm=seniors * (PPM // BP), senior_coupon_bp=self.coupon_bp(books),
        )  # fmt: skip

    def note(self, name: str) -> NoteView:
        """A class as it is offered: the letter it earned, its expected life, and what the pool's data say of it."""
        shelf, rules = self.shelf, self.desk.place.issuance_rules
        revolving, terms = shelf.prototype.revolving_months, shelf.classes[name]
        months = terms.expected_months or revolving + shelf.prototype.amortisation_months
        days = (revolving + months) * MONTH_DAYS // 2
        order = [*self.rated, shelf.ranked[-1]]
        above = sum(self.shares_bp[other] for other in order[: order.index(name) + 1])
        free = conditions(self.desk.place, rules, days).risk_free_bp
        cost = free + (terms.low_spread_bp + terms.high_spread_bp) // 2
        support, thickness = (BP - above) * (PPM // BP), self.shares_bp[name] * (PPM // BP)
        loss = loss_view(rules.beliefs, self.pool, life_days=days, cost_bp=cost, kept_ppm=self.kept_ppm)
        return NoteView(
            deal=self.deal, tranche=name, originator=shelf.originator, rank=order.index(name), rating=terms.rating,
            months=months, life_days=days, seen_default_ppm=seen_default_ppm(loss, support, days),
            severity_ppm=severity_ppm(loss, support, thickness),
            rated_default_ppm=rated_default_ppm(terms.rating, days), green=shelf.green_subsidy_ppm > 0,
            weight_bp=weight_bp(self.desk.place, terms.rating),
            record_months=record_months(self.desk.place, shelf.originator),
            failure_ppm=issuer_accounts.failure_ppm(self.desk.place, shelf.originator),
            failure_loss_ppm=issuer_accounts.class_loss_ppm(
                rules.issuers, shelf.prototype, self.pool, support_ppm=support, thickness_ppm=thickness
            ),
        )  # fmt: skip

    def _record(self, name: str, face_fen: int, book: Book) -> None:
        note = self.note(name)
        free = conditions(self.desk.place, self.desk.place.issuance_rules, note.life_days).risk_free_bp
        self.desk.place.recorder.add(
            "books", date=self.desk.place.day, deal=self.deal, tranche=name, rating=note.rating,
            offered_fen=self._size(name, face_fen), placed_fen=book.placed_fen, demand_low_fen=book.demand_low_fen,
            demand_high_fen=book.demand_high_fen, cover_ppm=book.cover_ppm, buyers=len(book.allotment_fen),
            widened=book.widened, risk_free_bp=free,
            **({} if book.coupon_bp is None else {"coupon_bp": book.coupon_bp}),
        )  # fmt: skip


def holders(offer: Offer, placed: Placed) -> dict[str, dict[str, int]]:
    """Class -> party -> share in bp: what the books allotted, and the originator's for all that is left."""
    out: dict[str, dict[str, int]] = {}
    for name in [*offer.rated, offer.shelf.ranked[-1]]:
        lot = placed.face_fen * offer.shares_bp[name] // BP // BP
        book = placed.books.get(name)
        shares = {} if book is None else {party: fen // lot for party, fen in book.allotment_fen.items()}
        kept = BP - sum(shares.values())
        out[name] = shares | ({offer.shelf.originator: kept} if kept else {})
    return out


def _signed(offer: Offer, placed: Placed) -> ShelfTerms:
    """The shelf as this issue signs it: holders of a residual class that was sold get the return its book found, and
    the servicer what is left."""
    shelf, book = offer.shelf, placed.books.get(offer.shelf.ranked[-1])
    if shelf.prototype.servicer_incentive is not None or book is None or book.coupon_bp is None:
        return shelf
    promised = ServicerIncentiveTerms(front_return_bp=book.coupon_bp, hurdle_bp=book.coupon_bp, sub_share_bp=BP)
    prototype = shelf.prototype.model_copy(update={"servicer_incentive": promised})
    return shelf.model_copy(update={"prototype": prototype})


def _close(desk: IssuanceDesk, deal: str, offer: Offer, placed: Placed) -> None:
    """Sign the terms and found the plan; it issues its notes and pays the originator within this hour."""
    place, shelf, mandate = desk.place, offer.shelf, offer.mandate
    coupons = {name: book.coupon_bp for name, book in placed.books.items() if name in offer.rated and book.coupon_bp}
    terms = deal_terms(
        _signed(offer, placed), date_of(place.day), programme=mandate["shelf"], face_fen=placed.face_fen,
        shares_bp=offer.shares_bp, coupons_bp=coupons, holders=holders(offer, placed),
        manager=mandate["manager"], agency=mandate["agencies"][0], custodian=mandate["custody"][0],
    )  # fmt: skip
    told = ", ".join(f"{name} {coupon / 100:.2f} %" for name, coupon in coupons.items())
    kept = offer.kept_ppm / 10_000
    steps.record(
        desk,
        deal,
        6,
        f"books closed: {told}; {kept:.0f} % of the residual class kept",
        mandate["manager"],
        placed.face_fen,
    )
    for book in placed.books.values():
        for party, fen in book.allotment_fen.items():
            place.make_liquid(party, fen)
    place.found_deal(deal, terms)
    steps.pay(desk, mandate, mandate["manager"], placed.face_fen * shelf.arranger_ppm // PPM)
    desk.memory["closing"][deal] = {
        "placed": 1, "face_fen": placed.face_fen, "coupon_bp": coupons[offer.rated[0]],
        "cash_ppm": sum(book.placed_fen for book in placed.books.values()) * PPM // placed.face_fen,
    }  # fmt: skip
    for name, coupon in coupons.items():
        note = offer.note(name)
        desk.memory["spreads_bp"][note.rating] = (
            coupon - conditions(place, place.issuance_rules, note.life_days).risk_free_bp
        )
    desk.register_issuer(shelf.originator, place.day)
    del desk.pipeline[deal]


def tell_outcomes(desk: IssuanceDesk) -> None:
    """Hour FUND: what became of the plans that closed today is told to those who wait for it."""
    closing: dict[str, dict[str, Any]] = desk.memory["closing"]
    for deal, told in closing.items():
        spv = desk.place.deals.get(deal)
        paid = spv is not None and spv.active
        desk.place.tell(DESK, f"issue:{deal}", told if paid else {"placed": 0, "face_fen": 0, "coupon_bp": 0})
    desk.memory["closing"] = {}
