"""A small whole market whose originators come to market on given days, whatever they plan themselves."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.agents.institution import Life, Wake
from sim.agents.issuance import open_mandate
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.timetable import HOURS_PER_DAY, Hour

SCENARIO = Path(__file__).parent / "markets" / "small_market.yaml"
MANDATES = {
    datetime.date(2019, 7, 8): ("baitiao", 120_000_000_000),
    datetime.date(2019, 8, 5): ("second", 80_000_000_000),
    datetime.date(2019, 10, 14): ("baitiao", 150_000_000_000),
    datetime.date(2020, 1, 6): ("baitiao", 100_000_000_000),
    datetime.date(2020, 3, 9): ("second", 60_000_000_000),
    datetime.date(2020, 6, 8): ("baitiao", 150_000_000_000),
}


def small_market(
    mandates: Mapping[datetime.date, tuple[str, int]] = MANDATES, **overrides: Any
) -> SecuritizationMarket:
    """The market, with mandates opened on their days; overrides use __ for dots."""
    changes = {name.replace("__", "."): value for name, value in overrides.items()}
    place = SecuritizationMarket(scenario=load_scenario(SCENARIO, changes))
    place.env.process(_originators(place, mandates))
    return place


def _originators(place: SecuritizationMarket, mandates: Mapping[datetime.date, tuple[str, int]]) -> Life:
    for date, (shelf, face) in sorted(mandates.items()):
        wait = day_of(date) * HOURS_PER_DAY + int(Hour.LEND) - int(place.env.now)
        if wait >= 0:
            yield Wake(place.env, wait, 5)
            open_mandate(place, shelf, face, "asked for by a test")


def rows(place: SecuritizationMarket, table: str) -> list[dict[str, Any]]:
    """Rows of a table."""
    return list(place.recorder.table(table).to_pylist())
