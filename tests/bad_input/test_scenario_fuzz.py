"""Random damage to a good scenario ends in a ScenarioError or in a valid scenario, never in anything else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_market import GOOD, Market

from sim.errors import ScenarioError
from sim.scenario.loading import load

PIECES = [
    "\n",
    " ",
    ":",
    "-",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "!!int ",
    "<<: ",
    "'",
    '"',
    "|",
    ">",
    "%",
    "#",
    "@",
    "`",
    "\t",
    "null",
    "true",
    "yes",
    ".inf",
    "1e999",
    "0x1F",
    "-1",
    "2017-02-30",
    "\0",
    "é",
    "花呗",
    "\u2028",
    "\U0001f4a5",
    "---\n",
    "...\n",
    "? ",
    "extends: bad.yaml\n",
    "kind: apr_cap",
    '"\\ud800"',
    "\ufeff",
    "\x85",
    "9" * 30,
    "~",
    "=",
    "{" * 60,
]
MUTATIONS = 400


def mutated(choose: np.random.Generator) -> bytes:
    text = GOOD
    for _ in range(int(choose.integers(1, 4))):
        begin = int(choose.integers(0, len(text)))
        end = begin + int(choose.integers(0, 12)) * int(choose.integers(0, 2))
        lines = text.splitlines(keepends=True)
        kind = int(choose.integers(0, 5))
        if kind <= 1:
            text = text[:begin] + PIECES[int(choose.integers(0, len(PIECES)))] + text[end:]
        elif kind == 2:
            text = text[:begin] + text[end + 1 :]
        elif kind == 3:
            line = lines[int(choose.integers(0, len(lines)))]
            text = "".join([*lines[: len(lines) // 2], line, *lines[len(lines) // 2 :]])
        else:
            choose.shuffle(lines)
            text = "".join(lines)
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    if choose.integers(0, 4) == 0 and raw:
        raw[int(choose.integers(0, len(raw)))] = int(choose.integers(0, 256))
    return bytes(raw)


def outcome(overrides: dict[str, object] | None = None) -> str:
    """What the scenario in the working directory earns: "valid", or the message of its ScenarioError."""
    try:
        load("bad.yaml", overrides, model=Market)
    except ScenarioError as error:
        return str(error)
    return "valid"


def test_random_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    choose = np.random.Generator(np.random.PCG64(20171106))
    outcomes = []
    for _ in range(MUTATIONS):
        Path("bad.yaml").write_bytes(mutated(choose))
        outcomes.append(outcome())
    refused = [told for told in outcomes if told != "valid"]
    assert MUTATIONS // 2 < len(refused) < MUTATIONS
    assert all(": " in line for told in refused for line in told.splitlines())


def test_random_overrides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(GOOD)
    choose = np.random.Generator(np.random.PCG64(20201102))
    keys = [
        "seed",
        "platforms",
        "platforms.ant",
        "platforms.ant.default_rate",
        "policies.cap.kind",
        "a..b",
        "",
        "shocks.0",
    ]
    values = [
        *PIECES,
        1,
        -1,
        2.5,
        float("nan"),
        float("inf"),
        None,
        True,
        [],
        {},
        {"a": {1: 2}},
        10**30,
        10**5000,
        b"x",
        object(),
    ]
    for _ in range(MUTATIONS):
        key, value = keys[int(choose.integers(0, len(keys)))], values[int(choose.integers(0, len(values)))]
        assert outcome({key: value})
