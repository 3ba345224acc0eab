"""The terms of the credit room: who the borrowers are, how they behave, and what a lender's products are.

Every field has a unit and a source; what no source prints says `assumption` and carries a range.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

CLASSES = ("L1", "L2", "L3", "L4", "L5")
AGE_BANDS = ("under 25", "25-29", "30-34", "35-44", "45 and over")
REGIONS = (
    "mid-Yangtze",
    "Yangtze delta",
    "southern coast",
    "southwest",
    "mid-Yellow River",
    "northern coast",
    "northeast",
    "northwest",
)
STATES = ("steady", "strained", "jobless")
MAX_CYCLES = 24

Ppm = Annotated[int, Field(ge=0, le=1_000_000)]


def term(
    default: Any, description: str, *, unit: str, source: str, span: list[float] | None = None, **limits: Any
) -> Any:
    """A documented field: meaning, unit, source and, for an assumption, its range."""
    extra: dict[str, Any] = {"unit": unit, "source": source}
    if span is not None:
        extra["range"] = span
    return Field(default, description=description, json_schema_extra=extra, **limits)


class Terms(BaseModel):
    """Base of every block of terms: frozen, unknown keys refused, no NaN or infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def must_add_up(name: str, shares: tuple[int, ...]) -> None:
    """Raise if shares in ppm do not add to one million."""
    if sum(shares) != 1_000_000:
        raise ValueError(f"{name} must add up to 1000000 ppm (100 %), got {sum(shares)}")


Shares5 = tuple[Ppm, Ppm, Ppm, Ppm, Ppm]
Ratio = Annotated[float, Field(ge=0, le=20)]
Effect = Annotated[float, Field(ge=-100, le=100)]
Ratios5 = tuple[Ratio, Ratio, Ratio, Ratio, Ratio]
Positive = Annotated[float, Field(gt=0, le=20)]
Positives5 = tuple[Positive, Positive, Positive, Positive, Positive]
Positives8 = tuple[Positive, Positive, Positive, Positive, Positive, Positive, Positive, Positive]
Effects5 = tuple[Effect, Effect, Effect, Effect, Effect]
Fen = Annotated[int, Field(ge=100, le=2_000_000_000)]
"""An amount of one person: a column of the book holds at most 2**31 - 1 fen."""


class PopulationTerms(Terms):
    """The households of the world, one set shared by every lender."""

    households: int = term(
        200_000, "Simulated households.", unit="households", source="choice of granularity", ge=64, le=600_000_000
    )
    weight: int = term(
        1,
        "Real people each simulated household stands for.",
        unit="people",
        source="choice of granularity",
        ge=1,
        le=10_000_000,
    )
    age_shares_ppm: Shares5 = term(
        (270_000, 330_000, 220_700, 120_000, 59_300),
        "Share of households in each age band: under 25, 25-29, 30-34, 35-44, 45 and over.",
        unit="ppm",
        source="POO11 (82.07 % under 35); split within is an assumption",
        span=[0, 600_000],
    )
    region_shares_ppm: tuple[Ppm, Ppm, Ppm, Ppm, Ppm, Ppm, Ppm, Ppm] = term(
        (157_300, 200_000, 164_300, 120_000, 120_000, 100_000, 70_000, 68_400),
        "Share of households by region, in the order of sim.credit.terms.REGIONS.",
        unit="ppm",
        source="POO09 (five regions 76.16 %), POO10 (first two 35.73 %); split within is an assumption",
        span=[0, 400_000],
    )
    region_quality: tuple[Effect, Effect, Effect, Effect, Effect, Effect, Effect, Effect] = term(
        (-0.25, -0.25, 0.05, 0.15, 0.1, 0.05, 0.15, 0.15),
        "Mean of the hidden quality theta by region (higher is worse).",
        unit="logits",
        source="assumption; sign from POO10 (first two regions have low NPL)",
        span=[-1, 1],
    )
    quality_sd: float = term(
        1.2,
        "Standard deviation of the hidden quality theta; a score class differs in default only through it.",
        unit="logits",
        source="assumption, so that classes differ in order of POO25 (flag F07)",
        span=[0.6, 1.8],
        ge=0,
        le=3,
    )
    income_median_fen: int = term(
        450_000,
        "Median monthly income, as of January 2019.",
        unit="fen",
        source="assumption around MAC09 per-head income x 1.8 earners",
        span=[300_000, 900_000],
        ge=10_000,
        le=100_000_000,
    )
    income_sigma: float = term(
        0.6,
        "Log standard deviation of monthly income within an age band.",
        unit="log points",
        source="assumption",
        span=[0.4, 0.9],
        ge=0,
        le=2,
    )
    income_by_age: Positives5 = term(
        (0.7, 1.0, 1.15, 1.2, 1.0),
        "Income of each age band relative to the median.",
        unit="ratio",
        source="assumption",
        span=[0.4, 1.6],
    )
    income_by_region: Positives8 = term(
        (0.9, 1.3, 1.15, 0.8, 0.85, 1.1, 0.9, 0.75),
        "Income of each region relative to the others; the median of all stays as it is.",
        unit="ratio",
        source="assumption: the coast earns more than the interior",
        span=[0.6, 1.6],
    )
    income_of_quality: float = term(
        0.3,
        "Correlation of income (log) with quality: those who pay well tend to earn more.",
        unit="correlation",
        source="assumption",
        span=[0.1, 0.5],
        ge=0,
        le=0.9,
    )
    state_shares_ppm: tuple[Ppm, Ppm, Ppm] = term(
        (900_000, 60_000, 40_000),
        "Opening shares of income states: steady, strained, jobless.",
        unit="ppm",
        source="assumption; jobless near MAC04",
        span=[0, 1_000_000],
    )
    strain_ppm: Ppm = term(
        8_000,
        "Monthly chance that a steady household becomes strained, at trend.",
        unit="ppm",
        source="assumption",
        span=[3_000, 20_000],
    )
    job_loss_ppm: Ppm = term(
        4_000,
        "Monthly chance that a steady household loses its job, at trend.",
        unit="ppm",
        source="assumption",
        span=[2_000, 10_000],
    )
    relief_ppm: Ppm = term(
        150_000,
        "Monthly chance that a strained household is steady again.",
        unit="ppm",
        source="assumption",
        span=[50_000, 300_000],
    )
    reemployment_ppm: Ppm = term(
        120_000,
        "Monthly chance that a jobless household finds work.",
        unit="ppm",
        source="assumption",
        span=[50_000, 300_000],
    )
    stress_on_transitions: Effect = term(
        0.35,
        "Logit change of strain and job loss per standard deviation of macro stress (relief: minus half).",
        unit="logits",
        source="assumption",
        span=[0.1, 0.8],
    )

    @model_validator(mode="after")
    def _shares(self) -> PopulationTerms:
        must_add_up("age_shares_ppm", self.age_shares_ppm)
        must_add_up("region_shares_ppm", self.region_shares_ppm)
        must_add_up("state_shares_ppm", self.state_shares_ppm)
        return self


class BehaviourTerms(Terms):
    """How borrowers pay: the logit of missing a payment and what surrounds it (MODEL section 1, CALIBRATION)."""

    intercept: dict[datetime.date, Effect] = term(
        {datetime.date(2010, 1, 1): -5.6},
        "Logit of missing a due payment for the reference household, from each date on.",
        unit="logits",
        source="fitted by `sim calibrate`",
    )
    age_effect: Effects5 = term(
        (-0.42, -0.05, 0.2, 0.42, 0.65),
        "Effect of age band, rising with age.",
        unit="logits",
        source="POO12, POO13 (under 25 lowest, rising); sizes are an assumption",
        span=[-1, 1],
    )
    state_effect: tuple[Effect, Effect, Effect] = term(
        (0.0, 1.2, 2.2),
        "Effect of income state: steady, strained, jobless.",
        unit="logits",
        source="assumption",
        span=[0, 4],
    )
    burden_effect: Effect = term(
        1.5,
        "Effect of ln(1 + payments due this month / monthly income).",
        unit="logits",
        source="assumption",
        span=[0.5, 3],
    )
    rank_effect: Effect = term(
        0.35,
        "Effect of each step down the household's order of lenders.",
        unit="logits",
        source="assumption",
        span=[0, 1],
    )
    cycle_effect: tuple[Effect, Effect, Effect, Effect, Effect, Effect] = term(
        (4.2, 5.2, 6.1, 7.0, 7.4, 7.6),
        "Effect of 1, 2, 3, 4, 5, 6 and more cycles already missed.",
        unit="logits",
        source="fitted by `sim calibrate` to roll rates",
        span=[0, 12],
    )
    collection_effect: float = term(
        0.5,
        "Logit by which collecting one unit harder lowers the chance to miss again once in arrears.",
        unit="logits",
        source="assumption",
        span=[0.1, 1.0],
        ge=0,
        le=5,
    )
    rollover_ppm: Ppm = term(
        0,
        "Share of households of the rollover type: short of cash, they draw at another lender to pay this one.",
        unit="ppm",
        source="assumption 100,000-400,000 (MODEL 1); 0 = nobody",
        span=[0, 400_000],
    )
    macro_effect: Effect = term(
        0.3, "Effect of one standard deviation of macro stress.", unit="logits", source="assumption", span=[0.1, 0.8]
    )
    partial_cure_ppm: Ppm = term(
        60_000,
        "Share of those in arrears who pay that pay one instalment only.",
        unit="ppm",
        source="assumption",
        span=[0, 200_000],
    )
    late_ppm: Ppm = term(
        12_000,
        "Share of on-time payers who pay 1 to 29 days late.",
        unit="ppm",
        source="assumption: not identified apart from the miss rate",
        span=[0, 40_000],
    )
    late_mean_days: float = term(
        5.0,
        "Mean days late of those who pay late within the cycle.",
        unit="days",
        source="assumption",
        span=[2, 12],
        gt=1,
        lt=29,
    )
    prepay_ppm: Ppm = term(
        20_000,
        "Monthly chance of repaying a fee-bearing loan early.",
        unit="ppm",
        source="assumption; 0.34 % in the 2013-2017 card pool, more where repaying is free at any time (PRD17)",
        span=[3_000, 60_000],
    )
    prepay_free_ppm: Ppm = term(
        8_000, "The same for a fee-free loan, which saves nothing.", unit="ppm", source="assumption", span=[0, 30_000]
    )
    prepay_fee_effect: float = term(
        0.3, "Fall of the log of the chance of repaying early for each per cent that it costs.", unit="log points",
        source="assumption (LVR11 gives the sign)", span=[0.1, 1.0], ge=0, le=10,
    )  # fmt: skip
    bonus_month_factor: float = term(
        1.6,
        "Prepayment in the bonus month (February) relative to others.",
        unit="ratio",
        source="assumption",
        span=[1, 3],
        ge=0,
        le=10,
    )
    recovery_ppm: Ppm = term(
        180_000,
        "Chance that a written-off loan is recovered in part.",
        unit="ppm",
        source="assumption so that the mean recovery lies near ROL07 package prices (8.6-12 % of claims)",
        span=[100_000, 300_000],
    )
    recovered_share_ppm: Ppm = term(
        600_000,
        "Share of the written-off balance that is then recovered.",
        unit="ppm",
        source="assumption",
        span=[300_000, 900_000],
    )
    recovery_lag_days: int = term(
        240,
        "Longest lag of a recovery; lags are uniform from 30 days to this.",
        unit="days",
        source="assumption",
        span=[90, 720],
        ge=31,
        le=900,
    )
