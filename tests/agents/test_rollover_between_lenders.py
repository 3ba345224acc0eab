"""A market with a lender for shopping and one for cash: what is drawn at one to pay the other is posted to the fen."""

from __future__ import annotations

import json
from typing import Any

from worlds import HUABEI, SMALL, run_to

from sim.calendar import add_months, month_index
from sim.credit.kernels import layout as at
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario


def two_lenders(**changes: Any) -> SecuritizationMarket:
    """The world of Ant's deal with a second lender, of cash, whom everybody pays first."""
    second = load_scenario(HUABEI).originators["ant_xiaowei"].model_dump(mode="json")
    second["lending"]["merchant_fee_ppm"] = 0
    for product in second["lending"]["products"].values():
        product["cash"] = True
    blocks = {
        "originators.cash_lender": second,
        "originators.ant_xiaowei.lending.payment_rank": 2,
        "behaviour.rollover_ppm": 400_000,
        "watched_households": 1_000,
    }
    return SecuritizationMarket(load_scenario(HUABEI, SMALL | blocks | changes))


def test_cash_drawn_to_pay_another_lender_is_posted_and_recorded() -> None:
    """Every midnight the market checks that the ledger's loans equal both books; here money moves between them."""
    market = two_lenders()
    shop, cash = market.books["ant_xiaowei"], market.books["cash_lender"]
    rolled = drawn = paid_out = 0
    while market.day < add_months(market.first_day, 3):
        market.step()
        rolled += int(shop.day_totals()[:, at.ROLLED_OVER].sum())
        drawn += int(shop.requests.fen.sum())
        paid_out += int(cash.day_totals()[:, at.CASH_LENT].sum())
    assert rolled > 0
    assert paid_out > rolled
    weight = int(market.households.columns.weight[0])
    assert rolled == drawn * weight
    claims = market.originators["cash_lender"].loan_claim("originator:cash_lender")
    assert market.ledger.nominal(claims) == cash.outstanding_fen("originator:cash_lender")
    events = market.recorder.table("loan_events").to_pylist()
    drawn_by = {(row["date"], row["household"]) for row in events if row["event"] == "rollover"}
    lent_to = {
        (row["date"], row["household"])
        for row in events
        if row["event"] == "lent" and row["loan_id"].startswith("cash_lender/")
    }
    assert drawn_by
    assert drawn_by <= lent_to


def test_cash_drawn_at_a_lender_that_has_collected_is_in_its_history() -> None:
    """The lender of cash comes before the shop that is paid with it: it has collected when the shop does."""
    shop = load_scenario(HUABEI).originators["ant_xiaowei"].model_dump(mode="json")
    shop["lending"]["payment_rank"] = 2
    lending = "originators.ant_xiaowei.lending."
    cash = {f"{lending}products.{name}.cash": True for name in shop["lending"]["products"]}
    others = {"originators.cash_lender": shop, f"{lending}merchant_fee_ppm": 0, f"{lending}payment_rank": 1}
    market = two_lenders(**cash, **others)
    paid_out = rolled = 0
    while market.day < add_months(market.first_day, 2):
        market.step()
        paid_out += int(market.books["ant_xiaowei"].day_totals()[:, (at.LENT, at.CASH_LENT)].sum())
        rolled += int(market.books["cash_lender"].day_totals()[:, at.ROLLED_OVER].sum())
    assert rolled > 0
    history, first = market.originators["ant_xiaowei"].memory["history"], month_index(market.first_day)
    assert sum(entry["lent_fen"] for entry in history if entry["month"] >= first) == paid_out


def test_a_restored_market_rolls_over_like_one_that_never_stopped() -> None:
    """Stopped in the middle of a month, between the choice of fallbacks and the days they are drawn on."""
    whole, first, resumed = two_lenders(), two_lenders(), two_lenders()
    stop, end = whole.first_day + 40, whole.first_day + 75
    run_to(first, stop)
    first.books["cash_lender"].set_limit_factor((900_000,) * 5)
    run_to(whole, stop)
    whole.books["cash_lender"].set_limit_factor((900_000,) * 5)
    resumed.restore(json.loads(json.dumps(plain_of(first))) | {"arrays": first.state()["arrays"]})
    for place in (whole, resumed):
        run_to(place, end)
    for name, book in whole.books.items():
        twin = resumed.books[name]
        assert (book.stock == twin.stock).all()
        assert (book.day_totals() == twin.day_totals()).all()
        assert book.months == twin.months
        for column, values in book.accounts.columns.arrays().items():
            assert (values == twin.accounts.columns.arrays()[column]).all(), column
    assert (whole.accounts.fallback == resumed.accounts.fallback).all()


def plain_of(place: SecuritizationMarket) -> dict[str, Any]:
    """What a checkpoint writes as JSON."""
    return {"json": place.state()["json"]}
