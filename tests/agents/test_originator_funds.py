"""An originator's treasury: lines in order of cost, a bridge that ends, lenders that run, a shop's balance sheet."""

from __future__ import annotations

import datetime
from typing import Any

from sim.agents import originator_debts as debts
from sim.agents import originator_funds as funds
from sim.agents.goods import turn_into_cash
from sim.agents.retailer import goods_claim, level_on, payables_claim, step_on
from sim.calendar import day_of
from sim.ledger import Code
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from tests.worlds import SCENARIOS, market, run_to

JD = SCENARIOS / "deals" / "jd_baitiao_12m.yaml"
TWO_LINES: dict[str, Any] = {
    "dear": {"kind": "shareholder_loan", "lender": "world:shareholders", "rate_ppm": 90_000, "limit_fen": 10**12},
    "bank_line": {"kind": "warehouse", "lender": "bank:line_bank", "rate_ppm": 47_500, "limit_fen": 2 * 10**12},
}


def first_day(**overrides: Any):  # type: ignore[no-untyped-def]
    place = market(end="2017-03-31", **overrides)
    place.step()
    return place, place.originators["ant_xiaowei"]


def test_the_cheapest_line_balances_the_opening_first() -> None:
    place, ant = first_day(originators__ant_xiaowei__debts=TWO_LINES)
    assert debts.lines(ant) == ["bank_line", "dear"]
    ledger = place.ledger
    assert ledger.undrawn(debts.debt_claim(ant, "bank_line")) == 0
    assert ledger.nominal(debts.debt_claim(ant, "dear")) > 0


def test_what_is_beyond_the_need_repays_the_dearest_line() -> None:
    place, ant = first_day(originators__ant_xiaowei__debts=TWO_LINES)
    ledger = place.ledger
    owed = ledger.nominal(debts.debt_claim(ant, "dear"))
    ledger.pay("world:shareholders", ant.party, 5 * 10**11, Code.GIFT)
    funds.balance_cash(ant)
    assert ledger.nominal(debts.debt_claim(ant, "dear")) < owed


def test_shareholders_bridge_only_so_much_for_one_that_plans() -> None:
    place, ant = first_day(
        originators__ant_xiaowei__debts=TWO_LINES, originators__ant_xiaowei__strategy={"bridge_ppm": 100_000}
    )
    room = funds.bridge_room_fen(ant)
    assert room is not None
    reach = ant.cash_fen + funds.undrawn_fen(ant) + room
    assert [funds.has_means(ant, need) for need in (reach, reach + 1)] == [True, False]
    assert ant.cash_fen + funds.undrawn_fen(ant) + room == reach  # asking has drawn nothing
    assert not funds.can_pay(ant, reach + 1)
    assert funds.can_pay(ant, reach)
    assert place.ledger.nominal(debts.bridge_claim(ant)) == room


def test_a_lender_that_runs_takes_back_equal_parts_and_lends_no_more() -> None:
    running = TWO_LINES | {"dear": TWO_LINES["dear"] | {"runs_off_from": "2017-01-15", "run_off_months": 4}}
    place, ant = first_day(originators__ant_xiaowei__debts=running)
    claim = debts.debt_claim(ant, "dear")
    start = place.ledger.nominal(claim)
    run_to(place, day_of(datetime.date(2017, 2, 1)))
    assert place.ledger.nominal(claim) <= start - start // 4
    assert place.ledger.undrawn(claim) == 0
    run_to(place, day_of(datetime.date(2017, 3, 1)))
    assert place.ledger.nominal(claim) <= start - 2 * (start // 4)


def test_a_bridge_bears_what_the_dearest_line_bears() -> None:
    place, ant = first_day(originators__ant_xiaowei__debts=TWO_LINES)
    funds.bridge(ant, 365 * 10**6)
    funds.accrue_interest(ant)
    assert place.ledger.accrued(debts.bridge_claim(ant)) == 90_000


def test_a_series_between_its_points() -> None:
    series = {10: 100, 20: 200}
    assert [level_on(series, day) for day in (5, 10, 13, 20, 30)] == [100, 100, 130, 200, 200]
    assert [step_on(series, day) for day in (5, 10, 19, 20)] == [100, 100, 100, 200]


def test_a_shop_has_a_shops_balance_sheet() -> None:
    """Receivables are a few per cent of its assets; what suppliers are owed follows the series to the fen."""
    shop = {
        "trade_payables_fen": {"2020-01-01": 10**13, "2022-01-01": 2 * 10**13},
        "investing_outflow_fen": {"2020-01-01": 12 * 10**11},
    }
    place = market(
        JD,
        originators__jdct__retailer=shop,
        originators__jdct__equity_fen=3 * 10**12,
        originators__jdct__kind="retailer",
        population__weight=3_333,
    )
    place.step()
    jd, ledger = place.originators["jdct"], place.ledger
    payables = ledger.nominal(payables_claim(jd))
    assert payables == level_on(
        {day_of(datetime.date(2020, 1, 1)): 10**13, day_of(datetime.date(2022, 1, 1)): 2 * 10**13}, place.first_day
    )
    assert ledger.nominal(goods_claim(jd)) > 4 * int(jd.book.stock.sum())
    assert ledger.equity(jd.party) > 29 * 10**11
    before = ledger.nominal(goods_claim(jd))
    run_to(place, place.first_day + 70)
    assert ledger.nominal(payables_claim(jd)) > payables
    assert ledger.nominal(goods_claim(jd)) > before


def test_goods_bring_no_more_than_their_buyers_have() -> None:
    shop = {"trade_payables_fen": {"2020-01-01": 10**13}, "investing_outflow_fen": {"2020-01-01": 12 * 10**11}}
    place = market(
        JD, originators__jdct__retailer=shop, originators__jdct__equity_fen=3 * 10**12,
        originators__jdct__kind="retailer", population__weight=3_333,
    )  # fmt: skip
    place.step()
    jd, ledger = place.originators["jdct"], place.ledger
    ledger.pay("world:merchants", "world:shareholders", ledger.cash("world:merchants") - 1_000, Code.GIFT)
    before = jd.cash_fen
    turn_into_cash(jd, 10**10)
    assert jd.cash_fen == before + 1_000


def test_what_the_group_bears_is_not_kept_in_cash() -> None:
    changes = {"population.households": 2_000, "population.weight": 10_000, "end": "2019-02-28"}
    paid_for = {"originators.wallet.joint_lending.service_fee_to": "parent"}
    place = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", changes | paid_for))
    wallet = run_to(place, place.first_day + 20).originators["wallet"]
    kept = funds.due_so_far_fen(wallet)
    wallet.terms = wallet.terms.model_copy(update={"operating_cost_ppm": 500_000})
    assert 0 < funds.due_so_far_fen(wallet) == kept
