"""Checkpoints: the state of a market at a midnight as plain arrays and JSON in one file that knows its own hash.

The file is an ordinary uncompressed `.npz`: each array is a member, the JSON is a member of UTF-8 bytes, and the
comment that ends a zip file holds the SHA-256 of every byte before it. Nothing in it can be executed, and no changed
bit goes unseen.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from sim.errors import SimError, StoppedError
from sim.records.files import replacing

Array: TypeAlias = np.ndarray[Any, Any]

_HASH_LENGTH = 64
_PIECE = 1 << 20
_NESTS = (dict, list, tuple)


def save(path: Path, state: Mapping[str, Any]) -> str:
    """Write `state` durably and return its SHA-256, see `snapshot` and `write`."""
    return write(path, snapshot(state))


def snapshot(state: Mapping[str, Any]) -> list[Array]:
    """The members of the file that holds `state`: copies, so that the market can go on before they are written.

    `state` is `{"arrays": nested dict of numpy arrays, "json": whatever JSON can hold}`. Tuples come back as lists.

    Raises:
        SimError: the state holds something else (objects in arrays, keys that are no strings, NaN in the JSON).
    """
    members: list[Array] = []
    content = _encode({"json": state["json"], "arrays": _enumerate(state["arrays"], members, "arrays")})
    return [*members, np.frombuffer(content, dtype=np.uint8)]


def write(path: Path, members: list[Array]) -> str:
    """Write a snapshot durably and return its SHA-256, by which `load` knows it again.

    Raises:
        StoppedError: the file cannot be written; an older one of that name is untouched.
    """
    with replacing(path) as file:
        hashing = _Hashing(file)
        with zipfile.ZipFile(hashing, "w", zipfile.ZIP_STORED) as archive:
            archive.comment = b"0" * _HASH_LENGTH
            for number, array in enumerate(members):
                with archive.open(f"{number}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array_header_1_0(member, np.lib.format.header_data_from_array_1_0(array))
                    member.write(array.reshape(-1).view(np.uint8).data)  # as it lies in memory
        digest = hashing.hexdigest()
        file.seek(-_HASH_LENGTH, os.SEEK_END)
        file.write(digest.encode())
    return digest


class _Hashing(io.RawIOBase):
    """Writes through to a file, from beginning to end, and hashes all but the last bytes, where the hash goes: so a
    checkpoint need not be read again. It cannot be sought in, so the archive puts sizes after the members."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hasher, self._end = file, hashlib.sha256(), b""

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._file.write(content)
        piece = memoryview(content)
        if piece.nbytes < _HASH_LENGTH:
            piece = memoryview(self._end + piece)
        else:
            self._hasher.update(self._end)
        self._hasher.update(piece[:-_HASH_LENGTH])
        self._end = bytes(piece[-_HASH_LENGTH:])
        return len(content)

    def hexdigest(self) -> str:
        return self._hasher.hexdigest()


def load(path: Path, sha256: str | None = None) -> dict[str, Any]:
    """The state that `save` wrote; `sha256`: what it returned, to be sure that this is that very file.

    Raises:
        StoppedError: the file is missing, damaged or another one; the message names it.
    """
    try:
        digest = _hash_all_but_end(path)
        with path.open("rb") as file:
            file.seek(-_HASH_LENGTH, os.SEEK_END)
            stored = file.read()
    except OSError as fault:
        raise StoppedError(f"{path}: the checkpoint cannot be read: {fault.strerror or fault}") from fault
    if stored != digest.encode() or (sha256 is not None and sha256 != digest):
        raise StoppedError(f"{path}: the checkpoint is damaged: its content does not match its SHA-256")
    with np.load(path, allow_pickle=False) as archive:
        members = [archive[str(number)] for number in range(len(archive.files))]
    content = json.loads(members.pop().tobytes())
    return {"arrays": _gather(content["arrays"], members), "json": content["json"]}


def _enumerate(tree: Mapping[str, Any], members: list[Array], where: str) -> dict[str, Any]:
    """The tree with each array replaced by its number among the members, so that names may hold any character."""
    numbered: dict[str, Any] = {}
    for name, node in tree.items():
        if isinstance(node, Mapping):
            numbered[name] = _enumerate(node, members, f"{where}.{name}")
        elif isinstance(node, np.ndarray) and not node.dtype.hasobject:
            numbered[name] = len(members)
            members.append(np.array(node, order="C"))
        else:
            kind = f"array of {node.dtype}" if isinstance(node, np.ndarray) else type(node).__name__
            raise SimError(f"checkpoint state {where}.{name}: only arrays of plain numbers can be saved, got {kind}")
    return numbered


def _gather(tree: Mapping[str, Any], members: list[Array]) -> dict[str, Any]:
    return {name: _gather(node, members) if isinstance(node, dict) else members[node] for name, node in tree.items()}


def _encode(content: Any) -> bytes:
    other = _other_key(content)
    if other is not None:
        where = ".".join(("state", *other[:-1]))
        raise SimError(f"checkpoint state: {where} has the key {other[-1]!r}; keys must be strings")
    try:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as fault:
        raise SimError(f"checkpoint state: the JSON part cannot be saved: {fault}") from fault


def _other_key(node: Any) -> tuple[Any, ...] | None:
    """The way to a key that is no string: JSON would turn the key 7 into "7" without a word, and the resumed run would
    look for 7 in vain."""
    entries = node.items() if isinstance(node, Mapping) else (("", value) for value in node)
    for key, value in entries:
        if not isinstance(key, str):
            return (key,)
        if isinstance(value, _NESTS) and (found := _other_key(value)) is not None:
            return (key, *found) if key else found
    return None


def _hash_all_but_end(path: Path) -> str:
    """SHA-256 of the file less the hash in its last bytes."""
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        left = path.stat().st_size - _HASH_LENGTH
        if left < 0:
            raise OSError(f"only {left + _HASH_LENGTH} bytes long")
        while left > 0:
            piece = _read_piece(file, left)
            hasher.update(piece)
            left -= len(piece)
    return hasher.hexdigest()


def _read_piece(file: BinaryIO, left: int) -> bytes:
    piece = file.read(min(_PIECE, left))
    if not piece:
        raise OSError("shorter than when it was opened")
    return piece
