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
    """Rows of one owner by bucket and lane, in order, as the kernel of purchases last saw them.

    Between two collections of a bucket its loans keep their rows, new ones are appended, and its owner's loans only
    leave: by purchase. Whatever else happens to loans must be followed by `forget`.
    """

    def __init__(self) -> None:
        self.owner = -1
        self.rows = np.zeros((at.BUCKETS, at.LANES, 0), np.uint32)
        self.seen = np.zeros((at.BUCKETS, at.LANES), np.int64)
        self.kept = np.zeros((at.BUCKETS, at.LANES), np.int64)

    def forget(self, bucket: int | None = None) -> None:
        """Loans of one bucket, or of any, have moved or changed hands otherwise than by purchase."""
        changed = slice(None) if bucket is None else bucket
        self.seen[changed] = 0
        self.kept[changed] = 0

    def of(self, owner: int, capacity: int) -> tuple[Array, Array, Array]:
        """The list of an owner, rows and how many were seen and kept, with room for slabs of `capacity` loans."""
        if owner != self.owner or capacity != self.rows.shape[2]:
            self.owner = owner
            self.rows = np.empty((at.BUCKETS, at.LANES, capacity), np.uint32)
            self.forget()
        return self.rows, self.seen, self.kept
