"""Plans that have ended leave the market: nothing of them grows with their number but one plain record each."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from worlds import HUABEI, SMALL, market, run_to

from sim.agents.institution import Life, Wake
from sim.agents.spv import Spv
from sim.calendar import date_of, day_of
from sim.deals.terms import DealTerms
from sim.market import SecuritizationMarket
from sim.market.market import LAST_ORDER
from sim.records import checkpoint
from sim.scenario import load_scenario
from sim.timetable import HOURS_PER_DAY, Hour

FIRST = day_of(datetime.date(2017, 2, 6))
EVERY = 126  # days: a plan of three months has ended when the next one closes


def without_deals() -> SecuritizationMarket:
    """The small market before anybody has sold anything."""
    scenario = load_scenario(HUABEI, SMALL | {"end": "2018-12-31"})
    return SecuritizationMarket(scenario.model_copy(update={"deals": {}}))


def with_generations(count: int) -> SecuritizationMarket:
    """A market without scripted plans, in which an arranger founds one short plan after another."""
    place = without_deals()
    plain = market().settings.deals["huabei_2017_1"].model_dump(mode="json", by_alias=True)
    short = {"revolving_months": 1, "amortisation_months": 2, "legal_maturity_months": 0}

    def arrange(number: int) -> Life:
        day = FIRST + number * EVERY
        yield Wake(place.env, (day - place.day) * HOURS_PER_DAY + int(Hour.TRADE), LAST_ORDER - 1)
        closing = date_of(day).isoformat()
        terms = DealTerms.model_validate(plain | short | {"cutoff": closing, "closing": closing})
        place.tell("manager:cicc", f"price:short_{number}/senior", 100)
        place.found_deal(f"short_{number}", terms)

    for number in range(count):
        place.env.process(arrange(number))
    return place


MONTHLY = "overdue"
"""What a regulator publishes month by month, of which two years are kept; it is of no plan."""


def sizes(place: SecuritizationMarket) -> dict[str, int]:
    """How much is kept of plans."""
    agencies = [agency.memory for agency in place.agencies.values()]
    return {
        "rows": len(place.ledger.table.rows), "row numbers": place.ledger.table.used,
        "parties": len(place.ledger.parties), "owners": sum(len(book.owners) for book in place.books.values()),
        "accounts": len(place.ledger.bank_at), "agents": len(place.agents),
        "ratings": sum(len(m["ratings"]) + len(m["opening_support"]) + len(m["watched"]) for m in agencies),
        "notices": len(json.dumps([said for said in place.board.state() if said[0] != MONTHLY])),
        "founded": len(place.founded),
    }  # fmt: skip


def test_three_generations_take_no_more_room_than_one() -> None:
    place = with_generations(3)
    run_to(place, FIRST + EVERY - 2)
    after_one, living = sizes(place), []
    for number in range(1, 3):
        run_to(place, FIRST + number * EVERY + 40)
        living.append(len(place.deals))
        run_to(place, FIRST + (number + 1) * EVERY - 2)
        assert sizes(place) == after_one
    assert living == [1, 1]
    assert list(place.closed) == ["short_0", "short_1", "short_2"]
    assert not any(isinstance(agent, Spv) for agent in place.agents)
    tranches = place.summary()["tranches"]
    assert [row["deal"] for row in tranches] == [f"short_{n}" for n in (0, 0, 0, 1, 1, 1, 2, 2, 2)]
    assert all(row["yield_pct"] for row in tranches)
    assert {row["deal"] for row in place.summary()["pools"]} == set(place.closed)


def test_a_resumed_market_remembers_whom_it_has_let_go(tmp_path: Path) -> None:
    stop = FIRST + EVERY + 40
    whole = run_to(with_generations(2), stop)
    checkpoint.save(tmp_path / "midnight.npz", whole.state())
    run_to(whole, FIRST + 2 * EVERY)
    again = without_deals()
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    assert list(again.closed) == ["short_0"]
    assert list(again.deals) == ["short_1"]
    run_to(again, FIRST + 2 * EVERY)
    assert again.state()["json"] == whole.state()["json"]
    assert again.summary()["tranches"] == whole.summary()["tranches"]


def test_scripted_plans_go_too_and_a_resume_does_not_bring_them_back(tmp_path: Path) -> None:
    end = {"deals__huabei_2017_1__revolving_months": 1, "deals__huabei_2017_1__amortisation_months": 2,
           "deals__huabei_2017_1__legal_maturity_months": 0}  # fmt: skip
    whole = run_to(market(end="2017-08-31", **end), day_of(datetime.date(2017, 7, 31)))
    assert list(whole.closed) == ["huabei_2017_1"]
    checkpoint.save(tmp_path / "midnight.npz", whole.state())
    again = market(end="2017-08-31", **end)
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    assert list(again.deals) == [f"huabei_2017_{n}" for n in (2, 3, 4, 5)]
    assert run_to(again).ledger.state()["json"] == run_to(whole).ledger.state()["json"]
