"""Mandates: what an investor may hold and how much of it, and what is public about the notes it is offered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.credit.terms import Ppm, Terms, term
from sim.deals.ratings import UNRATED, Rating, notch

PPM = 1_000_000
RECORD_MONTHS = 36
"""Months since an issuer's first notes after which investors take it for a known one (assumption 24-60: three rounds of
notes of a year, DEA06, seen to their end)."""
BEST_WEIGHT_BP = 2_000
"""Risk weight of notes of the best letters (RUL17), at which a mandate says what own funds cost it."""
LAST_RANK_OF_AVERSE = 1
"""Risk-averse investors hold the A and B classes (AGT13)."""


@dataclass(frozen=True, slots=True)
class NoteView:
    """What anybody may know about a class of notes on a day."""

    deal: str
    tranche: str
    originator: str
    rank: int
    rating: str
    months: int
    """Months to the expected maturity, started ones counted whole."""
    life_days: int
    """Expected average life of a fen of principal, days."""
    rated_default_ppm: int
    """Chance of default within a year that goes with the letter, by the agencies' idealised table."""
    seen_default_ppm: int
    """The same chance as computed from the pool's disclosed data."""
    green: bool = False
    weight_bp: int = BEST_WEIGHT_BP
    """Risk weight that goes with the letter today."""
    record_months: int = RECORD_MONTHS
    """Months since its originator's first notes."""
    severity_ppm: int = PPM
    """Of the residual class: part of it that is lost where losses reach it, as computed from the pool's data."""
    failure_ppm: int = 0
    """Chance that its originator, which collects for it, fails within a year, as computed from its accounts."""
    failure_loss_ppm: int = 0
    """Part of the class that is lost then."""

    @property
    def newness_ppm(self) -> int:
        """How far from a known issuer its originator still is."""
        return newness_ppm(self.record_months)

    @property
    def residual(self) -> bool:
        """Whether it is the class that takes the first loss: nobody rates it."""
        return self.rating == UNRATED


def newness_ppm(record_months: int) -> int:
    """How new an issuer is: wholly with its first notes, not at all after `RECORD_MONTHS`."""
    return PPM * max(0, RECORD_MONTHS - record_months) // RECORD_MONTHS


class MandateTerms(Terms):
    """What an investor may buy and how it judges it."""

    lowest_rating: Rating = term(
        "AA+", "Lowest letter it may hold.", unit="rating", source="DEA03 (AAA and AA+ are sold)"
    )
    appetite: Literal["averse", "medium", "residual"] = term(
        "averse",
        "averse: rated classes A and B; medium: any rated class; residual: the unrated residual class too.",
        unit="appetite",
        source="AGT13",
    )
    max_months: int = term(
        36, "Longest time to expected maturity.", unit="months", source="assumption", span=[12, 60], ge=1, le=360
    )
    per_originator_ppm: Ppm = term(
        200_000, "Most of its assets in notes of one originator.", unit="ppm", source="assumption", span=[5e4, 5e5]
    )
    first_line_ppm: Ppm = term(
        100_000, "Part of that which an issuer gets with its first notes; the whole is earned with its record.",
        unit="ppm", source="assumption (AAB02: 49 bn of notes in Ant's second year, 269 bn in its third)",
        span=[3e4, 5e5],
    )  # fmt: skip
    per_tranche_ppm: Ppm = term(
        500_000, "Most of one class of notes it may hold.", unit="ppm", source="assumption", span=[1e5, 1e6]
    )
    aversion_milli: int = term(
        400,
        "Yield asked for a unit of standard deviation of yearly loss.",
        unit="1/1000",
        source="assumption: AAA then pays some 50 bp over the risk-free yield (MKT15: 51 bp)",
        span=[50, 800],
        ge=0,
        le=5_000,
    )
    trust_ppm: Ppm = term(
        600_000,
        "Weight of the agencies' table in its belief of default; the rest is its own view of disclosed pool data.",
        unit="ppm",
        source="assumption",
        span=[2e5, 1e6],
    )
    loss_given_default_ppm: Ppm = term(
        400_000,
        "Part of a rated class it expects to lose in its default.",
        unit="ppm",
        source="assumption",
        span=[2e5, 8e5],
    )
    residual_bp: int = term(
        1_200,
        "Expected yield it asks of a residual class, over the risk-free yield and the loss it expects.",
        unit="bp",
        source="assumption",
        span=[500, 3_000],
        ge=0,
        le=10_000,
    )
    opacity_bp: int = term(
        150,
        "Standard deviation of its doubt about an undisclosed pool, a year; disclosure removes it.",
        unit="bp",
        source="assumption (LVR05 gives the sign)",
        span=[30, 400],
        ge=0,
        le=2_000,
    )
    horizon_months: int = term(
        12,
        "Months for which its own money stays on average; the shorter, the likelier it has to sell notes early.",
        unit="months",
        source="assumption",
        span=[1, 36],
        ge=0,
        le=360,
    )
    waiting_bp: int = term(
        40,
        "Yield asked for notes it must expect to sell in a market that never trades.",
        unit="bp",
        source="assumption",
        span=[10, 120],
        ge=0,
        le=1_000,
    )
    capital_bp: int = term(
        0,
        "Yield asked for the own funds that notes of the best letters tie up (weight 20 %), of others in proportion to "
        "their risk weight; 0 for those under no capital rule.",
        unit="bp",
        source="RUL16, RUL17, BKS08 for banks: weight 20 % x ratio 11 % x (return 9.5 % - risk-free 2.5 %) = 15",
        span=[0, 40],
        ge=0,
        le=500,
    )
    green_bp: int = term(
        0, "Yield it gives up for green notes.", unit="bp", source="assumption (S4: sign only)", span=[0, 30], ge=0
    )
    newness_bp: int = term(
        190,
        "Yield asked of an issuer without a record; it fades as the record grows.",
        unit="bp",
        source="JDB01 (the first deal's AAA class at 5.1 %, when one-year loans cost 4.35 %, PRD15); MKT16 (to 239 bp)",
        span=[50, 300],
        ge=0,
        le=1_000,
    )
    slope_bp: int = term(
        12,
        "Spread of opinion in its demand: a coupon this much above what it requires lifts demand from 50 % to 73 %.",
        unit="bp",
        source="assumption",
        span=[3, 40],
        ge=1,
        le=500,
    )
    books: Literal["marks", "provides"] = term(
        "marks",
        "How notes are valued: at the market's price, or at cost less expected loss. A holder does one or the other.",
        unit="rule",
        source="LEDGER (fair value)",
    )


def refusal(mandate: MandateTerms, note: NoteView, *, qualifying_fen: int, entry_threshold_fen: int) -> str | None:
    """Why an investor may not buy notes; None if it may. Its assets must reach the threshold of entry (LVR06), fen.

    >>> note = NoteView("d", "senior", "originator:x", 0, "AA", 12, 270, 100, 100)
    >>> refusal(MandateTerms(lowest_rating="AA+"), note, qualifying_fen=10, entry_threshold_fen=0)
    'rated AA, below AA+'
    >>> refusal(MandateTerms(lowest_rating="AA"), note, qualifying_fen=10, entry_threshold_fen=100)
    'assets of 10 fen are below the threshold of entry, 100 fen'
    """
    if qualifying_fen < entry_threshold_fen:
        return f"assets of {qualifying_fen} fen are below the threshold of entry, {entry_threshold_fen} fen"
    return unfit(mandate, note)


def unfit(mandate: MandateTerms, note: NoteView) -> str | None:
    """Why notes are not what a mandate lets anybody hold; None if they are."""
    if note.residual:
        return None if mandate.appetite == "residual" else "residual class, which it has no appetite for"
    if notch(note.rating) > notch(mandate.lowest_rating):
        return f"rated {note.rating}, below {mandate.lowest_rating}"
    if mandate.appetite == "averse" and note.rank > LAST_RANK_OF_AVERSE:
        return f"class of rank {note.rank}, below what a risk-averse investor holds"
    if note.months > mandate.max_months:
        return f"{note.months} months to maturity, above {mandate.max_months}"
    return None


def room_fen(
    mandate: MandateTerms, *, assets_fen: int, of_originator_fen: int, of_tranche_fen: int, tranche_fen: int,
    newness_ppm: int = 0,
) -> int:  # fmt: skip
    """How much more of a class of notes concentration limits allow, fen: the smaller of the room under the originator's
    share of assets and under the share of the class; never negative. A new issuer gets part of the former."""
    by_originator = most_of_originator_fen(mandate, assets_fen, newness_ppm) - of_originator_fen
    by_tranche = most_of_class_fen(mandate, tranche_fen) - of_tranche_fen
    return max(0, min(by_originator, by_tranche))


def most_of_originator_fen(mandate: MandateTerms, assets_fen: int, newness_ppm: int) -> int:
    """Most that a mandate lets an investor with such assets hold in notes of one originator, fen: its whole line for a
    known one, part of it for one that is new."""
    earned_ppm = PPM - newness_ppm * (PPM - mandate.first_line_ppm) // PPM
    return assets_fen * mandate.per_originator_ppm // PPM * earned_ppm // PPM


def most_of_class_fen(mandate: MandateTerms, tranche_fen: int) -> int:
    """Most that a mandate lets one investor hold of a class of notes, fen."""
    return tranche_fen * mandate.per_tranche_ppm // PPM
