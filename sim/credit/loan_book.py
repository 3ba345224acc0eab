"""A lender's loan book: loans as columns in due-day buckets, and the days' work on them.

The book knows owners only as codes; who they are, and every posting, is the business of the institutions. What the book
keeps is *detail* of the ledger's LOAN rows: its running totals must equal them at every midnight, and the bucket
touched today must add up to its stored sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.calendar import date_of, day_of, month_index
from sim.credit import behaviour, selling, spending
from sim.credit.accounts import Accounts
from sim.credit.columns import Column, Columns
from sim.credit.kernels import collecting, lending, purchasing
from sim.credit.kernels import layout as at
from sim.credit.lending_terms import LendingTerms
from sim.credit.population import Households
from sim.credit.selling import SALE, SAMPLE, Bought, Offer
from sim.credit.terms import CLASSES, BehaviourTerms
from sim.draws import Clock, Subject, declare, key_array, threshold
from sim.errors import InvariantError

Array = np.ndarray[Any, Any]

PURCHASE_COUNT = declare(
    "purchase count", Clock.DAY, Subject.HOUSEHOLD_BLOCK, "candidate purchases in a block of households"
)
PURCHASE = declare(
    "purchase", Clock.DAY, Subject.HOUSEHOLD_BLOCK, "who buys, against its actual rate, product and term"
)
CHOICE = declare(
    "purchase choice", Clock.DAY, Subject.HOUSEHOLD_BLOCK, "amount, fee-free or not, joint-lending share, ration"
)
PAY = declare(
    "pay", Clock.MONTH, Subject.HOUSEHOLD, "miss or pay, late days, early repayment, write-off: all lenders at once"
)
RECOVER = declare("recovery", Clock.LIFE, Subject.LOAN, "whether and when a written-off loan is recovered")

LAYOUT = {
    "owed": Column("i4", "fen", "principal outstanding"),
    "original": Column("i4", "fen", "principal lent"),
    "who": Column("u4", "index", "household"),
    "born": Column("i2", "day", "day of purchase"),
    "owner": Column("u2", "code", "participation code"),
    "left": Column("u1", "months", "instalments unpaid"),
    "term": Column("u1", "months", "instalments agreed"),
    "cycles": Column("u1", "cycles", "due dates missed: days past due follow from it and the due day"),
    "plan": Column("u1", "code", "product x 6 + fee class"),
    "status": Column("u1", "bits", "days late this cycle; bought although ineligible; counted as defaulted"),
}


class LoanBook:
    """Loans of one lender. Shapes: [28 buckets, 4 lanes, capacity]; totals by owner code."""

    def __init__(
        self,
        lender: int,
        terms: LendingTerms,
        behaviour_terms: BehaviourTerms,
        households: Households,
        accounts: Accounts,
        seed: int,
    ) -> None:
        self.lender, self.terms, self.behaviour = lender, terms, behaviour_terms
        self.households, self.accounts = households, accounts
        self.catalogue = spending.Catalogue.of(terms)
        self.shift = (14 * lender + lender // 2) % at.BUCKETS
        self.owners: list[str] = []
        self._codes: dict[str, int] = {}
        self.leaving: list[int] = []
        self._day_totals: Array | None = None
        self.lend_codes: list[tuple[int, int]] = []
        self.keys = {d.name: key_array(seed, d) for d in (PURCHASE_COUNT, PURCHASE, CHOICE, PAY, RECOVER, SALE, SAMPLE)}
        self.loans = Columns((at.BUCKETS, at.LANES, self._first_capacity()), LAYOUT)
        self.count = np.zeros((at.BUCKETS, at.LANES), np.int64)
        self.slab_sum = np.zeros((at.BUCKETS, at.LANES), np.int64)
        self.last_due = np.full(at.BUCKETS, -(10**6), np.int64)
        self.fee_owing: list[int] = []
        self._allocate_totals(64)
        self.refused = np.zeros((at.LANES, 4), np.int64)
        self.log = np.zeros((at.LANES, at.LOG_ROWS, at.LOG_FIELDS), np.int64)
        self.log_count = np.zeros(at.LANES, np.int64)
        self.refresh_write_off(0)

    def _first_capacity(self) -> int:
        per_slab = self.households.columns.weight.size // (at.BUCKETS * at.LANES)
        return int(per_slab * 2.5) + 4096

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
        old = {name: getattr(self, name) for name in ("flows", "stock", "live", "ring", "recovery", "buy_back_at")}
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

    def refresh_write_off(self, day: int) -> None:
        """Take the write-off rule in force on a day."""
        days = self.terms.write_off_days_past_due
        for start, changed in sorted(self.terms.write_off_changes.items()):
            if day_of(start) <= day:
                days = changed
        self.leave = behaviour.leave_shares(days)

    # -- a day -------------------------------------------------------------------------------------------------------

    def open_day(self) -> None:
        """Clear the day's flows and logs; codes released yesterday become free."""
        self.flows[:, : len(self.owners)] = 0
        self._day_totals = None
        self._free_codes()
        self.refused[:] = 0
        self.log_count[:] = 0

    def open_month(self, day: int, stress_milli: int) -> None:
        """Rebuild the month's thresholds of missing a payment; take a changed write-off rule."""
        self.clear_arrears_without_debt()
        self.odds = behaviour.miss_odds(self.behaviour, self.households.terms.quality_sd, day, stress_milli)
        self.refresh_write_off(day)

    def clear_arrears_without_debt(self) -> None:
        """An account that owes nothing is behind with nothing, unless it was closed by a write-off."""
        a = self.accounts.columns
        a.missed[(a.used == 0) & (a.missed != at.CLOSED)] = 0

    def lend(self, day: int, stress_milli: int, *, ration_ppm: int = 1_000_000) -> int:
        """Today's purchases on credit. Returns fen lent (weight x fen); refusals are in `refused`."""
        spend = self.terms.spending
        self._make_room()
        self._day_totals = None
        c, h, a, k = self.loans, self.households.columns, self.accounts.columns, self.catalogue
        overflow = np.zeros(at.LANES, np.int64)
        keys = np.stack([self.keys[PURCHASE_COUNT.name], self.keys[PURCHASE.name], self.keys[CHOICE.name]])
        lending.lend(
            keys, day, month_index(day), self.lender, self.shift, min(date_of(day).day, at.BUCKETS) - 1,
            spending.candidate_thresholds(spend, day), spending.accept_shares(spend, stress_milli), k.product_cdf,
            k.term_cdf, k.term_months, k.free_share, k.amounts, k.fee_ppm, k.is_order, self.granted(),
            np.uint64(threshold(ration_ppm)), np.array([code for code, _ in self.lend_codes], np.int64),
            np.array([t for _, t in self.lend_codes], np.uint64), h.weight, h.trait, h.state, a.klass, a.rank, a.missed,
            a.joined, a.limit, a.used, h.commitment, c.owed, c.original, c.who, c.born, c.owner, c.left, c.term,
            c.cycles, c.plan, c.status, self.count, self.slab_sum, self.flows, self.stock, self.live, self.refused,
            overflow, self.log, self.log_count,
        )  # fmt: skip
        self._refuse_overflow(overflow, day)
        return int(self.day_totals()[:, at.LENT].sum())

    def collect(self, day: int, originator: str) -> None:
        """Everything that falls due today, and what was promised for today or recovered today. Flows are in `flows`."""
        when = date_of(day)
        self._day_totals = None
        if when.day <= at.BUCKETS:
            self._collect_bucket(day, when.day - 1, self.code_of(originator))
        self._release(day)

    def _collect_bucket(self, day: int, bucket: int, originator_code: int) -> None:
        self.last_due[bucket] = day
        c, h, a, k, t = self.loans, self.households.columns, self.accounts.columns, self.catalogue, self.behaviour
        stored, before = self.slab_sum[bucket].copy(), np.zeros(at.LANES, np.int64)
        keys = np.stack([self.keys[PAY.name], self.keys[RECOVER.name]])
        collecting.collect(
            keys, day, month_index(day), self.lender, bucket, self._days_since(day), self.odds,
            np.uint64(threshold(t.partial_cure_ppm)), np.uint64(threshold(t.late_ppm)),
            behaviour.late_days_table(t.late_mean_days), behaviour.prepay_shares(t, date_of(day).month), self.leave,
            np.uint64(threshold(t.recovery_ppm)), t.recovered_share_ppm, t.recovery_lag_days, self.buy_back_at,
            originator_code, k.grace, k.fee_ppm, k.overdue_ppm, k.plan_free, h.weight, h.cell, a.rank,
            a.missed, a.decided, a.used, h.commitment, c.owed, c.original, c.who, c.born, c.owner, c.left, c.term,
            c.cycles, c.plan, c.status, self.count, self.slab_sum, before, self.flows, self.stock, self.live, self.ring,
            self.recovery, self.log, self.log_count,
        )  # fmt: skip
        if (before != stored).any():
            raise InvariantError(
                f"loan book of lender {self.lender}: bucket {bucket + 1} adds up to {int(before.sum())} fen on "
                f"{when_text(day)}, stored sum {int(stored.sum())}; a loan was changed outside the kernels"
            )

    def _days_since(self, day: int) -> Array:
        """Days from the k-th last due date to today, k = 0 today: due dates are the same day of earlier months."""
        when = date_of(day)
        out = []
        for k in range(at.MAX_CYCLES + 1):
            months = when.year * 12 + when.month - 1 - k
            out.append(day - day_of(when.replace(year=months // 12, month=months % 12 + 1)))
        return np.array(out, np.int64)

    def _release(self, day: int) -> None:
        """Payments promised for today arrive; recoveries due today arrive."""
        slot = self.ring[:, day % at.RING_DAYS]
        self.flows[:, :, at.PRINCIPAL] += slot[:, :, at.LATE_PRINCIPAL]
        self.flows[:, :, at.FEE_PAID] += slot[:, :, at.LATE_FEE]
        self.flows[:, :, at.PENALTY] += slot[:, :, at.LATE_PENALTY]
        self.flows[:, :, at.PREPAID] += slot[:, :, at.PREPAYMENT]
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
        total = self.day_totals()
        self.fee_owing[self.code_of(originator)] += int(total[:, at.FEE_BOUGHT_BACK].sum())
        for code in range(len(self.owners)):
            f = total[code]
            self.fee_owing[code] += int(f[at.FEE_DUE] - f[at.FEE_PAID] - f[at.FEE_LOST] - f[at.FEE_BOUGHT_BACK])

    # -- changes of owner --------------------------------------------------------------------------------------------

    def sell(
        self, day: int, seller: str, offers: list[Offer], *, screening_error_ppm: int, whole_book: bool = False
    ) -> list[Bought]:
        """Sell loans drawn at random from the seller's part of the book to the pools that ask.

        A daily purchase samples one due day after another, in a drawn order, until every want is met; `whole_book`
        samples all of them in proportion to their balance, for the first pool of a deal.
        """
        return selling.sell(self, day, seller, offers, screening_error_ppm=screening_error_ppm, whole_book=whole_book)

    def hand_over(self, day: int, giver: str, taker: str, *, only_ineligible: bool = False) -> tuple[int, int]:
        """Move every loan (or those found ineligible) of one owner to another. Returns (principal, fees owing), fen x
        weight.

        With the whole book go the payments still on their way and the recoveries to come.
        """
        old, new = self.code_of(giver), self.code_of(taker)
        c, a, h = self.loans, self.accounts.columns, self.households.columns
        principal, fees = purchasing.hand_over(
            day, old, new, only_ineligible, day - self.last_due, self.catalogue.fee_ppm, h.weight, a.rank,
            c.owed, c.original, c.who, c.born, c.owner, c.left, c.term, c.cycles, c.plan, c.status,
            self.count, self.stock, self.live, self.log, self.log_count,
        )  # fmt: skip
        if not only_ineligible:
            on_the_way = self.ring[:, :, old].sum(axis=(0, 1))
            principal += int(on_the_way[at.LATE_PRINCIPAL] + on_the_way[at.PREPAYMENT])
            fees += int(on_the_way[at.LATE_FEE])
            for held in (self.stock, self.live, self.recovery.swapaxes(1, 2), self.ring.swapaxes(1, 2)):
                held[:, new] += held[:, old]
                held[:, old] = 0
        self.fee_owing[old] -= int(fees)
        self.fee_owing[new] += int(fees)
        return int(principal), int(fees)

    # -- views -------------------------------------------------------------------------------------------------------

    def stocks(self, owner: str) -> Array:
        """Principal of one owner by stock [current, late, 1, 2, ... cycles missed], fen x weight."""
        code = self.code_of(owner)
        total: Array = self.stock[:, code].sum(axis=0)
        return total

    def outstanding_fen(self, owner: str) -> int:
        """Principal outstanding of one owner, fen x weight."""
        return int(self.stocks(owner).sum())

    def day_flows(self, owner: str) -> dict[str, int]:
        """The day's flows of one owner by name, fen x weight."""
        total = self.day_totals()[self.code_of(owner)]
        return {name: int(total[k]) for k, name in enumerate(at.FLOW_NAMES)}

    def day_totals(self) -> Array:
        """The day's flows so far [owner code, flow], fen x weight: added up once after lending and once after
        collecting."""
        if self._day_totals is None or self._day_totals.shape[0] < len(self.owners):
            self._day_totals = self.flows[:, : len(self.owners)].sum(axis=0)
        return self._day_totals

    def day_log(self) -> Array:
        """Today's events of watched households, rows of LOG_FIELDS, lanes in order."""
        return np.concatenate([self.log[lane, : self.log_count[lane]] for lane in range(at.LANES)])

    def check(self, *, full: bool = False) -> None:
        """Compare the stored sums and the ring with the running totals; `full` adds every loan up again.

        Raises:
            InvariantError: naming the owner and the difference.
        """
        on_the_way = self.ring[:, :, :, at.LATE_PRINCIPAL].sum() + self.ring[:, :, :, at.PREPAYMENT].sum()
        total = int(self.slab_sum.sum() + on_the_way)
        if total != int(self.stock.sum()):
            raise InvariantError(
                f"loan book of lender {self.lender}: buckets hold {total} fen, totals {int(self.stock.sum())}"
            )
        if full:
            self._check_full()

    def _check_full(self) -> None:
        c, h = self.loans, self.households.columns
        totals = np.zeros((self.live.shape[1], at.STOCKS), np.int64)
        day = int(self.last_due.max())
        purchasing.recount(
            h.weight, c.owed, c.who, c.owner, c.cycles, c.status, self.count, day - self.last_due, totals
        )
        ring = self.ring.sum(axis=(0, 1))
        expected = self.stock.sum(axis=0).sum(axis=1)
        found = totals.sum(axis=1) + ring[:, at.LATE_PRINCIPAL] + ring[:, at.PREPAYMENT]
        for code, owner in enumerate(self.owners):
            if found[code] != expected[code]:
                raise InvariantError(
                    f"loans of '{owner}' add up to {int(found[code])} fen, running total {int(expected[code])}"
                )

    # -- capacity, state ---------------------------------------------------------------------------------------------

    def granted(self) -> Array:
        return np.array([k in self.terms.accepted_classes for k in CLASSES])

    def _make_room(self) -> None:
        capacity = self.loans.owed.shape[2]
        fullest = int(self.count.max())
        if fullest > 0.9 * capacity - 1024:
            self.loans.widen(int(capacity * 1.3) + 2048)

    def _refuse_overflow(self, overflow: Array, day: int) -> None:
        if overflow.any():
            raise InvariantError(
                f"loan book of lender {self.lender}: a slab overflowed on {when_text(day)}; raise the capacity"
            )

    def state(self) -> dict[str, Any]:
        """Everything a checkpoint needs."""
        fullest = max(1, int(self.count.max()))
        arrays = {f"loan_{n}": v[:, :, :fullest].copy() for n, v in self.loans.arrays().items()}
        arrays |= {f"account_{n}": v for n, v in self.accounts.columns.arrays().items()}
        for name in ("count", "slab_sum", "last_due", "stock", "live", "ring", "recovery", "buy_back_at"):
            arrays[name] = getattr(self, name)
        return {
            "arrays": arrays,
            "json": {
                "owners": self.owners,
                "leaving": self.leaving,
                "fee_owing": self.fee_owing,
                "lend_codes": self.lend_codes,
            },
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take the state of a checkpoint."""
        arrays, data = state["arrays"], state["json"]
        self._allocate_totals(arrays["live"].shape[1])
        capacity = self.loans.owed.shape[2]
        self.loans.restore({n: arrays[f"loan_{n}"] for n in LAYOUT})
        self.loans.widen(max(capacity, self.loans.owed.shape[2]))
        self.accounts.columns.restore({n: arrays[f"account_{n}"] for n in self.accounts.columns.layout})
        for name in ("count", "slab_sum", "last_due", "stock", "live", "ring", "recovery", "buy_back_at"):
            setattr(self, name, np.array(arrays[name]))
        self.owners, self.fee_owing = list(data["owners"]), [int(v) for v in data["fee_owing"]]
        self._codes = {owner: code for code, owner in enumerate(self.owners) if owner}
        self.leaving, self._day_totals = [int(code) for code in data["leaving"]], None
        self.lend_codes = [(int(c), int(t)) for c, t in data["lend_codes"]]


def when_text(day: int) -> str:
    """A day as a date, for messages."""
    return date_of(day).isoformat()
