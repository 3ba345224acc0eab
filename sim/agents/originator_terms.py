"""The terms of an originator: what it is licensed as, its balance sheet, how it funds itself, and how it decides.

They stand apart from the agent so that a scenario can be checked without loading the machinery that runs it.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.calendar import day_of
from sim.credit.lending_terms import LendingTerms
from sim.credit.terms import Ppm, Terms, term
from sim.deals.ratings import Rating
from sim.markets.collecting_choice import CollectingTerms

OriginatorKind = Literal["microlender", "retailer", "platform", "consumer_finance", "bank_arm", "p2p"]


class DebtTerms(Terms):
    """One source of funds at the start: what is owed, to whom, at what rate, and how much more may be drawn."""

    kind: Literal["warehouse", "bond", "shareholder_loan"] = term(
        "warehouse", "Kind of debt.", unit="kind", source="scenario"
    )
    lender: str = term(..., "Party that lends, such as bank:partner.", unit="party", source="scenario")
    rate_ppm: int = term(
        ..., "Interest a year; of a line as at a one-year loan rate of 4.35 % (PRD15), with which it moves, and until its "
        "bank, if it lends at arm's length and is of the banking system, says its own.", unit="ppm a year", source="scenario", ge=0, le=500_000,
    )  # fmt: skip
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
    runs_off_from: datetime.date | None = term(
        None,
        "Run: from this day the lender takes back a part every month and lends no more; null for a lender that stays.",
        unit="date",
        source="scenario (AGT23: P2P lenders run off)",
    )
    run_off_months: int = term(
        6, "Months over which a run takes the debt back.", unit="months", source="assumption", span=[2, 18], ge=1, le=60
    )


class JointLendingTerms(Terms):
    """Partner banks that share in part of the lending."""

    partners: dict[str, Ppm] = term(
        ..., "Each partner bank's part of new joint lending at the start, adding up to 100 %.", unit="ppm by party",
        source="scenario (ANT12: about 100 partner banks)", min_length=1,
    )  # fmt: skip
    bank_share_bp: int = term(
        9_800,
        "The bank's share of each joint loan.",
        unit="bp",
        source="LEV02, LEV03 (98 % partner banks and ABS)",
        span=[7_000, 9_900],
        ge=1,
        le=9_999,
    )
    volume_ppm: Ppm = term(..., "Share of new lending that is joint at the start.", unit="ppm", source="scenario")
    most_volume_ppm: Ppm = term(
        0,
        "Largest share of new lending that its funding plan may make joint; 0 keeps the share of the start.",
        unit="ppm",
        source="assumption",
        span=[0, 990_000],
    )
    since: datetime.date | None = term(
        None, "First day on which banks share in its lending; null if they always have.", unit="date", source="scenario"
    )
    service_fee_ppm: Ppm = term(
        0,
        "Part of what a bank's share earns that goes to the platform for finding, scoring and collecting, until a bank "
        "names the rate it asks; and what a lender pays its group for the rest.",
        unit="ppm of what it earns",
        source="assumption; ANT11 (about 2.6 % of balance a year is the take of a platform that funds 2 %)",
        span=[0, 400_000],
    )

    bargaining_ppm: Ppm = term(
        500_000,
        "The platform's part of what a bank's share earns beyond the rate the bank asks: its fee once the bank names one.",
        unit="ppm of the surplus",
        source="assumption: one half (Nash 1950, between equals); ANT11 (2.6 % of balance) is the check",
        span=[300_000, 700_000],
    )

    service_fee_to: Literal["lender", "parent"] = term(
        "lender",
        "Who is paid for these services: the lender, or the group that owns it.",
        unit="payee",
        source="ANT10 (the group's, not its microlenders', revenue)",
    )

    def begun(self, day: int) -> bool:
        """Whether banks share in its lending yet."""
        return self.since is None or day >= day_of(self.since)

    @model_validator(mode="after")
    def _whole(self) -> JointLendingTerms:
        if sum(self.partners.values()) != 1_000_000:
            raise ValueError(f"partners must add up to 1000000 ppm, got {sum(self.partners.values())}")
        wrong = [party for party in self.partners if not party.startswith("bank:")]
        if wrong:
            raise ValueError(f"partners: '{wrong[0]}' is no bank; name parties of kind bank")
        return self


class BondTerms(Terms):
    """Bonds it may sell to investors."""

    least_face_fen: int = term(
        50_000_000_000, "Smallest bond.", unit="fen", source="assumption", span=[1e10, 2e11], ge=10_000_000
    )
    most_outstanding_fen: int = term(
        ..., "Most of its bonds that investors will hold.", unit="fen", source="scenario", ge=0
    )
    months: int = term(
        12, "Life of a bond.", unit="months", source="assumption (ANT22: first bond of three years)", span=[6, 36],
        ge=1, le=120,
    )  # fmt: skip
    low_spread_bp: int = term(
        40, "Lower end of the guided range over the risk-free yield.", unit="bp", source="assumption below MKT15",
        span=[0, 150], ge=0, le=2_000,
    )  # fmt: skip
    high_spread_bp: int = term(
        300, "Upper end of the guided range.", unit="bp", source="assumption around MKT16 (239 bp)", span=[100, 600],
        ge=0, le=3_000,
    )  # fmt: skip


class TransferTerms(Terms):
    """Loans it may sell outright to a bank."""

    buyer: str = term(..., "The bank that buys.", unit="party", source="scenario", pattern="^bank:")
    discount_ppm: Ppm = term(
        5_000, "Discount from principal.", unit="ppm", source="assumption (ANT22: about 5 % a year on transferred rights)",
        span=[0, 30_000],
    )  # fmt: skip


class ScreeningTerms(Terms):
    """How well a lender can see a borrower's quality, and what looking costs."""

    power: float = term(
        0.6, "Share of the score's noise that full effort removes (eta).", unit="share", source="assumption",
        span=[0.2, 0.9], ge=0, le=0.95,
    )  # fmt: skip
    cost_ppm: int = term(
        8_000, "Cost of effort (kappa, of kappa (-ln(1 - e) - e)), a year, of the amount lent, for a book of usual_book_fen.",
        unit="ppm a year", source="assumption", span=[2_000, 40_000], ge=1, le=500_000,
    )  # fmt: skip
    scale: float = term(
        0.1, "By how many per cent effort costs less for each per cent by which a book is larger: models and data are paid once.",
        unit="elasticity", source="assumption: economies of scale of banks (Hughes and Mester, J Financial Intermediation 22 (2013) 559)",
        span=[0.0, 0.25], ge=0, le=1,
    )  # fmt: skip
    usual_book_fen: int = term(
        10**12, "Book for which effort costs cost_ppm.", unit="fen", source="assumption", span=[10**11, 10**13], gt=0,
    )  # fmt: skip
    usual_effort_ppm: int = term(
        300_000, "Effort with which the score of a lender that has no record of defaults has the error its lending terms "
        "say (score_noise); that of others is the one they choose at the start.", unit="ppm",
        source="assumption", span=[0, 600_000], ge=0, lt=1_000_000,
    )  # fmt: skip
    loss_given_default_ppm: Ppm = term(
        880_000, "Loss on a loan that defaults.", unit="ppm", source="ROL07 (packages sold at 8.6-12 % of the claim)",
        span=[800_000, 950_000],
    )  # fmt: skip
    walled: float = term(
        0.0, "Error added to its score by data it may no longer use, of the error without any effort.", unit="share",
        source="POL20 (data wall)", ge=0, le=5,
    )  # fmt: skip
    recourse_ppm: Ppm = term(
        0, "Chance that it takes back a loss of what it sold without being bound to.", unit="ppm",
        source="JDB04 (earlier years: implicit recourse)", span=[0, 1_000_000],
    )  # fmt: skip


class StrategyTerms(Terms):
    """How an originator of the whole market plans: growth, prices, cut-offs, capital. Decided monthly."""

    growth_ppm: int = term(
        40_000,
        "Highest growth of what it manages that it plans for, a month.",
        unit="ppm a month",
        source="assumption; JD grew 2.1-2.9 % a month 2019-2021 (POO19), Ant's notes 15 % a month in 2017 (AAB02)",
        span=[10_000, 160_000],
        ge=0,
        le=500_000,
    )
    equity_target_ppm: Ppm = term(
        60_000,
        "Net assets it wants for every yuan of risk on its own balance sheet; what is beyond is paid out.",
        unit="ppm of own assets",
        source="assumption",
        span=[20_000, 250_000],
    )
    payout_ppm: Ppm = term(
        300_000, "Part of last year's profit paid out when capital suffices.", unit="ppm of profit",
        source="assumption", span=[0, 1_000_000],
    )  # fmt: skip
    profit_share_ppm: Ppm = term(
        0, "Part of profit before it that goes to the parent by contract, yearly.", unit="ppm of profit",
        source="BAL10 (37.5 % at Ant)", span=[0, 500_000],
    )  # fmt: skip
    capital_most_ppm: Ppm = term(
        300_000, "New capital it can raise in a year, of net assets.", unit="ppm of net assets",
        source="assumption; AAB05 (3.8 to 12 bn within months), BAL15", span=[100_000, 2_000_000],
    )  # fmt: skip
    capital_for_growth: bool = term(
        True, "Whether shareholders also pay in what new lending would take; else only what brings what there is within "
        "a limit.", unit="yes/no",
        source="scenario (ANT04, AAB05: Ant's microlenders got capital at the notice of 2017-12 and none to mid-2020)",
    )  # fmt: skip
    capital_days: int = term(
        120, "Days from the decision to raise capital to the cash.", unit="days",
        source="MODEL section 2 (60-180 days)", span=[60, 180], ge=1, le=720,
    )  # fmt: skip
    bridge_ppm: int = term(
        200_000, "Most that shareholders lend for a few days when lines are drawn, of net assets; beyond it the "
        "originator cannot pay and fails.", unit="ppm of net assets", source="assumption", span=[0, 1_000_000], ge=0,
        le=10_000_000,
    )  # fmt: skip
    price_pass_through: float = term(
        0.5, "Part of a change in funding cost and expected loss that reaches the fee.", unit="share",
        source="assumption", span=[0.2, 1.0], ge=0, le=1.5,
    )  # fmt: skip
    rate_caps: dict[datetime.date, Annotated[int, Field(gt=0, le=10_000_000)]] = term(
        {}, "Highest all-in yearly rate allowed, from each date on.", unit="ppm a year",
        source="scenario (RUL08 36 %, RUL10 4 x LPR)",
    )  # fmt: skip
    rate_cap_lpr: float | None = term(
        None, "Highest all-in yearly rate as a multiple of the one-year loan prime rate; null for none.", unit="x",
        source="scenario (RUL10: 4)", gt=0, le=100,
    )  # fmt: skip
    guided_ppm: Ppm = term(
        1_000_000, "Part of what it would lend that window guidance lets it lend.", unit="ppm", source="POL14"
    )
    grace_half_ppm: Ppm = term(
        500_000, "Part of its way to a limit that has been announced which it means to have gone at half the time.",
        unit="ppm of the way", source="assumption", span=[250_000, 900_000],
    )  # fmt: skip
    supports_deals: bool = term(
        False, "Whether it helps a failing deal without being bound to (implicit recourse).", unit="yes/no",
        source="scenario (JDB04)",
    )  # fmt: skip
    support_near_ppm: int = term(
        700_000, "How near a deal's defaults must have come to a trigger before it helps.", unit="ppm of the threshold",
        source="assumption", span=[400_000, 950_000], ge=0, le=2_000_000,
    )  # fmt: skip
    sees_register: bool = term(
        False, "Whether its score sees who is late at the lenders that report: the credit register, or shared data.",
        unit="yes/no", source="LVR12; choice: banks, consumer finance companies and a retailer that reports "
        "(PRD18) see it, platforms and microlenders do not",
    )  # fmt: skip
    screening: ScreeningTerms = term(ScreeningTerms(), "Screening.", unit="block", source="see fields")
    collecting: CollectingTerms = term(
        CollectingTerms(), "How hard it collects from those past due.", unit="block", source="see fields"
    )


class RetailerTerms(Terms):
    """The rest of a retailer's balance sheet: given series, since shopping and logistics are not simulated."""

    trade_payables_fen: dict[datetime.date, int] = term(
        ...,
        "Owed to suppliers at each date; between dates moved in equal monthly steps.",
        unit="fen",
        source="scenario (BAL04, BAL05)",
    )
    profit_fen: dict[datetime.date, int] = term(
        {},
        "Earned with goods a year, from each date on.",
        unit="fen a year",
        source="scenario (change of total assets BAL01 less liabilities BAL06)",
    )
    investing_outflow_fen: dict[datetime.date, int] = term(
        ..., "Net investing outflow a year, from each date on.", unit="fen a year", source="scenario (BAL08)"
    )
    return_ppm: int = term(
        80_000, "What its own funds earn in the shop: credit uses them last.", unit="ppm a year", source="assumption",
        span=[50_000, 150_000], ge=0, le=1_000_000,
    )  # fmt: skip


class OriginatorTerms(Terms):
    """An originator and servicer: its book, its balance sheet and its habits."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    kind: OriginatorKind = term(
        "microlender",
        "Licence: which rules of funding and lending apply.",
        unit="kind",
        source="AGT03-AGT05, AGT14, AGT16, AGT23",
    )
    parents: tuple[str, ...] = term(
        (),
        "Banks of the banking system whose arm it is: what it sells counts as sold by them, in proportion to their "
        "assets at the start. Of a lender of kind bank_arm only.",
        unit="parties",
        source="scenario",
    )
    lending: LendingTerms = term(..., "Its loan book.", unit="block", source="see fields")
    overdue_definition: Literal["1+", "30+"] = term(
        "1+",
        "Days past due from which its published overdue rate counts.",
        unit="days past due",
        source="CALIBRATION: reading A (30+) for Ant, 1+ for JD",
    )
    equity_fen: int = term(..., "Net assets at the start.", unit="fen", source="scenario", ge=0)
    equity_later: dict[datetime.date, int] = term(
        {},
        "Net assets of a market that opens on or after the first of these days, by straight line between them and flat "
        "after the last; before it they are `equity_fen`.",
        unit="fen by date",
        source="scenario",
    )
    debts: dict[str, DebtTerms] = term(
        ...,
        "Sources of funds by name; those without an opening amount balance the books, cheapest first up to their limits.",
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
        None, "Joint lending with banks; null for none.", unit="block", source="scenario"
    )
    bonds: BondTerms | None = term(None, "Bonds it may sell; null for none.", unit="block", source="scenario")
    transfer: TransferTerms | None = term(
        None, "Loans it may sell outright to a bank; null for none.", unit="block", source="scenario"
    )
    strategy: StrategyTerms | None = term(
        None,
        "How it plans its growth, funding, prices and screening; null for a lender that only meets demand.",
        unit="block",
        source="see fields",
    )
    retailer: RetailerTerms | None = term(
        None, "The rest of a retailer's balance sheet; null for other kinds.", unit="block", source="see fields"
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
