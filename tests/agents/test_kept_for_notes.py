"""What a plan keeps back from purchases: the interest and fees that payment dates ahead still lack."""

from __future__ import annotations

from typing import Any

from worlds import market

from sim.agents import spv_collections, spv_payments
from sim.agents.spv import Spv
from sim.market import SecuritizationMarket

NAME = "huabei_2017_1"
MONTHLY = {"revolving": "monthly", "calculation": "month_end", "rule": {"n": 18}}


def monthly(end: str, **changes: Any) -> SecuritizationMarket:
    """The first Huabei plan of 2017, alone and paying monthly."""
    others = {f"deals__huabei_2017_{n}": None for n in (2, 3, 4, 5)}
    fixed = {"deals__huabei_2017_1__payment_calendar": MONTHLY, "deals__huabei_2017_1__guarantor": None}
    return market(end=end, **(others | fixed | {"deals__huabei_2017_1__support": None} | changes))


def short_of(spv: Spv) -> int:
    """What cash of the running period lacks of the next date's interest and fees."""
    upcoming = spv.schedule.next_after(spv.place.day)
    assert upcoming is not None
    at_hand = sum(spv.cash(part) - spv_collections.kept_for_next_date(spv, part) for part in ("income", "principal"))
    return max(0, spv_payments.interest_and_fees_due(spv, upcoming) - at_hand)


def test_a_plan_that_buys_has_the_interest_of_its_next_date() -> None:
    """Nothing is bought with money that notes are owed in hope of income that may not come."""
    place, bought, days = monthly("2017-07-31"), 0, 0
    for _ in range(place.last_day - place.day):
        place.step()
        spv = place.deals[NAME]
        now = spv.memory["life"]["purchased"] if spv.active else 0
        if now > bought:
            assert short_of(spv) == 0, place.day
            days += 1
        bought = now
    assert days > 60
