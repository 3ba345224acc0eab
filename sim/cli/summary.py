"""The end of a run on one screen: what each tranche got, how the pools and books stand, whether the ledger closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sim.cli.tables import console, table

FEN_PER_MILLION_YUAN = 100_000_000

Column = tuple[str, str, Callable[[Any], str]]


def million(fen: int | None) -> str:
    """Fen as million yuan with two decimals; an amount too small to be seen is not shown as nothing."""
    if fen is None:
        return "–"
    shown = f"{fen / FEN_PER_MILLION_YUAN:,.2f}"
    if fen and shown.lstrip("-") == "0.00":
        return "<0.01" if fen > 0 else "-<0.01"
    return shown


def percent(value: float | None) -> str:
    """A figure in per cent with two decimals; a dash where there is none."""
    return "–" if value is None else f"{value:,.2f}"


def text(value: object) -> str:
    """A value as it is; a dash where there is none."""
    return "–" if value is None else str(value)


_TRANCHES: tuple[Column, ...] = (
    ("deal", "deal", text),
    ("tranche", "tranche", text),
    ("rating", "rating", text),
    ("face_fen", "face", million),
    ("paid_interest_fen", "interest paid", million),
    ("paid_principal_fen", "principal paid", million),
    ("missed_fen", "missed", million),
    ("loss_fen", "loss", million),
    ("yield_pct", "yield %", percent),
)
_POOLS: tuple[Column, ...] = (
    ("deal", "pool", text),
    ("balance_fen", "balance", million),
    ("overdue_pct", "overdue %", percent),
    ("npl_pct", "NPL %", percent),
    ("cumulative_default_pct", "cumulative default %", percent),
    ("average_yield_pct", "average yield %", percent),
    ("idle_cash_pct", "idle cash %", percent),
)
_BOOKS: tuple[Column, ...] = (("deal", "book", text), *_POOLS[1:])
_SECTIONS = (
    ("tranches", "Tranches, million yuan", _TRANCHES),
    ("pools", "Pools, million yuan", _POOLS),
    ("books", "Originators' whole books, million yuan", _BOOKS),
)


def show_summary(summary: Mapping[str, Any]) -> None:
    """Print the tables of a run's summary, then its events, its checks and the time it took; of a market whose
    originators come to market, the market's tables instead of hundreds of deals'."""
    screen = console()
    if "market" in summary:
        from sim.cli.market_summary import show_market

        show_market(summary["market"])
        summary = {key: value for key, value in summary.items() if key != "events"} | _warned(summary)
    else:
        for key, title, columns in _SECTIONS:
            if rows := summary.get(key):
                screen.print(table(title, *cells(columns, rows)))
    for line in closing_lines(summary):
        screen.print(line, markup=False, highlight=False, soft_wrap=True)


def _warned(summary: Mapping[str, Any]) -> dict[str, Any]:
    return {"shown_warnings": summary["warnings"]} if summary.get("warnings") else {}


def cells(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Headings and cells of the columns that at least one row has."""
    kept = [column for column in columns if any(column[0] in row for row in rows)]
    return [heading for _, heading, _ in kept], [[show(row.get(key)) for key, _, show in kept] for row in rows]


def closing_lines(summary: Mapping[str, Any]) -> list[str]:
    """Events, checks and run time in words; what a summary does not hold is left out."""
    lines = []
    for key, word in (("events", "Events"), ("shown_warnings", "Warnings"), ("checks", "Checks")):
        if key in summary:
            lines += _told(word, summary[key])
    if "seconds" in summary:
        lines.append(f"Run time: {summary['seconds']:,.1f} s")
    return lines


def _told(word: str, content: Any, most: int = 12) -> list[str]:
    if isinstance(content, Mapping):
        told = ", ".join(f"{_words(key)} {_figure(value)}" for key, value in content.items())
        return [f"{word}: {told or 'none'}"]
    if isinstance(content, list | tuple):
        if not content:
            return [f"{word}: none"]
        lines = [f"  {_event(entry)}" for entry in content[:most]]
        more = [f"  and {len(content) - most} more in the table `events`"] if len(content) > most else []
        return [f"{word}:", *lines, *more]
    return [f"{word}: {_figure(content)}"]


def _event(entry: Any) -> str:
    return (
        "  ".join(str(value) for value in entry.values() if value not in (None, ""))
        if isinstance(entry, Mapping)
        else str(entry)
    )


def _words(key: object) -> str:
    return str(key).replace("_", " ")


def _figure(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
