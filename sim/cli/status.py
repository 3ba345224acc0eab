"""Which runs stand in an output folder, and how far each has come."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from sim.errors import ScenarioError
from sim.records.files import standing


def runs_in(out: Path) -> list[dict[str, Any]]:
    """One row per run folder in `out` (or for `out` itself if it is one), in order of name.

    A folder whose manifest cannot be read is a row too, with status `damaged`; one that says it runs though no process
    holds it was killed, and is `broken off`. Raises ScenarioError if there is no
    such folder.
    """
    if not out.is_dir():
        raise ScenarioError(f"{out}: there is no such folder; give the folder that `sim run --out` wrote to")
    folders = [out] if (out / "manifest.json").exists() else sorted(path.parent for path in out.glob("*/manifest.json"))
    return [_row(folder) for folder in folders]


def _row(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        status = standing(folder, str(manifest["status"]))
        return {
            "run": str(folder),
            "scenario": manifest["scenario"],
            "seed": manifest["seed"],
            "status": status,
            "reached": manifest.get("last_date") or _reached(folder),
            "seconds": manifest.get("seconds"),
            "next": _next(folder, status),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {"run": str(folder), "status": "damaged", "next": "simulate again with sim run --force"}


def _reached(folder: Path) -> str:
    """The last month on record of a run under way, as 2017-06; nothing if none is."""
    journal = folder / "journal.json"
    if not journal.exists():
        return ""
    month = json.loads(journal.read_bytes()).get("month")
    return f"{month // 100}-{month % 100:02}" if isinstance(month, int) and month else ""


def _next(folder: Path, status: str) -> str:
    return f"sim {'show' if status == 'done' else 'resume'} {shlex.quote(str(folder))}"
