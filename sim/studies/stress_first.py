"""What shocks do by themselves, before anybody passes anything on: losses outside, prices, who cannot pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim.contagion.inputs import Bools, Floats
from sim.ledger import Kind, kind_of
from sim.studies.stress_network import Network
from sim.studies.stress_shocks import Shock

CALLABLE: Final = ("WAREHOUSE", "LIQUIDITY", "SHAREHOLDER_LOAN", "INTERBANK", "BOND")
"""Debts that a run on anybody but a bank or an investor calls; of a bank it calls deposits and interbank loans, of an
investor its units, which are all it has."""
DEEP: Final = 0.05
"""A sale of this share of all notes of a class costs as large a share of their price (Cifuentes and others 2005)."""
SETTLED: Final = 1e-12


@dataclass(frozen=True)
class FirstBlow:
    """Fen by institution, in the order of the system: `credit` lost outside, `prices` lost on notes that others sell,
    `called` and `raised` by who must pay back at once; who fails of it, and of these who for want of cash."""

    network: Network
    credit: Floats
    prices: Floats
    called: Floats
    raised: Floats
    failed: Bools
    illiquid: Bools

    @property
    def lost(self) -> Floats:
        """Losses as far as there are outside assets to bear them."""
        return np.minimum(self.network.system.outside_assets, self.credit + self.prices)


def first_blow(network: Network, shocks: Sequence[Shock], scenario: Any) -> FirstBlow:
    """Apply shocks to a day's network; `scenario` says of which plans the sale would not hold.

    Raises:
        ScenarioError: a shock names nobody.
    """
    names = network.system.names
    place = {name: number for number, name in enumerate(names)}
    failed, credit, share = np.zeros(len(names), dtype=bool), np.zeros(len(names)), np.zeros(len(names))
    for shock in shocks:
        for name in shock.hit(network):
            if shock.sort == "default":
                failed[place[name]] = True
                network = network.recharacterised(name, _not_truly_sold(network, name, scenario))
            elif shock.sort == "liquidity":
                share[place[name]] = max(share[place[name]], shock.size)
            elif shock.sort == "loss":
                credit[place[name]] += network.system.outside_assets[place[name]] * shock.size
            else:
                for owner, fen in _loans_lost(network, name, shock.size):
                    credit[place[owner]] += fen
    credit = np.minimum(credit, network.system.outside_assets)
    called = share * _callable(network)
    prices, raised = _sales(network, called)
    illiquid = called > raised + 0.5
    return FirstBlow(network, credit, prices, called, raised, failed | illiquid, illiquid)


def _not_truly_sold(network: Network, seller: str, scenario: Any) -> list[str]:
    lender = seller.partition(":")[2]
    plans = [owner for owner, of in network.loans if of == lender and owner.startswith("spv:")]
    return [plan for plan in plans if not _true_sale(plan.removeprefix("spv:"), scenario)]


def _true_sale(deal: str, scenario: Any) -> bool:
    """Of a deal in the scenario, or of the shelf it was issued from: a deal is its shelf and a number."""
    if deal in scenario.deals:
        return bool(scenario.deals[deal].true_sale)
    shelf = scenario.shelves.get(deal.rpartition("_")[0])
    return shelf is None or bool(shelf.prototype.true_sale)


def _loans_lost(network: Network, name: str, more: float) -> list[tuple[str, float]]:
    """(owner, fen): a year's additional defaults of its loans, `more` times the last year's, that are not recovered."""
    sort, _, of = name.partition(":")
    hit = [
        (owner, lender, fen)
        for (owner, lender), fen in network.loans.items()
        if (owner == f"spv:{of}" if sort == "pool" else lender == of and not owner.startswith("spv:"))
    ]
    share, lost = network.default_share, network.loss_given_default
    return [
        (owner, fen * min(1.0, share.get(lender, 0.0) * more) * lost.get(lender, 1.0))
        for owner, lender, fen in hit
        if owner in network.system.names
    ]


def _callable(network: Network) -> Floats:
    """What a run can call of each institution, fen."""
    view, names = network.view, network.system.names
    place = {name: number for number, name in enumerate(view.names)}
    of_bank, of_others = view.liabilities(("DEPOSIT", "INTERBANK")), view.liabilities(CALLABLE)
    owned = view.assets()
    by_kind = {"bank": of_bank, "investor": owned}
    return np.array([float(by_kind.get(kind_of(name), of_others)[place[name]]) for name in names])


def _sales(network: Network, called: Floats) -> tuple[Floats, Floats]:
    """(price losses, cash raised) when those who are called pay from what is liquid and then sell notes, pro rata.

    price = (1 - d)^(sold share / d), d = DEEP; sellers sell enough at the price that results, or all they have.
    """
    system = network.system
    notes = np.flatnonzero(system.layer == Kind.TRANCHE.name)
    classes = sorted({(system.deal[n], int(system.rank[n])) for n in notes})
    column = {name: number for number, name in enumerate(classes)}
    held = np.zeros((len(system.names), len(classes)))
    for note in notes:
        held[system.creditor[note], column[system.deal[note], int(system.rank[note])]] += system.amount[note]
    liquid = np.array([float(network.liquid[name]) for name in system.names])
    short, total = np.maximum(0.0, called - liquid), held.sum(axis=0)
    price, share = np.ones(len(classes)), np.zeros(len(system.names))
    for _ in range(10_000):
        worth = held @ price
        wanted = np.minimum(1.0, np.divide(short, worth, out=np.zeros_like(short), where=worth > 0.0))
        after = np.maximum(share, wanted)
        sold = (held * after[:, np.newaxis]).sum(axis=0) / np.where(total > 0.0, total, 1.0)
        price = (1.0 - DEEP) ** (sold / DEEP)
        if np.abs(after - share).max(initial=0.0) < SETTLED:
            break
        share = after
    raised = np.minimum(called, liquid) + share * (held @ price)
    return held @ (1.0 - price), raised
