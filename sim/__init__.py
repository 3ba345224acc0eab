"""A discrete-event, agent-based simulation of the securitization market.

The public names load when they are first used, so that `import sim` and `sim --help` stay quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.market import SecuritizationMarket
    from sim.scenario import load_scenario
    from sim.studies.compare import compare
    from sim.studies.runs import Run, run

__version__ = "0.1.0"
__all__ = ["Run", "SecuritizationMarket", "__version__", "compare", "load_scenario", "run"]

_ROOMS = {
    "SecuritizationMarket": "sim.market", "compare": "sim.studies.compare", "load_scenario": "sim.scenario",
    "Run": "sim.studies.runs", "run": "sim.studies.runs",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name from its room at its first use (PEP 562)."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    value = getattr(import_module(_ROOMS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
