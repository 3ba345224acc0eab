"""Policies about banks: capital, required reserves, what notes weigh in risk-weighted assets, who buys bad loans."""

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


class BadLoanAcquisitionTerms(PolicyTerms):
    """A public asset manager buys banks' non-performing loans to firms at month ends, with capital from the state and
    notes on what it buys."""

    policy: Literal["bad_loan_acquisition"] = term(..., "Kind of policy.", unit="kind", source="choice")
    price_ppm: int = term(
        300_000, "Price of a bad loan.", unit="ppm of principal", source="POL22; assumption 86,000-1,000,000 (ROL07 "
        "prints 86,000-120,000 for consumer loans without collateral)", span=[86_000, 1_000_000], gt=0, le=1_000_000,
    )  # fmt: skip
    capital_fen: int = term(
        10_000_000_000_000, "Most that the state pays in for purchases, in all.", unit="fen",
        source="POL22; assumption 10-1,000 bn yuan (ROL08: claims of 226 bn changed hands in 2024)",
        span=[1e12, 1e14], ge=0, le=10**16,
    )  # fmt: skip
    notes_ppm: int = term(
        500_000, "Part of each price raised by notes on the loans; 0 for none.", unit="ppm of price",
        source="POL22; assumption 0-800,000", span=[0, 800_000], ge=0, le=900_000,
    )  # fmt: skip
    note_spread_ppm: int = term(
        5_000, "Yield of the notes over the policy rate.", unit="ppm a year", source="assumption 0-20,000",
        span=[0, 20_000], ge=0, le=200_000,
    )  # fmt: skip


BankPolicy = BankCapitalTerms | RequiredReservesTerms | TrancheWeightsTerms | BadLoanAcquisitionTerms
