"""What the signs compare: numbers out of a run's tables, and out of its loan books where tables do not tell people
apart."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from sim.calendar import day_of
from sim.deals.ratings import notch
from sim.market import SecuritizationMarket
from sim.studies.book_view import view_loans

DEFAULTED_CYCLES = 4
"""Due dates missed by a loan more than 90 days past due."""


Value = float | list[int]
"""A number, or the households something happened to, which paired worlds compare one by one."""


class Rollovers:
    """Who first drew cash at which lender to pay another, and on which day; noted at the end of every day."""

    def __init__(self) -> None:
        self.first_day: dict[str, dict[int, int]] = {}

    def note(self, market: SecuritizationMarket, day: int) -> None:
        """Add the draws of a day."""
        names = list(market.books)
        for book in market.books.values():
            for number, rows, _ in book.requests.by_lender(book.table):
                drew = self.first_day.setdefault(names[number], {})
                for household in market.books[names[number]].accounts.columns.household[rows].tolist():
                    drew.setdefault(household, day)


@dataclass(frozen=True)
class Seen:
    """A run at its end, and what its tables do not keep."""

    market: SecuritizationMarket
    rollovers: Rollovers = field(default_factory=Rollovers)


class Outcome(Protocol):
    """A value of one run, and what it is in words; the words also tell outcomes apart."""

    def of(self, seen: Seen) -> Value:
        """The value."""

    def told(self) -> str:
        """In words."""


@dataclass(frozen=True)
class Measure:
    """A number out of a table.

    `where`: column -> value, several of them in a tuple, or a text that the column's text must contain when it begins
    with `~`. `since`, `until`:
    rows of these dates. `how`: mean, sum, last, most or count of the rows; `per`: a second column to divide the sum by;
    `less`: a second column taken off each value; `among`: rows over whose sum the sum is divided.
    """

    table: str
    column: str
    where: Mapping[str, object] = field(default_factory=dict)
    how: Literal["mean", "sum", "last", "most", "count"] = "mean"
    per: str | None = None
    less: str | None = None
    among: Mapping[str, object] | None = None
    since: datetime.date | None = None
    until: datetime.date | None = None

    def of(self, seen: Seen) -> float:
        """The number of one run; 0 where no row fits."""
        rows = seen.market.recorder.table(self.table).to_pylist()
        kept = [row for row in rows if self._fits(row, self.where)]
        if self.how == "count":
            return float(len(kept))
        values = [self._value(row) for row in kept if row[self.column] is not None]
        if not values:
            return 0.0
        if self.per is not None:
            return math.fsum(values) / max(1.0, math.fsum(float(row[self.per]) for row in kept))
        if self.among is not None:
            whole = math.fsum(self._value(row) for row in rows if self._fits(row, self.among))
            return math.fsum(values) / max(1.0, whole)
        if self.how == "most":
            return max(values)
        if self.how == "last":
            return values[-1]
        return math.fsum(values) / (len(values) if self.how == "mean" else 1)

    def _value(self, row: Mapping[str, Any]) -> float:
        return float(row[self.column]) - (0.0 if self.less is None else float(row[self.less]))

    def _fits(self, row: Mapping[str, Any], where: Mapping[str, object]) -> bool:
        if self.since is not None and row["date"] < self.since:
            return False
        if self.until is not None and row["date"] > self.until:
            return False
        return all(_matches(row[column], wanted) for column, wanted in where.items())

    def told(self) -> str:
        """In words: how, table.column, which rows."""
        column = f"{self.table}.{self.column}" + (f" - {self.less}" if self.less else "")
        rows = [f"{name} {value}" for name, value in self.where.items()]
        rows += [f"{word} {date}" for word, date in (("since", self.since), ("until", self.until)) if date]
        divided = f" / {self.per}" if self.per else ""
        if self.among is not None:
            divided = " / those of " + (
                ", ".join(f"{name} {value}" for name, value in self.among.items()) or "all rows"
            )
        return f"{self.how} of {column}{divided}" + (f" ({', '.join(rows)})" if rows else "")


def _matches(value: object, wanted: object) -> bool:
    if isinstance(wanted, str) and wanted.startswith("~"):
        return wanted[1:] in str(value)
    return value in wanted if isinstance(wanted, tuple) else value == wanted


@dataclass(frozen=True)
class Gap:
    """One number less another, or over another with `relative`."""

    first: Measure | Gap
    second: Measure | Gap
    relative: bool = False

    def of(self, seen: Seen) -> float:
        """The difference, or the ratio less 1."""
        one, other = self.first.of(seen), self.second.of(seen)
        return (one / max(1e-12, other) - 1) if self.relative else one - other

    def told(self) -> str:
        """In words."""
        return f"{self.first.told()} {'over' if self.relative else 'less'} {self.second.told()}"


@dataclass(frozen=True)
class NplOf:
    """Share of the balance of some borrowers more than 90 days past due at the end, all lenders together.

    `group`: age, region or klass; `members`: its numbers, in the order of sim.credit.terms, from 0.
    """

    group: Literal["age", "region", "klass"]
    members: tuple[int, ...]

    def of(self, seen: Seen) -> float:
        """The share."""
        bad = owed = 0
        for book in seen.market.books.values():
            loans = view_loans(book)
            mine = np.isin(getattr(loans, self.group), self.members)
            owed += int(loans.fen[mine].sum())
            bad += int(loans.fen[mine & (loans.cycles >= DEFAULTED_CYCLES)].sum())
        return bad / max(1, owed)

    def told(self) -> str:
        """In words."""
        return f"share of balance over 90 days past due, {self.group} {', '.join(str(m) for m in self.members)}"


@dataclass(frozen=True)
class MissElsewhere:
    """The households that drew cash at a lender, before a date, to pay another, and at the end are this many due dates
    behind with one of the others, or written off by it."""

    lender: str
    before: datetime.date
    cycles: int

    def of(self, seen: Seen) -> list[int]:
        """Their numbers."""
        first_day = seen.rollovers.first_day.get(self.lender, {})
        rolled = [household for household, day in first_day.items() if day < day_of(self.before)]
        behind: set[int] = set()
        for name, book in seen.market.books.items():
            if name != self.lender:
                a = book.accounts.columns
                behind.update(a.household[(a.missed >= self.cycles) & np.isin(a.household, rolled)].tolist())
        return sorted(behind)

    def told(self) -> str:
        """In words."""
        return (
            f"households {self.cycles} due dates behind elsewhere in this world only, of those that drew at "
            f"{self.lender} before {self.before} to pay another lender"
        )


@dataclass(frozen=True)
class NotchesLost:
    """Notches between the letter a class of notes was sold with and the last one published, mean of all classes
    published since a date; an upgrade counts against."""

    since: datetime.date

    def of(self, seen: Seen) -> float:
        """The mean."""
        first: dict[tuple[str, str], int] = {}
        last: dict[tuple[str, str], int] = {}
        for row in seen.market.recorder.table("ratings").to_pylist():
            if row["date"] >= self.since:
                name = (row["deal"], row["tranche"])
                if row["action"] == "assign":
                    first.setdefault(name, notch(row["rating"]))
                last[name] = notch(row["rating"])
        return math.fsum(last[name] - notches for name, notches in first.items()) / max(1, len(first))

    def told(self) -> str:
        """In words."""
        return f"mean notches lost by classes of notes first rated since {self.since}"
