"""The terms of a rating agency: its method, its fees and costs, how it bends to competition, and its surveillance."""

from __future__ import annotations

from sim.credit.terms import Ppm, Terms, term


class RatingAgencyTerms(Terms):
    """An agency's method, business and thresholds of surveillance."""

    title: str = term(..., "Name in the world.", unit="text", source="scenario")
    capital_fen: int = term(
        0, "Cash at the start.", unit="fen", source="assumption", span=[0, 1e11], ge=0, le=1_000_000_000_000
    )
    correlation_ppm: Ppm = term(
        65_000,
        "Asset correlation of the published method.",
        unit="ppm",
        source="fitted once: DEA02 and DEA03 on POO02 (docs/economics.md)",
        span=[30_000, 120_000],
    )
    history_haircut_ppm: int = term(
        500_000,
        "Added to expected defaults of a lender without history.",
        unit="ppm",
        source="assumption",
        span=[200_000, 1_000_000],
        ge=0,
        le=3_000_000,
    )
    noise_ppm: Ppm = term(
        30_000,
        "Largest difference, either way, that an analyst's view of a deal makes to the support asked for.",
        unit="ppm of the support",
        source="assumption",
        span=[0, 100_000],
    )
    fee_ppm: int = term(
        60, "Fee for a rating, of the issue.", unit="ppm", source="assumption", span=[20, 200], ge=0, le=10_000
    )
    least_fee_fen: int = term(
        15_000_000, "Least fee for a rating.", unit="fen", source="assumption", span=[5e6, 5e7], ge=0, le=10**10
    )
    files_at_once: int = term(
        6,
        "Mandates on their way to market that its analysts serve side by side; each beyond makes an issuer wait a day.",
        unit="mandates",
        source="assumption",
        span=[3, 15],
        ge=1,
        le=10_000,
    )
    cost_per_deal_fen: int = term(
        1_500_000,
        "Analysts' cost a month of each deal under surveillance by the method.",
        unit="fen a month",
        source="assumption",
        span=[5e5, 5e6],
        ge=0,
        le=10**10,
    )
    fixed_cost_fen: int = term(0, "Cost a month besides.", unit="fen a month", source="scenario", ge=0, le=10**12)
    response_ppm: int = term(
        5_000_000,
        "Part of contested mandates it believes to win for all of the support waived, before it has a record.",
        unit="ppm",
        source="assumption: 5 % of mandates for each 1 % of the support; sign: issuers choose who asks for least",
        span=[0, 15_000_000],
        ge=0,
        le=100_000_000,
    )
    name_mandates: int = term(
        20,
        "Mandates that a downgrade of what it rated costs it in the years after, at its mean fee.",
        unit="mandates",
        source="assumption; sign: Bolton, Freixas and Shapiro, J. Finance 67 (2012) 85",
        span=[5, 60],
        ge=0,
        le=100_000,
    )
    most_leniency_ppm: int = term(
        250_000,
        "Most by which leniency lowers the support asked for.",
        unit="ppm of the support",
        source="assumption around the 12 % of AAA beyond the model in Griffin and Tang, J. Finance 67 (2012) 1293",
        span=[100_000, 400_000],
        ge=0,
        le=900_000,
    )
    revision_ppm: int = term(
        200_000,
        "Change of the correlation after more losses outside the 99 % band of its forecasts than chance gives.",
        unit="ppm",
        source="assumption",
        span=[100_000, 500_000],
        ge=0,
        le=2_000_000,
    )
    upgrade_months: int = term(
        6,
        "Months in a row a better letter must be earned when a regular review comes.",
        unit="months",
        source="assumption",
        span=[3, 12],
        ge=1,
        le=60,
    )
    watch_share_ppm: int = term(
        700_000,
        "Scripted deals: credit support below this share of its opening level puts a tranche on watch.",
        unit="ppm",
        source="assumption",
        span=[500_000, 900_000],
        ge=0,
        le=1_000_000,
    )
    downgrade_share_ppm: int = term(
        400_000,
        "Scripted deals: below this share it is downgraded a notch a month.",
        unit="ppm",
        source="assumption",
        span=[200_000, 700_000],
        ge=0,
        le=1_000_000,
    )
