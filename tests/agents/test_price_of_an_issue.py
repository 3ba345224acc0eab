"""No issuer sells at any price: a mean coupon above what its lending earns fails the book, and a residual class that is
sold promises what buyers ask, not all that the pool may leave."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from note_worlds import rows, small_market
from worlds import SCENARIOS, run_to

from sim.agents.originator_offer import net_yield_ppm
from sim.calendar import day_of
from sim.deals.support import MOST_RETURN_BP
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.studies.signs_systemic import EAGER

DATE = datetime.date
FIRST = {DATE(2019, 7, 8): ("baitiao", 120_000_000_000)}
CLOSED = day_of(DATE(2019, 9, 27))


def brought_at(dearest_bp: int | None) -> SecuritizationMarket:
    """The first issue of the small market, whose originator named its dearest coupon."""
    place = run_to(small_market(FIRST), day_of(DATE(2019, 7, 9)))
    place.desk.pipeline["baitiao_1"]["dearest_bp"] = dearest_bp  # type: ignore[union-attr]
    return run_to(place, CLOSED)


def test_a_book_above_the_dearest_coupon_fails_and_says_so() -> None:
    free = brought_at(None)
    assert "baitiao_1" in free.deals
    asked = [b for b in rows(free, "books") if b["deal"] == "baitiao_1" and b["rating"] != "unrated"]
    dear = brought_at(min(b["coupon_bp"] for b in asked) - 1)
    assert "baitiao_1" not in dear.deals
    (event,) = (row for row in rows(dear, "events") if row["event"] == "book_failed")
    assert "more than the" in event["detail"]
    failed = [b for b in rows(dear, "books") if b["deal"] == "baitiao_1"]
    assert failed
    assert all(b["coupon_bp"] is None and b["placed_fen"] == 0 for b in failed)


@pytest.fixture(scope="module")
def sold() -> SecuritizationMarket:
    """The small whole market of the studies, in which buyers of residual classes ask little more than their losses."""
    path = SCENARIOS / "studies" / "small_market.yaml"
    return run_to(SecuritizationMarket(scenario=load_scenario(path, {"end": "2019-10-31"} | EAGER)))


def test_originators_name_what_their_lending_earns(sold: SecuritizationMarket) -> None:
    mandates: list[dict[str, Any]] = list(sold.desk.pipeline.values())  # type: ignore[union-attr]
    named = [mandate for mandate in mandates if mandate["dearest_bp"] is not None]
    assert named
    for mandate in named:
        lender = sold.originators[sold.shelves[mandate["shelf"]].originator.removeprefix("originator:")]
        assert mandate["dearest_bp"] == pytest.approx(net_yield_ppm(lender) / 100, rel=0.25)
    coupons = [b["coupon_bp"] for b in rows(sold, "books") if b["coupon_bp"] is not None]
    assert max(coupons) <= MOST_RETURN_BP


def test_a_sold_residual_promises_what_buyers_ask_and_the_servicer_gets_the_rest(sold: SecuritizationMarket) -> None:
    books = [b for b in rows(sold, "books") if b["rating"] == "unrated" and b["placed_fen"]]
    assert all(0 < book["coupon_bp"] - book["risk_free_bp"] < 1_000 for book in books)
    living = [book for book in books if book["deal"] in sold.deals]
    assert living
    for book in living:
        incentive = sold.deals[book["deal"]].terms.servicer_incentive
        assert incentive is not None
        assert (incentive.front_return_bp, incentive.hurdle_bp) == (book["coupon_bp"], book["coupon_bp"])
