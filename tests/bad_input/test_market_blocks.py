"""Malformed blocks of lenders, banks, rules and the economy: each fault is told at its line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from market_blocks import Cases, must_be_refused

BAD: Cases = {
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
        "bank_capital is about banks; it cannot bind micr",
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
    "parents of a lender that is no arm": (
        'originators: {cfc_1: {parents: ["bank:large_1"]}}',
        "bad.yaml:4:23: originators.cfc_1.parents:",
        "a lender of kind 'consumer_finance' is no bank's",
    ),
    "parent outside the banking system": (
        'originators: {card_large: {parents: ["bank:large_9"]}}',
        "bad.yaml:4:28: originators.card_large.parents:",
        "'bank:large_9'",
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
}


@pytest.mark.parametrize("case", BAD)
def test_a_malformed_block_is_refused_at_its_line_and_field(shipped: Path, case: str) -> None:
    must_be_refused(shipped, BAD[case])
