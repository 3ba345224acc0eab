"""A lender draws on its lines no further than the law lets what it owes on them stand, ordered plan or not."""

from __future__ import annotations

import datetime

from worlds import SCENARIOS, run_to

from sim.agents import originator_debts as debts
from sim.agents import originator_funds as funds
from sim.agents.compliance import licence, plans_ordered
from sim.agents.originator import Originator
from sim.agents.policy_notices import regulated_position
from sim.calendar import day_of
from sim.ledger import Kind
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

FIRST_WORKING_DAYS = [day_of(datetime.date(2019, month, day)) for month, day in ((2, 1), (3, 1), (4, 1), (5, 6))]


def of_banks(originator: Originator) -> list[str]:
    return [name for name in debts.lines(originator) if originator.terms.debts[name].lender.startswith("bank:")]


def could_owe_fen(originator: Originator) -> int:
    """What it owes banks on lines, and what they still let it draw."""
    ledger = originator.place.ledger
    drawable = funds.drawable_fen(originator)
    return sum(ledger.nominal(debts.debt_claim(originator, name)) + drawable[name] for name in of_banks(originator))


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


def test_between_two_plans_all_lines_together_stay_within_the_law() -> None:
    """A cheap line and a dear one of the same kind: neither is drawn in the room that the other has taken."""
    line = {"kind": "warehouse", "lender": "bank:regional_1", "limit_fen": 70_000_000_000}
    changes = {
        "population.households": 2_000, "population.weight": 10_000, "end": "2019-05-31",
        "originators.corner.debts": {
            "bank_line": line | {"rate_ppm": 45_000, "opening_fen": 0}, "dear": line | {"rate_ppm": 80_000},
            "shareholders": {
                "kind": "shareholder_loan", "lender": "world:shareholders", "rate_ppm": 90_000,
                "limit_fen": 60_000_000_000, "opening_fen": 0,
            },
        },
    }  # fmt: skip
    place = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", changes))
    originator, beyond = place.originators["corner"], []
    run_to(place, FIRST_WORKING_DAYS[0] + 1)
    for day in range(FIRST_WORKING_DAYS[0] + 1, FIRST_WORKING_DAYS[-1] + 1):
        before = regulated_position(originator).bank_loans_fen
        limit = originator.memory["cap_limits"]["bank_loans"]
        drawable = funds.drawable_fen(originator)
        assert sum(drawable[name] for name in of_banks(originator)) <= max(0, limit - before)
        run_to(place, day + 1)
        limit = max(limit, originator.memory["cap_limits"]["bank_loans"])  # a plan of the day itself has raised it
        beyond.append(regulated_position(originator).bank_loans_fen > max(before, limit))
    assert not any(beyond)


def test_what_was_issued_since_the_plan_leaves_lines_less_of_a_cap_on_all_funding() -> None:
    changes = {"population.households": 2_000, "population.weight": 10_000, "end": "2019-05-31"}
    place = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", changes))
    originator = run_to(place, FIRST_WORKING_DAYS[0] + 1).originators["corner"]
    owed = regulated_position(originator).funding_fen
    originator.memory["cap_limits"] = {"funding": owed + 1_000}
    assert sum(funds.drawable_fen(originator).values()) <= 1_000
    bond = place.ledger.claim(Kind.BOND, "world:shareholders", originator.party, deal="since_then")
    place.ledger.draw(bond, 600)
    assert sum(funds.drawable_fen(originator).values()) <= 400
