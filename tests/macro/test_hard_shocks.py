"""The hardest shocks that a scenario may hold are simulated, on the way in and on the way out."""

from __future__ import annotations

import datetime

import pytest
from worlds import SCENARIOS, run_to

from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

HARDEST = 500_000


@pytest.mark.parametrize(
    ("kind", "size"),
    [("stress", HARDEST), ("policy_rate", HARDEST), ("policy_rate", -HARDEST), ("unemployment", HARDEST)],
)
def test_the_hardest_shock_is_simulated(kind: str, size: int) -> None:
    """Half a year's rate on top, five hundred standard deviations, half of the labour force: from the first day, when
    opening plans are sold, until it is over."""
    shock = {"kind": kind, "from": "2019-01-01", "until": "2019-02-20", "size": size}
    changes = {"population.households": 1_000, "end": "2019-04-30", "macro.shocks": {"hard": shock}}
    place = SecuritizationMarket(scenario=load_scenario(SCENARIOS / "studies" / "small_market.yaml", changes))
    run_to(place, day_of(datetime.date(2019, 4, 5)))
    place.ledger.check()
