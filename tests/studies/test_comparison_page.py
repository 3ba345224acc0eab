"""What the page of a comparison says of its numbers: how sure they are, and whether anything differs at all."""

from __future__ import annotations

import pytest

from sim.report.comparison_page import number_box
from sim.report.comparison_rows import binds_lenders, differs
from sim.studies.compare_tables import difference, interval


def box(values: tuple[float | None, float | None, float | None]) -> str:
    mean, low, high = values
    return number_box(
        {"question": "How much?", "value": mean, "low": low, "high": high, "unit": "bn yuan", "words": "so"}
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (interval([3.0]), "one seed: no interval"),
        ((3.0, 0.0, float("inf")), "one seed: no interval"),  # an amount that is never negative
        ((3.0, float("-inf"), 100.0), "one seed: no interval"),  # a share
        (interval([3.0, 3.0]), "the same in every seed"),
        (interval([2.0, 4.0]), "95 % ["),
    ],
)
def test_a_number_is_told_with_how_sure_it_is(values: tuple[float, float, float], told: str) -> None:
    assert f'3.00 <small>bn yuan</small></div><div class="i">{told}' in box(values)


def test_a_question_that_does_not_arise_has_words_alone() -> None:
    shown = box((None, None, None))
    assert "–" in shown
    assert 'class="i"' not in shown
    assert "so</div>" in shown


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([(1.0, 1.0)], False), ([(1.0, 2.0)], True), ([(1.0, 1.0), (3.0, 3.0)], False),
        ([(1.0, 2.0), (2.0, 1.0)], True), ([(1.0, 2.0), (2.0, 3.0)], True),
    ],
)  # fmt: skip
def test_worlds_differ_where_any_seed_differs(pairs: list[tuple[float, float]], told: bool) -> None:
    assert differs(difference(pairs)) is told


def test_a_policy_binds_lenders_by_rules_that_they_are_measured_against() -> None:
    assert not binds_lenders([])
    assert not binds_lenders([{"institution": "bank:a"}])
    assert binds_lenders([{"institution": "bank:a"}, {"institution": "originator:b"}])
