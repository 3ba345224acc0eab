"""The terms of investors and dealers: their money, their mandates, and the flows that come and go."""

from __future__ import annotations

from typing import Literal

from sim.credit.terms import Ppm, Terms, term
from sim.markets.mandates import MandateTerms
from sim.markets.secondary import SpreadTerms


class FlowTerms(Terms):
    """Money that comes and goes each month, of an investor's assets."""

    inflow_ppm: int = term(
        5_000, "Mean net inflow a month, beyond what follows the market.", unit="ppm of assets", source="assumption",
        span=[-2e4, 3e4], ge=-200_000, le=200_000,
    )  # fmt: skip
    follows_ppm: int = term(
        0,
        "Share of the growth of all notes outstanding (mean of twelve months) by which its own investors' money grows: "
        "who manages money holds of a market what the market weighs.",
        unit="ppm of the growth",
        source="assumption",
        span=[0, 1.5e6],
        ge=0,
        le=3_000_000,
    )
    sd_ppm: int = term(
        20_000, "Its standard deviation.", unit="ppm of assets", source="assumption", span=[0, 8e4], ge=0, le=300_000
    )
    stress_ppm: int = term(
        10_000, "Redeemed per standard deviation of macro stress.", unit="ppm of assets", source="assumption",
        span=[0, 5e4], ge=0, le=300_000,
    )  # fmt: skip
    downgrade_ppm: int = term(
        1_000_000, "Redeemed per yuan of notes held that were downgraded since last month.", unit="ppm of the notes",
        source="assumption", span=[0, 3e6], ge=0, le=20_000_000,
    )  # fmt: skip
    most_ppm: int = term(
        250_000, "Most that comes or goes in a month.", unit="ppm of assets", source="assumption", span=[5e4, 5e5],
        ge=0, le=1_000_000,
    )  # fmt: skip


class InvestorTerms(Terms):
    """An investor's purse and, if it decides for itself, its mandate and the flows of its own investors."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    cash_fen: int = term(..., "Cash at the start.", unit="fen", source="scenario", ge=0)
    kind: Literal["wealth_product", "fund", "insurer", "broker", "small"] = term(
        "fund", "Kind of investor.", unit="kind", source="scenario"
    )
    mandate: MandateTerms | None = term(
        None, "What it may buy and asks for; null for one that only takes what it is allotted by name.", unit="block",
        source="see fields",
    )  # fmt: skip
    each_fen: int | None = term(
        None,
        "Assets of each of those it stands for, where it stands for many small ones; null for a single investor.",
        unit="fen",
        source="scenario",
        ge=0,
    )
    flows: FlowTerms | None = term(
        None, "Its own investors' money; null for a closed purse.", unit="block", source="see fields"
    )
    longest_wait_months: int = term(
        3, "Months its own investors wait for their money before it is wound up.", unit="months", source="assumption",
        span=[1, 6], ge=1, le=120,
    )  # fmt: skip
    buffer_ppm: Ppm = term(50_000, "Share of assets kept in deposits.", unit="ppm", source="assumption", span=[0, 3e5])
    attention_ppm: Ppm = term(
        400_000,
        "Chance in a month that it looks at its holdings with a view to trade.",
        unit="ppm",
        source="assumption (MKT12: most notes are held to the end)",
        span=[2e4, 1e6],
    )
    taste_bp: int = term(
        25,
        "Standard deviation of what its own needs of a quarter add to the yield it asks.",
        unit="bp",
        source="assumption",
        span=[0, 60],
        ge=0,
        le=500,
    )
    grace_days: int = term(
        90, "Days within which notes that no longer fit its mandate are sold.", unit="days", source="assumption",
        span=[0, 180], ge=0, le=1_000,
    )  # fmt: skip


class DealerTerms(Terms):
    """A dealer in notes: own capital, no borrowing, and a limit to what it takes on."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    capital_fen: int = term(..., "Cash at the start.", unit="fen", source="scenario", ge=0)
    inventory_limit_ppm: Ppm = term(
        600_000, "Most of its capital in notes.", unit="ppm", source="assumption", span=[2e5, 1e6]
    )
    least_capital_ppm: Ppm = term(
        200_000, "Own funds below which it has to close, of its capital at the start.", unit="ppm",
        source="assumption (net-capital rules of brokers)", span=[1e5, 5e5],
    )  # fmt: skip
    spread: SpreadTerms = term(SpreadTerms(), "What its half-spread is made of.", unit="block", source="see fields")
