"""Which enhancement a seller chooses: a guarantor where its own money is dear, else the classes below alone."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from note_worlds import rows, small_market
from worlds import run_to

from sim.agents.guarantor import Risk
from sim.calendar import day_of
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import Structure
from sim.ledger import Code, Kind
from sim.market import SecuritizationMarket
from sim.markets.guarantee import room_fen

DATE = datetime.date
DEADLINE = DATE(2019, 9, 30)
MANDATES = {DATE(2019, 7, 8): ("baitiao", 120_000_000_000), DATE(2019, 7, 9): ("second", 80_000_000_000)}
SURETY = {"guarantors.surety": {"title": "Surety", "capital_fen": 100_000_000_000}}
DEAR = {
    "originators.second.debts.bank_line.rate_ppm": 80_000,
    # Its borrowers are weaker too: with few losses the least residual class is support enough and needs no promise.
    "originators.second.lending.intercept": {DATE(2010, 1, 1): -5.6},
}
POOL = PoolView(1_500, 300, 36, 250_000, 70_000, 850_000)


def sold(until: datetime.date = DEADLINE, **changes: Any) -> SecuritizationMarket:
    """The small market in which money costs one lender 4.35 % and the other 8 % a year."""
    return run_to(small_market(MANDATES, **(DEAR | changes)), day_of(until))


@pytest.fixture(scope="module")
def market() -> SecuritizationMarket:
    return sold(DATE(2019, 11, 1), **SURETY)


def test_it_comes_out_either_way_by_what_own_money_costs_the_seller(market: SecuritizationMarket) -> None:
    cheap, dear = (market.originators[name].memory["plan"]["own_funds"]["money_ppm"] for name in ("jdct", "second"))
    assert cheap < dear
    inside, outside = market.deals["baitiao_1"].terms, market.deals["second_1"].terms
    assert (inside.guarantor, inside.support) == (None, None)
    assert outside.guarantor == "guarantor:surety"
    assert outside.support is not None
    alone = sold().deals["second_1"].terms
    assert alone.guarantor is None
    assert outside.tranches[outside.residual].share_bp < alone.tranches[alone.residual].share_bp
    (told,) = [r["what"] for r in rows(market, "issuance") if r["deal"] == "second_1" and r["step"] == 4]
    assert "guarantor:surety promises up to" in told


def test_the_promise_stands_on_the_ledger_and_is_paid_for_at_the_fee_agreed(market: SecuritizationMarket) -> None:
    spv, ledger = market.deals["second_1"], market.ledger
    promised = ledger.undrawn(ledger.claim(Kind.GUARANTEE, spv.party, "guarantor:surety", deal="second_1"))
    assert promised == spv.terms.support_limit_fen > 0
    assert market.guarantors["surety"].promised_fen() == {"originator:second": promised}
    support = spv.terms.support
    assert support is not None
    assert support.fee_ppm is not None
    months = 2  # ends of September and October
    assert ledger.income("guarantor:surety")[Code.FEE] == months * (promised * support.fee_ppm // 12_000_000)


def test_a_guarantor_whose_funds_carry_no_more_promises_nothing(market: SecuritizationMarket) -> None:
    poor = sold(**{"guarantors.surety": {"title": "Surety", "capital_fen": 100_000_000}})
    assert poor.deals["second_1"].terms.guarantor is None
    guarantor = market.guarantors["surety"]
    risk = Risk("originator:new", POOL, Structure(7, 5), 12, 60_000, 20_000, 1_000_000_000)
    most = room_fen(
        net_assets_fen=market.ledger.equity(guarantor.party), multiple=guarantor.terms.leverage,
        of_one_ppm=guarantor.terms.of_one_ppm, promised_fen=sum(guarantor.promised_fen().values()), of_originator_fen=0,
    )  # fmt: skip
    assert guarantor.quote_ppm(risk._replace(limit_fen=most)) is not None
    assert guarantor.quote_ppm(risk._replace(limit_fen=most + 1)) is None


def test_it_asks_more_the_worse_the_pool_and_the_less_stands_below(market: SecuritizationMarket) -> None:
    guarantor = market.guarantors["surety"]

    def asked(default_ppm: int, below_ppm: int) -> int:
        view = PoolView(default_ppm, 300, 36, 250_000, 70_000, 850_000)
        quote = guarantor.quote_ppm(Risk("originator:new", view, Structure(7, 5), 12, below_ppm, 20_000, 10**9))
        assert quote is not None
        return quote

    assert asked(3_000, 60_000) > asked(1_500, 60_000) > asked(1_500, 120_000)


@pytest.mark.parametrize(("capital", "withdrawn"), [(100_000_000_000, False), (100_000_000, True)])
def test_where_law_asks_for_a_guarantor_an_issue_without_one_does_not_come(capital: int, withdrawn: bool) -> None:
    law: dict[str, Any] = {"policy": "guarantee_requirement", "announced": "2019-01-01", "from": "2019-01-01"}
    law |= {"limit_bp": 300, "source": "LVR23"}
    place = sold(**{"guarantors.surety": {"title": "S", "capital_fen": capital}, "policies.guaranteed": law})
    ended = [r["event"] for r in rows(place, "events") if r["family"] == "issuance" and r["deal"] == "baitiao_1"]
    assert ended == (["no_guarantor"] if withdrawn else [])
    if not withdrawn:
        assert place.deals["baitiao_1"].terms.guarantor == "guarantor:surety"
