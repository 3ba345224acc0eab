"""The terms of a lender's book: when members buy, what is on offer, limits, and how bad loans leave.

Every field has a unit and a source; what no source prints says `assumption` and carries a range.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.calendar import day_of
from sim.credit.terms import Effect, Fen, Ppm, Ratio, Ratios5, Shares5, Terms, must_add_up, term

Fee = Annotated[int, Field(ge=0, le=50_000)]
WriteOffDays = Annotated[int, Field(ge=60, le=690)]
MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]


class SpendingTerms(Terms):
    """How often members buy on credit, and when."""

    purchases_per_month: float = term(
        0.5,
        "Mean purchases on credit per member and month at trend.",
        unit="per month",
        source="fitted by `sim calibrate` to the printed balance",
        gt=0,
        le=20,
    )
    by_age: Ratios5 = term(
        (1.0, 1.15, 1.05, 0.85, 0.6), "Relative rate by age band.", unit="ratio", source="assumption", span=[0.3, 1.5]
    )
    by_class: Ratios5 = term(
        (0.8, 1.0, 1.05, 1.1, 1.1), "Relative rate by score class.", unit="ratio", source="assumption", span=[0.5, 1.5]
    )
    by_state: tuple[Ratio, Ratio, Ratio] = term(
        (1.0, 0.9, 0.5),
        "Relative rate by income state.",
        unit="ratio",
        source="assumption (RSK15: a downturn lowers purchases)",
        span=[0.2, 1],
    )
    by_month: tuple[Ratio, ...] = term(
        (0.95, 0.8, 0.95, 0.95, 1.0, 1.15, 0.95, 0.95, 1.0, 1.0, 1.3, 1.0),
        "Relative rate by calendar month, January first.",
        unit="ratio",
        source="assumption: Spring Festival trough, June and November peaks",
        span=[0.5, 2],
        min_length=12,
        max_length=12,
    )
    festivals: dict[MonthDay, Ratio] = term(
        {"06-18": 3.0, "11-11": 5.0, "12-12": 2.0},
        "Relative rate on festival days, by month-day.",
        unit="ratio",
        source="assumption",
        span=[1, 8],
    )
    by_weekday: tuple[Ratio, ...] = term(
        (1.0, 1.0, 1.0, 1.0, 1.05, 1.0, 0.95),
        "Relative rate by weekday, Monday first.",
        unit="ratio",
        source="assumption",
        span=[0.7, 1.3],
        min_length=7,
        max_length=7,
    )
    mood: float = term(
        0.08,
        "Fall of the rate per standard deviation of macro stress.",
        unit="share",
        source="assumption",
        span=[0, 0.2],
        ge=0,
        le=0.5,
    )
    income_elasticity: float = term(
        0.5,
        "Per cent by which a purchase is larger for one per cent more income; purchases of all keep their distribution.",
        unit="elasticity",
        source="assumption: below one, as of everyday purchases",
        span=[0.2, 0.8],
        ge=0,
        le=2,
    )
    most_appetite_ppm: int = term(
        1_000_000,
        "The most that a lender can ever raise its members' rate of purchases to, of the rate at trend; candidates are "
        "drawn at this ceiling.",
        unit="ppm",
        source="scenario",
        ge=1_000_000,
        le=2_000_000,
    )

    @model_validator(mode="after")
    def _somebody_buys(self) -> SpendingTerms:
        for name in ("by_age", "by_class", "by_state", "by_month", "by_weekday"):
            if max(getattr(self, name)) <= 0:
                raise ValueError(f"{name}: at least one rate must be above 0, or nobody ever buys")
        return self


class InstalmentTerms(Terms):
    """One term on offer: its share of purchases and how many of them carry no fee."""

    share_ppm: Ppm = term(..., "Share of the product's purchases taken at this term.", unit="ppm", source="scenario")
    fee_free_ppm: Ppm = term(0, "Share of these that carry no fee.", unit="ppm", source="scenario")


class ProductTerms(Terms):
    """One product of a lender."""

    system: Literal["billing", "order"] = term(
        "billing",
        "'billing': due 9 days after the account's billing day; 'order': due on the purchase's day of the month.",
        unit="rule",
        source="PRD01, PRD02",
    )
    cash: bool = term(
        False,
        "Pays money to the borrower instead of a shop: the product that rollover uses (the first such one).",
        unit="yes or no",
        source="scenario",
    )
    share_ppm: Ppm = term(
        1_000_000, "Share of the lender's purchases made with this product.", unit="ppm", source="scenario"
    )
    terms: dict[int, InstalmentTerms] = term(
        ..., "Terms on offer, by number of monthly instalments (1 to 36).", unit="months", source="scenario"
    )
    monthly_fee_ppm: tuple[Fee, Fee, Fee, Fee, Fee] = term(
        (5_000, 6_000, 8_000, 10_000, 12_000),
        "Flat monthly fee on the original principal, by score class.",
        unit="ppm per month",
        source="PRD05 (0.5-1.2 % by credit)",
        span=[0, 30_000],
    )
    amount_median_fen: Fen = term(60_000, "Median purchase.", unit="fen", source="assumption", span=[20_000, 200_000])
    amount_sigma: float = term(
        0.9,
        "Log standard deviation of a purchase.",
        unit="log points",
        source="assumption",
        span=[0.6, 1.3],
        ge=0,
        le=3,
    )
    amount_growth_with_term: float = term(
        0.25,
        "Exponent by which a purchase grows with its number of instalments.",
        unit="exponent",
        source="assumption: larger purchases are paid over more months",
        span=[0, 0.6],
        ge=0,
        le=1,
    )
    overdue_ppm_per_day: int = term(
        500,
        "Overdue interest on the instalment past due, per day.",
        unit="ppm per day",
        source="PRD14 / flag F08: 150 as printed, 500 as the market norm",
        span=[150, 700],
        ge=0,
        le=10_000,
    )
    grace_days: int = term(
        9,
        "A purchase made less than this before a due day is billed a month later.",
        unit="days",
        source="PRD01 (billing date + 9)",
        ge=0,
        le=27,
    )

    @model_validator(mode="after")
    def _terms(self) -> ProductTerms:
        must_add_up("terms.*.share_ppm", tuple(t.share_ppm for t in self.terms.values()))
        if any(not 1 <= months <= 36 for months in self.terms):
            raise ValueError(f"terms are 1 to 36 months, got {sorted(self.terms)}")
        return self


class LendingTerms(Terms):
    """A lender's book: products, score classes, limits, and how it removes bad loans."""

    products: dict[str, ProductTerms] = term(..., "Products by name.", unit="map", source="scenario")
    spending: SpendingTerms = term(SpendingTerms(), "How often its members buy.", unit="block", source="see fields")
    member_share_ppm: Ppm = term(
        1_000_000, "Share of households that are members, the same all along.", unit="ppm", source="scenario"
    )
    members: dict[datetime.date, Ppm] = term(
        {},
        "Share of households that are members from each date on, growing geometrically from date to date: none before "
        "the first, constant after the last. Replaces member_share_ppm.",
        unit="ppm",
        source="scenario",
    )
    payment_rank: int = term(
        1,
        "Place of this lender in a household's order of payment, 1 first: banks before platforms.",
        unit="rank",
        source="assumption (MODEL 1: bank first, platforms later)",
        span=[1, 3],
        ge=1,
        le=3,
    )
    intercept: dict[datetime.date, Effect] | None = term(
        None,
        "Logit of missing a due payment at this lender, from each date on; null: the common one of `behaviour`.",
        unit="logits",
        source="fitted by `sim calibrate`",
    )
    cycle_effect: tuple[Effect, Effect, Effect, Effect, Effect, Effect] | None = term(
        None,
        "Effect of 1, 2, ... 6 and more cycles missed at this lender; null: the common one of `behaviour`.",
        unit="logits",
        source="fitted by `sim calibrate`",
    )
    class_shares_ppm: Shares5 = term(
        (20_000, 560_000, 360_000, 40_000, 20_000),
        "Share of members scored L1..L5.",
        unit="ppm",
        source="POO26 (97 % of a pool in L2 and L3), POO28 (at least 90 % of users in L1-L4)",
        span=[0, 1_000_000],
    )
    accepted_classes: tuple[Literal["L1", "L2", "L3", "L4", "L5"], ...] = term(
        ("L1", "L2", "L3", "L4"), "Classes that are granted credit.", unit="classes", source="POO27 (no L5 in the pool)"
    )
    score_noise: float = term(
        0.7,
        "Standard deviation of the score's error about theta.",
        unit="logits",
        source="assumption (POO18: the score sees its own platform's short past only)",
        span=[0.3, 2],
        ge=0.01,
        le=5,
    )
    limit_min_fen: Fen = term(5_000, "Lowest credit limit.", unit="fen", source="POO16 (50 to 50,000 yuan)")
    limit_max_fen: Fen = term(5_000_000, "Highest credit limit.", unit="fen", source="POO16, POO32")
    limit_median_fen: tuple[Fen, Fen, Fen, Fen, Fen] = term(
        (1_000_000, 700_000, 500_000, 300_000, 100_000),
        "Median limit by class.",
        unit="fen",
        source="assumption",
        span=[50_000, 3_000_000],
    )
    limit_sigma: float = term(
        0.6, "Log standard deviation of limits.", unit="log points", source="assumption", span=[0.3, 1], ge=0, le=2
    )
    limit_of_income: float = term(
        0.6,
        "Correlation of limit and income (normal scores) among those of one class: the lender sees an estimate of what "
        "its customers earn.",
        unit="correlation",
        source="assumption",
        span=[0.3, 0.8],
        ge=0,
        le=1,
    )
    merchant_fee_ppm: Ppm = term(
        0,
        "Fee that merchants pay the lender on each purchase: what makes fee-free credit pay.",
        unit="ppm of the purchase",
        source="scenario",
    )
    prepayment_fee_ppm: Ppm = term(
        0, "Fee on what is repaid early; it keeps some from doing so.", unit="ppm", source="PRD17 (free), LVR11"
    )
    reports_to_register: bool = term(
        False, "Whether it tells the credit register, which those who may see it do, who is late with it.",
        unit="yes/no", source="PRD18 (Baitiao reports); choice: banks and consumer finance companies, whom the "
        "banking regulator licensed, report; platforms and microlenders do not",
    )  # fmt: skip
    person_cap: tuple[int, int] | None = term(
        None, "Most a person may owe it: an amount in fen, and a share of yearly income in ppm; null for no cap.",
        unit="fen, ppm of yearly income", source="RUL04",
    )  # fmt: skip
    write_off_days_past_due: WriteOffDays = term(
        330,
        "Days past due at which a loan is written off or sold; between due days the share is interpolated.",
        unit="days",
        source="CALIBRATION: ROL07 (298-406 days) for Ant, 195-315 for JD by year",
        span=[120, 700],
    )
    write_off_changes: dict[datetime.date, WriteOffDays] = term(
        {}, "Dated changes of the write-off rule.", unit="days", source="scenario"
    )

    @model_validator(mode="after")
    def _consistent(self) -> LendingTerms:
        must_add_up("products.*.share_ppm", tuple(p.share_ppm for p in self.products.values()))
        must_add_up("class_shares_ppm", self.class_shares_ppm)
        if self.limit_min_fen > self.limit_max_fen:
            raise ValueError("limit_min_fen must not exceed limit_max_fen")
        shares = [ppm for _, ppm in sorted(self.members.items())]
        if shares != sorted(shares):
            raise ValueError("members: the share must not fall from one date to the next; nobody leaves a lender")
        if self.intercept is not None and not self.intercept:
            raise ValueError("intercept: give at least one date, or null for the common one")
        return self

    def write_off_days(self, day: int) -> int:
        """Days past due at which a loan is written off, by the rule in force on a day."""
        days = self.write_off_days_past_due
        for start, changed in sorted(self.write_off_changes.items()):
            if day_of(start) <= day:
                days = changed
        return days
