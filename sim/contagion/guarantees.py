"""Clearing with guarantees: debts that fall due because a third party did not pay.

With such contracts a solution may not exist, several may conflict, and to decide which is hard (Schuldenzucker, Seuken
and Battiston, Management Science 66 (2020) 1981). Here they are settled in turn: clear, call what is short, clear
again with the calls as debts. If guarantors are not themselves weakened by those they cover this ends after as many
turns as guarantees lie behind one another. If calls do not settle there is no solution to be had this way, and an
error says so.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from sim.contagion.clearing import Clearing, Rank, clear
from sim.contagion.inputs import Floats, Network, NetworkError, network, vector

SETTLED = 1e-10
"""Calls are settled when none moves by more than this part of the largest guarantee."""
TURNS = 1_000


class NoClearingError(NetworkError):
    """No payments were found with which all contracts agree."""


@dataclass(frozen=True)
class Guarantee:
    """`guarantor` owes `creditor` what `debtor` leaves unpaid of its debt to it, `most` at most (unit of the input)."""

    guarantor: Hashable
    creditor: Hashable
    debtor: Hashable
    most: float


@dataclass(frozen=True)
class GuaranteedClearing:
    """The clearing with all calls as debts, what is called of each guarantee, and the turns it took."""

    clearing: Clearing
    called: Floats
    turns: int


def clear_with_guarantees(
    liabilities: Any,
    external_assets: Any,
    guarantees: Sequence[Guarantee],
    *,
    external_liabilities: Any = 0.0,
    external_rank: Rank = "pari_passu",
    alpha: float = 1.0,
    beta: float = 1.0,
) -> GuaranteedClearing:
    """A clearing at which each guarantee is called by exactly what its debtor leaves unpaid.

    `liabilities[i, j]` is what i owes j. A call ranks with the guarantor's other debts. Raises `NoClearingError` if
    calls do not settle, as where a guarantor's payment would undo the default it pays for.

    >>> covered = clear_with_guarantees([[0, 100, 0], [0, 0, 0], [0, 0, 0]], [70, 0, 20], [Guarantee(2, 1, 0, most=40)])
    >>> covered.called.tolist(), covered.clearing.payments.tolist()
    ([30.0], [70.0, 0.0, 20.0])
    """
    owed = network(liabilities, "liabilities")
    order = range(owed.size) if owed.names is None else owed.names
    place = {name: i for i, name in enumerate(order)}
    parties = np.array([_parties(each, place) for each in guarantees], dtype=np.intp).reshape(len(guarantees), 3)
    most = np.array([each.most for each in guarantees], dtype=np.float64)
    if not (np.isfinite(most).all() and (most >= 0.0).all()):
        raise NetworkError("guarantees: the most a guarantee pays must be finite and not negative")
    guarantor, creditor, debtor = parties.T
    covered = np.array([owed.matrix[i, j] for i, j in zip(debtor, creditor, strict=True)])
    outside = vector(external_liabilities, owed.size, "external_liabilities", owed.names)
    first = outside if external_rank == "senior" else np.zeros(owed.size)
    called = np.zeros(len(guarantees))
    for turn in range(1, TURNS + 1):
        calls = sparse.csr_array(sparse.coo_array((called, (guarantor, creditor)), shape=owed.matrix.shape))
        found = clear(
            Network(sparse.csr_array(owed.matrix + calls), owed.names),
            external_assets,
            external_liabilities=outside,
            external_rank=external_rank,
            alpha=alpha,
            beta=beta,
        )
        due = np.minimum(most, covered * _unpaid(found, first)[debtor])
        if np.abs(due - called).max(initial=0.0) <= SETTLED * most.max(initial=0.0):
            return GuaranteedClearing(found, due, turn)
        called = due
    raise NoClearingError(
        f"guarantees: calls do not settle in {TURNS} turns: a guarantor's payments change whether its own call is due"
    )


def _parties(given: Guarantee, place: dict[Hashable, int]) -> tuple[int, int, int]:
    """Guarantor, creditor and debtor as numbers of nodes."""
    names = (given.guarantor, given.creditor, given.debtor)
    if any(name not in place for name in names):
        raise NetworkError(f"guarantees: {given} names a node that is not in the network")
    if len(set(names)) < 3:
        raise NetworkError(f"guarantees: {given} must name three different nodes")
    return place[names[0]], place[names[1]], place[names[2]]


def _unpaid(found: Clearing, outside: Floats) -> Floats:
    """The share of its debts to other nodes that each node leaves unpaid; `outside` is what it pays first."""
    due = found.obligations - outside
    short = due - np.maximum(found.payments - outside, 0.0)
    share: Floats = np.divide(short, due, out=np.zeros_like(due), where=found.defaulted & (due > 0.0))
    return share
