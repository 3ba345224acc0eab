"""What a market's blocks must hold together: who can play which part, and series that may not be empty or negative."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim.agents.shock_terms import AssetLossTerms, DepositRunTerms, FailureTerms, LinesWithdrawnTerms
from sim.credit.terms import CLASSES
from sim.regulation.bank_policies import BadLoanAcquisitionTerms
from sim.regulation.issuance_policies import GuaranteeRequirementTerms
from sim.regulation.rule_policies import RulePolicyTerms
from sim.regulation.rules import BankRule
from sim.scenario import messages

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

Found = tuple[str, str]
"""A path and what is wrong there."""

MOST_FEN = 10**17
"""Beyond any amount of this market (the banks of China hold 3 x 10**16 fen); sums of such amounts fit in 64 bits."""

LENDERS_OF_LINES = ("bank", "world")
"""Who can lend to an originator on a line: banks, and the world outside. Anybody can hold its bonds."""


def market_faults(scenario: Scenario) -> list[Found]:
    """Every contradiction among shelves, debts, partners, rules and dated series."""
    return [
        *_shelf_faults(scenario),
        *_originator_faults(scenario),
        *_rule_faults(scenario),
        *_policy_faults(scenario),
        *_shock_faults(scenario),
        *_series_faults(scenario),
        *_amount_faults(scenario.model_dump(by_alias=True), "", in_fen=False),
    ]


def _shelf_faults(scenario: Scenario) -> Iterator[Found]:
    for name, shelf in scenario.shelves.items():
        kind, _, lender = shelf.originator.partition(":")
        path = f"shelves.{name}"
        if kind != "originator":
            yield f"{path}.originator", f"'{shelf.originator}' sells no loans; name a party of kind 'originator'"
        if lender not in scenario.originators:
            continue
        eligible, offered = shelf.prototype.eligibility, set(scenario.originators[lender].lending.products)
        for what, given, known in (
            ("products", eligible.products, offered),
            ("score_classes", eligible.score_classes, set(CLASSES)),
        ):
            for unknown in sorted(set(given) - known):
                where = f"{path}.prototype.eligibility.{what}"
                yield where, f"'{unknown}' is none of {', '.join(sorted(known))}, so no loan would be eligible"


def _originator_faults(scenario: Scenario) -> Iterator[Found]:
    system = _system_banks(scenario)
    for name, originator in scenario.originators.items():
        path = f"originators.{name}"
        for debt, owed in originator.debts.items():
            if owed.kind == "bond":
                if originator.strategy is not None and owed.opening_fen is None:
                    yield f"{path}.debts.{debt}.kind", "a bond is no line to balance the books; give it an opening_fen"
            elif owed.lender.split(":")[0] not in LENDERS_OF_LINES:
                kinds = " or ".join(f"'{kind}'" for kind in LENDERS_OF_LINES)
                yield f"{path}.debts.{debt}.lender", f"'{owed.lender}' lends on no line; name a party of kind {kinds}"
        if originator.parents and originator.kind != "bank_arm":
            yield f"{path}.parents", f"a lender of kind '{originator.kind}' is no bank's arm; leave its parents out"
        for parent in originator.parents:
            if parent not in system:
                yield f"{path}.parents", messages.unknown("bank of the banking system", parent, system)
        joint = originator.joint_lending
        for partner in () if joint is None else joint.partners:
            if not partner.startswith("bank:"):
                yield f"{path}.joint_lending.partners", f"'{partner}' is no bank; partners of joint loans are banks"
        retailer = originator.retailer
        if retailer is not None:
            yield from _series(f"{path}.retailer.trade_payables_fen", retailer.trade_payables_fen, 0)
            yield from _series(f"{path}.retailer.investing_outflow_fen", retailer.investing_outflow_fen, None)


def _rule_faults(scenario: Scenario) -> Iterator[Found]:
    for name, rule in scenario.rules.items():
        others = [kind for kind in rule.applies_to if kind != "bank"]
        if isinstance(rule.built(), BankRule) and others:
            yield f"rules.{name}.applies_to", f"{rule.rule} is about banks; it cannot bind {', '.join(others)}"


def _system_banks(scenario: Scenario) -> set[str]:
    names = [] if scenario.bank_system is None else scenario.bank_system.names()
    return {f"bank:{name}" for name in names}


def _shock_faults(scenario: Scenario) -> Iterator[Found]:
    """Shocks need those whom they strike, and banks with a balance sheet to lose."""
    banks = _system_banks(scenario)
    others: dict[str, Mapping[str, object]] = {
        "manager": scenario.managers, "guarantor": scenario.guarantors, "dealer": scenario.dealers,
        "investor": scenario.investors,
    }  # fmt: skip
    anybody = banks | {f"{kind}:{name}" for kind, named in others.items() for name in named}
    for name, shock in scenario.shocks.items():
        path = f"shocks.{name}"
        if isinstance(shock, FailureTerms) and shock.party.startswith("originator:"):
            yield f"{path}.party", f"a lender fails by originators.{shock.party.partition(':')[2]}.fails_on"
        elif isinstance(shock, FailureTerms) and shock.party not in anybody:
            yield f"{path}.party", messages.unknown("institution", shock.party, anybody)
        elif isinstance(shock, AssetLossTerms | DepositRunTerms) and shock.party not in banks:
            yield f"{path}.party", messages.unknown("bank of the banking system", shock.party, banks)
        elif isinstance(shock, LinesWithdrawnTerms) and not banks:
            yield path, "only banks of a banking system change their lines; add bank_system"


def _policy_faults(scenario: Scenario) -> Iterator[Found]:
    """Whom policies name must be there, and what they need must too."""
    lenders = [f"originator:{name}" for name in scenario.originators]
    parties = {*lenders, *(f"bank:{name}" for name in scenario.every_bank())}
    for name, policy in scenario.policies.items():
        path = f"policies.{name}"
        if name in scenario.rules:
            yield path, "a rule has this name too; choose another"
        for where in policy.applies_to:
            if ":" in where and where not in parties:
                yield f"{path}.applies_to", messages.unknown("institution", where, parties)
        of_banks = isinstance(policy, BadLoanAcquisitionTerms) or (
            isinstance(policy, RulePolicyTerms) and isinstance(policy.built(), BankRule)
        )
        others = [where for where in policy.applies_to if where != "bank" and not where.startswith("bank:")]
        if of_banks and others:
            yield f"{path}.applies_to", f"{policy.policy} is about banks; it cannot bind {', '.join(others)}"
        if isinstance(policy, GuaranteeRequirementTerms):
            known = {f"guarantor:{name}" for name in scenario.guarantors}
            if not known:
                yield path, "this market has no guarantor who could promise anything; add one under guarantors"
            elif policy.guarantor is not None and policy.guarantor not in known:
                yield f"{path}.guarantor", messages.unknown("guarantor", policy.guarantor, known)


def _series_faults(scenario: Scenario) -> Iterator[Found]:
    rules = scenario.issuance
    yield from _series("issuance.rating_regime", rules.rating_regime, None)
    yield from _series("issuance.disclosure_ppm", rules.disclosure_ppm, 0)
    yield from _series("issuance.entry_threshold_fen", rules.entry_threshold_fen, 0)
    yield from _series("issuance.venues", rules.venues, 1)
    if scenario.other_supply is not None:
        yield from _series("other_supply.monthly_fen", scenario.other_supply.monthly_fen, 0)


def _series(path: str, series: Mapping[datetime.date, Any], least: int | None) -> Iterator[Found]:
    """A dated series needs a value; with `least`, none below it."""
    if not series:
        yield path, "is empty; give at least one date with its value"
    for when, value in series.items():
        if least is not None and value < least:
            yield f"{path}.{when}", f"should be at least {least} (got {value})"


def _amount_faults(node: Any, path: str, *, in_fen: bool) -> Iterator[Found]:
    """Amounts, dated or listed ones too, that no ledger of this market could add up."""
    if isinstance(node, Mapping):
        for key, below in node.items():
            yield from _amount_faults(below, f"{path}.{key}" if path else str(key), in_fen=in_fen or _is_amount(key))
    elif isinstance(node, list | tuple):
        for number, below in enumerate(node):
            yield from _amount_faults(below, f"{path}.{number}", in_fen=in_fen)
    elif in_fen and isinstance(node, int) and abs(node) > MOST_FEN:
        yield path, f"an amount is at most {MOST_FEN:,} fen (got {node:,})"


def _is_amount(key: object) -> bool:
    return isinstance(key, str) and key.endswith("_fen")
