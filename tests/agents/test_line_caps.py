"""A lender draws on its lines no further than the law lets what it owes on them stand, ordered plan or not."""

from __future__ import annotations

import datetime

from worlds import SCENARIOS, run_to

from sim.agents import originator_funds as funds
from sim.agents.compliance import licence, plans_ordered
from sim.agents.originator import Originator
from sim.agents.policy_notices import regulated_position
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

FIRST_WORKING_DAYS = [day_of(datetime.date(2019, month, day)) for month, day in ((2, 1), (3, 1), (4, 1), (5, 6))]


def of_banks(originator: Originator) -> list[str]:
    return [name for name in funds.lines(originator) if originator.terms.debts[name].lender.startswith("bank:")]


def could_owe_fen(originator: Originator) -> int:
    """What it owes banks on lines, and what they still let it draw."""
    ledger = originator.place.ledger
    claims = [funds.debt_claim(originator, name) for name in of_banks(originator)]
    return sum(ledger.nominal(claim) + ledger.undrawn(claim) for claim in claims)


def test_without_an_order_nothing_is_drawn_beyond_the_law() -> None:
    changes = {"population.households": 2_000, "population.weight": 10_000, "end": "2019-05-31"}
    place = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", changes))
    originator, bound = place.originators["corner"], 0
    for day in FIRST_WORKING_DAYS:
        run_to(place, day + 1)
        assert plans_ordered(originator) == {}
        position = regulated_position(originator)
        rule = place.rulebook.named_in_force(place.day, licence(originator), originator.party)[
            "small_loan_bank_funding"
        ]
        limit = rule.finding(position).limit_fen
        promised = sum(originator.terms.debts[name].limit_fen for name in of_banks(originator))
        assert could_owe_fen(originator) <= max(limit * 101 // 100, position.bank_loans_fen)
        bound += limit < promised
    assert bound > 0
