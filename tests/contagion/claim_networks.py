"""Random networks for the tests of contagion, each from a seed of its own."""

from __future__ import annotations

import numpy as np


def amounts(seed, nodes, density=0.3):
    """A matrix of amounts with an empty diagonal."""
    draw = np.random.default_rng(seed)
    matrix = draw.lognormal(0, 1, (nodes, nodes)) * (draw.random((nodes, nodes)) < density)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def system(seed, nodes=None):
    """Liabilities, external assets and external liabilities: from nearly all solvent to nearly all in default."""
    draw = np.random.default_rng((seed, 1))
    nodes = int(draw.integers(2, 25)) if nodes is None else nodes
    liabilities = amounts(seed, nodes)
    assets = draw.lognormal(0, 1, nodes) * draw.choice([0.1, 1.0, 3.0])
    outside = draw.lognormal(0, 1, nodes) * (draw.random(nodes) < 0.7)
    return liabilities, assets, outside


def lenders(seed, nodes=12, leverage=0.6):
    """Exposures and positive equity, with interbank leverage around `leverage`."""
    exposures = amounts(seed, nodes)
    draw = np.random.default_rng((seed, 2))
    return exposures, (exposures.sum(axis=1) + 0.1) / leverage * draw.uniform(0.5, 1.5, nodes)
