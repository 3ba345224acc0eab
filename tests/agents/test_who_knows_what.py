"""Nobody decides on what it could not know: no notice is acted on in its own hour, no agent reads another's memory."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

import sim.agents
from sim.agents.board import NoticeBoard
from sim.calendar import add_months
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.timetable import HOURS_PER_DAY

AGENTS = Path(sim.agents.__file__).parent
CLEARS_FOR_THEM = {
    "opening.py": "the opening day writes what everybody remembers",
    "opening_market.py": "the opening day writes what everybody remembers",
    "opening_record.py": "the opening day writes what everybody remembers",
    "bank_opening.py": "the opening day writes what everybody remembers",
    "bonds.py": "the desk keeps an originator's order, and writes its bond into its register",
    "loan_postings.py": "postings note whose part of joint loans was collected",
    "deposit_flows.py": "depositors move their own money between banks",
    "money_market.py": "the money market settles what banks have asked of it",
    "shocks.py": "a dated shock befalls those it names; nobody decides it",
    "resolution_estate.py": "the administrator has taken over the failed",
    "resolution_bank.py": "the administrator has taken over the failed",
}
"""Files whose functions handle many institutions, none of them deciding for one by what another remembers."""
SMALL = {"population.households": 4_000, "population.weight": 5_000, "end": "2019-06-30"}


def foreign_memories(file: Path) -> Iterator[str]:
    """Functions that read the memory of anything but self or the one institution they are written for (their first
    parameter)."""
    for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        mine = {"self", *(arg.arg for arg in function.args.args[:1])}
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and node.attr == "memory" and ast.unparse(node.value) not in mine:
                yield f"{file.name}: {function.name} reads {ast.unparse(node.value)}.memory"


@pytest.mark.parametrize("file", sorted(AGENTS.glob("*.py")), ids=lambda file: file.stem)
def test_no_agent_reads_what_another_remembers(file: Path) -> None:
    found = list(foreign_memories(file))
    assert not found or file.name in CLEARS_FOR_THEM, "\n".join(found)


def test_the_look_at_sources_finds_an_offender(tmp_path: Path) -> None:
    file = tmp_path / "spy.py"
    file.write_text("def decide(bank, place):\n    return place.originators['x'].memory['plan']\n", encoding="utf-8")
    assert list(foreign_memories(file)) == ["spy.py: decide reads place.originators['x'].memory"]


def small() -> SecuritizationMarket:
    return SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", SMALL))


class Watched(NoticeBoard):
    """A board that keeps its own log of what was said, and compares with it what is heard."""

    def __init__(self) -> None:
        super().__init__()
        self.log: dict[tuple[str, str], list[tuple[int, Any]]] = {}
        self.subjects: set[str] = set()

    def tell(self, now: int, sender: str, subject: str, value: Any) -> None:
        super().tell(now, sender, subject, value)
        self.log.setdefault((sender, subject), []).append((now, value))

    def heard(self, now: int, sender: str, subject: str, default: Any = None) -> Any:
        found = super().heard(now, sender, subject, default)
        earlier = [value for said, value in self.log.get((sender, subject), []) if said < now]
        assert found == (earlier[-1] if earlier else default)
        if earlier:
            self.subjects.add(subject.partition(":")[0])
        return found


def test_everything_heard_was_said_in_an_earlier_hour() -> None:
    place = small()
    place.board = board = Watched()
    run_to(place, add_months(place.first_day, 2) + 8)
    assert {"price", "capital", "issue"} <= board.subjects


def test_a_notice_moves_nobody_in_its_own_hour_and_somebody_in_the_next() -> None:
    """A lender says at midnight of the first, when households compare lenders, that it has become twice as dear."""
    worlds = {word: small() for word in ("silent", "same hour", "hour before")}
    first = add_months(worlds["silent"].first_day, 2)
    for word, place in worlds.items():
        run_to(place, first)
        told = place.heard("originator:quick", "price")
        when = {"same hour": 0, "hour before": -1}.get(word)
        if when is not None:
            dearer = told | {"ppm": 2 * told["ppm"]}
            place.board.tell(first * HOURS_PER_DAY + when, "originator:quick", "price", dearer)
        place.env.run(until=first * HOURS_PER_DAY + 1)
    asked = {word: place.books["quick"].policy.appetite_ppm for word, place in worlds.items()}
    assert asked["silent"] == asked["same hour"] > asked["hour before"]
