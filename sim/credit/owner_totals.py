"""A book's running totals by owner of its loans: flows of the day, stocks, what is on its way, fees owing.

The book knows owners only as codes; who they are, and every posting, is the business of the institutions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.credit.kernels import layout as at
from sim.draws import threshold
from sim.errors import InvariantError

Array = np.ndarray[Any, Any]

TOTALS = ("stock", "live", "ring", "recovery", "buy_back_at")


def by_days_past_due(stocks: Array) -> tuple[int, ...]:
    """Stocks of an owner as balance sheets tell them, fen: not past due, 1-30, 31-60, 61-90, 91-120 days, more. Those
    late within the cycle stand with 1-30 days past due on the date of the balance sheet."""
    return int(stocks[0]), int(stocks[1] + stocks[2]), *(int(fen) for fen in stocks[3:6]), int(stocks[6:].sum())


class OwnerTotals:
    """Totals [lane, owner code, ...], fen x weight and loans x weight; codes are given, freed and used again."""

    def __init__(self, lender: int) -> None:
        self.lender = lender
        self.owners: list[str] = []
        self._codes: dict[str, int] = {}
        self.leaving: list[int] = []
        self.fee_owing: list[int] = []
        self.prepayment_fee_ppm = 0
        self.lend_codes: list[tuple[int, int]] = []
        self._day_totals: Array | None = None
        self._managed_fen: int | None = None
        self._allocate_totals(16)

    def _allocate_totals(self, codes: int) -> None:
        self.flows = np.zeros((at.LANES, codes, at.FLOWS), np.int64)
        self.stock = np.zeros((at.LANES, codes, at.STOCKS), np.int64)
        self.live = np.zeros((at.LANES, codes), np.int64)
        self.ring = np.zeros((at.LANES, at.RING_DAYS, codes, at.RING_FLOWS), np.int64)
        self.recovery = np.zeros((at.LANES, at.RECOVERY_DAYS, codes), np.int64)
        self.buy_back_at = np.zeros(codes, np.int64)

    # -- owners ------------------------------------------------------------------------------------------------------

    def code_of(self, owner: str) -> int:
        """The participation code of an owner, made on first use: a freed one if there is any, else a new one."""
        code = self._codes.get(owner)
        if code is not None:
            return code
        if "" in self.owners:
            code = self.owners.index("")
            self.owners[code] = owner
        else:
            code = len(self.owners)
            if code == self.live.shape[1]:
                self._widen_totals()
            self.owners.append(owner)
            self.fee_owing.append(0)
        self._codes[owner] = code
        return code

    def release(self, owner: str) -> None:
        """Let go of an owner that holds nothing any more: from the next midnight its code is free ("" in `owners`).

        Until then its name stays, since the day's flows and events are still its own.

        Raises:
            InvariantError: naming the owner and what it still holds or still lends.
        """
        code = self._codes.get(owner)
        if code is None:
            raise InvariantError(f"{owner} has no part in the loan book of lender {self.lender}: nothing to release")
        self._must_hold_nothing(owner, code)
        if code not in self.leaving:
            self.leaving.append(code)

    def _must_hold_nothing(self, owner: str, code: int) -> None:
        held = {
            "fen of principal": int(self.stock[:, code].sum()),
            "loans": int(self.live[:, code].sum()),
            "fen of payments on their way": int(self.ring[:, :, code].sum()),
            "fen of recoveries to come": int(self.recovery[:, :, code].sum()),
            "fen of fees owing": self.fee_owing[code],
        }
        for what, amount in held.items():
            if amount != 0:
                raise InvariantError(f"{owner} cannot be released: it still holds {amount} {what}")
        if any(code == lending for lending, _ in self.lend_codes):
            raise InvariantError(f"{owner} cannot be released: new loans are made under its code")

    def _free_codes(self) -> None:
        for code in self.leaving:
            owner = self.owners[code]
            self._must_hold_nothing(owner, code)
            del self._codes[owner]
            self.owners[code] = ""
            self.buy_back_at[code] = 0
        self.leaving = []

    def _widen_totals(self) -> None:
        old = {name: getattr(self, name) for name in ("flows", *TOTALS)}
        self._allocate_totals(2 * len(self.owners))
        self.flows[:, : old["flows"].shape[1]] = old["flows"]
        self.stock[:, : old["stock"].shape[1]] = old["stock"]
        self.live[:, : old["live"].shape[1]] = old["live"]
        self.ring[:, :, : old["ring"].shape[2]] = old["ring"]
        self.recovery[:, :, : old["recovery"].shape[2]] = old["recovery"]
        self.buy_back_at[: old["buy_back_at"].size] = old["buy_back_at"]

    def lend_under(self, shares_ppm: dict[str, int]) -> None:
        """Lend from now on under these codes: the draw is the same whatever the shares, so a policy moves only the
        split."""
        total, self.lend_codes = 0, []
        for owner, share in shares_ppm.items():
            total += share
            self.lend_codes.append((self.code_of(owner), threshold(total)))

    def lending_codes(self) -> tuple[Array, Array]:
        """Codes of new loans and the cumulative thresholds of their shares."""
        codes = np.array([code for code, _ in self.lend_codes], np.int64)
        return codes, np.array([limit for _, limit in self.lend_codes], np.uint64)

    # -- a day -------------------------------------------------------------------------------------------------------

    def _open_totals(self) -> None:
        self.flows[:, : len(self.owners)] = 0
        self.forget_day_totals()
        self._free_codes()

    def _release(self, day: int) -> None:
        """Payments promised for today arrive; recoveries due today arrive."""
        slot = self.ring[:, day % at.RING_DAYS]
        self.flows[:, :, at.PRINCIPAL] += slot[:, :, at.LATE_PRINCIPAL]
        self.flows[:, :, at.FEE_PAID] += slot[:, :, at.LATE_FEE]
        self.flows[:, :, at.PENALTY] += slot[:, :, at.LATE_PENALTY]
        self.flows[:, :, at.PREPAID] += slot[:, :, at.PREPAYMENT]
        if self.prepayment_fee_ppm:
            self.flows[:, :, at.PENALTY] += slot[:, :, at.PREPAYMENT] * self.prepayment_fee_ppm // 1_000_000
        self.stock[:, :, at.LATE] -= slot[:, :, at.LATE_STOCK]
        self.stock[:, :, at.CURRENT] += (
            slot[:, :, at.LATE_STOCK] - slot[:, :, at.LATE_PRINCIPAL] - slot[:, :, at.PREPAYMENT]
        )
        slot[:] = 0
        due = self.recovery[:, day % at.RECOVERY_DAYS]
        self.flows[:, :, at.RECOVERED] += due
        due[:] = 0

    def close_day(self, originator: str) -> None:
        """Bring the fees owing to each owner up to date with the day's flows; what was bought back is the
        originator's."""
        taker = self.code_of(originator)
        total = self.day_totals()
        self.fee_owing[taker] += int(total[:, at.FEE_BOUGHT_BACK].sum())
        more = total[:, at.FEE_DUE] - total[:, at.FEE_PAID] - total[:, at.FEE_LOST] - total[:, at.FEE_BOUGHT_BACK]
        self.fee_owing = [owing + fen for owing, fen in zip(self.fee_owing, more.tolist(), strict=True)]

    # -- views -------------------------------------------------------------------------------------------------------

    def stocks(self, owner: str) -> Array:
        """Principal of one owner by stock [current, late, 1, 2, ... cycles missed], fen x weight."""
        code = self.code_of(owner)
        total: Array = self.stock[:, code].sum(axis=0)
        return total

    @property
    def managed_fen(self) -> int:
        """Principal outstanding of all owners, fen x weight: added up once after each day's work, since loans that
        change hands stay in the book."""
        if self._managed_fen is None:
            self._managed_fen = int(self.stock.sum())
        return self._managed_fen

    def outstanding_fen(self, owner: str) -> int:
        """Principal outstanding of one owner, fen x weight."""
        return int(self.stock[:, self.code_of(owner)].sum())

    def day_totals(self) -> Array:
        """The day's flows so far [owner code, flow], fen x weight: added up once after each change."""
        if self._day_totals is None or self._day_totals.shape[0] < len(self.owners):
            self._day_totals = self.flows[:, : len(self.owners)].sum(axis=0)
        return self._day_totals

    def forget_day_totals(self) -> None:
        """The day's flows, and with them what is managed, have changed since they were added up."""
        self._day_totals = self._managed_fen = None

    def day_flows(self, owner: str) -> dict[str, int]:
        """The day's flows of one owner by name, fen x weight."""
        total = self.day_totals()[self.code_of(owner)]
        return dict(zip(at.FLOW_NAMES, total.tolist(), strict=True))

    # -- plain data --------------------------------------------------------------------------------------------------

    def totals_state(self) -> dict[str, Any]:
        """Totals and owners as plain data."""
        return {
            "arrays": {name: getattr(self, name) for name in TOTALS},
            "json": {
                "owners": self.owners,
                "leaving": self.leaving,
                "fee_owing": self.fee_owing,
                "lend_codes": self.lend_codes,
            },
        }

    def restore_totals(self, arrays: dict[str, Array], data: dict[str, Any]) -> None:
        """Take the totals of a checkpoint."""
        self._allocate_totals(arrays["live"].shape[1])
        for name in TOTALS:
            setattr(self, name, np.array(arrays[name]))
        self.owners, self.fee_owing = list(data["owners"]), [int(v) for v in data["fee_owing"]]
        self._codes = {owner: code for code, owner in enumerate(self.owners) if owner}
        self.leaving = [int(code) for code in data["leaving"]]
        self.forget_day_totals()
        self.lend_codes = [(int(c), int(t)) for c, t in data["lend_codes"]]
