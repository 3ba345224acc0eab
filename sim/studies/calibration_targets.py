"""What a calibration fits to: a YAML file of printed figures, each with its date, its definition and its source."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Share = Annotated[float, Field(gt=0, lt=1)]
Movable = Literal["intercept", "cycle_effect", "purchases_per_month", "shares"]


def _doc(description: str, unit: str, default: Any = ..., **limits: Any) -> Any:
    return Field(default, description=description, json_schema_extra={"unit": unit, "source": "targets file"}, **limits)


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


class OverdueTarget(_Block):
    """A printed overdue rate of the whole book; it fixes the intercept in force from `since` on."""

    scenario: str = _doc("Scenario in which it is measured, by its name in `scenarios`.", "name", alias="in")
    on: datetime.date = _doc("Date of the figure.", "date")
    pct: float = _doc("The printed rate.", "% of balance", gt=0, lt=100)
    definition: Literal["1+", "30+"] = _doc("Days past due from which it counts.", "days past due")
    since: datetime.date = _doc("Date from which the intercept fitted to it holds.", "date", datetime.date(2010, 1, 1))
    source: str = _doc("Id in the facts files.", "id")


class NplTest(_Block):
    """A printed rate of more than 90 days past due. Never fitted: printed as the test it is."""

    scenario: str = _doc("Scenario in which it is measured.", "name", alias="in")
    on: datetime.date = _doc("Date of the figure.", "date")
    pct: float = _doc("The printed rate.", "% of balance", gt=0, lt=100)
    source: str = _doc("Id in the facts files.", "id")


class BalanceTarget(_Block):
    """A printed balance of the whole book; those with role `target` fix the purchases, in the geometric mean."""

    scenario: str = _doc("Scenario in which it is measured.", "name", alias="in")
    on: datetime.date = _doc("Date of the figure.", "date")
    fen: int = _doc("The printed balance.", "fen", gt=0)
    role: Literal["target", "test"] = _doc("Whether it is fitted.", "role", "target")
    source: str = _doc("Id in the facts files.", "id")


class ShareTarget(_Block):
    """A printed share of balance: of some terms in a product, or of a product in the book."""

    scenario: str = _doc("Scenario in which it is measured.", "name", alias="in")
    on: datetime.date = _doc("Date of the figure.", "date")
    product: str = _doc("Product whose balance is meant.", "name")
    terms: tuple[int, ...] | None = _doc(
        "Its terms that count; null for the product's own share of the book.", "months", None
    )
    share: Share = _doc("The printed share.", "share of balance")
    source: str = _doc("Id in the facts files.", "id")


class RollTargets(_Block):
    """Rolls from 1-30 days past due to 31-60, 61-90, 91-120: as numbers, or measured in years of a pool history."""

    values: tuple[Share, Share, Share] | None = _doc("The three rolls.", "share a month", None)
    history: str | None = _doc("CSV of a pool history, relative to this file or the working directory.", "path", None)
    years: tuple[int, ...] = _doc("Years of the history near the target dates.", "years", ())
    source: str = _doc("Id in the facts files, or where the history comes from.", "id")

    @model_validator(mode="after")
    def _one_way(self) -> RollTargets:
        if (self.values is None) == (self.history is None):
            raise PydanticCustomError("rolls", "give either values or history")
        if self.history is not None and not self.years:
            raise PydanticCustomError("rolls", "say which years of the history count: years: [2016, 2017]")
        return self


class LaterRoll(_Block):
    """What no stock identifies: how surely the reference household misses again after 120 days past due."""

    chance: Share = _doc("Chance of the reference household to miss again.", "share a month")
    source: str = _doc("Where it comes from.", "id")


class Targets(_Block):
    """The figures to fit to, the scenarios to fit in, and the parameters that may move."""

    schema_version: int = _doc("Version of this schema.", "number", ge=1, le=1)
    title: str = _doc("One line for people.", "text", "")
    originator: str = _doc("Whose book is fitted.", "name")
    scenarios: dict[str, str] = _doc(
        "Scenarios by a name of this file: paths relative to it, or of shipped scenarios.", "path"
    )
    start: dict[str, Any] = _doc(
        "Values at which the rounds begin, by path in the scenarios, so that no earlier fit shows in this one.",
        "map",
        {},
    )
    households: int | None = _doc(
        "Simulated households, the people staying the same; null for the scenario's own.", "households", None, ge=1_000
    )
    overdue: tuple[OverdueTarget, ...] = _doc("Printed overdue rates.", "list", min_length=1)
    rolls: RollTargets = _doc("Roll rates.", "block")
    later_roll: LaterRoll = _doc("Beyond 120 days past due.", "block")
    balances: tuple[BalanceTarget, ...] = _doc("Printed balances.", "list", ())
    shares: tuple[ShareTarget, ...] = _doc("Printed shares of balance.", "list", ())
    npl: tuple[NplTest, ...] = _doc("Printed rates above 90 days, as tests.", "list", ())
    move: tuple[Movable, ...] = _doc(
        "Parameters that may move.", "names", ("intercept", "cycle_effect", "purchases_per_month", "shares")
    )
    tolerance: float = _doc("The fit ends when every target is met within this.", "ratio", 0.005, gt=0, lt=0.5)
    rounds: int = _doc("Longest number of rounds.", "rounds", 12, ge=1, le=50)
    other_seeds: int = _doc(
        "Further seeds at which the fitted book is measured, to show what of the fit is chance.",
        "seeds",
        3,
        ge=0,
        le=20,
    )

    @model_validator(mode="after")
    def _named_scenarios(self) -> Targets:
        faults = [
            (f"{block}.{k}.in", f"'{entry.scenario}' is not one of the scenarios {', '.join(self.scenarios)}")
            for block in ("overdue", "balances", "shares", "npl")
            for k, entry in enumerate(getattr(self, block))
            if entry.scenario not in self.scenarios
        ]
        if len({entry.since for entry in self.overdue}) < len(self.overdue):
            faults.append(("overdue", "two rates cannot fix the intercept of one date; give each its own `since`"))
        if faults:
            raise PydanticCustomError("targets", "the targets contradict themselves", {"faults": faults})
        return self
