"""What the shelves of the shipped markets promise."""

from __future__ import annotations

import datetime

import pytest
from worlds import SCENARIOS

from sim.scenario import load_scenario


@pytest.mark.parametrize("name", ["baseline", "market_2014_2023"])
def test_jd_takes_back_long_overdue_loans_until_the_end_of_2019(name: str) -> None:
    """JDB04: sold receivables more than 180 days overdue came back at book value until 2019/20; paper came later."""
    shelves = load_scenario(SCENARIOS / f"{name}.yaml").shelves
    promise = shelves["baitiao"].prototype.buy_back.overdue
    assert promise is not None
    assert (promise.days_past_due, promise.until) == (180, datetime.date(2019, 12, 31))
    assert all(shelf.prototype.buy_back.overdue is None for key, shelf in shelves.items() if key != "baitiao")
