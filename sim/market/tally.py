"""What a market has told so far, added up row by row: the sums its summary needs, so that no table is read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.calendar import date_of
from sim.deals.ratings import UNRATED

if TYPE_CHECKING:
    from sim.records.writer import Recorder

NOTABLE = frozenset({"default", "resolution", "support", "capital", "shock"})
"""Families of events told one by one: failures, what becomes of estates, support, new capital, shocks."""
MOST_TOLD = 200
"""Notable events kept as lines; the table `events` has all."""
SILENT = "no change"
"""The effect of a test that found nothing."""


class Tally:
    """Sums of books, trades, ratings, events and losses, as plain data.

    `books`: year -> shelf -> sums over rated classes placed, and issues whose books failed. `trades`: year -> [trades,
    nominal]. `ratings`: action -> number. `events`: event -> number of those that changed something.
    `losses`: `instrument|from|to` -> fen, by kind of party.
    """

    def __init__(self, seasoned: frozenset[str]) -> None:
        """`seasoned`: plans outstanding at the start, whose books are no issuance of the run."""
        self._seasoned = seasoned
        self.data: dict[str, Any] = {"books": {}, "trades": {}, "ratings": {}, "events": {}, "losses": {}, "told": []}

    def follow(self, recorder: Recorder) -> None:
        """Take every row from now on."""
        recorder.follow("books", self._book)
        recorder.follow("trades", self._trade)
        recorder.follow("ratings", lambda row: self._count("ratings", row["action"]))
        recorder.follow("events", self._event)
        recorder.follow("loss_flows", self._loss)

    def _book(self, row: Mapping[str, Any]) -> None:
        if row["deal"] not in self._seasoned and row["placed_fen"] and row["rating"] != UNRATED:
            sums, coupon = self._of_shelf(row), row["coupon_bp"]
            sums["placed_fen"] += row["placed_fen"]
            sums["coupon_fen_bp"] += row["placed_fen"] * coupon
            sums["spread_fen_bp"] += row["placed_fen"] * (coupon - row["risk_free_bp"])

    def _of_shelf(self, row: Mapping[str, Any]) -> dict[str, int]:
        """The sums of the shelf a deal came from; a deal is its shelf and a number."""
        shelf = row["deal"].rpartition("_")[0] if row["deal"] != "other_supply" else row["deal"]
        year: dict[str, dict[str, int]] = self.data["books"].setdefault(_year(row), {})
        return year.setdefault(shelf, {"placed_fen": 0, "coupon_fen_bp": 0, "spread_fen_bp": 0, "failed": 0})

    def _trade(self, row: Mapping[str, Any]) -> None:
        sums = self.data["trades"].setdefault(_year(row), [0, 0])
        sums[0] += 1
        sums[1] += row["nominal_fen"]

    def _event(self, row: Mapping[str, Any]) -> None:
        if row["effect"] == SILENT:
            return
        self._count("events", row["event"])
        if row["event"] == "book_failed" and row["deal"] not in self._seasoned:
            self._of_shelf(row)["failed"] += 1
        if row["family"] in NOTABLE and not _is_routine(row) and len(self.data["told"]) < MOST_TOLD:
            who = row["deal"] or row["institution"]
            self.data["told"].append(f"{date_of(row['date'])} {who}: {row['event']}: {row['detail']}")

    def _loss(self, row: Mapping[str, Any]) -> None:
        key = f"{row['instrument']}|{_sort(row['from_party'])}|{_sort(row['to_party'])}"
        self.data["losses"][key] = self.data["losses"].get(key, 0) + row["amount_fen"]

    def _count(self, what: str, name: str) -> None:
        self.data[what][name] = self.data[what].get(name, 0) + 1


def _is_routine(row: Mapping[str, Any]) -> bool:
    """Whether a notable event happens at every bank, year after year: bonds of banks."""
    return bool(row["family"] == "capital" and row["institution"].startswith("bank:"))


def _year(row: Mapping[str, Any]) -> str:
    return str(date_of(row["date"]).year)


def _sort(party: str) -> str:
    """A world party by its name, any other by its kind."""
    return party.partition("/")[0] if party.startswith("world:") else party.partition(":")[0]
