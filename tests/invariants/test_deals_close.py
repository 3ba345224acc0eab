"""Whole lives of the shipped deals, in fewer households: every identity, every payment date, and the empty end."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest
from worlds import HUABEI, SCENARIOS, market, run_to

from sim.calendar import date_of
from sim.deals.waterfall_lines import LineKind
from sim.ledger.loss_record import BORNE
from sim.market import SecuritizationMarket
from sim.market.plan_record import records

DEALS = ("huabei_2017", "jd_baitiao_2015", "jd_baitiao_24m", "jd_baitiao_12m")


@cache
def lived(name: str) -> SecuritizationMarket:
    """A shipped scenario, run to its end: the market itself checks ledger and books at every midnight."""
    return run_to(market(SCENARIOS / "deals" / f"{name}.yaml"))


@pytest.mark.parametrize("name", DEALS)
def test_seniors_are_paid_in_full_and_the_plan_ends_empty(name: str) -> None:
    place = lived(name)
    assert not place.deals
    assert list(place.closed) == list(place.settings.deals)
    for deal, plan in place.closed.items():
        for row in plan["tranches"][:-1]:
            assert row["paid_principal_fen"] == row["face_fen"]
            assert row["loss_fen"] == 0
        assert f"spv:{deal}" not in place.ledger.party_number
        assert f"spv:{deal}" not in place.books[plan["originator"]].owners


@pytest.mark.parametrize("name", DEALS)
def test_cash_of_every_payment_date_is_accounted_for(name: str) -> None:
    """Money paid from the income and principal accounts on a date = what the tranches, fees and taxes received."""
    place = lived(name)
    payments = place.recorder.table("payments").to_pylist()
    tranches = place.recorder.table("tranches").to_pylist()
    received: dict[tuple[object, str, str], int] = defaultdict(int)
    for row in payments:
        assert 0 <= row["paid_fen"] <= row["due_fen"]
        assert row["shortfall_fen"] == row["due_fen"] - row["paid_fen"]
        if row["payee"].startswith("tranche:"):
            received[row["date"], row["deal"], row["payee"].removeprefix("tranche:")] += row["paid_fen"]
    assert len(tranches) > 6
    for row in tranches:
        got = received[row["date"], row["deal"], row["tranche"]]
        assert got == row["interest_paid_fen"] + row["principal_paid_fen"]


@pytest.mark.parametrize("name", DEALS)
def test_every_loss_has_a_cause_and_every_purchase_its_cash(name: str) -> None:
    place = lived(name)
    losses = place.recorder.table("loss_flows").to_pylist()
    assert losses
    assert all(row["cause"] == "origin" or row["cause"].isdigit() or BORNE.fullmatch(row["cause"]) for row in losses)
    bought = place.recorder.table("purchases").to_pylist()
    assert len(bought) > 50
    for row in bought:
        assert row["settled_fen"] <= row["reviewed_fen"] <= row["requested_fen"]
        assert row["price_fen"] <= row["cash_available_fen"]
        assert row["idle_cash_fen"] == row["cash_available_fen"] - row["price_fen"]
        assert row["backlog_fen"] == row["requested_fen"] - row["reviewed_fen"]


def test_pools_add_up_to_the_whole_book_every_day() -> None:
    days: dict[object, dict[str, int]] = defaultdict(dict)
    for row in lived("huabei_2017").recorder.table("pools").to_pylist():
        days[row["date"]][row["deal"]] = row["receivable_fen"]
        buckets = ("current", "dpd_1_30", "dpd_31_60", "dpd_61_90", "dpd_91_120", "dpd_120_plus")
        assert sum(row[f"{bucket}_fen"] for bucket in buckets) == row["receivable_fen"]
    assert len(days) == 638
    for deals in days.values():
        whole = deals.pop("managed:ant_xiaowei")
        assert sum(deals.values()) == whole


def test_balance_sheets_balance_and_exposures_equal_them() -> None:
    sheets: dict[tuple[object, str], int] = defaultdict(int)
    liabilities: dict[object, int] = defaultdict(int)
    for row in lived("huabei_2017").recorder.table("balance_sheets").to_pylist():
        sign = 1 if row["side"] == "asset" else -1
        sheets[row["date"], row["institution"]] += sign * row["amount_fen"]
        if row["side"] == "liability":
            liabilities[row["date"]] += row["amount_fen"]
    assert set(sheets.values()) == {0}
    owed: dict[object, int] = defaultdict(int)
    for row in lived("huabei_2017").recorder.table("exposures").to_pylist():
        if row["state"] == "drawn":
            owed[row["date"]] += row["amount_fen"]
    assert {day: owed[day] for day in liabilities} != {}
    written_off = defaultdict(int)
    for row in lived("huabei_2017").recorder.table("exposures").to_pylist():
        if row["state"] == "written_off":
            written_off[row["date"]] += row["amount_fen"]
    for day, fen in liabilities.items():
        assert fen == owed[day] + written_off[day]


def test_revolving_ends_and_the_overdue_share_jumps() -> None:
    """PERF05: when a series leaves its revolving period its overdue share rises, since the sound loans are repaid
    first."""
    rows = [r for r in lived("huabei_2017").recorder.table("pools").to_pylist() if r["deal"] == "huabei_2017_1"]
    end = date_of(lived("huabei_2017").settings.deals["huabei_2017_1"].schedule().revolving_end)
    before = [r["overdue_ppm"] for r in rows if r["date"] <= end][-1]
    after = [r["overdue_ppm"] for r in rows if r["date"] > end]
    assert max(after) > 2 * before


def test_payments_of_a_revolving_date_pay_interest_and_keep_principal() -> None:
    payments = lived("jd_baitiao_2015").recorder.table("payments").to_pylist()
    schedule = lived("jd_baitiao_2015").settings.deals["jd_baitiao_2015"].schedule()
    first = [r for r in payments if r["period"] == 1]
    paid = {r["name"]: r["paid_fen"] for r in first}
    days = schedule.dates[0].interest_days
    # 600 m at 5.1 % and 104 m at 7.3 %, actual / 365, half up (DEA12, DEA14).
    assert paid["priority_01 interest"] == (2 * 60_000_000_000 * 510 * days + 3_650_000) // 7_300_000
    assert paid["priority_02 interest"] == (2 * 10_400_000_000 * 730 * days + 3_650_000) // 7_300_000
    assert not any("principal" in r["name"] and r["payee"].startswith("tranche:") and r["paid_fen"] for r in first)
    quarterly = [d.pay_day for d in schedule.dates if d.phase == "revolving"]
    assert len(quarterly) == 4
    assert LineKind.TRANSFER == "transfer"


def test_too_slow_a_pool_misses_its_maturity_and_says_so() -> None:
    """The issue's own test: seniors are not repaid when the payment rate is too low for the allocation period."""
    place = run_to(market(SCENARIOS / "deals" / "huabei_2017_slow.yaml"))
    events = place.recorder.table("events").to_pylist()
    named = [r for r in events if r["event"] == "unpaid_at_maturity" and r["effect"] == "accelerate"]
    assert {r["deal"] for r in named} == set(place.settings.deals)
    assert all("senior" in r["detail"] for r in named)
    assert any(r["event"] == "deficiency_payment" for r in events)
    missed = [row["missed_fen"] for plan in records(place) for row in plan["tranches"] if row["tranche"] == "senior"]
    assert min(missed) > 0
    assert HUABEI.exists()
