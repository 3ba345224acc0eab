"""A pool history with a bad row is refused at its row and column; a good one shows its rolls."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.studies.pool_history import COLUMNS, history_rates, read_pool_history

HEADER = ",".join(COLUMNS)
GOOD = [
    "2016/11/30,10,1000,200,3,1000,10,5,4,3,20,50,9",
    "2016/12/31,11,1042,200,3,1100,9,4,3,3,21,60,12",
    "2017/1/31,12,1140,200,3,1200,22,3,2,2,22,70,15",
]


def written(folder: Path, rows: list[str], header: str = HEADER) -> Path:
    path = folder / "history.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_rolls_are_means_of_the_years_named(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    months = read_pool_history(path)
    both, late = history_rates(path, months, (2016, 2017)), history_rates(path, months, (2017,))
    assert both.months == 2
    assert both.entry == pytest.approx((9 / 1000 + 22 / 1100) / 2)
    assert both.rolls == pytest.approx(((4 / 10 + 3 / 9) / 2, (3 / 5 + 2 / 4) / 2, (3 / 4 + 2 / 3) / 2))
    assert late.rolls == pytest.approx((3 / 9, 2 / 4, 2 / 3))


def test_bom_and_blank_lines_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([HEADER, GOOD[0], "", GOOD[1]]).encode())
    assert [month.end.isoformat() for month in read_pool_history(path)] == ["2016-11-30", "2016-12-31"]


BAD_ROWS = {
    "a word": ("2017/2/28,12,1140,many,3,1200,22,3,2,2,22,70,15", "new_loans", "'many' is not a number"),
    "an empty cell": ("2017/2/28,12,1140,200,3,,22,3,2,2,22,70,15", "current", "'' is not a number"),
    "a negative": ("2017/2/28,12,1140,200,3,1200,-22,3,2,2,22,70,15", "dq1_30", "-22 is negative"),
    "not a number": ("2017/2/28,12,1140,200,3,1200,22,nan,2,2,22,70,15", "dq31_60", "not a finite number"),
    "infinite": ("2017/2/28,12,1140,200,3,1200,22,3,1e400,2,22,70,15", "dq61_90", "not a finite number"),
    "too short": ("2017/2/28,12,1140,200", "cum_prepay", "the row has 4 values, the header 13"),
    "too long": ("2017/2/28,12,1140,200,3,1200,22,3,2,2,22,70,15,9", "cum_interest", "the row has 14 values"),
    "no date": ("Feb 2017,12,1140,200,3,1200,22,3,2,2,22,70,15", "report_end", "'Feb 2017' is not a date"),
    "no such day": ("2017/2/30,12,1140,200,3,1200,22,3,2,2,22,70,15", "report_end", "is not a date"),
    "not a month end": (
        "2017/2/27,12,1140,200,3,1200,22,3,2,2,22,70,15",
        "report_end",
        "is not the last day of its month",
    ),
    "a month left out": ("2017/3/31,12,1140,200,3,1200,22,3,2,2,22,70,15", "report_end", "does not follow 2017-01-31"),
}


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_a_bad_row_is_named(tmp_path: Path, kind: str) -> None:
    row, column, reason = BAD_ROWS[kind]
    path = written(tmp_path, [*GOOD, row])
    with pytest.raises(ScenarioError) as refused:
        read_pool_history(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: row 5, column {column}: ")
    assert reason in message


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (HEADER.replace("dq1_30", "dq1"), "column dq1: unknown column"),
        (HEADER.removesuffix(",cum_interest"), "column cum_interest: missing"),
        (HEADER + ",current", "column current: stands twice"),
        ("", "column report_end: missing"),
    ],
)
def test_a_bad_header_is_named(tmp_path: Path, header: str, told: str) -> None:
    path = written(tmp_path, GOOD, header)
    with pytest.raises(ScenarioError, match=told) as refused:
        read_pool_history(path)
    assert "row 1" in str(refused.value)


def test_a_missing_an_empty_and_a_binary_file(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.csv", tmp_path / "binary.csv"
    empty.write_text("", encoding="utf-8")
    binary.write_bytes(b"\xff\xfe\x00report")
    for path, told in ((tmp_path / "gone.csv", "No such file"), (empty, "empty"), (binary, "not a CSV file")):
        with pytest.raises(ScenarioError, match=told):
            read_pool_history(path)


def test_years_without_a_roll_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    with pytest.raises(ScenarioError, match="no month of 2015"):
        history_rates(path, read_pool_history(path), (2015,))
