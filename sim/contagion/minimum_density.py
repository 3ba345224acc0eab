"""A network with few links that has given totals.

After Anand, Craig and von Peter, Quantitative Finance 15 (2015) 625, who look for the fewest links by a random search.
This search is deterministic: the fewest links is a hard problem, and any heuristic is an upper bound.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from sim.contagion.inputs import Floats
from sim.contagion.margins import margins

NEGLIGIBLE = 1e-12


def minimum_density(assets: Any, liabilities: Any) -> Floats:
    """A network with the given totals and at most creditors + debtors links, often fewer.

    Equal totals are matched first, since one link then settles two nodes; then the largest claim left to the largest
    debt left, each link as large as it can be. What is left at the end between a node and itself is led through
    another link.

    >>> minimum_density([3, 2, 1], [2, 2, 2]).tolist()
    [[0.0, 1.0, 2.0], [2.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    owed_to, owed = margins(assets, liabilities)
    least = NEGLIGIBLE * max(1e-300, float(owed_to.sum()))
    links = np.zeros((owed_to.size, owed_to.size))
    claims, debts = owed_to.copy(), owed.copy()
    _match_equal(claims, debts, links, least)
    _match_largest(claims, debts, links, least)
    for node in np.flatnonzero((claims > least) & (debts > least)):
        _lead_around(int(node), min(claims[node], debts[node]), links, least)
    return links


def _match_equal(claims: Floats, debts: Floats, links: Floats, least: float) -> None:
    """Link each claim to an equal debt of another node, in the order of the nodes."""
    by_amount: dict[float, list[int]] = {}
    for debtor in np.flatnonzero(debts > least)[::-1]:
        by_amount.setdefault(float(debts[debtor]), []).append(int(debtor))
    for creditor in np.flatnonzero(claims > least):
        equal = by_amount.get(float(claims[creditor]), [])
        place = next((at for at in range(len(equal) - 1, -1, -1) if equal[at] != creditor), None)
        if place is not None:
            _link(int(creditor), equal.pop(place), claims, debts, links)


def _match_largest(claims: Floats, debts: Floats, links: Floats, least: float) -> None:
    """Link the largest claim left to the largest debt left of another node, until none is left."""
    creditors = [(-amount, node) for node, amount in enumerate(claims) if amount > least]
    debtors = [(-amount, node) for node, amount in enumerate(debts) if amount > least]
    heapq.heapify(creditors)
    heapq.heapify(debtors)
    while creditors and debtors:
        _, creditor = heapq.heappop(creditors)
        first = heapq.heappop(debtors)
        if first[1] != creditor:
            debtor = first[1]
        elif debtors:
            debtor = heapq.heappop(debtors)[1]
            heapq.heappush(debtors, first)
        else:
            heapq.heappush(debtors, first)
            continue
        _link(creditor, debtor, claims, debts, links)
        if claims[creditor] > least:
            heapq.heappush(creditors, (-claims[creditor], creditor))
        if debts[debtor] > least:
            heapq.heappush(debtors, (-debts[debtor], debtor))


def _link(creditor: int, debtor: int, claims: Floats, debts: Floats, links: Floats) -> None:
    """One link, as large as both sides allow."""
    amount = min(claims[creditor], debts[debtor])
    links[creditor, debtor] += amount
    claims[creditor] -= amount
    debts[debtor] -= amount


def _lead_around(node: int, amount: float, links: Floats, least: float) -> None:
    """Settle what a node would owe itself: others' links k -> l become k -> node and node -> l."""
    others = links.copy()
    others[node, :] = others[:, node] = 0.0
    while amount > least:
        creditor, debtor = np.unravel_index(int(np.argmax(others)), others.shape)
        part = min(amount, float(others[creditor, debtor]))
        if part <= 0.0:
            break
        others[creditor, debtor] -= part
        links[creditor, debtor] -= part
        links[creditor, node] += part
        links[node, debtor] += part
        amount -= part
