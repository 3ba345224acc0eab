"""The terms of the institutions: what each is at the start and how it decides, with units, ranges and sources.

They stand apart from the agents so that a scenario can be checked without loading the machinery that runs it.
"""

from __future__ import annotations

from sim.agents.bank_terms import BankBalanceTerms
from sim.credit.terms import Ppm, Terms, term
from sim.deals.ratings import Rating


class PlanManagerTerms(Terms):
    """A plan manager's staff and the quality of its review."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    capital_fen: int = term(
        500_000_000_00, "Cash at the start.", unit="fen", source="assumption", span=[1e9, 1e12], ge=0
    )
    staff: int = term(
        20,
        "People who review purchase files.",
        unit="people",
        source="assumption (WAT07, OPS01 name the review, not its size)",
        span=[2, 200],
        ge=1,
        le=10_000,
    )
    milli_hours_per_thousand_loans: int = term(
        20,
        "Staff time for a thousand loans, with the tools of the trade.",
        unit="1/1000 hour",
        source="assumption",
        span=[5, 2_000],
        ge=1,
        le=1_000_000,
    )
    base_error_ppm: Ppm = term(
        20_000,
        "Share of ineligible loans that a rested reviewer misses.",
        unit="ppm",
        source="assumption",
        span=[1_000, 100_000],
    )
    salary_fen: int = term(
        0, "Cost of one of the staff a month.", unit="fen a month", source="assumption", span=[0, 10_000_000], ge=0, le=10**9,
    )  # fmt: skip
    deposit_rate_ppm: int = term(
        0, "Interest on its cash, a year; 0 leaves it idle.", unit="ppm a year", source="assumption", span=[0, 20_000], ge=0, le=50_000,
    )  # fmt: skip


class BankTerms(Terms):
    """A bank's opening balance sheet and what it pays on deposits of deals."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    capital_fen: int = term(
        10_000_000_000_00,
        "Equity at the start, held in reserves.",
        unit="fen",
        source="assumption",
        span=[1e11, 1e15],
        ge=0,
    )
    deposit_rate_ppm: int = term(
        3_500,
        "Interest on demand deposits of deals, a year.",
        unit="ppm a year",
        source="assumption: current-account rate",
        span=[0, 15_000],
        ge=0,
        le=50_000,
    )
    segregation: bool = term(
        True,
        "Whether deals' accounts kept here stand apart from the bank's estate if it fails.",
        unit="yes or no",
        source="LVR17 (isolation) as practised; false is a counterfactual",
    )
    custody_fee_ppm: int = term(
        80, "Fee a year for keeping a plan's accounts, of its notes, while it keeps no others.", unit="ppm a year",
        source="assumption", span=[50, 300], ge=0, le=10_000,
    )  # fmt: skip
    custody_at_ease: int = term(
        40, "Plans with which that fee doubles: it rises with the square of those kept.", unit="plans",
        source="assumption", span=[10, 200], ge=1, le=10_000,
    )  # fmt: skip
    balance: BankBalanceTerms | None = term(
        None,
        "A full balance sheet with choices of its own; null for a bank that only keeps accounts and lines.",
        unit="block",
        source="see fields",
    )


class GuarantorTerms(Terms):
    """A guarantor's own funds and the price of its promise."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    capital_fen: int = term(..., "Own funds at the start, in cash.", unit="fen", source="scenario", ge=0)
    fee_ppm: int = term(
        5_000,
        "Least fee a year on the maximum it can be called for, paid by the originator; the fee of a deal that names none.",
        unit="ppm a year",
        source="assumption (AGT21: priced on maximum risk)",
        span=[1_000, 20_000],
        ge=0,
        le=100_000,
    )
    deposit_rate_ppm: int = term(
        0, "Interest on its cash, a year; 0 leaves it idle.", unit="ppm a year", source="assumption", span=[0, 20_000], ge=0, le=50_000,
    )  # fmt: skip
    operating_cost_fen: int = term(
        0, "Running costs a year.", unit="fen a year", source="assumption", span=[0, 1e10], ge=0, le=10**14,
    )  # fmt: skip
    rating: Rating = term(
        "AAA", "Its own letter, by which agencies count on its promises.", unit="rating", source="scenario"
    )
    return_ppm: int = term(
        100_000, "Return a year that its shareholders ask of the funds a promise binds.", unit="ppm a year",
        source="assumption near BKS08 (9.48 %)", span=[60_000, 200_000], ge=0, le=1_000_000,
    )  # fmt: skip
    comes_back_ppm: Ppm = term(
        500_000, "Part of what it is called for that it counts on getting back from the originator.", unit="ppm",
        source="assumption", span=[200_000, 900_000],
    )  # fmt: skip
    cost_ppm: int = term(
        3_000, "Cost a year of looking at a deal and watching it, of the maximum.", unit="ppm a year",
        source="assumption", span=[1_000, 8_000], ge=0, le=100_000,
    )  # fmt: skip
    of_one_ppm: Ppm = term(
        100_000, "Most it promises for deals of one originator, of all it may promise.", unit="ppm",
        source="assumption", span=[50_000, 300_000], gt=0,
    )  # fmt: skip
    leverage: int = term(
        10, "Most it promises in all, as a multiple of its net assets.", unit="ratio", source="assumption", span=[5, 15], ge=1, le=100,
    )  # fmt: skip
