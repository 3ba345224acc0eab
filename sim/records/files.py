"""Files that are either the old one or the new one, never half of each; and locks that die with their owner."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sim.errors import ScenarioError, StoppedError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST}


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open `.name.tmp` beside `path` for writing; on leaving, make it durable and put it in the place of `path`.

    File and folder are synced, so after a crash at any moment `path` is wholly old or wholly new.

    Raises:
        StoppedError: the disk is full, read-only or refuses; `path` is as it was and the message names it.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - the name crash tests take hold of
        _sync_folder(path.parent)
    except OSError as fault:
        written = _discard(temporary)
        raise StoppedError(_explain(fault, path, written)) from fault


def write_file(path: Path, content: bytes) -> None:
    """Replace `path` by `content`, durably (see `replacing`)."""
    with replacing(path) as file:
        file.write(content)


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of the bytes of a file; raises OSError as `open` does."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[BinaryIO]:
    """Hold the lock file at `path`, with our process id in it when it is exclusive to a run (`wait=False`).

    The operating system drops the lock when its process dies, however it dies, so a file left behind by a dead process
    is simply taken over. `wait` waits for the holder instead of refusing.

    Raises:
        ScenarioError: a file stands where a folder should; the message names it.
        StoppedError: another process holds the lock; the message names it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as fault:
        if fault.errno in _NO_FOLDER:
            raise ScenarioError(no_folder(path.parent)) from fault
        raise StoppedError(_explain(fault, path, 0)) from fault
    with file:
        try:
            _take_lock(file, wait)
        except OSError as fault:
            file.seek(0)
            holder = file.read().decode(errors="replace").strip() or "unknown"
            raise StoppedError(
                f"{path.parent}: in use by process {holder}; wait for it to end, or stop it, and try again"
            ) from fault
        if not wait:
            file.truncate(0)
            file.write(f"{os.getpid()}\n".encode())
            file.flush()
        yield file


def standing(folder: Path, said: str) -> str:
    """How a run folder stands whose manifest says running, stopped, failed or done: what is said to run, though no
    process holds the folder, was killed, and is `broken off`."""
    if (folder / "DONE").exists():
        return "done"
    return "broken off" if said == "running" and not _in_use(folder / "lock") else said


def _in_use(path: Path) -> bool:
    try:
        with path.open("r+b") as file:
            _take_lock(file, wait=False)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _take_lock(file: BinaryIO, wait: bool) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return  # Windows has no handle on folders to sync
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(temporary: Path) -> int:
    """Remove a half-written file, so that it does not hold the space a later try needs; its size in bytes."""
    try:
        size = temporary.stat().st_size
        temporary.unlink()
    except OSError:
        return 0
    return size


def no_folder(path: Path) -> str:
    """Which part of a path is a file where a folder should be; nothing where all that exists of it are folders."""
    files = [part for part in (*reversed(path.parents), path) if part.exists() and not part.is_dir()]
    return f"{files[0]}: is a file, not a folder; name a folder to write to" if files else ""


def _explain(fault: OSError, path: Path, written: int) -> str:
    if fault.errno not in _FULL:
        return f"{path}: cannot be written: {fault.strerror or fault}; make the folder writable and resume the run"
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError:
        free = 0
    return (
        f"{path}: the disk is full: {free:,} bytes are free, and this file needs more than the {written:,} bytes "
        "that found room; free some space and resume the run"
    )
