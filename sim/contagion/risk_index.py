"""One index of many indicators, month by month, made of nothing but the past.

A score is the distance of a value from the mean of all values up to and including its own month, in standard
deviations of the same, turned so that positive is risk:

    s(t) = risk x (x(t) - mean(x(1..t))) / sd(x(1..t)),     |s| <= sqrt(n - 1) of n values.

A group's score is the mean of its indicators' (equal weights); the index is the mean of its groups' (equal weights), so
that a group does not count for more because more of it is published. The alternative of `component_index` weighs all
by their first principal component, found at each month from the months up to it. A month with fewer than
`MONTHS_NEEDED` values of an indicator has no score (None, never 0), a value that has never moved has score 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

from sim.contagion.inputs import Bools, Floats, NetworkError

MONTHS_NEEDED: Final = 12
"""Values an expanding window needs before it says what is usual (assumption, 6 to 36)."""
STILL: Final = 1e-12
"""A standard deviation below this part of the mean is rounding: the series has not moved."""

Number: TypeAlias = float | None
Series: TypeAlias = Sequence[Number]


def score(values: Series, risk: int, *, needed: int = MONTHS_NEEDED) -> Number:
    """The score of the last of these values by those up to it; None if it or too many before it are missing.

    >>> round(score([1.0, 1.0, 1.0, 2.0], 1, needed=4), 6), score([1.0, 2.0], 1, needed=3)
    (1.732051, None)
    """
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    if not np.isfinite(known).all():
        raise NetworkError("an indicator is NaN or infinite; a value that is not known is None")
    if not values or values[-1] is None or known.size < needed:
        return None
    mean, sd = float(known.mean()), float(known.std())
    return 0.0 if sd <= STILL * abs(mean) else risk * (float(known[-1]) - mean) / sd


def scores(values: Series, risk: int, *, needed: int = MONTHS_NEEDED) -> list[Number]:
    """The score of every month, each by the months up to it."""
    return [score(values[: month + 1], risk, needed=needed) for month in range(len(values))]


def mean_of(known: Series) -> Number:
    """The mean of the scores there are; None if there is none."""
    found = [value for value in known if value is not None]
    return float(np.mean(found)) if found else None


def composite(groups: Mapping[str, Series]) -> tuple[dict[str, Number], Number]:
    """(score of each group, index): equal weights within groups and between them.

    >>> composite({"a": [1.0, 3.0, None], "b": [0.0], "c": [None]})
    ({'a': 2.0, 'b': 0.0, 'c': None}, 1.0)
    """
    found = {group: mean_of(members) for group, members in groups.items()}
    return found, mean_of(list(found.values()))


def component_index(values: Sequence[Series], risks: Sequence[int], *, needed: int = MONTHS_NEEDED) -> list[Number]:
    """The index weighed by the first principal component, one series of values an indicator, month by month.

    At each month the component is that of the correlations of values, turned by their `risks`, over the months up to it
    in which all are known; its sign is that which makes its weights positive in sum, and they are divided by the sum of
    their sizes. None in months in which a value is missing and where there are fewer than `needed` whole months.
    """
    lengths = {len(series) for series in values}
    if len(lengths) != 1 or len(risks) != len(values):
        raise NetworkError(f"indicators: {len(risks)} directions for series of lengths {sorted(lengths)}")
    table = np.array([[np.nan if v is None else v for v in series] for series in values], np.float64).T * risks
    whole: Bools = np.asarray(np.isfinite(table).all(axis=1))
    found: list[Number] = []
    for month in range(len(table)):
        known = table[: month + 1][whole[: month + 1]]
        found.append(_component(known) if whole[month] and len(known) >= needed else None)
    return found


def _component(known: Floats) -> Number:
    """The last of these rows on the first component of their correlations; a column that never moved has no part."""
    mean, sd = known.mean(axis=0), known.std(axis=0)
    moves = sd > STILL * np.abs(mean)
    scored = np.where(moves, (known - mean) / np.where(moves, sd, 1.0), 0.0)
    weights = np.linalg.eigh(scored.T @ scored)[1][:, -1]
    weights = weights if weights.sum() >= 0.0 else -weights
    return float(scored[-1] @ weights / np.abs(weights).sum())
