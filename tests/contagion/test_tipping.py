"""Where a network tips: at 1 / spectral radius of its leverage, and by a jump."""

from __future__ import annotations

import numpy as np
import pytest

from sim.contagion.inputs import NetworkError
from sim.contagion.measures import spectral_radius
from sim.contagion.tipping import Sweep, critical_multiple, sweep

RING = [[0, 0, 5], [5, 0, 0], [0, 5, 0]]
EQUITY, SHOCK = [10, 10, 10], [0.1, 0, 0]


def test_a_ring_tips_where_each_owes_the_next_one_its_equity() -> None:
    """Leverage 1/2 all around: claims may double before stress no longer dies out; then all fail at once."""
    assert critical_multiple(RING, EQUITY) == 2.0
    found = sweep(RING, EQUITY, SHOCK, [0.5, 1.0, 1.5, 1.9, 2.1, 3.0])
    assert found.failures == (0, 0, 0, 0, 3, 3)
    assert found.steepest == (1.9, 2.1, 3)


def test_without_a_cycle_nothing_tips() -> None:
    chain = [[0, 0, 0], [5, 0, 0], [0, 5, 0]]
    assert critical_multiple(chain, EQUITY) == float("inf")
    assert sweep(chain, EQUITY, SHOCK, [1.0, 10.0]).failures == (0, 1)  # the last is owed more than it has


def test_failures_never_fall_with_leverage_and_stress_amplifies_beyond_the_critical_multiple() -> None:
    random = np.random.default_rng(3)
    claims = random.random((12, 12)) * (random.random((12, 12)) < 0.4)
    np.fill_diagonal(claims, 0.0)
    equity = 1.0 + random.random(12)
    critical = critical_multiple(claims, equity)
    assert spectral_radius(claims * critical, equity) == pytest.approx(1.0)
    multiples = [critical * step for step in (0.25, 0.5, 0.75, 0.9, 1.1, 1.5, 2.0)]
    found = sweep(claims, equity, np.full(12, 0.01), multiples)
    assert list(found.failures) == sorted(found.failures)
    assert found.failures[3] == 0 < found.failures[4]
    assert found.steepest[0] >= multiples[3]


def test_of_equal_steps_the_first_is_the_steepest() -> None:
    assert Sweep((1.0, 2.0, 3.0), (0, 2, 4)).steepest == (1.0, 2.0, 2)


@pytest.mark.parametrize("multiples", [[1.0], [2.0, 1.0], [1.0, 1.0], [-1.0, 1.0]])
def test_a_sweep_needs_rising_multiples(multiples: list[float]) -> None:
    with pytest.raises(NetworkError, match="rising from 0"):
        sweep(RING, EQUITY, SHOCK, multiples)
