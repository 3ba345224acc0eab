"""Tables on the terminal, and plain ones in files and pipes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.cli.answers import TABLE_WIDTH


def console() -> Console:
    """The console of the answers; rich leaves colours away by itself when NO_COLOR is set or nobody looks."""
    seen = Console()
    return seen if seen.is_terminal else Console(width=TABLE_WIDTH)


def table(title: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table without frames; numbers stand to the right, and texts are shown as they are."""
    rows = [list(row) for row in rows]
    made = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(names):
        cells = [row[place] for row in rows]
        made.add_column(name, justify="right" if cells and all(map(_is_number, cells)) else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return made


def _is_number(cell: Any) -> bool:
    if isinstance(cell, int | float):
        return True
    text = str(cell if cell is not None else "").replace(",", "").lstrip("<-+ ")
    return text in ("", "–") or text.replace(".", "", 1).isdigit()
