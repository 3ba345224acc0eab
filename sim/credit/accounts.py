"""Accounts: a household at a lender. One table holds those of all lenders, sorted by lender and then household.

An account exists only if its household is a member by the last month of the run: membership is a draw that no policy
can change, so the table is drawn once and never moved. A lender's part is filled up to whole blocks of 64 rows with
accounts that nobody ever joins.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.calendar import month_index
from sim.credit.columns import Column, Columns
from sim.credit.incomes import following_income
from sim.credit.kernels import accounts as kernels
from sim.credit.kernels.layout import BLOCK, IN_CASH, LANES, NEVER, NO_ROW, REFUSED, WATCHED
from sim.credit.lending_terms import LendingTerms
from sim.credit.membership import months_of_joining, share_by_month
from sim.credit.population import Households, lognormal_quantiles
from sim.credit.scores import class_given_quality, grades_seen
from sim.credit.terms import CLASSES
from sim.credit.threads import by_lanes
from sim.draws import Clock, Subject, declare, key_array, threshold

Array = np.ndarray[Any, Any]

SEASONING_MONTHS = 36

ACCOUNT = declare(
    "account", Clock.LIFE, Subject.ACCOUNT, "score class given quality, limit given class and income, month of joining"
)
ROLLOVER_TYPE = declare(
    "rollover type", Clock.LIFE, Subject.HOUSEHOLD, "whether a household short of cash borrows elsewhere to pay"
)

LAYOUT = {
    "household": Column("u4", "index", "household"),
    "ceiling": Column("i4", "fen", "credit limit as drawn; the limit in force is a share of it by class"),
    "used": Column("i4", "fen", "principal owed to this lender"),
    "instalment": Column("i4", "fen per month", "instalments and fees due in a month on this account"),
    "weight": Column("i4", "people", "the household's weight"),
    "joined": Column("u2", "month", "month of joining, months since 2010-01; 65535 = never"),
    "decided": Column("u2", "month x 4 + outcome", "the month's decision: 0 roll over, 1 miss, 2 pay one, 3 pay all"),
    "cell": Column("u2", "index", "the household's risk cell of the month"),
    "lender": Column("u1", "index", "lender"),
    "klass": Column("u1", "index", "score class L1..L5"),
    "granted": Column("u1", "index", "the score class whose limit it may use; 5 = refused"),
    "standing": Column("u1", "index", "the household's income among those of the same quality"),
    "rank": Column("u1", "index", "place in the household's order of payment (1 = first); bits 6, 7: rolls, watched"),
    "missed": Column("u1", "cycles", "due dates missed in a row; 255 = closed after a write-off"),
}
"""What the days' work reads of an account: 32 bytes, half a line of cache."""
SCORES = {
    "noise": Column("u1", "1/256", "quantile of the error of the account's score"),
    "place": Column("u1", "1/256", "place within the score class, the best first"),
}
"""What only a lender's review reads."""


def joining_thresholds(shares: Sequence[float]) -> Array:
    """Cumulative thresholds of the month of joining, given the share of members by month. Nobody leaves."""
    table = np.array([int(share * (1 << 20)) << 12 for share in shares], np.uint64)
    return np.maximum.accumulate(table)


@dataclass(frozen=True)
class Seats:
    """Which rows of the table belong to which lender, and to which lane's households. No policy can change it, so
    markets that go on from one midnight share it; `drawn_from` is all it depends on."""

    drawn_from: Hashable
    starts: Array
    counts: list[int]
    bounds: Array


def joining_tables(lenders: Sequence[LendingTerms], first_day: int) -> list[Array]:
    """Of each lender, the thresholds of the month of joining.

    Membership before the first day matters to a seasoned book: those who joined 36 months before count as there for
    ever.
    """
    first_month = _first_month(first_day)
    return [
        joining_thresholds(share_by_month(terms, first_month, months_of_joining(terms, first_month)))
        for terms in lenders
    ]


def _first_month(first_day: int) -> int:
    return max(0, month_index(first_day) - SEASONING_MONTHS)


def seats_from(households: int, seed: int, lenders: Sequence[LendingTerms], first_day: int) -> Hashable:
    """All that the seats of a table depend on."""
    return households, seed, tuple(table.tobytes() for table in joining_tables(lenders, first_day))


@dataclass(frozen=True)
class Opened:
    """What a lender gave its members when their accounts were opened: class given quality, place within the class,
    limit given class and income, and which classes it granted."""

    class_cdf: Array
    grades: Array
    limits: Array
    accepted: Array

    @classmethod
    def by(cls, terms: LendingTerms, quality_sd: float) -> Opened:
        """Under a lender's terms."""
        cdf = class_given_quality(terms.class_shares_ppm, quality_sd, terms.score_noise)
        grades = grades_seen(terms.class_shares_ppm, quality_sd, terms.score_noise, terms.score_noise)
        return cls(cdf, grades, limits_by_class(terms), np.array([name in terms.accepted_classes for name in CLASSES]))


class Accounts:
    """All accounts of a world. `part(lender)` is one lender's; the monthly pass runs over all of them.

    With `seats`, those of a table drawn from the same, nobody is drawn: rows are empty until they are restored.
    """

    def __init__(
        self,
        households: Households,
        seed: int,
        lenders: Sequence[LendingTerms],
        first_day: int,
        rollover_ppm: int = 0,
        seats: Seats | None = None,
        opened_under: Sequence[LendingTerms] | None = None,
        elsewhere_ppm: int = 0,
    ) -> None:
        self.households, self.rolls = households, rollover_ppm > 0
        self.account_key = key_array(seed, ACCOUNT)
        joining = joining_tables(lenders, first_day)
        members = [] if seats else [self._members(seed, number, table) for number, table in enumerate(joining)]
        self.seats = seats or self._seat(members, seats_from(households.count, seed, lenders, first_day))
        self.starts, self.counts, self.bounds = self.seats.starts, self.seats.counts, self.seats.bounds
        self.columns = Columns(int(self.starts[-1]), LAYOUT)
        self.columns.joined[:] = NEVER
        self.scores = Columns(int(self.starts[-1]), SCORES)
        self.ranks = [terms.payment_rank for terms in lenders]
        self.opened = [Opened.by(terms, households.terms.quality_sd) for terms in opened_under or lenders]
        for number, rows in enumerate(members):
            self._draw(seed, number, lenders[number], rows, joining[number], _first_month(first_day), rollover_ppm)
        self.fallback = np.full(len(households.columns.weight) if self.rolls else 1, NO_ROW, np.uint32)
        self.report_late = np.array([terms.reports_to_register for terms in lenders])
        # What may be drawn on purchases and in cash, of each ceiling: [kind, lender, class granted or refused], and the
        # share of sound applications funded today.
        self.room_ppm = np.zeros((2, len(lenders), REFUSED + 1), np.int64)
        self.ration = np.zeros(len(lenders), np.uint64)
        self.elsewhere = np.uint64(threshold(elsewhere_ppm))

    def _members(self, seed: int, lender: int, joining: Array) -> Array:
        member = np.zeros(self.households.count, np.bool_)
        key = key_array(seed, ACCOUNT)
        by_lanes(lambda first, last: kernels.find_members(first, last, key, lender, joining, member), member.size)
        return np.flatnonzero(member).astype(np.uint32)

    def _draw(
        self, seed: int, lender: int, terms: LendingTerms, members: Array, joining: Array, first_month: int, roll: int
    ) -> None:
        mine, h = self.part(lender), self.households
        c, s = mine.columns, mine.scores
        drawn = (
            key_array(seed, ACCOUNT), key_array(seed, ROLLOVER_TYPE), np.uint64(threshold(roll)), lender,
            self.opened[lender].class_cdf, self.opened[lender].grades, self.opened[lender].limits, joining, first_month,
            terms.payment_rank, members, h.columns.trait, h.columns.standing,
            c.household, c.lender, c.klass, s.place, c.standing, c.rank, c.ceiling, c.joined, s.noise,
        )  # fmt: skip
        by_lanes(lambda first, last: kernels.draw_accounts(first, last, *drawn), members.size)
        c.lender[:] = lender

    def _seat(self, members: list[Array], drawn_from: Hashable) -> Seats:
        """`bounds` [lender, lane + 1]: the rows of the households of each lane, for passes that run over households."""
        sizes = [-(-rows.size // BLOCK) * BLOCK for rows in members]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        share = (self.households.columns.weight.size + LANES - 1) // LANES
        edges = [lane * share for lane in range(LANES)]
        lanes = [[*np.searchsorted(rows, edges).tolist(), rows.size] for rows in members]
        bounds = np.array(lanes, np.int64) + starts[:-1, None]
        return Seats(drawn_from, starts, [int(rows.size) for rows in members], bounds)

    @cached_property
    def by_household(self) -> tuple[Array, Array]:
        """(first [household + 1], rows): the accounts of each household side by side, in its order of payment."""
        first = np.zeros(self.households.count + 1, np.uint32)
        rows = np.empty(sum(self.counts), np.uint32)
        order = np.argsort(np.array(self.ranks), kind="stable")
        kernels.list_by_household(order, self.bounds, self.columns.household, first, rows)
        return first, rows

    def part(self, lender: int) -> LenderAccounts:
        """One lender's accounts."""
        return LenderAccounts(self, lender)

    def take_month(self) -> None:
        """Copy what accounts keep of their households; those that owe nothing are behind with nothing."""
        c, h = self.columns, self.households.columns
        taken = (self.bounds, c.household, h.weight, h.cell, c.weight, c.cell, c.used, c.missed)
        by_lanes(lambda first, last: kernels.take_month(first, last, *taken), c.household.size)

    def commitments(self, out: Array) -> None:
        """Each household's payments due in a month over all its accounts, fen, into `out`."""
        due = (self.bounds, self.columns.household, self.columns.instalment, out)
        by_lanes(lambda first, last: kernels.add_up_instalments(first, last, *due), self.columns.household.size)

    def change_month(self, month: int, stress_milli: int, income_ppm: int = 1_000_000) -> None:
        """The first of a month: burdens are measured, income states move, and each household that rolls debt over
        looks where it could draw next."""
        self.commitments(self.households.columns.commitment)
        self.households.change_month(month, stress_milli, income_ppm)
        self.take_month()
        if self.rolls:
            c = self.columns
            known = (
                self.bounds, month, self.room_ppm[IN_CASH], c.household, c.lender, c.granted, c.rank, c.joined,
                c.ceiling, c.used, c.missed, self.fallback,
            )  # fmt: skip
            by_lanes(lambda first, last: kernels.choose_fallbacks(first, last, *known), c.household.size)

    def late_elsewhere(self, lender: int) -> Array:
        """At how many lenders other than this one each household is late now, by the credit register: of those who
        report to it."""
        late = np.zeros(self.households.columns.weight.size, np.uint8)
        reporting = np.flatnonzero(self.report_late & (np.arange(self.report_late.size) != lender))
        seen = (reporting, self.bounds, self.columns.household, self.columns.missed, late)
        by_lanes(lambda first, last: kernels.count_late(first, last, *seen), self.columns.household.size)
        return late


def limits_by_class(terms: LendingTerms) -> Array:
    """[class, standing of income, quantile]: credit limits a lender gives, fen. Those of a class have the same
    distribution whatever follows income."""
    limits = [
        lognormal_quantiles(median, terms.limit_sigma, terms.limit_min_fen, terms.limit_max_fen, 256, unit=5_000)
        for median in terms.limit_median_fen
    ]
    return np.array(limits, np.int32)[:, following_income(terms.limit_of_income, 256)]


class LenderAccounts:
    """One lender's part of the table: `columns` are views of its rows; a loan's `who` is a row of it."""

    def __init__(self, table: Accounts, lender: int) -> None:
        self.table, self.lender = table, lender
        self.first, last = int(table.starts[lender]), int(table.starts[lender + 1])
        self.size, self.members = last - self.first, table.counts[lender]
        self.columns, self.scores = table.columns.rows(self.first, last), table.scores.rows(self.first, last)

    def admit(self, places: Array) -> None:
        """Grant credit to who stands in the first `places` [class] of its score class."""
        c = self.columns
        c.granted[:] = np.where(self.scores.place < places[c.klass], c.klass, REFUSED)

    def row_of(self, household: int) -> int | None:
        """The row of a household, None if it is never a member."""
        rows = self.columns.household[: self.members]
        row = int(np.searchsorted(rows, household))
        return row if row < self.members and int(rows[row]) == household else None

    def watch(self, households: Array) -> None:
        """Log every event of these households' loans."""
        here = np.isin(self.columns.household[: self.members], households)
        self.columns.rank[: self.members][here] |= WATCHED
