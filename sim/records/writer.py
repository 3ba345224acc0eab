"""The recorder: rows in, one Parquet part per table and simulated month out, and the hash of what tables hold."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.calendar import day_of
from sim.errors import SimError, StoppedError
from sim.records.files import file_sha256, replacing
from sim.records.table_shapes import Column, Table
from sim.records.tables import TABLES

Values: TypeAlias = Sequence[Any] | np.ndarray[Any, Any]

_EPOCH = -day_of(datetime.date(1970, 1, 1))
"""Days from the epoch of Arrow dates to day 0 of the simulation."""

_TYPES = {
    "int64": pa.int64(),
    "int32": pa.int32(),
    "string": pa.string(),
    "date32": pa.date32(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
}
_ACCEPTED: dict[str, tuple[type, ...]] = {
    "int64": (int, np.integer),
    "int32": (int, np.integer),
    "date32": (int, np.integer),
    "string": (str,),
    "float64": (float, int, np.floating, np.integer),
    "bool": (bool, np.bool_),
}


class Part(NamedTuple):
    """One file of one table: its path within the run folder, the month (yyyymm), rows, bytes and SHA-256."""

    table: str
    month: int
    path: str
    rows: int
    bytes: int
    sha256: str


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table of the dictionary."""
    return pa.schema([pa.field(c.name, _TYPES[c.type], c.nullable) for c in _table(table).columns])


class Recorder:
    """Takes rows of the tables of the dictionary, by day, and closes them month by month.

    Dates are simulated days (days since 2010-01-01). With a folder, closed months become files and leave memory;
    without one (studies, tests) everything stays in memory. Columns that may hold nulls can be left out.
    """

    def __init__(
        self, folder: Path | None = None, *, tables: Collection[str] = (), only: Collection[str] | None = None
    ) -> None:
        """`folder`: the run folder. `tables`: the on-request tables to keep (`loans`, `borrowers`). `only`: the tables
        to keep where not all others are; rows of those left out are let go of unchecked, and cannot be asked for."""
        for name in tables:
            if not _table(name).on_request:
                raise SimError(f"table '{name}' is always kept; only {_on_request()} are on request")
        self.folder = folder
        self._only = None if only is None else frozenset(_table(name).name for name in only)
        self._open = {
            t.name: _Month(t)
            for t in TABLES.values()
            if (t.on_request or self._only is None or t.name in self._only) and (not t.on_request or t.name in tables)
        }
        self._closed: dict[str, list[pa.Table]] = {name: [] for name in self._open}
        self._followed: dict[str, Callable[[Mapping[str, Any]], None]] = {}

    def follow(self, table: str, take: Callable[[Mapping[str, Any]], None]) -> None:
        """From now on show each row added to a table to `take`, in the place of whoever followed it before.

        So a market counts what it tells as it goes on, and need not read its tables again. Rows of `extend` are not
        shown.
        """
        self._followed[_table(table).name] = take

    def wants(self, table: str) -> bool:
        """Whether rows of this table are kept: always, but for on-request tables nobody asked for."""
        return _table(table).name in self._open

    def add(self, table: str, **columns: Any) -> None:
        """Record one row.

        Raises:
            SimError: the dictionary has no such table or column, or a column is missing. Values are checked when the
                month is closed, the error then naming table, column and value.
        """
        month = self._open.get(table)
        if month is None:
            _table(table)  # left out, or there is none of this name
        else:
            month.add(columns)
        if table in self._followed:
            self._followed[table](columns)

    def extend(self, table: str, columns: Mapping[str, Values]) -> None:
        """Record many rows, given as columns of equal length; raises SimError as `add`, and at once for bad values."""
        if self.wants(table):
            self._open[table].extend(columns)

    def close_month(self, yyyymm: int) -> list[Part]:
        """End a month: write one part for each table that has rows in it, or, without a folder, put them by.

        Raises:
            SimError: as `end_month`.
            StoppedError: a part cannot be written; the parts written before it stay.
        """
        return self.end_month(yyyymm)()

    def end_month(self, yyyymm: int) -> Callable[[], list[Part]]:
        """End a month, and leave to the caller when and in which thread its parts are written, as `close_month` says;
        until then `table` does not show it.

        Raises:
            SimError: a value does not fit its column, or two rows share a primary key.
        """
        contents = {name: month.content() for name, month in self._open.items()}
        contents = {name: content for name, content in contents.items() if content.num_rows}
        for name, content in contents.items():
            _check_key(content, _table(name), yyyymm)
        self._open = {name: _Month(_table(name)) for name in self._open}
        if self.folder is not None:
            return partial(_write_parts, self.folder, yyyymm, contents)
        for name, content in contents.items():
            self._closed[name].append(content)
        return list

    def table(self, name: str) -> pa.Table:
        """All rows of a table recorded so far, those of the open month included; none of one on request that nobody
        asked for.

        Raises:
            SimError: this recorder leaves the table out.
        """
        if not self.wants(name):
            if not _table(name).on_request:
                raise SimError(f"table '{name}' is not kept here; only {', '.join(self._open)} are")
            return arrow_schema(name).empty_table()
        before = [read_table(self.folder, name)] if self.folder is not None else self._closed[name]
        return pa.concat_tables([*before, self._open[name].content()])

    def fork(self) -> Recorder:
        """Another recorder in memory that goes on from the rows of this one; neither sees what the other then takes.

        Raises:
            SimError: this one writes to a folder, and has let go of its closed months.
        """
        if self.folder is not None:
            raise SimError("only a recorder that keeps its rows in memory can be forked")
        other = Recorder(tables=[name for name in self._open if _table(name).on_request], only=self._only)
        other._closed = {name: list(months) for name, months in self._closed.items()}
        other.restore(self.state())
        return other

    def state(self) -> dict[str, Any]:
        """The rows of the open month, as plain data for a checkpoint: one array of Arrow stream bytes per table."""
        arrays = {}
        for name, month in self._open.items():
            content = month.content()
            if content.num_rows:
                sink = pa.BufferOutputStream()
                with pa.ipc.new_stream(sink, content.schema) as stream:
                    stream.write_table(content)
                arrays[name] = np.frombuffer(sink.getvalue(), dtype=np.uint8)
        return {"arrays": arrays, "json": {}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take the open month from a checkpoint."""
        self._open = {name: _Month(_table(name)) for name in self._open}
        for name, stored in state["arrays"].items():
            with pa.ipc.open_stream(pa.py_buffer(stored)) as stream:
                self._open[name].batches = stream.read_all().to_batches()


class _Month:
    """The rows of one table in the month now open: whole batches, then single rows not yet made a batch."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.batches: list[pa.RecordBatch] = []
        self._schema = arrow_schema(table.name)
        self._names = {column.name: None for column in table.columns}
        self._rows: list[Mapping[str, Any]] = []

    def add(self, columns: Mapping[str, Any]) -> None:
        """One row; the mapping is kept, and must not be changed any more."""
        if columns.keys() != self._names.keys():
            columns = self._complete(columns, None)
        self._rows.append(columns)

    def extend(self, columns: Mapping[str, Values]) -> None:
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            raise SimError(f"table '{self.table.name}': columns differ in length: {lengths}")
        rows = next(iter(lengths.values()), 0)
        columns = self._complete(columns, [None] * rows)
        self._flush()
        self._append(columns)

    def content(self) -> pa.Table:
        self._flush()
        return pa.Table.from_batches(self.batches, self._schema).combine_chunks()

    def _flush(self) -> None:
        if self._rows:
            rows, self._rows = self._rows, []
            self._append({name: [row[name] for row in rows] for name in self._names})

    def _append(self, columns: Mapping[str, Values]) -> None:
        arrays = [_array(self.table, column, columns[column.name]) for column in self.table.columns]
        self.batches.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def _complete(self, columns: Mapping[str, Any], absent: Any) -> dict[str, Any]:
        """The columns with those that may be null filled in; refuses unknown and missing names."""
        if unknown := sorted(columns.keys() - self._names.keys()):
            raise SimError(
                f"table '{self.table.name}' has no column {', '.join(unknown)}; it has {', '.join(self._names)}"
            )
        nullable = {column.name for column in self.table.columns if column.nullable}
        if missing := sorted(self._names.keys() - columns.keys() - nullable):
            raise SimError(f"table '{self.table.name}': a row lacks {', '.join(missing)}")
        return {name: columns.get(name, absent) for name in self._names}


def read_table(folder: Path, name: str) -> pa.Table:
    """All closed months of a table of a run folder, in order; empty where there are none.

    Raises:
        StoppedError: a part is damaged; the message names it.
    """
    schema = arrow_schema(name)
    return pa.concat_tables([schema.empty_table(), *(_part(path, schema) for path in _parts(folder, name))])


def _part(path: Path, schema: pa.Schema) -> pa.Table:
    try:
        return pq.read_table(path, schema=schema)
    except (pa.ArrowException, OSError) as fault:
        raise StoppedError(f"{path}: damaged since it was written; simulate again with force") from fault


def content_hash(table: pa.Table) -> str:
    """SHA-256 of what a table holds: names, types and values, row by row in order.

    It is the same for any chunking, file layout, compression or version of the library that wrote it.
    """
    hasher = ContentHash(table.schema)
    hasher.update(table)
    return hasher.hexdigest()


class ContentHash:
    """`content_hash` of a table that arrives in pieces, such as the monthly parts of a long run."""

    def __init__(self, schema: pa.Schema) -> None:
        self.rows = 0
        self._columns = [(field.name, field.type, _ColumnHash()) for field in schema]

    def update(self, piece: pa.Table) -> None:
        self.rows += piece.num_rows
        for (_, _, hasher), column in zip(self._columns, piece.columns, strict=True):
            for chunk in column.chunks:
                hasher.update(chunk)

    def hexdigest(self) -> str:
        whole = hashlib.sha256(f"{self.rows} rows\n".encode())
        for name, kind, hasher in self._columns:
            whole.update(f"{name} {kind} {hasher.hexdigest()}\n".encode())
        return whole.hexdigest()


class _ColumnHash:
    """Three streams, so that the cut between chunks leaves no trace: which rows are null, lengths of texts, values."""

    def __init__(self) -> None:
        self._nulls, self._lengths, self._values = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()

    def update(self, chunk: pa.Array) -> None:
        self._nulls.update(_plain(pc.cast(pc.is_null(chunk), pa.uint8())))
        if pa.types.is_string(chunk.type):
            texts = pc.fill_null(chunk, "")
            self._lengths.update(_plain(pc.cast(pc.binary_length(texts), pa.int64())))
            self._values.update("".join(texts.to_pylist()).encode())
        elif pa.types.is_floating(chunk.type):
            numbers = pc.fill_null(chunk, 0.0).to_numpy(zero_copy_only=False).astype("<f8")
            self._values.update(np.where(np.isnan(numbers), np.nan, numbers + 0.0).tobytes())  # one NaN, one zero
        else:
            whole = pc.cast(chunk, pa.int32()) if pa.types.is_date32(chunk.type) else chunk
            self._values.update(_plain(pc.fill_null(pc.cast(whole, pa.int64()), 0)))

    def hexdigest(self) -> str:
        return " ".join(stream.hexdigest() for stream in (self._nulls, self._lengths, self._values))


def _plain(numbers: pa.Array) -> bytes:
    """Little-endian bytes of an array of integers without nulls."""
    values = numbers.to_numpy(zero_copy_only=False)
    return bytes(values.astype(values.dtype.newbyteorder("<")).tobytes())


def _array(table: Table, column: Column, values: Values) -> pa.Array:
    """One column as Arrow, refusing what does not fit: floats for integers, nulls where none may be, overflow."""
    _refuse_types(table, column, values)
    try:
        if column.type == "date32":
            array = pc.add(pa.array(values, pa.int32()), pa.scalar(_EPOCH, pa.int32())).cast(pa.date32())
        else:
            array = pa.array(values, _TYPES[column.type])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as fault:
        raise SimError(f"table '{table.name}', column {column.name}: {fault}") from fault
    if array.null_count and not column.nullable:
        raise SimError(f"table '{table.name}', column {column.name}: null in row {pc.index(array.is_null(), True)}")
    return array


def _refuse_types(table: Table, column: Column, values: Values) -> None:
    accepted = _ACCEPTED[column.type]
    kinds = {values.dtype.type} if isinstance(values, np.ndarray) and values.dtype != object else set(map(type, values))
    for kind in kinds - {type(None)}:
        if not issubclass(kind, accepted) or (kind is bool and column.type != "bool"):
            example = next((value for value in values if type(value) is kind), None)
            raise SimError(
                f"table '{table.name}', column {column.name}: takes {column.type}, got {kind.__name__} ({example!r})"
            )


def _check_key(content: pa.Table, table: Table, yyyymm: int) -> None:
    """Refuse two rows with one primary key: a key that is not one would mislead every join."""
    if not table.key:
        return
    counts = content.group_by(list(table.key)).aggregate([([], "count_all")])
    if counts.num_rows == content.num_rows:
        return
    twice = counts.filter(pc.greater(counts["count_all"], 1)).slice(0, 1).drop_columns("count_all").to_pylist()[0]
    key = ", ".join(f"{name}={value}" for name, value in twice.items())
    raise SimError(f"table '{table.name}', month {yyyymm}: two rows share the primary key {key}")


def _write_parts(folder: Path, yyyymm: int, contents: Mapping[str, pa.Table]) -> list[Part]:
    return [_write_part(folder, name, yyyymm, content) for name, content in contents.items()]


def _write_part(folder: Path, name: str, yyyymm: int, content: pa.Table) -> Part:
    relative = f"tables/{name}/part-{yyyymm:06d}.parquet"
    path = folder / relative
    with replacing(path) as file:
        pq.write_table(content, file, compression="zstd", compression_level=3)
    return Part(name, yyyymm, relative, content.num_rows, path.stat().st_size, file_sha256(path))


def _parts(folder: Path, name: str) -> list[Path]:
    return sorted((folder / "tables" / name).glob("part-*.parquet"))


def _table(name: str) -> Table:
    try:
        return TABLES[name]
    except KeyError:
        raise SimError(f"there is no table '{name}'; the tables are {', '.join(TABLES)}") from None


def _on_request() -> str:
    return " and ".join(table.name for table in TABLES.values() if table.on_request)
