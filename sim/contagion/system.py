"""A market's institutions in one clearing problem: all pay by rank out of what they have, plans and banks alike.

Every claim between institutions is inside; claims on and debts to the world (households, the state, depositors) are
outside. A shock takes outside assets away; holders of claims on who is short then lose by rank, pro rata within one,
and pass that on. The difference from the same problem without the shock is the loss. Sweeps are synchronous, so that
each is a round of contagion; they fall from the unshocked payments to the greatest solution below them (Elsinger
2009, with a cost of default as Rogers-Veraart 2013).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.contagion.exposures import ON_BALANCE, Exposures
from sim.contagion.inputs import Bools, Floats, NetworkError
from sim.ledger.kinds import Kind, kind_of

Seniority = Callable[[str, str, str, int], int]
"""(layer, debtor, deal, rank in the ledger) -> rank of payment at that debtor, 0 first."""

SMALLEST: Final = 0.5
"""A round in which all claims together lose less than half a fen is no round."""
MOST_ROUNDS: Final = 100_000


@dataclass(frozen=True)
class System:
    """Institutions by name and the claims between them; amounts in fen as float64.

    `outside_assets` is what each owns beyond inside claims, at carrying value, `outside_debts[rank, node]` what it owes
    the world; a node whose claims are carried below what is owed on them has the difference in its debts.
    """

    names: tuple[str, ...]
    debtor: NDArray[np.intp]
    creditor: NDArray[np.intp]
    amount: Floats
    rank: NDArray[np.intp]
    layer: NDArray[np.object_]
    deal: NDArray[np.object_]
    outside_assets: Floats
    outside_debts: Floats

    @property
    def plans(self) -> Bools:
        """Which nodes are plans: they end without costs of default, and do not fail."""
        return np.array([kind_of(name) == "spv" for name in self.names])

    def due(self) -> Floats:
        """All that is owed, (rank, node)."""
        owed = self.outside_debts.copy()
        np.add.at(owed, (self.rank, self.debtor), self.amount)
        return owed

    def number(self, name: str) -> int:
        """Place of an institution; NetworkError if there is none of that name."""
        if name not in self.names:
            raise NetworkError(f"no institution {name!r}")
        return self.names.index(name)


@dataclass(frozen=True)
class Contagion:
    """What a shock did. `lost[round, claim]` is what each claim lost in each round beyond what it lacked before.

    `direct` is what nodes lost outside, cost of default included; `equity` may be negative by what is short.
    """

    worth: Floats
    """What each claim is paid without the shock."""
    lost: Floats
    direct: Floats
    equity: Floats
    equity_before: Floats
    failed: Bools
    failed_in: NDArray[np.int64]
    """Round of failure, 0 for those who fail by the shock itself; -1 for those who live."""

    @property
    def by_claim(self) -> Floats:
        """Loss of each claim over all rounds."""
        total: Floats = self.lost.sum(axis=0)
        return total


def system_of(view: Exposures, seniority: Seniority) -> System:
    """The clearing problem of a day's exposures; shares are no debt and stay outside."""
    inside = np.array([not name.startswith("world:") for name in view.names])
    place = np.cumsum(inside) - 1
    lines = np.flatnonzero(view.chosen(None, ON_BALANCE) & (view.layers != Kind.SHARE.name))
    owed = lines[inside[view.source[lines]] & (view.amounts[lines] > 0)]
    rank = np.array(
        [seniority(view.layers[n], view.names[view.source[n]], view.deals[n], int(view.ranks[n])) for n in owed],
        dtype=np.intp,
    )
    between = inside[view.target[owed]] & (view.source[owed] != view.target[owed])
    size, kept = int(inside.sum()), owed[between]
    debts = np.zeros((int(rank.max(initial=0)) + 1, size))
    np.add.at(debts, (rank[~between], place[view.source[owed[~between]]]), view.amounts[owed[~between]].astype(float))
    owned = view.assets()[inside].astype(float)
    np.subtract.at(owned, place[view.target[kept]], view.amounts[kept].astype(float))
    debts[0] += np.maximum(0.0, -owned)
    return System(
        tuple(name for name, mine in zip(view.names, inside, strict=True) if mine),
        place[view.source[kept]],
        place[view.target[kept]],
        view.amounts[kept].astype(float),
        rank[between],
        view.layers[kept],
        view.deals[kept],
        np.maximum(0.0, owned),
        debts,
    )


def spread(
    system: System,
    lost: Floats,
    failed: Bools,
    forced: Floats,
    *,
    layers: Collection[str] | None = None,
) -> Contagion:
    """Let a shock travel: `lost` of outside assets by node, and nodes that fail by the shock itself.

    Who fails, but a plan, loses `forced` of its outside assets beside, as far as there are any left: the cost of a
    forced end. `layers` (None: all) are those along which losses travel; other claims are paid as without the shock.
    """
    if (forced < 0.0).any():
        raise NetworkError("forced: a cost cannot be negative")
    if (lost < 0.0).any() or (lost > system.outside_assets * (1 + 1e-12)).any():
        raise NetworkError("lost: a node can lose from nothing to all of its outside assets")
    due, live = system.due(), np.ones(len(system.amount), dtype=bool)
    if layers is not None:
        live = np.isin(system.layer, tuple(layers))
    before = _settled(system, due, system.outside_assets)
    equity_before = _has(system, before, system.outside_assets) - due.sum(axis=0)
    weak = (equity_before < 0.0) & ~failed  # short already: no new cost
    failed_in = np.where(failed, 0, -1)
    rounds: list[Floats] = []
    paid = before
    fixed = np.where(live, 0.0, before[system.rank, system.debtor])
    while len(rounds) < MOST_ROUNDS:
        ended = (failed_in >= 0) & ~system.plans
        outside = np.maximum(0.0, system.outside_assets - lost - np.where(ended, forced, 0.0))
        value = np.where(live, paid[system.rank, system.debtor], fixed)
        has = outside + _received(system, value)
        after = np.minimum(paid, _shares(has, due))
        step = np.where(live, system.amount * (paid - after)[system.rank, system.debtor], 0.0)
        newly = (has < due.sum(axis=0) - SMALLEST) & (failed_in < 0) & ~weak & ~system.plans
        if step.sum() < SMALLEST and not newly.any():
            break
        rounds.append(step)
        failed_in[newly] = len(rounds)
        paid = after
    return Contagion(
        system.amount * before[system.rank, system.debtor],
        np.array(rounds).reshape(len(rounds), len(system.amount)),
        system.outside_assets - outside,
        has - due.sum(axis=0),
        equity_before,
        failed_in >= 0,
        failed_in,
    )


def _received(system: System, value: Floats) -> Floats:
    """What each node gets on its claims, of which the share `value` is paid."""
    got = np.zeros(len(system.names))
    np.add.at(got, system.creditor, system.amount * value)
    return got


def _has(system: System, paid: Floats, outside: Floats) -> Floats:
    return outside + _received(system, paid[system.rank, system.debtor])


def _shares(has: Floats, due: Floats) -> Floats:
    """Share of each rank's debts that what a node has pays, senior ranks first; 1 where nothing is owed."""
    ahead = np.cumsum(due, axis=0) - due
    pays = np.clip(has - ahead, 0.0, due)
    return np.divide(pays, due, out=np.ones_like(due), where=due > 0.0)


def _settled(system: System, due: Floats, outside: Floats) -> Floats:
    """The greatest solution without a shock."""
    paid = np.ones_like(due)
    for _ in range(MOST_ROUNDS):
        after = np.minimum(paid, _shares(_has(system, paid, outside), due))
        if ((paid - after) * due).sum() < SMALLEST:
            return after
        paid = after
    return paid
