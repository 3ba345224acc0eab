"""The recorder, the dictionary and the content hash."""

from __future__ import annotations

import datetime
from enum import IntEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import SimError
from sim.records.tables import TABLES
from sim.records.writer import ContentHash, Recorder, arrow_schema, content_hash, read_table

REQUIRED = (
    "market_daily macro balance_sheets banks books lenders pools purchases tranches payments holdings issuance "
    "trades ratings regulation exposures contagion indicators loss_flows notices events loans borrowers loan_events "
    "turned_away"
)


class Hour(IntEnum):
    PAY = 14


def holding(day: int = 0, **changes: object) -> dict[str, object]:
    return {"date": day, "deal": "d", "tranche": "a", "holder": "investor:x", "nominal_fen": 5} | changes


def record_one(row: dict[str, object]) -> None:
    recorder = Recorder()
    recorder.add("holdings", **row)
    recorder.close_month(201001)


def event(**changes: object) -> dict[str, object]:
    row = {"date": 1, "hour": Hour.PAY, "deal": "d", "institution": "", "family": "f", "event": "e", "detail": "x"}
    return row | {"effect": ""} | changes


def test_dictionary_is_complete() -> None:
    assert set(TABLES) == set(REQUIRED.split())
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert names[0] == "date"
        assert len(set(names)) == len(names)
        assert set(table.key) <= set(names)
        for column in table.columns:
            assert column.description
            for unit in ("fen", "ppm", "bp"):
                assert column.name.endswith(f"_{unit}") == (column.unit == unit), (table.name, column.name)


def test_rows_come_back_with_dates_and_nulls() -> None:
    recorder = Recorder()
    recorder.add("events", **event(measured_ppm=3))
    recorder.add("events", **event(date=2))
    rows = recorder.table("events").to_pylist()
    assert [row["date"] for row in rows] == [datetime.date(2010, 1, 2), datetime.date(2010, 1, 3)]
    assert [row["measured_ppm"] for row in rows] == [3, None]
    assert rows[0]["hour"] == 14


def test_added_and_extended_rows_keep_their_order() -> None:
    recorder = Recorder()
    recorder.add("holdings", **holding(nominal_fen=1))
    many = {"tranche": ["a", "a"], "deal": ["d", "d"], "holder": ["p", "q"], "date": np.array([0, 1])}
    recorder.extend("holdings", many | {"nominal_fen": np.array([2, 3])})
    recorder.add("holdings", **holding(2, nominal_fen=4))
    recorder.close_month(201001)
    recorder.add("holdings", **holding(40, nominal_fen=5))
    assert recorder.table("holdings")["nominal_fen"].to_pylist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nominal_fen": 1.0}, "table 'holdings', column nominal_fen: takes int64, got float"),
        ({"nominal_fen": True}, "takes int64, got bool"),
        ({"nominal_fen": 2**63}, "column nominal_fen"),
        ({"nominal_fen": None}, "column nominal_fen: null in row 0"),
        ({"deal": 7}, "column deal: takes string, got int"),
        ({"date": datetime.date(2015, 1, 1)}, "column date: takes date32, got date"),
        ({"price": 7}, "has no column price"),
    ],
)
def test_wrong_values_are_refused_by_name(changes: dict[str, object], message: str) -> None:
    with pytest.raises(SimError, match=message):
        record_one(holding(**changes))


def test_missing_columns_unknown_tables_and_ragged_columns_are_refused() -> None:
    recorder = Recorder()
    with pytest.raises(SimError, match="lacks deal, holder"):
        recorder.add("holdings", date=1, tranche="a", nominal_fen=3)
    with pytest.raises(SimError, match="there is no table 'holding'"):
        recorder.add("holding", date=1)
    ragged = {name: [value] for name, value in holding().items()} | {"deal": ["d", "e"]}
    with pytest.raises(SimError, match="differ in length"):
        recorder.extend("holdings", ragged)
    with pytest.raises(SimError, match="takes int64, got float64"):
        recorder.extend("holdings", {name: [value] for name, value in holding().items()} | {"nominal_fen": np.ones(1)})
    with pytest.raises(SimError, match="always kept"):
        Recorder(tables=["pools"])


def test_a_primary_key_must_be_one() -> None:
    recorder = Recorder()
    recorder.add("holdings", **holding())
    recorder.add("holdings", **holding(nominal_fen=6))
    with pytest.raises(SimError, match=r"month 201001.*primary key date=2010-01-01, deal=d, tranche=a, holder=inv"):
        recorder.close_month(201001)


def test_on_request_tables_are_kept_only_on_request() -> None:
    row = {column.name: "x" if column.type == "string" else 1 for column in TABLES["borrowers"].columns}
    silent, asked = Recorder(), Recorder(tables=["borrowers"])
    assert (silent.wants("borrowers"), asked.wants("borrowers"), silent.wants("pools")) == (False, True, True)
    silent.add("borrowers", **row)
    asked.add("borrowers", **row)
    assert (silent.table("borrowers").num_rows, asked.table("borrowers").num_rows) == (0, 1)


def test_a_recorder_of_some_tables_lets_go_of_the_rest_and_says_so() -> None:
    seen: list[int] = []
    some = Recorder(only=["holdings"])
    some.follow("holdings", lambda row: seen.append(row["nominal_fen"]))
    some.follow("notices", lambda row: seen.append(row["date"]))
    notice = {column.name: "x" if column.type == "string" else 1 for column in TABLES["notices"].columns}
    for _ in range(2):
        some.add("notices", **notice)  # two rows of one key: nobody keeps them
    some.add("holdings", **holding())
    some.close_month(201001)
    assert len(seen) == 3
    for recorder in (some, some.fork()):
        assert recorder.table("holdings").num_rows == 1
        with pytest.raises(SimError, match="'notices' is not kept here; only holdings are"):
            recorder.table("notices")
    with pytest.raises(SimError, match="there is no table"):
        Recorder(only=["holding"])


def test_months_become_parts_and_read_back_equal(tmp_path: Path) -> None:
    kept, memory = Recorder(tmp_path), Recorder()
    for recorder in (kept, memory):
        for day in range(60):
            recorder.add("holdings", **holding(day, nominal_fen=day * 10**12))
            if day == 30:
                parts = recorder.close_month(201001)
                assert recorder.close_month(201001) == []
    path = tmp_path / "tables/holdings/part-201001.parquet"
    assert pq.read_metadata(path).row_group(0).column(0).compression == "ZSTD"
    assert parts == []  # the last to be asked keeps everything in memory
    assert kept.table("holdings").equals(memory.table("holdings"))
    assert read_table(tmp_path, "holdings").num_rows == 31
    assert read_table(tmp_path, "trades").schema == arrow_schema("trades")
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["part-201001.parquet"]


def test_the_open_month_survives_a_checkpoint() -> None:
    first, second = Recorder(), Recorder()
    first.add("events", **event())
    first.add("events", **event(date=2, measured_ppm=1))
    second.add("issuance", date=1, deal="d", step=1, what="left over", party="p", amount_fen=0)
    second.restore(first.state())
    assert second.table("issuance").num_rows == 0
    for recorder in (first, second):
        recorder.add("events", **event(date=3))
    assert first.table("events").equals(second.table("events"))


texts = st.lists(st.none() | st.text(max_size=4), min_size=1, max_size=8)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(texts, st.data())
def test_content_hash_ignores_chunks_and_sees_every_value(values: list[str | None], data: st.DataObject) -> None:
    numbers = [None if value is None else len(value) - 3 for value in values]
    floats = [float("nan") if value is None else len(value) / 7 for value in values]
    whole = pa.table({"s": pa.array(values, pa.string()), "n": pa.array(numbers, pa.int64()), "f": floats})
    cut = data.draw(st.integers(0, len(values)))
    pieces = pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])
    assert content_hash(pieces) == content_hash(whole)
    stream = ContentHash(whole.schema)
    for piece in (whole.slice(0, cut), whole.slice(cut)):
        stream.update(piece)
    assert stream.hexdigest() == content_hash(whole)

    row = data.draw(st.integers(0, len(values) - 1))
    changed = [*values]
    changed[row] = "other" if changed[row] is None else None
    assert content_hash(whole.set_column(0, "s", pa.array(changed, pa.string()))) != content_hash(whole)
    assert content_hash(whole.rename_columns(["t", "n", "f"])) != content_hash(whole)


def test_content_hash_is_written_down() -> None:
    days, numbers = pa.array([0, 14610], pa.date32()), pa.array([None, -1], pa.int32())
    table = pa.table({"d": days, "s": ["花呗", ""], "n": numbers, "x": [0.5, -0.0]})
    assert content_hash(table) == "71b788aae27643fc5bac6d19087e662ef5ef9c6ef3c7b4360a3bf7e3f306da29"
    assert content_hash(pa.table({"s": ["ab", "c"]})) != content_hash(pa.table({"s": ["a", "bc"]}))
