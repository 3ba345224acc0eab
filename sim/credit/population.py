"""Households: drawn once, moved monthly, and readable one at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np

from sim.credit.columns import Column, Columns
from sim.credit.incomes import income_tables
from sim.credit.kernels import people
from sim.credit.kernels.layout import BLOCK, STATES
from sim.credit.logistic import logistic_threshold
from sim.credit.terms import AGE_BANDS, REGIONS, PopulationTerms
from sim.credit.terms import STATES as STATE_NAMES
from sim.credit.threads import by_lanes
from sim.draws import WORD, Clock, Subject, declare, key_array

Array = np.ndarray[Any, Any]

TRAITS = declare("household traits", Clock.LIFE, Subject.HOUSEHOLD, "age band, region, quality, opening income state")
MEANS = declare("household means", Clock.LIFE, Subject.HOUSEHOLD, "monthly income")
FORTUNE = declare("income state", Clock.MONTH, Subject.HOUSEHOLD, "move between steady, strained and jobless")

BURDEN_EDGES_PERCENT = (2, 5, 10, 20, 35, 50, 80)
BURDEN_MIDDLES = (0.01, 0.035, 0.075, 0.15, 0.27, 0.42, 0.63, 1.0)

LAYOUT = {
    "weight": Column("i4", "people", "real people this household stands for; 0 = absent"),
    "trait": Column("u1", "index", "age band x 8 + quality bin"),
    "state": Column("u1", "index", "income state: steady, strained, jobless"),
    "region": Column("u1", "index", "region"),
    "income": Column("i4", "fen per month", "monthly income as drawn, at incomes of January 2019"),
    "standing": Column("u1", "index", "income among households of the same quality, in 32nds from the lowest"),
    "commitment": Column("i4", "fen per month", "instalments and fees due in a month, all lenders"),
    "cell": Column("u2", "index", "risk cell of the month: trait, state, burden"),
}


def cumulative_thresholds(shares_ppm: tuple[int, ...]) -> Array:
    """Cumulative uint64 thresholds of shares in ppm; the last is 2**32."""
    total, out = 0, []
    for share in shares_ppm:
        total += share
        out.append((total << 32) // 1_000_000)
    return np.array(out, np.uint64)


def quality_bins(sd: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Edges (7) and mean values (8) of eight equally likely bins of a normal quality with this standard deviation."""
    normal = NormalDist(0.0, 1.0)
    cuts = [normal.inv_cdf(k / 8) for k in range(1, 8)]
    density = [0.0, *(normal.pdf(c) for c in cuts), 0.0]
    means = tuple(8 * (density[k] - density[k + 1]) * sd for k in range(8))
    return tuple(c * sd for c in cuts), means


def lognormal_quantiles(median: float, sigma: float, low: int, high: int, count: int, unit: int = 100) -> list[int]:
    """Mid-quantiles of a lognormal, cut to [low, high] and rounded to whole `unit` fen (100 = one yuan)."""
    values = [median * math.exp(sigma * z) for z in _normal_mid_quantiles(count)]
    return [max(low, min(high, round(v / unit) * unit)) for v in values]


@cache
def _normal_mid_quantiles(count: int) -> tuple[float, ...]:
    """Mid-quantiles of the standard normal: asked for again whenever a lender scores its members."""
    normal = NormalDist()
    return tuple(normal.inv_cdf((k + 0.5) / count) for k in range(count))


def quality_by_region(terms: PopulationTerms) -> Array:
    """Cumulative uint64 thresholds [region, quality bin]."""
    edges, _ = quality_bins(terms.quality_sd)
    sd = max(terms.quality_sd, 1e-9)
    rows = [[*(round(NormalDist(mean, sd).cdf(edge) * WORD) for edge in edges), WORD] for mean in terms.region_quality]
    return np.array(rows, np.uint64)


@lru_cache(maxsize=4)
def incomes_of(terms: PopulationTerms) -> tuple[Array, Array]:
    """Monthly incomes, and where they stand, by age band, region, quality bin and step; see `credit.incomes`."""
    shares = np.diff(quality_by_region(terms).astype(np.float64), axis=1, prepend=0.0) / WORD
    cells = np.array(terms.region_shares_ppm)[:, None] / 1_000_000 * shares
    return income_tables(terms, cells, np.array(quality_bins(1.0)[1]))


@dataclass(frozen=True)
class Household:
    """One household as a reader's object: a snapshot of its columns, money in fen."""

    number: int
    weight: int
    age_band: str
    region: str
    income_fen: int
    income_state: str
    commitment_fen: int


class Households:
    """The households of the world as columns; `households[i]` reads one of them like an object.

    Without `drawn` the columns are empty until they are restored.
    """

    def __init__(self, terms: PopulationTerms, seed: int, *, drawn: bool = True) -> None:
        self.terms = terms
        self.count = terms.households
        padded = -(-terms.households // BLOCK) * BLOCK
        self.columns = Columns(padded, LAYOUT)
        self._key = key_array(seed, FORTUNE)
        self._people: int | None = None
        self.income_ppm = 1_000_000
        """Incomes of the month, of those drawn: set as each month opens."""
        if drawn:
            self._draw(seed)

    def _draw(self, seed: int) -> None:
        terms, c = self.terms, self.columns
        quality = quality_by_region(terms)
        incomes, standings = incomes_of(terms)
        people.draw_households(
            key_array(seed, TRAITS), key_array(seed, MEANS), self.count, terms.weight,
            cumulative_thresholds(terms.age_shares_ppm), cumulative_thresholds(terms.region_shares_ppm),
            quality, cumulative_thresholds(terms.state_shares_ppm), incomes, standings,
            c.weight, c.trait, c.state, c.region, c.income, c.standing,
        )  # fmt: skip

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> Household:
        if not 0 <= number < self.count:
            raise IndexError(f"household {number} does not exist; there are {self.count}")
        c = self.columns
        return Household(
            number, int(c.weight[number]), AGE_BANDS[int(c.trait[number]) // 8], REGIONS[int(c.region[number])],
            int(c.income[number]) * self.income_ppm // 1_000_000, STATE_NAMES[int(c.state[number])],
            int(c.commitment[number]),
        )  # fmt: skip

    def remove(self, number: int) -> None:
        """Take a household out of the world before it starts: nobody is renumbered, so nobody else's draws move."""
        self.columns.weight[number] = 0
        self._people = None

    @property
    def people(self) -> int:
        """How many real people all households stand for; added up once, since nobody comes or goes during a run."""
        if self._people is None:
            self._people = int(self.columns.weight.sum(dtype=np.int64))
        return self._people

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take the columns of a checkpoint."""
        self.columns.restore(arrays)
        self._people = None

    def incomes_fen(self) -> Array:
        """Monthly income of every household, fen."""
        incomes: Array = self.columns.income.astype(np.int64) * self.income_ppm // 1_000_000
        return incomes

    def change_month(self, month: int, stress_milli: int, income_ppm: int = 1_000_000) -> None:
        """The first of a month: income states move and each household's burden is measured for the month, of incomes at
        this level."""
        self.income_ppm = income_ppm
        c = self.columns
        edges = np.array(BURDEN_EDGES_PERCENT, np.int64)
        moved = (
            self._key, month, self._move_thresholds(stress_milli), edges, np.int64(income_ppm), c.trait, c.state,
            c.income, c.commitment, c.cell,
        )  # fmt: skip
        by_lanes(lambda first, last: people.monthly_change(first, last, *moved), c.trait.size)

    def drawn_states(self) -> Array:
        """Shares of households by income state as they are drawn."""
        return np.array(self.terms.state_shares_ppm) / sum(self.terms.state_shares_ppm)

    def moves(self, stress_milli: int) -> Array:
        """Chances [from, to] of the month's moves between income states."""
        return np.diff(self._move_thresholds(stress_milli).astype(np.float64) / WORD, prepend=0.0)

    def _move_thresholds(self, stress_milli: int) -> Array:
        """Cumulative thresholds [from, to] of the month's moves: macro stress raises the bad ones and slows the good
        ones."""
        t = self.terms
        push = t.stress_on_transitions * stress_milli / 1000
        strain, loss = _shifted(t.strain_ppm, push), _shifted(t.job_loss_ppm, push)
        relief, work = _shifted(t.relief_ppm, -push / 2), _shifted(t.reemployment_ppm, -push / 2)
        table = [[WORD - strain - loss, WORD - loss, WORD], [relief, WORD - 2 * loss, WORD], [work, work, WORD]]
        return np.array([[max(0, min(WORD, x)) for x in row] for row in table], np.uint64).reshape(STATES, STATES)


def _shifted(ppm: int, push: float) -> int:
    """A probability moved by `push` logits, as a threshold of 2**32."""
    if ppm in (0, 1_000_000):
        return (ppm << 32) // 1_000_000
    milli = round(1000 * (math.log(ppm / (1_000_000 - ppm)) + push))
    return int(logistic_threshold(np.array([milli]))[0])
