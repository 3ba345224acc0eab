"""Versions of a lender's prices: a loan keeps the plan it was made under, a new price applies to new loans only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.credit.kernels import layout as at
from sim.credit.spending import PLANS_PER_PRODUCT

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook

MOST_FEE_PPM = 50_000
MOST_PLANS = 65_536
"""A loan's plan is a number of two bytes."""


def reprice(book: LoanBook, monthly_fee_ppm: dict[str, tuple[int, ...]]) -> None:
    """Take new fees; see `LoanBook.reprice`."""
    names, fees = book.catalogue.names, list(book.price_versions[book.price_version])
    for product, by_class in monthly_fee_ppm.items():
        if product not in names:
            raise ValueError(f"product '{product}' is not on offer; products are {', '.join(names)}")
        if len(by_class) != at.CLASSES or any(not 0 <= fee <= MOST_FEE_PPM for fee in by_class):
            raise ValueError(f"{product}: monthly fees are five rates of 0 to {MOST_FEE_PPM} ppm, got {by_class}")
        first = names.index(product) * PLANS_PER_PRODUCT
        fees[first : first + at.CLASSES] = [int(fee) for fee in by_class]
    book.set_prices(*_placed(book, fees))


def _placed(book: LoanBook, fees: list[int]) -> tuple[list[list[int]], int]:
    """All versions with these fees among them, and their number: an equal one, one without loans, or a new one."""
    versions = [list(version) for version in book.price_versions]
    if fees in versions:
        return versions, versions.index(fees)
    alive = live_versions(book)
    for number in range(len(versions)):
        if number != book.price_version and number not in alive:
            versions[number] = fees
            return versions, number
    if (len(versions) + 1) * len(fees) > MOST_PLANS:
        raise ValueError(f"lender {book.lender}: {len(versions)} versions of prices have live loans; none is left")
    return [*versions, fees], len(versions)


def live_versions(book: LoanBook) -> set[int]:
    """Versions of prices under which a loan is alive."""
    plans, found = len(book.catalogue.names) * PLANS_PER_PRODUCT, np.zeros(len(book.price_versions), np.bool_)
    for bucket in range(at.BUCKETS):
        for lane in range(at.LANES):
            found[book.loans.plan[bucket, lane, : book.count[bucket, lane]] // plans] = True
    return set(np.flatnonzero(found).tolist())
