"""A pool's view is worked by hand; more months make the data count more than the assumption."""

from __future__ import annotations

from statistics import stdev

import pytest

from sim.deals.pool_view import HISTORY_MONTHS, pool_view


def month(number: int, performing: int, **flows: int) -> dict[str, int]:
    """A month of a book, in which nothing happens but what is said."""
    flat = {"new_default_fen": 0, "principal_fen": 0, "income_fen": 0, "recovered_fen": 0, "written_off_fen": 0}
    return {"month": number, "performing_fen": performing, **flat, **flows}


def test_a_view_worked_by_hand() -> None:
    view = pool_view(
        [
            month(1, 1_000_000, new_default_fen=4_000, principal_fen=300_000, income_fen=10_000),
            month(2, 3_000_000, new_default_fen=6_000, principal_fen=700_000, income_fen=20_000),
        ],
        recovery_ppm=300_000,
    )
    assert view.default_ppm == 2_500  # 10,000 of 4,000,000
    assert view.default_sd_ppm == int(stdev([4_000, 2_000]))
    assert (view.history_months, view.payment_ppm, view.income_ppm) == (2, 250_000, 90_000)
    assert view.loss_given_default_ppm == 700_000  # nothing written off yet: the assumption


def test_a_growing_book_is_no_better_than_a_steady_one() -> None:
    """Of every balance 1 % defaults three months later, however fast the book grows meanwhile."""

    def seen(growth: float) -> int:
        balances = [round(10**9 * growth**k) for k in range(24)]
        book = [month(k, b, new_default_fen=balances[k - 3] // 100 if k >= 3 else 0) for k, b in enumerate(balances)]
        return pool_view(book, 300_000).default_ppm

    assert [seen(growth) for growth in (0.95, 1.0, 1.1, 1.3)] == pytest.approx([10_000] * 4, abs=1)


def test_recoveries_seen_count_by_the_months_they_cover() -> None:
    def lost(months: int) -> int:
        shown = [month(k, 10**6, written_off_fen=1_000, recovered_fen=100) for k in range(months)]
        return pool_view(shown, recovery_ppm=400_000).loss_given_default_ppm

    assert lost(24) == 750_000  # half 10 % seen, half 40 % assumed
    assert 600_000 < lost(1) < lost(12) < lost(36) < 900_000


def test_only_the_latest_months_are_looked_at_and_one_month_has_no_deviation() -> None:
    bad_past = [month(k, 10**6, new_default_fen=500_000) for k in range(5)]
    good = [month(5 + k, 10**6, new_default_fen=1_000) for k in range(HISTORY_MONTHS)]
    assert pool_view(bad_past + good, 0) == pool_view(good, 0)
    assert pool_view(good[:1], 0).default_sd_ppm == 0


def test_a_pool_without_balance_is_refused() -> None:
    with pytest.raises(ValueError, match="performing balance"):
        pool_view([month(1, 0)], 300_000)
