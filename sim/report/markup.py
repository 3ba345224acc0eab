"""Pieces of a page: every text is escaped, nothing is fetched, and it prints well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

Show = Callable[[Mapping[str, Any]], str]

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #111827; max-width: 1080px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { margin-top: 2.4rem; font-size: 1.2rem; }
.lead { color: #374151; margin-top: 0; }
.opening { display: grid; grid-template-columns: repeat(3, 1fr); gap: .8rem; margin: 1.4rem 0; }
.opening > div { border: 1px solid #d1d5db; border-top: 4px solid #1d4ed8; border-radius: 6px; padding: .8rem; }
.opening .q { font-weight: 600; }
.opening .n { font-size: 1.5rem; font-weight: 700; line-height: 1.2; margin: .3rem 0 0; }
.opening .i { color: #374151; font-size: .85rem; } .opening .w { color: #4b5563; font-size: .82rem; margin-top: .5rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; margin: .6rem 0; }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid #e5e7eb; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } td.n { white-space: nowrap; }
.wide { overflow-x: auto; } .wide td { overflow-wrap: break-word; }
tr.clear td { font-weight: 600; }
figure { margin: 1.4rem 0; break-inside: avoid; } figure svg { width: 100%; height: auto; }
figcaption { color: #4b5563; font-size: .85rem; }
code, pre { font: .82rem/1.4 ui-monospace, monospace; background: #f3f4f6; border-radius: 4px; padding: .1rem .3rem; }
pre { padding: .7rem; white-space: pre-wrap; } details { margin: .5rem 0; } summary { cursor: pointer; }
.note { border-left: 4px solid #d97706; padding: .2rem .8rem; background: #fffbeb; }
@media (max-width: 800px) { .opening { grid-template-columns: 1fr 1fr; } }
@media print { body { margin: 0; max-width: none; } details { display: block; } }
"""


LEAST_TOLD = 1e-6
"""Numbers below this are nought: differences of a few fen, of amounts told in bn yuan."""


def page(title: str, *sections: str) -> str:
    """A whole page."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(sections)
        + "\n</body></html>\n"
    )


def heading(text: str, level: int = 2) -> str:
    """A heading."""
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph, of a class of the style sheet if named."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def code(text: str) -> str:
    """Text as it is typed."""
    return f"<pre>{escape(text)}</pre>"


def drawing(title: str, svg: str, caption: str) -> str:
    """A figure: its drawing stands in the page itself."""
    return f"<figure>{heading(title, 3)}{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def table(
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str | Show],
    *,
    clear: Show | None = None,
    empty: str = "None.",
) -> str:
    """A table: title of each column -> the name of what it shows, or how it is told. Numbers stand to the right.

    `clear` tells which rows stand out: those for which it gives a text. `empty` is said where there are no rows.
    """
    if not rows:
        return paragraph(empty)
    cells = [[_cell(row, shown) for shown in columns.values()] for row in rows]
    right = [all(_is_number(line[k]) for line in cells) for k in range(len(columns))]
    head = "".join(f"<th{_side(r)}>{escape(title)}</th>" for title, r in zip(columns, right, strict=True))
    body = []
    for row, line in zip(rows, cells, strict=True):
        kind = ' class="clear"' if clear is not None and clear(row) else ""
        told = "".join(f"<td{_side(r)}>{escape(cell)}</td>" for cell, r in zip(line, right, strict=True))
        body.append(f"<tr{kind}>{told}</tr>")
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def fold(title: str, content: str) -> str:
    """Content that opens when asked for."""
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def number(value: float | None) -> str:
    """A number with as many decimals as its size makes sense of, none below a millionth; a dash for none."""
    if value is None or value != value:  # noqa: PLR0124 - not a number
        return "–"
    if abs(value) == float("inf"):
        return "∞" if value > 0 else "-∞"
    size = abs(value) if abs(value) >= LEAST_TOLD else 0.0
    text = f"{value:,.0f}" if size >= 1000 else f"{value:,.1f}" if size >= 100 else f"{value:,.2f}"
    if not text.strip("-0.,"):
        return f"{value:.1g}" if size else "0.00"  # and no sign before a nought
    return text


def between(low: float | None, high: float | None) -> str:
    """An interval; a dash where there is none, as with a single seed."""
    if low is None or high is None or abs(high - low) == float("inf"):
        return "–"
    return f"[{number(low)}, {number(high)}]"


def _cell(row: Mapping[str, Any], shown: str | Show) -> str:
    value = shown(row) if callable(shown) else row.get(shown)
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value or "")


def _is_number(text: str) -> bool:
    plain = text.replace(",", "").replace("[", "").replace("]", "").replace(" ", "").lstrip("+-")
    return plain in ("", "–", "∞") or plain.replace(".", "").replace("-", "").replace("e", "").isdigit()


def _side(right: bool) -> str:
    return ' class="n"' if right else ""
