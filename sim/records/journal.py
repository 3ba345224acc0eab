"""The journal: what of a run folder is to be trusted. It is written last, so whatever it names is whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sim.errors import StoppedError
from sim.records.files import file_sha256, write_file
from sim.records.writer import Part

_FILE = "journal.json"


@dataclass(frozen=True)
class Saved:
    """One checkpoint: file name, SHA-256, first day not yet simulated, last month closed before it (0: none)."""

    file: str
    sha256: str
    day: int
    month: int


@dataclass(frozen=True)
class Journal:
    """The parts of all closed months and the last two checkpoints, the newest last."""

    parts: tuple[Part, ...] = ()
    checkpoints: tuple[Saved, ...] = ()

    def at(self, saved: Saved) -> Journal:
        """The journal as it was when that checkpoint was the newest."""
        older = self.checkpoints[: self.checkpoints.index(saved) + 1]
        return Journal(tuple(part for part in self.parts if part.month <= saved.month), older)


def canonical(content: Any) -> bytes:
    """JSON with one spelling for each content: sorted keys, no spaces, UTF-8."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def write_journal(folder: Path, journal: Journal) -> None:
    """Replace the journal of a run folder, durably."""
    content = {
        "month": journal.checkpoints[-1].month if journal.checkpoints else 0,
        "checkpoints": [asdict(saved) for saved in journal.checkpoints],
        "parts": [part._asdict() for part in journal.parts],
    }
    signed = {"sha256": hashlib.sha256(canonical(content)).hexdigest(), **content}
    write_file(folder / _FILE, json.dumps(signed, indent=1).encode())


def read_journal(folder: Path) -> Journal:
    """The journal of a run folder; empty where the run stopped before its first one.

    Raises:
        StoppedError: the journal is damaged.
    """
    path = folder / _FILE
    if not path.exists():
        return Journal()
    damaged = f"{path}: the journal is damaged; simulate again with force"
    try:
        content = json.loads(path.read_bytes())
        stored = content.pop("sha256")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as fault:
        raise StoppedError(damaged) from fault
    if stored != hashlib.sha256(canonical(content)).hexdigest():
        raise StoppedError(damaged)
    return Journal(
        tuple(Part(**part) for part in content["parts"]), tuple(Saved(**saved) for saved in content["checkpoints"])
    )


def check_parts(folder: Path, parts: tuple[Part, ...]) -> None:
    """Read every part and compare it with the journal.

    Raises:
        StoppedError: a part is missing or damaged; the message names it.
    """
    for part in parts:
        path = folder / part.path
        try:
            intact = file_sha256(path) == part.sha256
        except OSError as fault:
            raise StoppedError(f"{path}: cannot be read: {fault.strerror}; simulate again with force") from fault
        if not intact:
            raise StoppedError(f"{path}: damaged since it was written; simulate again with force")
