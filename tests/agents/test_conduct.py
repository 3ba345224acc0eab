"""Hard collection brings incidents, incidents an order, and an order less lending and softer collection for a time."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

import pytest
from worlds import market, run_to

from sim.agents.conduct import REGULATOR, allowed_ppm
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.regulation.conduct import ConductTerms, incident_ppm


def fixed(pressure: float) -> dict[str, float]:
    """A lender without a choice: it has staff for one pressure only, from its first plan on."""
    return {"softest": pressure, "hardest": pressure}


@cache
def world(pressure: float, end: str = "2017-08-31") -> SecuritizationMarket:
    """One lender, whose incidents are certain to be heard of if its collection is beyond what is tolerated."""
    return run_to(
        market(
            end=end, watched_households=0, conduct={"incident_ppm": 1_000_000, "order_days": 60},
            originators__ant_xiaowei__strategy={"collecting": fixed(pressure), "growth_ppm": 500_000},
        )
    )  # fmt: skip


def incidents(place: SecuritizationMarket) -> list[dict[str, Any]]:
    return [r for r in place.recorder.table("events").to_pylist() if r["event"] == "violent_collection"]


@pytest.mark.parametrize(
    ("pressure", "share", "expected"),
    [
        (500, 1_000_000, 0),
        (0, 1_000_000, 0),
        (1_000, 10_000, 100_000),
        (1_000, 40_000, 200_000),
        (1_500, 10_000, 200_000),
    ],
)
def test_the_chance_of_an_incident(pressure: int, share: int, expected: int) -> None:
    """By hand: 20 % a month for a unit beyond half a unit, at a lender with 1 % of overdue debt; root of size."""
    assert incident_ppm(ConductTerms(), pressure, share) == expected


def test_a_chance_is_at_most_certain() -> None:
    assert incident_ppm(ConductTerms(incident_ppm=1_000_000), 5_000, 1_000_000) == 1_000_000


def test_an_incident_brings_an_order_that_slows_lending_for_its_days() -> None:
    hard, soft = world(1.0), world(0.5)
    found = incidents(hard)
    assert not incidents(soft)
    lender = hard.originators["ant_xiaowei"]
    first = found[0]["date"]
    told = hard.heard(REGULATOR, "order:ant_xiaowei")
    assert told["lending_ppm"] == 700_000
    # The plan of the next month lends less and the book is collected within bounds; when the order ends, all returns.
    lent = {
        name: {r["date"]: r["ration_ppm"] for r in place.recorder.table("lenders").to_pylist()}
        for name, place in (("hard", hard), ("soft", soft))
    }
    under = [date for date in lent["hard"] if first < date <= first + datetime.timedelta(days=60)]
    assert under
    assert all(lent["hard"][date] <= lent["soft"][date] * 71 // 100 for date in under)
    assert len({r["date"] for r in found}) == len(found) >= 1
    assert allowed_ppm(lender) in (700_000, 1_000_000)


def test_under_an_order_nobody_is_pressed_beyond_what_is_tolerated() -> None:
    place = market(
        end="2017-08-31", watched_households=0, conduct={"incident_ppm": 1_000_000, "order_days": 60},
        originators__ant_xiaowei__strategy={"collecting": fixed(1.0), "growth_ppm": 500_000},
    )  # fmt: skip
    book = place.books["ant_xiaowei"]
    run_to(place, day_of(datetime.date(2017, 1, 10)))
    pressures = [book.policy.collection_milli]
    for month in range(2, 8):
        run_to(place, day_of(datetime.date(2017, month, 10)))
        pressures.append(book.policy.collection_milli)
    assert pressures[0] == 1_000
    assert set(pressures) == {500, 1_000}
    assert incidents(place)
