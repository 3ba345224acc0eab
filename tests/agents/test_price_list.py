"""A lender whose losses explode asks no more than the law allows, or a price list can hold."""

from __future__ import annotations

import datetime

from worlds import SCENARIOS, run_to

from sim.agents import originator_offer as offer
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario


def test_the_dearest_price_is_one_that_the_book_takes() -> None:
    changes = {
        "population.households": 4_000, "population.weight": 5_000,
        "patterns.originators.lender.strategy.rate_caps": {}, "start": "2017-01-01", "end": "2017-03-31",
    }  # fmt: skip
    place = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", changes))
    run_to(place, day_of(datetime.date(2017, 2, 2)))
    lender = place.originators["quick"]
    for month in lender.memory["history"]:
        month["new_default_fen"] = month["performing_fen"]
    assert offer.expected_loss_ppm(lender) <= 1_000_000
    run_to(place, day_of(datetime.date(2017, 3, 31)))
    offer._reprice(lender, 5_000_000)
    assert max(max(fees) for fees in offer.current_fees(lender).values()) == 50_000
