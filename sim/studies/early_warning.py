"""How well a signal tells of distress before it comes: labels, ROC curve, its area, usefulness and lead time.

A month of a world is a warning month (True) if the world's first distress lies within the `horizon` months after it,
a calm month (False) if it is known that none does, and left out if it is the month of the distress or later, or so near
the end of a calm world that nobody knows. A signal warns where it is at or above a threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sim.errors import SimError

HORIZON: Final = 6
"""Months before a distress within which a warning is one of it (assumption, 3 to 12)."""
PREFERENCE: Final = 0.5
"""Weight of missed warning months against false alarms in a loss (assumption, 0.3 to 0.8)."""
CONFIDENCE: Final = 0.95

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Number = float | None


def labels(months: int, distress: int | None, horizon: int = HORIZON) -> list[bool | None]:
    """The label of each month of a world of so many months whose first distress is in month `distress` (None: none).

    >>> labels(6, 4, horizon=2), labels(6, None, horizon=2)
    ([False, False, True, True, None, None], [False, False, False, False, None, None])
    """
    if distress is None:
        return [False if month + horizon < months else None for month in range(months)]
    return [None if month >= distress else distress - month <= horizon for month in range(months)]


@dataclass(frozen=True)
class Told:
    """What a signal told in one world: its value in each month (None: no value) and where distress came, if at all."""

    seed: int
    signal: Sequence[Number]
    distress: int | None

    def usable(self, horizon: int = HORIZON) -> list[tuple[float, bool]]:
        """(value, warning month) of the months that have both."""
        told = zip(self.signal, labels(len(self.signal), self.distress, horizon), strict=True)
        return [(float(value), label) for value, label in told if value is not None and label is not None]


class Point(NamedTuple):
    """A threshold with the shares of calm months it calls wrongly and of warning months it calls."""

    threshold: float
    false_alarms: float
    hits: float


def arrays(worlds: Sequence[Told], horizon: int = HORIZON) -> tuple[Floats, Bools]:
    """Values and labels of all usable months of all worlds."""
    months = [month for world in worlds for month in world.usable(horizon)]
    return np.array([m[0] for m in months], np.float64), np.array([m[1] for m in months], np.bool_)


def curve(values: Floats, warning: Bools) -> list[Point]:
    """The ROC curve from no alarm to alarm always: a point for each value that occurs. Empty without both labels."""
    bad, calm = int(warning.sum()), int((~warning).sum())
    if not bad or not calm:
        return []
    points = [Point(np.inf, 0.0, 0.0)]
    for threshold in np.unique(values)[::-1].tolist():
        alarm = values >= threshold
        points.append(Point(threshold, int((alarm & ~warning).sum()) / calm, int((alarm & warning).sum()) / bad))
    return points


def area(values: Floats, warning: Bools) -> Number:
    """Area under the ROC curve: the chance that a warning month's value exceeds a calm month's, ties counting half.

    1 is perfect, one half no better than chance. None unless there are both kinds of month.
    """
    bad, calm = int(warning.sum()), int((~warning).sum())
    if not bad or not calm:
        return None
    ranks = stats.rankdata(values)
    return float((ranks[warning].sum() - bad * (bad + 1) / 2) / (bad * calm))


def usefulness(point: Point, preference: float = PREFERENCE) -> float:
    """Relative usefulness (Alessi-Detken 2011, Sarlin 2013): 1 is perfect, 0 no better than ignoring the signal.

    With weight t on missed warning months the loss is t (1 - hits) + (1 - t) false alarms, that of ignoring the signal
    min(t, 1 - t), and usefulness 1 - loss / min(t, 1 - t). At one half it is hits less false alarms.
    """
    loss = preference * (1 - point.hits) + (1 - preference) * point.false_alarms
    return 1 - loss / min(preference, 1 - preference)


def best(points: Sequence[Point], preference: float = PREFERENCE) -> Point:
    """The most useful point; of equals the one that warns least."""
    return max(points, key=lambda point: (usefulness(point, preference), point.threshold))


def lead(world: Told, threshold: float, horizon: int = HORIZON) -> int | None:
    """Months from the first alarm within the horizon to the distress, 0 if there is no alarm; None without distress, or
    if the signal has no value in the horizon."""
    if world.distress is None:
        return None
    months = range(max(0, world.distress - horizon), world.distress)
    told = [(month, world.signal[month]) for month in months if world.signal[month] is not None]
    if not told:
        return None
    return next((world.distress - month for month, value in told if value is not None and value >= threshold), 0)


def interval(worlds: Sequence[Told], figure: Callable[[Sequence[Told]], Number]) -> tuple[Number, Number, Number]:
    """(figure of all worlds, lower, upper): a 95 % interval by the jackknife over seeds (Student's t).

    Worlds of a seed are left out together, since they share households and luck. Without bounds (None) for fewer than
    three seeds, or if a seed alone decides whether there is a figure at all.
    """
    whole = figure(worlds)
    seeds = sorted({world.seed for world in worlds})
    without = [figure([world for world in worlds if world.seed != seed]) for seed in seeds]
    known = np.array([value for value in without if value is not None], np.float64)
    if whole is None or len(seeds) < 3 or len(known) < len(seeds):
        return whole, None, None
    count = len(seeds)
    error = float(np.sqrt((count - 1) / count * ((known - known.mean()) ** 2).sum()))
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, count - 1)) * error
    return whole, whole - half, whole + half


def assess(worlds: Sequence[Told], *, horizon: int = HORIZON, preference: float = PREFERENCE) -> dict[str, Any]:
    """What a signal is worth over worlds: area with its interval, cut to what an area can be, and, by thresholds chosen
    without the seed they are tried on, hits, false alarms, usefulness and the median lead of those distresses it saw.

    Raises:
        SimError: a horizon below a month, or a preference that is no share.
    """
    if horizon < 1 or not 0.0 < preference < 1.0:
        raise SimError(f"horizon {horizon}: at least 1 month; preference {preference:g}: between 0 and 1")
    values, warning = arrays(worlds, horizon)
    whole, low, high = interval(worlds, lambda some: area(*arrays(some, horizon)))
    tried = [told for seed in sorted({w.seed for w in worlds}) for told in _tried(worlds, seed, horizon, preference)]
    calls = [call for months, _ in tried for call in months]
    leads = [months for _, months in tried if months is not None]
    seen = [months for months in leads if months]
    found = _share(calls, True), _share(calls, False)
    point = None if found[0] is None or found[1] is None else Point(0.0, found[1], found[0])
    return {
        "area": whole, "low": None if low is None else max(0.0, low), "high": None if high is None else min(1.0, high),
        "months": int(values.size), "warning_months": int(warning.sum()),
        "distresses": sum(world.distress is not None for world in worlds), "worlds": len(worlds),
        "hits": found[0], "false_alarms": found[1],
        "usefulness": None if point is None else usefulness(point, preference),
        "seen": len(seen), "judged": len(leads), "median_lead_months": float(np.median(seen)) if seen else None,
    }  # fmt: skip


def _tried(
    worlds: Sequence[Told], seed: int, horizon: int, preference: float
) -> list[tuple[list[tuple[bool, bool]], int | None]]:
    """Each world of a seed under the threshold best in all others: (its (alarm, warning) by month, its lead)."""
    points = curve(*arrays([world for world in worlds if world.seed != seed], horizon))
    if not points:
        return []
    threshold = best(points, preference).threshold
    return [
        ([(value >= threshold, label) for value, label in world.usable(horizon)], lead(world, threshold, horizon))
        for world in worlds if world.seed == seed
    ]  # fmt: skip


def leads(worlds: Sequence[Told], *, horizon: int = HORIZON, preference: float = PREFERENCE) -> list[int]:
    """Months of lead of each distress, 0 where no alarm came before it, by thresholds chosen on other seeds."""
    tried = [told for seed in sorted({w.seed for w in worlds}) for told in _tried(worlds, seed, horizon, preference)]
    return [months for _, months in tried if months is not None]


def _share(calls: Sequence[tuple[bool, bool]], label: bool) -> Number:
    """Share of the months of a label that had an alarm; None of none."""
    mine = [alarm for alarm, warning in calls if warning is label]
    return sum(mine) / len(mine) if mine else None
