"""A run is the beginning of every run of the same scenario with a later end."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from worlds import HUABEI, SCENARIOS

from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.records.tables import TABLES
from sim.records.writer import content_hash
from sim.scenario import load_scenario

SMALL_MARKET = SCENARIOS / "studies" / "small_market.yaml"


def first_weeks(path: Path, end: datetime.date, until: datetime.date) -> tuple[dict[str, str], object]:
    """Content of every table, and the ledger, of the days before `until` under a scenario that ends on `end`."""
    changes = {"population.households": 4_000, "end": end.isoformat()}
    place = SecuritizationMarket(scenario=load_scenario(path, changes))
    while place.day < day_of(until):
        place.step()
    tables = {name: content_hash(place.recorder.table(name)) for name, spec in TABLES.items() if not spec.on_request}
    return tables, place.ledger.state()["json"]


@pytest.mark.parametrize(
    ("path", "ends", "until"),
    [
        (HUABEI, (datetime.date(2017, 3, 20), datetime.date(2018, 9, 30)), datetime.date(2017, 3, 21)),
        (SMALL_MARKET, (datetime.date(2019, 2, 28), datetime.date(2022, 6, 30)), datetime.date(2019, 3, 1)),
    ],
    ids=["one lender", "whole market"],
)
def test_a_later_end_changes_nothing_before_the_earlier_one(
    path: Path, ends: tuple[datetime.date, datetime.date], until: datetime.date
) -> None:
    earlier, later = (first_weeks(path, end, until) for end in ends)
    assert earlier == later
