"""Terms that the tests of deals start from."""

from __future__ import annotations

from typing import Any

from sim.deals.terms import DealTerms

SMALL: dict[str, Any] = {
    "programme": "example",
    "originator": "originator:lender",
    "manager": "manager:plan",
    "custodian": "custodian:bank",
    "agency": "agency:rater",
    "investors": {"investor:fund": 10_000},
    "cutoff": "2017-01-01",
    "closing": "2017-01-10",
    "face_fen": 100_000_000,
    "tranches": {
        "a": {"rank": 0, "share_bp": 8000, "coupon_bp": 500, "rating": "AAA"},
        "b": {"rank": 1, "share_bp": 1000, "coupon_bp": 700, "rating": "AA+"},
        "sub": {"rank": 2, "share_bp": 1000, "holders": {"originator:lender": 10_000}},
    },
    "revolving_months": 3,
    "amortisation_months": 3,
    "payment_calendar": {"revolving": "monthly", "rule": {"kind": "day_of_month", "day": 26}},
}


def deal(**changes: Any) -> DealTerms:
    """The small deal with some terms changed."""
    return DealTerms.model_validate(SMALL | changes)
