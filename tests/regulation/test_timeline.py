"""Which rule is in force when, the caps it puts on a plan, and what a rule's block may not say."""

from __future__ import annotations

import datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from worlds import HUABEI, SCENARIOS, market

from sim.calendar import day_of
from sim.markets.funding import Source, plan
from sim.regulation.rules import FundingPosition
from sim.regulation.timeline import NO_LIMIT_FEN, Rulebook, RuleTerms
from sim.scenario import load_scenario

BASELINE, DECADE = ("market_2014_2019.yaml",), ("market_2014_2019.yaml", "market_2014_2023.yaml")


def overlay(*files: str) -> dict[str, dict[str, Any]]:
    """The rules of shipped overlays, merged as the loader merges maps."""
    merged: dict[str, dict[str, Any]] = {}
    for file in files:
        for name, rule in yaml.safe_load((SCENARIOS / "rules" / file).read_text(encoding="utf-8"))["rules"].items():
            merged[name] = merged.get(name, {}) | rule
    return merged


def rulebook(*files: str) -> Rulebook:
    return Rulebook({name: RuleTerms(**rule) for name, rule in overlay(*files).items()})


def limits(book: Rulebook, year: int, month: int, day: int, position: FundingPosition) -> dict[str, int]:
    when = day_of(datetime.date(year, month, day))
    caps = book.caps(when, "microlender", position)
    return {cap.name: cap.limit_fen for cap in caps if cap.limit_fen < NO_LIMIT_FEN}


def test_the_decade_of_a_microlender() -> None:
    book, position = rulebook(*DECADE), FundingPosition(100, abs_outstanding_fen=500, bank_loans_fen=20)
    before = {"bank_loans": 250, "shareholder_loans": 100}
    assert limits(book, 2017, 11, 30, position) == before
    under_the_notice = {"bank_loans": 50, "shareholder_loans": 100, "funding": 230}
    assert limits(book, 2017, 12, 1, position) == under_the_notice
    assert limits(book, 2020, 9, 15, position) == under_the_notice
    assert limits(book, 2020, 9, 16, position) == {"standardised": 400, "nonstandardised": 100}


def test_the_baseline_knows_no_rule_after_2019() -> None:
    book = rulebook(*BASELINE)
    first = datetime.date(2020, 1, 1)
    assert all(rule.since < first and (rule.until is None or rule.until < first) for rule in book.terms.values())
    new_year, end = (day_of(datetime.date(year, 12, 31)) for year in (2019, 2023))
    for kind in ("microlender", "consumer_finance", "bank"):
        assert book.in_force(new_year, kind) == book.in_force(end, kind)
        assert book.in_force(end, kind)


def test_caps_join_a_plan_and_the_notice_of_2017_stops_what_the_notice_of_2020_sends_to_the_bank() -> None:
    """A lender with five times its net assets in sold pools: free, then stopped, then on bank loans."""
    book, position = rulebook(*DECADE), FundingPosition(100, abs_outstanding_fen=500)
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


@pytest.mark.parametrize("files", [BASELINE, DECADE])
def test_a_shipped_overlay_loads_with_a_scenario_and_every_figure_has_a_source(files: tuple[str, ...]) -> None:
    scenario = load_scenario(HUABEI, {"rules": overlay(*files)})
    sources = [
        pattern
        for file in files
        for pattern in yaml.safe_load((SCENARIOS / "rules" / file).read_text(encoding="utf-8"))["sources"]
    ]
    for name, rule in scenario.rules.items():
        assert rule.source.startswith(("RUL", "AAB"))
        for parameter in rule.parameters:
            where = f"rules.{name}.parameters.{parameter}"
            assert any(fnmatchcase(where, pattern) for pattern in sources), where


def test_a_market_keeps_the_rules_of_its_scenario() -> None:
    place = market(rules=overlay(*DECADE))
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
