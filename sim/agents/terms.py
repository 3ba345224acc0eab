"""The terms of the institutions: what each is at the start and how it decides, with units, ranges and sources.

They stand apart from the agents so that a scenario can be checked without loading the machinery that runs it.
"""

from __future__ import annotations

import datetime
from typing import Literal

from sim.credit.lending_terms import LendingTerms
from sim.credit.terms import Ppm, Terms, term
from sim.deals.ratings import Rating


class DebtTerms(Terms):
    """One source of funds at the start: what is owed, to whom, at what rate, and how much more may be drawn."""

    kind: Literal["warehouse", "bond", "shareholder_loan"] = term(
        "warehouse", "Kind of debt.", unit="kind", source="scenario"
    )
    lender: str = term(..., "Party that lends, such as bank:partner.", unit="party", source="scenario")
    rate_ppm: int = term(..., "Interest a year.", unit="ppm a year", source="scenario", ge=0, le=500_000)
    opening_fen: int | None = term(
        None, "Owed at the start; null for the line that balances the books.", unit="fen", source="scenario", ge=0
    )
    limit_fen: int = term(
        0,
        "Commitment: up to this much may be owed; 0 for debt that is not drawn again.",
        unit="fen",
        source="scenario",
        ge=0,
    )


class JointLendingTerms(Terms):
    """A partner bank that shares in part of the lending."""

    partner: str = term(..., "The bank.", unit="party", source="scenario", pattern="^bank:")
    bank_share_bp: int = term(
        9_800,
        "The bank's share of each joint loan.",
        unit="bp",
        source="LEV02, LEV03 (98 % partner banks and ABS)",
        span=[7_000, 9_900],
        ge=1,
        le=9_999,
    )
    volume_ppm: Ppm = term(..., "Share of new lending that is joint.", unit="ppm", source="scenario")


class OriginatorTerms(Terms):
    """An originator and servicer: its book, its balance sheet and its habits."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    lending: LendingTerms = term(..., "Its loan book.", unit="block", source="see fields")
    overdue_definition: Literal["1+", "30+"] = term(
        "1+",
        "Days past due from which its published overdue rate counts.",
        unit="days past due",
        source="CALIBRATION: reading A (30+) for Ant, 1+ for JD",
    )
    equity_fen: int = term(..., "Net assets at the start.", unit="fen", source="scenario", ge=0)
    debts: dict[str, DebtTerms] = term(
        ...,
        "Sources of funds by name; exactly one has no opening amount and balances the books.",
        unit="map",
        source="scenario",
    )
    liquidity_days: int = term(
        3, "Days of lending kept in cash.", unit="days", source="assumption", span=[2, 20], ge=1, le=60
    )
    screening_error_ppm: Ppm = term(
        10_000,
        "Share of loans failing a pool's criteria that still reach the sale list.",
        unit="ppm",
        source="assumption",
        span=[0, 50_000],
    )
    operating_cost_ppm: int = term(
        15_000,
        "Running cost a year, of all receivables serviced.",
        unit="ppm a year",
        source="assumption",
        span=[5_000, 40_000],
        ge=0,
        le=200_000,
    )
    provision_ppm: tuple[Ppm, Ppm, Ppm, Ppm, Ppm, Ppm] = term(
        (4_000, 120_000, 400_000, 600_000, 750_000, 850_000),
        "Provision of own loans by days past due: current, 1-30, 31-60, 61-90, 91-120, more.",
        unit="ppm",
        source="assumption near rolls times loss",
        span=[0, 1_000_000],
    )
    joint_lending: JointLendingTerms | None = term(
        None, "Joint lending with a bank; null for none.", unit="block", source="scenario"
    )
    issuer_ratings: dict[datetime.date, Rating] = term(
        {},
        "Its own rating from each date on, which some deals ask of their servicer; empty: not rated.",
        unit="rating",
        source="scenario",
    )
    fails_on: datetime.date | None = term(
        None, "Stress: the day it stops working; lending and remittance end.", unit="date", source="scenario"
    )


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


class GuarantorTerms(Terms):
    """A guarantor's own funds and the price of its promise."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    capital_fen: int = term(..., "Own funds at the start, in cash.", unit="fen", source="scenario", ge=0)
    fee_ppm: int = term(
        5_000,
        "Fee a year on the maximum it can be called for, paid by the originator.",
        unit="ppm a year",
        source="assumption (AGT21: priced on maximum risk)",
        span=[1_000, 20_000],
        ge=0,
        le=100_000,
    )


class RatingAgencyTerms(Terms):
    """An agency's thresholds of surveillance."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    watch_share_ppm: int = term(
        700_000,
        "Credit support below this share of its opening level puts a tranche on watch.",
        unit="ppm",
        source="assumption",
        span=[500_000, 900_000],
        ge=0,
        le=1_000_000,
    )
    downgrade_share_ppm: int = term(
        400_000,
        "Below this share it is downgraded a notch a month.",
        unit="ppm",
        source="assumption",
        span=[200_000, 700_000],
        ge=0,
        le=1_000_000,
    )


class InvestorTerms(Terms):
    """An investor's purse."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    cash_fen: int = term(..., "Cash at the start.", unit="fen", source="scenario", ge=0)
