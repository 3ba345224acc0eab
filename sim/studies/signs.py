"""`sim validate-model --signs`: in which direction a mechanism moves an outcome, over paired worlds.

Each sign is a pair of worlds that differ in one term and share every draw, a measure (a table, a column, which rows,
how they are put together), and the side of zero on which the difference must lie. The difference is taken seed by seed;
a sign holds when its 95 % interval (Student's t over seeds) lies on that side.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scipy import stats

from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Measure:
    """A number out of a run's tables.

    `where`: column -> value, or a text that the column's text must contain when it begins with `~`. `since`: rows from
    this date on. `how`: mean, sum, last or most over the rows left; `per`: a second column to divide the sum by.
    """

    table: str
    column: str
    where: Mapping[str, object] = field(default_factory=dict)
    how: Literal["mean", "sum", "last", "most", "count"] = "mean"
    per: str | None = None
    since: datetime.date | None = None

    def of(self, market: SecuritizationMarket) -> float:
        """The number of one run; 0 where no row fits."""
        rows = [row for row in market.recorder.table(self.table).to_pylist() if self._fits(row)]
        if self.how == "count":
            return float(len(rows))
        values = [float(row[self.column]) for row in rows if row[self.column] is not None]
        if not values:
            return 0.0
        if self.per is not None:
            return math.fsum(values) / max(1.0, math.fsum(float(row[self.per]) for row in rows))
        put = {"mean": math.fsum(values) / len(values), "sum": math.fsum(values), "last": values[-1]}
        return max(values) if self.how == "most" else put[self.how]

    def _fits(self, row: Mapping[str, Any]) -> bool:
        if self.since is not None and row["date"] < self.since:
            return False
        for column, wanted in self.where.items():
            if isinstance(wanted, str) and wanted.startswith("~"):
                if wanted[1:] not in str(row[column]):
                    return False
            elif row[column] != wanted:
                return False
        return True

    def told(self) -> str:
        """In words: table.column, rows, how."""
        rows = ", ".join(f"{column} {value}" for column, value in self.where.items())
        divided = f" / {self.per}" if self.per else ""
        return f"{self.how} of {self.table}.{self.column}{divided}" + (f" ({rows})" if rows else "")


@dataclass(frozen=True)
class Sign:
    """A claim about a direction. `direction` +1: the changed world's measure is higher; -1: lower."""

    name: str
    claim: str
    source: str
    scenario: str
    changes: Mapping[str, object]
    measure: Measure
    direction: Literal[1, -1]
    both: Mapping[str, object] = field(default_factory=dict)


def paired_difference(values: Iterable[tuple[float, float]]) -> tuple[float, float, float]:
    """(mean difference changed - base, lower, upper) of a 95 % interval; the interval of a constant difference has no
    width, and of one pair no bounds."""
    differences = [changed - base for base, changed in values]
    n = len(differences)
    mean = math.fsum(differences) / n
    if n < 2:
        return mean, -math.inf, math.inf
    spread = math.sqrt(math.fsum((d - mean) ** 2 for d in differences) / (n - 1))
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1)) * spread / math.sqrt(n)
    return mean, mean - half, mean + half


def run(scenario: str, changes: Mapping[str, object], seed: int) -> SecuritizationMarket:
    """Simulate a scenario with changes to its end, in memory."""
    market = SecuritizationMarket(load_scenario(scenario, dict(changes)), rng=seed)
    while market.day <= day_of(market.settings.end):
        market.step()
    return market


def paired_signs(signs: Iterable[Sign], seeds: int, first_seed: int = 1) -> list[dict[str, Any]]:
    """Each sign's verdict over paired seeds. Worlds that several signs share are simulated once."""
    wanted = list(signs)
    found: dict[str, list[tuple[float, float]]] = {sign.name: [] for sign in wanted}
    for seed in range(first_seed, first_seed + seeds):
        worlds: dict[str, dict[str, float]] = {}
        for sign in wanted:
            base = _measured(sign, sign.both, seed, wanted, worlds)
            changed = _measured(sign, {**sign.both, **sign.changes}, seed, wanted, worlds)
            found[sign.name].append((base, changed))
    return [_row(sign, found[sign.name], seeds) for sign in wanted]


def _measured(
    sign: Sign, changes: Mapping[str, object], seed: int, wanted: list[Sign], worlds: dict[str, dict[str, float]]
) -> float:
    """The sign's measure in one world; every other sign's measure of the same world is taken on the way."""
    world = f"{sign.scenario} {sorted((k, repr(v)) for k, v in changes.items())}"
    if world not in worlds:
        market = run(sign.scenario, changes, seed)
        worlds[world] = {other.measure.told(): other.measure.of(market) for other in wanted}
    return worlds[world][sign.measure.told()]


def _row(sign: Sign, pairs: list[tuple[float, float]], seeds: int) -> dict[str, Any]:
    mean, low, high = paired_difference(pairs)
    holds = low > 0 if sign.direction > 0 else high < 0
    return {
        "sign": sign.name, "claim": sign.claim, "source": sign.source, "scenario": sign.scenario,
        "changed": ", ".join(f"{path} = {value}" for path, value in sign.changes.items()),
        "measure": sign.measure.told(), "expected": "up" if sign.direction > 0 else "down", "seeds": seeds,
        "base": math.fsum(b for b, _ in pairs) / len(pairs), "difference": mean, "low": low, "high": high,
        "holds": holds,
    }  # fmt: skip
