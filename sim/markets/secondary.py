"""The secondary market: what notes are worth, what dealers quote, and how much is traded.

Prices are clean, in ppm of par. They are simple-interest values over the expected average life: the notes are short,
and a compounded value differs little.
"""

from __future__ import annotations

from collections.abc import Sequence

from sim.credit.terms import Terms, term

PPM = 1_000_000
BP = 10_000
YEAR_DAYS = 365
LOT_FEN = 10_000_000
"""Notes change hands in lots of 100,000 yuan; a whole holding may go as it is."""


class SpreadTerms(Terms):
    """What a dealer's half-spread is made of."""

    base_ppm: int = term(
        200, "Cost of handling a trade.", unit="ppm of par", source="assumption", span=[5e1, 1e3], ge=0, le=100_000
    )
    inventory_ppm: int = term(
        600,
        "Added when the dealer's inventory stands at its limit; pro rata below.",
        unit="ppm of par",
        source="assumption",
        span=[1e2, 3e3],
        ge=0,
        le=100_000,
    )
    opacity_ppm: int = term(
        800,
        "Added against better-informed customers where nothing is disclosed; pro rata to what stays hidden.",
        unit="ppm of par",
        source="assumption; sign LVR05",
        span=[1e2, 3e3],
        ge=0,
        le=100_000,
    )
    venue_ppm: int = term(
        150,
        "Added for each venue beyond the first among which trading is split.",
        unit="ppm of par",
        source="assumption; sign LVR07",
        span=[2e1, 6e2],
        ge=0,
        le=100_000,
    )
    competition_ppm: int = term(
        400,
        "Taken off where many investors may hold the notes: n / (n + 10) of it.",
        unit="ppm of par",
        source="assumption; sign LVR06",
        span=[0, 1e3],
        ge=0,
        le=100_000,
    )
    least_ppm: int = term(
        50, "Smallest half-spread.", unit="ppm of par", source="assumption", span=[1e1, 3e2], ge=0, le=100_000
    )


HALF_COMPETITION = 10
"""Eligible investors at which competition has half its full effect."""


def half_spread_ppm(
    terms: SpreadTerms, *, inventory_share_ppm: int, disclosure_ppm: int, venues: int, eligible: int
) -> int:
    """Half of bid-ask, ppm of par: base + inventory + adverse selection + fragmentation - competition. With one venue
    for all no fragmentation is left (LVR07).

    >>> half_spread_ppm(SpreadTerms(), inventory_share_ppm=500_000, disclosure_ppm=500_000, venues=2, eligible=10)
    850
    >>> half_spread_ppm(SpreadTerms(), inventory_share_ppm=500_000, disclosure_ppm=500_000, venues=1, eligible=10)
    700
    """
    inventory = terms.inventory_ppm * inventory_share_ppm // PPM
    adverse = terms.opacity_ppm * (PPM - min(PPM, disclosure_ppm)) // PPM
    fragmentation = terms.venue_ppm * max(0, venues - 1)
    competition = terms.competition_ppm * eligible // (eligible + HALF_COMPETITION)
    return max(terms.least_ppm, terms.base_ppm + inventory + adverse + fragmentation - competition)


def price_ppm(coupon_bp: int, yield_bp: int, life_days: int) -> int:
    """Clean price of notes that pay a coupon and are wanted at a yield: (1 + c L) / (1 + y L), L in years; ppm of par.

    Worked: 5 % coupon, 6 % yield, one year: 1.05 / 1.06 = 0.990566.
    """
    scale = BP * YEAR_DAYS
    return PPM * (scale + coupon_bp * life_days) // (scale + yield_bp * life_days)


def yield_bp_at(price: int, coupon_bp: int, life_days: int) -> int:
    """The yield at which `price_ppm` gives a price, to the bp; the coupon when nothing is left of the life."""
    if life_days <= 0 or price <= 0:
        return coupon_bp
    scale = BP * YEAR_DAYS
    return round((PPM * (scale + coupon_bp * life_days) / price - scale) / life_days)


def marginal_yield_bp(asked: Sequence[tuple[int, int]], outstanding_fen: int) -> int | None:
    """Yield asked by the last investor needed to hold all of a class of notes.

    `asked`: (required yield in bp, fen it can hold: held already and free to buy). If all together cannot hold it, the
    highest yield asked; None if nobody may.
    """
    if not asked:
        return None
    placed, by_yield = 0, sorted(asked)
    for required_bp, fen in by_yield:
        placed += fen
        if placed >= outstanding_fen:
            return required_bp
    return by_yield[-1][0]


def growth_ppm(outstanding_fen: Sequence[int]) -> int:
    """Mean monthly growth of what is outstanding, by month starts: what was added over what there was, so that a large
    month counts more than a small one; 0 before there are two.

    >>> growth_ppm([100, 110, 121]), growth_ppm([100])
    (100000, 0)
    """
    before = sum(outstanding_fen[:-1])
    return (outstanding_fen[-1] - outstanding_fen[0]) * PPM // before if before else 0


def turnover_ppm(traded_fen: Sequence[int], outstanding_fen: Sequence[int]) -> int:
    """Yearly turnover: traded in up to twelve months over mean outstanding, brought to a year when months are fewer.

    Each trade through a dealer counts once, when the notes leave the seller.
    """
    months = len(traded_fen)
    mean = sum(outstanding_fen) // max(1, len(outstanding_fen))
    if months == 0 or mean == 0:
        return 0
    return sum(traded_fen) * 12 * PPM // (months * mean)
