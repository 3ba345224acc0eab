"""A full bank: its opening balance sheet, and how it earns, lends, provides, chooses risk and keeps itself liquid."""

from __future__ import annotations

import datetime
from typing import Literal

from sim.credit.terms import Ppm, Terms, term
from sim.markets.mandates import MandateTerms

REST = "rest_of_system"
"""Name of the bank that stands for all banks nobody names: it keeps the world's purses and lends last."""

Group = Literal["large", "joint_stock", "regional", "rest"]


class BankConductTerms(Terms):
    """How banks earn and lend; one block for all of them, so that banks differ by what they hold and not by decree."""

    lending_spread_ppm: int = term(
        4_000, "Rate of corporate and other loans over the policy rate, for the mean portfolio.",
        unit="ppm a year", source="assumption, so that return on assets lies near BKS08 (0.77 %)", span=[0, 20_000], ge=0, le=200_000,
    )  # fmt: skip
    risk_premium_ppm: int = term(
        10_000, "How much more the riskiest portfolio (risk share 1) pays than the safest.",
        unit="ppm a year", source="assumption", span=[0, 40_000], ge=0, le=200_000,
    )  # fmt: skip
    deposit_rate_ppm: int = term(
        18_000, "Interest on public deposits.", unit="ppm a year", source="assumption", span=[10_000, 25_000], ge=0, le=100_000,
    )  # fmt: skip
    government_discount_ppm: int = term(
        11_000, "Yield of government bonds below the policy rate.", unit="ppm a year", source="assumption", span=[5_000, 18_000], ge=0, le=100_000,
    )  # fmt: skip
    subordinated_spread_ppm: int = term(
        2_000, "Rate of tier-2 and additional tier-1 bonds over the policy rate.", unit="ppm a year", source="assumption", span=[0, 15_000], ge=0, le=100_000,
    )  # fmt: skip
    operating_cost_ppm: int = term(
        8_500, "Running costs, of assets.", unit="ppm a year", source="assumption", span=[5_000, 12_000], ge=0, le=50_000,
    )  # fmt: skip
    fee_income_ppm: int = term(
        3_000, "Fees earned for services other than lending, of assets.", unit="ppm a year", source="assumption", span=[1_000, 5_000], ge=0, le=50_000,
    )  # fmt: skip
    tax_ppm: Ppm = term(
        170_000, "Income tax on a month's profit (government bonds are exempt, so less than the statutory rate).", unit="ppm", source="assumption", span=[130_000, 250_000],
    )  # fmt: skip
    payout_ppm: Ppm = term(
        300_000, "Share of a year's profit paid out at the end of June, if capital allows.", unit="ppm", source="assumption", span=[200_000, 400_000],
    )  # fmt: skip
    default_ppm: Ppm = term(
        12_000, "Yearly inflow into non-performing loans of the mean portfolio, unmonitored, at trend.", unit="ppm a year", source="assumption near the inflow that keeps NPL at BKS01", span=[8_000, 25_000],
    )  # fmt: skip
    stress_effect: float = term(
        0.3, "Log change of that inflow per standard deviation of macro stress.", unit="log points", source="assumption", span=[0.1, 0.7], ge=0, le=3,
    )  # fmt: skip
    shock_sd: float = term(
        0.15, "Log standard deviation of a bank's own monthly shock to it.", unit="log points", source="assumption", span=[0, 0.5], ge=0, le=2,
    )  # fmt: skip
    resolved_ppm: Ppm = term(
        50_000, "Share of non-performing loans resolved a month, by collection or by write-off.", unit="ppm a month", source="assumption", span=[30_000, 100_000],
    )  # fmt: skip
    recovered_ppm: Ppm = term(
        500_000, "Part of resolved loans collected in cash; the rest is lost.", unit="ppm", source="assumption", span=[300_000, 600_000],
    )  # fmt: skip
    coverage_asked_ppm: int = term(
        1_500_000, "Least allowance over non-performing loans by regulation.", unit="ppm", source="assumption: 150 % as published by the regulator, not in the facts files", span=[1_200_000, 1_500_000], ge=0, le=10_000_000,
    )  # fmt: skip
    coverage_relief_ppm: dict[datetime.date, int] = term(
        {datetime.date(2018, 3, 1): 300_000}, "How much less of it is asked of a bank with all the capital it means to keep, from each date on; in proportion of others.", unit="ppm",
        source="assumption: 120 to 150 % by bank as published by the regulator in 2018, not in the facts files", span=[0, 300_000],
    )  # fmt: skip
    repayment_ppm: Ppm = term(
        30_000, "Share of performing loans falling due a month.", unit="ppm a month", source="assumption", span=[15_000, 60_000],
    )  # fmt: skip
    risky_rate: float = term(
        0.05, "Margin earned on the risky portfolio (R).", unit="fraction a year", source="assumption (MODEL 6)", span=[0.03, 0.08], ge=0, le=1,
    )  # fmt: skip
    risky_default: float = term(
        0.03, "Default probability of the risky portfolio, unmonitored (p0).", unit="fraction a year", source="assumption (MODEL 6)", span=[0.01, 0.06], ge=0, le=1,
    )  # fmt: skip
    loss_given_default: float = term(
        0.6, "Loss given default (LGD).", unit="fraction", source="assumption (MODEL 6)", span=[0.4, 0.9], ge=0, le=1,
    )  # fmt: skip
    monitoring_effect: float = term(
        0.5, "Share of defaults that full monitoring prevents (eta).", unit="fraction", source="assumption (MODEL 6)", span=[0.2, 0.8], ge=0, le=1,
    )  # fmt: skip
    monitoring_cost: float = term(
        0.02, "Cost of monitoring (kappa, of kappa m^2 / 2).", unit="fraction a year", source="assumption (MODEL 6)", span=[0.01, 0.06], gt=0, le=10,
    )  # fmt: skip
    illiquidity_cost: float = term(
        0.2, "Cost of illiquidity (gamma).", unit="fraction a year", source="assumption (MODEL 6)", span=[0.1, 0.6], gt=0, le=10,
    )  # fmt: skip
    illiquidity: float = term(
        1.0, "Liquid means a unit of risk asks for (a).", unit="ratio", source="assumption (MODEL 6)", span=[0.5, 1.5], gt=0, le=10,
    )  # fmt: skip
    liquid_means: float = term(
        0.34, "Liquid means without sales, for a bank as liquid as all banks at the start (l0).", unit="fraction", source="assumption: MODEL 6's 0.3, and what makes up for the owners' stake, so that the mean bank takes the same risk", span=[0.1, 0.5], ge=0, le=10,
    )  # fmt: skip
    liquidity_of_sales: float = term(
        0.5, "Liquid means gained per unit securitised (l1).", unit="ratio", source="assumption (MODEL 6)", span=[0.2, 0.8], ge=0, le=10,
    )  # fmt: skip
    failure_chance: float = term(
        0.1, "Chance a year that a bank with all at risk fails; falls with the square of the risk share (pi).", unit="fraction a year",
        source="assumption (Hellmann-Murdock-Stiglitz 2000: what an owner has to lose restrains him)", span=[0.02, 0.3], ge=0, le=1,
    )  # fmt: skip
    monitoring_scale: float = term(
        0.1, "By how many per cent monitoring costs less for each per cent by which a bank is larger.", unit="elasticity",
        source="assumption: economies of scale of banks (Hughes and Mester, J Financial Intermediation 22 (2013) 559)", span=[0.0, 0.25], ge=0, le=1,
    )  # fmt: skip
    usual_share_ppm: Ppm = term(
        20_000, "Share of all banking assets of a bank whose monitoring costs what monitoring_cost says.", unit="ppm", source="assumption: between the large and the joint-stock banks", span=[10_000, 50_000], gt=0,
    )  # fmt: skip
    state_per_stress: float = term(
        0.5, "Rise of the state S over 1 per standard deviation of macro stress above trend.", unit="ratio", source="assumption", span=[0.2, 1.0], ge=0, le=5,
    )  # fmt: skip
    interbank_spread_ppm: int = term(
        -14_000, "Overnight interbank rate over the policy rate.", unit="ppm a year", source="assumption", span=[-25_000, 0], ge=-100_000, le=100_000,
    )  # fmt: skip
    term_premium_ppm: int = term(
        6_000, "Three-month interbank rate over overnight; a week pays a quarter of it.", unit="ppm a year", source="assumption", span=[2_000, 12_000], ge=0, le=100_000,
    )  # fmt: skip
    penalty_ppm: int = term(
        10_000, "Rate of the last resort over the policy rate.", unit="ppm a year", source="assumption", span=[0, 30_000], ge=0, le=200_000,
    )  # fmt: skip
    interbank_limit_ppm: Ppm = term(
        250_000, "Most a bank lends another, of its tier 1, at full confidence.", unit="ppm", source="assumption: the large-exposure idea", span=[100_000, 250_000],
    )  # fmt: skip
    confidence_buffer_ppm: int = term(
        15_000, "Capital ratio above the minimum at which others lend without reserve; at the minimum itself they stop.", unit="ppm", source="assumption", span=[5_000, 30_000], ge=1, le=200_000,
    )  # fmt: skip
    excess_reserve_ppm: Ppm = term(
        15_000, "Reserves held beyond the requirement, of deposits.", unit="ppm", source="assumption", span=[8_000, 30_000],
    )  # fmt: skip
    deposit_mobility_ppm: Ppm = term(
        100_000, "Share of the gap to a bank's share of public deposits that closes a month.", unit="ppm a month", source="assumption", span=[30_000, 300_000],
    )  # fmt: skip
    deposit_shock_ppm: Ppm = term(
        4_000, "Standard deviation of the deposits that come or leave in a month, of a bank's own.", unit="ppm a month", source="assumption", span=[0, 15_000],
    )  # fmt: skip
    run_ppm: Ppm = term(
        40_000, "Deposits that leave in a month a bank known to be below its minimum.", unit="ppm a month", source="assumption", span=[0, 200_000],
    )  # fmt: skip
    bonds_ppm: Ppm = term(
        6_000, "Most perpetual and tier-2 bonds sold in a year, of risk-weighted assets.", unit="ppm a year", source="assumption: what a market for them takes", span=[3_000, 15_000],
    )  # fmt: skip
    bond_days: int = term(
        150, "Days from the decision to sell such bonds to their payment: general meeting, two approvals, placing.", unit="days", source="assumption", span=[90, 300], ge=1, le=1_000,
    )  # fmt: skip
    shares_ppm: Ppm = term(
        150_000, "Most new shares sold in a year, of equity.", unit="ppm a year", source="assumption: a placement is bounded to a part of the shares", span=[50_000, 300_000],
    )  # fmt: skip
    share_days: int = term(
        300, "Days from the decision to sell shares to their payment: general meeting, the regulators of banks and of securities, placing.", unit="days", source="assumption", span=[180, 540], ge=1, le=1_000,
    )  # fmt: skip
    share_discount_ppm: Ppm = term(
        100_000, "How far below their price new shares are sold.", unit="ppm", source="assumption", span=[0, 200_000], le=900_000,
    )  # fmt: skip
    issue_cost_ppm: Ppm = term(
        5_000, "Advisers and placing, of what new bonds or shares bring.", unit="ppm", source="assumption", span=[2_000, 30_000],
    )  # fmt: skip
    line_share_ppm: Ppm = term(
        100_000, "Most lent to one platform on a line, of tier 1, at the mean risk appetite.", unit="ppm", source="assumption", span=[20_000, 150_000],
    )  # fmt: skip
    line_leverage: float = term(
        0.5, "Most one bank lends a platform on a line, as a multiple of the platform's net assets.", unit="ratio", source="assumption (Chongqing's bank limit, RUL09 note)", span=[0.2, 2.0], ge=0, le=20,
    )  # fmt: skip
    line_spread_ppm: int = term(
        8_000, "Margin asked on a line over marginal cost of funds and capital, for a borrower without debt.", unit="ppm a year", source="assumption", span=[2_000, 25_000], ge=0, le=200_000,
    )  # fmt: skip
    leverage_spread_ppm: int = term(
        2_500, "Addition per unit of the borrower's debt over net assets.", unit="ppm a year", source="assumption", span=[500, 6_000], ge=0, le=100_000,
    )  # fmt: skip
    stranger_spread_ppm: int = term(
        5_000, "Addition for a borrower the bank does not know, and judges by registers and the mean of the sector.", unit="ppm a year", source="assumption", span=[0, 20_000], ge=0, le=100_000,
    )  # fmt: skip
    joint_share_ppm: Ppm = term(
        200_000, "Appetite for joint loans, of assets: a regional bank's at full risk share; others' by their group.", unit="ppm", source="assumption: Ant's partners then mean to hold 2 trn in 2020 (0.2 x risk share 0.43 x 16 trn of regional and a fifth of 36 trn of joint-stock banks), ANT15's market; RUL12 exists because some banks went far", span=[100_000, 300_000],
    )  # fmt: skip
    joint_margin_ppm: int = term(
        20_000, "Margin asked on joint loans over funds, expected loss and capital, when half its appetite for them is used.", unit="ppm a year", source="assumption", span=[5_000, 50_000], ge=0, le=300_000,
    )  # fmt: skip
    joint_default_ppm: Ppm = term(
        25_000, "Yearly loss a bank expects on joint loans before it has its own experience.", unit="ppm a year", source="assumption", span=[10_000, 50_000],
    )  # fmt: skip
    alone_share_ppm: Ppm = term(
        700_000, "Part of its quota of joint loans with a platform that it lends without the platform's funds in them, "
        "once it judges applicants itself.", unit="ppm", source="assumption: POL21 (the part funded by banks goes on "
        "under another name), CFX08 (more than 10 of about 100 partner banks stopped, more pared)",
        span=[400_000, 1_000_000],
    )  # fmt: skip
    alone_ready_days: int = term(
        420, "Days from a platform's request until it judges all its applicants itself; its quota grows day by day.",
        unit="days", source="assumption: the days from the draft to 2022-01-01 (RUL12)", span=[180, 540], ge=1, le=1_500,
    )  # fmt: skip
    alone_cost_ppm: int = term(
        5_000, "What judging them costs it, of loans it makes alone.", unit="ppm a year", source="assumption",
        span=[2_000, 20_000], ge=0, le=200_000,
    )  # fmt: skip
    panel_ppm: Ppm = term(
        250_000, "Share of lenders that one bank knows well enough to lend to or to buy the notes of.", unit="ppm", source="assumption", span=[100_000, 1_000_000],
    )  # fmt: skip
    mandate: MandateTerms | None = term(
        None, "Which notes it may buy and what it asks for them; null for none.", unit="block", source="see fields"
    )
    securities_share_ppm: Ppm = term(
        6_000, "Appetite for securitisation notes of the kinds sold here, of assets, at full risk share.", unit="ppm", source="assumption: of the 4 trn of all ABS at the end of 2019 (MKT03), of which enterprise ABS and consumer notes about 1.5-2 trn (MKT01, MKT07), half with banks of 290 trn (BKS08)", span=[3_000, 12_000],
    )  # fmt: skip


class BankBalanceTerms(Terms):
    """The opening balance sheet of a full bank. Loans take what reserves, bonds and interbank
    claims leave of its assets; public deposits what interbank debt and capital leave of its liabilities."""

    group: Group = term("regional", "Size group.", unit="group", source="scenario")
    assets_fen: int = term(..., "Total assets at the start.", unit="fen", source="scenario", gt=0, le=10**18)
    government_ppm: Ppm = term(
        200_000, "Government bonds, of assets.", unit="ppm", source="assumption", span=[120_000, 280_000],
    )  # fmt: skip
    interbank_lent_ppm: Ppm = term(
        60_000, "Lent to other banks, of assets; scaled so that the system nets to 0.", unit="ppm", source="assumption", span=[20_000, 150_000],
    )  # fmt: skip
    interbank_borrowed_ppm: Ppm = term(
        60_000, "Borrowed from other banks, of assets.", unit="ppm", source="assumption", span=[20_000, 200_000],
    )  # fmt: skip
    cet1_ppm: Ppm = term(105_000, "CET1 over risk-weighted assets.", unit="ppm", source="scenario (BKS01)")
    tier1_ppm: Ppm = term(119_000, "Tier 1 over risk-weighted assets.", unit="ppm", source="scenario (BKS01)")
    capital_ppm: Ppm = term(146_000, "Capital (CAR) over risk-weighted assets.", unit="ppm", source="scenario (BKS01)")
    minimum_ppm: Ppm = term(
        105_000, "Minimum capital ratio: 10.5 %, of systemically important banks 11.5 %.", unit="ppm", source="RUL16"
    )
    phase_in_ppm: dict[datetime.date, Ppm] = term(
        {}, "Part of the minimum that is not yet in force, from each date; none before the first.", unit="ppm",
        source="scenario",
    )  # fmt: skip
    npl_ppm: Ppm = term(18_000, "Non-performing share of loans.", unit="ppm", source="scenario (BKS01)")
    clientele_ppm: int = term(
        1_000_000, "How often its borrowers default, of the mean bank's: as often as its non-performing share says.",
        unit="ppm", source="scenario", ge=0, le=10_000_000,
    )  # fmt: skip
    system_share_ppm: Ppm = term(
        20_000, "Its part of all banking assets at the start; of one that stands for many, that of a usual one.",
        unit="ppm", source="scenario", gt=0,
    )  # fmt: skip
    coverage_ppm: int = term(
        2_050_000, "Allowance over non-performing loans at the start: it says how many years ahead of losses a bank provides.", unit="ppm", source="BKS04", span=[1_500_000, 2_500_000], ge=0, le=10_000_000,
    )  # fmt: skip
    joint_appetite_ppm: Ppm = term(
        1_000_000,
        "Appetite for joint loans relative to the conduct's joint_share_ppm.",
        unit="ppm",
        source="assumption by group",
        span=[0, 1_000_000],
    )
    growth_ppm: dict[datetime.date, int] = term(
        {datetime.date(2010, 1, 1): 93_000}, "Growth of assets aimed at, from each date on.", unit="ppm a year",
        source="BKS08: mean growth 2020-2023", span=[50_000, 130_000],
    )  # fmt: skip
    conduct: BankConductTerms = term(BankConductTerms(), "How it earns and lends.", unit="block", source="see fields")

    def growth_on(self, when: datetime.date) -> int:
        """The yearly growth of assets aimed at on a day, ppm."""
        return next((rate for start, rate in sorted(self.growth_ppm.items(), reverse=True) if start <= when), 0)

    def minimum_on(self, when: datetime.date) -> int:
        """The minimum capital ratio in force on a day."""
        waived = next((part for start, part in sorted(self.phase_in_ppm.items(), reverse=True) if start <= when), 0)
        return self.minimum_ppm - waived
