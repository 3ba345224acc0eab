"""Which loans a pool may buy: the criteria and a pure test over columns of candidate loans."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from sim.deals.fields import Terms, term


class EligibilityTerms(Terms):
    """The criteria of a consumer-instalment pool, tested loan by loan."""

    max_missed_cycles: int = term(
        0, description="Billing cycles missed and not caught up", unit="cycles", between=(0, 6)
    )
    min_remaining_months: int = term(1, description="Shortest remaining term", unit="months", between=(0, 60))
    max_remaining_months: int = term(24, description="Longest remaining term", unit="months", between=(1, 60))
    matures_within_plan: bool = term(
        False,
        description="Whether a loan must also be due in full by the expected maturity of the notes, on the day it is "
        "bought",
        unit="yes/no",
        source="WAT12",
    )
    min_owed_fen: int = term(1, description="Smallest principal owed", unit="fen", between=(1, 10**9))
    max_owed_fen: int = term(
        20_000_000,
        description="Largest principal owed",
        unit="fen",
        source="200,000 yuan a person, the ceiling of consumer lending by small lenders",
        between=(1, 10**10),
    )
    min_age_days: int = term(0, description="Days since the loan was made", unit="days", between=(0, 720))
    score_classes: tuple[str, ...] = term((), description="Score classes admitted; empty admits all", unit="classes")
    products: tuple[str, ...] = term((), description="Products admitted; empty admits all", unit="products")

    @model_validator(mode="after")
    def _ranges_in_order(self) -> EligibilityTerms:
        if self.min_remaining_months > self.max_remaining_months:
            raise ValueError(
                f"eligibility: min_remaining_months {self.min_remaining_months} is above max_remaining_months "
                f"{self.max_remaining_months}; lower it"
            )
        if self.min_owed_fen > self.max_owed_fen:
            raise ValueError(
                f"eligibility: min_owed_fen {self.min_owed_fen} is above max_owed_fen {self.max_owed_fen}; lower it"
            )
        return self


def eligible(
    criteria: EligibilityTerms,
    *,
    missed_cycles: NDArray[Any],
    remaining_months: NDArray[Any],
    owed_fen: NDArray[Any],
    age_days: NDArray[Any],
    score_class: NDArray[Any],
    product: NDArray[Any],
) -> NDArray[np.bool_]:
    """True where a loan meets every criterion; columns are of one length, classes and products are names."""
    good: NDArray[np.bool_] = (
        (missed_cycles <= criteria.max_missed_cycles)
        & (remaining_months >= criteria.min_remaining_months)
        & (remaining_months <= criteria.max_remaining_months)
        & (owed_fen >= criteria.min_owed_fen)
        & (owed_fen <= criteria.max_owed_fen)
        & (age_days >= criteria.min_age_days)
    )
    if criteria.score_classes:
        good &= np.isin(score_class, criteria.score_classes)
    if criteria.products:
        good &= np.isin(product, criteria.products)
    return good
