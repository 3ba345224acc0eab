"""How often a book would have defaulted in months that nobody lived, by the closed form that seasons it.

Those who owe a book today and are not late, cell by cell, are taken through the four due dates that lead to a default
(more than 90 days past due) under the economy of those months: their chances to miss and the spread of income states.
Only ratios of two such rates are used: what a book shows in months that were lived, carried to others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from sim.calendar import month_start
from sim.credit.kernels import layout as at
from sim.credit.loan_book import LoanBook
from sim.credit.population import Households
from sim.draws import WORD

Array = np.ndarray[Any, Any]

DUE_DATES_TO_DEFAULT = 4
"""Due dates missed in a row by a loan that is more than 90 days past due on the last of them."""
UNTIL_SETTLED = 240
"""Months after which the spread of income states no longer depends on where it began."""


class IncomeStates:
    """Expected shares of households by income state (steady, strained, jobless), month by month.

    Before the first month lived they have followed the economy from its normal state; the lived months begin with the
    shares the population was drawn with.
    """

    def __init__(self, households: Households, stress_milli: Callable[[int], int], first: int, lived: int) -> None:
        self._households, self._stress_milli = households, stress_milli
        self.usual = _steps(households, households.drawn_states(), (0 for _ in range(UNTIL_SETTLED)))
        self._known = {first - 1: self.usual, lived - 1: households.drawn_states()}

    def in_month(self, month: int) -> Array:
        """Shares in a month, after the moves of its first day."""
        if month not in self._known:
            if month < min(self._known):
                return self.usual
            stress = self._stress_milli(month_start(month))
            self._known[month] = _steps(self._households, self.in_month(month - 1), [stress])
        return self._known[month]


def _steps(households: Households, shares: Array, stress: Iterable[int]) -> Array:
    for milli in stress:
        moves = households.moves(milli)
        shares = np.array(
            [sum(float(shares[i]) * float(moves[i, j]) for i in range(at.STATES)) for j in range(at.STATES)]
        )
    return shares


class ExpectedDefaults:
    """The monthly default rate of a book as it stands in `month`, in the closed form, in any other month."""

    def __init__(self, book: LoanBook, stress_milli: Callable[[int], int], states: IncomeStates, month: int) -> None:
        self._book, self._stress_milli, self._states = book, stress_milli, states
        a = book.accounts.columns
        owing = np.where(a.missed == 0, a.used.astype(np.float64) * a.weight, 0.0)
        owed = np.bincount(a.cell, owing, at.CELLS)[: at.CELLS].reshape(-1, at.STATES, at.BURDENS)
        # What stands in a cell today, had its income state been as common then as it was in the other month.
        now = np.maximum(states.in_month(month), 1e-9)
        self._owed_per_state = owed / now[None, :, None]
        self._month = month

    def rate(self, month: int) -> float:
        """Share of what is current that defaults in a month, after the due dates of the three before it."""
        months = [month - back for back in reversed(range(DUE_DATES_TO_DEFAULT))]
        stress = [self._stress_milli(month_start(each)) for each in months]
        return self._chance([month_start(each) for each in months], stress, self._states.in_month(months[0]))

    def usual_rate(self) -> float:
        """The same in normal times: no stress, incomes as spread then, the book's chances as they are today."""
        days = [month_start(self._month)] * DUE_DATES_TO_DEFAULT
        return self._chance(days, [0] * DUE_DATES_TO_DEFAULT, self._states.usual)

    def _chance(self, days: Sequence[int], stress: Sequence[int], states: Array) -> float:
        owed = (self._owed_per_state * states[None, :, None]).reshape(-1)
        chance = np.ones(at.CELLS)
        for missed, (day, milli) in enumerate(zip(days, stress, strict=True)):
            chance *= self._miss(day, milli)[:, missed]
        return float((owed * chance).sum() / max(1.0, float(owed.sum())))

    def _miss(self, day: int, stress_milli: int) -> Array:
        book = self._book
        odds = book.odds_on(day, stress_milli)
        table: Array = odds.reshape(at.RANKS, at.CELLS, at.CYCLES)[book.terms.payment_rank] / WORD
        return table
