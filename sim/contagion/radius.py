"""The spectral radius of a matrix without negative entries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackNoConvergence, eigs

from sim.contagion.inputs import Floats

SMALL = 50
"""Nodes of a component up to which all eigenvalues are found, instead of the largest one."""


def class_radii(matrix: sparse.csr_array) -> tuple[NDArray[np.int32], Floats]:
    """The strongly connected part each node is in, and the spectral radius of each part: 0 without a cycle."""
    parts, part = connected_components(matrix, directed=True, connection="strong")
    radii = np.zeros(parts)
    np.maximum.at(radii, part, matrix.diagonal())
    sizes = np.bincount(part, minlength=parts)
    order = np.argsort(part, kind="stable")
    ends = np.cumsum(sizes)
    for index in np.flatnonzero(sizes > 1):
        nodes = order[ends[index] - sizes[index] : ends[index]]
        radii[index] = _radius(matrix[nodes][:, nodes])
    return part, radii


def spectral_radius_of(matrix: sparse.csr_array) -> float:
    """The largest modulus of an eigenvalue: the largest over the strongly connected parts, exactly 0 without cycles."""
    return float(class_radii(matrix)[1].max(initial=0.0))


def _radius(matrix: sparse.csr_array) -> float:
    """That of one strongly connected part; the start of the iteration is fixed, so that the figure always is."""
    if matrix.shape[0] > SMALL:
        try:
            return float(np.abs(eigs(matrix, k=1, v0=np.ones(matrix.shape[0]), return_eigenvectors=False)).max())
        except ArpackNoConvergence:
            pass
    return float(np.abs(np.linalg.eigvals(matrix.toarray())).max())
