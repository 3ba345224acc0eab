"""How dangerous a day's network of claims is: a handful of numbers from one view of the exposures.

Nodes are institutions whose equity is positive; plans and the world are outside. On balance sheets alone a link is what
one institution is owed by another. With off-balance-sheet assets it is also what reaches it around the balance sheet:
notes count as claims on who sold and services the pool, joint loans as claims on the platform that made them, undrawn
lines and guarantees as drawn.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtr

from sim.contagion.exposures import OFF_BALANCE, Exposures
from sim.contagion.impact import impact_of_each
from sim.contagion.inputs import Bools, Floats, Network
from sim.contagion.measures import sinkrank, spectral_radius
from sim.ledger.kinds import Kind, kind_of

ASSET_VOLATILITY: Final = 0.03
"""Standard deviation of an institution's assets over a year, as a share of them (assumption, 0.01 to 0.06)."""
HOUSEHOLDS: Final = "world:households"


@dataclass(frozen=True)
class NetworkMeasures:
    """Measures of one network; shares are of 1, None where there is no network to measure.

    `density`: links over possible links. `concentration`: Herfindahl index of claims by debtor. `radius`: spectral
    radius of claims over the creditor's equity; from 1 on linear stress amplifies without limit. `impact`: share of all
    equity that others lose by the failure of the most dangerous institution (linear DebtRank), `dangerous`. `sinkrank`:
    that of the institution soonest reached by money on its way (Soramaki-Cook), `central`. `expected_loss`: share of
    all equity, the sum over institutions of the chance of failing within a year, the normal probability of
    -(equity / assets) / volatility, times what the failure costs others.
    """

    density: float | None = None
    concentration: float | None = None
    radius: float | None = None
    impact: float | None = None
    dangerous: str = ""
    sinkrank: float | None = None
    central: str = ""
    expected_loss: float | None = None


def measure(
    view: Exposures, *, off_balance: bool, volatility: float = ASSET_VOLATILITY, outside: Collection[str] = ()
) -> NetworkMeasures:
    """The measures of a view, without or with off-balance-sheet assets.

    `outside` names parties that are no single institution, such as one that stands for many: they stand outside with
    the world.
    """
    assets = view.assets().astype(np.float64)
    equity = assets - view.liabilities()
    institutions = np.array(
        [kind_of(name) not in ("world", "spv") and name not in outside for name in view.names], dtype=bool
    )
    nodes = np.flatnonzero(institutions & (equity > 0.0))
    claims, flows = _networks(view, nodes, off_balance=off_balance)
    flows[:-1, -1] += equity[nodes]  # what is owed to nobody is its owners', who stand outside
    linked = np.flatnonzero((claims.sum(axis=0) > 0.0) | (claims.sum(axis=1) > 0.0))
    if linked.size < 2:
        return NetworkMeasures()
    names = [view.names[node] for node in nodes[linked]]
    own, among = equity[nodes[linked]], Network(sparse.csr_array(claims[np.ix_(linked, linked)]))
    impact = impact_of_each(among, own)
    ranks = sinkrank(Network(sparse.csr_array(flows)))[:-1]
    owed = np.asarray(among.matrix.sum(axis=0)).ravel()
    reached = bool(ranks.max(initial=0.0) > 0.0)
    failing = ndtr(-own / assets[nodes[linked]] / volatility)
    return NetworkMeasures(
        density=int(among.matrix.count_nonzero()) / (linked.size * (linked.size - 1)),
        concentration=float(((owed / owed.sum()) ** 2).sum()),
        radius=spectral_radius(among, own),
        impact=float(impact.max()),
        dangerous=names[int(impact.argmax())],
        sinkrank=float(ranks.max()) if reached else None,
        central=view.names[nodes[int(ranks.argmax())]] if reached else "",
        expected_loss=float(failing @ impact),
    )


def _networks(view: Exposures, nodes: NDArray[np.intp], *, off_balance: bool) -> tuple[Floats, Floats]:
    """(claims [creditor, debtor] between nodes at carrying value, money owed [debtor, creditor] with all that is not a
    node as the last)."""
    outside = nodes.size
    place = np.full(len(view.names), outside, dtype=np.intp)
    place[nodes] = np.arange(nodes.size)
    debtor, creditor = place[view.source], place[view.target]
    kept, worth = view.chosen() & (view.layers != Kind.SHARE.name), view.carrying
    if off_balance:
        debtor = _looked_through(view, debtor, place)
        beyond = view.chosen(None, OFF_BALANCE)
        kept, worth = kept | beyond, np.where(beyond, view.amounts, worth)
    kept &= (worth > 0) & (debtor != creditor)
    flows: Floats = np.zeros((outside + 1, outside + 1))
    np.add.at(flows, (debtor[kept], creditor[kept]), worth[kept].astype(np.float64))
    return flows[:-1, :-1].T, flows


def _looked_through(view: Exposures, debtor: NDArray[np.intp], place: NDArray[np.intp]) -> NDArray[np.intp]:
    """Debtors, where notes are owed by who sold the pool and joint loans by the platform that services them."""
    number = {name: n for n, name in enumerate(view.names)}
    lines, found = np.flatnonzero(_of_households(view)), debtor.copy()
    seller: dict[int, int] = {}
    for line in lines:
        lender = number.get(f"originator:{view.deals[line]}")
        if lender is None:
            continue
        owner = int(view.target[line])
        if kind_of(view.names[owner]) == "spv":
            seller[owner] = int(place[lender])
        elif owner != lender:
            found[line] = place[lender]
    for line in np.flatnonzero(view.layers == Kind.TRANCHE.name):
        found[line] = seller.get(int(view.source[line]), int(debtor[line]))
    return found


def _of_households(view: Exposures) -> Bools:
    if HOUSEHOLDS not in view.names:
        return np.zeros(len(view.layers), dtype=bool)
    mine: Bools = (view.layers == Kind.LOAN.name) & (view.source == view.names.index(HOUSEHOLDS))
    return mine
