"""What every dated policy says: when it is announced, takes effect, must be met and ends, whom it binds, where it is
written."""

from __future__ import annotations

import datetime
import itertools
import re
from typing import Final, Literal, get_args

from pydantic import Field, field_validator, model_validator

from sim.deals.fields import Terms, term

Licence = Literal["microlender", "retailer", "platform", "consumer_finance", "p2p", "bank"]
"""Licences a rule can apply to."""

LICENCES: Final[tuple[str, ...]] = get_args(Licence)
_NAMED = re.compile(r"(originator|bank):[a-z0-9][a-z0-9_-]{0,63}")


class PolicyTerms(Terms):
    """The dates and the reach of a policy; each kind adds its own figures.

    Four dates: nobody knows it before the hour `open` of `announced`; it is law from `from`; who stood beyond it at the
    announcement must be within it by `deadline`; `until` is its last day.
    """

    announced: datetime.date | None = term(
        None, description="Day on which it is published; null for the day it takes effect", unit="date",
        source="scenario",
    )  # fmt: skip
    since: datetime.date = term(description="First day in force", unit="date", source="scenario", alias="from")
    deadline: datetime.date | None = term(
        None, description="Day by which those beyond a limit must be within it; null for no grace", unit="date",
        source="scenario",
    )  # fmt: skip
    until: datetime.date | None = term(
        None, description="Last day in force; null while it stays", unit="date", source="scenario"
    )
    applies_to: tuple[str, ...] = term(
        (), description="Licences (microlender, ...) or institutions (originator:name, bank:name) bound; empty for all "
        "that this kind of policy concerns", unit="licences or parties", source="scenario",
    )  # fmt: skip
    source: str = Field(
        description="Id of the policy in the facts files, or what it is assumed from.",
        json_schema_extra={"unit": "id", "source": "scenario"},
    )

    @field_validator("applies_to")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in names if name not in LICENCES and not _NAMED.fullmatch(name)]
        if wrong:
            raise ValueError(f"'{wrong[0]}' is none of {', '.join(LICENCES)}, and no originator:name or bank:name")
        return names

    @model_validator(mode="after")
    def _in_order(self) -> PolicyTerms:
        dates = (("announced", self.announced), ("from", self.since), ("deadline", self.deadline))
        told = [(name, date) for name, date in dates if date is not None]
        for (earlier, first), (later, second) in itertools.pairwise(told):
            if second < first:
                raise ValueError(f"{later} {second} lies before {earlier} {first}; put the later date in {later}")
        if self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until} lies before from {self.since}; put the later date in until")
        return self

    @property
    def known_from(self) -> datetime.date:
        """The day it is announced."""
        return self.since if self.announced is None else self.announced

    @property
    def binding_from(self) -> datetime.date:
        """The day by which all must be within it: the end of the grace period, or the first day in force."""
        return self.since if self.deadline is None else self.deadline

    def in_force(self, when: datetime.date) -> bool:
        """Whether it is law on a date."""
        return self.since <= when and (self.until is None or when <= self.until)

    def known(self, when: datetime.date) -> bool:
        """Whether it has been announced by a date and has not ended."""
        return self.known_from <= when and (self.until is None or when <= self.until)

    def concerns(self, kind: str, party: str = "") -> bool:
        """Whether an institution of a licence, or this very party, is bound."""
        return not self.applies_to or kind in self.applies_to or party in self.applies_to

    def in_words(self) -> str:
        """The policy as its notice tells it: kind, figures, whom it binds, dates."""
        dates = {name: getattr(self, name) for name in ("since", "deadline", "until") if getattr(self, name)}
        told = {"since": "from", "deadline": "to be met by", "until": "until"}
        figures = [
            f"{name} {_plain(value)}" for name in type(self).model_fields
            if name not in _NOT_FIGURES and (value := getattr(self, name)) != ()
        ]  # fmt: skip
        bound = ", ".join(self.applies_to) or "all concerned"
        when = ", ".join(f"{told[name]} {date.isoformat()}" for name, date in dates.items())
        return f"{getattr(self, 'policy', '')} ({'; '.join(figures)}) for {bound}, {when}"


_NOT_FIGURES = {*PolicyTerms.model_fields, "policy"}


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
