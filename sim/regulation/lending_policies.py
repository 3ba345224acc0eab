"""Policies about lending to households: rates, limits, scores, data, prepayment, guidance, the group around a lender.

They change settings of the lenders concerned from the midnight on which they take effect; loans already made keep
their terms.
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from sim.credit.terms import Ppm, term
from sim.regulation.policy_terms import PolicyTerms


class RateCapTerms(PolicyTerms):
    """The highest all-in yearly rate of new loans: a figure, or a multiple of the day's one-year loan prime rate."""

    policy: Literal["rate_cap"] = term(..., "Kind of policy.", unit="kind", source="choice")
    rate_ppm: Ppm | None = term(
        None,
        "Highest rate; null to follow the loan prime rate.",
        unit="ppm a year",
        source="RUL08 (36 %), RUL10",
    )
    lpr_multiple: float | None = term(
        None, "Highest rate over the loan prime rate; null where it is a figure.", unit="x", source="RUL10 (4)",
        span=[2, 8], gt=0, le=100,
    )  # fmt: skip

    @model_validator(mode="after")
    def _one(self) -> RateCapTerms:
        if (self.rate_ppm is None) == (self.lpr_multiple is None):
            raise ValueError("give exactly one of rate_ppm and lpr_multiple")
        return self


class PersonCapTerms(PolicyTerms):
    """What one person may owe a lender: an amount, and a share of three years' average yearly income."""

    policy: Literal["per_person_cap"] = term(..., "Kind of policy.", unit="kind", source="choice")
    amount_fen: int = term(
        30_000_000, "Highest balance of a person.", unit="fen", source="RUL04 (300,000 yuan), RUL07 (200,000)",
        span=[2e7, 3e7], ge=100, le=2_000_000_000,
    )  # fmt: skip
    income_share_ppm: int = term(
        333_333, "Highest balance over a year's income, three years' average.", unit="ppm of yearly income",
        source="RUL04 (a third)", span=[200_000, 1_000_000], ge=1, le=100_000_000,
    )  # fmt: skip


class ScoreThresholdTerms(PolicyTerms):
    """The weakest score class that may be granted credit."""

    policy: Literal["score_threshold"] = term(..., "Kind of policy.", unit="kind", source="choice")
    weakest: Literal["L1", "L2", "L3", "L4", "L5"] = term(
        "L3", "Weakest class still granted credit.", unit="class", source="LVR21 (POO25)"
    )


class DataSharingTerms(PolicyTerms):
    """Lenders see arrears at one another: a shared database, or the credit register, to which all report."""

    policy: Literal["data_sharing"] = term(..., "Kind of policy.", unit="kind", source="choice")
    shared: bool = term(
        True, "Whether they report and see them; false to shut the register.", unit="yes/no", source="LVR12"
    )


class DataWallTerms(PolicyTerms):
    """Data of the group's other businesses may no longer be used for scoring."""

    policy: Literal["data_wall"] = term(..., "Kind of policy.", unit="kind", source="choice")
    added_error: float = term(
        0.3, "Error it adds to the score, of the error without any effort.", unit="share", source="POL20, LVR12; "
        "assumption 0.1-1.0", span=[0.1, 1.0], ge=0, le=5,
    )  # fmt: skip


class PrepaymentFeeTerms(PolicyTerms):
    """What repaying early costs the borrower, paid to whoever owns the loan."""

    policy: Literal["prepayment_fee"] = term(..., "Kind of policy.", unit="kind", source="choice")
    fee_ppm: Ppm = term(
        20_000, "Fee on what is repaid early.", unit="ppm", source="LVR11; assumption 5,000-50,000",
        span=[5_000, 50_000],
    )  # fmt: skip


class LendingGuidanceTerms(PolicyTerms):
    """Window guidance: named lenders lend less than they would."""

    policy: Literal["lending_guidance"] = term(..., "Kind of policy.", unit="kind", source="choice")
    lending_ppm: Ppm = term(
        800_000, "Part of what it would lend that it may lend.", unit="ppm", source="POL14; assumption 500,000-950,000",
        span=[500_000, 950_000],
    )  # fmt: skip


class RingFenceTerms(PolicyTerms):
    """A financial holding company with risk isolation: the group neither props up deals nor takes back what was sold,
    and lends its own lender no more than a share of that lender's net assets."""

    policy: Literal["holding_ring_fence"] = term(..., "Kind of policy.", unit="kind", source="choice")
    bridge_ppm: int = term(
        100_000, "Most that shareholders may bridge for some days, of net assets; at 0 a sound lender can fail of one "
        "day's payments.", unit="ppm of net assets", source="POL18, LVR14; assumption 50,000-200,000",
        span=[50_000, 200_000], ge=0, le=10_000_000,
    )  # fmt: skip


class FineTerms(PolicyTerms):
    """A fine, paid to the state on the first day in force, as far as the fined can pay."""

    policy: Literal["fine"] = term(..., "Kind of policy.", unit="kind", source="choice")
    amount_fen: int = term(
        ..., "The fine, shared among those named by net assets.", unit="fen", source="POL17", gt=0, le=10**15
    )

    @model_validator(mode="after")
    def _named(self) -> FineTerms:
        if not self.applies_to:
            raise ValueError("applies_to is empty; name who is fined, as originator:name")
        return self


LendingPolicy = (
    RateCapTerms
    | PersonCapTerms
    | ScoreThresholdTerms
    | DataSharingTerms
    | DataWallTerms
    | PrepaymentFeeTerms
    | LendingGuidanceTerms
    | RingFenceTerms
    | FineTerms
)
