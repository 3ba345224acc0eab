"""The ROC machinery against signals whose worth is known: perfect, worthless, inverse; and by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import SimError
from sim.studies.early_warning import (
    Point,
    Told,
    area,
    arrays,
    assess,
    best,
    curve,
    interval,
    labels,
    lead,
    leads,
    usefulness,
)

MONTHS, DISTRESS, NEAR = 20, 15, 3


def world(seed: int, distress: int | None = DISTRESS, *, risk: int = 1, noise: float = 0.0) -> Told:
    """A signal that is 1 in the months before the distress and 0 else, turned by `risk`."""
    near = range(DISTRESS - NEAR, DISTRESS) if distress is not None else range(0)
    rng = np.random.default_rng(seed)
    return Told(seed, [risk * float(m in near) + noise * rng.normal() for m in range(MONTHS)], distress)


def pairs(**terms: object) -> list[Told]:
    return [world(seed, end, **terms) for seed in range(6) for end in (DISTRESS, None)]  # type: ignore[arg-type]


def test_months_after_distress_and_months_nobody_knows_are_left_out():
    assert labels(6, 4, 2) == [False, False, True, True, None, None]
    assert labels(6, None, 2) == [False, False, False, False, None, None]
    assert labels(2, 0, 2) == [None, None]


def test_a_month_without_a_value_is_left_out():
    told = Told(1, [None, 1.0, 2.0, None, 3.0], 4)
    assert told.usable(2) == [(1.0, False), (2.0, True)]


@pytest.mark.parametrize(("risk", "worth"), [(1, 1.0), (-1, 0.0), (0, 0.5)])
def test_a_perfect_an_inverse_and_a_constant_signal(risk, worth):
    values, warning = arrays(pairs(risk=risk), NEAR)
    assert area(values, warning) == worth


def test_a_signal_of_noise_is_near_one_half_and_its_interval_holds_it():
    found = assess([world(s, e, risk=0, noise=1.0) for s in range(40) for e in (DISTRESS, None)], horizon=NEAR)
    assert found["low"] < 0.5 < found["high"]
    assert abs(found["area"] - 0.5) < 0.1
    assert abs(found["usefulness"]) < 0.15


def test_a_curve_and_its_area_by_hand():
    values = np.array([3.0, 2.0, 2.0, 1.0])
    warning = np.array([True, True, False, False])
    assert curve(values, warning) == [
        Point(np.inf, 0.0, 0.0), Point(3.0, 0.0, 0.5), Point(2.0, 0.5, 1.0), Point(1.0, 1.0, 1.0),
    ]  # fmt: skip
    assert area(values, warning) == 3.5 / 4  # of four pairs three are in order and one is tied


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=60))
def test_the_area_is_that_under_the_curve(months):
    values, warning = np.array([float(m[0]) for m in months]), np.array([m[1] for m in months])
    points = curve(values, warning)
    if not points:
        assert area(values, warning) is None
        return
    under = sum((b.false_alarms - a.false_alarms) * (a.hits + b.hits) / 2 for a, b in pairwise(points))
    assert area(values, warning) == pytest.approx(under)
    assert area(-values, warning) == pytest.approx(1 - under)


def test_usefulness_is_hits_less_false_alarms_at_equal_weights_and_follows_the_preference():
    assert usefulness(Point(0.0, 0.2, 0.7)) == pytest.approx(0.5)
    assert usefulness(Point(0.0, 0.0, 1.0), 0.8) == 1.0
    assert usefulness(Point(0.0, 0.0, 0.5), 0.8) == pytest.approx(1 - 0.8 * 0.5 / 0.2)
    assert usefulness(Point(np.inf, 0.0, 0.0), 0.3) == pytest.approx(0.0)
    assert best([Point(2.0, 0.0, 0.5), Point(1.0, 0.5, 1.0)]).threshold == 2.0


def test_lead_counts_from_the_first_alarm_within_the_horizon():
    told = Told(1, [9.0, 0.0, 0.0, 5.0, 0.0, 5.0, 0.0], 6)
    assert lead(told, 5.0, horizon=4) == 3
    assert lead(told, 6.0, horizon=4) == 0
    assert lead(Told(1, told.signal, None), 5.0) is None
    assert lead(Told(1, [None, None, 1.0], 2), 0.0) is None


def test_a_perfect_signal_is_useful_out_of_sample_and_leads_by_the_months_it_has():
    found = assess(pairs(), horizon=NEAR)
    assert (found["area"], found["low"], found["high"]) == (1.0, 1.0, 1.0)
    assert (found["hits"], found["false_alarms"], found["usefulness"]) == (1.0, 0.0, 1.0)
    assert (found["seen"], found["judged"], found["median_lead_months"]) == (6, 6, NEAR)
    assert leads(pairs(), horizon=NEAR) == [NEAR] * 6


def test_the_interval_of_an_area_stays_within_what_an_area_can_be():
    mixed = [*pairs(), world(9, DISTRESS, risk=-1), world(9, None)]
    found = assess(mixed, horizon=NEAR)
    assert 0.5 < found["low"] < found["area"] < found["high"] == 1.0


def test_one_seed_has_no_interval_and_cannot_be_tried_out_of_sample():
    found = assess([world(1), world(1, None)], horizon=NEAR)
    assert (found["area"], found["low"], found["hits"], found["usefulness"]) == (1.0, None, None, None)


def test_without_distress_there_is_nothing_to_judge_rather_than_a_zero():
    found = assess([world(seed, None) for seed in range(4)])
    assert [found[name] for name in ("area", "low", "hits", "usefulness", "median_lead_months")] == [None] * 5
    assert found["distresses"] == 0


def test_the_jackknife_of_a_mean_is_the_interval_of_that_mean():
    worlds = [Told(seed, [float(seed)], None) for seed in range(5)]
    mean, low, high = interval(worlds, lambda some: float(np.mean([told.signal[0] for told in some])))
    half = 2.7764451 * np.std(range(5), ddof=1) / 5**0.5
    assert (mean, low, high) == (2.0, pytest.approx(2 - half), pytest.approx(2 + half))


def test_a_horizon_or_preference_that_cannot_be_is_refused():
    with pytest.raises(SimError, match="horizon 0"):
        assess(pairs(), horizon=0)
    with pytest.raises(SimError, match="preference 1"):
        assess(pairs(), preference=1.0)
