"""The macro stress index M(t), in standard deviations from trend; positive is bad.

A path is data with dates: monthly values between which nothing is interpolated, since a month's news is published once.
Integer thousandths of a standard deviation, so that thresholds built from it are the same on every machine.
"""

from __future__ import annotations

import datetime

from pydantic import BaseModel, ConfigDict, Field

from sim.calendar import day_of, month_index


class MacroTerms(BaseModel):
    """Dated steps of the stress index: each value holds from its date to the next."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    stress: dict[datetime.date, float] = Field(
        default_factory=dict,
        description="Stress index from each date on; before the first date it is 0 (the trend).",
        json_schema_extra={
            "unit": "standard deviations",
            "source": "assumption: weights of MODEL section 1",
            "range": [-3, 6],
        },
    )

    def stress_milli(self, day: int) -> int:
        """The index on a day in thousandths of a standard deviation: the last step dated at or before the day's
        month."""
        month = month_index(day)
        value = 0.0
        for start, level in sorted(self.stress.items()):
            if month_index(day_of(start)) <= month:
                value = level
        return round(1000 * value)
