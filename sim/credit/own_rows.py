"""Where one owner's loans stand in the slabs of a book, so that a sale visits the seller's loans and nobody else's.

A lender that sells most of what it lends owns few of the loans it services. The list is no part of a book's state: it
follows from the owner column, and a sale that finds no list makes one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.credit.kernels import layout as at

Array = np.ndarray[Any, Any]


class OwnRows:
    """Rows of one owner by bucket and lane, in order, as the kernel of purchases last saw them; `slips` says from when
    on, or that a loan suits a pool.

    Between two collections of a bucket its loans keep their rows and what they owe, new ones are appended, and its
    owner's loans only leave: by purchase. So a loan outside the pools' bounds stays outside, and is listed only if
    screening will let it pass in error. Whatever else happens to loans must be followed by `forget`.
    """

    def __init__(self) -> None:
        self._listed: tuple[object, ...] = ()
        self.screening_error = 0
        self.rows = np.zeros((at.BUCKETS, at.LANES, 0), np.uint32)
        self.slips = np.zeros((at.BUCKETS, at.LANES, 0), np.uint8)
        self.starts = np.zeros(at.BUCKETS, np.int64)
        self.seen = np.zeros((at.BUCKETS, at.LANES), np.int64)
        self.kept = np.zeros((at.BUCKETS, at.LANES), np.int64)

    def forget(self, bucket: int | None = None) -> None:
        """Loans of one bucket, or of any, have moved or changed hands otherwise than by purchase."""
        changed = slice(None) if bucket is None else bucket
        self.seen[changed] = 0
        self.kept[changed] = 0

    def take(self, owner: int, capacity: int, bounds: tuple[int, ...], screening_error: int, starts: Array) -> None:
        """List an owner's rows for pools of these bounds from now on, with room for slabs of `capacity` loans; what is
        known of buckets whose cycle did not begin on `starts` is forgotten.

        A sale without errors (a pool's first, which is audited) may use a list that knows of some.
        """
        if capacity != self.rows.shape[2]:
            self.rows = np.empty((at.BUCKETS, at.LANES, capacity), np.uint32)
            self.slips = np.empty((at.BUCKETS, at.LANES, capacity), np.uint8)
            self.forget()
        if (owner, bounds) != self._listed or screening_error not in (0, self.screening_error):
            self._listed, self.screening_error = (owner, bounds), screening_error
            self.forget()
        old = self.starts != starts
        self.seen[old] = 0
        self.kept[old] = 0
        self.starts[:] = starts
