"""Scenarios: YAML files, checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.scenario.loading import load
from sim.scenario.schema import Scenario


def load_scenario(
    path: str | Path, overrides: Mapping[str, Any] | None = None, *, overlays: Sequence[str | Path] = ()
) -> Scenario:
    """Load, compose and check a scenario file; `overrides` maps paths such as `population.households` to values.

    `overlays` are files merged over the scenario before the overrides, such as those of `scenarios/policies/`.

    Raises:
        ScenarioError: every fault found, each as file:line:column: path: message.
    """
    loaded = load(path, overrides, model=Scenario, overlays=overlays)
    scenario = loaded.value
    if not isinstance(scenario, Scenario):
        raise TypeError(f"{path}: not a scenario")
    scenario._loaded = loaded
    return scenario
