"""What a user would pick instead: one Mesa object per borrower, and plain NumPy columns, with a simpler rule.

Both do: purchases at the mean rate, one of the same terms, an amount; on the due day of the month a payment or a miss
by the same mean chances (by cycles missed), cure of all arrears, write-off after as many missed cycles, the receivable
of every owner; a third of all purchases belongs to one of 20 pools, drawn when they are made.

Neither does: the order system, fees and penalties, limits, late days within a cycle, early repayment, recoveries, risk
cells, income states and burdens, draws addressed by household (both use a sequential generator), purchases by pools
day by day, stocks by days past due, or the check of every bucket against its stored sum. They do less work per event,
so the ratios understate the difference.
"""

from __future__ import annotations

import random
from time import perf_counter

import mesa
import numpy as np

from benchmarks import baitiao_world as baitiao
from sim.credit import spending
from sim.credit.kernels import layout as at
from sim.draws import WORD

POOLS = 20
GONE_AT = 8
"""Missed cycles at which the peers write a loan off: 210 days past due."""


def monthly_rule() -> tuple[list[int], list[float], list[float], float]:
    """Terms on offer, their shares, the mean chance to miss by cycles missed, purchases per borrower and day."""
    world = baitiao.build(28 * at.BLOCK, 0)
    odds = world.book.odds.reshape(at.RANKS, at.CELLS, at.CYCLES)[1].mean(axis=0) / WORD
    product = next(iter(baitiao.lending_terms().products.values()))
    rate = spending.ceiling_per_month(baitiao.lending_terms().spending) * 12 / 365 * 0.7
    shares = [offer.share_ppm / 1_000_000 for offer in product.terms.values()]
    return list(product.terms), shares, [float(p) for p in odds], rate


class Borrower(mesa.Agent):
    """One borrower with a list of loans, each a list [owed, part, cycles missed, owner]."""

    def __init__(self, model: Lender, due_day: int) -> None:
        super().__init__(model)
        self.due_day = due_day
        self.loans: list[list[int]] = []

    def step(self) -> None:
        """Perhaps buy; on the due day pay or miss everything."""
        lender = self.model
        draw = lender.random
        if draw.random() < lender.rate:
            months = draw.choices(lender.terms, lender.shares)[0]
            amount = round(draw.lognormvariate(10.6, 0.9))
            owner = 1 + draw.randrange(POOLS) if draw.random() < 1 / baitiao.POOL_SHARE else 0
            self.loans.append([amount, amount // months, 0, owner])
            lender.receivable[owner] += amount
        if lender.day % 30 == self.due_day and self.loans:
            self._pay_or_miss(lender, draw)

    def _pay_or_miss(self, lender: Lender, draw: random.Random) -> None:
        worst = max(loan[2] for loan in self.loans)
        misses = draw.random() < lender.odds[min(worst, at.CYCLES - 1)]
        kept = []
        for loan in self.loans:
            owed, part, missed, owner = loan
            lender.due += 1
            if misses:
                loan[2] = missed + 1
                if missed + 1 < GONE_AT:
                    kept.append(loan)
                else:
                    lender.receivable[owner] -= owed
                continue
            paid = owed if owed < 2 * part else min(owed, part * (missed + 1))
            lender.receivable[owner] -= paid
            if owed > paid:
                kept.append([owed - paid, part, 0, owner])
        self.loans = kept


class Lender(mesa.Model):
    """The lender and all its borrowers; `step` is a day."""

    def __init__(self, borrowers: int) -> None:
        super().__init__(rng=baitiao.SEED)
        self.terms, self.shares, self.odds, self.rate = monthly_rule()
        self.receivable, self.day, self.due = [0] * (1 + POOLS), 0, 0
        for number in range(borrowers):
            Borrower(self, number % 28)

    def step(self) -> None:
        """One day of every borrower."""
        self.agents.do("step")
        self.day += 1


class Columns:
    """The same lender as NumPy columns, one row a loan, masks over all rows every day."""

    def __init__(self, borrowers: int) -> None:
        self.rng = np.random.default_rng(baitiao.SEED)
        terms, shares, odds, self.rate = monthly_rule()
        self.terms, self.shares, self.odds = np.array(terms), np.array(shares), np.array(odds)
        self.borrowers, self.day, self.due = borrowers, 0, 0
        self.receivable = np.zeros(1 + POOLS, np.int64)
        self.who, self.owed, self.part = (np.zeros(0, np.int32) for _ in range(3))
        self.missed, self.owner, self.due_day = (np.zeros(0, np.uint8) for _ in range(3))

    def step(self) -> None:
        """One day: append the purchases, settle what is due, drop what is gone."""
        self._buy()
        self._settle()
        self.day += 1

    def _buy(self) -> None:
        buyers = np.flatnonzero(self.rng.random(self.borrowers, np.float32) < self.rate).astype(np.int32)
        months = self.rng.choice(self.terms, buyers.size, p=self.shares)
        amount = self.rng.lognormal(10.6, 0.9, buyers.size).astype(np.int32)
        sold = self.rng.random(buyers.size) < 1 / baitiao.POOL_SHARE
        owner = (sold * self.rng.integers(1, 1 + POOLS, buyers.size)).astype(np.uint8)
        self.who, self.owed = np.concatenate([self.who, buyers]), np.concatenate([self.owed, amount])
        self.part = np.concatenate([self.part, (amount // months).astype(np.int32)])
        self.missed = np.concatenate([self.missed, np.zeros(buyers.size, np.uint8)])
        self.owner = np.concatenate([self.owner, owner])
        self.due_day = np.concatenate([self.due_day, (buyers % 28).astype(np.uint8)])
        self._add(owner, amount)

    def _settle(self) -> None:
        due = np.flatnonzero(self.due_day == self.day % 30)
        self.due += due.size
        luck = self.rng.random(self.borrowers, np.float32)[self.who[due]]
        misses = luck < self.odds[np.minimum(self.missed[due], at.CYCLES - 1)]
        payers, behind = due[~misses], due[misses]
        owed, part = self.owed[payers], self.part[payers]
        paid = np.where(owed < 2 * part, owed, np.minimum(owed, part * (self.missed[payers].astype(np.int32) + 1)))
        self._add(self.owner[payers], -paid)
        self.owed[payers] -= paid
        self.missed[payers] = 0
        self.missed[behind] += 1
        lost = behind[self.missed[behind] >= GONE_AT]
        self._add(self.owner[lost], -self.owed[lost])
        self.owed[lost] = 0
        keep = self.owed > 0
        for name in ("who", "owed", "part", "missed", "owner", "due_day"):
            setattr(self, name, getattr(self, name)[keep])

    def _add(self, owner: np.ndarray, fen: np.ndarray) -> None:
        np.add.at(self.receivable, owner, fen)


def seconds_per_borrower_day(peer: Lender | Columns, borrowers: int, days: int, settle: int = 60) -> float:
    """Run a peer until its book has filled, then time it."""
    for _ in range(settle):
        peer.step()
    start = perf_counter()
    for _ in range(days):
        peer.step()
    return (perf_counter() - start) / (borrowers * days)
