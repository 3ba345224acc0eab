"""The path of an institution: its balance sheet by month, what it was paid, what it lost, said and lived through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from sim.studies.trace_entries import Entry, Row, RunTables, amount, in_order, refuse_unknown, yuan
from sim.timetable import Hour


def trace_institution(tables: RunTables, party: str) -> list[str]:
    """A party's month ends and every dated thing the run recorded about it. `party` is `kind:name`."""
    columns = (("balance_sheets", "institution"), ("notices", "sender"), ("issuance", "party"), ("ratings", "agency"))
    known = {name for table, column in columns for name in tables.distinct(table, column)}
    refuse_unknown("institution", party, known, "; write it as kind:name")
    entries = [
        *_balance_sheets(tables, party),
        *_losses_by_month(tables, party),
        *_issuance(tables, party),
        *_received(tables, party),
        *_ratings(tables, party),
        *_events(tables, party),
        *_notices(tables, party),
    ]
    return [f"institution {party}", *in_order(entries)]


def _balance_sheets(tables: RunTables, party: str) -> Iterator[Entry]:
    """Assets, liabilities and equity at each month end, item by item."""
    for date, group in groupby(tables.rows("balance_sheets", institution=party), key=lambda row: row["date"]):
        rows = list(group)
        text = "; ".join(part for part in (_side(rows, "asset"), _side(rows, "liability"), _equity(rows)) if part)
        yield Entry(date, Hour.CLOSE, f"balance sheet: {text}")


def _side(rows: list[Row], side: str) -> str:
    items = [(row["item"].lower(), row["amount_fen"]) for row in rows if row["side"] == side]
    if not items:
        return ""
    name = {"asset": "assets", "liability": "liabilities"}[side]
    return f"{name} {yuan(sum(fen for _, fen in items))} ({', '.join(f'{item} {amount(fen)}' for item, fen in items)})"


def _equity(rows: list[Row]) -> str:
    return f"equity {yuan(sum(row['amount_fen'] for row in rows if row['side'] == 'equity'))}"


def _losses_by_month(tables: RunTables, party: str) -> Iterator[Entry]:
    """Losses taken in each month, by the kind of claim that lost value; told on the month's last such day."""
    rows = tables.rows("loss_flows", to_party=party)
    for _, group in groupby(rows, key=lambda row: (row["date"].year, row["date"].month)):
        month = list(group)
        lost: Counter[str] = Counter()
        for row in month:
            lost[f"{row['instrument'].lower()} of {row['from_party']}"] += row["amount_fen"]
        told = ", ".join(f"{what} {yuan(fen)}" for what, fen in sorted(lost.items()))
        yield Entry(month[-1]["date"], Hour.CLOSE, f"losses of {month[0]['date']:%Y-%m}: {told}")


def _issuance(tables: RunTables, party: str) -> Iterator[Entry]:
    for row in tables.rows("issuance", party=party):
        amount = f", {yuan(row['amount_fen'])}" if row["amount_fen"] else ""
        yield Entry(row["date"], Hour.TRADE, f"{row['deal']} step {row['step']}: {row['what']}{amount}")


def _received(tables: RunTables, party: str) -> Iterator[Entry]:
    """Lines of waterfalls that name the party itself, such as fees."""
    for row in tables.rows("payments", payee=party):
        if row["due_fen"] or row["paid_fen"]:
            text = f"{row['deal']} pays {row['name']}: {amount(row['paid_fen'])} of {yuan(row['due_fen'])} due"
            yield Entry(row["date"], Hour.PAY, text)


def _ratings(tables: RunTables, party: str) -> Iterator[Entry]:
    for row in tables.rows("ratings", agency=party):
        text = f"{row['deal']}/{row['tranche']} {row['rating']}, {row['action']}: {row['reason']}"
        yield Entry(row["date"], Hour.RATE, text)


def _events(tables: RunTables, party: str) -> Iterator[Entry]:
    for row in tables.rows("events", institution=party):
        deal = f"{row['deal']}: " if row["deal"] else ""
        yield Entry(row["date"], Hour(row["hour"]), f"{deal}{row['family']} / {row['event']}: {row['detail']}")


def _notices(tables: RunTables, party: str) -> Iterator[Entry]:
    for row in tables.rows("notices", sender=party):
        yield Entry(row["date"], Hour(row["hour"]), f"says ({row['subject']}): {row['text']}")
