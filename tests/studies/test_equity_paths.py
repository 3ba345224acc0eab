"""Measures on the equity paths of a run's banks: by hand, and what is left out."""

from __future__ import annotations

import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.calendar import add_months, date_of, day_of
from sim.studies import equity_paths
from sim.studies.equity_paths import LEAST_MONTHS, measures_on_paths

FIRST = datetime.date(2019, 1, 31)
LATE = datetime.date(2030, 1, 1)


def month_end(number: int) -> datetime.date:
    return date_of(add_months(day_of(datetime.date(2019, 2, 1)), number) - 1)


def row(bank: str, number: int, equity: int, profit: int, group: str = "large") -> dict[str, Any]:
    return {"institution": f"bank:{bank}", "date": month_end(number), "group": group, "equity_fen": equity,
            "profit_fen": profit, "assets_fen": 1_000}  # fmt: skip


def measured(monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    monkeypatch.setattr(equity_paths, "RunTables", lambda _folder: SimpleNamespace(rows=lambda _name: rows))
    return measures_on_paths(Path("run"), LATE)


def test_the_measures_of_two_banks_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    moves = [0.02, -0.01, 0.03, -0.10, 0.01, 0.02, 0.0, 0.01, -0.02, 0.03, 0.01, 0.02]
    rows = [row(bank, 0, 100, 0) for bank in ("steady", "wild")]
    for number, move in enumerate(moves, start=1):  # equity stays: owners take the profit and make good the loss
        rows += [row("steady", number, 100, round(100 * move)), row("wild", number, 100, round(300 * move))]
    wild, steady = measured(monkeypatch, rows)
    assert (wild["institution"], steady["institution"]) == ("bank:wild", "bank:steady")
    assert (wild["beta"], steady["beta"]) == (1.5, 0.5)  # of their mean
    assert (wild["mes"], steady["mes"]) == (0.3, 0.1)
    assert wild["lrmes"] == pytest.approx(1 - 0.6**1.5, abs=1e-6)
    assert wild["srisk_fen"] == round(0.08 * 900 - 0.92 * 100 * 0.6**1.5)
    assert wild["delta_covar"] == pytest.approx(steady["delta_covar"], abs=1e-6)  # the same tail of the system
    assert wild["delta_covar"] == pytest.approx((np.median([3 * m for m in moves]) + 0.3) * 2 / 3, abs=0.02)


def test_who_failed_came_late_or_stands_for_others_is_left_out_and_a_short_path_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [row("a", number, 100, number % 3) for number in range(LEAST_MONTHS + 1)]
    rows += [row("gone", number, 0 if number == 5 else 100, 1) for number in range(LEAST_MONTHS + 1)]
    rows += [row("late", number, 100, 1) for number in range(3, LEAST_MONTHS + 1)]
    rows += [row("rest_of_system", number, 9_000, 90, "rest") for number in range(LEAST_MONTHS + 1)]
    assert [one["institution"] for one in measured(monkeypatch, rows)] == ["bank:a"]
    assert measured(monkeypatch, [one for one in rows if one["date"] < month_end(LEAST_MONTHS)]) == []
    assert measured(monkeypatch, []) == []
