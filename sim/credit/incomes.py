"""What a household earns, given its age, region and quality, and what follows income: limits and sizes of purchases.

All of it is a Gaussian copula over draws that are there anyway, so that who earns, is granted or spends much changes
and the distributions of incomes, limits (class by class) and purchases do not.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np

from sim.credit.terms import PopulationTerms

Array = np.ndarray[Any, Any]

INCOMES = 256
STANDINGS = 32
LOWEST_FEN, HIGHEST_FEN = 50_000, 20_000_000
_GRID = 512


def income_tables(terms: PopulationTerms, cells: Array, quality: Array) -> tuple[Array, Array]:
    """Monthly incomes, fen, and where each stands, both [age band, region, quality bin, step of 256].

    ln(income) = ln(median x age's ratio) - correlation x sigma x quality + ln(region's ratio) + the rest, normal and as
    wide as leaves sigma the standard deviation of all within an age band. Where an income stands is counted among
    households of the same quality, in 32nds from the lowest: a score class, which is quality seen through noise, says
    nothing about it. `cells` [region, quality bin]: shares of households; `quality` [bin]: mean in standard deviations.
    """
    explained = np.log(terms.income_by_region)[:, None] - terms.income_of_quality * terms.income_sigma * quality[None]
    explained = explained - (cells * explained).sum()
    rest = math.sqrt(max(0.0, terms.income_sigma**2 - float((cells * explained**2).sum())))
    levels = np.log(terms.income_median_fen * np.array(terms.income_by_age))[:, None, None] + explained[None]
    logs = levels[..., None] + rest * _normal_steps(INCOMES)
    incomes = np.clip(100 * np.round(np.exp(logs) / 100), LOWEST_FEN, HIGHEST_FEN).astype(np.int32)
    shares = np.array(terms.age_shares_ppm)[:, None, None] / 1_000_000 * cells[None]
    return incomes, _standings(logs, levels, shares, max(rest, 1e-9))


def _standings(logs: Array, levels: Array, shares: Array, rest: float) -> Array:
    """The share of households of each bin of quality that earn less, in 32nds: a mixture of normals, read off a
    grid."""
    stand = np.empty(logs.shape, np.uint8)
    for q in range(logs.shape[2]):
        grid = np.linspace(logs[:, :, q].min(), logs[:, :, q].max(), _GRID)
        weights = (shares[:, :, q] / max(1e-18, shares[:, :, q].sum())).reshape(-1)
        below = weights @ _normal_cdf((grid[None] - levels[:, :, q].reshape(-1, 1)) / rest)
        stand[:, :, q] = _step_of(np.interp(logs[:, :, q], grid, below), STANDINGS)
    return stand


@lru_cache(maxsize=64)
def following_income(correlation: float, steps: int) -> Array:
    """[standing, step]: the step, of so many equally likely ones, at which an amount stands that is drawn at `step` by
    somebody of this standing.

    Normal scores: correlation x that of the income + sqrt(1 - correlation^2) x that of the draw. Over all standings
    every step is as likely as before. The table is shared: read it, do not write to it.

    >>> following_income(0.0, 4)[0].tolist(), following_income(1.0, 4)[:, 0].tolist()[::8]
    ([0, 1, 2, 3], [0, 1, 2, 3])
    """
    own = math.sqrt(max(0.0, 1.0 - correlation**2))
    scores = correlation * _normal_steps(STANDINGS)[:, None] + own * _normal_steps(steps)[None]
    table: Array = _step_of(_normal_cdf(scores), steps)
    table.flags.writeable = False
    return table


def _normal_steps(count: int) -> Array:
    """Normal values at the middles of equally likely steps."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((k + 0.5) / count) for k in range(count)])


def _normal_cdf(values: Array) -> Array:
    flat = [0.5 * math.erfc(-v * math.sqrt(0.5)) for v in values.ravel().tolist()]
    return np.array(flat).reshape(values.shape)


def _step_of(shares: Array, steps: int) -> Array:
    # A coarse grid, so that the last bits of an error function cannot decide.
    return np.clip(np.floor(np.round(shares * steps, 6)), 0, steps - 1).astype(np.uint16)
