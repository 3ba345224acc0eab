"""Every loss there was, as columns by loss id: what later losses name as their causes.

A cause is `origin` (nobody failed before: a borrower's default, or the loser's own business), the id of one earlier
loss, or `party[first..last]`: the losses that this party bore with ids from first to last, sharing in proportion to
their amounts. Ids rise and a cause is earlier than its effect, so that chains have no loops.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.ledger.arithmetic import largest_remainder
from sim.ledger.kinds import ORIGIN

BORNE: Final = re.compile(r"(?P<party>[^\[\]\s]+)\[(?P<first>\d+)\.\.(?P<last>\d+)\]")
"""The losses a party bore, as a cause."""

COLUMNS: Final = ("round", "fen", "loser", "day")
GONE: Final = -1
"""Loser of losses whose bearer was retired: it passes nothing on any more, and its number serves another."""


class LossRecord:
    """Round, amount, loser (party number) and day of each loss, and what each party has passed on of its own."""

    def __init__(self) -> None:
        self._columns = {name: array("q") for name in COLUMNS}
        self._passed_on: dict[str, int] = {}  # party -> fen lost by others for which its losses were named

    def __len__(self) -> int:
        return len(self._columns["fen"])

    def knows(self, cause: str, number: dict[str, int]) -> bool:
        """Whether a cause names losses that there have been; `number` is that of each party."""
        if cause == ORIGIN:
            return True
        borne = BORNE.fullmatch(cause)
        if borne is not None:
            return borne["party"] in number and int(borne["first"]) <= int(borne["last"]) < len(self)
        return cause.isdecimal() and int(cause) < len(self)

    def add(self, fen: int, loser: int, day: int, in_round: int) -> int:
        """Record a loss; returns its id."""
        columns, number = self._columns, len(self)
        columns["round"].append(in_round)
        columns["fen"].append(fen)
        columns["loser"].append(loser)
        columns["day"].append(day)
        return number

    def split(self, fen: int, causes: Sequence[str], number: dict[str, int]) -> list[tuple[int, str, int]]:
        """(fen, cause, round) of the rows of one loss: one a cause, in proportion to the ids' amounts, none of 0."""
        if len(causes) == 1:
            return [(fen, causes[0], self._round_after(causes[0], number))] if fen else []
        parts = largest_remainder(fen, [self._columns["fen"][int(cause)] for cause in causes])
        return [
            (part, cause, self._round_after(cause, number)) for part, cause in zip(parts, causes, strict=True) if part
        ]

    def _round_after(self, cause: str, number: dict[str, int]) -> int:
        if cause == ORIGIN:
            return 0
        borne = BORNE.fullmatch(cause)
        if borne is None:
            return self._columns["round"][int(cause)] + 1
        ids = self._of(number[borne["party"]])
        ids = ids[(ids >= int(borne["first"])) & (ids <= int(borne["last"]))]
        return int(self._column("round")[ids].max(initial=0)) + 1

    def causes(self, party: str, number: int, lost: Sequence[int], since: int) -> list[list[tuple[int, str]]]:
        """What others lose by a party's failure, each amount split into (fen, cause).

        Cause is what the party bore from day `since` on, as far as it has not been named for other losses yet, shared
        by the amounts in proportion (largest remainder). What exceeds that comes from its own business: `origin`.
        """
        ids, fen = self._of(number), self._column("fen")
        recent = ids[self._column("day")[ids] >= since]
        free = min(int(fen[recent].sum()), int(fen[ids].sum()) - self._passed_on.get(party, 0))
        total = sum(lost)
        named = largest_remainder(max(0, min(free, total)), lost) if total else [0] * len(lost)
        cause = f"{party}[{recent.min()}..{recent.max()}]" if recent.size else ""
        return [
            [(part, why) for part, why in ((known, cause), (fen - known, ORIGIN)) if part]
            for fen, known in zip(lost, named, strict=True)
        ]

    def pass_on(self, cause: str, fen: int) -> None:
        """What a party bore has been named for a loss of `fen`."""
        if cause == ORIGIN:
            return
        borne = BORNE.fullmatch(cause)
        if borne is not None:
            self._passed_on[borne["party"]] = self._passed_on.get(borne["party"], 0) + fen

    def forget(self, party: str, number: int) -> None:
        """The party is no more."""
        self._passed_on.pop(party, None)
        for loss in self._of(number).tolist():
            self._columns["loser"][loss] = GONE

    def _column(self, name: str) -> NDArray[np.int64]:
        return np.array(self._columns[name], dtype=np.int64)

    def _of(self, number: int) -> NDArray[np.intp]:
        """Ids of the losses that a party bore."""
        return np.flatnonzero(self._column("loser") == number)

    def arrays(self) -> dict[str, NDArray[np.int64]]:
        """The columns, for a checkpoint."""
        return {f"loss_{name}": self._column(name) for name in COLUMNS}

    def plain(self) -> dict[str, int]:
        """What is not in columns, for a checkpoint."""
        return dict(self._passed_on)

    def restore(self, arrays: dict[str, Any], plain: dict[str, int]) -> None:
        """Become the record that was saved; takes its columns out of `arrays`."""
        self._columns = {name: array("q", arrays.pop(f"loss_{name}").tolist()) for name in COLUMNS}
        self._passed_on = dict(plain)
