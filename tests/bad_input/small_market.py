"""A scenario model small enough to see whole, with every feature the loader must place errors in."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.messages import Fault, unknown


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Licence(StrEnum):
    SMALL_LOAN = "small_loan"
    BANK = "bank"


class Platform(Part):
    default_rate: float = Field(ge=0, le=1, description="share of loans that default in a year")
    equity_fen: int = Field(gt=0, description="opening equity")
    licence: Licence = Licence.SMALL_LOAN
    open: bool = True


class LeverageCap(Part):
    kind: Literal["leverage_cap"]
    multiple: float = Field(gt=0, description="times net assets")
    starts: date = Field(description="first day in force")


class AprCap(Part):
    kind: Literal["apr_cap"]
    rate_bp: int = Field(gt=0, description="highest yearly rate")


class Tranche(Part):
    share_bp: int = Field(ge=0, le=10_000, description="share of the deal")
    holder: str = Field(description="platform that holds it")
    coupon_bp: int | None = Field(default=None, description="yearly coupon, null for the residual")
    ratings: tuple[Literal["AAA", "AA", "A"], ...] = ()


class Deal(Part):
    tranches: dict[str, Tranche] = Field(description="by name")

    @model_validator(mode="after")
    def shares_add_up(self) -> Deal:
        total = sum(tranche.share_bp for tranche in self.tranches.values())
        if total != 10_000:
            message = f"shares add up to {total} bp, not 10000"
            raise PydanticCustomError("shares", "{text}", {"text": message, "faults": [("tranches", message)]})
        return self


class Market(Part):
    schema_version: Literal[1]
    name: str = Field(description="name of the scenario")
    seed: int = Field(default=1, ge=0, description="seed of every draw")
    start: date = Field(description="first day")
    platforms: dict[str, Platform] = Field(min_length=1, description="by name")
    policies: dict[str, Annotated[LeverageCap | AprCap, Field(discriminator="kind")]] = {}
    deals: dict[str, Deal] = {}
    shocks: list[int] = []
    horizon: int | Literal["open"] = "open"

    @model_validator(mode="after")
    def holders_exist(self) -> Market:
        fault = Fault()
        for deal_name, deal in self.deals.items():
            for name, tranche in deal.tranches.items():
                if tranche.holder not in self.platforms:
                    path = f"deals.{deal_name}.tranches.{name}.holder"
                    fault.add(path, unknown("platform", tranche.holder, self.platforms))
        fault.raise_if_any()
        return self


GOOD = """\
schema_version: 1
name: good
seed: 7
start: 2017-06-01
platforms:
  ant: {default_rate: 0.02, equity_fen: 1_000_000, licence: small_loan}
  jd:
    default_rate: 0.03
    equity_fen: 500_000
    open: true
policies:
  cap:
    kind: leverage_cap
    multiple: 4
    starts: 2020-11-02
  ceiling: {kind: apr_cap, rate_bp: 2400}
deals:
  huabei:
    tranches:
      senior: {share_bp: 9000, holder: ant, coupon_bp: 500, ratings: [AAA, AA]}
      sub: {share_bp: 1000, holder: jd, coupon_bp: null}
shocks: [1, 2, 3]
horizon: 360
"""
