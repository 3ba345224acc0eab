"""What to type to get the numbers of a comparison again: the command, or Python where the command cannot say it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.scenario.schema import Scenario
from sim.studies.compare_plan import BASE, ComparisonPlan, slug


@dataclass(frozen=True)
class Asked:
    """What a comparison was asked for, as the caller gave it."""

    base: Any
    policies: Sequence[Any]
    vary: Sequence[str]
    overrides: Mapping[str, Any]
    first: str | None
    until: str | None


def command(asked: Asked, plan: ComparisonPlan, seeds: Sequence[int]) -> str:
    """The line that makes the same comparison. Scenario objects are read back from the comparison's folder."""
    if any(isinstance(given, Scenario) for given in (asked.base, *asked.policies)):
        return _in_python(asked, plan, seeds)
    if list(seeds) != list(range(seeds[0], seeds[0] + len(seeds))):
        return _in_python(asked, plan, seeds)
    overrides = dict(asked.overrides)
    if seeds[0] != plan.base.seed:
        overrides["seed"] = seeds[0]  # the command counts seeds from the scenario's own
    words = ["sim", "compare", str(asked.base), *map(str, asked.policies), "--seeds", str(len(seeds))]
    for option, values in (("--vary", asked.vary), ("--from", [asked.first]), ("--until", [asked.until])):
        words += [word for value in values if value is not None for word in (option, str(value))]
    words += [word for path, value in overrides.items() for word in ("--set", f"{path}={_text(value)}")]
    return shlex.join(words)


def _in_python(asked: Asked, plan: ComparisonPlan, seeds: Sequence[int]) -> str:
    """The call of `sim.compare`; files of scenario objects are those of the comparison's folder."""
    names = [slug(policy.name) for policy in plan.policies]
    policies = [_source(given, name) for given, name in zip(asked.policies, names, strict=False)]
    words = [_source(asked.base, BASE), f"[{', '.join(policies)}]", f"seeds={list(seeds)}"]
    given = {"vary": list(asked.vary), "overrides": dict(asked.overrides), "first": asked.first, "until": asked.until}
    words += [f"{name}={value!r}" for name, value in given.items() if value]
    return f"sim.compare({', '.join(words)})"


def _source(given: Any, name: str) -> str:
    return f'sim.load_scenario("{name}.yaml")' if isinstance(given, Scenario) else repr(str(given))


def _text(value: Any) -> str:
    """A value as `--set` takes it."""
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False).strip('"')
