"""What a comparison reads in one world about the subject of single policies: who is turned away, prepayment, classes
between the first and the last, protection on them, letters and what they let expect, green notes, the risk index.

Nothing here is asked of every policy; of most the two worlds are alike in it, and the page leaves such rows out.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from sim.agents.note_views import life_days, living
from sim.agents.spv_life import current_rating
from sim.calendar import date_of
from sim.contagion.indicators import WITH_OFF_BALANCE
from sim.deals.fields import PPM
from sim.deals.ratings import UNRATED
from sim.market.indicator_rows import WHOLE
from sim.markets.own_view import rated_default_ppm
from sim.scenario.levers import settings_on

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.market import SecuritizationMarket
    from sim.records.writer import Recorder
    from sim.scenario.schema import Scenario

FEN_PER_BILLION: Final = 100_000_000_000
Row = Mapping[str, Any]


def green_shelves(scenario: Scenario, last: datetime.date) -> frozenset[str]:
    """Shelves whose notes the state pays a subsidy on, under a scenario's policies in force on a day."""
    shelves = settings_on(scenario, last).shelves
    return frozenset(name for name, shelf in shelves.items() if shelf.green_subsidy_ppm > 0)


def subject_outcomes(market: SecuritizationMarket, since: int, green: frozenset[str]) -> dict[str, float]:
    """Outcomes of a world since a day, and on its last; notes of the shelves that the policy makes `green` are read in
    either world. See `OUTCOMES` for each."""
    recorder = market.recorder
    away, loans = _since(recorder, "turned_away", since), _since(recorder, "pools", since)
    loans = loans.filter(pc.starts_with(loans["deal"], "managed:"))
    placed = [
        row for row in _since(recorder, "books", since).to_pylist()
        if row["placed_fen"] and row["coupon_bp"] is not None and row["rating"] != UNRATED
    ]  # fmt: skip
    between = {(n, name) for n, shelf in market.settings.shelves.items() for name in shelf.ranked[1:-1]}
    mezzanine = [row for row in placed if (_shelf(row), row["tranche"]) in between]
    of_green = [row for row in placed if _shelf(row) in green]
    paid = _since(recorder, "tranches", since)
    actions = _since(recorder, "ratings", since)
    return {
        "turned_away": _total(away, "applied_fen") / FEN_PER_BILLION,
        "found_elsewhere": _total(away, "lent_fen") / FEN_PER_BILLION,
        "prepaid": 100 * _total(loans, "prepaid_fen") / max(1, _total(loans, "collected_principal_fen")),
        "residual_income": _total(paid.filter(pc.is_null(paid["coupon_bp"])), "interest_paid_fen") / FEN_PER_BILLION,
        "mezzanine_placed": sum(row["placed_fen"] for row in mezzanine) / FEN_PER_BILLION,
        "mezzanine_coupon": mean_coupon(mezzanine),
        "protected": _protected_fen(market) / FEN_PER_BILLION,
        "downgrades": float(pc.sum(pc.equal(actions["action"], "downgrade")).as_py() or 0),
        "letters_expect": _expected_by_letters_fen(market) / FEN_PER_BILLION,
        "green_placed": sum(row["placed_fen"] for row in of_green) / FEN_PER_BILLION,
        "green_coupon": mean_coupon(of_green),
        "risk_index": _risk_index(recorder),
    }


def mean_coupon(rows: Sequence[Row]) -> float:
    """Mean coupon of rows of `books` by what was placed, % a year; 0 of none.

    >>> mean_coupon([{"placed_fen": 1, "coupon_bp": 300}, {"placed_fen": 3, "coupon_bp": 500}])
    4.5
    """
    placed = sum(row["placed_fen"] for row in rows)
    weighted: float = sum(row["placed_fen"] * row["coupon_bp"] for row in rows) / max(1, placed)
    return weighted / 100


def _shelf(row: Row) -> str:
    return str(row["deal"]).rpartition("_")[0]


def _since(recorder: Recorder, name: str, since: int) -> pa.Table:
    table = recorder.table(name)
    return table.filter(pc.greater_equal(table["date"], date_of(since)))


def _total(table: pa.Table, column: str) -> int:
    return pc.sum(table[column]).as_py() or 0


def _protected_fen(market: SecuritizationMarket) -> int:
    """What contracts of protection cover on the last day."""
    contracts: Iterable[dict[str, Any]] = market.protection.memory["contracts"]
    return sum(market.protection.notional_fen(contract) for contract in contracts)


def _expected_by_letters_fen(market: SecuritizationMarket) -> int:
    """Rated notes outstanding x the chance of default within a year that goes with their letters."""
    return sum(
        spv.outstanding_fen(tranche) * rated_default_ppm(current_rating(spv, tranche), life_days(spv, tranche)) // PPM
        for spv, tranche in living(market)
    )


def _risk_index(recorder: Recorder) -> float:
    """The composite index of the last month end that has one; 0 before the twelfth month, when there is none."""
    table = recorder.table("indicators")
    mine = pc.and_(pc.equal(table["indicator"], WHOLE), pc.equal(table["scope"], WITH_OFF_BALANCE))
    values = [value for value in table.filter(mine)["value"].to_pylist() if value is not None]
    return float(values[-1]) if values else 0.0
