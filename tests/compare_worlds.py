"""The small worlds that comparisons are tested on: a market, a cap that binds in it, and the day it becomes known."""

from __future__ import annotations

import datetime
from typing import Any

from sim.calendar import day_of

SMALL = "scenarios/studies/small_market.yaml"
CAP = "scenarios/policies/four_times_cap.yaml"
WORLD: dict[str, Any] = {"population.households": 4_000, "population.weight": 5_000, "end": "2019-03-20"}
QUICK: dict[str, Any] = {
    **WORLD,
    "policies.cap.announced": "2019-02-11", "policies.cap.from": "2019-03-01", "policies.cap.multiple": 0.5,
}  # fmt: skip
ANNOUNCED_ON = datetime.date(2019, 2, 11)
ANNOUNCED = day_of(ANNOUNCED_ON)
