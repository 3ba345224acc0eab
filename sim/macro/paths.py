"""The terms of the economy: stress steps, the observed path, what continues it, and shocks.

A path is data with dates: monthly values between which nothing is interpolated, since a month's news is published once.
A shock is a small callable value: it takes the state of a day and returns the state it makes of it; with its dates it
comes and goes without ever having to be undone.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.calendar import day_of, month_index


@dataclass(frozen=True)
class EconomyState:
    """The economy of a day: rates a year in ppm, stress in thousandths of a standard deviation (positive is bad)."""

    gdp_growth_ppm: int
    cpi_ppm: int
    unemployment_ppm: int
    income_growth_ppm: int
    policy_rate_ppm: int
    stress_milli: int = 0


def no_shock(state: EconomyState, day: int) -> EconomyState:  # noqa: ARG001  (a shock of nothing)
    """The null shock: the state as it is."""
    return state


def _field(default: Any, description: str, unit: str, source: str, span: list[int] | None = None, **limits: Any) -> Any:
    extra: dict[str, Any] = {"unit": unit, "source": source}
    if span is not None:
        extra["range"] = span
    return Field(default, description=description, json_schema_extra=extra, **limits)


class _Terms(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


class ShockTerms(_Terms):
    """A dated push to one series; called with a state and a day it returns the state it makes."""

    kind: Literal["unemployment", "income_growth", "gdp_growth", "cpi", "policy_rate", "stress"] = _field(
        ..., "Series pushed.", "series", "scenario"
    )
    since: datetime.date = Field(
        alias="from", description="First day.", json_schema_extra={"unit": "date", "source": "scenario"}
    )
    until: datetime.date | None = _field(None, "Last day; null while it stays.", "date", "scenario")
    size: int = _field(
        ...,
        "Added to the series: ppm a year (unemployment: of the labour force); stress: 1/1000 standard deviation.",
        "ppm or 1/1000 sd",
        "scenario",
        ge=-500_000,
        le=500_000,
    )

    @model_validator(mode="after")
    def _dates(self) -> ShockTerms:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until} lies before from {self.since}; put the later date in until")
        return self

    def __call__(self, state: EconomyState, day: int) -> EconomyState:
        """The state with the push, on the days of the shock."""
        if day < day_of(self.since) or (self.until is not None and day > day_of(self.until)):
            return state
        name = "stress_milli" if self.kind == "stress" else f"{self.kind}_ppm"
        return replace(state, **{name: getattr(state, name) + self.size})


class ContinuationTerms(_Terms):
    """What happens beyond the last observation: each series returns to its trend, pushed by a keyed monthly draw."""

    persistence_ppm: int = _field(
        900_000, "Share of a gap left after a month.", "ppm", "assumption", [800_000, 980_000], ge=0, le=999_000
    )
    unemployment_sd_ppm: int = _field(
        700, "Monthly push to unemployment.", "ppm", "assumption", [0, 2_000], ge=0, le=20_000
    )
    income_sd_ppm: int = _field(
        3_000, "Monthly push to income growth.", "ppm", "assumption", [0, 8_000], ge=0, le=50_000
    )
    gdp_sd_ppm: int = _field(3_000, "Monthly push to growth.", "ppm", "assumption", [0, 8_000], ge=0, le=50_000)
    cpi_sd_ppm: int = _field(2_000, "Monthly push to inflation.", "ppm", "assumption", [0, 5_000], ge=0, le=50_000)


class TrendTerms(_Terms):
    """What counts as normal, and by how much the economy strays from it: the gaps of the stress index."""

    unemployment_ppm: int = _field(
        50_500, "Normal unemployment.", "ppm", "MAC04, MAC05: mean of 2018 and 2019", [48_000, 53_000], ge=0, le=300_000
    )
    unemployment_sd_ppm: int = _field(
        3_000,
        "One standard deviation of unemployment; too few figures are printed to measure it.",
        "ppm",
        "assumption",
        [1_500, 5_000],
        ge=1,
        le=100_000,
    )
    income_growth_ppm: int = _field(
        87_580, "Normal growth of income.", "ppm a year", "MAC09: 2015-2019", [60_000, 90_000], ge=-500_000, le=500_000
    )
    income_sd_ppm: int = _field(
        15_000, "One standard deviation of income growth.", "ppm", "assumption", [10_000, 30_000], ge=1, le=200_000
    )
    income_of_gdp_ppm: int = _field(
        500_000,
        "Where growth is printed and income is not: fall of income growth per point by which growth misses its normal.",
        "ppm",
        "assumption",
        [300_000, 1_000_000],
        ge=0,
        le=2_000_000,
    )
    gdp_growth_ppm: int = _field(
        67_500, "Normal growth.", "ppm a year", "MAC02: mean of 2014-2019", [50_000, 70_000], ge=-500_000, le=500_000
    )
    cpi_ppm: int = _field(
        20_000, "Normal inflation.", "ppm a year", "MAC06: mean of 2014-2019", [10_000, 25_000], ge=-500_000, le=500_000
    )
    unemployment_weight_ppm: int = _field(
        600_000,
        "Weight of unemployment in the stress index; the rest is income growth's.",
        "ppm",
        "assumption (MODEL: 0.6)",
        [400_000, 800_000],
        ge=0,
        le=1_000_000,
    )


class RateTerms(_Terms):
    """What the rates of this market are built from; only loan rates and reserve ratios are printed."""

    risk_free_gap_ppm: int = _field(
        14_500,
        "One-year risk-free yield below the one-year loan rate.",
        "ppm a year",
        "assumption (MKT15, MAC01: AAA at 2-3 % is 51 bp over its benchmark in 2023, the loan rate 3.65 %)",
        [10_000, 20_000],
        ge=0,
        le=100_000,
    )
    slope_share_ppm: int = _field(
        500_000,
        "Share of the slope between the one- and five-year loan rates that the risk-free curve has.",
        "ppm",
        "assumption",
        [200_000, 1_000_000],
        ge=0,
        le=2_000_000,
    )
    corporate_spread_ppm: int = _field(
        6_000, "Corporate loans over the policy rate.", "ppm a year", "assumption", [2_000, 12_000], ge=0, le=100_000
    )
    reserve_shift_ppm: int = _field(
        0, "Added to the average required reserve ratio.", "ppm of deposits", "LVR19", ge=-200_000, le=200_000
    )
    reserve_link_ppm: int = _field(
        760_000,
        "Average reserve ratio over large banks', for the days on which only theirs is printed.",
        "ppm",
        "assumption (BKS07: 8.9 of at most 12.5)",
        [700_000, 850_000],
        ge=0,
        le=1_000_000,
    )


class UnprintedTerms(_Terms):
    """Series that the papers' table of systemic risk names and of which nothing is printed here: how they follow the
    stress index, and how much of them is their own (`sim.macro.unprinted`)."""

    persistence_ppm: int = _field(
        900_000, "Share of a series' own part left after a month.", "ppm", "assumption", [700_000, 980_000],
        ge=0, le=999_000,
    )  # fmt: skip
    sentiment_link_ppm: int = _field(
        900_000, "Correlation of sentiment with the stress index, opposite in sign.", "ppm", "assumption",
        [600_000, 980_000], ge=0, le=1_000_000,
    )  # fmt: skip
    investment_link_ppm: int = _field(
        600_000, "The same of growth of fixed investment.", "ppm", "assumption", [300_000, 900_000],
        ge=0, le=1_000_000,
    )  # fmt: skip
    abroad_link_ppm: int = _field(
        300_000, "The same of what comes from and goes abroad; short-term external debt moves with stress.", "ppm",
        "assumption", [0, 600_000], ge=0, le=1_000_000,
    )  # fmt: skip
    stocks_fall_ppm: int = _field(
        100_000, "Fall of share prices when stress rises by one standard deviation.", "ppm", "assumption",
        [30_000, 200_000], ge=0, le=500_000,
    )  # fmt: skip
    stocks_sd_ppm: int = _field(
        60_000, "Standard deviation of a month's return of shares beside that.", "ppm", "assumption",
        [30_000, 100_000], ge=0, le=300_000,
    )  # fmt: skip
    valuation_persistence_ppm: int = _field(
        970_000, "Share of a gap between prices and normal multiples of earnings left after a month.", "ppm",
        "assumption", [930_000, 990_000], ge=0, le=999_000,
    )  # fmt: skip


class MacroTerms(_Terms):
    """The economy of a scenario."""

    stress: dict[datetime.date, Annotated[float, Field(ge=-10, le=10)]] = Field(
        default_factory=dict,
        description="Stress added from each date on; before the first date it is 0 (the trend).",
        json_schema_extra={
            "unit": "standard deviations",
            "source": "assumption: weights of MODEL section 1",
            "range": [-3, 6],
        },
    )
    observed: bool = _field(
        False, "Whether the printed path of 2014-2023 moves the stress index; else the economy is at its trend.",
        "yes/no", "scenario",
    )  # fmt: skip
    continuation: ContinuationTerms = Field(
        default_factory=ContinuationTerms,
        description="Simulated months beyond the printed ones.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    policy_rate: dict[datetime.date, Annotated[int, Field(ge=-50_000, le=200_000)]] = Field(
        default_factory=dict,
        description="Policy rate from each date on, in place of the printed one.",
        json_schema_extra={"unit": "ppm a year", "source": "scenario"},
    )
    shocks: dict[str, ShockTerms] = Field(
        default_factory=dict,
        description="Dated shocks by name.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    trend: TrendTerms = Field(
        default_factory=TrendTerms,
        description="What is normal.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    rates: RateTerms = Field(
        default_factory=RateTerms,
        description="How rates hang together.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    unprinted: UnprintedTerms = Field(
        default_factory=UnprintedTerms,
        description="Series of the table of systemic risk that nobody prints.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )

    def stress_steps_milli(self, day: int) -> int:
        """The scenario's own steps on a day: the last one dated at or before the day's month."""
        month = month_index(day)
        value = 0.0
        for start, level in sorted(self.stress.items()):
            if month_index(day_of(start)) <= month:
                value = level
        return round(1000 * value)
