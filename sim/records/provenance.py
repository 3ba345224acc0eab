"""Where a result comes from: versions, commit, command, machine time and memory."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import platform
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import sim

if sys.platform != "win32":
    import resource

_PACKAGES = ("numpy", "numba", "pyarrow", "simpy", "mesa", "pydantic")
_SOURCES = (".py", ".csv", ".json", ".yaml")
_SHOW_ONLY = ("cli", "report", "app", "scenarios")
_ROOT = Path(sim.__file__).resolve().parent.parent


def versions() -> dict[str, str]:
    """Versions of sim, Python and the packages that take part in a run."""
    found = {"sim": sim.__version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def commit() -> str | None:
    """The git commit of the code, with `-dirty` when files differ from it; None outside a checkout or without git."""
    git = shutil.which("git")
    if git is None or not (_ROOT / ".git").exists():
        return None
    command = [git, "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--match="]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603 - fixed words
    return answer.stdout.strip() or None


@cache
def code() -> str:
    """SHA-256 of the sources and reference data that simulate, so that results of two states of one version are told
    apart. What only shows results, `cli` and `report`, is left out."""
    package, seen = Path(sim.__file__).resolve().parent, hashlib.sha256()
    for file in sorted(package.rglob("*")):
        name = file.relative_to(package)
        if file.suffix in _SOURCES and name.parts[0] not in _SHOW_ONLY:
            seen.update(f"{name.as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return seen.hexdigest()


def now() -> str:
    """The present time, UTC, to the second; it goes into the manifest and the log, never into a table."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def peak_memory_bytes() -> int | None:
    """The most memory this process has held; None where the system does not say."""
    if sys.platform == "win32":
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
