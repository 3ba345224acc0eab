"""What a book refused today and its applicants try elsewhere, see `credit.elsewhere`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.credit.kernels import layout as at

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Refusals:
    """Refusals by lane: household, fen per person, kind of product; `count` of each lane."""

    who: Array
    fen: Array
    kinds: Array
    count: Array

    @classmethod
    def none(cls, room: int = 0) -> Refusals:
        """An empty list with room for so many applications in each lane."""
        who, fen, kinds = (np.empty((at.LANES, room), kind) for kind in (np.uint32, np.int32, np.uint8))
        return cls(who, fen, kinds, np.zeros(at.LANES, np.int64))

    @classmethod
    def of_a_day(cls, book: LoanBook, thresholds: int) -> Refusals:
        """An empty list with room for all applications that a day can bring, where any are tried elsewhere.
        `thresholds`: of the number of candidates in a unit of blocks."""
        units = -(-book.accounts.size // (at.BLOCK * at.BUCKETS * at.LANES)) * (at.BUCKETS // book.unit)
        return cls.none(units * thresholds if book.table.elsewhere else 0)
