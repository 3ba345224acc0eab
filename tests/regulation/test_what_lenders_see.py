"""Data that lenders share, or may no longer use: which class they give to whom at the next review, one by one."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
from policy_worlds import FROM, policy, simulated

from sim.market import SecuritizationMarket

REVIEW = datetime.date(2019, 4, 1)
"""The first review of scores under a policy of 2019-02-11: until then both worlds are one."""


@pytest.fixture(scope="module")
def base() -> SecuritizationMarket:
    return simulated(REVIEW)


def under(kind: str, **figures: Any) -> SecuritizationMarket:
    return simulated(REVIEW, **policy("it", kind, since=FROM.isoformat(), **figures))


def planners(market: SecuritizationMarket) -> dict[str, Any]:
    """Accounts of the lenders that review their scores."""
    found = {name: one.book.accounts for name, one in market.originators.items() if one.terms.strategy is not None}
    assert found
    return found


def test_whoever_is_late_elsewhere_and_nobody_else_is_scored_worse_where_arrears_are_shared(
    base: SecuritizationMarket,
) -> None:
    shared, worse = planners(under("data_sharing")), 0
    for name, alone in planners(base).items():
        before, after = (of.columns.klass[: of.members].astype(int) for of in (alone, shared[name]))
        shown = shared[name].table.late_elsewhere(alone.lender)
        late = shown[alone.columns.household[: alone.members]]
        assert (after >= before).all()
        assert (late[after > before] > 0).all()
        worse += int((after > before).sum())
    assert worse


def test_data_that_may_no_longer_be_used_tell_the_good_from_the_bad_less_and_lower_limits(
    base: SecuritizationMarket,
) -> None:
    """What is hidden counts against those who are scored: a lender that sees less does not lend more."""
    walled = planners(under("data_wall", added_error=1.0))
    for name, seeing in planners(base).items():
        told, limits = [], []
        for of in (seeing, walled[name]):
            columns, rows = of.columns, slice(of.members)
            quality = base.households.columns.trait[columns.household[rows]] % 8
            told.append(np.corrcoef(columns.klass[rows], quality)[0, 1])
            limits.append(int(columns.ceiling[rows].astype(np.int64).sum()))
        assert told[1] < told[0]
        assert limits[1] < limits[0]
