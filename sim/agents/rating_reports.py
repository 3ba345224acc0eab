"""What an agency reads in the trustees' monthly reports, which are public: every plan it was asked about, whoever rates
it. Pure functions: `loan_fen` and `months_left` read a plan, the others plain data.

What was seen of a plan tests the forecast made when it was asked; what was seen of all plans of an originator against
what that originator's book had shown says how its pools turn out, and corrects the next forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sim.agents.rating_judgement import FORECAST_MONTHS, inflows
from sim.calendar import month_index
from sim.deals.pool_view import HISTORY_MONTHS, MONTHS_TO_DEFAULT, PoolView

if TYPE_CHECKING:
    from sim.agents.spv import Spv

PPM: Final = 1_000_000
KEPT_MONTHS: Final = 36
"""Months of a plan that are kept."""
CHANCE_DEFAULTS: Final = 10
"""Defaults beyond which an originator's record is more than chance: a record of so many counts half (assumption
5-30)."""


def read(kept: dict[str, Any], defaulted_fen: int, performing_fen: int) -> None:
    """Add a month's report to the file of a plan: what defaulted since the last one, what performs."""
    kept["seen"] = [*kept["seen"], [defaulted_fen - kept["defaulted"], performing_fen]][-KEPT_MONTHS:]
    kept["defaulted"] = defaulted_fen


def month_of(kept: dict[str, Any]) -> tuple[int, int] | None:
    """(defaults that the book as shown let expect in the last month read, defaults seen), fen; None while no loan of
    the plan can have defaulted yet."""
    pairs = inflows(kept["seen"][-1 - MONTHS_TO_DEFAULT :])
    if not pairs:
        return None
    defaulted, exposed = pairs[-1]
    return exposed * kept["shown_ppm"] // PPM, defaulted


def add_month(record: Sequence[Sequence[int]], month: int, expected_fen: int, seen_fen: int) -> list[list[int]]:
    """An originator's record with a plan's month added: [month, expected, seen], months of `HISTORY_MONTHS`."""
    kept = [list(entry) for entry in record if month - entry[0] < HISTORY_MONTHS]
    if kept and kept[-1][0] == month:
        kept[-1][1] += expected_fen
        kept[-1][2] += seen_fen
        return kept
    return [*kept, [month, expected_fen, seen_fen]]


def forecast(view: PoolView, record: Sequence[Sequence[int]], loan_fen: int) -> PoolView:
    """The pool as shown, with defaults corrected by how the originator's plans have turned out:

        rate x (a + seen) / (a + expected),   a = expected x FORECAST_MONTHS / months + CHANCE_DEFAULTS x loan,

    so that a year of record counts half, and less where it is a handful of loans (Buhlmann's credibility).
    """
    expected, seen = sum(entry[1] for entry in record), sum(entry[2] for entry in record)
    if expected <= 0:
        return view
    prior = expected * FORECAST_MONTHS // len(record) + CHANCE_DEFAULTS * loan_fen
    return replace(view, default_ppm=min(PPM, view.default_ppm * (prior + seen) // (prior + expected)))


def loan_fen(spv: Spv) -> int:
    """Mean size, fen, of what defaults by itself in a plan's first pool: all that a household stands for defaults with
    it."""
    loans: int = spv.memory["initial_loans"] // spv.place.households.terms.weight
    return spv.terms.face_fen // max(1, loans)


def months_left(spv: Spv) -> tuple[int, int]:
    """Revolving months left of a plan, and distribution months to the last expected maturity (at least one while notes
    are owed)."""
    month, schedule = month_index(spv.place.day), spv.schedule
    starts = max(month, month_index(schedule.revolving_end))
    ends = month_index(max(schedule.tranche_maturity.values()))
    return starts - month, max(1, ends - starts)
