"""The inputs of a run as one value: which scenario is followed until when, and what is recorded.

A plan is a list of legs. A plain run has one: a scenario to its end. A branched run first follows the scenario of its
parent, so that it shares the parent's history exactly, and at a midnight hands the state to a market under the new one.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

import sim.scenario as scenarios
from sim.calendar import day_of
from sim.errors import ScenarioError, StoppedError
from sim.records.journal import canonical
from sim.records.run_folder import RunFolder
from sim.scenario.loading import digest

RESOLVED = "scenario.resolved.yaml"
ORIGINS = "scenario.origin.yaml"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Leg:
    """A scenario and the last day simulated under it (None: to the scenario's own end)."""

    scenario: Any
    last_day: int | None

    @property
    def data(self) -> dict[str, Any]:
        """The scenario in full, defaults included, as plain values."""
        plain: dict[str, Any] = self.scenario.model_dump(mode="json", by_alias=True, round_trip=True, exclude_none=True)
        return plain


@dataclass(frozen=True)
class Plan:
    """All inputs of a run: same plan and same version, same tables."""

    legs: tuple[Leg, ...]
    tables: tuple[str, ...]

    @property
    def scenario(self) -> Any:
        """The scenario of the last leg, which names the run."""
        return self.legs[-1].scenario

    @property
    def identity(self) -> str:
        """SHA-256 of the inputs but for the seed, so that the replications of a study share it."""
        *past, last = [[leg.data, leg.last_day] for leg in self.legs]
        unseeded = {key: value for key, value in self.legs[-1].data.items() if key != "seed"}
        return _sha256({"past": past, "last": [unseeded, last[1]], "tables": self.tables})

    @property
    def folder_name(self) -> str:
        """`<scenario>-<hash8>-s<seed>`; raises ScenarioError if the scenario's name cannot name a folder."""
        name, seed = self.scenario.name, self.scenario.seed
        if not _NAME.fullmatch(name):
            raise ScenarioError(f"name: '{name}' cannot name a folder; use a-z, 0-9, '-' and '_', at most 64 of them")
        return f"{name}-{self.identity[:8]}-s{seed}"

    @property
    def branch_days(self) -> list[int]:
        """First day of each leg but the first, which begins with the market."""
        return [leg.last_day + 1 for leg in self.legs[:-1] if leg.last_day is not None]

    def leg_at(self, day: int) -> int:
        """Number of the leg that simulates `day`; past the end of the run, the last."""
        return sum(start <= day for start in self.branch_days)

    def branched(self, day: int, scenario: Any) -> Plan:
        """The plan that leaves this one at the midnight before `day` for another scenario."""
        past = list(self.legs[: self.leg_at(day - 1) + 1])
        past[-1] = replace(past[-1], last_day=day - 1)
        return Plan((*past, Leg(scenario, self.legs[-1].last_day)), self.tables)

    def inputs(self) -> dict[str, Any]:
        """The plan as the manifest tells it; `documents` holds the scenarios it names."""
        return {
            "scenario": self.scenario.name,
            "seed": self.scenario.seed,
            "identity": self.identity,
            "scenario_hash": digest(self.scenario),
            "legs": [
                {"scenario": name, "last_day": leg.last_day} for name, leg in zip(self._names(), self.legs, strict=True)
            ],
            "tables_on_request": list(self.tables),
            "argv": sys.argv,
        }

    def documents(self) -> dict[str, str]:
        """YAML by file name: the scenario of every leg, and where each value of the last one came from."""
        written = {name: _yaml(leg.data) for name, leg in zip(self._names(), self.legs, strict=True)}
        written[ORIGINS] = _yaml(_origins(self.legs[-1]))
        return written

    def _names(self) -> list[str]:
        return [*(f"scenario.leg-{number}.yaml" for number in range(1, len(self.legs))), RESOLVED]


def load_scenario(source: Any, overrides: Mapping[str, Any] | None) -> Any:
    """The scenario of a file, or a scenario object, with overrides; raises ScenarioError with every fault."""
    if isinstance(source, (str, Path)):
        return scenarios.load_scenario(source, overrides)
    if not overrides:
        return source
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / RESOLVED
        written.write_text(_yaml(Leg(source, None).data), encoding="utf-8")
        return scenarios.load_scenario(written, overrides)


def plan_of(folder: Path) -> Plan:
    """The plan of a run folder; raises ScenarioError where there is none or its scenario is wrong."""
    manifest = RunFolder(folder).manifest()
    try:
        legs = [(folder / leg["scenario"], leg["last_day"]) for leg in manifest["legs"]]
        tables = tuple(manifest["tables_on_request"])
    except (KeyError, TypeError) as fault:
        raise StoppedError(f"{folder / 'manifest.json'}: not the manifest of a run: it lacks {fault}") from fault
    return Plan(tuple(Leg(scenarios.load_scenario(path), last_day) for path, last_day in legs), tables)


def parse_day(date: str | datetime.date, what: str) -> int:
    """The day of an ISO date; raises ScenarioError naming `what` was given."""
    try:
        return day_of(datetime.date.fromisoformat(date) if isinstance(date, str) else date)
    except ValueError as fault:
        raise ScenarioError(f"{what}: '{date}' is not a date; write it as 2016-03-31") from fault


def dumped(scenario: Any) -> str:
    """A scenario in full as YAML, defaults included; loading it gives the same scenario."""
    return _yaml(Leg(scenario, None).data)


def checked_seed(seed: object) -> int:
    """The seed; raises ScenarioError if it is not a whole number of 0 to 2**63 - 1, as in a file."""
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
        raise ScenarioError(f"seed: must be a whole number of at least 0 and below 2**63, got {seed!r}")
    return seed


def _origins(leg: Leg) -> dict[str, str]:
    """By dotted path, the file, line and column of each value; or that it is a default, or was set by the caller."""
    loaded = getattr(leg.scenario, "_loaded", None)
    given = dict(_leaves(loaded.data, "")) if loaded is not None else {}
    origins = {}
    for path, value in _leaves(leg.data, ""):
        where = loaded.origins.get(path) if loaded is not None else None
        if loaded is not None and path not in given:
            origins[path] = "default"
        elif where is None or given[path] != value:
            origins[path] = "set by the caller"
        else:
            origins[path] = ":".join(str(piece) for piece in where)
    return origins


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    children = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else None
    if children is None:
        yield path, node
        return
    for key, child in children:
        yield from _leaves(child, f"{path}.{key}" if path else str(key))


def _yaml(content: Any) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def _sha256(content: Any) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()
