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
    """Named arrays of one shape. `columns.name` is the array; `columns.name = other` is refused."""

    def __init__(self, shape: int | tuple[int, ...], layout: dict[str, Column]) -> None:
        object.__setattr__(self, "layout", layout)
        object.__setattr__(self, "_arrays", {name: np.zeros(shape, column.dtype) for name, column in layout.items()})

    def __getattr__(self, name: str) -> Array:
        arrays: dict[str, Array] = object.__getattribute__(self, "_arrays")
        try:
            return arrays[name]
        except KeyError:
            raise AttributeError(f"no column '{name}'; columns are {', '.join(arrays)}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"column '{name}' is changed in place (columns.{name}[:] = ...), never rebound")

    def arrays(self) -> dict[str, Array]:
        """The arrays by name (views, not copies)."""
        return dict(object.__getattribute__(self, "_arrays"))

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take saved arrays, which may have another capacity than the present ones."""
        mine = object.__getattribute__(self, "_arrays")
        for name in mine:
            mine[name] = np.array(arrays[name], dtype=self.layout[name].dtype)

    def widen(self, capacity: int) -> None:
        """Grow the last axis to `capacity`, one column at a time so that the peak stays low."""
        mine = object.__getattribute__(self, "_arrays")
        for name, old in mine.items():
            wide = np.zeros((*old.shape[:-1], capacity), old.dtype)
            wide[..., : old.shape[-1]] = old
            mine[name] = wide

    def describe(self) -> str:
        """A table of meaning, unit, type and bytes per row."""
        layout: dict[str, Column] = object.__getattribute__(self, "layout")
        rows = [f"{n:<14}{c.dtype:<6}{np.dtype(c.dtype).itemsize:>3} B  {c.unit:<22}{c.meaning}" for n, c in layout.items()]
        total = sum(np.dtype(c.dtype).itemsize for c in layout.values())
        return "\n".join([*rows, f"{total} bytes a row"])
