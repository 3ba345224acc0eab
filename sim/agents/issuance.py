"""How deals come to market: mandates, and the desk that takes each through the nine steps of PRC01 over weeks.

An originator opens a mandate (`open_mandate`); the arranger it chose works it off on working days, one dated step after
the other (`issuance_steps`), to the day its book is built (`issuance_books`). Payment, follow-up and liquidation are
the plan's own life. What is under way stands in `place.desk.pipeline`, plain data of the checkpoint. The outcome is
told on the notice board; an originator hears it an hour later (`outcome`).
"""

from __future__ import annotations

from typing import Any, ClassVar

from sim.agents import bonds, issuance_books, issuance_steps, other_supply
from sim.agents.institution import Institution, Life
from sim.agents.issuance_books import DESK
from sim.agents.issuance_terms import FACE_UNIT_FEN, OtherSupplyTerms, ShelfTerms
from sim.agents.market_place import MarketPlace
from sim.agents.securities_regulator import approves
from sim.calendar import BANK, EXCHANGE, date_of
from sim.draws import Clock, Subject, declare, subject_number, words
from sim.timetable import Hour

TURN = declare("turn of a book", Clock.DAY, Subject.DEAL, "in which order the books of a day are built")


def open_mandate(place: MarketPlace, shelf: str, face_fen: int, why: str, dearest_bp: int | None = None) -> str | None:
    """Begin to bring an issue to market; returns the name of the deal to be.

    None, with an event that says why, if the window is shut: no issue is approved today, or the face is below the
    shelf's smallest. A face above its largest is cut to it. `why` is the originator's reason, for the record;
    `dearest_bp` the highest mean coupon of the rated classes at which it sells, None for any within the guided ranges.
    """
    desk = place.desk
    if desk is None:
        raise LookupError(f"shelf {shelf}: this market has no issuance desk; give the scenario shelves")
    terms = place.shelves[shelf]
    face = min(face_fen, terms.max_face_fen) // FACE_UNIT_FEN * FACE_UNIT_FEN
    shut = None
    if not terms.open_on(date_of(place.day)) or place.issuance_rules.suspended(date_of(place.day)):
        shut = "no issue is approved"
    elif not approves(place, terms.originator):
        shut = "its issues are suspended"
    elif face < terms.min_face_fen:
        shut = f"{face_fen} fen is less than the smallest issue, {terms.min_face_fen} fen"
    if shut is not None:
        place.note_event(
            deal="", institution=terms.originator, family="issuance", event="window_shut", detail=f"{shelf}: {shut}",
            effect="no mandate is opened",
        )  # fmt: skip
        return None
    return desk.open(shelf, face, why, dearest_bp)


def outcome(place: MarketPlace, deal: str) -> dict[str, int] | None:
    """What became of a mandate, as heard on the board: placed (1 or 0), face_fen, coupon_bp of the most senior class;
    None while it is under way."""
    heard: dict[str, int] | None = place.heard(DESK, f"issue:{deal}")
    return heard


class IssuanceDesk(Institution):
    """The arrangers' desks together: every mandate of the market, worked off step by step."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.TRADE, Hour.FUND)
    kind: ClassVar[str] = "market"

    def __init__(self, place: MarketPlace, supply: OtherSupplyTerms | None) -> None:
        super().__init__(place, "issuance")
        self.supply = supply
        self.memory = {
            "pipeline": {}, "issues": {}, "drawn": {}, "closing": {}, "other": [], "bond_orders": [],
            "known_since": {},
            "last_agencies": {},  # by originator: who rated its last issue
            "spreads_bp": {},  # by letter: what the last notes sold paid over the risk-free yield
        }  # fmt: skip
        self.known_shelves: dict[tuple[Any, ...], ShelfTerms] = {}
        """Shelves with what was found for an issue, by name, months and promise: they follow from the scenario."""

    @property
    def pipeline(self) -> dict[str, dict[str, Any]]:
        """Mandates under way by the name of the deal to be."""
        under_way: dict[str, dict[str, Any]] = self.memory["pipeline"]
        return under_way

    def known_since(self, originator: str) -> int:
        """The day of an originator's first notes, which anybody can look up where notes are registered; today for one
        that has brought none."""
        return int(self.memory["known_since"].get(originator, self.place.day))

    def register_issuer(self, originator: str, day: int) -> None:
        """Enter a day on which an originator brought notes; the earliest counts."""
        self.memory["known_since"][originator] = min(day, self.memory["known_since"].get(originator, day))

    def last_agencies(self, originator: str) -> list[str]:
        """Who rated an originator's last issue; nobody before its first."""
        rated: list[str] = self.memory["last_agencies"].get(originator, [])
        return rated

    def open(self, shelf: str, face_fen: int, why: str, dearest_bp: int | None = None) -> str:
        """Enter a mandate; its first step is due on the next working day."""
        number = self.memory["issues"].get(shelf, 0) + 1
        self.memory["issues"][shelf] = number
        deal, day = f"{shelf}_{number}", self.place.day
        self.pipeline[deal] = {
            "shelf": shelf, "face_fen": face_fen, "why": why, "opened": day, "due": BANK.add(day, 1), "step": 0,
            "manager": "", "agencies": [], "shares_bp": {}, "dearest_bp": dearest_bp,
        }  # fmt: skip
        return deal

    def open_seasoned(self, shelf: str, face_fen: int, revolving_months: int) -> str:
        """Enter a plan that was under way before the start; its book is built on the first trading day. Returns its
        name."""
        deal = self.open(shelf, face_fen // FACE_UNIT_FEN * FACE_UNIT_FEN, "outstanding at the start")
        self.pipeline[deal]["revolving_months"] = revolving_months
        issuance_steps.season(self, deal)
        return deal

    def act(self, hour: Hour) -> Life:
        """At TRADE the steps that are due, then the books of the day; at FUND what became of today's closings."""
        place, day = self.place, self.place.day
        if hour is Hour.FUND:
            issuance_books.tell_outcomes(self)
        elif BANK.is_open(day):
            spent: dict[str, int] = {}
            if self.supply is not None and EXCHANGE.is_open(day):
                other_supply.offer(self, self.supply, spent)
            self._end_mandates_of_failed()
            if EXCHANGE.is_open(day):
                bonds.sell_ordered(self, spent)
            due = [deal for deal, mandate in self.pipeline.items() if mandate["due"] <= day]
            for deal in sorted(due, key=lambda name: words(place.seed_number, TURN, day, subject_number(name))[0]):
                issuance_steps.take(self, deal, spent)
        return
        yield

    def _end_mandates_of_failed(self) -> None:
        """Whoever has told of its failure sells nothing more: its mandates end at whatever step they stand."""
        for deal, mandate in list(self.pipeline.items()):
            seller = self.place.shelves[mandate["shelf"]].originator
            if self.place.heard(seller, "failed", default=False):
                self.end(deal, f"{seller} has stopped working", "originator_failed")

    def end(self, deal: str, why: str, event: str) -> None:
        """A mandate that comes to nothing: recorded, announced, and told to those who wait for it."""
        mandate, place = self.pipeline.pop(deal), self.place
        shelf = place.shelves[mandate["shelf"]]
        place.note_event(
            deal=deal, institution=shelf.originator, family="issuance", event=event, detail=why,
            effect="the issue is withdrawn",
        )  # fmt: skip
        place.announce(mandate["manager"] or shelf.originator, "issue withdrawn", f"{deal}: {why}")
        place.tell(DESK, f"issue:{deal}", {"placed": 0, "face_fen": 0, "coupon_bp": 0})
