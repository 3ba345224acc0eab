"""What the methods accept: matrices and vectors of a user, checked once and turned into float64.

A matrix is an ndarray, a scipy sparse matrix, a data frame with equal row and column names, or a networkx graph whose
edges carry `amount` (or `weight`; parallel edges add up). Nodes of a graph are named; a vector for a named network may
be a mapping from name to figure and is then joined by name, never by position.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sim.errors import SimError

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Names: TypeAlias = tuple[Hashable, ...] | None

SHOWN = 5
"""How many offenders a message names before it only counts the rest."""


class NetworkError(SimError, ValueError):
    """A matrix or vector that no network of claims can have; the message names the offending nodes (exit code 2)."""

    exit_code = 2


@dataclass(frozen=True)
class Network:
    """Amounts between nodes in rows (CSR, float64, no duplicates), and the nodes' names if the input had any."""

    matrix: sparse.csr_array
    names: Names = None

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return int(self.matrix.shape[0])


def labels(where: Bools, names: Names) -> str:
    """The nodes that are marked, by name or number, the first few of them."""
    found = np.flatnonzero(where)
    shown = ", ".join(str(names[i] if names else int(i)) for i in found[:SHOWN])
    return shown + (f" and {found.size - SHOWN} more" if found.size > SHOWN else "")


def network(given: Any, what: str, names: Names = None) -> Network:
    """A square matrix of amounts: finite, none negative, nothing owed to oneself.

    `names` are those of a network it must fit: a named matrix is put in their order, an unnamed one is taken as it is.
    """
    if isinstance(given, Network):
        return given
    if hasattr(given, "edges") and hasattr(given, "nodes"):
        matrix, names = _of_graph(given, what, names)
    elif hasattr(given, "columns") and hasattr(given, "index"):
        matrix, names = _of_frame(given, what, names)
    else:
        matrix = _of_array(given, what)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise NetworkError(f"{what}: the matrix must be square, but its shape is {matrix.shape}")
    if names is not None and matrix.shape[0] != len(names):
        raise NetworkError(f"{what}: {matrix.shape[0]} nodes, but {len(names)} names")
    _check_amounts(matrix, what, names)
    return Network(matrix, names)


def _of_array(given: Any, what: str) -> sparse.csr_array:
    """The matrix in rows; the input itself is never changed."""
    if not sparse.issparse(given):
        given = _floats(given, what)
        if given.ndim != 2:
            raise NetworkError(f"{what}: a matrix has two dimensions, not {given.ndim}")
    elif np.iscomplexobj(given):
        raise NetworkError(f"{what}: complex numbers")
    matrix = sparse.csr_array(given, dtype=np.float64)
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    return matrix


def _of_graph(graph: Any, what: str, names: Names) -> tuple[sparse.csr_array, Names]:
    """The amounts on the edges i -> j as entries [i, j], in the order of the graph's nodes or of `names`."""
    order = _same_names(tuple(graph.nodes), names, what)
    place = {node: i for i, node in enumerate(order)}
    rows, columns, amounts = [], [], []
    for debtor, creditor, data in graph.edges(data=True):
        amount = data.get("amount", data.get("weight"))
        if amount is None:
            raise NetworkError(f"{what}: the edge from {debtor} to {creditor} has neither amount nor weight")
        rows.append(place[debtor])
        columns.append(place[creditor])
        amounts.append(amount)
    size = len(order)
    if not graph.is_directed():
        raise NetworkError(f"{what}: the graph must be directed: who owes whom matters")
    values = _floats(amounts, what)
    return sparse.csr_array(sparse.coo_array((values, (rows, columns)), shape=(size, size))), order


def _of_frame(frame: Any, what: str, names: Names) -> tuple[sparse.csr_array, Names]:
    """A data frame whose columns are named as its rows, in any order."""
    order = _same_names(tuple(frame.index), names, what)
    if len(set(frame.columns)) != len(frame.columns) or set(frame.columns) != set(order):
        raise NetworkError(f"{what}: the names of rows and columns differ")
    return sparse.csr_array(_floats(frame.loc[list(order), list(order)], what)), order


def _same_names(own: tuple[Hashable, ...], names: Names, what: str) -> tuple[Hashable, ...]:
    """The order to use: that of `names`, which must then be the same names."""
    if len(set(own)) != len(own):
        raise NetworkError(f"{what}: a name is given twice")
    if names is None:
        return own
    _check_names(own, names, what)
    return names


def _check_names(own: Iterable[Hashable], names: Sequence[Hashable], what: str) -> None:
    """Refuse names that are not exactly those of the network."""
    given, expected = set(own), set(names)
    if given == expected:
        return
    missing = sorted(map(str, expected - given))[:SHOWN]
    unknown = sorted(map(str, given - expected))[:SHOWN]
    raise NetworkError(f"{what}: names differ from those of the network: missing {missing}, unknown {unknown}")


def _floats(given: Any, what: str) -> Floats:
    """An array of float64, or a clear error."""
    try:
        array = np.asarray(given)
        if np.iscomplexobj(array):
            raise NetworkError(f"{what}: complex numbers")
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        if isinstance(error, NetworkError):
            raise
        raise NetworkError(f"{what}: not an array of numbers: {error}") from None


def _check_amounts(matrix: sparse.csr_array, what: str, names: Names) -> None:
    """Refuse amounts that are NaN, infinite or negative, and anything owed to oneself."""
    data = matrix.data
    if data.size and not (np.isfinite(data).all() and data.min() >= 0.0):
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        for wrong, fault in ((~np.isfinite(data), "NaN or infinite"), (data < 0.0, "negative")):
            marked = np.zeros(matrix.shape[0], bool)
            marked[rows[wrong]] = True
            if marked.any():
                raise NetworkError(f"{what}: {fault} amounts in the rows of {labels(marked, names)}")
    own = matrix.diagonal() != 0.0
    if own.any():
        raise NetworkError(f"{what}: amounts on the diagonal, to oneself, at {labels(own, names)}")


def vector(
    given: Any,
    size: int,
    what: str,
    names: Names = None,
    *,
    least: float = 0.0,
    most: float = np.inf,
) -> Floats:
    """One figure a node between `least` and `most`: a number for all, an array in order, or a mapping by name."""
    if isinstance(given, Mapping) or hasattr(given, "keys"):
        if names is None:
            raise NetworkError(f"{what}: given by name, but the network has no names")
        _check_names(given.keys(), names, what)
        given = [given[name] for name in names]
    array = _floats(given, what)
    if array.ndim == 0:
        array = np.full(size, float(array))
    if array.shape != (size,):
        raise NetworkError(f"{what}: {size} figures are needed, one a node, but its shape is {array.shape}")
    if np.isnan(array).any():
        raise NetworkError(f"{what}: NaN at {labels(np.isnan(array), names)}")
    wrong = ~np.isfinite(array) | (array < least) | (array > most)
    if wrong.any():
        limits = f"from {least:g} to {most:g}" if np.isfinite(most) else f"finite and at least {least:g}"
        raise NetworkError(f"{what}: must be {limits}, but is not at {labels(wrong, names)}")
    return array


def holdings(given: Any, what: str, names: Names = None) -> tuple[Floats, Names]:
    """A dense table (institution, asset) of amounts, finite and none negative; one column if it is a plain list.

    A mapping from institution to its row gives the institutions names; a data frame does by its index.
    """
    if isinstance(given, Mapping):
        own = tuple(given)
        order = _same_names(own, names, what)
        names, given = order, [given[name] for name in order]
    elif hasattr(given, "columns") and hasattr(given, "index"):
        order = _same_names(tuple(given.index), names, what)
        names, given = order, given.loc[list(order)]
    elif sparse.issparse(given):
        given = given.toarray()
    table = _floats(given, what)
    if table.ndim == 1:
        table = table[:, np.newaxis]
    if table.ndim != 2:
        raise NetworkError(f"{what}: a table (institution, asset) has two dimensions, not {table.ndim}")
    wrong: Bools = np.any(~np.isfinite(table) | (table < 0.0), axis=1)
    if wrong.any():
        raise NetworkError(f"{what}: negative, NaN or infinite amounts in the rows of {labels(wrong, names)}")
    return table, names


def positive_equity(given: Any, size: int, names: Names, spared: Bools | None = None) -> Floats:
    """Equity at the start, which must be positive but for nodes that are `spared` (failed before the start)."""
    equity = vector(given, size, "equity", names, least=-np.inf)
    wrong = equity <= 0.0 if spared is None else (equity <= 0.0) & ~spared
    if wrong.any():
        raise NetworkError(f"equity: not positive at the start at {labels(wrong, names)}: failed before any shock")
    return equity


def mask(given: Any, size: int, what: str, names: Names = None) -> Bools:
    """A boolean a node: a boolean array in order, a mapping by name, or a set of the marked nodes' names."""
    if isinstance(given, Mapping) or hasattr(given, "keys"):
        return vector(given, size, what, names, most=1.0) > 0.0
    if isinstance(given, set | frozenset):
        order = tuple(range(size)) if names is None else names
        if not given <= set(order):
            raise NetworkError(f"{what}: no such nodes: {sorted(map(str, given - set(order)))[:SHOWN]}")
        return np.array([name in given for name in order], bool)
    array = np.asarray(given)
    if array.shape != (size,) or (array.dtype != bool and not np.isin(array, (0, 1)).all()):
        raise NetworkError(f"{what}: a boolean mask of {size} nodes is needed, but its shape is {array.shape}")
    return array.astype(bool)


def one_of(given: str, choices: Sequence[str], what: str) -> str:
    """The choice, if it is one."""
    if given not in choices:
        raise NetworkError(f"{what}: must be one of {', '.join(choices)}, not {given!r}")
    return given
