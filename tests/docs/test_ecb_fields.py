"""The page that maps the loan tape to the ECB's template names columns that there are."""

from __future__ import annotations

import re
from pathlib import Path

from sim.records.tables import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "ecb_fields.md"


def test_every_column_named_is_one_of_the_tables() -> None:
    named = re.findall(r"`(loans|borrowers)\.([a-z_]+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 20
    known = {table: {column.name for column in TABLES[table].columns} for table in ("loans", "borrowers")}
    assert [f"{table}.{column}" for table, column in named if column not in known[table]] == []


def test_no_field_is_mapped_twice() -> None:
    fields = re.findall(r"^\| (AN\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fields) == len(set(fields)) > 20
