"""Policies about how notes come to market: disclosure, entry, venues, raters, approval, retention, guarantees,
purchases, true sale.

They change settings of the market from the midnight on which they take effect; deals already closed keep their terms.
"""

from __future__ import annotations

from typing import Literal

from sim.credit.terms import Ppm, term
from sim.deals.fields import PartyId
from sim.deals.support import SupportTerms
from sim.markets.protection import ProtectionTerms
from sim.regulation.policy_terms import PolicyTerms


class DisclosureStandardTerms(PolicyTerms):
    """Issuers must show at least a share of pool data."""

    policy: Literal["disclosure_standard"] = term(..., "Kind of policy.", unit="kind", source="choice")
    share_ppm: Ppm = term(
        900_000, "Share of pool data that must be shown.", unit="ppm", source="POL09, LVR05; level is an assumption",
        span=[500_000, 1_000_000],
    )  # fmt: skip


class InvestorThresholdTerms(PolicyTerms):
    """Assets an investor must have to buy notes."""

    policy: Literal["investor_threshold"] = term(..., "Kind of policy.", unit="kind", source="choice")
    threshold_fen: int = term(
        100_000_000, "Assets from which an investor is qualified.", unit="fen", source="LVR06; level is an assumption",
        span=[0, 1e9], ge=0, le=10**14,
    )  # fmt: skip


class VenueUnificationTerms(PolicyTerms):
    """The number of venues among which trading in notes is split."""

    policy: Literal["venue_unification"] = term(..., "Kind of policy.", unit="kind", source="choice")
    venues: int = term(1, "Venues left.", unit="venues", source="LVR07", ge=1, le=10)


class RatingNeutralityTerms(PolicyTerms):
    """Agencies that cannot be shopped for: one is assigned, or two must rate and the stricter counts."""

    policy: Literal["rating_neutrality"] = term(..., "Kind of policy.", unit="kind", source="choice")
    regime: Literal["issuer_chooses", "assigned", "dual"] = term(
        "dual", "Who chooses the agency.", unit="rule", source="LVR09"
    )


class ApprovalRegimeTerms(PolicyTerms):
    """Whether each issue is approved, filed, or drawn from a shelf approved once."""

    policy: Literal["approval_regime"] = term(..., "Kind of policy.", unit="kind", source="choice")
    regime: Literal["approval", "filing", "shelf"] = term(
        "shelf", "How issues are permitted.", unit="regime", source="LVR22"
    )


class IssuanceSuspensionTerms(PolicyTerms):
    """No issue of those concerned is approved; issues on their way stop at the day their book would be built."""

    policy: Literal["issuance_suspension"] = term(..., "Kind of policy.", unit="kind", source="choice")


class RetentionTerms(PolicyTerms):
    """What an originator must keep of each issue: of its residual class, and a slice of every class."""

    policy: Literal["retention"] = term(..., "Kind of policy.", unit="kind", source="choice")
    residual_ppm: Ppm = term(
        1_000_000, "Share of the residual class kept, at least.", unit="ppm", source="LVR10", span=[500_000, 1_000_000]
    )
    thinnest_residual_bp: int = term(
        500, "Thinnest residual class.", unit="bp", source="LVR10 (5 % to 12 %)", span=[500, 1_200], ge=0, le=5_000
    )
    vertical_bp: int = term(
        0, "Slice of every class kept, at least.", unit="bp", source="LVR10; assumption 0-1,000", span=[0, 1_000], ge=0,
        le=5_000,
    )  # fmt: skip


class GuaranteeRequirementTerms(PolicyTerms):
    """Every issue needs a deficiency payer, paid for the most it can be called for."""

    policy: Literal["guarantee_requirement"] = term(..., "Kind of policy.", unit="kind", source="choice")
    guarantor: PartyId | None = term(
        None, "Who promises; null for the first guarantor of the market.", unit="party", source="scenario"
    )
    limit_bp: int = term(
        500, "Most it can be called for, of the notes but the residual ones.", unit="bp", source="DEA03, LVR23",
        span=[100, 1_500], ge=1, le=10_000,
    )  # fmt: skip

    @property
    def support(self) -> SupportTerms:
        """The promise that every issue needs."""
        return SupportTerms(limit_bp=self.limit_bp)


class PurchaseFrequencyTerms(PolicyTerms):
    """How often new plans may buy loans."""

    policy: Literal["purchase_frequency"] = term(..., "Kind of policy.", unit="kind", source="choice")
    frequency: Literal["daily", "weekly", "monthly"] = term("weekly", "How often.", unit="frequency", source="LVR20")


class ReviewStaffTerms(PolicyTerms):
    """How many people plan managers must keep for reviewing purchases."""

    policy: Literal["review_staff"] = term(..., "Kind of policy.", unit="kind", source="choice")
    factor: float = term(
        2.0, "Staff over that of today.", unit="x", source="LVR20; assumption 0.5-4", span=[0.5, 4], gt=0, le=20
    )


class TrueSaleTerms(PolicyTerms):
    """A law on special-purpose vehicles: sales hold in the seller's insolvency, accounts at the banks a scenario names
    stand apart from their estates, and collections no longer rest with the servicer."""

    policy: Literal["true_sale"] = term(..., "Kind of policy.", unit="kind", source="choice")
    certain: bool = term(
        True, "Whether the sale holds; false for a world in which it does not.", unit="yes/no", source="LVR17"
    )
    commingling: bool = term(
        False, "Whether servicers may keep collections in their own account.", unit="yes/no", source="LVR17, RSK28"
    )


class GreenSubsidyTerms(PolicyTerms):
    """The state adds to the income of plans of those named, whose loans are taken as green; investors with a taste for
    green notes see them as such."""

    policy: Literal["green_subsidy"] = term(..., "Kind of policy.", unit="kind", source="choice")
    rate_ppm: Ppm = term(
        10_000, "Paid into the plan's income account, of its pool.", unit="ppm of pool a year",
        source="POL05, LVR18; assumption 2,000-30,000", span=[2_000, 30_000],
    )  # fmt: skip


class StandardAssetsTerms(PolicyTerms):
    """Whether notes traded on the interbank market and the exchanges are standard assets; of what is not, managed money
    may hold only so much."""

    policy: Literal["standard_assets"] = term(..., "Kind of policy.", unit="kind", source="choice")
    standard: bool = term(True, "Whether notes are standard assets.", unit="yes/no", source="POL08, LVR04")
    most_nonstandard_ppm: Ppm = term(
        350_000, "Most of its assets that managed money may hold in assets that are not standard.", unit="ppm",
        source="assumption", span=[200_000, 500_000],
    )  # fmt: skip


class CdsMarketTerms(PolicyTerms, ProtectionTerms):
    """A market in credit default swaps opens: insurers and brokers sell protection to mezzanine holders (LVR08,
    RSK26)."""

    policy: Literal["cds_market"] = term(..., "Kind of policy.", unit="kind", source="choice")

    def terms(self) -> ProtectionTerms:
        """What sellers must keep and ask."""
        return ProtectionTerms(**{name: getattr(self, name) for name in ProtectionTerms.model_fields})


IssuancePolicy = (
    DisclosureStandardTerms
    | InvestorThresholdTerms
    | VenueUnificationTerms
    | RatingNeutralityTerms
    | ApprovalRegimeTerms
    | IssuanceSuspensionTerms
    | RetentionTerms
    | GuaranteeRequirementTerms
    | PurchaseFrequencyTerms
    | ReviewStaffTerms
    | TrueSaleTerms
    | GreenSubsidyTerms
    | StandardAssetsTerms
    | CdsMarketTerms
)
