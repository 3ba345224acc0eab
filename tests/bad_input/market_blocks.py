"""Malformed blocks over a shipped scenario: how they are written down, and how their refusal is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario import load_scenario

Cases = dict[str, tuple[str, str, str]]
"""What is wrong: lines after the head of three, place and path of the fault, words of the message."""


def write(folder: Path, text: str, base: str = "baseline.yaml") -> Path:
    """A scenario that extends a shipped one by some lines."""
    file = folder / "bad.yaml"
    file.write_text(f"schema_version: 1\nextends: shipped/{base}\nname: bad\n{text}\n", encoding="utf-8")
    return file


def must_be_refused(folder: Path, case: tuple[str, str, str]) -> None:
    """The fault is told at its line and field."""
    text, place, words = case
    with pytest.raises(ScenarioError) as fault:
        load_scenario(write(folder, text))
    lines = [line.removeprefix(f"{folder}/") for line in str(fault.value).splitlines()]
    assert any(line.startswith(place) and words in line for line in lines), lines[:5]
