"""Borrower by borrower: the same household in two worlds, meeting the same draws.

In each world a watch keeps, for every household, the month it first fell into default after the policy became known,
the month it first missed a payment because no lender gave it cash to roll its debt over, and what each lender would
lend to whom. Two watches side by side then say who defaults only under the policy, only without it or in both, who was
cut, and by which chain a default came about: credit cut at one lender, rollover refused at the next, default.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.calendar import date_of, month_index
from sim.credit import scores
from sim.credit.kernels import layout as at
from sim.credit.kernels import watching as kernels
from sim.credit.terms import AGE_BANDS, CLASSES, REGIONS

if TYPE_CHECKING:
    from sim.market import SecuritizationMarket

Array = np.ndarray[Any, Any]
Row = dict[str, Any]

BEFORE: Final = 255
"""The month of those in default before the watch began."""
CUT_PPM: Final = 900_000
"""Credit counts as cut where a lender would lend less than this part of what it would without the policy."""
NO_ACCOUNT: Final = len(CLASSES)
CHAINS: Final = (
    "credit cut, rollover refused, default",
    "rollover refused, default",
    "credit cut, default",
    "no credit cut: owes differently",
)
"""How a default that happens only under the policy came about, as far as accounts show it."""
LOW = 24
LOW_BITS = (1 << LOW) - 1
"""Sums of so many low bits of half a billion numbers are exact in floats, of 53 bits."""
ONLY_POLICY, ONLY_BASE, BOTH = "only under the policy", "only without it", "in both"
"""In which world a household falls into default."""
MOST_LISTED = 1_000
"""Households listed one by one, of each seed, policy and kind of default (the first by number); all are counted."""
INCOME_GROUPS: Final = ("lowest fifth", "second fifth", "middle fifth", "fourth fifth", "highest fifth")


class BorrowerWatch:
    """What one world's households went through, month by month from the day the watch begins."""

    def __init__(self, market: SecuritizationMarket) -> None:
        households = market.households.columns.weight.size
        self.months: list[str] = []
        self.rooms: list[tuple[Array, Array]] = []
        self.default_at, self.default_lender = (np.zeros(households, np.uint8) for _ in range(2))
        self.refused_at, self.refused_lender = (np.zeros(households, np.uint8) for _ in range(2))
        self._note(market, BEFORE, month_index(market.day))
        self.refused_at[:] = 0

    def observe(self, market: SecuritizationMarket) -> None:
        """Take in the month that has just closed."""
        day = market.day - 1
        self.months.append(date_of(day).isoformat()[:7])
        self.rooms.append((room_ppm(market), places_admitted(market)))
        self._note(market, len(self.months), month_index(day))

    def _note(self, market: SecuritizationMarket, number: int, month: int) -> None:
        a = market.accounts.columns
        kernels.note_month(
            number, month, a.household, a.lender, a.rank, a.missed, a.decided, self.default_at, self.default_lender,
            self.refused_at, self.refused_lender,
        )  # fmt: skip

    @property
    def newly(self) -> Array:
        """bool [household]: fell into default since the watch began."""
        fallen: Array = (self.default_at > 0) & (self.default_at != BEFORE)
        return fallen

    def fell(self, household: int) -> bool:
        """Whether one of them fell into default since the watch began."""
        return int(self.default_at[household]) not in (0, BEFORE)


@dataclass(frozen=True)
class Closing:
    """Every household on the last day: debt and limits in force (fen per person), best score class at the lenders
    bound (`NO_ACCOUNT` where it has none there); debt by class of account, fen per person x weight."""

    owed: Array
    limit: Array
    best: Array
    by_class: Array


def limits_ppm(market: SecuritizationMarket) -> Array:
    """[lender, class]: each lender's limit in force, of an account's ceiling; 0 for a class it does not grant, and of a
    lender that makes no loans."""
    rows = [o.book.limit_ppm() * o.book.granted() * o.book.policy.is_open for o in market.originators.values()]
    return np.array(rows, np.int64).reshape(-1, len(CLASSES))


def room_ppm(market: SecuritizationMarket) -> Array:
    """[lender, class]: what each lender would lend this month, of an account's ceiling: the limit in force times the
    share of sound applications it has funds for."""
    rations = [int(o.memory["plan"]["ration_ppm"]) for o in market.originators.values()]
    room: Array = limits_ppm(market) * np.array(rations, np.int64)[:, None] // 1_000_000
    return room


def places_admitted(market: SecuritizationMarket) -> Array:
    """[lender, class]: how many of the places of each class are admitted, from the best."""
    rows = [scores.places_admitted(o.book.policy.admitted_ppm) for o in market.originators.values()]
    return np.array(rows, np.int64).reshape(-1, len(CLASSES))


def close_borrowers(market: SecuritizationMarket, bound: Sequence[str]) -> Closing:
    """Add up every household's accounts on the last day."""
    a, households = market.accounts.columns, market.households.columns.weight.size
    owed, limit = (np.zeros(households, np.int64) for _ in range(2))
    best = np.full(households, NO_ACCOUNT, np.uint8)
    by_class = np.zeros((2, len(CLASSES)), np.int64)
    chosen = np.array([name in bound for name in market.originators], np.bool_)
    kernels.add_up_credit(
        month_index(market.day - 1), limits_ppm(market), chosen, a.household, a.lender, a.klass, a.granted, a.joined,
        a.ceiling, a.used, a.missed, owed, limit, best, by_class,
    )  # fmt: skip
    return Closing(owed, limit, best, by_class * market.settings.population.weight)


def people_at(market: SecuritizationMarket, closing: Closing) -> dict[str, float]:
    """Outcomes of all people on the last day: debtors (million), limits in force (bn yuan), burden (% of income)."""
    c = market.households.columns
    weight, owes = c.weight.astype(np.int64), closing.owed > 0
    due = np.zeros(weight.size, c.commitment.dtype)
    market.accounts.commitments(due)
    income = int((weight * market.households.incomes_fen())[owes].sum())
    return {
        "debtors": int(weight[owes].sum()) / 1e6,
        "limits": int((weight * closing.limit).sum()) / 1e11,
        "burden": 100 * int((weight * due)[owes].sum()) / max(1, income),
    }


def groups_of(market: SecuritizationMarket, closing: Closing) -> dict[str, tuple[tuple[str, ...], Array]]:
    """Dimension -> (names of groups, group of each household). Households are drawn once, so both worlds share them."""
    c = market.households.columns
    income = c.income[: len(market.households)]
    edges = np.quantile(income, [0.2, 0.4, 0.6, 0.8], method="lower")
    return {
        "all": (("all",), np.zeros(c.weight.size, np.int64)),
        "score class": ((*CLASSES, "no account there"), closing.best.astype(np.int64)),
        "age": (AGE_BANDS, c.trait.astype(np.int64) // at.QUALITIES),
        "region": (REGIONS, c.region.astype(np.int64)),
        "income": (INCOME_GROUPS, np.searchsorted(edges, c.income, side="left").astype(np.int64)),
    }


def compare_groups(
    market: SecuritizationMarket, base: tuple[BorrowerWatch, Closing], policy: tuple[BorrowerWatch, Closing]
) -> list[Row]:
    """By group: people, credit and debtors in both worlds, who was cut, and who defaults in which world."""
    (ours, then), (theirs, now) = base, policy
    without, under = ours.newly, theirs.newly
    weight = market.households.columns.weight.astype(np.int64)
    columns = {
        "people": np.ones(weight.size, np.int64),
        "credit_base_fen": then.owed, "credit_policy_fen": now.owed,
        "limit_base_fen": then.limit, "limit_policy_fen": now.limit,
        "debtors_base": then.owed > 0, "debtors_policy": now.owed > 0,
        "lost_credit": (then.owed > 0) & (now.owed == 0), "gained_credit": (then.owed == 0) & (now.owed > 0),
        "limit_cut": now.limit * 1_000_000 < then.limit * CUT_PPM,
        "default_only_policy": under & ~without, "default_only_base": without & ~under, "default_both": without & under,
    }  # fmt: skip
    groups = groups_of(market, then)
    shape = tuple(len(names) for names, _ in groups.values())
    cell = np.ravel_multi_index(tuple(code for _, code in groups.values()), shape)
    cells = {name: _by_cell(weight * values, cell, shape) for name, values in columns.items()}
    rows = []
    for axis, (dimension, (names, _)) in enumerate(groups.items()):
        others = tuple(other for other in range(len(shape)) if other != axis)
        sums = {name: of_cells.sum(axis=others).tolist() for name, of_cells in cells.items()}
        rows += [
            {"dimension": dimension, "group": group, **{name: sums[name][k] for name in columns}}
            for k, group in enumerate(names)
        ]
    return rows


def compare_chains(
    market: SecuritizationMarket, ours: BorrowerWatch, theirs: BorrowerWatch
) -> tuple[list[Row], list[Row]]:
    """How defaults that happen only under the policy came about: (people by chain and lenders, households one by one).

    Listed are also households that default only without the policy or in both worlds, without a chain: nothing the
    policy did led there. `market` is the policy's world on its last day.
    """
    a, names = market.accounts.columns, list(market.originators)
    without, under = ours.newly, theirs.newly
    only = under & ~without
    cut, cut_lender = (np.zeros(only.size, np.uint8) for _ in range(2))
    kernels.first_cut(
        month_index(market.day - 1), cut_months(ours.rooms, theirs.rooms), a.household, a.lender, a.klass,
        market.accounts.scores.place, a.joined, cut, cut_lender,
    )  # fmt: skip
    end, refused = theirs.default_at, theirs.refused_at
    here_only = (refused > 0) & (refused <= end) & ((ours.refused_at == 0) | (ours.refused_at > refused))
    was_cut = (cut > 0) & (cut <= np.where(here_only, refused, end))
    chain = np.where(here_only, np.where(was_cut, 0, 1), np.where(was_cut, 2, 3))
    found: dict[tuple[int, str, str, str], int] = {}
    listed: list[Row] = []
    weight = market.households.columns.weight
    for i in np.flatnonzero(only).tolist():
        kind = int(chain[i])
        who = (
            names[cut_lender[i]] if was_cut[i] else "", names[theirs.refused_lender[i]] if here_only[i] else "",
            names[theirs.default_lender[i]],
        )  # fmt: skip
        found[kind, *who] = found.get((kind, *who), 0) + int(weight[i])
        if len(listed) < MOST_LISTED:
            steps = (cut[i] if was_cut[i] else 0, refused[i] if here_only[i] else 0)
            way = _way(theirs, CHAINS[kind], who, steps)
            listed.append(_listed(market, i, ONLY_POLICY, way, (ours, theirs)))
    for defaults, chosen in ((ONLY_BASE, without & ~under), (BOTH, without & under)):
        unled = _way(theirs, "", ("", ""), (0, 0))
        listed += [
            _listed(market, i, defaults, unled, (ours, theirs)) for i in np.flatnonzero(chosen)[:MOST_LISTED].tolist()
        ]
    counts = [
        {"chain": CHAINS[kind], "cut_at": who[0], "refused_for": who[1], "default_at": who[2], "people": people}
        for (kind, *who), people in sorted(found.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    ]
    return counts, listed


def cut_months(base: Sequence[tuple[Array, Array]], policy: Sequence[tuple[Array, Array]]) -> Array:
    """[lender, class, place]: number of the first month in which a lender would lend less than `CUT_PPM` of what it
    would without the policy; 0 for never. Of each month and world: room and places admitted, [lender, class]."""
    cut = np.zeros((*(base[0][0].shape if base else (0, len(CLASSES))), at.PLACES), np.int64)
    for number, (without, under) in enumerate(zip(base, policy, strict=True), start=1):
        less = (_room_at(*under) * 1_000_000 < _room_at(*without) * CUT_PPM) & (cut == 0)
        cut[less] = number
    return cut


def _room_at(room: Array, places: Array) -> Array:
    """[lender, class, place]: what would be lent to who stands there, of its ceiling."""
    admitted: Array = np.arange(at.PLACES) < places[..., None]
    return room[..., None] * admitted


def _by_cell(values: Array, cell: Array, shape: tuple[int, ...]) -> Array:
    """Sums of integers by cell, `cell` numbering the cells of `shape`, in two parts that floats add up exactly."""
    low, high = (np.bincount(cell, part, math.prod(shape)) for part in (values & LOW_BITS, values >> LOW))
    return ((high.astype(np.int64) << LOW) + low.astype(np.int64)).reshape(shape)


def _way(watch: BorrowerWatch, chain: str, who: Sequence[str], steps: Sequence[int]) -> Row:
    """The steps before a default that happens only under the policy: at which lender, and in which month."""
    cut, refused = (watch.months[int(step) - 1] if step else "" for step in steps)
    return {"chain": chain, "cut_at": who[0], "cut": cut, "refused_for": who[1], "refused": refused}


def _listed(
    market: SecuritizationMarket, i: int, defaults: str, way: Row, watches: tuple[BorrowerWatch, BorrowerWatch]
) -> Row:
    """One household: who it is, what led to its default, and where and when it defaults in each world."""
    household, names = market.households[i], list(market.originators)
    (at_base, base), (at_policy, policy) = (
        (names[watch.default_lender[i]], watch.months[watch.default_at[i] - 1]) if watch.fell(i) else ("", "")
        for watch in watches
    )
    return {
        "household": i, "people": household.weight, "age": household.age_band, "region": household.region,
        "income_fen": household.income_fen, "defaults": defaults, **way,
        "default_at": at_policy, "default": policy, "default_at_base": at_base, "default_base": base,
    }  # fmt: skip
