"""Policies about banks: capital, required reserves, what notes weigh in risk-weighted assets."""

from __future__ import annotations

from typing import Literal

from sim.credit.terms import term
from sim.regulation import rules
from sim.regulation.policy_terms import PolicyTerms
from sim.regulation.rule_policies import RulePolicyTerms


class BankCapitalTerms(RulePolicyTerms):
    """Capital of three qualities of at least a share of risk-weighted assets; banks steer by the total."""

    policy: Literal["bank_capital"] = term(..., "Kind of policy.", unit="kind", source="choice")
    total: float = term(
        0.105, "Total capital, at least.", unit="share", source="RUL16, LVR19", span=[0.08, 0.16], gt=0, lt=1
    )
    tier1: float = term(0.085, "Tier 1, at least.", unit="share", source="RUL16", span=[0.06, 0.14], gt=0, lt=1)
    cet1: float = term(0.075, "Core tier 1, at least.", unit="share", source="RUL16", span=[0.05, 0.13], gt=0, lt=1)
    applies_to: tuple[str, ...] = term(("bank",), "Whom it binds.", unit="licences or parties", source="RUL16")

    def built(self) -> rules.Rule:
        """The rule as a function of a position."""
        return rules.BankCapital(self.total, self.tier1, self.cet1)


class RequiredReservesTerms(PolicyTerms):
    """The average required reserve ratio of banks, instead of the economy's."""

    policy: Literal["required_reserves"] = term(..., "Kind of policy.", unit="kind", source="choice")
    change_ppm: int = term(
        10_000, "Change of the ratio.", unit="ppm of deposits", source="LVR19 (BKS05)", span=[-30_000, 30_000],
        ge=-200_000, le=200_000,
    )  # fmt: skip


class TrancheWeightsTerms(PolicyTerms):
    """Risk weights of notes by their letter, instead of those of 2012."""

    policy: Literal["tranche_risk_weights"] = term(..., "Kind of policy.", unit="kind", source="choice")
    to_aa_minus_bp: int = term(
        2_000, "AAA to AA-.", unit="bp of nominal", source="RUL17", span=[1_000, 4_000], ge=0, le=125_000
    )
    to_a_minus_bp: int = term(
        5_000,
        "A+ to A-.",
        unit="bp of nominal",
        source="RUL18 (low confidence)",
        span=[3_500, 10_000],
        ge=0,
        le=125_000,
    )
    to_bbb_minus_bp: int = term(
        10_000, "BBB+ to BBB-.", unit="bp of nominal", source="RUL18 (low confidence)", span=[7_500, 35_000], ge=0,
        le=125_000,
    )  # fmt: skip
    to_bb_minus_bp: int = term(
        35_000, "BB+ to BB-.", unit="bp of nominal", source="RUL18 (low confidence)", span=[25_000, 125_000], ge=0,
        le=125_000,
    )  # fmt: skip

    @property
    def weights_bp(self) -> tuple[int, ...]:
        """The weights from the best letters down."""
        return (self.to_aa_minus_bp, self.to_a_minus_bp, self.to_bbb_minus_bp, self.to_bb_minus_bp)


BankPolicy = BankCapitalTerms | RequiredReservesTerms | TrancheWeightsTerms
