"""The tables of pools and purchases: a row each day, or one each month that sums the days since the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents import spv_purchases
from sim.calendar import is_month_end
from sim.credit.kernels import layout as at

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.agents.spv import Spv
    from sim.credit.loan_book import LoanBook
    from sim.market.market import SecuritizationMarket


class PoolSums:
    """Flows of one lender's book since the last row: of its own loans, of all it services, and of each owner's code."""

    def __init__(self) -> None:
        self.own = np.zeros(at.FLOWS, np.int64)
        self.managed = np.zeros(at.FLOWS, np.int64)
        self.by_code = np.zeros((0, at.FLOWS), np.int64)

    def add(self, flows: np.ndarray[Any, Any], own: list[int]) -> None:
        """Count a day's flows, by code."""
        new = len(flows) - len(self.by_code)
        if new > 0:
            self.by_code = np.concatenate((self.by_code, np.zeros((new, at.FLOWS), np.int64)))
        self.by_code[: len(flows)] += flows
        self.managed += flows.sum(axis=0)
        self.own += flows[own].sum(axis=0)

    def state(self) -> dict[str, Any]:
        """Plain data for a checkpoint."""
        return {"own": self.own.tolist(), "managed": self.managed.tolist(), "by_code": self.by_code.tolist()}

    @classmethod
    def restored(cls, data: dict[str, Any]) -> PoolSums:
        """The sums whose `state` this is."""
        sums = cls()
        sums.own, sums.managed = np.array(data["own"], np.int64), np.array(data["managed"], np.int64)
        sums.by_code = np.array(data["by_code"], np.int64).reshape(-1, at.FLOWS)
        return sums


def _overdue_from(definition: str) -> int:
    """The first stock that counts as overdue."""
    return 1 if definition == "1+" else 3


def rates_of(stocks: list[int], definition: str) -> tuple[int, int]:
    """(overdue, more than 90 days past due) of stocks [current, late, 1, 2, ... cycles], ppm of principal.

    Overdue counts from 1 or from 30 days past due, as the originator's published rate does.
    """
    total = max(1, sum(stocks))
    overdue = sum(stocks[_overdue_from(definition) :])
    return overdue * 1_000_000 // total, sum(stocks[5:]) * 1_000_000 // total


def record_pools(market: SecuritizationMarket, originator: Originator) -> None:
    """One row for the originator's own book, one for all it services, one for each pool it sold to, on their day: every
    day, or, with monthly rows, the month end, and for a pool its payment dates too."""
    book = market.books[originator.name]
    if originator.name not in market.pool_sums:
        market.pool_sums[originator.name] = PoolSums()
    sums = market.pool_sums[originator.name]
    own = [code for code, owner in enumerate(book.owners) if owner and not owner.startswith("spv:")]
    sums.add(book.day_totals(), own)
    all_due = not market.monthly_pools or is_month_end(market.day)
    if all_due:
        every = list(range(len(book.owners)))
        _row(market, originator, f"book:{originator.name}", own, sums.own, {})
        _row(market, originator, f"managed:{originator.name}", every, sums.managed, {})
        sums.own[:], sums.managed[:] = 0, 0
    plans = market.plans_of("originator", originator.party)
    balances = _balances(book, originator.terms.overdue_definition) if plans else []
    for spv in plans:
        code = book.code_of(spv.party)
        if spv.active:
            _remember_pool(spv, *balances[code])
        _record_plan(market, spv, code, sums, all_due=all_due)


def _balances(book: LoanBook, definition: str) -> list[tuple[int, int, int]]:
    """(all, overdue, more than 90 days past due) of each owner's principal, by code, see `rates_of`."""
    stocks = book.stock[:, : len(book.owners)].sum(axis=0)
    overdue, npl = stocks[:, _overdue_from(definition) :].sum(axis=1), stocks[:, 5:].sum(axis=1)
    return list(zip(stocks.sum(axis=1).tolist(), overdue.tolist(), npl.tolist(), strict=True))


def _record_plan(market: SecuritizationMarket, spv: Spv, code: int, sums: PoolSums, *, all_due: bool) -> None:
    monthly, active = market.monthly_pools, spv.active
    paid_today = monthly and spv.issued and spv.schedule.on(market.day) is not None
    if (active and all_due) or paid_today:  # on its last date a plan is no longer active, but its month is told
        _row(market, spv.originator, spv.name, [code], sums.by_code[code], spv.unshown())
        sums.by_code[code] = 0
        if monthly:
            spv_purchases.show(spv)
    elif not active:
        sums.by_code[code] = 0


def _remember_pool(spv: Spv, receivable: int, overdue: int, npl: int) -> None:
    """Add the day to the sums from which the run's averages over the plan's life are made, weighted by balance."""
    history, whole = spv.memory["pool_history"], max(1, receivable)
    history["days"] += 1
    history["receivable"] += receivable
    history["overdue"] += receivable * (overdue * 1_000_000 // whole) // 1_000_000
    history["npl"] += receivable * (npl * 1_000_000 // whole) // 1_000_000
    if spv.place.day <= spv.schedule.revolving_end:
        idle = spv.cash("principal")
        history["revolving_receivable"] += receivable + idle
        history["idle_cash"] += idle


def _row(
    market: SecuritizationMarket, originator: Originator, name: str, codes: list[int], flows: np.ndarray[Any, Any],
    more: dict[str, int],
) -> None:  # fmt: skip
    book = market.books[originator.name]
    s: list[int] = book.stock[:, codes].sum(axis=(0, 1)).tolist()
    f: list[int] = flows.tolist()
    overdue, npl = rates_of(s, originator.terms.overdue_definition)
    row = {
        "receivable_fen": sum(s), "current_fen": s[0], "dpd_1_30_fen": s[1] + s[2], "dpd_31_60_fen": s[3],
        "dpd_61_90_fen": s[4], "dpd_91_120_fen": s[5], "dpd_120_plus_fen": sum(s[6:]),
        "loans": int(book.live[:, codes].sum()), "new_lending_fen": f[at.LENT] + f[at.CASH_LENT],
        "collected_principal_fen": f[at.PRINCIPAL] + f[at.PREPAID], "prepaid_fen": f[at.PREPAID],
        "collected_fee_fen": f[at.FEE_PAID], "penalty_fen": f[at.PENALTY], "purchased_fen": 0,
        "new_default_fen": f[at.NEW_DEFAULT], "cumulative_default_fen": 0, "written_off_fen": f[at.WRITTEN_OFF],
        "recovered_fen": f[at.RECOVERED], "bought_back_fen": 0, "cash_fen": 0, "overdue_ppm": overdue, "npl_ppm": npl,
    }  # fmt: skip
    market.recorder.add("pools", date=market.day, deal=name, **(row | more))
