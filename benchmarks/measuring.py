"""Stopwatch, memory, and the machine a figure was measured on."""

from __future__ import annotations

import os
import platform
import resource
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from time import perf_counter


class Stopwatch:
    """Seconds by part of the work."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the time inside the block under a name."""
        start = perf_counter()
        yield
        self.seconds[name] += perf_counter() - start

    def total(self) -> float:
        """All parts together, seconds."""
        return sum(self.seconds.values())

    def lines(self) -> list[str]:
        """One line a part: seconds and share of the total."""
        whole = max(1e-12, self.total())
        return [
            f"  {name:<12}{seconds:9.2f} s {100 * seconds / whole:5.1f} %" for name, seconds in self.seconds.items()
        ]


def peak_rss_gb() -> float:
    """Largest resident memory of this process so far, GB (10^9 bytes; Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def resident_gb() -> float:
    """Resident memory of this process now, GB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e9


def machine() -> str:
    """Processor count and versions, for the head of a report."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "mesa"))
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {packages}"
