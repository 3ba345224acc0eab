"""What regulators can see and how they act: reports, inspections, the ladder of measures, review of issues."""

from __future__ import annotations

import datetime

from sim.credit.terms import Ppm, Terms, term


class ConversionTerms(Terms):
    """How a microlender becomes a consumer-finance company."""

    offered_from: datetime.date | None = term(
        None, "From this day every microlender under a rectification plan may convert; null: only one whose licence is at "
        "stake.", unit="date", source="scenario (POL15, LVR13)",
    )  # fmt: skip
    least_capital_fen: int = term(
        100_000_000_000, "Least registered capital of a consumer-finance company.", unit="fen", source="RUL14 (1 bn)",
        ge=0, le=10**15,
    )  # fmt: skip
    multiple: float = term(
        10.0, "Loans that its registered capital must carry, over that capital.", unit="x", source="RUL13", gt=0, le=100
    )
    days: int = term(
        150, "Days from the application to the licence.", unit="days",
        source="assumption; POL11 to POL15: seven months from the draft to the approval", span=[90, 365], ge=1,
        le=1_500,
    )  # fmt: skip


class RegulatorsTerms(Terms):
    """What the regulators of banking, payment and securities are told, find, and do about it."""

    report_lag_days: int = term(
        15, "Days from the end of a month to the day its reports have been read.", unit="days", source="assumption",
        span=[5, 45], ge=1, le=90,
    )  # fmt: skip
    report_error_ppm: Ppm = term(
        15_000, "Standard deviation of what a report says of debts and loans about what is so; net assets are audited.",
        unit="ppm", source="assumption", span=[0, 100_000],
    )  # fmt: skip
    tolerance_ppm: Ppm = term(
        30_000, "Part of a limit beyond it that a report may show before anybody asks.", unit="ppm of the limit",
        source="assumption: two errors of a report", span=[0, 100_000],
    )  # fmt: skip
    inspections_a_quarter: int = term(
        4, "Institutions a regulator inspects at the end of a quarter.", unit="institutions", source="assumption",
        span=[1, 20], ge=0, le=10_000,
    )  # fmt: skip
    near_limit_ppm: Ppm = term(
        50_000, "Headroom reported, of the limit, below which an inspection comes sooner.", unit="ppm of the limit",
        source="assumption", span=[0, 200_000],
    )  # fmt: skip
    growth_ppm: int = term(
        150_000, "Growth of loans in a quarter above which it comes sooner.", unit="ppm a quarter", source="assumption",
        span=[50_000, 500_000], ge=0, le=10_000_000,
    )  # fmt: skip
    overdue_ppm: Ppm = term(
        100_000, "Share of loans past due above which it comes sooner.", unit="ppm", source="assumption",
        span=[30_000, 200_000],
    )  # fmt: skip
    guidance_days: int = term(
        60, "Days that guidance leaves before the books are looked at.", unit="days", source="assumption",
        span=[20, 180], ge=1, le=1_500,
    )  # fmt: skip
    rectification_days: int = term(
        510, "Days of a rectification plan, from the order to the deadline.", unit="days",
        source="RUL12 (17 months, then 11 more); POL14 to POL16: 27 months", span=[180, 900], ge=2, le=3_650,
    )  # fmt: skip
    suspension_days: int = term(
        180, "Days of a suspension before the next measure.", unit="days", source="assumption", span=[60, 365], ge=1,
        le=1_500,
    )  # fmt: skip
    fine_ppm: Ppm = term(
        50_000, "Fine, of what stands beyond the limit.", unit="ppm of the excess", source="assumption",
        span=[10_000, 200_000],
    )  # fmt: skip
    most_fine_ppm: Ppm = term(
        100_000, "Largest fine, of net assets.", unit="ppm of net assets",
        source="assumption; POL17 (7.1 bn) for a whole group", span=[20_000, 300_000],
    )  # fmt: skip
    fines: int = term(
        2, "Fines for one breach before the licence is at stake.", unit="fines", source="assumption", span=[1, 4], ge=1,
        le=20,
    )  # fmt: skip
    reviews_a_day: int = term(
        10, "Issues the exchange's desk can review in a working day.", unit="issues a day", source="assumption",
        span=[2, 30], ge=1, le=10_000,
    )  # fmt: skip
    guided_review_factor: float = term(
        2.0, "How much longer issues of one under guidance are reviewed.", unit="x", source="assumption (POL14: "
        "interviews cut issuance)", span=[1, 4], ge=1, le=20,
    )  # fmt: skip
    conversion: ConversionTerms = term(ConversionTerms(), "Conversion of a licence.", unit="block", source="see fields")
