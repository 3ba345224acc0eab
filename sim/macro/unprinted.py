"""Series of the papers' table of systemic risk of which no facts file prints a figure: simulated, month by month.

No level is taken from memory. Sentiment, investment and what comes from abroad are told as distance from their own
normal in standard deviations,

    x(m) = -link x M(m) + sqrt(1 - link^2) x own(m),    own(m) = p own(m - 1) + sqrt(1 - p^2) push(m),

M being the stress index at the month's end, shocks included, and own a part of variance 1. Shares have one path of
monthly returns r(m) = -fall x (M(m) - M(m - 1)) + sd x push(m), from which come growth of market value (twelve returns
added up), volatility (the root of twelve times their mean square) and the price-earnings ratio (distance v of its
logarithm from normal, v(m) = q v(m - 1) + r(m)). All links are assumptions (`macro.unprinted`). Like the rest of the
economy it holds no state: a month follows from the terms, the seed and the months before it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import sqrt
from typing import Final, NamedTuple

from sim.calendar import EPOCH, add_months, day_of, month_index
from sim.macro.paths import UnprintedTerms

PPM: Final = 1_000_000
YEAR: Final = 12
MILLI_SD: Final = "1/1000 sd"

LINKED: Final = {
    "sentiment": ("sentiment_link_ppm", -1),
    "investment_growth": ("investment_link_ppm", -1),
    "foreign_exchange_growth": ("abroad_link_ppm", -1),
    "short_external_debt": ("abroad_link_ppm", 1),
    "trade_balance": ("abroad_link_ppm", -1),
    "direct_investment": ("abroad_link_ppm", -1),
}
"""Series in standard deviations: the term of its link with stress, and whether it moves with it (1) or against it."""
SHARES: Final = "share prices"


class Unread(NamedTuple):
    """A series at a month's end."""

    value: int
    unit: str


class Unprinted:
    """The series for an economy, whose stress on a day and whose keyed pushes of a month it asks."""

    def __init__(
        self, terms: UnprintedTerms, stress_milli: Callable[[int], int], push_milli: Callable[[str, int], int]
    ) -> None:
        """`stress_milli(day)`, in thousandths of a standard deviation; `push_milli(series, month)`, of variance 1."""
        self.terms = terms
        self._stress_on, self._push = stress_milli, push_milli
        self._stress = cache(self._stress_of)
        self._own = cache(self._own_of)
        self._return = cache(self._return_of)
        self._valuation = cache(self._valuation_of)

    def readings(self, day: int) -> dict[str, Unread]:
        """Every series at the end of the month of a day."""
        month = month_index(day)
        for earlier in range(month):  # from the first month on: no deep recursion
            self._valuation(earlier)
            for name in LINKED:
                self._own(name, earlier)
        returns = [self._return(earlier) for earlier in range(month - YEAR + 1, month + 1)]
        volatility = sqrt(sum(r * r for r in returns))  # twelve times the mean of twelve
        return {
            **{name: Unread(self._linked(name, month), MILLI_SD) for name in LINKED},
            "price_earnings": Unread(self._valuation(month), "ppm from normal"),
            "stock_volatility": Unread(round(volatility), "ppm a year"),
            "stock_value_growth": Unread(sum(returns), "ppm a year"),
        }

    def _linked(self, name: str, month: int) -> int:
        term, sign = LINKED[name]
        link = int(getattr(self.terms, term)) / PPM
        return round(sign * link * self._stress(month) + sqrt(1 - link * link) * self._own(name, month))

    def _own_of(self, name: str, month: int) -> int:
        if month < 0:
            return 0
        kept = self.terms.persistence_ppm / PPM
        return round(kept * self._own(name, month - 1) + sqrt(1 - kept * kept) * self._push(name, month))

    def _return_of(self, month: int) -> int:
        """Return of shares in a month, ppm; none before the first month."""
        if month < 0:
            return 0
        news = self._stress(month) - self._stress(month - 1)
        own = self.terms.stocks_sd_ppm * self._push(SHARES, month)
        return round((own - self.terms.stocks_fall_ppm * news) / 1000)

    def _valuation_of(self, month: int) -> int:
        if month < 0:
            return 0
        before = self._valuation(month - 1) * self.terms.valuation_persistence_ppm / PPM
        return round(before + self._return(month))

    def _stress_of(self, month: int) -> int:
        """Stress on the last day of a month counted from January 2010."""
        return self._stress_on(add_months(day_of(EPOCH), month + 1) - 1)
