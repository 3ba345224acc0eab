"""Where scenario files may be found, and how one is read without trusting what it is."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from sim.scenario.messages import MOST_NAMES, did_you_mean, listing, shown

LARGEST = 1_000_000
"""Bytes in one scenario file."""
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""What a scenario may be called: its name becomes the name of a folder."""
NAME_RULE = "use 1 to 64 lower-case letters, digits, - and _, beginning with a letter or digit"

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class RefusedError(Exception):
    """A file that cannot or must not be read; the message says why."""


def shipped_root() -> Path | None:
    """The folder of the scenarios that come with the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "scenarios", package.parent / "scenarios"):
        if folder.is_dir():
            return folder
    return None


def shipped() -> list[str]:
    """Every shipped scenario, by its path below the folder of shipped scenarios."""
    root = shipped_root()
    return sorted(file.relative_to(root).as_posix() for file in root.rglob("*.yaml")) if root else []


def scenario_root(folder: Path) -> Path:
    """The folder that `extends` may not leave: the topmost one named `scenarios`, else the file's own folder."""
    for above in (*reversed(folder.parents), folder):
        if above.name == "scenarios":
            return above
    return folder


def find(path: str | os.PathLike[str]) -> Path:
    """A scenario named by a user: relative to the working directory or, if absent there, among the shipped ones.

    Raises RefusedError if there is no such file, with the nearest one that exists.
    """
    text = os.fspath(path)
    if "\0" in text:
        raise RefusedError("a file name cannot hold a NUL character")
    here = Path(text)
    if os.path.lexists(here):
        return here
    root = shipped_root()
    if root is not None and not here.is_absolute() and ".." not in here.parts:
        parts = here.parts[1:] if here.parts[:1] == ("scenarios",) else here.parts
        candidate = root.joinpath(*parts)
        if parts and os.path.lexists(candidate):
            return candidate
    raise RefusedError(f"there is no such file{_nearest(here)}")


def _nearest(absent: Path) -> str:
    try:
        beside = [str(absent.parent / file.name) for file in absent.parent.glob("*.yaml")]
    except OSError:
        beside = []
    hint = did_you_mean(absent, [*beside, *shipped()])
    return hint or (f"; shipped scenarios: {listing(shipped(), most=MOST_NAMES)}" if shipped() else "")


def extended(word: str, file: Path, root: Path) -> Path:
    """The file that `extends: word` names in `file`: beside it, or else among the shipped scenarios.

    Raises RefusedError for absolute paths, odd names, and anything outside `root` and the shipped scenarios.
    """
    parts = word.split("/")
    if word.startswith("/") or "\\" in word or re.match(r"[A-Za-z]:", word):
        raise RefusedError(f"{shown(word)} must be a path relative to this file, with / between folders")
    if not word.endswith((".yaml", ".yml")):
        raise RefusedError(f"{shown(word)} must name a .yaml file")
    names = [*parts[:-1], parts[-1].rsplit(".", 1)[0]]
    if odd := [name for name in names if name not in (".", "..") and not NAME.fullmatch(name)]:
        raise RefusedError(f"{shown(odd[0])} is no name for a scenario or its folder: {NAME_RULE}")
    beside = Path(os.path.normpath(file.parent / word))
    if not beside.is_relative_to(root):
        raise RefusedError(f"{shown(word)} leaves the scenario folder {shown(shown_name(root))}")
    if os.path.lexists(beside):
        return beside
    above = shipped_root()
    if above is not None and ".." not in parts and (above / word).is_file():
        return above / word
    raise RefusedError(f"there is no file {shown(word)}{_nearest_word(word, file)}")


def _nearest_word(word: str, file: Path) -> str:
    """What `extends` in `file` could have named instead: a shipped scenario of the same file name, or the nearest word
    of what lies beside it or is shipped."""
    name = word.rpartition("/")[2]
    same = [known for known in shipped() if known.rpartition("/")[2] == name]
    beside = sorted(found.name for found in file.parent.glob("*.yaml") if found.name != file.name)
    hint = f"; did you mean '{same[0]}'?" if same else did_you_mean(word, [*beside, *shipped()])
    return hint or (f"; shipped scenarios: {listing(shipped(), most=MOST_NAMES)}" if shipped() else "")


def inside(file: Path, root: Path) -> None:
    """Raise RefusedError if the file, links followed, lies outside `root` and the shipped scenarios."""
    real = file.resolve()
    above = shipped_root()
    allowed = [root] if above is None else [root, above]
    if not any(real.is_relative_to(folder.resolve()) for folder in allowed):
        raise RefusedError("is a link that leaves the scenario folder")


def read(file: Path) -> str:
    """The text of a regular UTF-8 file of at most LARGEST bytes; RefusedError otherwise. Never waits on a pipe."""
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise RefusedError(f"cannot be opened: {error.strerror}") from error
    try:
        kind = os.fstat(handle).st_mode
        if stat.S_ISDIR(kind):
            raise RefusedError("is a folder, not a file")
        if not stat.S_ISREG(kind):
            raise RefusedError("is not a regular file")
        content = _first_bytes(handle, LARGEST + 1)
    finally:
        os.close(handle)
    if len(content) > LARGEST:
        raise RefusedError(f"is larger than {LARGEST:,} bytes")
    if content.startswith(_BOMS):
        raise RefusedError("begins with a byte order mark: save it as UTF-8 without one")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RefusedError(f"is not UTF-8 text: byte 0x{content[error.start]:02x} in line {line}") from error


def _first_bytes(handle: int, most: int) -> bytes:
    parts: list[bytes] = []
    left = most
    while left and (part := os.read(handle, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def shown_name(file: Path) -> str:
    """A file as messages name it: relative to the working directory if it lies below, else in full."""
    try:
        return str(file.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(file)
