"""The terms of a trigger: what it measures, its threshold, its family and its effect."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from sim.deals.fields import Terms, term
from sim.deals.ratings import Rating


class TriggerKind(StrEnum):
    """What is measured."""

    CUMULATIVE_DEFAULT = "cumulative_default"
    NPL_RATIO = "npl_ratio"
    ASSET_SHORTFALL = "asset_shortfall"
    IDLE_CASH = "idle_cash"
    NO_PURCHASE = "no_purchase"
    LATE_REMITTANCE = "late_remittance"
    ORIGINATOR_INSOLVENT = "originator_insolvent"
    SERVICER_INSOLVENT = "servicer_insolvent"
    SERVICER_RATING = "servicer_rating"
    SERVICER_DISMISSED = "servicer_dismissed"
    TRANCHE_UNPAID_AT_EXPECTED_MATURITY = "tranche_unpaid_at_expected_maturity"
    SENIOR_INTEREST_UNPAID = "senior_interest_unpaid"
    PRINCIPAL_UNPAID_AT_LEGAL_MATURITY = "principal_unpaid_at_legal_maturity"


class Family(StrEnum):
    """The four families of events."""

    ACCELERATION = "acceleration"
    DEFAULT = "default"
    RIGHTS_PERFECTION = "rights_perfection"
    SERVICER_DISMISSAL = "servicer_dismissal"


class Effect(StrEnum):
    """What an event does to the deal."""

    END_REVOLVING = "end_revolving"
    ACCELERATE = "accelerate"
    EVENT_OF_DEFAULT = "event_of_default"
    SWITCH_REMITTANCE = "switch_remittance"
    DISMISS_SERVICER = "dismiss_servicer"


RATIO_KINDS: Final = frozenset(
    {TriggerKind.CUMULATIVE_DEFAULT, TriggerKind.NPL_RATIO, TriggerKind.ASSET_SHORTFALL, TriggerKind.IDLE_CASH}
)
IRREVERSIBLE: Final = frozenset({Effect.EVENT_OF_DEFAULT, Effect.SWITCH_REMITTANCE, Effect.DISMISS_SERVICER})
_COUNTS_PERIODS: Final = frozenset({TriggerKind.CUMULATIVE_DEFAULT, TriggerKind.NPL_RATIO, TriggerKind.ASSET_SHORTFALL})
_COUNTS_DAYS: Final = frozenset(
    {
        TriggerKind.IDLE_CASH,
        TriggerKind.NO_PURCHASE,
        TriggerKind.LATE_REMITTANCE,
        TriggerKind.SENIOR_INTEREST_UNPAID,
        TriggerKind.PRINCIPAL_UNPAID_AT_LEGAL_MATURITY,
    }
)

_ThresholdBp = Annotated[int, Field(gt=0, le=20_000)]
_Year = Annotated[int, Field(ge=1, le=30)]


class TriggerTerms(Terms):
    """One trigger of a deal."""

    kind: TriggerKind = term(description="What is measured", unit="kind", source="deal grammar sections 5 and 7")
    family: Family = term(description="Family of the event", unit="family", source="deal grammar section 5")
    effect: Effect = term(description="What the event does", unit="effect")
    threshold_bp: _ThresholdBp | dict[_Year, _ThresholdBp] | None = term(
        None,
        description="Threshold of a ratio; or by year of the deal's life, where the last year not above the current "
        "one holds. An asset shortfall is a ratio below it, every other breach a ratio above it",
        unit="bp",
    )
    denominator: Literal["cutoff_pool", "cutoff_pool_and_purchases"] | None = term(
        None,
        description="Cumulative default only: 'cutoff_pool' (the default), or 'cutoff_pool_and_purchases'",
        unit="basis",
    )
    periods: int = term(1, description="Payment periods in a row in breach", unit="periods", between=(1, 24))
    days: int = term(
        0,
        description="Idle cash, no purchase: calendar days in breach. Late remittance, unpaid interest or principal: "
        "working days overdue",
        unit="days",
        between=(0, 400),
    )
    minimum_rating: Rating | None = term(None, description="Lowest rating the servicer must keep", unit="rating")
    cures: bool = term(False, description="Whether the effect ends when the breach ends", unit="yes/no")

    @model_validator(mode="after")
    def _fields_match_kind(self) -> TriggerTerms:
        faults = [
            *_presence("threshold_bp", self.threshold_bp is not None, self.kind, self.kind in RATIO_KINDS),
            *_presence(
                "minimum_rating", self.minimum_rating is not None, self.kind, self.kind is TriggerKind.SERVICER_RATING
            ),
        ]
        if self.denominator is not None and self.kind is not TriggerKind.CUMULATIVE_DEFAULT:
            faults.append(f"kind {self.kind} has no 'denominator'; remove it")
        if isinstance(self.threshold_bp, dict) and 1 not in self.threshold_bp:
            faults.append("threshold_bp by year has no year 1; add it")
        if self.periods != 1 and self.kind not in _COUNTS_PERIODS:
            faults.append(f"kind {self.kind} has no 'periods'; remove it")
        if self.days != 0 and self.kind not in _COUNTS_DAYS:
            faults.append(f"kind {self.kind} has no 'days'; remove it")
        if self.kind is TriggerKind.NO_PURCHASE and self.days == 0:
            faults.append("kind no_purchase needs 'days' above 0; add it")
        if self.cures and self.effect in IRREVERSIBLE:
            faults.append(f"effect {self.effect} never ends; set cures to false")
        if faults:
            raise ValueError("trigger: " + "; ".join(faults))
        return self

    def threshold_in_year(self, year: int) -> int:
        """The threshold in bp in the `year`-th year from closing (1 = the first); 0 for kinds without a ratio."""
        if isinstance(self.threshold_bp, dict):
            return self.threshold_bp[max(known for known in self.threshold_bp if known <= max(year, 1))]
        return self.threshold_bp or 0


def _presence(field: str, given: bool, kind: TriggerKind, needed: bool) -> list[str]:
    if given == needed:
        return []
    return [f"kind {kind} {'needs' if needed else 'has no'} '{field}'; {'add' if needed else 'remove'} it"]
