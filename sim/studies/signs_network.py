"""What signs compare on the network of a run's last day: what a loss does to those who did not bear it first.

Plans pass the loss of their pool on by rank; from there it travels as linear DebtRank along claims between
institutions, each of which loses of its claims what share of its equity the debtor has lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.contagion.debtrank import debtrank
from sim.contagion.exposures import exposures_of
from sim.contagion.inputs import Floats
from sim.contagion.system import System, spread, system_of
from sim.contagion.tipping import critical_multiple, sweep
from sim.market import SecuritizationMarket
from sim.studies.signs_outcomes import Seen
from sim.studies.stress_network import seniority

LENDERS: Final = "originator:"


@dataclass(frozen=True)
class Claims:
    """Claims between institutions that are no plans and have equity: [creditor, debtor] by layer, fen."""

    names: tuple[str, ...]
    equity: Floats
    layers: dict[str, Floats]

    @property
    def joint(self) -> Floats:
        """All layers together."""
        total: Floats = sum(self.layers.values(), np.zeros((len(self.names), len(self.names))))
        return total

    def starting_with(self, prefix: str, share: float) -> Floats:
        """A shock that takes a share of equity from all institutions of a kind."""
        return np.array([share if name.startswith(prefix) else 0.0 for name in self.names])


def system_today(market: SecuritizationMarket) -> System:
    """The clearing problem of a market's ledger as it stands."""
    return system_of(exposures_of(market.ledger.exposures()), seniority)


def equity_of(system: System) -> Floats:
    """Assets less debts of each institution, claims at what is owed."""
    owned = system.outside_assets.copy()
    np.add.at(owned, system.creditor, system.amount)
    equity: Floats = owned - system.due().sum(axis=0)
    return equity


def claims_between(system: System) -> Claims:
    """The claims along which stress travels once plans have passed their losses on."""
    equity = equity_of(system)
    kept = np.flatnonzero(~system.plans & (equity > 0.0))
    place = np.full(len(system.names), -1, np.intp)
    place[kept] = np.arange(len(kept))
    inside = (place[system.debtor] >= 0) & (place[system.creditor] >= 0)
    layers: dict[str, Floats] = {}
    for layer in sorted(set(system.layer[inside])):
        mine = inside & (system.layer == layer)
        layers[layer] = np.zeros((len(kept), len(kept)))
        np.add.at(layers[layer], (place[system.creditor[mine]], place[system.debtor[mine]]), system.amount[mine])
    return Claims(tuple(system.names[node] for node in kept), equity[kept], layers)


@dataclass(frozen=True)
class SystemicLoss:
    """Equity that institutions lose in the end, for each fen that plans lose when a share of every pool is gone."""

    share: float = 0.5

    def of(self, seen: Seen) -> float:
        """The ratio; 1 if what the holders of notes lose goes no farther."""
        system = system_today(seen.market)
        lost = np.where(system.plans, self.share * system.outside_assets, 0.0)
        nobody = np.zeros(len(system.names), dtype=bool)
        met = spread(system, lost, nobody, np.zeros(len(system.names)))
        claims = claims_between(system)
        fall = dict(zip(system.names, (met.equity_before - met.equity).tolist(), strict=True))
        first = np.array([fall[name] for name in claims.names]) / claims.equity
        stress = debtrank(claims.joint, claims.equity, np.clip(first, 0.0, 1.0)).stress
        return float(claims.equity @ stress) / max(1.0, float(lost.sum()))

    def told(self) -> str:
        """In words."""
        return f"equity lost by all institutions over what plans lose when {self.share:.0%} of every pool is gone"


@dataclass(frozen=True)
class LayeredLoss:
    """Equity lost beyond a shock to all lenders: along all layers of claims at once, or along each alone, added up."""

    jointly: bool
    share: float = 0.1

    def of(self, seen: Seen) -> float:
        """Fen."""
        claims = claims_between(system_today(seen.market))
        shock = claims.starting_with(LENDERS, self.share)
        return sum(self._beyond(claims, shock, matrix) for matrix in self._networks(claims))

    def _networks(self, claims: Claims) -> Iterable[Floats]:
        return [claims.joint] if self.jointly else list(claims.layers.values())

    def _beyond(self, claims: Claims, shock: Floats, matrix: Floats) -> float:
        return float(claims.equity @ (debtrank(matrix, claims.equity, shock).stress - shock))

    def told(self) -> str:
        """In words."""
        how = "all layers of claims jointly" if self.jointly else "each layer of claims alone, added up"
        return f"equity lost beyond a shock of {self.share:.0%} to all lenders, {how}"


@dataclass(frozen=True)
class FailuresOver:
    """Institutions that fail in addition when leverage rises from one multiple of the critical one to another, after a
    shock to all lenders."""

    lower: float
    upper: float
    share: float = 0.1

    def of(self, seen: Seen) -> float:
        """How many."""
        claims = claims_between(system_today(seen.market))
        critical = critical_multiple(claims.joint, claims.equity)
        multiples = (self.lower * critical, self.upper * critical)
        found = sweep(claims.joint, claims.equity, claims.starting_with(LENDERS, self.share), multiples)
        return float(found.failures[1] - found.failures[0])

    def told(self) -> str:
        """In words."""
        return (
            f"failures in addition, after a shock of {self.share:.0%} to all lenders, as leverage rises from "
            f"{self.lower:g} to {self.upper:g} times the critical one"
        )
