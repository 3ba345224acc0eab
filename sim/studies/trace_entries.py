"""What every trace is made of: the tables of a run, dated entries, and amounts written out to the fen."""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sim.errors import ScenarioError
from sim.records.writer import read_table
from sim.scenario.messages import did_you_mean, listing
from sim.timetable import Hour

Row = dict[str, Any]
TRANCHE = "tranche:"
JOINT = "joint:"
ISSUED = 6
"""Step of an issuance on whose last day the notes are issued and paid for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated line of a trace; `hour` puts the entries of a day in the order of the timetable."""

    date: datetime.date
    hour: Hour
    text: str

    def __str__(self) -> str:
        return f"{self.date}  {int(self.hour):02} {self.hour.name.lower():<8}  {self.text}"


class RunTables:
    """The tables of one run folder, each read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, pa.Table] = {}

    def table(self, name: str) -> pa.Table:
        """A whole table, in the order in which it was recorded."""
        if name not in self._read:
            self._read[name] = read_table(self.folder, name)
        return self._read[name]

    def rows(self, name: str, **equal: str) -> list[Row]:
        """The rows in which every named column equals its text."""
        table = self.table(name)
        for column, text in equal.items():
            table = table.filter(pc.equal(table[column], text))
        rows: list[Row] = table.to_pylist()
        return rows

    def distinct(self, name: str, column: str) -> set[str]:
        """The texts a column holds, the empty one left out."""
        return {text for text in pc.unique(self.table(name)[column]).to_pylist() if text}

    @property
    def last_date(self) -> datetime.date:
        """The last simulated day; raises ScenarioError while no month of the run is closed."""
        last: datetime.date | None = pc.max(self.table("market_daily")["date"]).as_py()
        if last is None:
            on = f"sim resume {shlex.quote(str(self.folder))}"
            raise ScenarioError(f"{self.folder}: holds no closed month yet; let it run on with {on}")
        return last

    def deals(self) -> set[str]:
        """Names of the deals that have begun."""
        return self.distinct("issuance", "deal")

    def closing(self, deal: str) -> datetime.date | None:
        """The day a deal's notes were issued: its first steps are taken weeks before; None while they are not."""
        dates = [row["date"] for row in self.rows("holdings", deal=deal)] + [
            row["date"] for row in self.rows("payments", deal=deal)
        ]
        steps = [row["date"] for row in self.rows("issuance", deal=deal) if row["step"] == ISSUED]
        return max(steps) if steps and dates else None

    def holders(self, deal: str, tranche: str, date: datetime.date) -> str:
        """Who held a tranche at the start of a day: the register of the last month end before, and trades since; before
        the first month end, that register with the trades since taken back."""
        rows = [row for row in self.rows("holdings", deal=deal, tranche=tranche) if row["nominal_fen"]]
        dates = sorted({row["date"] for row in rows})
        if not dates:
            return "its holders"
        at = max((day for day in dates if day < date), default=dates[0])
        held = {row["holder"]: row["nominal_fen"] for row in rows if row["date"] == at}
        for trade in self.rows("trades", deal=deal, tranche=tranche):
            if at < trade["date"] < date:
                _move(held, trade["seller"], trade["buyer"], trade["nominal_fen"])
            elif date <= trade["date"] <= at:
                _move(held, trade["buyer"], trade["seller"], trade["nominal_fen"])
        return ", ".join(holder for holder, fen in held.items() if fen > 0)


def _move(held: dict[str, int], giver: str, taker: str, fen: int) -> None:
    held[giver] = held.get(giver, 0) - fen
    held[taker] = held.get(taker, 0) + fen


def owners(owner: str) -> str:
    """An owner of loans in words: a joint loan is owned by a bank and a platform together."""
    if not owner.startswith(JOINT):
        return owner
    bank, _, platform = owner.removeprefix(JOINT).split("|")
    return f"{bank} and {platform} together"


def yuan(fen: int) -> str:
    """Fen as yuan, exact to the last one: 7446074795 is 74,460,747.95 yuan."""
    return f"{amount(fen)} yuan"


def amount(fen: int) -> str:
    """The figure alone, in yuan."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def percent(ppm: int) -> str:
    """Parts per million as per cent with two decimals."""
    return f"{ppm / 10_000:.2f} %"


def counted(number: int, thing: str) -> str:
    """A number with its noun: `1 loan`, `1,207 loans`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def waterfall_line(tables: RunTables, row: Row) -> str:
    """A row of `payments` in words: place in the waterfall, what, to whom, paid of due, and what was short."""
    payee = row["payee"]
    if payee.startswith(TRANCHE):
        holders = tables.holders(row["deal"], payee.removeprefix(TRANCHE), row["date"])
        payee = f"{payee.removeprefix(TRANCHE)}, held by {holders}"
    short = f", short {yuan(row['shortfall_fen'])}" if row["shortfall_fen"] else ""
    place = f"{row['waterfall']}/{row['step']:02d}"
    return f"{place:<12}  {row['name']}: {amount(row['paid_fen'])} of {yuan(row['due_fen'])} due{short} -> {payee}"


def in_order(entries: Iterable[Entry]) -> list[str]:
    """Entries as lines, by date and hour; those of one hour in the order in which they were told."""
    return [str(entry) for entry in sorted(entries, key=lambda entry: (entry.date, entry.hour))]


def refuse_unknown(kind: str, name: str, known: Iterable[str], note: str = "") -> None:
    """Raise ScenarioError unless the run knows the name; the message lists what it does know."""
    names = sorted(known)
    if name in names:
        return
    same = [known for known in names if known.partition(":")[2] == name]
    hint = f"; did you mean '{same[0]}'?" if same else did_you_mean(name, names)
    told = f"; this run has {listing(names)}" if names else "; this run has none"
    raise ScenarioError(f"{kind} '{name}': unknown{hint}{told}{note}")
