"""How figures look, and how one is kept: as PNG and as SVG, the same bytes for the same numbers."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from sim.records.files import write_file

BASE_COLOUR: Final = "#6b7280"
POLICY_COLOUR: Final = "#1d4ed8"
LIMIT_COLOUR: Final = "#b91c1c"
PARTS: Final = ("#1d4ed8", "#0d9488", "#d97706", "#9ca3af")
_STYLE: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "sim", "font.size": 9, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.color": "#e5e7eb", "axes.axisbelow": True,
    "legend.frameon": False, "figure.dpi": 110, "axes.titlesize": 10, "axes.titlelocation": "left",
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A figure on disk and what it shows; `svg` is its drawing, to stand in a page."""

    name: str
    title: str
    caption: str
    svg: str


def canvas(rows: int = 1, columns: int = 1, *, height: float = 3.4, width: float = 9.2) -> tuple[Canvas, list[Axes]]:
    """A figure with its panels, in the house style."""
    with mpl.rc_context(_STYLE):
        made = Canvas(figsize=(width, height * rows), layout="constrained")
        panels: Any = made.subplots(rows, columns, squeeze=False)
    return made, [panel for line in panels for panel in line]


def keep(made: Canvas, folder: Path, name: str, title: str, caption: str) -> Figure:
    """Write a figure as PNG and SVG."""
    with mpl.rc_context(_STYLE):
        png, svg = io.BytesIO(), io.StringIO()
        made.savefig(png, format="png", dpi=150, metadata={"Software": None})
        FigureCanvasSVG(made).print_svg(svg, metadata={"Date": None, "Creator": None})
    write_file(folder / f"{name}.png", png.getvalue())
    write_file(folder / f"{name}.svg", svg.getvalue().encode())
    return Figure(name, title, caption, svg.getvalue()[svg.getvalue().index("<svg") :])


def days(texts: Sequence[str]) -> list[float]:
    """ISO dates, or months as their first day, as places on an axis of time."""
    dates = [datetime.date.fromisoformat(text if len(text) > 7 else f"{text}-01") for text in texts]
    return [float(mdates.date2num(date)) for date in dates]


def time_axis(panel: Axes) -> None:
    """Months or years as the span needs, without crowding."""
    locator = mdates.AutoDateLocator(minticks=3, maxticks=7)
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))


def band(panel: Axes, rows: Sequence[dict[str, Any]], colour: str, label: str, *, key: str = "date") -> None:
    """A line of means within its interval; an interval without bounds (one seed) is left out."""
    when = days([row[key] for row in rows])
    panel.plot(when, [row["mean"] for row in rows], color=colour, label=label, linewidth=1.6)
    if all(abs(row["high"] - row["low"]) < float("inf") for row in rows):
        panel.fill_between(
            when, [row["low"] for row in rows], [row["high"] for row in rows], color=colour, alpha=0.15, linewidth=0
        )


def announced(panel: Axes, first_day: str | None) -> None:
    """Mark the first day on which the policy can be felt."""
    if first_day is not None:
        panel.axvline(days([first_day])[0], color="#111827", linewidth=0.8, linestyle=":")
