"""Every figure of a shipped scenario says where it comes from; what no source prints says so and gives a range."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from worlds import SCENARIOS

from sim.scenario import load_scenario

SHIPPED = [*sorted((SCENARIOS / "deals").glob("*.yaml")), *sorted(SCENARIOS.glob("*.yaml"))]
UNSOURCED = {"schema_version", "name", "title", "seed", "start", "end", "published", "sources"}


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Paths and values of all leaves of a mapping."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, f"{path}.{key}" if path else str(key))]
    return [(path, value)]


def is_figure(value: Any) -> bool:
    """Whether a leaf states a number (titles, ids, switches and lists of names do not)."""
    if isinstance(value, list):
        return any(is_figure(item) for item in value)
    return isinstance(value, int | float) and not isinstance(value, bool)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_every_figure_has_a_source(path: Path) -> None:
    scenario = load_scenario(path)
    stated = {key: value for key, value in scenario._loaded.data.items() if key not in UNSOURCED}
    missing = [
        where
        for where, value in leaves(stated)
        if is_figure(value)
        and not any(fnmatchcase(where, pattern) or fnmatchcase(where, f"{pattern}.*") for pattern in scenario.sources)
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_an_assumption_about_a_rate_or_time_has_a_range(path: Path) -> None:
    bare = [
        f"{where}: {source}"
        for where, source in load_scenario(path).sources.items()
        if source.startswith("assumption")
        and where.rsplit(".", 1)[-1].endswith(("_ppm", "_bp", "_months", "_fen"))
        and not re.search(r"\d[\d,]*\s*-\s*\d|\d+ to \d+|range", source)
    ]
    assert not bare, "\n".join(bare)
