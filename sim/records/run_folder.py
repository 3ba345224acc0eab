"""The run folder `outputs/<scenario>-<hash8>-s<seed>/`: all that a run leaves behind, and what makes it resumable.

manifest.json            inputs, versions, digest of the code, machine time, content hash of every table, summary
scenario.resolved.yaml   the scenario as it ran, defaults included
scenario.origin.yaml     where each of its values came from
tables/<table>/part-YYYYMM.parquet
datapackage.json         the tables described for other tools
kpi.csv                  the headline figures, one per line
checkpoint-a.npz, -b     state at the last two month ends, in turn
journal.json             what of all this is whole; written last each month
log.jsonl                what happened to the run, with clock times
DONE                     the run is complete: SHA-256 of the manifest
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sim.calendar import date_of
from sim.errors import ScenarioError, StoppedError
from sim.records import checkpoint
from sim.records.datapackage import describe
from sim.records.files import locked, standing, write_file
from sim.records.journal import Journal, Saved, check_parts, read_journal, write_journal
from sim.records.provenance import code, commit, now, peak_memory_bytes, versions
from sim.records.tables import TABLES
from sim.records.writer import ContentHash, Part, Recorder, arrow_schema

_CHECKPOINTS = ("checkpoint-a.npz", "checkpoint-b.npz")
_BYTES_A_MONTH = 50_000_000
"""A checkpoint of up to as many bytes is written every month, of twice as many every other month, and so on."""
_MOST_MONTHS = 6
_INDEX_COLUMNS = ("folder", "scenario", "seed", "first_date", "last_date", "ended", "seconds", "sim", "identity")


class RunFolder:
    """One run folder. All writes are atomic and durable; after a crash at any moment `open` brings it back in order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = Journal()
        self._writer = ThreadPoolExecutor(1)
        self._under_way: Future[None] | None = None  # the checkpoint being written
        self._months: list[Future[list[Part]]] = []  # parts of the months since the last checkpoint
        self._last_month: Future[list[Part]] | None = None
        self._bytes = 0  # of the last checkpoint

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process alone; raises StoppedError naming the process that already does."""
        with locked(self.path / "lock"):
            try:
                yield
            finally:
                self._writer.shutdown()

    def manifest(self) -> dict[str, Any]:
        """The manifest.

        Raises:
            ScenarioError: this is not the folder of a run.
            StoppedError: its manifest cannot be read.
        """
        path = self.path / "manifest.json"
        if not path.exists():
            raise ScenarioError(f"{self.path}: is not the folder of a run; sim status lists them")
        try:
            content: dict[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError) as fault:
            raise StoppedError(f"{path}: cannot be read ({fault}); simulate again with force") from fault
        return content

    def status(self) -> str:
        """done, running, stopped, failed or broken off; raises as `manifest` does."""
        return standing(self.path, str(self.manifest()["status"]))

    def is_done(self) -> bool:
        """Whether the run is complete.

        Raises:
            StoppedError: it says so, but its manifest or a part is damaged.
        """
        done = self.path / "DONE"
        if not done.exists():
            return False
        manifest = self.path / "manifest.json"
        content = manifest.read_bytes() if manifest.exists() else b""
        if done.read_text(errors="replace").strip() != hashlib.sha256(content).hexdigest():
            raise StoppedError(f"{manifest}: damaged since the run ended; simulate again with force")
        check_parts(self.path, read_journal(self.path).parts)
        return True

    def has_journal(self) -> bool:
        """Whether at least one checkpoint is on record, so that the run can be resumed."""
        return (self.path / "journal.json").exists()

    def begin(self, inputs: Mapping[str, Any], documents: Mapping[str, str]) -> None:
        """Start from nothing: clear what an earlier run left, then write the manifest and the scenario's documents."""
        self.clear()
        for name, text in documents.items():
            write_file(self.path / name, text.encode())
        self._write_manifest(
            {
                **inputs,
                "status": "running",
                "versions": versions(),
                "code": code(),
                "commit": commit(),
                "started": now(),
                "ended": None,
                "seconds": 0.0,
            }
        )
        self.log("begun")

    def clear(self) -> None:
        """Remove everything but the lock."""
        (self.path / "DONE").unlink(missing_ok=True)
        (self.path / "journal.json").unlink(missing_ok=True)
        for entry in sorted(self.path.iterdir()):
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()
        self.journal = Journal()

    def discard(self) -> None:
        """Remove a folder that holds nothing but the lock: a run refused before it began leaves nothing behind."""
        if [entry.name for entry in self.path.iterdir()] == ["lock"]:
            (self.path / "lock").unlink()
            self.path.rmdir()

    def open(self) -> tuple[Saved, dict[str, Any]] | None:
        """Bring the folder back to its newest whole checkpoint and return it with its state; None if there is none.

        Parts written after that checkpoint and half-written files are removed: they will be written again, equal.

        Raises:
            StoppedError: the journal, a part it names, or every checkpoint is damaged.
        """
        journal = read_journal(self.path)
        if not journal.checkpoints:
            return None
        saved, state = self._newest(journal)
        self.journal = journal.at(saved)
        check_parts(self.path, self.journal.parts)
        self._tidy()
        self._bytes = (self.path / saved.file).stat().st_size
        return saved, state

    def adopt(self, other: RunFolder, day: int) -> bool:
        """Take over another run's history up to its last whole checkpoint at or before `day`; False if it has none."""
        journal = read_journal(other.path)
        for saved in reversed([saved for saved in journal.checkpoints if saved.day <= day]):
            try:
                checkpoint.load(other.path / saved.file, saved.sha256)
                check_parts(other.path, journal.at(saved).parts)
            except StoppedError as fault:
                self.log("not adopted", reason=str(fault))
                continue
            parts = journal.at(saved).parts
            for name in (saved.file, *(part.path for part in parts)):
                write_file(self.path / name, (other.path / name).read_bytes())
            self.journal = Journal(parts, (saved,))
            write_journal(self.path, self.journal)
            return True
        return False

    def write_month(self, write: Callable[[], list[Part]]) -> None:
        """Begin to write the parts of a month that has ended, while the market goes on.

        Raises:
            StoppedError: those of the month before could not be written.
        """
        if self._last_month is not None:
            self._last_month.result()
        self._last_month = self._writer.submit(write)
        self._months.append(self._last_month)

    def save(self, state: Mapping[str, Any], day: int, month: int) -> None:
        """Begin to put a checkpoint on record: state at the midnight before `day`, with `month` the last month closed.

        The files of the months written since the last checkpoint go on record with it. A large checkpoint waits long
        for its disk, so it is written while the market goes on, after those files; `settle` waits for it. The journal
        comes last; until then the old one stays in force.
        """
        self.settle()
        members = checkpoint.snapshot(state)
        self._bytes = sum(member.nbytes for member in members)
        months, self._months = self._months, []
        self._under_way = self._writer.submit(self._put_on_record, members, day, month, months)

    def checkpoint_is_due(self, day: int) -> bool:
        """Whether the month that ends with `day` should end with a checkpoint: each month's does while checkpoints are
        small, and down to two a year as they grow, since a disk takes seconds to take a large one in and a market
        is simulated for half a year in less than a minute."""
        every = min(_MOST_MONTHS, 1 + self._bytes // _BYTES_A_MONTH)
        return date_of(day).month % every == 0

    def settle(self) -> None:
        """Wait until the checkpoint under way is on record; raises StoppedError if it could not be written."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def _put_on_record(
        self, state: list[checkpoint.Array], day: int, month: int, months: list[Future[list[Part]]]
    ) -> None:
        parts = [part for written in months for part in written.result()]
        last = self.journal.checkpoints[-1:]
        file = _CHECKPOINTS[1] if last and last[0].file == _CHECKPOINTS[0] else _CHECKPOINTS[0]
        saved = Saved(file, checkpoint.write(self.path / file, state), day, month)
        journal = Journal((*self.journal.parts, *parts), (*last, saved))
        write_journal(self.path, journal)
        self.journal = journal

    def finish(self, recorder: Recorder, summary: Mapping[str, Any], seconds: float, dates: tuple[str, str]) -> None:
        """Complete the run: content hashes, datapackage.json, kpi.csv, manifest, index of runs, and last DONE."""
        self.settle()
        manifest = self.manifest()
        folder = self.path.name
        write_file(self.path / "datapackage.json", describe(folder, f"Tables of run {folder}", self.journal.parts))
        write_file(self.path / "kpi.csv", kpi_csv(summary).encode())
        manifest.update(
            status="done",
            ended=now(),
            seconds=round(manifest["seconds"] + seconds, 3),
            peak_rss_bytes=peak_memory_bytes(),
            first_date=dates[0],
            last_date=dates[1],
            tables=self._content(recorder),
            summary=summary,
        )
        content = self._write_manifest(manifest)
        self.log("done")
        self._list_in_index(manifest)
        write_file(self.path / "DONE", f"{hashlib.sha256(content).hexdigest()}\n".encode())

    def note(self, status: str, reason: str, seconds: float) -> None:
        """Note that the run ended early, `stopped` (it can be resumed) or `failed`, if the disk still takes a note."""
        self.log(status, reason=reason)
        with contextlib.suppress(StoppedError):
            manifest = self.manifest()
            manifest.update(status=status, ended=now(), seconds=round(manifest["seconds"] + seconds, 3))
            self._write_manifest(manifest)

    def log(self, event: str, **facts: Any) -> None:
        """Append one line to `log.jsonl`; a log that finds no room must not stop a run that does."""
        line = json.dumps({"at": now(), "event": event, **facts}, ensure_ascii=False)
        with contextlib.suppress(OSError), (self.path / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def _newest(self, journal: Journal) -> tuple[Saved, dict[str, Any]]:
        faults = []
        for saved in reversed(journal.checkpoints):
            try:
                return saved, checkpoint.load(self.path / saved.file, saved.sha256)
            except StoppedError as fault:
                faults.append(str(fault))
                self.log("checkpoint refused", reason=str(fault))
        raise StoppedError("\n".join([*faults, f"{self.path}: no checkpoint is whole; simulate again with force"]))

    def _tidy(self) -> None:
        known = {part.path for part in self.journal.parts}
        for file in sorted(self.path.rglob("*.tmp")):
            file.unlink()
        for file in sorted(self.path.glob("tables/*/*")):
            if file.relative_to(self.path).as_posix() not in known:
                file.unlink()

    def _content(self, recorder: Recorder) -> dict[str, Any]:
        """Rows and content hash of every table kept, read back part by part."""
        content = {}
        for name in TABLES:
            if recorder.wants(name):
                schema = arrow_schema(name)
                hasher = ContentHash(schema)
                for part in self.journal.parts:
                    if part.table == name:
                        hasher.update(pq.read_table(self.path / part.path, schema=schema))
                content[name] = {"rows": hasher.rows, "sha256": hasher.hexdigest()}
        return content

    def _write_manifest(self, manifest: Mapping[str, Any]) -> bytes:
        content = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
        write_file(self.path / "manifest.json", content)
        return content

    def _list_in_index(self, manifest: Mapping[str, Any]) -> None:
        """One line per completed run in `index.csv` beside the run folders, the newest result of a folder last."""
        index = self.path.parent / "index.csv"
        facts = {**manifest, "folder": self.path.name, "sim": manifest["versions"]["sim"]}
        with locked(self.path.parent / ".index.lock", wait=True):
            rows = list(csv.DictReader(index.read_text(encoding="utf-8").splitlines())) if index.exists() else []
            rows = [row for row in rows if row["folder"] != self.path.name]
            rows.append({column: facts[column] for column in _INDEX_COLUMNS})
            write_file(index, _csv(_INDEX_COLUMNS, rows).encode())


def kpi_csv(summary: Mapping[str, Any]) -> str:
    """The figures of a summary, one a line: section, subject (its labels, joined by a slash), measure, value."""
    rows = []
    for section, content in summary.items():
        entries = (
            content if isinstance(content, list) else [content if isinstance(content, Mapping) else {section: content}]
        )
        for entry in (entry for entry in entries if isinstance(entry, Mapping)):
            subject = "/".join(value for value in entry.values() if isinstance(value, str))
            rows += [
                {"section": section, "subject": subject, "measure": measure, "value": value}
                for measure, value in entry.items()
                if isinstance(value, (int, float))
            ]
    return _csv(("section", "subject", "measure", "value"), rows)


def _csv(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
