"""Exogenous supply: enterprise ABS of other kinds, sold each month to the same investors and repaid in equal parts.

Their issuers are outside the model: `world:shareholders` stands for them. Volume is given; price and holders are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents.bidding import Bidders
from sim.agents.issuance_terms import OtherSupplyTerms, in_force
from sim.agents.market_place import SHAREHOLDERS
from sim.agents.note_views import MONTH_DAYS, conditions
from sim.calendar import date_of
from sim.ledger import Code, Kind
from sim.markets.book_building import Book, build_book
from sim.markets.mandates import NoteView
from sim.markets.own_view import rated_default_ppm

if TYPE_CHECKING:
    from sim.agents.issuance import IssuanceDesk

NAME = "other_supply"
LOT_FEN = 10_000_000
"""Notes of other kinds are sold in lots of 100,000 yuan."""
SOLD_TO = ("wealth_product", "fund", "insurer", "broker", "small")
"""Banks hold their notes of other kinds in the rest of their balance sheets."""
MONTHS_BP = 12 * 10_000


def offer(desk: IssuanceDesk, supply: OtherSupplyTerms, spent: dict[str, int]) -> None:
    """First trading day of a month: interest and a part of principal of earlier months' issues, then this month's."""
    vintages: list[dict[str, Any]] = desk.memory["other"]
    for vintage in vintages:
        _serve(desk, vintage)
    desk.memory["other"] = [vintage for vintage in vintages if vintage["left"]]
    size = in_force(supply.monthly_fen, date_of(desk.place.day)) // LOT_FEN * LOT_FEN
    if not size:
        return
    book = _book(desk, supply, size, spent)
    if book.coupon_bp is None:
        return
    for party, fen in book.allotment_fen.items():
        desk.place.ledger.draw(_claim(desk, party), fen)
    desk.memory["other"].append({"left": supply.months, "coupon_bp": book.coupon_bp, "held": book.allotment_fen})


def _claim(desk: IssuanceDesk, party: str) -> int:
    return desk.place.ledger.claim(Kind.BOND, party, SHAREHOLDERS, deal=NAME)


def _serve(desk: IssuanceDesk, vintage: dict[str, Any]) -> None:
    """A month's interest, and the part of principal that repays what is left in the months left."""
    ledger = desk.place.ledger
    for party, held in vintage["held"].items():
        claim, part = _claim(desk, party), held // vintage["left"]
        ledger.collect_income(claim, held * vintage["coupon_bp"] // MONTHS_BP, Code.INTEREST)
        ledger.repay(claim, part)
        vintage["held"][party] = held - part
    vintage["left"] -= 1


def _book(desk: IssuanceDesk, supply: OtherSupplyTerms, size: int, spent: dict[str, int]) -> Book:
    place, rules = desk.place, desk.place.issuance_rules
    life = supply.months * MONTH_DAYS // 2
    rated = rated_default_ppm(supply.rating, life)
    note = NoteView(NAME, NAME, "", 0, supply.rating, supply.months, life, rated, rated)
    free = conditions(place, rules, life).risk_free_bp
    bids = Bidders(place, spent).bids(note, size, SOLD_TO, {}, limited=False)
    book = build_book(size, bids, free + supply.low_spread_bp, free + supply.high_spread_bp, LOT_FEN, LOT_FEN)
    place.recorder.add(
        "books", date=place.day, deal=NAME, tranche=NAME, rating=supply.rating, offered_fen=size,
        placed_fen=book.placed_fen, demand_low_fen=book.demand_low_fen, demand_high_fen=book.demand_high_fen,
        cover_ppm=book.cover_ppm, buyers=len(book.allotment_fen), widened=book.widened, risk_free_bp=free,
        **({} if book.coupon_bp is None else {"coupon_bp": book.coupon_bp}),
    )  # fmt: skip
    return book
