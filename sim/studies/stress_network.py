"""The network of a day of a run, as a stress test needs it: who owes whom in which rank, loans and how they default."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from sim.agents.bank_accounts import ADDITIONAL_TIER1, GOVERNMENT, TIER2
from sim.contagion.exposures import Exposures
from sim.contagion.inputs import Floats
from sim.contagion.system import System, system_of
from sim.ledger import Kind, kind_of
from sim.ledger.kinds import CASH_KINDS
from sim.markets.estate import RANKS
from sim.markets.interbank import BACKED
from sim.studies.run_days import Tell, run_day
from sim.studies.trace_entries import RunTables

HOUSEHOLDS: Final = "world:households"
YEAR: Final = datetime.timedelta(days=365)
MILLION = 1_000_000
UNSEEN_LGD = 0.8
"""Loss given default of loans of a lender that has written nothing off yet (assumption, 0.5 to 0.9)."""


def seniority(layer: str, debtor: str, deal: str, rank: int) -> int:
    """Rank of payment at a debtor: a plan's costs before its notes, a bank's deposits and secured debt before others,
    its subordinated bonds last; of anybody else the ranks of an estate."""
    kind, sort = Kind[layer], kind_of(debtor)
    if sort == "spv":
        return 1 + rank if kind is Kind.TRANCHE else 0
    if sort == "bank":
        if kind in CASH_KINDS or (kind is Kind.INTERBANK and deal in BACKED):
            return 0
        return {TIER2: 2, ADDITIONAL_TIER1: 3}.get(deal, 1) if kind is Kind.BOND else 1
    return RANKS.get(kind, 1)


@dataclass(frozen=True)
class Network:
    """What a stress test knows of a day: the clearing problem, loans by (owner, lender), means to pay, banks."""

    date: datetime.date
    view: Exposures
    system: System
    loans: dict[tuple[str, str], int]
    """(institution that owns them, lender that services them) -> carrying value of households' loans, fen."""
    default_share: dict[str, float]
    """Lender -> share of its loans that defaulted within the last year, of the mean of loans."""
    loss_given_default: dict[str, float]
    """Lender -> part of what it wrote off in the last year that was not recovered in it."""
    liquid: dict[str, int]
    """Institution -> cash, reserves and government bonds, fen."""
    banks: dict[str, dict[str, Any]]
    """Bank -> its `equity_fen`, `risk_weighted_fen` and `cet1_ppm` on the day."""

    def forced(self, share: float) -> Floats:
        """What each institution loses by a forced end: this share of its outside assets that are not liquid, fen."""
        system = self.system
        liquid = np.array([float(self.liquid[name]) if name in self.banks else 0.0 for name in system.names])
        forced: Floats = share * np.maximum(0.0, system.outside_assets - liquid)
        return forced

    def recharacterised(self, seller: str, plans: list[str]) -> Network:
        """The same if sales to these plans do not hold: the pools are the seller's, who owes their value instead."""
        system, lender = self.system, seller.partition(":")[2]
        for plan in plans:
            pool = min(float(self.loans.get((plan, lender), 0)), system.outside_assets[system.number(plan)])
            system = _recourse(system, seller, plan, pool)
        return replace(self, system=system)


def network_of(tables: RunTables, date: datetime.date, tell: Tell | None = None) -> Network:
    """The network at the close of a day; `tell` hears how long it takes if the day must be simulated again.

    Raises:
        ScenarioError: as `run_day`.
    """
    day = run_day(tables, date, tell)
    shares, losses = _defaults(tables, date)
    system = system_of(day.view, seniority)
    return Network(date, day.view, system, _loans(day.view), shares, losses, _liquid(day.view), day.banks)


def _loans(view: Exposures) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for line in np.flatnonzero((view.layers == Kind.LOAN.name) & (view.states == "drawn")):
        if view.names[view.source[line]] == HOUSEHOLDS and view.carrying[line] > 0:
            owner = view.names[view.target[line]], view.deals[line]
            found[owner] = found.get(owner, 0) + int(view.carrying[line])
    return found


def _liquid(view: Exposures) -> dict[str, int]:
    means = np.isin(view.layers, [kind.name for kind in CASH_KINDS])
    means |= (view.layers == Kind.BOND.name) & (view.deals == GOVERNMENT)
    found = dict.fromkeys(view.names, 0)
    for line in np.flatnonzero(means):
        found[view.names[view.target[line]]] += int(view.carrying[line])
    return found


def _defaults(tables: RunTables, date: datetime.date) -> tuple[dict[str, float], dict[str, float]]:
    """Default share and loss given default of each lender's loans in the year before, from what it services."""
    stock: dict[str, list[int]] = {}
    flows: dict[str, list[int]] = {}
    for row in tables.rows("pools"):
        sort, _, lender = row["deal"].partition(":")
        if sort == "managed" and date - YEAR < row["date"] <= date:
            stock.setdefault(lender, []).append(row["receivable_fen"])
            sums = flows.setdefault(lender, [0, 0, 0])
            for place, name in enumerate(("new_default_fen", "written_off_fen", "recovered_fen")):
                sums[place] += row[name]
    first: datetime.date = min(tables.table("market_daily")["date"].to_pylist())
    days = (date - max(first, date - YEAR)).days or 1
    shares = {lender: flows[lender][0] * 365 / days / max(1.0, sum(held) / len(held)) for lender, held in stock.items()}
    losses = {
        lender: UNSEEN_LGD if not gone else min(1.0, max(0.0, 1.0 - back / gone))
        for lender, (_, gone, back) in flows.items()
    }
    return shares, losses


def _recourse(system: System, seller: str, plan: str, fen: float) -> System:
    """Outside assets of a plan become the seller's, and a claim on it that ranks with its other creditors'."""
    debtor, creditor = system.number(seller), system.number(plan)
    outside = system.outside_assets.copy()
    outside[creditor] -= fen
    outside[debtor] += fen
    return replace(
        system,
        debtor=np.append(system.debtor, debtor),
        creditor=np.append(system.creditor, creditor),
        amount=np.append(system.amount, fen),
        rank=np.append(system.rank, RANKS[Kind.RECOURSE]),
        layer=np.append(system.layer, Kind.RECOURSE.name),
        deal=np.append(system.deal, plan.partition(":")[2]),
        outside_assets=outside,
    )
