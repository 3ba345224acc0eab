"""Every rule that the page of policies names is a function that says its source and works an example."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| `(sim\.[\w.]+)` \|", PAGE, re.MULTILINE)
ID = re.compile(r"\b(RUL|LVR|POL|BKS|DEA|AAB|SYS|ECO)\d\d\b")


def named(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def test_the_page_names_the_rules() -> None:
    assert len(ROWS) >= 30
    assert len({path for _, path in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("rule", "path"), ROWS)
def test_a_rule_says_its_source_and_works_an_example(rule: str, path: str) -> None:
    words = named(path).__doc__
    assert ">>>" in words, f"{rule}: {path} works no example"
    assert ID.search(words), f"{rule}: {path} names no fact"
