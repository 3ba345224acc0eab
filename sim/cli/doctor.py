"""Whether this machine can run `sim`: versions, a known random number, an identity, three simulated days, disk."""

from __future__ import annotations

import importlib
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from sim.errors import SimError
from sim.records.files import no_folder

OLDEST_PYTHON = (3, 11)
PACKAGES = ("numpy", "scipy", "simpy", "mesa", "networkx", "pydantic", "yaml", "typer", "rich", "pyarrow", "numba")
_DISTRIBUTION = {"yaml": "PyYAML"}
PHILOX_ZERO = ("6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8")
"""Philox4x32-10 of a zero counter and a zero key (Salmon et al. 2011, known-answer vectors)."""
FREE_BYTES = 1_000_000_000
"""Disk space under which a long run may not fit."""
SIMULATED_DAYS = 3


class Check(NamedTuple):
    """One thing looked at, whether it is as it must be, and what was found."""

    check: str
    ok: bool
    detail: str


def checks(out: Path) -> Iterator[Check]:
    """Everything looked at, in order, as soon as it is known; a check that breaks is a failed check, never an error."""
    looked_at: tuple[tuple[str, Callable[[], str]], ...] = (
        ("Python", _python),
        ("packages", _packages),
        ("random numbers", _random_numbers),
        ("ledger", _ledger),
        (f"{SIMULATED_DAYS} simulated days", _simulated_days),
        ("disk", lambda: _disk(out)),
    )
    return (_checked(name, look) for name, look in looked_at)


class _FailedCheckError(Exception):
    """What was found is not as it must be; the message says what to do."""


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except _FailedCheckError as failed:
        return Check(name, False, str(failed))
    except (
        SimError,
        ImportError,
        OSError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        return Check(name, False, f"{type(error).__name__}: {error}")


def _python() -> str:
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise _FailedCheckError(f"{platform.python_version()}; sim needs 3.11 or later")
    return f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _packages() -> str:
    absent, found = [], []
    for name in PACKAGES:
        try:
            importlib.import_module(name)
            found.append(f"{name} {metadata.version(_DISTRIBUTION.get(name, name))}")
        except (ImportError, metadata.PackageNotFoundError):
            absent.append(_DISTRIBUTION.get(name, name))
    if absent:
        raise _FailedCheckError(f"absent: {', '.join(absent)}; install them with: pip install {' '.join(absent)}")
    return ", ".join(found)


def _random_numbers() -> str:
    import numpy as np

    from sim.draws import philox

    zero = np.uint32(0)
    words = tuple(f"{int(word):08x}" for word in philox(zero, zero, zero, zero, zero, zero))
    if words != PHILOX_ZERO:
        raise _FailedCheckError(f"Philox gives {' '.join(words)}, not {' '.join(PHILOX_ZERO)}: results would be wrong")
    return "Philox4x32-10 gives its known answer"


def _ledger() -> str:
    from sim.ledger import Code, Ledger

    ledger = Ledger()
    for party in ("bank:doctor", "originator:doctor"):
        ledger.add_party(party)
    ledger.open_account("originator:doctor", "bank:doctor")
    ledger.open_account("world:state", "bank:doctor")
    ledger.endow("originator:doctor", 1_000_001)
    ledger.pay("originator:doctor", "world:state", 333_333, Code.TAX)
    ledger.check()
    if ledger.cash("originator:doctor") != 666_668:
        raise _FailedCheckError("a payment left the wrong balance")
    return "stocks equal flows to the fen"


def _simulated_days() -> str:
    import sim
    from sim.cli.overlay import chosen_base

    begun = time.monotonic()
    base = chosen_base(None)
    overrides = {"burn_in_months": 0}
    scenario = sim.load_scenario(base, overrides)
    with tempfile.TemporaryDirectory() as out:
        until = scenario.start + timedelta(days=SIMULATED_DAYS - 1)
        run = sim.run(base, out=out, until=until, overrides=overrides)
        tables = len(run.tables)
    return f"{base}: {tables} tables in {time.monotonic() - begun:.1f} s"


def _disk(out: Path) -> str:
    place = out.absolute()
    if told := no_folder(place):
        raise _FailedCheckError(told)
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < FREE_BYTES:
        raise _FailedCheckError(
            f"{free / 1e9:.1f} GB free at {place}: a run may need {FREE_BYTES / 1e9:.0f} GB; free some, or use --out"
        )
    return f"{free / 1e9:.1f} GB free for {out}"
