"""The same scenario and seed give the same tables on every machine and version of the libraries.

If this fails after a change of the model, look at what moved, refresh with `make baseline`, and say in CHANGELOG.md,
under "Regression:", what moved and why. If it fails without one, results depend on something they must not.
"""

from __future__ import annotations

import pytest
import yaml
from baselines.refresh import FILE, RUNS, measured

FOUND = measured()
EXPECTED = yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", RUNS)
def test_tables_equal_the_recorded_ones(name: str) -> None:
    assert FOUND[name] == EXPECTED[name]
