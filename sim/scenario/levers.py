"""What policies in force change in the settings of a market: a scenario of one day, made from the scenario given.

Each kind of lever is a pure function of its policy and the scenario; the rules among policies change no setting, they
are read from the rulebook. A lever that ends leaves the settings of the scenario as given, as if it had never been.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any, TypeVar

from pydantic import BaseModel

from sim.agents.compliance import RULED_AS
from sim.agents.originator_terms import OriginatorTerms, StrategyTerms
from sim.agents.shock_terms import LastingTerms, LinesWithdrawnTerms, RedemptionsTerms
from sim.credit.terms import CLASSES
from sim.regulation import bank_policies as of_banks
from sim.regulation import issuance_policies as of_issues
from sim.regulation import lending_policies as of_lending
from sim.regulation import market_rules
from sim.regulation.policy_terms import PolicyTerms
from sim.scenario.schema import Scenario

Block = TypeVar("Block", bound=BaseModel)
MILLION = 1_000_000
MANAGED_MONEY = ("wealth_product", "fund")
"""Investors under the rules for managed money (POL08)."""
BANK_GROUPS = ("large", "joint_stock", "regional")


def settings_on(scenario: Scenario, day: datetime.date) -> Scenario:
    """The scenario with every lever applied that is in force on a day, in the order in which they took effect; the
    very same object where none is."""
    in_force = [(policy.since, name) for name, policy in scenario.policies.items() if policy.in_force(day)]
    settings = scenario
    for _, name in sorted(in_force):
        settings = pulled(scenario.policies[name], settings)
    for _, shock in sorted(scenario.shocks.items()):
        if isinstance(shock, LastingTerms) and shock.lasts(day):
            settings = pulled(shock, settings)
    return settings


def changes_on(scenario: Scenario, day: datetime.date) -> bool:
    """Whether a policy or a lasting shock takes effect on a day, or ended the day before."""
    yesterday = day - datetime.timedelta(days=1)
    lasting = [shock for shock in scenario.shocks.values() if isinstance(shock, LastingTerms)]
    return any(day == one.since or one.until == yesterday for one in [*scenario.policies.values(), *lasting])


@singledispatch
def pulled(policy: PolicyTerms | LastingTerms, scenario: Scenario) -> Scenario:  # noqa: ARG001  (rules change none)
    """The scenario with the lever of one policy or lasting shock pulled."""
    return scenario


# -- tools -----------------------------------------------------------------------------------------------------------


def _with(block: Block, **changes: Any) -> Block:
    """A copy of a block of terms with some fields replaced."""
    return block.model_copy(update=changes)


def concerned(policy: PolicyTerms, originators: Mapping[str, OriginatorTerms]) -> set[str]:
    """Names of the originators a policy concerns."""
    return {name for name, terms in originators.items() if policy.concerns(RULED_AS[terms.kind], f"originator:{name}")}


def _for_lenders(
    policy: PolicyTerms, scenario: Scenario, change: Callable[[OriginatorTerms], OriginatorTerms]
) -> Scenario:
    chosen = concerned(policy, scenario.originators)
    terms = {name: change(t) if name in chosen else t for name, t in scenario.originators.items()}
    return _with(scenario, originators=terms)


def _for_planners(
    policy: PolicyTerms, scenario: Scenario, change: Callable[[StrategyTerms], StrategyTerms]
) -> Scenario:
    """Change how lenders plan; one without a strategy only meets demand and decides nothing."""
    return _for_lenders(policy, scenario, lambda t: t if t.strategy is None else _with(t, strategy=change(t.strategy)))


def _for_shelves(policy: PolicyTerms, scenario: Scenario, change: Callable[[Any], Any]) -> Scenario:
    chosen = {f"originator:{name}" for name in concerned(policy, scenario.originators)}
    shelves = {n: change(shelf) if shelf.originator in chosen else shelf for n, shelf in scenario.shelves.items()}
    return _with(scenario, shelves=shelves)


def _prototype(shelf: BaseModel, **changes: Any) -> Any:
    return _with(shelf, prototype=_with(shelf.prototype, **changes))  # type: ignore[attr-defined]


def _issuance(scenario: Scenario, **changes: Any) -> Scenario:
    return _with(scenario, issuance=_with(scenario.issuance, **changes))


# -- issuance --------------------------------------------------------------------------------------------------------


@pulled.register
def _(policy: of_issues.DisclosureStandardTerms, scenario: Scenario) -> Scenario:
    return _issuance(scenario, disclosure_ppm={policy.since: policy.share_ppm})


@pulled.register
def _(policy: of_issues.InvestorThresholdTerms, scenario: Scenario) -> Scenario:
    return _issuance(scenario, entry_threshold_fen={policy.since: policy.threshold_fen})


@pulled.register
def _(policy: of_issues.VenueUnificationTerms, scenario: Scenario) -> Scenario:
    return _issuance(scenario, venues={policy.since: policy.venues})


@pulled.register
def _(policy: of_issues.RatingNeutralityTerms, scenario: Scenario) -> Scenario:
    return _issuance(scenario, rating_regime={policy.since: policy.regime})


@pulled.register
def _(policy: of_issues.ApprovalRegimeTerms, scenario: Scenario) -> Scenario:
    return _for_shelves(policy, scenario, lambda shelf: _with(shelf, regime=policy.regime))


@pulled.register
def _(policy: of_issues.IssuanceSuspensionTerms, scenario: Scenario) -> Scenario:
    return _for_shelves(policy, scenario, lambda shelf: _with(shelf, suspended=True))


@pulled.register
def _(policy: of_issues.CdsMarketTerms, scenario: Scenario) -> Scenario:
    return scenario.model_copy(update={"protection": policy.terms()})


@pulled.register
def _(policy: of_issues.RetentionTerms, scenario: Scenario) -> Scenario:
    law = market_rules.Retention(policy.residual_ppm, policy.thinnest_residual_bp, policy.vertical_bp)

    def stricter(shelf: Any) -> Any:
        own = shelf.residual_retained_ppm, shelf.least_residual_bp, shelf.vertical_retention_bp
        kept = market_rules.retained(market_rules.Retention(*own), law)
        return _with(
            shelf, residual_retained_ppm=kept.residual_ppm, least_residual_bp=kept.thinnest_bp,
            vertical_retention_bp=kept.vertical_bp,
        )  # fmt: skip

    return _for_shelves(policy, scenario, stricter)


@pulled.register
def _(policy: of_issues.GuaranteeRequirementTerms, scenario: Scenario) -> Scenario:
    guarantor = policy.guarantor or f"guarantor:{next(iter(scenario.guarantors))}"

    def guaranteed(shelf: Any) -> Any:
        if shelf.guarantor is not None:
            return shelf
        return _prototype(_with(shelf, guarantor=guarantor), support=policy.support)

    return _for_shelves(policy, scenario, guaranteed)


@pulled.register
def _(policy: of_issues.PurchaseFrequencyTerms, scenario: Scenario) -> Scenario:
    def bought(shelf: Any) -> Any:
        return _prototype(shelf, purchase=_with(shelf.prototype.purchase, frequency=policy.frequency))

    return _for_shelves(policy, scenario, bought)


@pulled.register
def _(policy: of_issues.ReviewStaffTerms, scenario: Scenario) -> Scenario:
    managers = {n: _with(m, staff=market_rules.reviewers(m.staff, policy.factor)) for n, m in scenario.managers.items()}
    return _with(scenario, managers=managers)


@pulled.register
def _(policy: of_issues.TrueSaleTerms, scenario: Scenario) -> Scenario:
    def sold(shelf: Any) -> Any:
        remittance = shelf.prototype.remittance
        apart = remittance if policy.commingling else _with(remittance, commingled=False)
        return _prototype(shelf, true_sale=policy.certain, remittance=apart)

    banks = {name: _with(bank, segregation=policy.certain) for name, bank in scenario.banks.items()}
    system = scenario.bank_system
    if system is not None:
        system = _with(system, segregation=policy.certain)
    return _for_shelves(policy, _with(scenario, banks=banks, bank_system=system), sold)


@pulled.register
def _(policy: of_issues.GreenSubsidyTerms, scenario: Scenario) -> Scenario:
    return _for_shelves(policy, scenario, lambda shelf: _with(shelf, green_subsidy_ppm=policy.rate_ppm))


@pulled.register
def _(policy: of_issues.StandardAssetsTerms, scenario: Scenario) -> Scenario:
    if policy.standard:
        return scenario

    def kept_liquid(terms: Any) -> Any:
        return _with(terms, buffer_ppm=market_rules.liquid_ppm(terms.buffer_ppm, policy.most_nonstandard_ppm))

    investors = {
        name: kept_liquid(terms) if terms.kind in MANAGED_MONEY else terms for name, terms in scenario.investors.items()
    }
    return _with(scenario, investors=investors)


# -- lending ---------------------------------------------------------------------------------------------------------


@pulled.register
def _(policy: of_lending.RateCapTerms, scenario: Scenario) -> Scenario:
    if policy.lpr_multiple is not None:
        multiple = policy.lpr_multiple
        return _for_planners(policy, scenario, lambda s: _with(s, rate_cap_lpr=_tighter(s.rate_cap_lpr, multiple)))
    caps = {policy.since: policy.rate_ppm}
    return _for_planners(policy, scenario, lambda s: _with(s, rate_caps={**s.rate_caps, **caps}))


def _tighter(old: float | None, new: float) -> float:
    return new if old is None else min(old, new)


@pulled.register
def _(policy: of_lending.PersonCapTerms, scenario: Scenario) -> Scenario:
    cap = (policy.amount_fen, policy.income_share_ppm)
    return _for_lenders(policy, scenario, lambda t: _with(t, lending=_with(t.lending, person_cap=cap)))


@pulled.register
def _(policy: of_lending.ScoreThresholdTerms, scenario: Scenario) -> Scenario:
    def stricter(terms: OriginatorTerms) -> Any:
        left = market_rules.accepted(terms.lending.accepted_classes, CLASSES, policy.weakest)
        return _with(terms, lending=_with(terms.lending, accepted_classes=left))

    return _for_lenders(policy, scenario, stricter)


@pulled.register
def _(policy: of_lending.DataSharingTerms, scenario: Scenario) -> Scenario:
    reported = _for_lenders(
        policy, scenario, lambda t: _with(t, lending=_with(t.lending, reports_to_register=policy.shared))
    )
    return _for_planners(policy, reported, lambda s: _with(s, sees_register=policy.shared))


@pulled.register
def _(policy: of_lending.DataWallTerms, scenario: Scenario) -> Scenario:
    def walled(strategy: StrategyTerms) -> Any:
        return _with(strategy, screening=_with(strategy.screening, walled=policy.added_error))

    return _for_planners(policy, scenario, walled)


@pulled.register
def _(policy: of_lending.PrepaymentFeeTerms, scenario: Scenario) -> Scenario:
    return _for_lenders(
        policy, scenario, lambda t: _with(t, lending=_with(t.lending, prepayment_fee_ppm=policy.fee_ppm))
    )


@pulled.register
def _(policy: of_lending.LendingGuidanceTerms, scenario: Scenario) -> Scenario:
    return _for_planners(
        policy, scenario, lambda s: _with(s, guided_ppm=market_rules.guided_ppm(s.guided_ppm, policy.lending_ppm))
    )


@pulled.register
def _(policy: of_lending.RingFenceTerms, scenario: Scenario) -> Scenario:
    def fenced(strategy: StrategyTerms) -> Any:
        return _with(
            strategy, supports_deals=False, screening=_with(strategy.screening, recourse_ppm=0),
            bridge_ppm=min(strategy.bridge_ppm, policy.bridge_ppm),
        )  # fmt: skip

    return _for_planners(policy, scenario, fenced)


# -- banks -----------------------------------------------------------------------------------------------------------


@pulled.register
def _(policy: of_banks.BankCapitalTerms, scenario: Scenario) -> Scenario:
    """Banks steer by their minimum, which systemically important ones have above the others': all move alike."""
    more = round((policy.total - BASE_CAPITAL) * MILLION)
    banks = {
        name: bank if bank.balance is None else _with(bank, balance=_raised(bank.balance, more))
        for name, bank in scenario.banks.items()
    }
    system = scenario.bank_system
    if system is not None:
        system = _with(system, **{group: _raised(getattr(system, group), more) for group in BANK_GROUPS})
    return _with(scenario, banks=banks, bank_system=system)


BASE_CAPITAL = 0.105
"""Total capital of a bank that is not systemically important (RUL16): what minima of scenarios start from."""


def _raised(block: Any, more_ppm: int) -> Any:
    return _with(block, minimum_ppm=block.minimum_ppm + more_ppm)


@pulled.register
def _(policy: of_banks.RequiredReservesTerms, scenario: Scenario) -> Scenario:
    rates = scenario.macro.rates
    moved = _with(rates, reserve_shift_ppm=rates.reserve_shift_ppm + policy.change_ppm)
    return _with(scenario, macro=_with(scenario.macro, rates=moved))


# -- shocks that last ------------------------------------------------------------------------------------------------


@pulled.register
def _(shock: RedemptionsTerms, scenario: Scenario) -> Scenario:
    def drained(investor: Any) -> Any:
        flows = investor.flows
        if flows is None:
            return investor
        inflow = max(LEAST_INFLOW_PPM, flows.inflow_ppm - shock.monthly_ppm)
        return _with(investor, flows=_with(flows, inflow_ppm=inflow, most_ppm=max(flows.most_ppm, shock.monthly_ppm)))

    return _with(scenario, investors={name: drained(terms) for name, terms in scenario.investors.items()})


LEAST_INFLOW_PPM = -1_000_000
"""All of it leaves."""


@pulled.register
def _(shock: LinesWithdrawnTerms, scenario: Scenario) -> Scenario:
    system = scenario.bank_system
    if system is None:
        return scenario
    conduct = _with(system.conduct, line_share_ppm=system.conduct.line_share_ppm * shock.kept_ppm // MILLION)
    return _with(scenario, bank_system=_with(system, conduct=conduct))
