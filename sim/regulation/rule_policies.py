"""Policies that put a rule in force: the figures of each rule, its range and its source.

Each field is a parameter of the rule of the same name in `sim.regulation.rules`; a scenario sets it as
`policies.<name>.<parameter>`.
"""

from __future__ import annotations

from typing import Literal

from sim.credit.terms import term
from sim.regulation import rules
from sim.regulation.policy_terms import PolicyTerms
from sim.regulation.rules import Rule

MOST_MULTIPLE = 10_000
"""So large a multiple binds nobody: a way to announce a rule and nothing else."""


class RulePolicyTerms(PolicyTerms):
    """A policy that puts a rule in force, beside the others or in the place of earlier ones of the kinds it names."""

    policy: str
    replaces: tuple[Literal[tuple(rules.RULES)], ...] = term(  # type: ignore[valid-type]
        (), "Kinds of rules whose place it takes: earlier ones of these kinds, of the scenario or of its policies, end "
        "for those it binds on the day it takes effect.", unit="kinds of rules", source="scenario",
    )  # fmt: skip

    def built(self) -> Rule:
        """The rule as a function of a position."""
        raise TypeError(f"{type(self).__name__} names no rule")


class StandardisedFundingCapTerms(RulePolicyTerms):
    """Bonds, asset-backed securities and other standardised debt up to a multiple of net assets."""

    policy: Literal["standardised_funding_cap"] = term(..., "Kind of policy.", unit="kind", source="choice")
    multiple: float = term(
        4.0, "Standardised funding over net assets.", unit="x", source="RUL01, RUL02, POL11, LVR01",
        span=[1, 10], gt=0, le=MOST_MULTIPLE,
    )  # fmt: skip
    applies_to: tuple[str, ...] = term(("microlender",), "Whom it binds.", unit="licences or parties", source="RUL01")

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.StandardisedFundingCap(self.multiple)


class NonStandardisedFundingCapTerms(RulePolicyTerms):
    """Loans of banks, shareholders and others up to a multiple of net assets."""

    policy: Literal["nonstandardised_funding_cap"] = term(..., "Kind of policy.", unit="kind", source="choice")
    multiple: float = term(
        1.0, "Non-standardised funding over net assets.", unit="x", source="RUL01, RUL02", span=[0.5, 3], gt=0,
        le=MOST_MULTIPLE,
    )  # fmt: skip
    applies_to: tuple[str, ...] = term(("microlender",), "Whom it binds.", unit="licences or parties", source="RUL01")

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.NonStandardisedFundingCap(self.multiple)


class CombinedLeverageCapTerms(RulePolicyTerms):
    """All funding, sold pools added back, up to a multiple of net capital: the cash-loan notice."""

    policy: Literal["combined_leverage_cap"] = term(..., "Kind of policy.", unit="kind", source="choice")
    multiple: float = term(
        1.0, "All funding over net capital.", unit="x", source="POL07, LVR02 (1 as printed, F20); RUL09 (local 0.5-3, "
        "Chongqing 2.3)", span=[0.5, 3], gt=0, le=MOST_MULTIPLE,
    )  # fmt: skip
    applies_to: tuple[str, ...] = term(("microlender",), "Whom it binds.", unit="licences or parties", source="RUL08")

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.CombinedLeverageCap(self.multiple)


class BankLoanCapTerms(RulePolicyTerms):
    """Loans of banks up to a multiple of net capital."""

    policy: Literal["bank_loan_cap"] = term(..., "Kind of policy.", unit="kind", source="choice")
    multiple: float = term(
        0.5, "Bank loans over net capital.", unit="x", source="RUL09 (0.5), RUL15 (1, interbank)", span=[0.5, 1], gt=0,
        le=MOST_MULTIPLE,
    )  # fmt: skip
    applies_to: tuple[str, ...] = term(("microlender",), "Whom it binds.", unit="licences or parties", source="RUL09")

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.BankLoanCap(self.multiple)


class ShareholderLoanCapTerms(RulePolicyTerms):
    """Loans of the main shareholder up to a multiple of net capital."""

    policy: Literal["shareholder_loan_cap"] = term(..., "Kind of policy.", unit="kind", source="choice")
    multiple: float = term(
        1.0, "Shareholder loans over net capital.", unit="x", source="RUL09", span=[0.5, 2], gt=0, le=MOST_MULTIPLE
    )
    applies_to: tuple[str, ...] = term(("microlender",), "Whom it binds.", unit="licences or parties", source="RUL09")

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.ShareholderLoanCap(self.multiple)


class ConsumerFinanceLeverageTerms(RulePolicyTerms):
    """Loans of a consumer finance company up to a multiple of its registered capital."""

    policy: Literal["consumer_finance_leverage"] = term(..., "Kind of policy.", unit="kind", source="choice")
    multiple: float = term(
        10.0, "Loans over registered capital.", unit="x", source="RUL13", span=[5, 12], gt=0, le=MOST_MULTIPLE
    )
    applies_to: tuple[str, ...] = term(
        ("consumer_finance",), "Whom it binds.", unit="licences or parties", source="RUL13"
    )

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.ConsumerFinanceLeverage(self.multiple)


class LeverageRatioTerms(RulePolicyTerms):
    """Net assets of at least a share of assets."""

    policy: Literal["leverage_ratio"] = term(..., "Kind of policy.", unit="kind", source="choice")
    minimum: float = term(
        0.04, "Net assets over assets, at least.", unit="share", source="RUL14", span=[0.03, 0.1], gt=0, lt=1
    )
    applies_to: tuple[str, ...] = term(
        ("consumer_finance",), "Whom it binds.", unit="licences or parties", source="RUL14"
    )

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.LeverageRatio(self.minimum)


class JointLendingShareTerms(RulePolicyTerms):
    """The platform funds at least a share of each new joint loan."""

    policy: Literal["joint_lending_share"] = term(..., "Kind of policy.", unit="kind", source="choice")
    minimum: float = term(
        0.30, "The platform's own part of a joint loan, at least.", unit="share", source="RUL03, RUL12, LVR16",
        span=[0.05, 0.5], gt=0, lt=1,
    )  # fmt: skip
    applies_to: tuple[str, ...] = term(
        ("microlender", "retailer", "platform", "consumer_finance"), "Whom it binds.", unit="licences or parties",
        source="RUL03, RUL12",
    )  # fmt: skip

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.JointLendingShare(self.minimum)


class RegisteredCapitalTerms(RulePolicyTerms):
    """Registered capital of at least an amount; who has less by the deadline makes no new loans until it is paid in."""

    policy: Literal["registered_capital"] = term(..., "Kind of policy.", unit="kind", source="choice")
    minimum_fen: int = term(
        500_000_000_000, "Registered capital, paid in, at least.", unit="fen",
        source="RUL05 (1 bn in one province, 5 bn across)", span=[1e11, 5e11], gt=0, le=10**15,
    )  # fmt: skip
    applies_to: tuple[str, ...] = term(("microlender",), "Whom it binds.", unit="licences or parties", source="RUL05")

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.RegisteredCapital(self.minimum_fen)


class MarketShareCapTerms(RulePolicyTerms):
    """Loans a lender services up to a share of all lenders' loans; beyond it, it lends no more than is repaid."""

    policy: Literal["market_share_cap"] = term(..., "Kind of policy.", unit="kind", source="choice")
    share: float = term(
        0.3, "Its loans over those of all lenders.", unit="share", source="LVR15, POL13; assumption 0.1-0.5",
        span=[0.1, 0.5], gt=0, le=1,
    )  # fmt: skip

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.MarketShareCap(self.share)


class SinglePartnerCapTerms(RulePolicyTerms):
    """A bank's joint loans with one platform up to a share of its net tier 1 capital."""

    policy: Literal["single_partner_cap"] = term(..., "Kind of policy.", unit="kind", source="choice")
    share: float = term(
        0.25, "Joint loans with one platform over net tier 1.", unit="share", source="RUL12", span=[0.1, 0.5], gt=0,
        le=MOST_MULTIPLE,
    )  # fmt: skip
    applies_to: tuple[str, ...] = term(("bank",), "Whom it binds.", unit="licences or parties", source="RUL12")

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.SinglePartnerCap(self.share)


class AllPartnersCapTerms(RulePolicyTerms):
    """A bank's joint loans with all platforms up to a share of its loans."""

    policy: Literal["all_partners_cap"] = term(..., "Kind of policy.", unit="kind", source="choice")
    share: float = term(
        0.50, "Joint loans with all platforms over loans.", unit="share", source="RUL12", span=[0.2, 0.8], gt=0,
        le=MOST_MULTIPLE,
    )  # fmt: skip
    applies_to: tuple[str, ...] = term(("bank",), "Whom it binds.", unit="licences or parties", source="RUL12")

    def built(self) -> Rule:
        """The rule as a function of a position."""
        return rules.AllPartnersCap(self.share)


RulePolicy = (
    StandardisedFundingCapTerms
    | NonStandardisedFundingCapTerms
    | CombinedLeverageCapTerms
    | BankLoanCapTerms
    | ShareholderLoanCapTerms
    | ConsumerFinanceLeverageTerms
    | LeverageRatioTerms
    | JointLendingShareTerms
    | RegisteredCapitalTerms
    | MarketShareCapTerms
    | SinglePartnerCapTerms
    | AllPartnersCapTerms
)
