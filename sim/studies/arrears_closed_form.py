"""The arrears of a book in closed form: its days past due from a miss rate, roll rates, growth and a removal rule.

A book whose current part is 1 and which grows at g a month holds b_k = c r_1 ... r_(k-1) / (1 + g)^k in its k-th month
past due: 1-30, 31-60, 61-90, 91-120 days. Whoever reaches 120 days rolls on until removal; W months of them are
b_4 (1/(1+g) + ... + 1/(1+g)^W), the last month counted in part. Shares of the book divide by 1 + all that is past due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

DAYS_OF_MONTH = 30
LAST_BUCKET_DAYS = 120


@dataclass(frozen=True)
class Rolls:
    """Monthly shares of a bucket's balance that stand in the next older one a month later."""

    second: float
    third: float
    fourth: float

    def chain(self) -> tuple[float, float, float, float]:
        """What one unit entering arrears becomes in the four buckets up to 120 days, without growth."""
        return (1.0, self.second, self.second * self.third, self.second * self.third * self.fourth)


@dataclass(frozen=True)
class ArrearsShares:
    """Shares of a book's balance by days past due."""

    days_1_30: float
    days_31_60: float
    days_61_90: float
    days_91_120: float
    days_over_120: float

    @property
    def over_90(self) -> float:
        """The non-performing share."""
        return self.days_91_120 + self.days_over_120

    @property
    def over_30(self) -> float:
        """Overdue in the sense of `30+`."""
        return self.days_31_60 + self.days_61_90 + self.over_90

    @property
    def over_0(self) -> float:
        """Overdue in the sense of `1+`."""
        return self.days_1_30 + self.over_30

    def overdue(self, definition: str) -> float:
        """Overdue share under `1+` or `30+`."""
        return self.over_0 if definition == "1+" else self.over_30


def arrears_shares(entry: float, rolls: Rolls, growth: float, removal_days: float) -> ArrearsShares:
    """Shares of a book of whose current part `entry` a month goes past due, by days past due.

    The book grows at `growth` a month and loans leave at `removal_days` past due, 120 or more. Rates are shares of 1.
    """
    b = [entry * reached / (1 + growth) ** (k + 1) for k, reached in enumerate(rolls.chain())]
    months = max(0.0, (removal_days - LAST_BUCKET_DAYS) / DAYS_OF_MONTH)
    whole = int(months)
    later = b[3] * sum((1 + growth) ** -j for j in range(1, whole + 1))
    later += b[3] * (months - whole) * (1 + growth) ** -(whole + 1)
    book = 1 + sum(b) + later
    return ArrearsShares(b[0] / book, b[1] / book, b[2] / book, b[3] / book, later / book)


def entry_for_overdue(overdue: float, definition: str, rolls: Rolls, growth: float, removal_days: float) -> float:
    """The monthly entry rate c at which a book shows this overdue share."""
    return _root(lambda c: arrears_shares(c, rolls, growth, removal_days).overdue(definition) - overdue, 0.0, 1.0)


def entry_and_removal(
    overdue: float, over_90: float, definition: str, rolls: Rolls, growth: float
) -> tuple[float, float] | None:
    """The (entry rate, days past due at removal) that give both stocks; None if no removal up to 1,200 days does.

    Two stocks identify two numbers and no more: whatever else moves the rates is taken up by these.
    """
    longest = 1_200.0

    def missing(days: float) -> float:
        entry = entry_for_overdue(overdue, definition, rolls, growth, days)
        return arrears_shares(entry, rolls, growth, days).over_90 - over_90

    if missing(LAST_BUCKET_DAYS) > 0 or missing(longest) < 0:
        return None
    days = _root(missing, LAST_BUCKET_DAYS, longest)
    return entry_for_overdue(overdue, definition, rolls, growth, days), days


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses zero, by halving; the nearer end if it does not."""
    for _ in range(60):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
