"""How estates are run off."""

from __future__ import annotations

from sim.credit.terms import Ppm, Terms, term


class ResolutionTerms(Terms):
    """The administration of a failed institution's estate."""

    cost_ppm: int = term(
        30_000, "Cost of administration a year, of what is still to be collected.", unit="ppm a year",
        source="assumption", span=[10_000, 100_000], ge=0, le=500_000,
    )  # fmt: skip
    longest_days: int = term(
        720, "Days after which an estate is closed, whatever is left.", unit="days", source="assumption",
        span=[180, 1_800], ge=30, le=5_000,
    )  # fmt: skip
    close_below_ppm: Ppm = term(
        20_000, "An estate is closed when this share of what there was is left to collect.", unit="ppm",
        source="assumption", span=[5_000, 100_000],
    )  # fmt: skip
    manager_days: int = term(
        30, "Days until the holders of a plan whose manager failed have appointed another.", unit="days",
        source="assumption", span=[10, 90], ge=0, le=360,
    )  # fmt: skip
    rest_price_ppm: Ppm = term(
        700_000, "What buyers of the rest pay, of its carrying value.", unit="ppm", source="assumption",
        span=[300_000, 950_000],
    )  # fmt: skip
