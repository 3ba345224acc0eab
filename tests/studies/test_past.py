"""A branch may change the future only."""

from __future__ import annotations

import datetime

import pytest
from worlds import HUABEI, SMALL

from sim.calendar import day_of
from sim.errors import ScenarioError
from sim.scenario import load_scenario
from sim.studies.past import refuse_changed_past

DAY = day_of(datetime.date(2017, 5, 10))
OLD = load_scenario(HUABEI, SMALL)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"start": "2017-02-01"}, "start: was lived"),
        ({"population.households": 13_000}, "population: was lived"),
        ({"end": "2017-05-01"}, "end: 2017-05-01 lies before"),
        ({"deals.huabei_2017_1.closing": "2017-06-15"}, "deals.huabei_2017_1.closing: the notes were sold"),
        ({"deals.huabei_2017_1.face_fen": 500_000_000_000}, "deals.huabei_2017_1.face_fen: the notes were sold"),
        ({"banks.newbank": {"title": "new"}}, "banks.newbank: institutions cannot come or go"),
    ],
)
def test_the_past_cannot_be_changed(change: dict[str, object], named: str) -> None:
    with pytest.raises(ScenarioError, match=named):
        refuse_changed_past(OLD, load_scenario(HUABEI, {**SMALL, **change}), DAY)


def test_a_deal_not_yet_sold_may_change() -> None:
    refuse_changed_past(OLD, load_scenario(HUABEI, {**SMALL, "deals.huabei_2017_5.revolving_months": 6}), DAY)
    refuse_changed_past(OLD, load_scenario(HUABEI, {**SMALL, "managers.cicc.staff": 2}), DAY)
