"""A bank's loss comes back to banks: its line is called, a platform lends less, its borrowers fall behind elsewhere.

The same small world with and without the shock; amounts of every link stand in the tables.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from worlds import SCENARIOS

from sim.calendar import day_of, is_month_end
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.studies.signs_outcomes import DEFAULTED_CYCLES

DATE = datetime.date
BANK, PLATFORM, LENDER = "bank:large_1", "quick", "originator:quick"
LOSS, CALLED, REPAID, END = DATE(2019, 3, 4), DATE(2019, 6, 3), DATE(2019, 12, 31), DATE(2020, 6, 30)
PEOPLE = {"population.households": 40_000, "population.weight": 500, "end": END.isoformat()}


@dataclass
class Lived:
    """A world at its end, who drew at the platform to pay another lender while the line was repaid, and who was behind
    elsewhere at some month end then, by due dates missed."""

    market: SecuritizationMarket
    drew: set[int] = field(default_factory=set)
    behind: dict[int, set[int]] = field(default_factory=lambda: {1: set(), DEFAULTED_CYCLES: set()})

    def day(self) -> None:
        """Live a day and look."""
        market, today = self.market, self.market.day
        market.step()
        if not day_of(CALLED) <= today <= day_of(REPAID):
            return
        number = list(market.books).index(PLATFORM)
        for book in market.books.values():
            for lender, rows, _ in book.requests.by_lender(book.table):
                if lender == number:
                    self.drew.update(market.books[PLATFORM].accounts.columns.household[rows].tolist())
        if is_month_end(today):
            for name, book in market.books.items():
                accounts = book.accounts.columns
                for cycles, who in self.behind.items():
                    if name != PLATFORM:
                        who.update(accounts.household[accounts.missed >= cycles].tolist())

    def rows(self, table: str, **equal: Any) -> list[dict[str, Any]]:
        found = self.market.recorder.table(table).to_pylist()
        return [row for row in found if all(row[column] == value for column, value in equal.items())]

    def since_called(self, table: str, column: str, **equal: Any) -> int:
        return sum(row[column] for row in self.rows(table, **equal) if CALLED <= row["date"] <= REPAID)

    def line_fen(self, date: DATE) -> int:
        """What the platform owes the bank on its line at a month end."""
        owed = self.rows("exposures", date=date, layer="WAREHOUSE", creditor=BANK, debtor=LENDER, state="drawn")
        return sum(row["amount_fen"] for row in owed)

    def lost_by_banks_fen(self) -> int:
        """What other banks lost of their part of loans that other lenders made jointly."""
        losses = self.rows("loss_flows", instrument="LOAN", from_party="world:households")
        return sum(
            row["amount_fen"]
            for row in losses
            if row["to_party"].startswith("bank:") and row["to_party"] != BANK and row["deal"] != PLATFORM
        )


@cache
def lived(*, shocked: bool) -> Lived:
    changes: dict[str, Any] = PEOPLE if shocked else {**PEOPLE, "shocks.loss": None}
    scenario = load_scenario(SCENARIOS / "stress" / "lender_loses_its_bank.yaml", changes)
    world = Lived(SecuritizationMarket(scenario))
    while world.market.day <= world.market.last_day:
        world.day()
    return world


def both() -> tuple[Lived, Lived]:
    """(without, with) the shock."""
    return lived(shocked=False), lived(shocked=True)


def test_the_bank_is_short_on_the_day_of_its_loss_and_calls_its_lines_two_months_later() -> None:
    calm, shocked = both()
    (short,) = shocked.rows("events", event="below_minimum")
    assert (short["institution"], short["date"], short["hour"]) == (BANK, LOSS, 17)
    called = shocked.rows("events", event="lines_called", institution=BANK)[0]
    assert LOSS + datetime.timedelta(60) < called["date"] < CALLED
    assert not calm.rows("events", event="below_minimum")
    assert not shocked.rows("events", event="bank_failure")


def test_the_line_is_repaid_and_the_platform_rations_and_cuts_limits() -> None:
    calm, shocked = both()
    assert shocked.line_fen(DATE(2019, 2, 28)) == calm.line_fen(DATE(2019, 2, 28)) > 0
    assert shocked.line_fen(REPAID) == 0 < calm.line_fen(REPAID)
    granted, refused, unmet = (
        [world.since_called("lenders", column, institution=LENDER) for world in both()]
        for column in ("granted_fen", "refused_fen", "unmet_fen")
    )
    assert granted[1] < granted[0] * 2 // 3
    assert refused[1] > 10 * refused[0]
    assert unmet[1] > unmet[0]
    lowest = [min(row["limit_ppm"] for row in world.rows("lenders", institution=LENDER)) for world in both()]
    assert lowest[1] < lowest[0]


def test_those_who_can_no_longer_roll_over_fall_behind_and_default_elsewhere() -> None:
    calm, shocked = both()
    turned_away = calm.drew - shocked.drew
    assert len(shocked.drew) < len(calm.drew) * 3 // 4
    for cycles in (1, DEFAULTED_CYCLES):
        only_shocked = (shocked.behind[cycles] - calm.behind[cycles]) & turned_away
        only_calm = (calm.behind[cycles] - shocked.behind[cycles]) & turned_away
        assert len(only_shocked) > 3 * len(only_calm)
    others = [name for name in calm.market.books if name != PLATFORM]
    defaulted = [
        sum(world.since_called("pools", "new_default_fen", deal=f"managed:{name}") for name in others)
        for world in both()
    ]
    assert defaulted[1] > defaulted[0]


def test_other_banks_lose_more_of_the_loans_they_hold_with_other_lenders() -> None:
    calm, shocked = both()
    assert shocked.lost_by_banks_fen() > calm.lost_by_banks_fen()
