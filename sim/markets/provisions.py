"""What a bank sets aside for its general loans: by the loss it expects, and at least what regulation asks."""

from __future__ import annotations

MILLION = 1_000_000


def expected_fen(
    *, performing_fen: int, bad_fen: int, lost_ppm: int, year_ppm: int, trend_ppm: int, years_milli: int
) -> int:
    """Expected loss a bank provides for: of bad loans what is not recovered; of the others a year's loss as the economy
    stands, and at trend for the rest of the years it looks ahead (a forecast of a year, then the long-run mean, as
    under expected-loss accounting); fen. `year_ppm`, `trend_ppm`: yearly loss of performing loans.

    >>> expected_fen(performing_fen=1_000_000, bad_fen=20_000, lost_ppm=500_000, year_ppm=9_000, trend_ppm=6_000,
    ...              years_milli=4_000)
    37000
    """
    ahead_ppm = year_ppm + trend_ppm * max(0, years_milli - 1_000) // 1_000
    return bad_fen * lost_ppm // MILLION + performing_fen * ahead_ppm // MILLION


def years_ahead_milli(
    allowance_fen: int, *, performing_fen: int, bad_fen: int, lost_ppm: int, year_ppm: int, trend_ppm: int
) -> int:
    """How many years ahead a bank looks that holds this allowance; thousandths, at least one year.

    >>> years_ahead_milli(37_000, performing_fen=1_000_000, bad_fen=20_000, lost_ppm=500_000, year_ppm=9_000,
    ...                   trend_ppm=6_000)
    4000
    """
    ahead_fen = allowance_fen - bad_fen * lost_ppm // MILLION - performing_fen * year_ppm // MILLION
    a_year = performing_fen * trend_ppm // MILLION
    return 1_000 + max(0, ahead_fen) * 1_000 // max(1, a_year)


def required_fen(bad_fen: int, coverage_ppm: int, relief_ppm: int, slack_ppm: int) -> int:
    """The least allowance: coverage of bad loans asked, less a relief for banks with all the capital they want, fen.

    >>> [required_fen(1_000, 1_500_000, 300_000, slack) for slack in (0, 500_000, 1_000_000)]
    [1500, 1350, 1200]
    """
    return bad_fen * (coverage_ppm - relief_ppm * slack_ppm // MILLION) // MILLION


def allowance_fen(held_fen: int, *, required: int, expected: int, profit_fen: int) -> int:
    """The allowance after a month: what is expected, at least what is required. What is beyond the requirement is built
    up out of the month's profit only, so that nobody reports a loss for what nobody asks; and is drawn on freely.

    >>> [allowance_fen(100, required=120, expected=200, profit_fen=profit) for profit in (-5, 20, 60, 500)]
    [120, 120, 160, 200]
    >>> allowance_fen(100, required=50, expected=70, profit_fen=0)
    70
    """
    target = max(required, expected)
    if target <= held_fen:
        return target
    least = max(held_fen, required)
    return min(target, least + max(0, profit_fen - (least - held_fen)))
