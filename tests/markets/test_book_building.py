"""Books: a hand-worked one, what happens when demand is short, and what holds for every book."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.markets.book_building import (
    PPM,
    Bid,
    build_book,
    clearing_coupon_bp,
    demand_fen,
    share_taken_ppm,
    total_demand_fen,
)

ANY = 10**18

bids = st.lists(
    st.builds(
        Bid,
        investor=st.uuids().map(str),
        budget_fen=st.integers(0, 10**12),
        required_bp=st.integers(0, 900),
        slope_bp=st.integers(1, 80),
        cap_fen=st.integers(0, 10**12),
    ),
    max_size=8,
    unique_by=lambda bid: bid.investor,
)


def test_a_hand_worked_book() -> None:
    # At the required yield half the budget is bid; one slope above it 1 / (1 + 1/e) = 73.1059 %.
    book = [Bid("a", 1_000, 500, 10, ANY), Bid("b", 2_000, 510, 10, 1_200)]
    assert share_taken_ppm(500, 500, 10) == 500_000
    assert share_taken_ppm(510, 500, 10) == 731_059
    # At 510: a bids 731, b half of 2,000; in lots of 100: 700 and 1,000. At 511 a: 750 -> 700, b: 1,049 -> 1,000.
    assert [demand_fen(bid, 510, 100) for bid in book] == [700, 1_000]
    result = build_book(1_700, book, 480, 520, 100, 500)
    # At 509: a 710 -> 700, b 950 -> 900, together 1,600: short of 1,700. So 510 is the lowest.
    assert result.coupon_bp == 510
    assert result.allotment_fen == {"a": 700, "b": 1_000}
    assert result.cover_ppm == PPM
    assert not result.widened
    assert result.resized_to_fen is None


def test_all_bidders_at_the_coupon_are_scaled_pro_rata_in_lots() -> None:
    book = [Bid(name, 1_000, 400, 1, ANY) for name in ("a", "b", "c")]
    result = build_book(1_000, book, 500, 600, 100, 100)  # each bids 1,000; 10 lots among 3
    assert result.coupon_bp == 500
    assert result.allotment_fen == {"a": 400, "b": 300, "c": 300}
    assert result.cover_ppm == 3 * PPM


def test_a_book_short_of_demand_is_widened_once_then_cut_then_fails() -> None:
    late = [Bid("a", 10_000, 560, 5, ANY)]
    widened = build_book(5_000, late, 500, 540, 100, 1_000)
    assert widened.widened
    assert widened.coupon_bp == 560
    assert widened.resized_to_fen is None
    cut = build_book(9_999_900, [Bid("a", 2_000_000, 300, 5, ANY)], 500, 540, 100, 1_000_000)
    assert cut.resized_to_fen == cut.placed_fen == 2_000_000
    assert cut.widened
    failed = build_book(9_999_900, [Bid("a", 2_000_000, 300, 5, ANY)], 500, 540, 100, 3_000_000)
    assert failed.coupon_bp is None
    assert failed.allotment_fen == {}
    assert failed.cover_ppm == 2_000_000 * PPM // 9_999_900
    assert build_book(1_000, [], 500, 540, 100, 0).coupon_bp is None


def test_a_range_that_does_not_widen_sells_what_is_taken_at_its_top_at_the_lowest_coupon_that_finds_it() -> None:
    one = [Bid("a", 15_000, 500, 12, 15_000)]
    cut = build_book(50_000, one, 100, 900, 10_000, 10_000, widens=False)
    assert (cut.placed_fen, cut.widened, cut.demand_high_fen) == (10_000, False, 10_000)
    assert cut.coupon_bp is not None
    assert 500 < cut.coupon_bp < 520
    assert build_book(50_000, one, 100, 300, 10_000, 10_000, widens=False).coupon_bp is None


def test_a_cap_binds_whatever_the_coupon() -> None:
    assert demand_fen(Bid("a", 10_000, 100, 5, 3_000), 900, 100) == 3_000


def test_bad_sizes_and_ranges_are_refused() -> None:
    with pytest.raises(ValueError, match="whole number of lots"):
        build_book(150, [], 1, 2, 100, 100)
    with pytest.raises(ValueError, match="upside down"):
        build_book(100, [], 3, 2, 100, 100)


@given(bids, st.integers(0, 800), st.integers(0, 300), st.integers(1, 10**6))
def test_demand_never_falls_as_the_coupon_rises(book: list[Bid], low: int, step: int, lot: int) -> None:
    assert total_demand_fen(book, low + step, lot) >= total_demand_fen(book, low, lot)


@given(bids, st.integers(1, 2_000), st.integers(1, 10**9), st.integers(0, 600), st.integers(0, 400))
def test_what_holds_for_every_book(book: list[Bid], lots: int, lot: int, low: int, width: int) -> None:
    size = lots * lot
    result = build_book(size, book, low, low + width, lot, size // 2)
    if result.coupon_bp is None:
        assert result.placed_fen == 0
        assert total_demand_fen(book, low + 2 * width, lot) < max(size // 2, lot)
        return
    assert result.placed_fen == (result.resized_to_fen or size)
    assert result.placed_fen >= size // 2
    for bid in book:
        assert result.allotment_fen.get(bid.investor, 0) <= demand_fen(bid, result.coupon_bp, lot)
        assert result.allotment_fen.get(bid.investor, 0) % lot == 0
    if result.coupon_bp > low:
        assert total_demand_fen(book, result.coupon_bp - 1, lot) < result.placed_fen


@given(bids, st.integers(0, 600), st.integers(0, 200))
def test_bisection_finds_what_a_scan_finds(book: list[Bid], low: int, width: int) -> None:
    size = total_demand_fen(book, low + width, 100)
    if size:
        scan = next(c for c in range(low, low + width + 1) if total_demand_fen(book, c, 100) >= size)
        assert clearing_coupon_bp(lambda c: total_demand_fen(book, c, 100), size, low, low + width) == scan


@given(bids, st.integers(0, 600), st.integers(1, 50))
def test_more_bidders_never_raise_the_coupon(book: list[Bid], low: int, lots: int) -> None:
    without = build_book(lots * 1_000, book, low, low + 200, 1_000, lots * 1_000)
    joined = build_book(
        lots * 1_000, [*book, Bid("new", 10**9, low + 50, 10, ANY)], low, low + 200, 1_000, lots * 1_000
    )
    assert without.coupon_bp is None or (joined.coupon_bp is not None and joined.coupon_bp <= without.coupon_bp)
