"""How much of the first loss a seller keeps: all where buyers ask more than it costs to hold, else what it must."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from note_worlds import rows, small_market
from worlds import run_to

from sim.agents.spv import Spv
from sim.calendar import day_of
from sim.market import SecuritizationMarket

DATE = datetime.date
MANDATES = {DATE(2019, 7, 8): ("baitiao", 120_000_000_000), DATE(2019, 7, 9): ("second", 80_000_000_000)}
DEAR = {"originators.second.debts.bank_line.rate_ppm": 120_000, "investors.broker.mandate.residual_bp": 400}
FREE = {f"shelves.{name}.residual_retained_ppm": 50_000 for name in ("baitiao", "second")}


def sold(**changes: Any) -> SecuritizationMarket:
    """The small market in which money costs one lender 4.35 % and the other 12 %, and buyers ask some 7 % of a residual
    class and the losses they expect."""
    return run_to(small_market(MANDATES, **(DEAR | FREE | changes)), day_of(DATE(2019, 11, 30)))


def kept_bp(spv: Spv) -> int:
    return spv.terms.holders_of(spv.terms.residual).get(spv.terms.originator, 0)


@pytest.fixture(scope="module")
def market() -> SecuritizationMarket:
    return sold()


def test_it_comes_out_either_way_by_what_own_money_costs_the_seller(market: SecuritizationMarket) -> None:
    assert kept_bp(market.deals["baitiao_1"]) == 10_000
    assert kept_bp(market.deals["second_1"]) < 5_000
    (book,) = [b for b in rows(market, "books") if b["tranche"] == "residual"]
    assert book["deal"] == "second_1"
    assert book["risk_free_bp"] + 400 < book["coupon_bp"] < 1_200


def test_no_more_is_sold_than_the_law_allows_and_nothing_to_buyers_who_ask_too_much(
    market: SecuritizationMarket,
) -> None:
    bound = sold(shelves__second__residual_retained_ppm=800_000)
    assert 8_000 <= kept_bp(bound.deals["second_1"]) < 10_000
    assert kept_bp(sold(investors__broker__mandate__residual_bp=1_500).deals["second_1"]) == 10_000
