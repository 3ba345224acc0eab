"""Exogenous supply: enterprise ABS of other kinds, sold each week to the same investors and repaid in equal parts.

Their issuers are outside the model: `world:shareholders` stands for them. Volume is given; price and holders are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents.bidding import Bidders
from sim.agents.issuance_terms import OTHER_SUPPLY, SEASONED, OtherSupplyTerms, in_force
from sim.agents.market_place import SHAREHOLDERS
from sim.agents.note_views import MONTH_DAYS, conditions
from sim.calendar import EXCHANGE, date_of
from sim.ledger import Code, Kind
from sim.markets.book_building import Book, build_book
from sim.markets.mandates import NoteView
from sim.markets.own_view import rated_default_ppm

if TYPE_CHECKING:
    from sim.agents.issuance import IssuanceDesk

LOT_FEN = 10_000_000
"""Notes of other kinds are sold in lots of 100,000 yuan."""
PPM = 1_000_000
MONTHS, WEEKS = 12, 52


def offer(desk: IssuanceDesk, supply: OtherSupplyTerms, spent: dict[str, int]) -> None:
    """First trading day of a month: interest and a part of principal of earlier months' issues. First trading day of
    a week: its part of the month's notes come to market, so that other issuers find money on other days; on the first
    day of all, also what earlier months would have left outstanding."""
    vintages: list[dict[str, Any]] = desk.memory["other"]
    day = desk.place.day
    if not vintages or EXCHANGE.opens_month(day):
        for vintage in vintages:
            _serve(desk, vintage)
        vintages = [vintage for vintage in vintages if vintage["left"]]
        if not vintages:
            for left in range(1, supply.months):
                sold_on = date_of(day - (supply.months - left) * MONTH_DAYS)
                vintages.append(_empty(left))
                _sell(desk, supply, vintages[-1], in_force(supply.monthly_fen, sold_on) * left // supply.months, spent)
        desk.memory["other"] = [*vintages, _empty(supply.months)]
    if EXCHANGE.on_or_after(day - date_of(day).weekday()) == day:
        face = in_force(supply.monthly_fen, date_of(day)) * MONTHS // WEEKS
        _sell(desk, supply, desk.memory["other"][-1], face, spent)


def outstanding_fen(desk: IssuanceDesk) -> int:
    """What is owed on notes of other kinds."""
    return sum(sum(vintage["held"].values()) for vintage in desk.memory["other"])


def _empty(months: int) -> dict[str, Any]:
    return {"left": months, "coupon_ppm": 0, "held": {}}


def _sell(
    desk: IssuanceDesk, supply: OtherSupplyTerms, vintage: dict[str, Any], face_fen: int, spent: dict[str, int]
) -> None:
    """Place notes and pay them out; a month's notes pay the mean coupon of its weeks, by what was placed."""
    size = face_fen // LOT_FEN * LOT_FEN
    if not size:
        return
    book = _book(desk, supply, size, vintage["left"], spent)
    if book.coupon_bp is None:
        return
    held: dict[str, int] = vintage["held"]
    before = sum(held.values())
    vintage["coupon_ppm"] = (vintage["coupon_ppm"] * before + book.coupon_bp * 100 * book.placed_fen) // (
        before + book.placed_fen
    )
    for party, fen in book.allotment_fen.items():
        desk.place.make_liquid(party, fen)
        desk.place.ledger.draw(_claim(desk, party), fen)
        held[party] = held.get(party, 0) + fen


def _claim(desk: IssuanceDesk, party: str) -> int:
    return desk.place.ledger.claim(Kind.BOND, party, SHAREHOLDERS, deal=OTHER_SUPPLY)


def _serve(desk: IssuanceDesk, vintage: dict[str, Any]) -> None:
    """A month's interest, and the part of principal that repays what is left in the months left."""
    ledger = desk.place.ledger
    for party, held in vintage["held"].items():
        claim, part = _claim(desk, party), held // vintage["left"]
        ledger.collect_income(claim, held * vintage["coupon_ppm"] // (MONTHS * PPM), Code.INTEREST)
        ledger.repay(claim, part)
        vintage["held"][party] = held - part
    vintage["left"] -= 1


def _book(desk: IssuanceDesk, supply: OtherSupplyTerms, size: int, months: int, spent: dict[str, int]) -> Book:
    place, rules = desk.place, desk.place.issuance_rules
    life = months * MONTH_DAYS // 2
    rated = rated_default_ppm(supply.rating, life)
    note = NoteView(OTHER_SUPPLY, OTHER_SUPPLY, "", 0, supply.rating, months, life, rated, rated)
    free = conditions(place, rules, life).risk_free_bp
    bids = Bidders(place, spent).bids(note, size, (), {})
    book = build_book(size, bids, free + supply.low_spread_bp, free + supply.high_spread_bp, LOT_FEN, LOT_FEN)
    place.recorder.add(
        "books", date=place.day, deal=OTHER_SUPPLY if months == supply.months else SEASONED, tranche=OTHER_SUPPLY,
        rating=supply.rating, offered_fen=size, placed_fen=book.placed_fen, demand_low_fen=book.demand_low_fen,
        demand_high_fen=book.demand_high_fen, cover_ppm=book.cover_ppm, buyers=len(book.allotment_fen),
        widened=book.widened, risk_free_bp=free, **({} if book.coupon_bp is None else {"coupon_bp": book.coupon_bp}),
    )  # fmt: skip
    return book
