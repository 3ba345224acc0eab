"""The claim table: one row per (kind, creditor, debtor, deal, rank, state), as columns of integers."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.ledger.kinds import Key, Kind, State

AMOUNTS: Final = ("nominal", "accrued", "allowance", "mark", "undrawn")
FREE_ROW: Final = -1


def fen_column(length: int) -> array[int]:
    """Zeros of int64 that are read and written one by one; `numpy.asarray` gives a view of the same memory."""
    return array("q", bytes(8 * length))


class ClaimTable:
    """Columns of all claims; a row keeps its number until it is dropped, then the number is used again.

    Amounts are int64 fen, in arrays of the standard library, which read and write single cells faster than NumPy and
    refuse what does not fit; `column` shows that memory to NumPy. `creditor` and `debtor` hold party numbers, `kind`
    is -1 where the row is free. `committed` says that draws are limited by `undrawn`. The first `used` rows may be
    occupied; those beyond never were. `notes` lists each creditor's rows of notes in order, and `bonds` each debtor's
    rows of bonds, since they are asked for all day and the table holds thousands; `of_deal` holds the rows whose key
    names a deal. `drops` counts dropped rows: who keeps row numbers knows by it that all are still good.
    """

    def __init__(self, capacity: int = 256) -> None:
        self.used = 0
        self.drops = 0
        self.keys: list[Key | None] = []
        self.rows: dict[tuple[Kind, str, str, str, int, State], int] = {}  # by key
        self.notes: dict[int, list[int]] = {}
        self.bonds: dict[int, list[int]] = {}
        self.of_deal: dict[str, set[int]] = {}
        self.free: list[int] = []
        self.kind = np.full(capacity, FREE_ROW, dtype=np.int64)
        self.state = np.zeros(capacity, dtype=np.int64)
        self.creditor = np.zeros(capacity, dtype=np.int64)
        self.debtor = np.zeros(capacity, dtype=np.int64)
        self.committed = np.zeros(capacity, dtype=np.bool_)
        self.nominal = fen_column(capacity)
        self.accrued = fen_column(capacity)
        self.allowance = fen_column(capacity)
        self.mark = fen_column(capacity)
        self.undrawn = fen_column(capacity)

    def open(self, key: Key, creditor: int, debtor: int) -> int:
        """A new row of zeros for `key`, whose ends have the party numbers given."""
        if self.free:
            row = self.free.pop()
            self.keys[row] = key
        else:
            row = self.used
            self.used += 1
            self.keys.append(key)
            if row == len(self.kind):
                self._double()
        self.rows[key] = row
        self.kind[row] = key.kind
        self.state[row] = key.state
        self.creditor[row] = creditor
        self.debtor[row] = debtor
        self.of_deal.setdefault(key.deal, set()).add(row)
        if key.kind is Kind.TRANCHE:
            insort(self.notes.setdefault(creditor, []), row)
        elif key.kind is Kind.BOND:
            insort(self.bonds.setdefault(debtor, []), row)
        return row

    def drop(self, row: int) -> None:
        """Free a row, which must be all zeros."""
        key = self.keys[row]
        if key is None or not self.is_zero(row):
            raise ValueError(f"claim {row} ({key}) is free or not zero; only a row of zeros can be dropped")
        del self.rows[key]
        named = self.of_deal[key.deal]
        named.remove(row)
        if not named:
            del self.of_deal[key.deal]
        if key.kind is Kind.TRANCHE:
            _forget(self.notes[int(self.creditor[row])], row)
        elif key.kind is Kind.BOND:
            _forget(self.bonds[int(self.debtor[row])], row)
        self.drops += 1
        self.keys[row] = None
        self.kind[row] = FREE_ROW
        self.committed[row] = False
        self.free.append(row)

    def is_zero(self, row: int) -> bool:
        """Whether every amount of the row is 0."""
        return not any(getattr(self, name)[row] for name in AMOUNTS)

    def column(self, name: str) -> NDArray[np.int64]:
        """The occupied part of a column of integers."""
        column: NDArray[np.int64] = np.asarray(getattr(self, name))[: self.used]
        return column

    def carrying(self) -> NDArray[np.int64]:
        """What each row is worth to its creditor: nominal + accrued - allowance + mark."""
        return self.owed() - self.column("allowance") + self.column("mark")

    def owed(self) -> NDArray[np.int64]:
        """What each row's debtor owes: nominal + accrued."""
        return self.column("nominal") + self.column("accrued")

    def liability(self) -> NDArray[np.int64]:
        """What each row weighs on its debtor: what is owed, and nothing for a share."""
        return np.where(self.column("kind") == Kind.SHARE, 0, self.owed())

    def arrays(self) -> dict[str, NDArray[np.int64]]:
        """Copies of the columns that the keys do not imply."""
        names = ("creditor", "debtor", *AMOUNTS)
        return {name: self.column(name).copy() for name in names} | {
            "committed": self.committed[: self.used].astype(np.int64)
        }

    @classmethod
    def rebuilt(cls, keys: list[Key | None], free: list[int], arrays: dict[str, NDArray[np.int64]]) -> ClaimTable:
        """The table that gave these keys, free rows and `arrays`."""
        table = cls(max(256, len(keys)))
        table.used, table.keys, table.free = len(keys), list(keys), list(free)
        for name, values in arrays.items():
            np.asarray(getattr(table, name))[: table.used] = values
        for row, key in enumerate(keys):
            if key is not None:
                table.rows[key] = row
                table.of_deal.setdefault(key.deal, set()).add(row)
                table.kind[row], table.state[row] = key.kind, key.state
                if key.kind is Kind.TRANCHE:
                    table.notes.setdefault(int(table.creditor[row]), []).append(row)
                elif key.kind is Kind.BOND:
                    table.bonds.setdefault(int(table.debtor[row]), []).append(row)
        return table

    def _double(self) -> None:
        for name in ("kind", "state", "creditor", "debtor", "committed"):
            column = getattr(self, name)
            spare = np.full_like(column, FREE_ROW if name == "kind" else 0)
            setattr(self, name, np.concatenate((column, spare)))
        for name in AMOUNTS:  # a new array, since views keep the old one's length
            column = getattr(self, name)
            setattr(self, name, column + fen_column(len(column)))


def _forget(rows: list[int], row: int) -> None:
    """Take a row out of rows in order."""
    del rows[bisect_left(rows, row)]


def key_from_plain(plain: list[str | int]) -> Key:
    """A key from the plain list that JSON gives back for it."""
    kind, creditor, debtor, deal, rank, state = plain
    return Key(Kind(int(kind)), str(creditor), str(debtor), str(deal), int(rank), State(int(state)))
