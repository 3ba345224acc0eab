"""The measures of `sim validate-model`: how a printed figure is taken from the market at its date, by name.

A measure is taken of an originator's whole book, whoever owns its loans, or of a deal's pool. Shares and rates are in
per cent of balance.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from sim.credit.loan_book import LoanBook
from sim.credit.terms import AGE_BANDS
from sim.market import SecuritizationMarket
from sim.market.day_close import rates_ppm
from sim.market.plan_record import PlanRecord, record_of
from sim.studies.book_view import LoanView, view_loans

SMALL_FEN = 300_000
FIRST_L2, LAST_L3 = 1, 2


class Subject:
    """What is measured: an originator's whole book or a deal's pool, at the market's present midnight."""

    def __init__(self, market: SecuritizationMarket, name: str) -> None:
        self.name = name
        living = market.deals.get(name)
        self.record: PlanRecord | None = market.closed.get(name) if living is None else record_of(living)
        originator = name if self.record is None else self.record["originator"]
        self.book: LoanBook = market.books[originator]
        self.definition: str = market.originators[originator].terms.overdue_definition
        self.owner: str | None = None if self.record is None else f"spv:{name}"

    @cached_property
    def stocks(self) -> np.ndarray[Any, Any]:
        """Principal [current, late, 1, 2, ... cycles missed], fen x weight."""
        total: np.ndarray[Any, Any] = self.book.stock.sum(axis=(0, 1))
        if self.record is not None and self.record["ended"]:
            return np.zeros_like(total)  # what is left of an ended plan's loans is its originator's again
        return total if self.owner is None else self.book.stocks(self.owner)

    @cached_property
    def loans(self) -> LoanView:
        """Loan by loan; raises ValueError of a plan that has ended, which holds none."""
        if self.record is not None and self.record["ended"]:
            raise ValueError(f"{self.name} has ended: it holds no loans to measure; take the figure before its end")
        return view_loans(self.book, self.owner)

    @property
    def plan(self) -> PlanRecord:
        """The deal, living or ended; raises ValueError of a book, which has no tranches."""
        if self.record is None:
            raise ValueError(f"{self.name} is an originator: this measure is one of a deal")
        return self.record

    def tranche(self, name: str) -> dict[str, Any]:
        """What is recorded of one of the deal's tranches."""
        return next(row for row in self.plan["tranches"] if row["tranche"] == name)

    def overdue_pct(self, definition: str | None = None) -> float:
        """Overdue rate by the publisher's definition, or by another."""
        return rates_ppm(self.stocks, definition or self.definition)[0] / 10_000


def _npl(s: Subject) -> float:
    return rates_ppm(s.stocks, s.definition)[1] / 10_000


def _npl_of_age(s: Subject, band: int) -> float:
    return 100 * s.loans.npl(s.loans.age == band)


def _steps_up(s: Subject) -> float:
    rates = [_npl_of_age(s, band) for band in range(len(AGE_BANDS))]
    return float(sum(older > younger for younger, older in pairwise(rates)))


def _one_and_twelve(s: Subject) -> float:
    """Of bill instalments, the lender's first product: the printed share is one of their balance (POO06, POO07)."""
    bills = s.loans.product == 0
    chosen = bills & ((s.loans.term == 1) | (s.loans.term == 12))
    return 100 * s.loans.share(chosen) / max(1e-12, s.loans.share(bills))


def _average_yield(s: Subject) -> float:
    """Fees and overdue interest a year over the pool's mean balance, from closing to the date."""
    return 100 * int(s.plan["income_fen"]) * 365 / max(1, int(s.plan["pool_fen_days"]))


MEASURES: dict[str, Callable[[Subject], float]] = {
    "overdue_pct": lambda s: s.overdue_pct(),
    "npl_pct": _npl,
    "balance_fen": lambda s: float(int(s.stocks.sum())),
    "term_share_pct_1_12": _one_and_twelve,
    "npl_pct_under_25": lambda s: _npl_of_age(s, 0),
    "npl_steps_up_with_age": _steps_up,
    "region_pct_first_two": lambda s: 100 * s.loans.share(s.loans.region < 2),
    "region_pct_first_five": lambda s: 100 * s.loans.share(s.loans.region < 5),
    "under_35_pct": lambda s: 100 * s.loans.share(s.loans.age < 3),
    "below_3000_yuan_pct": lambda s: 100 * s.loans.share(s.loans.account_owes_fen < SMALL_FEN),
    "no_overdue_pct": lambda s: 100 - s.overdue_pct("1+"),
    "class_pct_l2_l3": lambda s: 100 * s.loans.share((s.loans.klass >= FIRST_L2) & (s.loans.klass <= LAST_L3)),
    "fee_free_pct": lambda s: 100 * s.loans.share(s.loans.fee_free),
    "average_yield_pct": _average_yield,
    "average_yield_pct_of_fee_bearing": lambda s: _average_yield(s) / max(1e-12, 1 - s.loans.share(s.loans.fee_free)),
}


def _issued_fen(s: Subject, tranche: str) -> int:
    return int(s.tranche(tranche)["face_fen"])


def _issued_pct(s: Subject, tranche: str) -> float:
    return (
        100
        * _issued_fen(s, tranche)
        / sum(_issued_fen(s, name) for name in (row["tranche"] for row in s.plan["tranches"]))
    )


def _coupon_pct(s: Subject, tranche: str) -> float:
    return int(s.tranche(tranche)["coupon_bp"] or 0) / 100


OF_TRANCHES: dict[str, Callable[[Subject, str], float]] = {
    "tranche_face_fen": lambda s, tranche: float(_issued_fen(s, tranche)),
    "tranche_share_pct": _issued_pct,
    "tranche_coupon_pct": _coupon_pct,
}


def known(measure: str) -> bool:
    """Whether there is such a measure; those of tranches are written `tranche_share_pct:senior`."""
    name, colon, tranche = measure.partition(":")
    return name in OF_TRANCHES and bool(tranche) if colon else name in MEASURES


def names() -> list[str]:
    """Every measure, for messages."""
    return [*MEASURES, *(f"{name}:TRANCHE" for name in OF_TRANCHES)]


def measure_of(subject: Subject, measure: str) -> float:
    """The simulated figure."""
    name, colon, tranche = measure.partition(":")
    return OF_TRANCHES[name](subject, tranche) if colon else MEASURES[name](subject)
