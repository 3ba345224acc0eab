"""Malformed blocks of a whole market: each fault is told at its line and field, with no traceback; odd ones run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from worlds import SCENARIOS, run_to

from sim.cli.commands import app
from sim.cli.summary import show_summary
from sim.errors import ScenarioError
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

SMALL_MARKET = Path(__file__).parents[1] / "markets" / "small_market.yaml"

# what is wrong: (lines after the head of three, place and path of the fault, words of the message)
BAD: dict[str, tuple[str, str, str]] = {
    "shelf unknown key": (
        "shelves: {huabei: {min_fase_fen: 3}}",
        "bad.yaml:4:20: shelves.huabei.min_fase_fen:",
        "unknown key; did you mean 'min_face_fen'?",
    ),
    "shelf originator unknown": (
        'shelves: {huabei: {originator: "originator:nobody"}}',
        "bad.yaml:4:20: shelves.huabei.originator:",
        "'originator:nobody' is not a party of this scena",
    ),
    "shelf originator wrong kind": (
        'shelves: {huabei: {originator: "bank:large_1"}}',
        "bad.yaml:4:20: shelves.huabei.originator:",
        "'bank:large_1' sells no loans; name a party of k",
    ),
    "shelf custodian unknown": (
        'shelves: {huabei: {custodian: "bank:nowhere"}}',
        "bad.yaml:4:20: shelves.huabei.custodian:",
        "'bank:nowhere' is not a party of this scenario;",
    ),
    "shelf custodian wrong kind": (
        'shelves: {huabei: {custodian: "manager:cicc"}}',
        "bad.yaml:4:11: shelves.huabei:",
        "custodian: manager:cicc is not of kind custodian",
    ),
    "shelf agency wrong kind": (
        'shelves: {huabei: {agencies: ["manager:cicc"]}}',
        "bad.yaml:4:11: shelves.huabei:",
        "agency: manager:cicc is not of kind agency; name",
    ),
    "shelf no agencies": (
        "shelves: {huabei: {agencies: []}}",
        "bad.yaml:4:20: shelves.huabei.agencies:",
        "Tuple should have at least 1 item after validati",
    ),
    "shelf no managers": (
        "shelves: {huabei: {managers: []}}",
        "bad.yaml:4:20: shelves.huabei.managers:",
        "Tuple should have at least 1 item after validati",
    ),
    "shelf min above max": (
        "shelves: {huabei: {min_face_fen: 900_000_000_000}}",
        "bad.yaml:4:11: shelves.huabei:",
        "min_face_fen lies above max_face_fen; swap them",
    ),
    "shelf negative face": (
        "shelves: {huabei: {min_face_fen: -1}}",
        "bad.yaml:4:20: shelves.huabei.min_face_fen:",
        "should be greater than or equal to 100000000",
    ),
    "shelf regime": (
        "shelves: {huabei: {regime: telegram}}",
        "bad.yaml:4:20: shelves.huabei.regime:",
        "'telegram' is not one of 'approval', 'filing', '",
    ),
    "shelf rank twice": (
        "shelves: {huabei: {classes: {mezzanine: {rank: 0}}}}",
        "bad.yaml:4:11: shelves.huabei:",
        "classes: ranks [0, 0, 2] are not all different;",
    ),
    "shelf rating unknown": (
        "shelves: {huabei: {classes: {senior: {rating: AAAA}}}}",
        "bad.yaml:4:39: shelves.huabei.classes.senior.rating:",
        "'AAAA' is not a rating; use one of AAA, AA+, AA,",
    ),
    "shelf spread upside down": (
        "shelves: {huabei: {classes: {senior: {low_spread_bp: 300, high_spread_bp: 20}}}}",
        "bad.yaml:4:11: shelves.huabei:",
        "classes.senior: low_spread_bp lies above high_sp",
    ),
    "shelf retention": (
        "shelves: {huabei: {vertical_retention_bp: 20_000}}",
        "bad.yaml:4:20: shelves.huabei.vertical_retention_bp:",
        "should be less than 10000",
    ),
    "shelf prototype fee payee": (
        "shelves: {huabei: {prototype: {fees: {management: {payee: nobody}}}}}",
        "bad.yaml:4:52: shelves.huabei.prototype.fees.management.payee:",
        "'nobody' is not one of 'manager', 'custodian', '",
    ),
    "shelf prototype trigger kind": (
        "shelves: {huabei: {prototype: {triggers: {rights: {kind: lunar}}}}}",
        "bad.yaml:4:52: shelves.huabei.prototype.triggers.rights.kind:",
        "'lunar' is not one of 'cumulative_default', 'npl",
    ),
    "shelf like unknown": (
        'shelves: {new: {like: programe, originator: "originator:jdct"}}',
        "bad.yaml:4:11: shelves.new.managers:",
        "missing: Arrangers it chooses from; the one with",
    ),
    "shelf without originator": (
        "shelves: {new: {like: programme}}",
        "bad.yaml:4:11: shelves.new.originator:",
        "missing: Who sells the loans.",
    ),
    "shelf prototype product": (
        "shelves: {huabei: {prototype: {eligibility: {products: [cars]}}}}",
        "bad.yaml:4:46: shelves.huabei.prototype.eligibility.products:",
        "'cars' is none of bill_instalment, transaction_i",
    ),
    "shelf opening below unit": (
        "shelves: {huabei: {opening_face_fen: -5}}",
        "bad.yaml:4:20: shelves.huabei.opening_face_fen:",
        "should be greater than or equal to 0",
    ),
    "shelf guarantor unknown": (
        'shelves: {huabei: {guarantor: "guarantor:nobody"}}',
        "bad.yaml:4:11: shelves.huabei:",
        "support: 'guarantor' is given without it; add su",
    ),
    "shelf guarantor wrong kind": (
        'shelves: {huabei: {guarantor: "bank:large_1"}}',
        "bad.yaml:4:11: shelves.huabei:",
        "support: 'guarantor' is given without it; add su",
    ),
    "issuance regime": (
        "issuance: {rating_regime: {2019-01-01: lottery}}",
        "bad.yaml:4:28: issuance.rating_regime.2019-01-01:",
        "'lottery' is not one of 'issuer_chooses', 'assig",
    ),
    "issuance date": (
        "issuance: {rating_regime: {someday: dual}}",
        "bad.yaml:4:28: issuance.rating_regime.someday:",
        "should be a date written as 2017-06-01",
    ),
    "issuance ppm": (
        "issuance: {disclosure_ppm: {2019-01-01: 2_000_000}}",
        "bad.yaml:4:29: issuance.disclosure_ppm.2019-01-01:",
        "should be less than or equal to 1000000",
    ),
    "issuance venues": (
        "issuance: {venues: {2019-01-01: 0}}",
        "bad.yaml:4:21: issuance.venues.2019-01-01:",
        "should be at least 1",
    ),
    "issuance unknown": (
        "issuance: {closed: true}",
        "bad.yaml:4:12: issuance.closed:",
        "unknown key; known keys: 'approval_days', 'belie",
    ),
    "issuance empty dates": (
        "issuance: {rating_regime: {}}",
        "bad.yaml:4:12: issuance.rating_regime:",
        "is empty; give at least one date with its value",
    ),
    "dealer negative capital": (
        "dealers: {maker_1: {capital_fen: -1}}",
        "bad.yaml:4:21: dealers.maker_1.capital_fen:",
        "should be greater than or equal to 0",
    ),
    "dealer without title": (
        "dealers: {new: {capital_fen: 5}}",
        "bad.yaml:4:11: dealers.new.title:",
        "missing: Name in the world.",
    ),
    "dealer spread": (
        "dealers: {maker_1: {spread: {base_ppm: -4}}}",
        "bad.yaml:4:30: dealers.maker_1.spread.base_ppm:",
        "should be greater than or equal to 0",
    ),
    "investor kind": (
        "investors: {fund_1: {kind: hedge}}",
        "bad.yaml:4:22: investors.fund_1.kind:",
        "'hedge' is not one of 'wealth_product', 'fund',",
    ),
    "investor lowest rating": (
        "investors: {fund_1: {mandate: {lowest_rating: gold}}}",
        "bad.yaml:4:32: investors.fund_1.mandate.lowest_rating:",
        "'gold' is not a rating; use one of AAA, AA+, AA,",
    ),
    "investor appetite": (
        "investors: {fund_1: {mandate: {appetite: huge}}}",
        "bad.yaml:4:32: investors.fund_1.mandate.appetite:",
        "'huge' is not one of 'averse', 'medium', 'residu",
    ),
    "investor share over one": (
        "investors: {fund_1: {mandate: {per_originator_ppm: 3_000_000}}}",
        "bad.yaml:4:32: investors.fund_1.mandate.per_originator_ppm:",
        "should be less than or equal to 1000000",
    ),
    "investor flow": (
        "investors: {fund_1: {flows: {sd_ppm: -1}}}",
        "bad.yaml:4:30: investors.fund_1.flows.sd_ppm:",
        "should be greater than or equal to 0",
    ),
    "investor cash text": (
        "investors: {fund_1: {cash_fen: much}}",
        "bad.yaml:4:22: investors.fund_1.cash_fen:",
        "should be a whole number",
    ),
    "bank group count": (
        "bank_system: {large: {count: 0}}",
        "bad.yaml:4:23: bank_system.large.count:",
        "should be greater than or equal to 1",
    ),
    "bank share sum": (
        "bank_system: {large: {share_ppm: 990_000}}",
        "bad.yaml:4:1: bank_system:",
        "the groups hold 1220000 ppm of all assets; leave",
    ),
    "bank unknown group": (
        "bank_system: {huge: {count: 2}}",
        "bad.yaml:4:15: bank_system.huge:",
        "unknown key; known keys: 'assets_fen', 'capital_",
    ),
    "bank name taken": (
        "banks: {large_1: {title: Mine}}",
        "bad.yaml:4:9: banks.large_1:",
        "the banking system has a bank of this name; choo",
    ),
    "bank zipf negative": (
        "bank_system: {large: {zipf: -1}}",
        "bad.yaml:4:23: bank_system.large.zipf:",
        "should be greater than or equal to 0",
    ),
    "bank balance without system": (
        "bank_system: null\nbanks: {x: {title: X, balance: {assets_fen: 5}}}",
        "bad.yaml:5:23: banks.x.balance:",
        "a full bank needs a banking system around it; ad",
    ),
    "rule unknown": (
        "rules: {cash_loan_notice: {rule: speed_limit}}",
        "bad.yaml:4:28: rules.cash_loan_notice.rule:",
        "'speed_limit' is not one of 'standardised_fundin",
    ),
    "rule parameter name": (
        "rules: {cash_loan_notice: {parameters: {ratio: 2}}}",
        "bad.yaml:4:9: rules.cash_loan_notice:",
        "parameters of combined_leverage_cap are multiple",
    ),
    "rule parameter zero": (
        "rules: {cash_loan_notice: {parameters: {multiple: 0}}}",
        "bad.yaml:4:9: rules.cash_loan_notice:",
        "parameters must lie in (0, 100], got {'multiple'",
    ),
    "rule until before from": (
        "rules: {cash_loan_notice: {until: 2010-01-01}}",
        "bad.yaml:4:9: rules.cash_loan_notice:",
        "until 2010-01-01 lies before from 2017-12-01; pu",
    ),
    "rule kind": (
        "rules: {cash_loan_notice: {applies_to: [pawnbroker]}}",
        "bad.yaml:4:41: rules.cash_loan_notice.applies_to.0:",
        "'pawnbroker' is not one of 'microlender', 'retai",
    ),
    "rule nobody": (
        "rules: {cash_loan_notice: {applies_to: []}}",
        "bad.yaml:4:9: rules.cash_loan_notice:",
        "applies_to is empty; name at least one kind or r",
    ),
    "rule no source": (
        "rules: {mine: {rule: bank_loan_cap, from: 2019-01-01, applies_to: [microlender]}}",
        "bad.yaml:4:9: rules.mine.source:",
        "missing: Id of the rule in the facts files.",
    ),
    "rule bank rule on lender": (
        "rules: {mine: {rule: bank_capital, from: 2019-01-01, applies_to: [microlender], source: RUL16}}",
        "bad.yaml:4:54: rules.mine.applies_to:",
        "bank_capital measures banks; it cannot bind micr",
    ),
    "pattern missing": (
        "originators: {cfc_1: {like: consumer_finanse}}",
        "bad.yaml:4:15: originators.cfc_1.debts:",
        "missing: Sources of funds by name; those without",
    ),
    "pattern circle": (
        "patterns: {originators: {a: {like: b}, b: {like: a}}}\noriginators: {x: {like: a}}",
        "bad.yaml:4:44: originators.x.like:",
        "patterns go in a circle",
    ),
    "pattern block unknown": (
        "patterns: {origniators: {a: {title: x}}}",
        "bad.yaml:4:12: patterns.origniators:",
        "there is no block 'origniators'; did you mean 'o",
    ),
    "macro observed text": ("macro: {observed: perhaps}", "bad.yaml:4:9: macro.observed:", "should be true or false"),
    "macro stress date": (
        "macro: {stress: {2019-13-01: 1.0}}",
        "bad.yaml:4:18: macro.stress.2019-13-01:",
        "should be a date written as 2017-06-01",
    ),
    "macro shock kind": (
        "macro: {shocks: {crash: {kind: meteor}}}",
        "bad.yaml:4:18: macro.shocks.crash.from:",
        "missing: First day.",
    ),
    "macro persistence": (
        "macro: {trend: {persistence: 2}}",
        "bad.yaml:4:17: macro.trend.persistence:",
        "unknown key; known keys: 'cpi_ppm', 'gdp_growth_",
    ),
    "members date": (
        "originators: {cfc_1: {lending: {members: {never: 5}}}}",
        "bad.yaml:4:43: originators.cfc_1.lending.members.never:",
        "should be a date written as 2017-06-01",
    ),
    "members too many": (
        "originators: {cfc_1: {lending: {members: {2014-01-01: 3_000_000}}}}",
        "bad.yaml:4:43: originators.cfc_1.lending.members.2014-01-01:",
        "should be less than or equal to 1000000",
    ),
    "members negative": (
        "originators: {cfc_1: {lending: {members: {2014-01-01: -3}}}}",
        "bad.yaml:4:43: originators.cfc_1.lending.members.2014-01-01:",
        "should be greater than or equal to 0",
    ),
    "partner unknown": (
        'originators: {fenqile: {joint_lending: {partners: {"bank:nobody": 500_000}}}}',
        "bad.yaml:4:25: originators.fenqile.joint_lending:",
        "partners must add up to 1000000 ppm, got 1500000",
    ),
    "partner not a bank": (
        'originators: {fenqile: {joint_lending: {partners: {"investor:fund_1": 250_000}}}}',
        "bad.yaml:4:25: originators.fenqile.joint_lending:",
        "partners must add up to 1000000 ppm, got 1250000",
    ),
    "partner shares": (
        'originators: {fenqile: {joint_lending: {partners: {"bank:regional_2": 900_000}}}}',
        "bad.yaml:4:25: originators.fenqile.joint_lending:",
        "partners must add up to 1000000 ppm, got 1650000",
    ),
    "joint volume": (
        "originators: {fenqile: {joint_lending: {volume_ppm: 1_200_000}}}",
        "bad.yaml:4:41: originators.fenqile.joint_lending.volume_ppm:",
        "should be less than or equal to 1000000",
    ),
    "joint bank share": (
        "originators: {fenqile: {joint_lending: {bank_share_bp: 0}}}",
        "bad.yaml:4:41: originators.fenqile.joint_lending.bank_share_bp:",
        "should be greater than or equal to 1",
    ),
    "debt lender": (
        'originators: {cfc_1: {debts: {interbank: {lender: "bank:nobody"}}}}',
        "bad.yaml:4:43: originators.cfc_1.debts.interbank.lender:",
        "'bank:nobody' is not a party of this scenario; p",
    ),
    "debt lender kind": (
        'originators: {cfc_1: {debts: {interbank: {lender: "investor:fund_1"}}}}',
        "bad.yaml:4:43: originators.cfc_1.debts.interbank.lender:",
        "'investor:fund_1' lends on no line; name a party",
    ),
    "debt kind": (
        "originators: {cfc_1: {debts: {interbank: {kind: pawn}}}}",
        "bad.yaml:4:43: originators.cfc_1.debts.interbank.kind:",
        "'pawn' is not one of 'warehouse', 'bond', 'share",
    ),
    "originator kind": (
        "originators: {cfc_1: {kind: church}}",
        "bad.yaml:4:23: originators.cfc_1.kind:",
        "'church' is not one of 'microlender', 'retailer'",
    ),
    "strategy unknown": (
        "originators: {cfc_1: {strategy: {growht_ppm: 3}}}",
        "bad.yaml:4:34: originators.cfc_1.strategy.growht_ppm:",
        "unknown key; did you mean 'growth_ppm'?",
    ),
    "strategy growth": (
        "originators: {cfc_1: {strategy: {growth_ppm: -1}}}",
        "bad.yaml:4:34: originators.cfc_1.strategy.growth_ppm:",
        "should be greater than or equal to 0",
    ),
    "rank zero": (
        "originators: {cfc_1: {lending: {payment_rank: -1}}}",
        "bad.yaml:4:33: originators.cfc_1.lending.payment_rank:",
        "should be greater than or equal to 1",
    ),
    "limit list short": (
        "originators: {cfc_1: {lending: {limit_median_fen: [1, 2]}}}",
        "bad.yaml:4:33: originators.cfc_1.lending.limit_median_fen.2:",
        "missing",
    ),
    "resolution": (
        "resolution: {most_months: -1}",
        "bad.yaml:4:14: resolution.most_months:",
        "unknown key; known keys: 'close_below_ppm', 'cos",
    ),
    "other supply negative": (
        "other_supply: {monthly_fen: {2019-01-01: -4}}",
        "bad.yaml:4:30: other_supply.monthly_fen.2019-01-01:",
        "should be at least 0",
    ),
    "an amount that no ledger adds up": (
        "investors: {fund_1: {cash_fen: 9_000_000_000_000_000_000}}",
        "bad.yaml:4:22: investors.fund_1.cash_fen:",
        "an amount is at most 100,000,000,000,000,000 fen",
    ),
    "a dated amount that no ledger adds up": (
        "other_supply: {monthly_fen: {2019-01-01: 9_000_000_000_000_000_000}}",
        "bad.yaml:4:30: other_supply.monthly_fen.2019-01-01:",
        "an amount is at most",
    ),
    "logits without measure": (
        "behaviour: {intercept: {2010-01-01: 1.0e+308}}",
        "bad.yaml:4:25: behaviour.intercept.2010-01-01:",
        "less than or equal to 100",
    ),
    "stress beyond any economy": (
        "macro: {stress: {2019-01-01: 1.0e+6}}",
        "bad.yaml:4:18: macro.stress.2019-01-01:",
        "less than or equal to 10",
    ),
    "policy rate beyond any economy": (
        "macro: {policy_rate: {2019-01-01: 1_000_000_000}}",
        "bad.yaml:4:23: macro.policy_rate.2019-01-01:",
        "less than or equal to 200000",
    ),
    "other supply upside down": (
        "other_supply: {low_spread_bp: 300, high_spread_bp: 10}",
        "bad.yaml:4:1: other_supply:",
        "low_spread_bp lies above high_spread_bp",
    ),
    "write-off before it is due": (
        "originators: {jdct: {lending: {write_off_changes: {2020-01-01: -5}}}}",
        "bad.yaml:4:52: originators.jdct.lending.write_off_changes.2020-01-01:",
        "greater than or equal to 60",
    ),
    "negative rate cap": (
        "originators: {jdct: {strategy: {rate_caps: {2020-01-01: -5}}}}",
        "bad.yaml:4:45: originators.jdct.strategy.rate_caps.2020-01-01:",
        "greater than 0",
    ),
    "outstanding notes smaller than a plan": (
        "shelves: {huabei: {opening_face_fen: 1}}",
        "bad.yaml:4:11: shelves.huabei:",
        "no plan is smaller than 100,000,000 fen",
    ),
    "outstanding notes in ten thousands of plans": (
        "shelves: {huabei: {opening_face_fen: 10_000_000_000_000_000}}",
        "bad.yaml:4:11: shelves.huabei:",
        "more than 500 plans of max_face_fen",
    ),
}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped scenarios below it."""
    folder = tmp_path_factory.mktemp("market")
    shutil.copytree(SCENARIOS, folder / "shipped")
    shutil.copy(SMALL_MARKET, folder / "shipped" / "small_market.yaml")
    return folder


def write(folder: Path, text: str, base: str = "baseline.yaml") -> Path:
    file = folder / "bad.yaml"
    file.write_text(f"schema_version: 1\nextends: shipped/{base}\nname: bad\n{text}\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("case", BAD)
def test_a_malformed_block_is_refused_at_its_line_and_field(shipped: Path, case: str) -> None:
    text, place, words = BAD[case]
    with pytest.raises(ScenarioError) as fault:
        load_scenario(write(shipped, text))
    lines = [line.removeprefix(f"{shipped}/") for line in str(fault.value).splitlines()]
    assert any(line.startswith(place) and words in line for line in lines), lines[:5]


OVERRIDES = (
    "shelves.huabei.regime=telegram", "investors.fund_1.kind=hedge", "dealers.maker_1.capital_fen=-1",
    "rules.cash_loan_notice.applies_to=[]", "bank_system.large.count=0", "macro.observed=perhaps",
    "originators.cfc_1.like=bank", "originators.cfc_1.lending.members=7", "shelves.nobody.regime=filing",
    "issuance.venues=", "other_supply.monthly_fen=many", "patterns.originators.lender=3",
)  # fmt: skip


@pytest.mark.parametrize("override", OVERRIDES)
def test_a_wrong_override_is_refused_without_a_traceback(override: str) -> None:
    words = ["validate", str(SCENARIOS / "baseline.yaml"), "--set", override]
    result = CliRunner().invoke(app, words, prog_name="sim")
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)


ODD = {
    "no investors": "investors: null",
    "no dealers": "dealers: null",
    "one lender": "originators: {second: null}\nshelves: {second: null}",
    "a lender without members": "originators: {second: {lending: {members: {2014-01-01: 0}}}}",
    "a shelf without eligible loans": "shelves: {second: {prototype: {eligibility: {min_age_days: 700}}}}",
    "no issue is approved": "issuance: {suspended_from: 2019-01-01}",
    "dealers without money": "dealers: {maker: {capital_fen: 0}}",
    "investors without money": "investors: {wealth: {cash_fen: 0}, bond_fund: {cash_fen: 0}, insurer: {cash_fen: 0}}",
    "no shelves": "shelves: null",
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_market_runs(shipped: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    few: dict[str, Any] = {"population.households": 1_000, "end": "2019-08-05", "burn_in_months": 1}
    place = SecuritizationMarket(scenario=load_scenario(write(shipped, ODD[case], "small_market.yaml"), few))
    show_summary(run_to(place).summary())
    assert "closed to the fen" in capsys.readouterr().out
