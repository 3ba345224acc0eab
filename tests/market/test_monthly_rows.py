"""Monthly rows of pools and purchases tell the same story as daily ones: nothing is lost, nothing else moves."""

from __future__ import annotations

import datetime
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from worlds import market, run_to

from sim.calendar import date_of, day_of, is_month_end
from sim.market import SecuritizationMarket
from sim.records import checkpoint

STOCKS = ("receivable_fen", "current_fen", "dpd_120_plus_fen", "loans", "cumulative_default_fen", "cash_fen", "npl_ppm")
FLOWS = (
    "new_lending_fen", "collected_principal_fen", "prepaid_fen", "collected_fee_fen", "penalty_fen", "purchased_fen",
    "new_default_fen", "written_off_fen", "recovered_fen", "bought_back_fen",
)  # fmt: skip
BOUGHT = (
    "days", "requested_fen", "reviewed_fen", "settled_fen", "price_fen", "loans", "backlog_fen", "ineligible_found_fen",
)  # fmt: skip
END = "2017-12-31"  # every plan still lives


@pytest.fixture(scope="module")
def both() -> tuple[SecuritizationMarket, SecuritizationMarket]:
    fails: dict[str, Any] = {"originators__ant_xiaowei__fails_on": "2017-12-20"}  # so that something happens
    return run_to(market(end=END, **fails)), run_to(market(end=END, records__pools="monthly", **fails))


def sums(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Sums by deal."""
    out: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(columns, 0))
    for row in rows:
        for column in columns:
            out[row["deal"]][column] += row[column]
    return dict(out)


def test_flows_add_up_and_stocks_are_those_of_the_day(both: tuple[SecuritizationMarket, SecuritizationMarket]) -> None:
    daily, monthly = (place.recorder.table("pools").to_pylist() for place in both)
    assert len(monthly) * 12 < len(daily)
    assert sums(monthly, FLOWS) == sums(daily, FLOWS)
    of_day = {(r["date"], r["deal"]): r for r in daily}
    dates = {name: {d.pay_day for d in t.schedule().dates} for name, t in both[0].settings.deals.items()}
    for row in monthly:
        assert {c: row[c] for c in STOCKS} == {c: of_day[row["date"], row["deal"]][c] for c in STOCKS}
        day = day_of(row["date"])
        assert is_month_end(day) or day in dates[row["deal"]]
    assert any(not is_month_end(day_of(row["date"])) for row in monthly)


def test_purchases_add_up(both: tuple[SecuritizationMarket, SecuritizationMarket]) -> None:
    daily, monthly = (place.recorder.table("purchases").to_pylist() for place in both)
    assert 0 < len(monthly) * 10 < len(daily)
    assert sums(monthly, BOUGHT) == sums(daily, BOUGHT)
    for row in monthly:
        assert row["idle_cash_fen"] == row["cash_available_fen"] - row["price_fen"]


def test_what_happens_is_the_same(both: tuple[SecuritizationMarket, SecuritizationMarket]) -> None:
    daily, monthly = both
    for table in ("market_daily", "payments", "tranches", "balance_sheets", "exposures"):
        assert daily.recorder.table(table).equals(monthly.recorder.table(table)), table
    changes = [row for row in daily.recorder.table("events").to_pylist() if row["effect"] != "no change"]
    assert changes
    assert [r for r in monthly.recorder.table("events").to_pylist() if r["effect"] != "no change"] == changes
    assert daily.summary()["pools"] == monthly.summary()["pools"]


def test_the_last_month_of_a_plan_is_told_on_its_last_date() -> None:
    place = run_to(market(records__pools="monthly"))
    rows = [r for r in place.recorder.table("pools").to_pylist() if r["deal"] == "huabei_2017_1"]
    ended = next(r["date"] for r in place.recorder.table("issuance").to_pylist() if r["step"] == 9)
    assert rows[-1]["date"] == ended
    assert rows[-1]["receivable_fen"] == 0
    assert rows[-1]["collected_principal_fen"] > 0


def test_a_resumed_market_adds_up_the_whole_month(tmp_path: Path) -> None:
    stop = day_of(datetime.date(2017, 5, 17))
    whole = run_to(market(end="2017-06-30", records__pools="monthly"), stop)
    checkpoint.save(tmp_path / "midnight.npz", whole.state())
    again = market(end="2017-06-30", records__pools="monthly")
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    for table in ("pools", "purchases"):
        one, other = (
            [r for r in run_to(m).recorder.table(table).to_pylist() if r["date"] >= date_of(stop)]
            for m in (whole, again)
        )
        assert one == other
