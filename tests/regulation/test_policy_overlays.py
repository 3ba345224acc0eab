"""The shipped overlays and the page about them: whole, sourced, and merged over any market."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
from policy_worlds import SMALL, policy
from test_every_policy import KINDS
from worlds import SCENARIOS

from sim.calendar import day_of
from sim.errors import ScenarioError
from sim.regulation.rules import CombinedLeverageCap, FundingPosition, JointLendingShare, StandardisedFundingCap
from sim.regulation.timeline import Rulebook
from sim.scenario import load_scenario
from sim.scenario.levers import settings_on
from sim.scenario.policy_dates import policies_outside
from sim.studies.compare_plan import changed_parts, plan_comparison

OVERLAYS = sorted((SCENARIOS / "policies").glob("*.yaml"))
BASES = [SCENARIOS / "baseline.yaml", SCENARIOS / "market_2014_2023.yaml", SMALL]
PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
BILLION_FEN = 100_000_000_000
UNSOURCED = {"policy", "source", "applies_to", "announced", "since", "deadline", "until"}


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.stem)
def test_an_overlay_merges_over_every_market_and_says_where_its_figures_are_from(overlay: Path) -> None:
    for base in BASES:
        scenario = load_scenario(base, overlays=[overlay])
        assert scenario.policies or overlay.stem == "no_reform"
        for name, terms in scenario.policies.items():
            figures = {
                field for field in terms.model_fields_set - UNSOURCED
                if isinstance(getattr(terms, field), int | float) and not isinstance(getattr(terms, field), bool)
            }  # fmt: skip
            assert all(f"policies.{name}.{field}" in scenario.sources for field in figures), (name, figures)


@pytest.mark.parametrize(
    ("overlay", "base", "day"),
    [
        ("without_reforms_2020", "market_2014_2023", "2020-09-16"),
        ("without_reform_2017", "market_2014_2023", "2017-12-01"),
        ("without_cash_loan_notice", "baseline", "2019-01-01"),
    ],
)
def test_a_market_can_be_asked_for_without_its_rules(overlay: str, base: str, day: str) -> None:
    """The worlds share their past up to the reform, and rules and policies alone differ."""
    plan = plan_comparison(SCENARIOS / f"{base}.yaml", [SCENARIOS / "rules" / f"{overlay}.yaml"])
    (policy,) = plan.policies
    assert policy.first_day == day_of(datetime.date.fromisoformat(day))
    assert not changed_parts(plan.base, policy.scenario)
    book = Rulebook(policy.scenario.rules, policy.scenario.policies)
    law = {rule for year in (2019, 2023) for rule in book.in_force(day_of(datetime.date(year, 12, 31)), "microlender")}
    kinds = {type(rule) for rule in law}
    assert (CombinedLeverageCap in kinds) is (overlay == "without_reforms_2020")
    assert (JointLendingShare in kinds) is (overlay == "without_reform_2017")


def test_the_page_maps_every_lever_and_every_dated_policy_once() -> None:
    ids = re.findall(r"^\| ((?:LVR|POL)\d\d) \|", PAGE, flags=re.MULTILINE)
    assert ids == [f"LVR{n:02}" for n in range(1, 25)] + [f"POL{n:02}" for n in range(1, 23)]


def test_the_page_names_kinds_overlays_and_tests_that_are_there() -> None:
    for row in re.findall(r"^\| (?:LVR|POL)\d\d \|.*$", PAGE, flags=re.MULTILINE):
        _, _, where, test = (cell.strip() for cell in row.strip("|").split(" | "))
        for overlay in re.findall(r"overlay `(\w+)`", where):
            assert (SCENARIOS / "policies" / f"{overlay}.yaml").exists(), row
        if test.startswith("tests/"):
            assert (Path(__file__).parents[2] / test.rstrip(" |")).exists(), row
        elif test.strip(" |"):
            assert test.strip(" |`") in KINDS, row
            assert not where.startswith(("not built", "an event")), row


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        ({"since": "2018-01-01"}, "in force throughout"),
        ({"since": "2018-01-01", "until": "2018-06-30"}, "never felt"),
        ({"since": "2020-08-01"}, "after the end: it is never felt"),
        ({"announced": "2019-06-03", "since": "2020-08-01"}, "only its announcement"),
        ({"announced": "2018-06-04", "since": "2019-03-01"}, "heard of on 2019-01-01"),
    ],
)
def test_a_policy_dated_outside_the_run_says_what_that_means(dates: dict[str, str], told: str) -> None:
    (line,) = policies_outside(load_scenario(SMALL, policy("it", "rate_cap", rate_ppm=240_000, **dates)))
    assert told in line


def test_a_lever_holds_from_its_first_day_to_its_last() -> None:
    terms = policy("it", "venue_unification", since="2019-03-01", until="2019-03-31", venues=1)
    scenario = load_scenario(SMALL, terms)
    days = [
        datetime.date(2019, 2, 28),
        datetime.date(2019, 3, 1),
        datetime.date(2019, 3, 31),
        datetime.date(2019, 4, 1),
    ]
    changed = [settings_on(scenario, day).issuance != scenario.issuance for day in days]
    assert changed == [False, True, True, False]


def test_shared_data_add_to_the_register_those_who_do_not_report_to_it() -> None:
    day = datetime.date(2019, 3, 1)
    scenario = load_scenario(SMALL, policy("it", "data_sharing", since=day.isoformat()))
    unseen = {name for name, terms in scenario.originators.items() if not terms.lending.reports_to_register}
    assert unseen == {"wallet", "quick", "corner"}
    for terms in settings_on(scenario, day).originators.values():
        assert terms.lending.reports_to_register
        assert terms.strategy is not None
        assert terms.strategy.sees_register


@pytest.mark.parametrize(
    ("name", "kind", "figures", "told"),
    [
        ("it", "fine", {"amount_fen": 1}, "name who is fined"),
        ("it", "rate_cap", {}, "exactly one of rate_ppm and lpr_multiple"),
        ("it", "guarantee_requirement", {}, "no guarantor"),
        ("it", "single_partner_cap", {"applies_to": ["microlender"]}, "is about banks"),
        ("it", "bad_loan_acquisition", {"applies_to": ["originator:wallet"]}, "is about banks"),
        ("it", "data_wall", {"applies_to": ["originator:walet"]}, "did you mean 'originator:wallet'?"),
        ("cash_loan_notice", "data_wall", {}, "a rule has this name too"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(name: str, kind: str, figures: dict[str, object], told: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(told)):
        load_scenario(SMALL, policy(name, kind, since="2019-03-01", **figures))


def test_the_arithmetic_as_printed() -> None:
    """A platform with 12 bn of net assets may carry 48 bn; at 30 % of 100 bn of joint loans it funds 30 bn itself."""
    platform = FundingPosition(net_assets_fen=12 * BILLION_FEN, abs_outstanding_fen=50 * BILLION_FEN)
    found = StandardisedFundingCap(4.0).finding(platform)
    assert (found.limit_fen, found.shortfall_fen) == (48 * BILLION_FEN, 2 * BILLION_FEN)
    joint = FundingPosition(0, joint_loans_fen=100 * BILLION_FEN, own_share_of_joint_fen=2 * BILLION_FEN)
    assert JointLendingShare(0.30).finding(joint).shortfall_fen == 28 * BILLION_FEN
