"""`datapackage.json`: the tables of a run folder for other tools, by the Frictionless Data Package standard."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sim.records.table_shapes import Column, Table
from sim.records.tables import TABLES
from sim.records.writer import Part

_TYPES = {
    "int64": "integer",
    "int32": "integer",
    "string": "string",
    "date32": "date",
    "float64": "number",
    "bool": "boolean",
}


def describe(name: str, title: str, parts: Iterable[Part]) -> bytes:
    """The descriptor of the tables that have parts: files in order, fields with type, unit and meaning, keys."""
    files: dict[str, list[Part]] = {}
    for part in parts:
        files.setdefault(part.table, []).append(part)
    descriptor = {
        "name": name,
        "title": title,
        "profile": "data-package",
        "resources": [_resource(TABLES[table], of_table) for table, of_table in files.items()],
    }
    return json.dumps(descriptor, indent=1, ensure_ascii=False).encode()


def _resource(table: Table, parts: list[Part]) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(column) for column in table.columns]}
    if table.key:
        schema["primaryKey"] = list(table.key)
    return {
        "name": table.name,
        "description": table.description,
        "path": [part.path for part in parts],
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": sum(part.bytes for part in parts),
        "rows": sum(part.rows for part in parts),
        "schema": schema,
    }


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _TYPES[column.type], "description": column.description}
    if column.unit:
        field["unit"] = column.unit
    if not column.nullable:
        field["constraints"] = {"required": True}
    return field
