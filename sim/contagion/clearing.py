"""Clearing: what everybody pays when nobody can pay with money it has not received.

Source: Eisenberg and Noe, Management Science 47 (2001) 236; with costs of default Rogers and Veraart, Management
Science 59 (2013) 882; by seniority Elsinger, OeNB working paper 156 (2009). How the fixed point is found and how exact
it is: `sim.contagion.settling`. Two conventions are arguments and are repeated in every result: the rank of what is
owed to outsiders, and which fixed point is meant where there are several.

A promise that depends on a third party's default (an insurance or a default-referenced guarantee) is no liability here:
with such promises a solution may not exist (Schuldenzucker, Seuken and Battiston, Management Science 66 (2020) 1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import sparse

from sim.contagion.inputs import Bools, Floats, Names, NetworkError, network, one_of, vector
from sim.contagion.settling import Problem, in_default, payments, problem, settle

Rank = Literal["pari_passu", "senior"]
Solution = Literal["greatest", "least"]


@dataclass(frozen=True, kw_only=True)
class _Cleared:
    """What a clearing found; amounts in the unit of the input.

    Payments and obligations include what is owed to outsiders. `equity` is external assets and receipts less
    obligations, before any cost of default, and is negative by what is short. `residual` is by how much of a node's
    resources one more round would move what it receives; `converged` is False if that did not become negligible.
    """

    payments: Floats
    obligations: Floats
    equity: Floats
    defaulted: Bools
    rounds: int
    received: Floats
    residual: float
    converged: bool
    solution: str
    names: Names = None


@dataclass(frozen=True, kw_only=True)
class Clearing(_Cleared):
    """What each node pays in all, owes in all, and has left."""

    external_rank: str


@dataclass(frozen=True, kw_only=True)
class SeniorityClearing(_Cleared):
    """The same with payments and obligations as (rank, node), rank 0 the most senior."""


def clear(
    liabilities: Any,
    external_assets: Any,
    *,
    external_liabilities: Any = 0.0,
    external_rank: Rank = "pari_passu",
    alpha: float = 1.0,
    beta: float = 1.0,
    solution: Solution = "greatest",
) -> Clearing:
    """Payments p with p_i = pbar_i if e_i + (Pi'p)_i >= pbar_i, else alpha e_i + beta (Pi'p)_i.

    `liabilities[i, j]` is what i owes j; pbar_i all that i owes, outsiders included; Pi_ij = L_ij / pbar_i; e external
    assets. alpha = beta = 1 is Eisenberg-Noe, p = min(pbar, e + Pi'p); less is Rogers-Veraart, alpha and beta being the
    parts of external assets and of receipts that a default leaves. What is owed to outsiders ranks equally
    (`pari_passu`) or is paid first (`senior`). `solution` is the greatest or the least fixed point: without cost of
    default whoever has equity left has the same in both, with it they can differ widely.

    >>> result = clear([[0, 10, 0], [0, 0, 10], [5, 0, 0]], [2, 3, 1])
    >>> [round(float(paid), 6) for paid in result.payments]
    [7.0, 10.0, 5.0]
    >>> result.defaulted.tolist(), result.equity.tolist()
    ([True, False, False], [-3.0, 0.0, 6.0])
    """
    one_of(external_rank, ("pari_passu", "senior"), "external_rank")
    owed = network(liabilities, "liabilities")
    assets = vector(external_assets, owed.size, "external_assets", owed.names)
    outside = vector(external_liabilities, owed.size, "external_liabilities", owed.names)
    if external_rank == "pari_passu" or not outside.any():
        ranks, external = [owed.matrix], outside[np.newaxis]
    else:
        ranks = [sparse.csr_array(owed.matrix.shape), owed.matrix]
        external = np.array([outside, np.zeros(owed.size)])
    given = problem(ranks, external, assets, _rate(alpha, "alpha"), _rate(beta, "beta"))
    found = _found(given, solution, owed.names)
    in_all = {"payments": found["payments"].sum(axis=0), "obligations": given.total}
    return Clearing(**{**found, **in_all}, external_rank=external_rank)


def clear_by_seniority(
    liabilities_by_rank: Sequence[Any],
    external_assets: Any,
    *,
    external_liabilities: Any = None,
    solution: Solution = "greatest",
) -> SeniorityClearing:
    """Payments by rank: p[s] = min(pbar[s], max(0, c - sum of pbar[r], r more senior than s)), c all a node has.

    `liabilities_by_rank[s][i, j]` is what i owes j in rank s, 0 the most senior, pro rata within a rank. An SPV's
    tranches are its ranks, so SPVs and banks clear in one problem. `external_liabilities`, (rank, node), is owed to
    outsiders; none by default. A last rank without limit, such as equity in an SPV, is not a liability: it is `equity`.

    >>> senior, junior = [[0, 60, 0], [0, 0, 0], [0, 0, 0]], [[0, 0, 40], [0, 0, 0], [0, 0, 0]]
    >>> clear_by_seniority([senior, junior], [75, 0, 0]).payments[:, 0].tolist()
    [60.0, 15.0]
    """
    ranks = list(liabilities_by_rank)
    if not ranks:
        raise NetworkError("liabilities_by_rank: at least one rank is needed")
    first = network(ranks[0], "liabilities of rank 0")
    owed = [first] + [network(rank, f"liabilities of rank {s}", first.names) for s, rank in enumerate(ranks[1:], 1)]
    for s, rank in enumerate(owed):
        if rank.size != first.size:
            raise NetworkError(f"liabilities of rank {s}: {rank.size} nodes, but rank 0 has {first.size}")
    assets = vector(external_assets, first.size, "external_assets", first.names)
    given = problem([rank.matrix for rank in owed], _external(external_liabilities, len(owed), first.size), assets)
    return SeniorityClearing(**_found(given, solution, first.names))


def _found(given: Problem, solution: str, names: Names) -> dict[str, Any]:
    """The fixed point as a result tells it, with what is paid and due there by rank."""
    found = settle(given, one_of(solution, ("greatest", "least"), "solution"))
    return {
        "payments": payments(given, found.inflow),
        "obligations": given.due,
        "equity": given.assets + found.inflow - given.total,
        "defaulted": in_default(given, found.inflow),
        "rounds": found.rounds,
        "received": found.inflow,
        "residual": found.residual,
        "converged": found.converged,
        "solution": solution,
        "names": names,
    }


def _external(given: Any, ranks: int, size: int) -> Floats:
    """What is owed to outsiders, (rank, node); nothing if not given."""
    if given is None:
        return np.zeros((ranks, size))
    rows = list(given)
    if len(rows) != ranks:
        raise NetworkError(f"external_liabilities: {ranks} ranks are needed, but {len(rows)} are given")
    return np.array([vector(row, size, f"external_liabilities of rank {s}") for s, row in enumerate(rows)])


def _rate(given: float, what: str) -> float:
    """A recovery rate, between 0 and 1: above 1 a default would create money."""
    if not 0.0 <= given <= 1.0:
        raise NetworkError(f"{what}: must be from 0 to 1, not {given!r}")
    return float(given)
