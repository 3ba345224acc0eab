"""The printed timetable is the one that is lived: every hour at which somebody wakes stands in it."""

from __future__ import annotations

from worlds import market

from sim.agents.institution import Institution
from sim.agents.spv import Spv
from sim.timetable import TIMETABLE, Hour


def test_every_hour_of_every_institution_is_printed() -> None:
    printed = {line.hour for line in TIMETABLE}
    lived = {hour for institution in market().institutions() for hour in institution.hours}
    assert lived <= printed
    assert [line.hour for line in TIMETABLE] == sorted(line.hour for line in TIMETABLE)
    assert {Hour.OPEN, Hour.CLOSE} <= printed


def test_institutions_act_in_the_order_of_their_founding() -> None:
    """Whatever hour each slept since: within an hour the one founded first goes first."""
    place = market(end="2017-01-03")
    seen: list[tuple[int, int]] = []

    def listen(institution: Institution) -> None:
        name = "serve" if isinstance(institution, Spv) else "act"
        act = getattr(institution, name)

        def heard(hour: Hour):  # type: ignore[no-untyped-def]
            seen.append((int(place.env.now), institution.unique_id))
            return act(hour)

        setattr(institution, name, heard)

    for institution in place.institutions():
        listen(institution)
    place.step()
    place.step()
    assert len(seen) > 20
    assert seen == sorted(seen)
