"""What lenders, and those who rate and buy, know of the months before the first day, and what is normal beside them.

The lived months of the burn-in are the record's last ones. Those before them are recalled from these, under the economy
of their own time. A scenario's prices are those of normal times: beside them stands what a lender's losses would be
then, so that one which opens in a bad month has passed on what it costs, as one that opened before has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.originator import HISTORY_DAYS
from sim.agents.originator_month import HISTORY_MONTHS
from sim.calendar import month_index
from sim.credit.burn_in import recalled
from sim.credit.membership import first_month
from sim.credit.past_defaults import ExpectedDefaults, IncomeStates

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.originator import Originator
    from sim.credit.burn_in import PastLife

YEAR = 12


def remember(place: MarketPlace, past: dict[str, PastLife], first: int) -> None:
    """Give every lender its record; the burn-in, seasoned on day `first`, has just ended."""
    opening, lived = month_index(place.day), month_index(first)
    states = IncomeStates(place.households, place.macro.stress_milli, opening - HISTORY_MONTHS, lived)
    for originator in place.originators.values():
        life = past[originator.party]
        originator.memory["lent"] = life.lent[-HISTORY_DAYS:]
        expected = ExpectedDefaults(originator.book, place.macro.stress_milli, states, opening - 1)
        since = max(first_month(originator.terms.lending), opening - HISTORY_MONTHS)
        originator.memory["history"] = recalled(life.months, since, expected.rate)[-HISTORY_MONTHS:]
        originator.memory["offer"]["normal_share_ppm"] = normal_share_ppm(originator, expected)


def normal_share_ppm(originator: Originator, expected: ExpectedDefaults) -> int:
    """Losses of normal times, ppm of those on record; all of them where nothing is on record."""
    months = [month["month"] for month in originator.memory["history"][-YEAR:]]
    on_record = sum(expected.rate(month) for month in months)
    return round(1000 * len(months) * expected.usual_rate() / on_record) * 1000 if on_record > 0 else 1_000_000
