"""`sim validate-model --signs`: in which direction a mechanism moves an outcome, over paired worlds.

Each sign is a pair of worlds that differ in one term and share every draw (or two outcomes of one world), an outcome (a
table, a column, which rows, how they are put together), and the side of zero on which the difference must lie. The
difference is taken seed by seed; a sign holds when its 95 % interval (Student's t over seeds) lies on that side. Where
an outcome names households, they are compared one by one: those of the changed world only against those of the base
only.
"""

from __future__ import annotations

import json
import math
import multiprocessing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scipy.special import stdtrit

from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.studies.signs_outcomes import Outcome, Seen, Value

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
    half = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) * spread / math.sqrt(n)
    return mean, mean - half, mean + half


def simulate(scenario: str, changes: Mapping[str, object], seed: int) -> Seen:
    """A scenario with changes, run to its end in memory."""
    market = SecuritizationMarket(load_scenario(scenario, dict(changes)), rng=seed)
    seen = Seen(market)
    while market.day <= day_of(market.settings.end):
        day = market.day
        market.step()
        seen.rollovers.note(market, day)
    return seen


@dataclass(frozen=True)
class World:
    """A world that signs ask for, once for all of them, and what they read in it."""

    scenario: str
    changes: Mapping[str, object]
    outcomes: dict[str, Outcome]

    def values(self, seed: int) -> dict[str, Value]:
        """Every outcome in words -> its value, of one seed."""
        seen = simulate(self.scenario, self.changes, seed)
        return {told: outcome.of(seen) for told, outcome in self.outcomes.items()}


def worlds_of(signs: Sequence[Sign]) -> dict[str, World]:
    """The worlds of all signs by what they are called; signs that agree on a world share it."""
    asked: dict[str, World] = {}
    for sign in signs:
        for changes, outcome in sign.worlds():
            world = asked.setdefault(_name(sign, changes), World(sign.scenario, changes, {}))
            world.outcomes[outcome.told()] = outcome
    return asked


def _pair(sign: Sign, found: Mapping[str, Mapping[str, Value]]) -> Pair:
    base, changed = (found[_name(sign, changes)][outcome.told()] for changes, outcome in sign.worlds())
    if isinstance(base, list) and isinstance(changed, list):
        return float(len(set(base) - set(changed))), float(len(set(changed) - set(base)))
    return float(base), float(changed)  # type: ignore[arg-type]


def _name(sign: Sign, changes: Mapping[str, object]) -> str:
    return f"{sign.scenario} {sorted((path, repr(value)) for path, value in changes.items())}"


def paired_signs(
    signs: Sequence[Sign], seeds: int, first_seed: int = 1, workers: int | None = 1, kept: Path | None = None
) -> list[dict[str, Any]]:
    """Each sign's verdict over paired seeds.

    Worlds run on as many processes as there are workers (None: as many as the machine has cores), seed after seed. With
    `kept`, a file of one line a world and seed, a stopped run goes on where it was; the file serves one state of the
    code.
    """
    worlds, numbers = worlds_of(signs), range(first_seed, first_seed + seeds)
    found = _read(kept)
    missing = [
        (name, seed)
        for seed in numbers
        for name, world in worlds.items()
        if not world.outcomes.keys() <= found.get((name, seed), {}).keys()
    ]
    for (name, seed), values in _simulated(worlds, missing, workers):
        found[name, seed] = values
        if kept is not None:
            with kept.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"world": name, "seed": seed, "values": values}) + "\n")
    return [
        _row(sign, [_pair(sign, {name: found[name, seed] for name in worlds}) for seed in numbers]) for sign in signs
    ]


def _simulated(
    worlds: Mapping[str, World], missing: Sequence[tuple[str, int]], workers: int | None
) -> Iterator[tuple[tuple[str, int], dict[str, Value]]]:
    """What was found in each world and seed, in their order."""
    if workers == 1:
        yield from (((name, seed), worlds[name].values(seed)) for name, seed in missing)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        asked = [worlds[name] for name, _ in missing]
        yield from zip(missing, pool.map(World.values, asked, [seed for _, seed in missing]), strict=True)


def _read(kept: Path | None) -> dict[tuple[str, int], dict[str, Value]]:
    """What a file keeps of earlier runs; a last line that was cut off is run again."""
    found: dict[tuple[str, int], dict[str, Value]] = {}
    if kept is not None and kept.exists():
        for line in kept.read_text(encoding="utf-8").splitlines():
            if line.endswith("}"):
                entry = json.loads(line)
                found.setdefault((entry["world"], entry["seed"]), {}).update(entry["values"])
    return found


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
