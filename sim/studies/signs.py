"""`sim validate-model --signs`: in which direction a mechanism moves an outcome, over paired worlds.

Each sign is a pair of worlds that differ in one term and share every draw (or two outcomes of one world), an outcome (a
table, a column, which rows, how they are put together), and the side of zero on which the difference must lie. The
difference is taken seed by seed; a sign holds when its 95 % interval (Student's t over seeds) lies on that side.
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from scipy import stats

from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.studies.signs_outcomes import Outcome

CONFIDENCE = 0.95

Pair = tuple[float, float]


@dataclass(frozen=True)
class Sign:
    """A claim about a direction. `direction` +1: the changed world's outcome is higher; -1: lower.

    With `against` both outcomes are read in one world, which `changes` then describes, and the outcome must lie above
    (or below) `against`.
    """

    name: str
    claim: str
    source: str
    changes: Mapping[str, object]
    outcome: Outcome
    direction: int
    both: Mapping[str, object] = field(default_factory=dict)
    against: Outcome | None = None
    scenario: str = "scenarios/studies/small_market.yaml"

    def worlds(self) -> tuple[tuple[Mapping[str, object], Outcome], tuple[Mapping[str, object], Outcome]]:
        """(changes, outcome) of the base and of what is compared with it."""
        changed = {**self.both, **self.changes}
        if self.against is not None:
            return (changed, self.against), (changed, self.outcome)
        return (self.both, self.outcome), (changed, self.outcome)


def paired_difference(values: Iterable[Pair]) -> tuple[float, float, float]:
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


def simulate(scenario: str, changes: Mapping[str, object], seed: int) -> SecuritizationMarket:
    """A scenario with changes, run to its end in memory."""
    market = SecuritizationMarket(load_scenario(scenario, dict(changes)), rng=seed)
    while market.day <= day_of(market.settings.end):
        market.step()
    return market


def pairs_of_seed(signs: Sequence[Sign], seed: int) -> list[Pair]:
    """(base, changed) of each sign; worlds that several signs share are simulated once."""
    asked: dict[str, tuple[str, Mapping[str, object], dict[str, Outcome]]] = {}
    for sign in signs:
        for changes, outcome in sign.worlds():
            asked.setdefault(_world(sign, changes), (sign.scenario, changes, {}))[2][outcome.told()] = outcome
    found: dict[str, dict[str, float]] = {}
    for world, (scenario, changes, outcomes) in asked.items():
        market = simulate(scenario, changes, seed)
        found[world] = {told: outcome.of(market) for told, outcome in outcomes.items()}
    return [_pair(sign, found) for sign in signs]


def _pair(sign: Sign, found: Mapping[str, Mapping[str, float]]) -> Pair:
    base, changed = (found[_world(sign, changes)][outcome.told()] for changes, outcome in sign.worlds())
    return base, changed


def _world(sign: Sign, changes: Mapping[str, object]) -> str:
    return f"{sign.scenario} {sorted((path, repr(value)) for path, value in changes.items())}"


def paired_signs(
    signs: Sequence[Sign], seeds: int, first_seed: int = 1, workers: int | None = 1
) -> list[dict[str, Any]]:
    """Each sign's verdict over paired seeds; seeds run on as many processes as there are workers (None: as many as the
    machine has cores)."""
    numbers = range(first_seed, first_seed + seeds)
    if workers == 1:
        runs = [pairs_of_seed(signs, seed) for seed in numbers]
    else:
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            runs = list(pool.map(pairs_of_seed, [signs] * seeds, numbers))
    return [_row(sign, [pairs[k] for pairs in runs]) for k, sign in enumerate(signs)]


def _row(sign: Sign, pairs: list[Pair]) -> dict[str, Any]:
    mean, low, high = paired_difference(pairs)
    against = "" if sign.against is None else f"; against {sign.against.told()}"
    return {
        "sign": sign.name, "holds": low > 0 if sign.direction > 0 else high < 0,
        "expected": "up" if sign.direction > 0 else "down", "base": math.fsum(b for b, _ in pairs) / len(pairs),
        "difference": mean, "low": low, "high": high, "seeds": len(pairs), "claim": sign.claim, "source": sign.source,
        "scenario": sign.scenario, "changed": ", ".join(f"{path} = {value}" for path, value in sign.changes.items()),
        "measure": sign.outcome.told() + against,
    }  # fmt: skip
