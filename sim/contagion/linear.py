"""One linear system: x = constant + passed_on x."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import gmres

from sim.contagion.inputs import Floats

SMALL = 2_000
"""Unknowns up to which a system that GMRES cannot solve is solved by elimination (a random network fills up)."""
ACCURACY = 1e-14
ENOUGH = 1e-12
"""Residual, as a part of the constant, that GMRES asks of itself, and that it must at least reach."""


def fixed_point(passed_on: sparse.csr_array, constant: Floats, start: Floats) -> Floats:
    """x = constant + passed_on x; numpy's `LinAlgError` if it has no one solution or none is found from `start`."""
    size = start.size
    system = sparse.eye_array(size, format="csr") - sparse.csr_array(passed_on)
    found, _ = gmres(system, constant, x0=start, rtol=ACCURACY, atol=0.0, restart=60, maxiter=3)
    if np.linalg.norm(constant - system @ found) <= ENOUGH * np.linalg.norm(constant):
        return np.asarray(found)
    if size > SMALL:
        raise np.linalg.LinAlgError("the system did not converge")
    return np.asarray(np.linalg.solve(system.toarray(), constant))
