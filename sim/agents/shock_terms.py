"""Dated shocks to a market: what a stress scenario adds to a world, by name, each a kind with its own figures.

Shocks to the economy stand in `macro.shocks`; a lender that fails has `fails_on` in its terms. A shock of one day has
`on`; one that lasts has `from` and `until`.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from sim.credit.terms import Ppm, Terms, term


class OnceTerms(Terms):
    """What happens at the opening of one day."""

    on: datetime.date = term(..., "Day on which it happens.", unit="date", source="scenario")

    @property
    def first_day(self) -> datetime.date:
        """The first day on which anything is different."""
        return self.on

    def strikes(self, day: datetime.date) -> bool:
        """Whether this is the day."""
        return day == self.on


class FailureTerms(OnceTerms):
    """An institution stops working, whatever its balance sheet says."""

    shock: Literal["failure"] = term(..., "Kind of shock.", unit="kind", source="choice")
    party: str = term(
        ..., "Who fails: bank:, manager:, guarantor:, dealer: or investor:.", unit="id", source="scenario"
    )


class AssetLossTerms(OnceTerms):
    """A bank finds part of its general loans worthless and writes them off."""

    shock: Literal["asset_loss"] = term(..., "Kind of shock.", unit="kind", source="choice")
    party: str = term(..., "The bank.", unit="id", source="scenario")
    share_ppm: Ppm = term(..., "Part of its loans to firms.", unit="ppm", source="scenario", span=[10_000, 200_000])


class DepositRunTerms(OnceTerms):
    """The public takes part of its deposits from a bank to others within a day."""

    shock: Literal["deposit_run"] = term(..., "Kind of shock.", unit="kind", source="choice")
    party: str = term(..., "The bank.", unit="id", source="scenario")
    share_ppm: Ppm = term(..., "Part of the public's deposits.", unit="ppm", source="scenario", span=[50_000, 500_000])


class RatingRevisionTerms(OnceTerms):
    """Agencies find their method too lenient: from the next look on it assumes more correlation among borrowers."""

    shock: Literal["rating_revision"] = term(..., "Kind of shock.", unit="kind", source="choice")
    rise_ppm: int = term(
        ..., "Rise of the correlation of every agency's method.", unit="ppm", source="scenario",
        span=[20_000, 300_000], ge=0, le=900_000,
    )  # fmt: skip


class LastingTerms(Terms):
    """What holds from a day on, until its last day."""

    since: datetime.date = term(..., "First day.", unit="date", source="scenario", alias="from")
    until: datetime.date | None = term(None, "Last day; null while it stays.", unit="date", source="scenario")

    @model_validator(mode="after")
    def _dates(self) -> LastingTerms:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until} lies before from {self.since}; put the later date in until")
        return self

    @property
    def first_day(self) -> datetime.date:
        """The first day on which anything is different."""
        return self.since

    def lasts(self, day: datetime.date) -> bool:
        """Whether it holds on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


class RedemptionsTerms(LastingTerms):
    """Those whose money investors manage take part of it out every month."""

    shock: Literal["redemptions"] = term(..., "Kind of shock.", unit="kind", source="choice")
    monthly_ppm: Ppm = term(
        ..., "Taken out a month beyond what usually comes and goes, of assets.", unit="ppm a month", source="scenario",
        span=[10_000, 200_000],
    )  # fmt: skip


class LinesWithdrawnTerms(LastingTerms):
    """Banks lend lenders less on lines than they would; at nothing they roll over none and take back what is drawn."""

    shock: Literal["lines_withdrawn"] = term(..., "Kind of shock.", unit="kind", source="choice")
    kept_ppm: Ppm = term(
        ..., "Part of each limit that is left; at 0 what is drawn is not rolled over either, but taken back within "
        "`run_off_months` of the line.", unit="ppm", source="scenario", span=[0, 500_000],
    )  # fmt: skip


OneDay: TypeAlias = FailureTerms | AssetLossTerms | DepositRunTerms | RatingRevisionTerms
Shock: TypeAlias = Annotated[OneDay | RedemptionsTerms | LinesWithdrawnTerms, Field(discriminator="shock")]
