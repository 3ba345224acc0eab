"""The parameters a calibration moves: read from a scenario, put back into it, and written as an overlay."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sim.scenario.schema import Scenario

WHOLE = 1_000_000
Name = TypeVar("Name", int, str)


@dataclass(frozen=True)
class Parameters:
    """What moves: intercepts by date, effects of cycles missed, purchases a month, shares in ppm."""

    intercept: dict[datetime.date, float]
    cycle_effect: tuple[float, ...]
    purchases_per_month: float
    products: dict[str, int]
    terms: dict[str, dict[int, int]]

    @classmethod
    def of(cls, scenario: Scenario, originator: str) -> Parameters:
        """As a scenario has them."""
        behaviour, lending = scenario.behaviour, scenario.originators[originator].lending
        return cls(
            dict(sorted(behaviour.intercept.items())),
            behaviour.cycle_effect,
            lending.spending.purchases_per_month,
            {name: product.share_ppm for name, product in lending.products.items()},
            {name: {m: t.share_ppm for m, t in product.terms.items()} for name, product in lending.products.items()},
        )

    def with_share_moved(self, product: str, terms: tuple[int, ...] | None, logits: float) -> Parameters:
        """The odds of some terms of a product, or of the product, times exp(logits); the others keep proportion."""
        if terms is None:
            return replace(self, products=_tilted(self.products, {product}, logits))
        return replace(self, terms=self.terms | {product: _tilted(self.terms[product], set(terms), logits)})

    def into(self, scenario: Scenario, originator: str) -> Scenario:
        """The scenario with these parameters in place of its own; checked anew."""
        plain = scenario.model_dump(mode="json", by_alias=True)
        plain["behaviour"]["intercept"] = {day.isoformat(): value for day, value in self.intercept.items()}
        plain["behaviour"]["cycle_effect"] = list(self.cycle_effect)
        lending = plain["originators"][originator]["lending"]
        lending["spending"]["purchases_per_month"] = self.purchases_per_month
        for name, product in lending["products"].items():
            product["share_ppm"] = self.products[name]
            for months, term in product["terms"].items():
                term["share_ppm"] = self.terms[name][int(months)]
        return Scenario.model_validate(plain)

    def overlay(self, originator: str, moved: tuple[str, ...]) -> dict[str, Any]:
        """The moved parameters as a scenario overlay."""
        behaviour: dict[str, Any] = {}
        lending: dict[str, Any] = {}
        if "intercept" in moved:
            behaviour["intercept"] = dict(self.intercept)
        if "cycle_effect" in moved:
            behaviour["cycle_effect"] = list(self.cycle_effect)
        if "purchases_per_month" in moved:
            lending["spending"] = {"purchases_per_month": self.purchases_per_month}
        if "shares" in moved:
            lending["products"] = {
                name: {"share_ppm": share, "terms": {m: {"share_ppm": ppm} for m, ppm in self.terms[name].items()}}
                for name, share in self.products.items()
            }
        overlay: dict[str, Any] = {"behaviour": behaviour} if behaviour else {}
        return overlay | ({"originators": {originator: {"lending": lending}}} if lending else {})


def logit(share: float) -> float:
    """ln(p / (1 - p)), shares kept within a millionth of 0 and 1."""
    inside = min(1 - 1e-6, max(1e-6, share))
    return math.log(inside / (1 - inside))


def _tilted(shares: dict[Name, int], raised: set[Name], logits: float) -> dict[Name, int]:
    factors = {name: ppm * (math.exp(logits) if name in raised else 1.0) for name, ppm in shares.items()}
    total = sum(factors.values())
    rounded = {name: int(value / total * WHOLE) for name, value in factors.items()}
    # What rounding down left over goes to the largest, so that shares add up.
    largest = max(rounded, key=lambda name: rounded[name])
    rounded[largest] += WHOLE - sum(rounded.values())
    return rounded
