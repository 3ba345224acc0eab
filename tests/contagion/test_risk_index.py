"""Scores and index by hand, and the property that matters most: no month knows what comes after it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.contagion.inputs import NetworkError
from sim.contagion.risk_index import MONTHS_NEEDED, component_index, composite, score, scores

NUMBERS = st.one_of(st.none(), st.floats(-1e6, 1e6))
SERIES = st.lists(NUMBERS, min_size=1, max_size=40)


def test_a_score_is_the_distance_from_the_mean_of_the_past_in_its_deviations():
    values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]  # mean 5, standard deviation 2
    assert score(values, 1, needed=8) == pytest.approx(2.0)
    assert score(values, -1, needed=8) == pytest.approx(-2.0)


def test_a_short_window_has_no_score_and_a_still_one_has_none_of_risk():
    assert score([1.0, 2.0], 1, needed=3) is None
    assert scores([5.0] * MONTHS_NEEDED, 1) == [None] * (MONTHS_NEEDED - 1) + [0.0]
    assert scores([0.1 + 0.2] * 14, 1)[-2:] == [0.0, 0.0]


def test_a_missing_month_has_no_score_and_is_left_out_of_the_window():
    with_gap, without = [1.0, None, 3.0, 5.0], [1.0, 3.0, 5.0]
    assert scores(with_gap, 1, needed=2) == [None, None, *scores(without, 1, needed=2)[1:]]
    assert score([], 1) is None


def test_what_is_not_a_number_is_refused():
    for wrong in (math.nan, math.inf):
        with pytest.raises(NetworkError, match="not known is None"):
            score([1.0, wrong], 1, needed=1)


@given(SERIES, st.integers(1, 40))
def test_cutting_off_the_future_leaves_every_score_as_it_was(values, kept):
    assert scores(values, 1, needed=3)[:kept] == scores(values[:kept], 1, needed=3)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=2, max_size=25), st.integers(1, 25))
def test_nor_does_the_component_know_the_future(rows, kept):
    series = [[row[k] for row in rows] for k in range(3)]
    past = [one[:kept] for one in series]
    assert component_index(series, [1, -1, 1], needed=3)[:kept] == component_index(past, [1, -1, 1], needed=3)


@given(SERIES)
def test_a_score_is_bounded_by_the_length_of_its_window(values):
    for month, found in enumerate(scores(values, 1, needed=2)):
        known = sum(value is not None for value in values[: month + 1])
        assert found is None or abs(found) <= math.sqrt(known - 1) + 1e-6


def test_groups_count_alike_however_many_indicators_they_have():
    groups, index = composite({"many": [1.0, 2.0, 3.0], "one": [4.0], "none": [None, None]})
    assert groups == {"many": 2.0, "one": 4.0, "none": None}
    assert index == 3.0
    assert composite({"none": [None]}) == ({"none": None}, None)


def test_the_first_component_of_one_movement_is_that_movement():
    moves = [1.0, 2.0, 4.0, 3.0, 7.0, 5.0]
    found = component_index([moves, [10 * move for move in moves], [-move for move in moves]], [1, 1, -1], needed=3)
    assert found == [None, None, *(pytest.approx(value) for value in scores(moves, 1, needed=3)[2:])]


def test_the_component_waits_for_whole_months_and_leaves_out_what_never_moves():
    gappy, still = [-1.0, None, -2.0, -4.0], [7.0] * 4
    assert component_index([gappy, still], [-1, 1], needed=2) == [
        None, None, pytest.approx(1.0), pytest.approx(scores(gappy, -1, needed=2)[-1]),
    ]  # fmt: skip


def test_series_that_do_not_fit_each_other_are_refused():
    with pytest.raises(NetworkError, match="2 directions for series of lengths"):
        component_index([[1.0], [1.0, 2.0]], [1, 1])
    with pytest.raises(NetworkError, match="1 directions"):
        component_index([[1.0], [1.0]], [1])
