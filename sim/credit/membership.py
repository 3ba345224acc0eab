"""How many households are members of a lender, month by month: pure functions of its terms."""

from __future__ import annotations

import datetime
from itertools import pairwise

from sim.calendar import day_of, month_index
from sim.credit.lending_terms import LendingTerms


def share_by_month(terms: LendingTerms, first_month: int, months: int) -> list[float]:
    """The share of households that are members in each of some months (since 2010-01).

    With dated `members` it grows geometrically from date to date: none before the first, constant after the last.
    Otherwise it is `member_share_ppm` all along.
    """
    if terms.members:
        return [_dated_share(terms.members, first_month + k) for k in range(months)]
    return [terms.member_share_ppm / 1_000_000] * months


def first_month(terms: LendingTerms) -> int:
    """The month in which the lender began; of one without dated members, long ago."""
    return month_index(day_of(min(terms.members))) if terms.members else 0


def months_of_joining(terms: LendingTerms, first_month: int) -> int:
    """How many months from the first on somebody can join: to the last date of `members`, else in the first alone.

    The end of the scenario has no say: accounts are numbered, and so drawn for, in the order of all who will ever
    join, and a run with a later end must begin as the shorter one did.
    """
    return max(1, month_index(day_of(max(terms.members))) - first_month + 1) if terms.members else 1


def _dated_share(members: dict[datetime.date, int], month: int) -> float:
    points = sorted((month_index(day_of(date)), ppm / 1_000_000) for date, ppm in members.items())
    if month < points[0][0]:
        return 0.0
    for (start, low), (end, high) in pairwise(points):
        if start <= month < end:
            # A share that starts from nothing has no rate of growth: it arrives on its date.
            return low * (high / low) ** ((month - start) / (end - start)) if low > 0 else 0.0
    return points[-1][1]


def monthly_growth(terms: LendingTerms, month: int) -> float:
    """Monthly growth of membership over the year before a month; 0 if none is dated that far back."""
    if not terms.members:
        return 0.0
    before, now = _dated_share(terms.members, month - 12), _dated_share(terms.members, month)
    return float((now / before) ** (1 / 12) - 1) if before > 0 else 0.0
