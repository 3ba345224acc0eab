"""The worked examples in the docstrings and on the page of the library execute."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import sim.contagion

ROOT = Path(__file__).parents[2]
MODULES = sorted(module.name for module in pkgutil.iter_modules(sim.contagion.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_worked_examples(name):
    assert doctest.testmod(importlib.import_module(f"sim.contagion.{name}")).failed == 0


def test_the_page_of_the_library_executes():
    found = doctest.testfile(str(ROOT / "docs" / "contagion.md"), module_relative=False)
    assert found.failed == 0
    assert found.attempted > 25


def test_every_method_has_a_worked_example():
    methods = ["clearing", "cascade", "debtrank", "impact", "leverage_targeting", "sale_equilibrium", "deleveraging"]
    methods += ["funding_run", "valuation", "margins", "minimum_density", "fitness", "market_measures", "sinkrank"]
    for name in methods:
        assert doctest.testmod(importlib.import_module(f"sim.contagion.{name}")).attempted > 0


def test_the_library_loads_without_the_market():
    heavy = ("mesa", "simpy", "networkx", "pandas")
    code = (
        f"import sim.contagion.debtrank, sim.contagion.clearing, sys; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
