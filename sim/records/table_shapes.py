"""What a table and a column of it are, and columns of the usual units in one word each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ColumnType: TypeAlias = Literal["int64", "int32", "string", "date32", "float64", "bool"]


@dataclass(frozen=True)
class Column:
    """One column: its type, unit ("" for a label or plain number) and meaning; only `nullable` ones may hold nulls."""

    name: str
    type: ColumnType
    unit: str
    description: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its columns in order and its primary key (empty where rows are a log and no key exists).

    `on_request`: kept only where the run asks for it, since it grows with the population.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    on_request: bool = False


def fen(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "int64", "fen", description, nullable)


def ppm(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "int64", "ppm", description, nullable)


def bp(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "int64", "bp", description, nullable)


def count(name: str, unit: str, description: str) -> Column:
    return Column(name, "int64", unit, description)


def number(name: str, unit: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "int32", unit, description, nullable)


def text(name: str, description: str) -> Column:
    return Column(name, "string", "", description)


def dated(name: str, description: str, key: tuple[str, ...], *columns: Column, on_request: bool = False) -> Table:
    """A table whose rows are of a simulated day, which is their first column."""
    date = Column("date", "date32", "day", "simulated day the row is about, as it stands at the day's close")
    return Table(name, description, key, (date, *columns), on_request)
