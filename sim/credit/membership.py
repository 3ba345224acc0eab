"""How many households are members of a lender, month by month: pure functions of its terms."""

from __future__ import annotations

import datetime
from itertools import pairwise

from sim.calendar import day_of, month_index
from sim.credit.lending_terms import LendingTerms


def share_by_month(terms: LendingTerms, first_month: int, months: int) -> list[float]:
    """The share of households that are members in each of some months (since 2010-01).

    With dated `members` it grows geometrically from date to date: none before the first, constant after the last.
    Otherwise it grows at a steady rate and reaches `member_share_ppm` in the last month.
    """
    if terms.members:
        return [_dated_share(terms.members, first_month + k) for k in range(months)]
    final, growth = terms.member_share_ppm / 1_000_000, 1 + terms.monthly_growth_ppm / 1_000_000
    return [min(1.0, final / growth ** (months - 1 - k)) for k in range(months)]


def months_of_joining(terms: LendingTerms, first_month: int, last_day: int) -> int:
    """How many months from the first on somebody can join.

    Dated `members` go to their own last date, whatever the end of the scenario: accounts are numbered, and so drawn
    for, in the order of all who will ever join, and a run with a later end must begin as the shorter one did.
    """
    last = month_index(day_of(max(terms.members)) if terms.members else last_day)
    return max(1, last - first_month + 1)


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
    """Monthly growth of membership over the year before a month; 0 for a lender that had no members a year ago."""
    if not terms.members:
        return terms.monthly_growth_ppm / 1_000_000
    before, now = _dated_share(terms.members, month - 12), _dated_share(terms.members, month)
    return float((now / before) ** (1 / 12) - 1) if before > 0 else 0.0
