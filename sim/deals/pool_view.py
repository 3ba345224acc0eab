"""What a stranger can know of a pool: rates taken from the months its originator shows, nothing else.

Rating agencies, investors and guarantors judge a pool by the same few figures. They come from monthly sums of the
originator's whole book (static vintages are not shown in this market). New defaults are set against the balance they
came out of, that of the months in which those bills were first missed: set against the balance of their own month, the
loans of a fast-growing book would be in the denominator before they could be in the numerator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final

from sim.deals.fields import PPM

HISTORY_MONTHS: Final = 36
"""Months an originator shows; older ones are not looked at."""
MONTHS_TO_DEFAULT: Final = 3
"""Months from a first missed bill to 90 days past due."""
MONTHS_OF_BELIEF: Final = 24
"""Months of recoveries that count as much as the assumption; recoveries arrive late, so young books show too few."""


@dataclass(frozen=True)
class PoolView:
    """A pool as outsiders see it.

    Args:
        default_ppm: monthly inflow into 90 or more days past due over the performing principal of `MONTHS_TO_DEFAULT`
            months before, mean.
        default_sd_ppm: its standard deviation over the months seen.
        history_months: months seen.
        payment_ppm: monthly principal payments over performing principal.
        income_ppm: fees and interest collected a year over performing principal.
        loss_given_default_ppm: share of defaulted principal that does not come back.
        record_months: months since the originator's first notes; by default it is well known.
    """

    default_ppm: int
    default_sd_ppm: int
    history_months: int
    payment_ppm: int
    income_ppm: int
    loss_given_default_ppm: int
    record_months: int = HISTORY_MONTHS


def pool_view(history: Sequence[Mapping[str, int]], recovery_ppm: int) -> PoolView:
    """The view that monthly sums give.

    Each month has `performing_fen` (principal less than 90 days past due at its end), and its flows `new_default_fen`,
    `principal_fen`, `income_fen`, `recovered_fen`, `written_off_fen`. Rates are sums over sums, so that large months
    count more; the standard deviation is that of the monthly rates (n - 1 in the denominator, 0 for one month).
    Loss given default mixes what was recovered over what was written off with the assumption `recovery_ppm`, which
    counts as `MONTHS_OF_BELIEF` months of data.

    Raises:
        ValueError: no month with a performing balance.
    """
    shown = [month for month in history if month["performing_fen"] > 0]
    months = shown[-HISTORY_MONTHS:]
    if not months:
        raise ValueError("a pool's history has no month with a performing balance; show at least one")
    performing = _total(months, "performing_fen")
    defaults = defaults_seen(shown, HISTORY_MONTHS)
    return PoolView(
        default_ppm=default_rate_ppm(defaults),
        default_sd_ppm=_deviation([min(PPM, fen * PPM // exposed) for fen, exposed in defaults]),
        history_months=len(months),
        payment_ppm=min(PPM, _total(months, "principal_fen") * PPM // performing),
        income_ppm=_total(months, "income_fen") * 12 * PPM // performing,
        loss_given_default_ppm=PPM - _recovery_ppm(months, recovery_ppm),
    )


def defaults_seen(history: Sequence[Mapping[str, int]], months: int) -> list[tuple[int, int]]:
    """(new defaults, performing balance they came out of) of each of the last months, fen.

    The first months of a book have no balance before them, and no default yet. A book that is younger than a loan takes
    to default shows its months as they are.

    >>> months = (100, 0), (200, 0), (300, 0), (400, 8)
    >>> book = [{"performing_fen": fen, "new_default_fen": bad} for fen, bad in months]
    >>> defaults_seen(book, 12), defaults_seen(book[:2], 12)
    ([(8, 100)], [(0, 100), (0, 200)])
    """
    lagged = range(max(MONTHS_TO_DEFAULT, len(history) - months), len(history))
    pairs = [(history[k]["new_default_fen"], history[k - MONTHS_TO_DEFAULT]["performing_fen"]) for k in lagged]
    return pairs or [(month["new_default_fen"], month["performing_fen"]) for month in history]


def default_rate_ppm(defaults: Sequence[tuple[int, int]]) -> int:
    """Monthly rate of default, sums over sums so that large months count more; at most all."""
    return min(PPM, sum(fen for fen, _ in defaults) * PPM // max(1, sum(exposed for _, exposed in defaults)))


def _total(months: Sequence[Mapping[str, int]], flow: str) -> int:
    return sum(month[flow] for month in months)


def _deviation(values: list[int]) -> int:
    """Standard deviation of a sample of integers, rounded down."""
    n = len(values)
    if n < 2:
        return 0
    total = sum(values)
    return isqrt((n * sum(v * v for v in values) - total * total) // (n * (n - 1)))


def _recovery_ppm(months: Sequence[Mapping[str, int]], assumed_ppm: int) -> int:
    """Recoveries over write-offs, mixed with the assumption by months of data; the assumption alone before any
    write-off."""
    written_off = _total(months, "written_off_fen")
    if written_off == 0:
        return assumed_ppm
    seen = min(PPM, _total(months, "recovered_fen") * PPM // written_off)
    return (len(months) * seen + MONTHS_OF_BELIEF * assumed_ppm) // (len(months) + MONTHS_OF_BELIEF)
