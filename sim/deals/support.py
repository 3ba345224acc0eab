"""What stands behind the notes besides the pool: reserves, the deficiency payer, buy-backs and the cash route."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import model_validator

from sim.deals.fields import BP, PPM, Terms, term


class ReserveTerms(Terms):
    """A cash reserve that fills shortfalls of senior lines; what exceeds the target is released."""

    target_bp: int = term(description="Target, of the notes but the residual one", unit="bp", between=(0, BP))
    initial_bp: int = term(0, description="Funded at closing, of the same notes", unit="bp", between=(0, BP))
    funded_by: Literal["originator", "proceeds"] = term(
        "originator",
        description="Who pays the initial amount: the originator, or the proceeds of the notes",
        unit="role",
    )


class SpreadAccountTerms(Terms):
    """Excess spread trapped up to a target before it may leave the deal."""

    target_bp: int = term(description="Target, of the notes but the residual one", unit="bp", between=(1, BP))


class SupportTerms(Terms):
    """External support: the deficiency payer fills what cash and reserves cannot, up to a limit."""

    limit_bp: int | None = term(
        None, description="Limit, of the notes but the residual one", unit="bp", between=(1, BP)
    )
    limit_fen: int | None = term(None, description="Limit as an amount", unit="fen", between=(1, 10**15))
    fee_ppm: int | None = term(
        None, description="Fee on what it can still be called for; null for that of the guarantor's list",
        unit="ppm a year", source="AGT21 (priced on maximum risk)", between=(0, PPM),
    )  # fmt: skip
    covers: tuple[Literal["expenses", "senior_interest", "senior_principal"], ...] = term(
        ("senior_interest", "senior_principal"),
        description="Lines it covers: taxes, fees and expenses before interest; interest; principal fallen due",
        unit="lines",
    )

    @model_validator(mode="after")
    def _one_limit(self) -> SupportTerms:
        if (self.limit_bp is None) == (self.limit_fen is None):
            raise ValueError("support: give exactly one of limit_bp and limit_fen")
        if not self.covers:
            raise ValueError("support: covers is empty; name at least one line or remove support")
        return self


class OverdueBuyBackTerms(Terms):
    """The originator takes back long-overdue loans at book: support that can end on a date."""

    days_past_due: int = term(description="Days past due from which it buys back", unit="days", between=(1, 720))
    until: date | None = term(
        None,
        description="Last day of the support; null while it stays",
        unit="date",
        source="JD bought back receivables more than 180 days overdue until 2019/20 (paper facts)",
    )


class BuyBackTerms(Terms):
    """What the originator buys back from the pool at the unpaid balance."""

    ineligible: bool = term(True, description="Loans found not to have met the criteria", unit="yes/no")
    overdue: OverdueBuyBackTerms | None = term(None, description="Long-overdue loans; null for none", unit="terms")


class RemittanceTerms(Terms):
    """How collections travel from the servicer to the deal's own account."""

    frequency: Literal["daily", "monthly"] = term(
        "daily", description="How often collections are passed on", unit="rule"
    )
    commingled: bool = term(
        False,
        description="Whether cash rests in the servicer's own account until then: an unsecured claim on it",
        unit="yes/no",
    )
    working_days_after: int = term(
        0,
        description="Working days after the day (daily) or the calculation day (monthly) on which cash is passed on",
        unit="days",
        source="5 for the monthly remittance of deal grammar section 2",
        between=(0, 20),
    )


MOST_RETURN_BP = 5_000
"""Highest return of a residual class that terms can promise, a year."""


class ServicerIncentiveTerms(Terms):
    """Sharing of the residual between the residual tranche and the servicer, after all notes are repaid."""

    front_return_bp: int = term(
        description="First return of the residual tranche, less period yield paid",
        unit="bp a year",
        between=(0, MOST_RETURN_BP),
    )
    hurdle_bp: int = term(
        description="Total return up to which the residual is shared", unit="bp a year", between=(0, MOST_RETURN_BP)
    )
    sub_share_bp: int = term(
        description="The residual tranche's share until the hurdle; the servicer takes the rest and all beyond it",
        unit="bp",
        between=(1, BP),
    )

    @model_validator(mode="after")
    def _hurdle_above_front(self) -> ServicerIncentiveTerms:
        if self.hurdle_bp < self.front_return_bp:
            raise ValueError(
                f"servicer_incentive: hurdle_bp {self.hurdle_bp} is below front_return_bp; raise it to at least "
                f"{self.front_return_bp}"
            )
        return self
