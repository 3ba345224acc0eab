"""How a bank keeps its capital: what it cuts first, what it pays out, and how much it raises, when, and as what.

A bank means to keep the distance from its minimum that it had. What it has less than that it first makes up by growing
less and by paying out less; new bonds, and last new shares, take months and are bounded by the year.
"""

from __future__ import annotations

MILLION = 1_000_000
YEAR_DAYS = 365


def slack_ppm(capital_ppm: int, minimum_ppm: int, distance_ppm: int) -> int:
    """The part a bank still has of the distance from its minimum that it means to keep: 0 at the minimum, a million at
    the whole of it. Growth, quotas, lines and dividends shrink with it, as payouts do within a capital buffer.

    >>> slack_ppm(135_000, 105_000, 40_000), slack_ppm(100_000, 105_000, 40_000), slack_ppm(110_000, 105_000, 0)
    (750000, 0, 1000000)
    """
    if distance_ppm <= 0:
        return MILLION if capital_ppm >= minimum_ppm else 0
    return max(0, min(MILLION, (capital_ppm - minimum_ppm) * MILLION // distance_ppm))


def most_loans_fen(owed_fen: int, growth_ppm: int, slack: int) -> int:
    """The most general loans at a month's end, fen: a month's growth at its usual yearly rate, times the slack; one
    with all the capital it means to keep may make up for what it cut, as fast again.

    >>> [most_loans_fen(12_000_000, 100_000, slack) for slack in (0, 500_000, 999_999, 1_000_000)]
    [12000000, 12050000, 12099999, 12200000]
    """
    months = 2 * MILLION if slack >= MILLION else slack
    return owed_fen + owed_fen * max(0, growth_ppm) // (12 * MILLION) * months // MILLION


def shortage_fen(
    *, capital_fen: int, risk_weighted_fen: int, wanted_ppm: int, growth_ppm: int, retained_fen: int, days: int
) -> int:
    """What will be missing in so many days: the wanted ratio of risk-weighted assets grown at the yearly rate, less the
    capital there is and the profit it retains in a year, in proportion; fen, 0 if nothing.

    >>> shortage_fen(capital_fen=120, risk_weighted_fen=1_000, wanted_ppm=140_000, growth_ppm=100_000, retained_fen=10,
    ...              days=365)
    24
    """
    grown = risk_weighted_fen + risk_weighted_fen * growth_ppm // MILLION * days // YEAR_DAYS
    return max(0, grown * wanted_ppm // MILLION - capital_fen - retained_fen * days // YEAR_DAYS)


def return_on_new_capital_ppm(*, rate_ppm: int, loss_ppm: int, funding_ppm: int, ratio_ppm: int, tax_ppm: int) -> int:
    """What a yuan of capital earns if loans are made on it: [(rate - loss - funding) / ratio + funding] x (1 - tax),
    ppm a year.

    >>> return_on_new_capital_ppm(rate_ppm=50_000, loss_ppm=6_000, funding_ppm=30_000, ratio_ppm=140_000,
    ...                           tax_ppm=200_000)
    104000
    """
    before = (rate_ppm - loss_ppm - funding_ppm) * MILLION // max(1, ratio_ppm) + funding_ppm
    return before * (MILLION - tax_ppm) // MILLION


def cost_of_shares_ppm(equity_return_ppm: int, discount_ppm: int) -> int:
    """What shareholders ask on a yuan that new shares bring, sold at a discount d: r / (1 - d), ppm a year.

    >>> cost_of_shares_ppm(100_000, 200_000)
    125000
    """
    return equity_return_ppm * MILLION // (MILLION - discount_ppm)
