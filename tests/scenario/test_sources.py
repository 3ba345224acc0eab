"""Every figure of a shipped scenario says where it comes from; what no source prints says so and gives a range."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml
from worlds import SCENARIOS

from sim.scenario import load_scenario

DEALS = sorted((SCENARIOS / "deals").glob("*.yaml"))
UNSOURCED = {"schema_version", "name", "title", "seed", "start", "end", "published", "sources", "extends"}


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Paths and values of all leaves of a mapping."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, f"{path}.{key}" if path else str(key))]
    return [(path, value)]


def figures_of(path: Path) -> list[str]:
    """Paths of the numbers a file itself states (people's titles and ids are no figures)."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    stated = {key: value for key, value in data.items() if key not in UNSOURCED}
    return [
        where
        for where, value in leaves(stated)
        if isinstance(value, int | float | list) and not isinstance(value, bool)
    ]


@pytest.mark.parametrize("path", DEALS, ids=lambda p: p.stem)
def test_every_figure_has_a_source(path: Path) -> None:
    scenario = load_scenario(path)
    files = sorted({SCENARIOS.parent / file for file, line, _ in scenario._loaded.origins.values() if line})
    known = scenario.model_dump(mode="json")
    here = {where for where, _ in leaves(known)}
    missing = [
        f"{file.name}: {where}"
        for file in files
        for where in figures_of(file)
        if any(where == full or full.startswith(f"{where}.") for full in here)
        and not any(fnmatchcase(where, pattern) or fnmatchcase(where, f"{pattern}.*") for pattern in scenario.sources)
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("path", DEALS, ids=lambda p: p.stem)
def test_an_assumption_about_a_rate_or_time_has_a_range(path: Path) -> None:
    bare = [
        f"{where}: {source}"
        for where, source in load_scenario(path).sources.items()
        if source.startswith("assumption")
        and where.rsplit(".", 1)[-1].endswith(("_ppm", "_bp", "_months", "_fen"))
        and not re.search(r"\d[\d,]*\s*-\s*\d|\d+ to \d+|range", source)
    ]
    assert not bare, "\n".join(bare)
