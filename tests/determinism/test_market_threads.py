"""One thread or two, books worked on ahead of the postings or not: the same tables, to the last row."""

from __future__ import annotations

from typing import Any

import numba
import pytest
from worlds import HUABEI, SMALL, market, run_to

import sim.market.market as assembly
from sim.credit import threads
from sim.errors import InvariantError
from sim.market import SecuritizationMarket
from sim.records.tables import TABLES
from sim.records.writer import content_hash
from sim.scenario import load_scenario
from sim.timetable import HOURS_PER_DAY, Hour


def hashes(count: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Content of every table of a small market whose kernels use this many threads."""

    def use(_households: int) -> int:
        numba.set_num_threads(count)
        return count

    monkeypatch.setattr(assembly, "use_threads_for", use)
    place = run_to(market(end="2017-08-31"))
    assert numba.get_num_threads() == count
    return tables_of(place)


def tables_of(place: SecuritizationMarket) -> dict[str, str]:
    """Content of every table."""
    return {name: content_hash(place.recorder.table(name)) for name, spec in TABLES.items() if not spec.on_request}


def two_lenders() -> SecuritizationMarket:
    """The world of Ant's deal with a second lender, of cash, on which those who cannot pay the first one draw."""
    second = load_scenario(HUABEI).originators["ant_xiaowei"].model_dump(mode="json")
    for product in second["lending"]["products"].values():
        product["cash"] = True
    blocks = {
        "originators.cash_lender": second, "originators.ant_xiaowei.lending.payment_rank": 2,
        "behaviour.rollover_ppm": 400_000, "end": "2017-07-15",
    }  # fmt: skip
    return SecuritizationMarket(load_scenario(HUABEI, SMALL | blocks))


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Books of however few accounts are worked on ahead of the postings."""
    monkeypatch.setattr(threads, "FEW", 0)


def test_nobody_asks_in_the_hour_of_lending_for_what_is_collected_two_hours_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = SecuritizationMarket(load_scenario("scenarios/studies/small_market.yaml"))
    place.step()
    hours: list[int] = []
    ask = SecuritizationMarket.books.fget  # type: ignore[attr-defined]

    def asked(market: SecuritizationMarket) -> Any:
        # What is asked before the work begins is the morning's.
        hours.append(market.env.now % HOURS_PER_DAY if market.lent is not morning else -1)
        return ask(market)

    monkeypatch.setattr(SecuritizationMarket, "books", property(asked))
    for _ in range(3):
        morning = place.lent
        place.step()
    assert Hour.CLOSE in hours
    assert Hour.LEND not in hours


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="this machine gives kernels one thread only")
def test_books_worked_on_ahead_of_the_postings_give_the_same_tables(request: pytest.FixtureRequest) -> None:
    in_turn = tables_of(run_to(two_lenders()))
    request.getfixturevalue("ahead")
    assert tables_of(run_to(two_lenders())) == in_turn


@pytest.mark.usefixtures("ahead")
def test_what_breaks_in_a_book_is_said_on_its_day_and_nothing_hangs() -> None:
    place = run_to(two_lenders(), day=two_lenders().first_day + 3)
    place.books["cash_lender"].slab_sum += 1
    with pytest.raises(InvariantError, match="a loan was changed outside the kernels"):
        place.step()
    place.books["ant_xiaowei"].check()


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="this machine gives kernels one thread only")
def test_one_thread_and_two_give_the_same_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    before = numba.get_num_threads()
    try:
        assert hashes(1, monkeypatch) == hashes(2, monkeypatch)
    finally:
        numba.set_num_threads(before)
