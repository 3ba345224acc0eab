"""The clearing problem itself: a monotone map of inflows, its greatest or least fixed point, and how exact it is.

A node with external assets e and inflow x from its debtors has c = e + x to pay with. If c covers all it owes it pays
all; if not it is in default and pays v = alpha e + beta x, most senior rank first:

    p[s] = min(due[s], max(0, v - sum of due[r], r more senior than s)),     x = sum over s of L[s]' (p[s] / due[s]).

Rates of payment are between 0 and 1 and rise with x, so the map from x to x is monotone and has a greatest and a least
fixed point (Tarski). It is applied from all paid downwards, or from nothing paid upwards, node by node; a monotone map
reaches the same point in any order. Where that is slow, as where money hardly leaks out, the linear system of the
regime reached (who is in default, and which rank each of them pays in part) is solved. Its solution is kept only if it
lies in the same regime: the map is affine between there and the sequence, so it is then the fixed point sought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sim.contagion.inputs import Bools, Floats
from sim.contagion.kernels import relax
from sim.contagion.linear import fixed_point

TOLERANCE = 1e-12
"""Relative: a node that falls short by less than this part of its obligations counts as solvent, and a solution is
settled when no inflow can still move by more than this part of the node's resources."""
FIRST_TURN = 64
"""Rounds before the linear system is tried; doubled each time."""
MOST_ROUNDS = 100_000


@dataclass(frozen=True)
class Problem:
    """What is owed by rank (0 the most senior): `liabilities` between nodes, `due` with outsiders, `before` more
    senior, `total` over ranks; and what nodes have: `assets`, and the rates alpha and beta a default leaves of them.
    """

    liabilities: Sequence[sparse.csr_array]
    due: Floats
    before: Floats
    total: Floats
    assets: Floats
    alpha: float
    beta: float


def problem(
    liabilities: Sequence[sparse.csr_array], external: Floats, assets: Floats, alpha: float = 1.0, beta: float = 1.0
) -> Problem:
    """The problem with its sums; `external` is what each node owes outsiders, (rank, node)."""
    due = np.array([matrix.sum(axis=1) for matrix in liabilities]) + external
    until = np.cumsum(due, axis=0)
    return Problem(liabilities, due, until - due, until[-1], assets, alpha, beta)


@dataclass(frozen=True)
class Settled:
    """Inflow of each node at the fixed point, the rounds it took, and by how much another round would move it."""

    inflow: Floats
    rounds: int
    residual: float
    converged: bool


def in_default(given: Problem, inflow: Floats) -> Bools:
    """Who cannot pay all it owes."""
    short: Bools = given.assets + inflow < given.total * (1.0 - TOLERANCE)
    return short


def payments(given: Problem, inflow: Floats) -> Floats:
    """What each node pays, (rank, node), if it receives these inflows."""
    short = in_default(given, inflow)
    left = np.where(short, given.alpha * given.assets + given.beta * inflow, given.total)
    paid: Floats = np.minimum(np.maximum(left - given.before, 0.0), given.due)
    return paid


def received(given: Problem, paid: Floats) -> Floats:
    """What each node receives if these payments are made, pro rata within each rank."""
    inflow = np.zeros_like(given.assets)
    for matrix, part in zip(given.liabilities, share(paid, given.due), strict=True):
        if matrix.nnz:
            inflow += matrix.T @ part
    return inflow


def share(paid: Floats, due: Floats) -> Floats:
    """Paid of due, 0 where nothing is due."""
    rates: Floats = np.divide(paid, due, out=np.zeros_like(paid), where=due > 0.0)
    return rates


def settle(given: Problem, solution: str) -> Settled:
    """The greatest or least fixed point of the inflows."""
    top = received(given, given.due)
    rates = (given.due > 0.0).astype(np.float64) if solution == "greatest" else np.zeros_like(given.due)
    inflow = top.copy() if solution == "greatest" else np.zeros_like(top)
    scale = np.maximum(given.assets + top, np.finfo(float).tiny)
    debts = stacked(given.liabilities)
    rounds, turn, settled = 0, FIRST_TURN, False
    while True:
        done, settled = relax(
            *debts, given.due, given.before, given.total, given.assets, given.alpha, given.beta, rates, inflow,
            TOLERANCE, turn,
        )  # fmt: skip
        rounds += done
        reached = received(given, payments(given, inflow))
        if settled or rounds >= MOST_ROUNDS:
            return Settled(reached, rounds, float(np.max(np.abs(reached - inflow) / scale, initial=0.0)), settled)
        exact = _solve_regime(given, inflow)
        rates = share(payments(given, inflow if exact is None else exact), given.due)
        inflow = received(given, rates * given.due)
        turn *= 2


def stacked(matrices: Sequence[sparse.csr_array]) -> tuple[NDArray[Any], NDArray[Any], Floats]:
    """Several matrices in rows as one: where each row begins, (rank, node), the columns, and the amounts."""
    if len(matrices) == 1:
        return matrices[0].indptr[np.newaxis], matrices[0].indices, matrices[0].data
    begins = np.cumsum([0] + [matrix.nnz for matrix in matrices])
    starts = np.array([matrix.indptr + begin for matrix, begin in zip(matrices, begins[:-1], strict=True)])
    columns = np.concatenate([matrix.indices for matrix in matrices])
    return starts, columns, np.concatenate([matrix.data for matrix in matrices])


def _regime(given: Problem, inflow: Floats) -> NDArray[np.int64]:
    """The rank each node pays in part, or the number of ranks if it pays all; -1 if nothing reaches any rank."""
    left = given.alpha * given.assets + given.beta * inflow
    reached = (left > given.before) & (given.due > 0.0)
    marginal = np.where(reached, np.arange(len(given.due))[:, np.newaxis], -1).max(axis=0)
    return np.where(in_default(given, inflow), marginal, len(given.due))


def _solve_regime(given: Problem, inflow: Floats) -> Floats | None:
    """The fixed point of the regime at this inflow, or None if there is none or it lies in another regime."""
    regime = _regime(given, inflow)
    ranks = np.arange(len(given.due))[:, np.newaxis]
    partly = ranks == regime
    constant = received(
        given, np.where(ranks < regime, given.due, 0.0) + partly * (given.alpha * given.assets - given.before)
    )
    shares = [
        sparse.diags_array(np.divide(given.beta * part, due, out=np.zeros_like(due), where=part)) @ matrix
        for matrix, due, part in zip(given.liabilities, given.due, partly, strict=True)
    ]
    passed_on = sum(shares[1:], start=shares[0]).T
    try:
        exact = fixed_point(passed_on, constant, inflow)
    except np.linalg.LinAlgError:
        return None
    return exact if np.array_equal(_regime(given, exact), regime) else None
