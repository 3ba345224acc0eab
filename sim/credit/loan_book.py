"""A lender's loan book: loans as columns in due-day buckets, and the days' work on them.

What the book keeps is *detail* of the ledger's LOAN rows: its running totals must equal them at every midnight, and the
bucket touched today must add up to its stored sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.calendar import date_of, month_index
from sim.credit import behaviour, book_checks, book_state, lender_policy, prices, rollover, selling, spending
from sim.credit.accounts import Accounts
from sim.credit.columns import Columns
from sim.credit.due_dates import days_since
from sim.credit.kernels import accounts, collecting, lending, purchasing
from sim.credit.kernels import layout as at
from sim.credit.lender_policy import LenderPolicy
from sim.credit.lending_terms import LendingTerms
from sim.credit.loan_columns import CHOICE, ELSEWHERE, LAYOUT, PAY, PURCHASE, PURCHASE_COUNT, RECOVER, ROLLOVER
from sim.credit.own_rows import OwnRows
from sim.credit.owner_totals import OwnerTotals
from sim.credit.refusals import Refusals
from sim.credit.rollover import Requests
from sim.credit.selling import SALE, SAMPLE, SLIP, Bought, Offer
from sim.credit.terms import CLASSES, BehaviourTerms
from sim.draws import key_array, threshold
from sim.errors import InvariantError

Array = np.ndarray[Any, Any]

ANSWER_NAMES = (
    "refused_class_fen", "refused_arrears_fen", "refused_limit_fen", "refused_ration_fen", "applied_fen",
)  # fmt: skip
MONTHS_KEPT = 24


class LoanBook(OwnerTotals):
    """Loans of one lender. Shapes: [28 buckets, 4 lanes, capacity]; `who` is a row of the lender's accounts."""

    def __init__(
        self, lender: int, terms: LendingTerms, behaviour_terms: BehaviourTerms, table: Accounts, seed: int
    ) -> None:
        super().__init__(lender)
        self.terms, self.behaviour = terms, behaviour_terms
        self.table, self.households = table, table.households
        self.accounts = table.part(lender)
        self.catalogue = spending.Catalogue.of(terms, self.households.terms.income_sigma)
        self.price_versions = [self.catalogue.fee_ppm.tolist()]
        self.price_version = 0
        self.prepayment_fee_ppm = terms.prepayment_fee_ppm
        self.policy = LenderPolicy(lender_policy.whole_classes(terms.accepted_classes))
        self.months: list[dict[str, int]] = []
        self.price_ppm, self.amounts = 1_000_000, self.catalogue.amounts
        self.unit = spending.unit_blocks(terms)
        self.shift = (14 * lender + lender // 2) % at.BUCKETS
        decisions = (PURCHASE_COUNT, PURCHASE, CHOICE, ELSEWHERE, PAY, RECOVER, ROLLOVER, SALE, SAMPLE, SLIP)
        self.keys = {d.name: key_array(seed, d) for d in decisions}
        self._lend_keys = np.stack([self.keys[d.name] for d in (PURCHASE_COUNT, PURCHASE, CHOICE)])
        self.sale_keys = np.stack([self.keys[d.name] for d in (SALE, SAMPLE, SLIP)])
        self._collect_keys = np.stack([self.keys[d.name] for d in (PAY, RECOVER)])
        self.loans = Columns((at.BUCKETS, at.LANES, self._first_capacity()), LAYOUT)
        self.count = np.zeros((at.BUCKETS, at.LANES), np.int64)
        self.slab_sum = np.zeros((at.BUCKETS, at.LANES), np.int64)
        self.last_due = np.full(at.BUCKETS, -(10**6), np.int64)
        self.refused = np.zeros((at.LANES, lending.ANSWERS), np.int64)
        self.log = np.empty((at.LANES, at.LOG_ROWS, at.LOG_FIELDS), np.int64)  # read as far as it is written
        self.log_count = np.zeros(at.LANES, np.int64)
        self.own_rows = OwnRows()
        self.requests = Requests.none()
        self.turned_away = Refusals.none()
        self._accepts: tuple[int, Array] | None = None
        self._groups: tuple[int, Array] | None = None
        self._month = (0, 0)
        self.refresh_write_off(0)
        lender_policy.admit(self)
        self._say_what_may_be_drawn()

    def _first_capacity(self) -> int:
        """Room for one loan in two accounts: a book that holds more is widened."""
        return int(self.accounts.size // (at.BUCKETS * at.LANES) // 2) + 2 * self.slack

    @property
    def slack(self) -> int:
        """Rows of a slab that a day's lending may fill: a loan for each account of a lane, should all fall due on one
        day; of a large book a day's loans are spread over many slabs."""
        return min(1024, int(self.accounts.size) // at.LANES + 128)

    def refresh_write_off(self, day: int) -> None:
        """Take the write-off rule in force on a day."""
        self.leave = behaviour.leave_shares(self.terms.write_off_days(day))

    # -- a day -------------------------------------------------------------------------------------------------------

    def open_day(self) -> None:
        """Clear the day's flows and logs; codes released yesterday become free. Until it lends it is closed to
        what is not bought in its own pass."""
        self._open_totals()
        self.refused[:] = 0
        self.log_count[:] = 0
        self.requests = Requests.none()
        self.turned_away = Refusals.none()
        self.table.ration[self.lender] = 0

    def open_month(self, day: int, stress_milli: int, price_ppm: int = 1_000_000) -> None:
        """Take the month's thresholds of missing a payment, a changed write-off rule, and how high prices stand: what
        is bought follows them, and limits with it."""
        self._month, self._groups = (day, stress_milli), None
        self._take_odds()
        self.refresh_write_off(day)
        self.price_ppm = price_ppm
        self.amounts = spending.at_prices(self.catalogue.amounts, price_ppm)
        lender_policy.cap_persons(self)
        self._say_what_may_be_drawn()

    def _take_odds(self) -> None:
        self.odds = self.odds_on(*self._month)

    def odds_on(self, day: int, stress_milli: int) -> Array:
        """Thresholds of missing a payment on a day under this stress, see `behaviour.miss_odds`."""
        return behaviour.miss_odds(
            self.behaviour,
            self.households.terms.quality_sd,
            day,
            stress_milli,
            self.terms,
            self.policy.collection_milli,
        )

    def lend(self, day: int, stress_milli: int, *, ration_ppm: int = 1_000_000) -> int:
        """Today's purchases and cash loans. Returns fen lent (weight x fen); refusals are in `refused`."""
        spend = self.terms.spending
        self.make_room()
        self.forget_day_totals()
        c, a, k = self.loans, self.accounts.columns, self.catalogue
        overflow = np.zeros(at.LANES, np.int64)
        self.table.ration[self.lender] = threshold(ration_ppm)
        candidates = spending.candidate_thresholds(spend, day, self.unit)
        self.turned_away = turned = Refusals.of_a_day(self, candidates.size)
        lending.lend(
            self._lend_keys, day, self.lender, self.shift, min(date_of(day).day, at.BUCKETS) - 1,
            self.unit, candidates, self._accept_shares(stress_milli),
            k.product_cdf, k.term_cdf, k.term_months, k.free_share, self.amounts, k.sizes, k.fee_ppm, self.first_plan,
            k.is_order, k.is_cash,
            self.limit_ppm(), np.uint64(threshold(ration_ppm)), *self.lending_codes(),
            self._buyer_groups(month_index(day)),
            a.household, a.weight, a.klass, a.granted, a.standing, a.rank, a.missed, a.ceiling, a.used, a.instalment,
            c.owed, c.original, c.who, c.born, c.owner, c.left, c.term, c.cycles, c.plan, c.status, self.count,
            self.slab_sum, self.flows, self.stock, self.live, self.refused, overflow, self.log, self.log_count,
            self.table.elsewhere, turned.who, turned.fen, turned.kinds, turned.count,
        )  # fmt: skip
        self._refuse_overflow(overflow, day)
        self._count_applications(month_index(day))
        return int(self.day_totals()[:, (at.LENT, at.CASH_LENT)].sum())

    def _count_applications(self, month: int) -> None:
        """Add the day to the sums of its month, of which two years are kept."""
        if not self.months or self.months[-1]["month"] != month:
            self.months = [*self.months[-(MONTHS_KEPT - 1) :], {"month": month}]
        sums = self.months[-1]
        for name, fen in self.applications().items():
            sums[name] = sums.get(name, 0) + fen

    def _say_what_may_be_drawn(self) -> None:
        """Tell households what part of their ceilings they may draw here, by kind of product and class."""
        for kind, product in enumerate(self.catalogue.first_of):
            self.table.room_ppm[kind, self.lender, : len(CLASSES)] = (
                self.limit_ppm() * self.granted() * (product >= 0) * self.policy.is_open
            )

    def collect(self, day: int, originator: str) -> None:
        """Everything that falls due today, and what was promised for today or recovered today. Flows are in `flows`,
        what households drew elsewhere to pay here in `requests`."""
        when = date_of(day)
        self.forget_day_totals()
        if when.day <= at.BUCKETS:
            self._collect_bucket(day, when.day - 1, self.code_of(originator))
        self._release(day)

    def roll_over(self, day: int, rows: Array, fen: Array) -> dict[str, int]:
        """Make the cash loans that households drew here today to pay another lender; returns fen x weight by owner."""
        return rollover.roll_over(self, day, rows, fen)

    def _collect_bucket(self, day: int, bucket: int, originator_code: int) -> None:
        self.last_due[bucket] = day
        c, a, k, t = self.loans, self.accounts.columns, self.catalogue, self.behaviour
        stored, before = self.slab_sum[bucket].copy(), np.zeros(at.LANES, np.int64)
        table, every = self.table, self.table.columns
        wanted = rollover.Slips(int(self.count[bucket].max()) if table.rolls else 1)
        collecting.collect(
            self._collect_keys, day, month_index(day), self.lender, bucket, days_since(day), self.odds,
            np.uint64(threshold(t.partial_cure_ppm)), np.uint64(threshold(t.late_ppm)),
            behaviour.late_days_table(t.late_mean_days),
            behaviour.prepay_shares(t, date_of(day).month, self.prepayment_fee_ppm), self.leave,
            np.uint64(threshold(t.recovery_ppm)), t.recovered_share_ppm, t.recovery_lag_days, self.buy_back_at,
            originator_code, k.grace, k.fee_ppm, k.overdue_ppm, k.plan_free,
            a.household, a.weight, a.cell, a.rank, a.missed, a.decided, a.used, a.instalment,
            self.keys[ROLLOVER.name], table.fallback, table.room_ppm[at.IN_CASH], table.ration,
            every.lender, every.granted, every.joined, every.ceiling, every.used, every.missed,
            wanted.rows, wanted.fen, wanted.count,
            c.owed, c.original, c.who, c.born, c.owner, c.left, c.term,
            c.cycles, c.plan, c.status, self.count, self.slab_sum, before, self.flows, self.stock, self.live, self.ring,
            self.recovery, self.log, self.log_count,
        )  # fmt: skip
        self.own_rows.forget(bucket)
        self.requests = wanted.by_account()
        if (before != stored).any():
            raise InvariantError(
                f"loan book of lender {self.lender}: bucket {bucket + 1} adds up to {int(before.sum())} fen on "
                f"{when_text(day)}, stored sum {int(stored.sum())}; a loan was changed outside the kernels"
            )

    # -- what its lender decides -------------------------------------------------------------------------------------

    def set_policy(self, policy: LenderPolicy) -> None:
        """Act on a policy from now on."""
        self.policy = policy
        self._accepts = None
        self._say_what_may_be_drawn()

    def admit(self, ppm_by_class: tuple[int, ...]) -> None:
        """Grant credit to the best part of each score class, ppm of the class."""
        self.set_policy(self.policy.admitting(ppm_by_class))
        lender_policy.admit(self)

    def set_limit_factor(self, ppm_by_class: tuple[int, ...]) -> None:
        """Set limits to a share of each account's ceiling, at most twice. A cut takes back nothing that is used: it
        stops new use."""
        self.set_policy(self.policy.with_limits(ppm_by_class))

    def set_open(self, is_open: bool) -> None:
        """Say whether new loans are made at all: where none are, nobody looks for room."""
        if is_open != self.policy.is_open:
            self.set_policy(self.policy.opened(is_open))

    def set_appetite(self, ppm: int) -> None:
        """Raise or lower the members' rate of purchases, of the rate at trend."""
        self.set_policy(self.policy.with_appetite(ppm, self.terms.spending.most_appetite_ppm))

    def set_collection(self, milli: int) -> None:
        """Collect harder or softer from now on, in thousandths of a unit."""
        self.set_policy(self.policy.with_collection(milli))
        self._take_odds()

    def reprice(self, monthly_fee_ppm: dict[str, tuple[int, ...]]) -> None:
        """New monthly fees by product, one for each class, for new loans only; other products keep theirs."""
        prices.reprice(self, monthly_fee_ppm)

    def rescore(self, noise: float, *, walled: float = 0.0, see_elsewhere: bool = False) -> None:
        """Score all accounts again with this much noise, cut where scores were cut at the lender's usual noise.

        `walled`: the part by which the noise is larger for data that may no longer be used; it knows what it misses.
        With `see_elsewhere` (credit register, shared data) an account is scored one class worse for each other lender
        that reports its household as late. Whoever changes class has the limit of the new one; a score changes nobody's
        hazard.
        """
        lender_policy.rescore(self, noise, walled, see_elsewhere=see_elsewhere)
        self._groups = None

    def keep_to_terms(self) -> None:
        """Grant no class and no limit that its terms do not allow (any more): a cut takes back nothing that is used."""
        self.admit(lender_policy.within_terms(self.policy.admitted_ppm, self.terms.accepted_classes))
        lender_policy.cap_persons(self)

    def set_prices(self, versions: list[list[int]], current: int) -> None:
        """Take versions of prices, one of them for new loans."""
        self.price_versions, self.price_version = versions, current
        self.catalogue = self.catalogue.with_prices(versions)

    @property
    def first_plan(self) -> int:
        """The first plan of the prices in force."""
        return self.price_version * len(self.price_versions[0])

    def granted(self) -> Array:
        """bool [class]: of which classes anybody is granted credit."""
        return np.array(self.policy.admitted_ppm) > 0

    def limit_ppm(self) -> Array:
        """[class]: the limit in force, of each account's ceiling, which is as of the prices of January 2019."""
        return np.array(self.policy.limit_ppm, np.int64) * self.price_ppm // 1_000_000

    def _accept_shares(self, stress_milli: int) -> Array:
        if self._accepts is None or self._accepts[0] != stress_milli:
            shares = spending.accept_shares(self.terms.spending, stress_milli, self.policy.appetite_ppm)
            # Who is in no group buys nothing.
            self._accepts = stress_milli, np.append(shares, np.zeros(1, np.uint64))
        return self._accepts[1]

    def _buyer_groups(self, month: int) -> Array:
        """The accounts' groups of a month, found when its first purchases need them; no part of the state."""
        if self._groups is None or self._groups[0] != month:
            a, groups = self.accounts.columns, np.empty(self.accounts.size, np.uint8)
            accounts.group_buyers(month, a.weight, a.cell, a.klass, a.joined, groups)
            self._groups = month, groups
        return self._groups[1]

    def applications(self) -> dict[str, int]:
        """Today's applications for purchases and cash and their answers, fen x weight."""
        answers = dict(zip(ANSWER_NAMES, self.refused.sum(axis=0).tolist(), strict=True))
        refused = sum(fen for name, fen in answers.items() if name != "applied_fen")
        return answers | {"granted_fen": answers["applied_fen"] - refused}

    def applications_of(self, month: int) -> dict[str, int]:
        """Applications of a month and their answers, fen x weight; zeros for a month it does not remember."""
        known = next((sums for sums in self.months if sums["month"] == month), {})
        return {name: known.get(name, 0) for name in (*ANSWER_NAMES, "granted_fen")}

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
        c, a = self.loans, self.accounts.columns
        principal, fees = purchasing.hand_over(
            day, old, new, only_ineligible, day - self.last_due, self.catalogue.fee_ppm, a.household, a.weight, a.rank,
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
        self.own_rows.forget()
        self.fee_owing[old] -= int(fees)
        self.fee_owing[new] += int(fees)
        return int(principal), int(fees)

    # -- views -------------------------------------------------------------------------------------------------------

    def day_log(self) -> Array:
        """Today's events of watched households, rows of LOG_FIELDS, lanes in order."""
        return np.concatenate([self.log[lane, : self.log_count[lane]] for lane in range(at.LANES)])

    def check(self, *, full: bool = False) -> None:
        """Compare the stored sums and the ring with the running totals; `full` adds every loan up again.

        Raises:
            InvariantError: naming the owner and the difference.
        """
        book_checks.check_sums(self)
        if full:
            book_checks.check_every_loan(self)

    # -- capacity, state ---------------------------------------------------------------------------------------------

    def limits_fen(self) -> Array:
        """The limit in force of each account, fen."""
        a = self.accounts.columns
        limits: Array = a.ceiling.astype(np.int64) * self.limit_ppm()[a.klass] // 1_000_000
        return limits

    def make_room(self, more: int = 0) -> None:
        """Widen the slabs before a day's lending could fill one; `more` loans are sure to come."""
        capacity = self.loans.owed.shape[2]
        fullest = int(self.count.max()) + more
        if fullest > 0.9 * capacity - self.slack:
            self.loans.widen(int(max(capacity, fullest) * 1.3) + 2 * self.slack, int(self.count.max()))

    def _refuse_overflow(self, overflow: Array, day: int) -> None:
        if overflow.any():
            raise InvariantError(
                f"loan book of lender {self.lender}: a slab overflowed on {when_text(day)}; raise the capacity"
            )

    def state(self) -> dict[str, Any]:
        """Everything a checkpoint needs: views, which the next day changes."""
        return book_state.state(self)

    def restore(self, state: dict[str, Any]) -> None:
        """Take the state of a checkpoint."""
        book_state.restore(self, state)
        self.own_rows.forget()
        self._groups = None


def when_text(day: int) -> str:
    """A day as a date, for messages."""
    return date_of(day).isoformat()
