"""A market that opens in mid-life opens within the rules that were law by then (AAB05: Ant was, by early 2018)."""

from __future__ import annotations

import datetime

import pytest

from sim.agents import originator_debts as debts
from sim.agents.compliance import licence
from sim.agents.opening_lines import opening_lines_fen
from sim.agents.policy_notices import regulated_position
from sim.calendar import day_of, month_index
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

TAKEN_ON_THE_DAY = 0.03
"""What a day's lending, and losses of a day, may put a lender beyond a limit it opened at, of the limit."""
FEW = {"population.households": 20_000, "population.weight": 25_000}


@pytest.fixture(scope="module")
def market() -> SecuritizationMarket:
    """The baseline after its first trading day, on which the notes outstanding at the start are placed."""
    market = SecuritizationMarket(load_scenario("scenarios/baseline.yaml", FEW))
    for _ in range(3):
        market.step()
    return market


def test_the_baseline_opens_within_the_rules_in_force(market: SecuritizationMarket) -> None:
    beyond = {}
    for originator in market.originators.values():
        position = regulated_position(originator)
        for name, rule in market.rulebook.named_in_force(market.day, licence(originator), originator.party).items():
            if getattr(rule, "category", None) is None:
                continue
            found = rule.finding(position)
            if found.position_fen > found.limit_fen * (1 + TAKEN_ON_THE_DAY):
                beyond[originator.name, name] = round(found.position_fen / found.limit_fen, 2)
    assert not beyond, f"lenders that open beyond a limit, position over limit: {beyond}"


def test_a_small_lender_of_banks_opens_with_no_more_of_their_money_than_its_rule_allows(
    market: SecuritizationMarket,
) -> None:
    small = market.originators["microlender_2"]
    most = opening_lines_fen(small)
    assert most["bank_line"] == small.terms.equity_fen // 2 < small.terms.debts["bank_line"].limit_fen
    assert market.ledger.nominal(debts.debt_claim(small, "bank_line")) <= most["bank_line"]


def test_most_of_the_joint_book_is_with_banks_where_little_else_is_lawful(market: SecuritizationMarket) -> None:
    """LEV03: 98 % of Ant's loans are funded by banks and notes."""
    for name in ("ant_xiaowei", "ant_shangcheng"):
        originator = market.originators[name]
        own = market.ledger.nominal(originator.loan_claim(originator.party))
        assert own < 0.1 * originator.book.managed_fen


def test_the_price_of_notes_sold_before_the_start_repays_the_bridge_and_is_no_cash_of_the_first_month(
    market: SecuritizationMarket,
) -> None:
    """Else too small a part is lent with banks, and sound borrowers are turned away while banks have room."""
    while market.day < day_of(datetime.date(2019, 2, 1)):
        market.step()
    for name in ("ant_xiaowei", "ant_shangcheng"):
        month = market.originators[name].book.applications_of(month_index(market.day) - 1)
        assert month["refused_ration_fen"] < 0.1 * (month["granted_fen"] + month["refused_ration_fen"])
