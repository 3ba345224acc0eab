"""Guarantees: covered debts settle in turn; contracts that contradict one another raise an error."""

from __future__ import annotations

import numpy as np
import pytest

from sim.contagion.clearing import clear
from sim.contagion.guarantees import Guarantee, NoClearingError, clear_with_guarantees

POOL = [[0, 100, 0], [0, 0, 0], [0, 0, 0]]


def test_without_a_call_it_is_ordinary_clearing():
    found = clear_with_guarantees(POOL, [100, 0, 50], [Guarantee(2, 1, 0, 40)])
    assert found.called.tolist() == [0.0]
    assert found.turns == 1
    assert np.array_equal(found.clearing.payments, clear(POOL, [100, 0, 50]).payments)
    assert np.array_equal(clear_with_guarantees(POOL, [90, 0, 50], []).clearing.payments, [90, 0, 0])


def test_a_call_is_the_shortfall_or_the_most_that_is_covered():
    assert clear_with_guarantees(POOL, [70, 0, 50], [Guarantee(2, 1, 0, 40)]).called.tolist() == [30.0]
    assert clear_with_guarantees(POOL, [50, 0, 50], [Guarantee(2, 1, 0, 40)]).called.tolist() == [40.0]
    short = clear_with_guarantees(POOL, [50, 0, 25], [Guarantee(2, 1, 0, 40)])
    assert short.clearing.received[1] == 75.0
    assert short.clearing.defaulted.tolist() == [True, False, True]


def test_the_shortfall_covered_is_that_of_the_debt_after_outsiders_who_come_first():
    inputs = {"external_assets": [70, 0, 50], "external_liabilities": [60, 0, 0], "external_rank": "senior"}
    assert clear_with_guarantees(POOL, guarantees=[Guarantee(2, 1, 0, 95)], **inputs).called.tolist() == [90.0]


def test_a_guarantee_of_a_guarantee():
    chain = np.zeros((4, 4))
    chain[0, 1] = 100
    chain[2, 3] = 10
    calls = [Guarantee(2, 1, 0, 50), Guarantee(1, 3, 2, 10)]
    found = clear_with_guarantees(chain, [80, 0, 15, 0], calls)
    # 20 are called of node 2, which has 15 for debts of 30 and leaves half of the 10 it owes unpaid
    assert np.allclose(found.called, [20.0, 5.0])
    assert found.turns == 3


def test_contracts_without_a_solution_raise():
    # 1 owes 0 5 (covered by 2) and outsiders 10, and needs the 8 that 0 owes it; 0 can pay them only if the guarantee
    # is called; if it is called nobody is short and it is not due; costs of default leave nothing in between
    debts = [[0, 8, 0], [5, 0, 0], [0, 0, 0]]
    with pytest.raises(NoClearingError, match="do not settle"):
        clear_with_guarantees(
            debts, [0, 7, 50], [Guarantee(2, 0, 1, 5)], external_liabilities=[0, 10, 0], alpha=0.5, beta=0.5
        )


@pytest.mark.parametrize(
    "guarantee", [Guarantee(2, 1, 7, 1), Guarantee(1, 1, 0, 1), Guarantee(2, 1, 0, -1), Guarantee(2, 1, 0, np.nan)]
)
def test_bad_guarantees(guarantee):
    with pytest.raises(ValueError, match="guarantees"):
        clear_with_guarantees(POOL, [1, 1, 1], [guarantee])
