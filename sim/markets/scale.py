"""Economies of scale: what a unit of work costs institutions of different size."""

from __future__ import annotations


def unit_cost(usual: float, size: float, elasticity: float) -> float:
    """What a unit costs one of this size, a multiple of the size for which `usual` holds: usual x size^-elasticity.

    The fixed part of the work (models, data, systems) is spread over more; an elasticity of total cost to size of 0.9
    is one of 0.1 here. Rounded, so that the last bits of a power cannot matter.

    >>> [unit_cost(0.02, size, 0.1) for size in (0.1, 1.0, 10.0)]
    [0.025179, 0.02, 0.015887]
    """
    return float(round(usual * float(size**-elasticity), 6))
