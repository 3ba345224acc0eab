"""Regulators in a small market: a breach is seen in a report, guided, planned away or punished; what is seen when."""

from __future__ import annotations

import datetime
import re
from functools import cache
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents.compliance import BANKING, SECURITIES, licence, may_lend, under
from sim.agents.originator_market import funding_position
from sim.calendar import day_of
from sim.errors import ScenarioError
from sim.ledger import Code
from sim.market import SecuritizationMarket
from sim.records.tables import TABLES
from sim.scenario import load_scenario

SMALL = SCENARIOS / "studies" / "small_market.yaml"
PEOPLE = {"population.households": 5_000, "population.weight": 4_000, "watched_households": 0}
D = datetime.date
LOOSE = {f"rules.{name}.parameters.multiple": 100 for name in (
    "small_loan_bank_funding", "small_loan_shareholder_funding", "cash_loan_notice", "consumer_finance_loans",
    "consumer_finance_interbank",
)}  # fmt: skip
"""Rules that nobody can break."""
SHARP = {
    "regulators.guidance_days": 30, "regulators.rectification_days": 60, "regulators.suspension_days": 30,
    "regulators.fines": 1,
}  # fmt: skip
BEYOND = {
    "originators.corner.equity_fen": 30_000_000_000, "originators.corner.debts.bank_line.opening_fen": 50_000_000_000,
    "shelves.corner": None,
}  # fmt: skip
"""The microlender opens with more bank money than its rule allows, half of its net assets; it has no notes."""
STANDING = {"rules.capital": {
    "rule": "leverage_ratio", "from": "2018-01-01", "applies_to": ["retailer"], "parameters": {"minimum": 0.9},
    "source": "assumption",
}}  # fmt: skip
"""A rule that the shop cannot keep: net assets of nine tenths of what it has."""


def small(end: D, **overrides: Any) -> SecuritizationMarket:
    return SecuritizationMarket(load_scenario(SMALL, PEOPLE | {"end": end.isoformat()} | overrides))


@cache
def world(name: str) -> SecuritizationMarket:
    given = {
        "usual": (BEYOND, D(2019, 12, 31)),
        "loose": (LOOSE, D(2019, 5, 31)),
        "stubborn": (LOOSE | SHARP | STANDING, D(2019, 9, 30)),
    }
    overrides, end = given[name]
    return run_to(small(end, **overrides))


def events(place: SecuritizationMarket, party: str, family: str = "supervision") -> list[dict[str, Any]]:
    rows = place.recorder.table("events").to_pylist()
    return [row for row in rows if row["family"] == family and row["institution"] == party]


def dated(place: SecuritizationMarket, party: str) -> list[tuple[str, D]]:
    return [(row["event"], row["date"]) for row in events(place, party) if row["event"] != "inspection"]


def test_a_breach_is_first_seen_when_the_report_is_in_and_leads_to_a_plan() -> None:
    """The microlender's line stands far beyond the cap from the first day: the report of January is read 15
    days after its end, guidance leaves 60 days, then a plan is ordered."""
    told = [row for row in events(world("usual"), "originator:corner") if "small_loan_bank_funding" in row["detail"]]
    found = [(row["event"], row["date"]) for row in told]
    assert found[:2] == [("guidance", D(2019, 2, 15)), ("rectification", D(2019, 4, 16))]


def test_a_plan_is_kept_by_swapping_lines_until_the_breach_is_made_good() -> None:
    place = world("usual")
    rows = [
        row for row in place.recorder.table("regulation").to_pylist()
        if row["institution"] == "originator:corner" and row["rule"] == "small_loan_bank_funding"
    ]  # fmt: skip
    beyond = {row["date"]: -row["headroom_fen"] for row in rows}
    assert beyond[D(2019, 12, 31)] < beyond[D(2019, 4, 30)] // 2
    did = events(place, "originator:corner", "compliance")
    assert {"line_repaid", "responses"} <= {row["event"] for row in did}
    assert did[0]["date"] > D(2019, 4, 16), "not before the order"


def test_where_no_rule_binds_regulators_change_nothing_but_what_is_told_of_them() -> None:
    one, other = world("loose"), small(D(2019, 5, 31), **LOOSE)
    other.regulators = []
    other._start_clock(other.first_day)
    run_to(other)
    inspected = [row for row in one.recorder.table("events").to_pylist() if row["event"] == "inspection"]
    assert inspected
    different = {
        name for name in TABLES
        if one.recorder.wants(name) and one.recorder.table(name).to_pylist() != other.recorder.table(name).to_pylist()
    }  # fmt: skip
    assert different == {"events"}
    others = [row for row in one.recorder.table("events").to_pylist() if row["event"] != "inspection"]
    assert others == other.recorder.table("events").to_pylist()


def test_who_does_nothing_climbs_the_ladder_to_its_end() -> None:
    place, party = world("stubborn"), "originator:shop"
    steps = [event for event, _ in dated(place, party)]
    assert steps == ["guidance", "rectification", "suspension", "fine", "licence_at_stake", "licence_revoked"]
    assert licence(place.originators["shop"]) == "revoked"
    assert not may_lend(place.originators["shop"])


def test_suspension_reaches_the_exchange_a_day_later_and_ends_its_issues() -> None:
    place, party = world("stubborn"), "originator:shop"
    suspended = dict(dated(place, party))["suspension"]
    told = [row for row in place.recorder.table("notices").to_pylist() if row["subject"] == f"approvals:{party}"]
    assert told[0]["date"] == suspended + datetime.timedelta(1)
    assert under(place, SECURITIES, party, "issuance")
    issued = [row for row in place.recorder.table("books").to_pylist() if row["deal"].startswith("shop_")]
    assert all(row["date"] <= suspended + datetime.timedelta(1) for row in issued)


def test_a_fine_is_paid_to_the_state_out_of_equity() -> None:
    place = world("stubborn")
    fined = next(row for row in events(place, "originator:shop") if row["event"] == "fine")
    fen = int(re.search(r"(\d+) fen paid", fined["effect"]).group(1))  # type: ignore[union-attr]
    assert fen > 0
    assert place.ledger.income("originator:shop")[Code.FINE] <= place.ledger.income("world:state")[Code.FINE]
    assert place.ledger.income("world:state")[Code.FINE] >= fen
    place.ledger.check()


def test_without_a_licence_nothing_is_lent_and_the_book_runs_off() -> None:
    place, party = world("stubborn"), "originator:shop"
    revoked = dict(dated(place, party))["licence_revoked"]
    plans = [r for r in place.recorder.table("lenders").to_pylist() if r["institution"] == party]
    after = [row for row in plans if row["date"] > revoked + datetime.timedelta(31)]
    assert after
    assert all(row["granted_fen"] == 0 for row in after)
    assert after[-1]["managed_fen"] < plans[0]["managed_fen"]


def test_regulators_go_on_from_a_checkpoint_as_if_nothing_had_been() -> None:
    whole, begun = world("stubborn"), small(D(2019, 9, 30), **LOOSE, **SHARP, **STANDING)
    run_to(begun, day_of(D(2019, 5, 20)))
    resumed = small(D(2019, 9, 30), **LOOSE, **SHARP, **STANDING)
    resumed.restore(begun.state())
    run_to(resumed)
    assert _memory(resumed) == _memory(whole)
    assert resumed.ledger.balance_sheet("originator:shop") == whole.ledger.balance_sheet("originator:shop")


def _memory(place: SecuritizationMarket) -> dict[str, Any]:
    return {each.party: each.memory for each in place.institutions() if each.kind == "regulator"}


def test_a_bank_in_breach_is_guided_and_makes_no_new_joint_loans() -> None:
    rule = {
        "rule": "single_partner_cap", "from": "2018-01-01", "applies_to": ["bank"], "parameters": {"share": 0.001},
        "source": "assumption",
    }  # fmt: skip
    place = run_to(small(D(2019, 7, 31), **LOOSE, **SHARP, **{"rules.partner": rule}))
    steps = [event for event, _ in dated(place, "bank:regional_1")]
    assert steps[:3] == ["guidance", "rectification", "suspension"]
    assert under(place, BANKING, "bank:regional_1", "joint lending")
    assert place.heard("bank:regional_1", "joint:wallet")["limit_fen"] == 0


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("regulators.guidance_day", 30, "did you mean 'guidance_days'?"),
        ("regulators.report_error_ppm", 2_000_000, "1000000"),
        ("regulators.conversion.multiple", 0, "greater than 0"),
        ("regulators.fines", "many", "whole number"),
    ],
)
def test_wrong_terms_are_refused_with_what_would_be_right(key: str, value: object, told: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(told)):
        load_scenario(SMALL, {key: value})


def test_a_microlender_converts_its_licence_when_offered_and_new_capital_is_paid_in() -> None:
    """Leverage of a half under a plan of a year: a licence at ten times costs it less than lending a third of what it
    lends; new shareholders pay what registered capital lacks."""
    tight = {
        "rules.cash_loan_notice.parameters.multiple": 0.5, "regulators.conversion.offered_from": "2019-01-01",
        "regulators.conversion.least_capital_fen": 170_000_000_000, "regulators.conversion.days": 90,
        "regulators.rectification_days": 365, "regulators.guidance_days": 30,
        "originators.wallet.joint_lending.most_volume_ppm": 0,
    }  # fmt: skip
    place = run_to(small(D(2019, 12, 31), **(LOOSE | tight)))
    wallet = place.originators["wallet"]
    steps = [event for event, _ in dated(place, wallet.party)]
    assert "licence_converted" in steps
    assert licence(wallet) == "consumer_finance"
    asked = next(
        row for row in place.recorder.table("notices").to_pylist()
        if row["sender"] == wallet.party and row["subject"] == "application"
    )  # fmt: skip
    granted = dict(dated(place, wallet.party))["licence_converted"]
    assert (granted - asked["date"]).days >= 90
    wanted = place.heard(wallet.party, "application")["capital_fen"]
    assert funding_position(wallet).registered_capital_fen >= wanted >= 170_000_000_000 > wallet.terms.equity_fen
    rules = {row["rule"] for row in place.recorder.table("regulation").to_pylist()
             if row["institution"] == wallet.party and row["date"] > granted}  # fmt: skip
    assert rules == {"consumer_finance_loans", "consumer_finance_interbank"}
    place.ledger.check()
