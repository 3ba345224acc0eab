"""Checkpoints come back equal, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import SimError, StoppedError
from sim.records.checkpoint import load, save


def state() -> dict[str, Any]:
    arrays = {
        "ledger": {"nominal_fen": np.array([2**62, -1, 0]), "spv:d/income": np.zeros((2, 0), np.uint8)},
        "scalar": np.array(7, np.int32),
        "turned": np.arange(6, dtype="<i2").reshape(2, 3).T,
        "empty": {},
    }
    return {"arrays": arrays, "json": {"day": 3, "names": ["花呗", None, 1.5, True], "big": 2**80}}


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    digest = save(path, state())
    back = load(path, digest)
    assert back["json"] == state()["json"]
    assert back["arrays"].keys() == state()["arrays"].keys()
    assert back["arrays"]["empty"] == {}
    for got, given in (
        (back["arrays"]["ledger"]["nominal_fen"], state()["arrays"]["ledger"]["nominal_fen"]),
        (back["arrays"]["ledger"]["spv:d/income"], state()["arrays"]["ledger"]["spv:d/income"]),
        (back["arrays"]["scalar"], state()["arrays"]["scalar"]),
        (back["arrays"]["turned"], state()["arrays"]["turned"]),
    ):
        assert (got.dtype, got.shape) == (given.dtype, given.shape)
        assert (got == given).all()


def test_same_state_same_bytes_and_readable_by_numpy(tmp_path: Path) -> None:
    assert save(tmp_path / "a.npz", state()) == save(tmp_path / "b.npz", state())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        assert archive["0"].tolist() == [2**62, -1, 0]


def test_every_flipped_bit_is_detected(tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    save(path, state())
    whole = path.read_bytes()
    for position in range(0, len(whole), 3):
        torn = bytearray(whole)
        torn[position] ^= 1 << position % 8
        path.write_bytes(torn)
        with pytest.raises(StoppedError, match=r"c\.npz: the checkpoint is damaged"):
            load(path)


@pytest.mark.parametrize("length", [0, 10, 64, 200, -1])
def test_torn_missing_and_exchanged_files_are_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "c.npz"
    digest = save(path, state())
    with pytest.raises(StoppedError, match="damaged"):
        load(path, digest[::-1])
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(StoppedError, match=r"c\.npz"):
        load(path)
    with pytest.raises(StoppedError, match=r"none\.npz.*cannot be read"):
        load(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("arrays", "plain", "message"),
    [
        ({"a": {"b": np.array([object()])}}, {}, r"arrays\.a\.b: only arrays of plain numbers"),
        ({"a": [1, 2]}, {}, r"arrays\.a.*got list"),
        ({}, {"x": {7: 1}}, "has the key 7; keys must be strings"),
        ({}, {"x": float("nan")}, "JSON part cannot be saved"),
        ({}, {"x": np.int64(3)}, "JSON part cannot be saved"),
    ],
)
def test_what_cannot_come_back_is_not_saved(
    tmp_path: Path, arrays: dict[str, Any], plain: dict[str, Any], message: str
) -> None:
    with pytest.raises(SimError, match=message):
        save(tmp_path / "c.npz", {"arrays": arrays, "json": plain})
    assert not (tmp_path / "c.npz").exists()
