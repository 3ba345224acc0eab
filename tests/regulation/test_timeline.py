"""Which rule is in force when, the caps it puts on a plan, and what a rule's block may not say."""

from __future__ import annotations

import datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from worlds import SCENARIOS, market

from sim.calendar import day_of
from sim.markets.funding import Source, plan
from sim.regulation.rules import FundingPosition
from sim.regulation.timeline import NO_LIMIT_FEN, Grace, Rulebook, RuleTerms
from sim.scenario import load_scenario

BASELINE, DECADE = "baseline", "market_2014_2023"
D = datetime.date


def rulebook(name: str) -> Rulebook:
    scenario = load_scenario(SCENARIOS / f"{name}.yaml")
    return Rulebook(scenario.rules, scenario.policies)


def limits(book: Rulebook, year: int, month: int, day: int, position: FundingPosition) -> dict[str, int]:
    when = day_of(datetime.date(year, month, day))
    caps = book.caps(when, "microlender", position)
    return {cap.name: cap.limit_fen for cap in caps if cap.limit_fen < NO_LIMIT_FEN}


def test_the_decade_of_a_microlender() -> None:
    book, position = rulebook(DECADE), FundingPosition(100, abs_outstanding_fen=500, bank_loans_fen=20)
    before = {"bank_loans": 250, "shareholder_loans": 100}
    assert limits(book, 2017, 11, 30, position) == before
    under_the_notice = {"bank_loans": 50, "shareholder_loans": 100, "funding": 230}
    assert limits(book, 2017, 12, 1, position) == under_the_notice
    assert limits(book, 2020, 9, 15, position) == under_the_notice
    assert limits(book, 2020, 9, 16, position) == {"standardised": 400, "nonstandardised": 100}


def test_a_reform_of_the_decade_is_known_from_its_announcement_and_met_by_its_deadline() -> None:
    """Whoever has heard of the notice plans for it from where it stood on a straight line; half of 212 days on, half of
    the way is gone. Whoever has not heard stands under the law itself."""
    book, position = rulebook(DECADE), FundingPosition(100, abs_outstanding_fen=500)
    heard = Grace({"cash_loan_leverage": 500})
    assert not book.announced(day_of(D(2017, 11, 30)), "microlender", "")
    planned = {}
    for when in (D(2017, 12, 2), D(2018, 3, 17), D(2018, 6, 30)):
        caps = {cap.name: cap.limit_fen for cap in book.caps(day_of(when), "microlender", position, "", heard)}
        planned[when] = caps["funding"]
    assert planned == {D(2017, 12, 2): 499, D(2018, 3, 17): 365, D(2018, 6, 30): 230}
    for when, known in ((D(2020, 11, 1), False), (D(2020, 11, 2), True)):
        assert ("joint_share" in book.announced(day_of(when), "microlender", "")) is known
    assert "joint_share" not in book.named_in_force(day_of(D(2021, 12, 31)), "microlender")


def test_a_policy_takes_the_place_of_earlier_rules_of_its_kinds_for_those_it_binds_and_no_others() -> None:
    book = rulebook(DECADE)
    for when, has in ((D(2020, 9, 15), True), (D(2020, 9, 16), False)):
        law = book.named_in_force(day_of(when), "microlender")
        assert ("cash_loan_leverage" in law, "small_loan_shareholder_funding" in law) == (has, has)
        assert ("cash_loan_leverage" in book.announced(day_of(when), "microlender", "")) is has
        assert "consumer_finance_interbank" in book.named_in_force(day_of(when), "consumer_finance")  # of the same kind


def test_caps_join_a_plan_and_the_notice_of_2017_stops_what_the_notice_of_2020_sends_to_the_bank() -> None:
    """A lender with five times its net assets in sold pools: free, then stopped, then on bank loans."""
    book, position = rulebook(DECADE), FundingPosition(100, abs_outstanding_fen=500)
    sources = [Source("abs", 50_000, 1_000, ("asset_transfer",)), Source("line", 60_000, 1_000, ("bank_loans",))]
    raised = {}
    for year in (2017, 2018, 2021):
        when = day_of(datetime.date(year, 6, 1))
        raised[year] = plan(90, sources, book.caps(when, "microlender", position)).amounts
    assert raised == {2017: {"abs": 90, "line": 0}, 2018: {"abs": 0, "line": 0}, 2021: {"abs": 0, "line": 90}}


def test_the_tightest_of_several_rules_sets_the_cap() -> None:
    rule = {"rule": "bank_loan_cap", "from": "2014-01-01", "applies_to": ["microlender"], "source": "test"}
    all_three = Rulebook({f"r{m}": RuleTerms(**rule, parameters={"multiple": m}) for m in (0.7, 0.3, 0.5)})
    assert limits(all_three, 2015, 1, 1, FundingPosition(100)) == {"bank_loans": 30}


@pytest.mark.parametrize("name", [BASELINE, DECADE])
def test_every_figure_of_a_shipped_rule_has_a_source(name: str) -> None:
    scenario = load_scenario(SCENARIOS / f"{name}.yaml")
    for rule_name, rule in scenario.rules.items():
        assert rule.source.startswith(("RUL", "AAB"))
        for parameter in rule.parameters:
            where = f"rules.{rule_name}.parameters.{parameter}"
            assert any(fnmatchcase(where, pattern) for pattern in scenario.sources), where


def test_a_market_keeps_the_rules_of_its_scenario() -> None:
    text = yaml.safe_load((SCENARIOS / "rules" / "market_2014.yaml").read_text(encoding="utf-8"))
    place = market(rules=text["rules"])
    assert [type(rule).__name__ for rule in place.rulebook.in_force(place.day, "microlender")] == [
        *("BankLoanCap", "ShareholderLoanCap")
    ]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"rule": "no_such_rule"}, "combined_leverage_cap"),
        ({"until": "2013-01-01"}, "lies before from"),
        ({"applies_to": []}, "applies_to is empty"),
        ({"applies_to": ["pawnshop"]}, "microlender"),
        ({"parameters": {"multiplier": 2.0}}, "parameters of bank_loan_cap are multiple"),
        ({"parameters": {"multiple": 0.0}}, r"\(0, 100\]"),
        ({"rule": "combined_leverage_cap", "parameters": {}}, "parameters of combined_leverage_cap are multiple"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(change: dict[str, Any], complaint: str) -> None:
    sound = {"rule": "bank_loan_cap", "from": "2014-01-01", "applies_to": ["microlender"], "source": "test"}
    RuleTerms(**sound)
    with pytest.raises(ValidationError, match=complaint):
        RuleTerms(**(sound | change))
