"""A struct of arrays with documented columns: changed in place, never rebound, so no stale copy can exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Column:
    """One column: its NumPy type, unit and meaning."""

    dtype: str
    unit: str
    meaning: str


class Columns:
    """Named arrays of one shape. `columns.name` is the array; `columns.name = other` is refused.

    Columns of several dimensions are swept in order, so each has memory of its own. Columns of one dimension (`shape` a
    number) are looked up by row number, several columns at a time: a row's values stand side by side, so that a look-up
    waits for memory once.
    """

    def __init__(self, shape: int | tuple[int, ...], layout: dict[str, Column]) -> None:
        object.__setattr__(self, "layout", layout)
        if isinstance(shape, int):
            rows = _aligned_rows(shape, _row_type(layout))
            arrays = {name: rows[name] for name in layout}
        else:
            arrays = {name: np.zeros(shape, column.dtype) for name, column in layout.items()}
        self._hold(arrays)

    def _hold(self, arrays: dict[str, Array]) -> None:
        """Keep arrays by name, and as attributes: a kernel's call reads a score of them."""
        object.__setattr__(self, "_arrays", arrays)
        vars(self).update(arrays)

    def __getattr__(self, name: str) -> Array:
        arrays: dict[str, Array] = object.__getattribute__(self, "_arrays")
        raise AttributeError(f"no column '{name}'; columns are {', '.join(arrays)}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"column '{name}' is changed in place (columns.{name}[:] = ...), never rebound")

    def arrays(self) -> dict[str, Array]:
        """The arrays by name (views, not copies)."""
        return dict(object.__getattribute__(self, "_arrays"))

    def rows(self, first: int, last: int) -> Columns:
        """The rows from `first` to before `last` as columns of their own: views, so both see every change."""
        part = Columns(0, object.__getattribute__(self, "layout"))
        mine = object.__getattribute__(self, "_arrays")
        part._hold({name: array[first:last] for name, array in mine.items()})
        return part

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take copies of saved arrays, which may have another capacity than the present ones."""
        mine = object.__getattribute__(self, "_arrays")
        for name in mine:
            if mine[name].shape == arrays[name].shape:
                mine[name][...] = arrays[name]
            else:
                mine[name] = np.array(arrays[name], dtype=self.layout[name].dtype)
        self._hold(mine)

    def restore_with_room(self, arrays: dict[str, Array], capacity: int) -> None:
        """The same, with `capacity` along the last axis, where theirs may be shorter."""
        self._refill(arrays, capacity, capacity)

    def widen(self, capacity: int, used: int) -> None:
        """Grow the last axis to `capacity`, of which the first `used` are kept."""
        self._refill(object.__getattribute__(self, "_arrays"), capacity, used)

    def _refill(self, arrays: dict[str, Array], capacity: int, used: int) -> None:
        """New columns of this capacity, the first `used` filled, one column at a time so that the peak stays low."""
        mine = object.__getattribute__(self, "_arrays")
        for name, old in mine.items():
            kept = arrays[name][..., :used]
            wide = np.zeros((*old.shape[:-1], capacity), old.dtype)
            wide[..., : kept.shape[-1]] = kept
            mine[name] = wide
            self._hold(mine)

    def describe(self) -> str:
        """A table of meaning, unit, type and bytes per row."""
        layout: dict[str, Column] = object.__getattribute__(self, "layout")
        rows = [
            f"{n:<14}{c.dtype:<6}{np.dtype(c.dtype).itemsize:>3} B  {c.unit:<22}{c.meaning}" for n, c in layout.items()
        ]
        total = sum(np.dtype(c.dtype).itemsize for c in layout.values())
        return "\n".join([*rows, f"{total} bytes a row"])


_CACHE_LINE = 64


def _aligned_rows(count: int, row: np.dtype[Any]) -> Array:
    """Zeroed rows that begin on a cache line, so that rows of a power of two lie within one."""
    raw = np.zeros(count * row.itemsize + _CACHE_LINE, np.uint8)
    start = -raw.ctypes.data % _CACHE_LINE
    return raw[start : start + count * row.itemsize].view(row)


def _row_type(layout: dict[str, Column]) -> np.dtype[Any]:
    """A row of all columns, widest first so that nothing but the end needs padding."""
    widest_first = sorted(layout.items(), key=lambda item: -np.dtype(item[1].dtype).itemsize)
    return np.dtype([(name, column.dtype) for name, column in widest_first], align=True)
