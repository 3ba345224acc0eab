"""The closed form of arrears reproduces the tables it was published with, to their printed digits."""

from __future__ import annotations

import pytest

from sim.studies.arrears_closed_form import Rolls, arrears_shares, entry_and_removal, entry_for_overdue

ROLLS = Rolls(0.34, 0.665, 0.846)
ENTRY = 0.0085


def test_buckets_of_a_stationary_book_removed_at_120_days() -> None:
    shares = arrears_shares(ENTRY, ROLLS, 0.0, 120)
    buckets = (shares.days_1_30, shares.days_31_60, shares.days_61_90, shares.days_91_120, shares.days_over_120)
    assert [round(100 * share, 2) for share in buckets] == [0.84, 0.28, 0.19, 0.16, 0.0]


@pytest.mark.parametrize(
    ("removal", "over_0", "over_30", "over_90"),
    [
        (120, 1.47, 0.63, 0.16),
        (180, 1.79, 0.95, 0.48),
        (210, 1.94, 1.11, 0.64),
        (300, 2.41, 1.58, 1.11),
        (360, 2.72, 1.89, 1.42),
        (480, 3.33, 2.51, 2.04),
    ],
)
def test_overdue_shares_by_days_at_removal(removal: int, over_0: float, over_30: float, over_90: float) -> None:
    shares = arrears_shares(ENTRY, ROLLS, 0.0, removal)
    found = (shares.over_0, shares.over_30, shares.over_90)
    assert [round(100 * share, 2) for share in found] == [over_0, over_30, over_90]


def test_monthly_inflow_beyond_90_days() -> None:
    current_to_91 = ENTRY * ROLLS.chain()[3]
    assert round(100 * current_to_91, 3) == 0.163
    assert round(100 * arrears_shares(ENTRY, ROLLS, 0.0, 120).days_91_120, 3) == 0.160


GROWTHS = (0.0, 0.025, 0.05)


@pytest.mark.parametrize(
    ("overdue", "npl", "definition", "entries", "removals"),
    [
        (1.56, 0.48, "1+", (0.69, 0.73, 0.75), (202, 210, 225)),
        (1.93, 0.57, "1+", (0.88, 0.93, 0.95), (195, 202, 218)),
        (1.24, 0.51, "1+", (0.47, 0.49, 0.51), (262, 285, 315)),
        (1.15, 0.43, "1+", (0.46, 0.48, 0.50), (240, 255, 278)),
        (1.83, 1.29, "30+", (0.99, 1.04, 1.11), (300, 330, 368)),
        (0.67, 0.48, "30+", (0.34, 0.36, 0.38), (315, 345, 390)),
    ],
)
def test_two_stocks_identify_entry_and_removal(
    overdue: float, npl: float, definition: str, entries: tuple[float, ...], removals: tuple[int, ...]
) -> None:
    for growth, entry, removal in zip(GROWTHS, entries, removals, strict=True):
        found = entry_and_removal(overdue / 100, npl / 100, definition, ROLLS, growth)
        assert found is not None
        assert 100 * found[0] == pytest.approx(entry, abs=0.021)
        assert found[1] == pytest.approx(removal, abs=10)
        shares = arrears_shares(*found[:1], ROLLS, growth, found[1])
        assert 100 * shares.overdue(definition) == pytest.approx(overdue, abs=1e-6)
        assert 100 * shares.over_90 == pytest.approx(npl, abs=1e-6)


def test_stocks_no_removal_can_give_are_told_so() -> None:
    assert entry_and_removal(0.0183, 0.0001, "1+", ROLLS, 0.0) is None


def test_entry_answers_the_overdue_rate() -> None:
    entry = entry_for_overdue(0.0147166, "1+", ROLLS, 0.0, 120)
    assert 100 * entry == pytest.approx(0.85, abs=1e-4)
