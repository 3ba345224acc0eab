"""What an agency reads in public reports, and what an originator's record makes of a forecast."""

from __future__ import annotations

from typing import Any

from sim.agents import rating_reports as reports
from sim.deals.pool_view import PoolView

VIEW = PoolView(2_000, 600, 36, 350_000, 80_000, 850_000)


def year(rate_ppm: int, months: int = 12) -> list[list[int]]:
    """A record of so many months at this rate where 2,000 ppm were expected of a billion fen."""
    return [[month, 2_000_000, rate_ppm * 1_000] for month in range(months)]


def test_a_month_is_set_against_what_performed_three_months_before() -> None:
    kept: dict[str, Any] = {"seen": [], "defaulted": 0, "shown_ppm": 2_000}
    for total, performing in ((0, 1_000_000), (0, 1_000_000), (10, 900_000)):
        reports.read(kept, total, performing)
        assert reports.month_of(kept) is None
    reports.read(kept, 3_010, 800_000)
    assert kept["seen"][-1] == [3_000, 800_000]
    assert reports.month_of(kept) == (2_000, 3_000)


def test_plans_of_a_month_are_one_entry_and_old_months_go() -> None:
    record = reports.add_month([], 5, 10, 12)
    record = reports.add_month(record, 5, 20, 8)
    assert record == [[5, 30, 20]]
    assert reports.add_month(record, 41, 1, 1) == [[41, 1, 1]]


def test_a_year_of_record_counts_half_either_way_and_a_handful_of_loans_hardly() -> None:
    assert reports.forecast(VIEW, [], 1).default_ppm == 2_000
    assert reports.forecast(VIEW, year(2_000), 1).default_ppm == 2_000
    assert reports.forecast(VIEW, year(4_000), 1).default_ppm == 2_999
    assert reports.forecast(VIEW, year(0), 1).default_ppm == 1_000
    assert 2_000 < reports.forecast(VIEW, year(4_000), 10_000_000).default_ppm < 2_400
    assert reports.forecast(VIEW, year(4_000, 36), 1).default_ppm > reports.forecast(VIEW, year(4_000), 1).default_ppm
