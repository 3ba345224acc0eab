"""The plan manager: its staff review every purchase file before the custodian's cut-off.

Work is a queue. A file of loans takes staff hours, of which the day has so many; what is not reviewed by the cut-off
waits overnight as data. Under load the review errs more often (OPS01): error = base x (1 + (load / capacity)^2).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sim.agents import manager_succession, practice, spv_purchases
from sim.agents.institution import Institution, Life
from sim.agents.market_place import MarketPlace
from sim.agents.terms import PlanManagerTerms
from sim.calendar import BANK, is_month_end
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.spv import Spv

REVIEW_HOURS = int(Hour.PURCHASE) - int(Hour.REMIT)


@dataclass(frozen=True)
class Review:
    """What the staff did with one plan's file today."""

    requested_fen: int
    reviewed_fen: int
    load_ppm: int
    error_ppm: int


def share_slots(needs: dict[str, int], slots: int) -> dict[str, int]:
    """Deal hours of staff to files in turn until the work or the day is done.

    Args:
        needs: thousandths of an hour each file needs.
        slots: hours of one person available before the cut-off.

    Returns:
        Hours given to each file; a file gets no more than it needs, rounded up to whole hours.
    """
    given = dict.fromkeys(needs, 0)
    waiting = [name for name, need in needs.items() if need > 0]
    while slots > 0 and waiting:
        for name in list(waiting):
            if slots == 0:
                break
            given[name] += 1
            slots -= 1
            if given[name] * 1000 >= needs[name]:
                waiting.remove(name)
    return given


def review_error_ppm(base_ppm: int, load_ppm: int) -> int:
    """Chance that an ineligible loan passes: base x (1 + load^2), load = work waiting / capacity, at most 1."""
    return min(1_000_000, base_ppm + base_ppm * load_ppm * load_ppm // 10**12)


class PlanManager(Institution):
    """Runs special plans: reviews their purchases and, when the cut-off comes, orders settlement."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.REMIT, Hour.RATE)
    kind: ClassVar[str] = "manager"

    def __init__(self, place: MarketPlace, name: str, terms: PlanManagerTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
        self.memory = {"failed": False}

    def act(self, hour: Hour) -> Life:
        """On working days: review the day's files until the cut-off, then have the custodian settle them. At month
        ends: pay the staff. Once it has failed its plans wait for a successor."""
        if hour is Hour.RATE:
            self._close_month()
            return
        if not BANK.is_open(self.place.day):
            return
        if self.failed:
            manager_succession.hand_over(self)
            return
        plans = [spv for spv in self.place.plans_of("manager", self.party) if spv_purchases.buys_today(spv)]
        if not plans:
            return
        reviews = yield from self._review(plans)
        self.place.ledger.set_clock(self.place.day, int(Hour.PURCHASE))
        self._settle(plans, reviews)

    def _close_month(self) -> None:
        if not is_month_end(self.place.day) or self.failed:
            return
        cost = self.terms.staff * self.terms.salary_fen
        if practice.close_month(self, deposit_rate_ppm=self.terms.deposit_rate_ppm, cost_fen=cost):
            practice.fail(self, "it cannot pay its staff")

    def _review(self, plans: list[Spv]) -> Generator[Any, Any, dict[str, Review]]:
        """The staff work through the files side by side, one person an hour at a time."""
        wanted = {spv.name: spv_purchases.offer_fen(spv) for spv in plans}
        mean_fen = {name: self._mean_loan_fen(name) for name in {spv.originator.name for spv in plans}}
        needs = {spv.name: self._milli_hours(wanted[spv.name] // mean_fen[spv.originator.name]) for spv in plans}
        slots = self.terms.staff * REVIEW_HOURS
        given = share_slots(needs, slots)
        yield self.place.env.timeout(-(-sum(given.values()) // self.terms.staff))
        load = sum(needs.values()) * 1_000_000 // (slots * 1000)
        error = review_error_ppm(self.terms.base_error_ppm, load)
        return {
            name: Review(wanted[name], _part(wanted[name], given[name] * 1000, needs[name]), load, error)
            for name in wanted
        }

    def _mean_loan_fen(self, originator: str) -> int:
        """The mean loan on offer, by which an amount is told in loans."""
        book = self.place.books[originator]
        return max(1, book.managed_fen // max(1, int(book.live.sum())))

    def _milli_hours(self, loans: int) -> int:
        """Staff time a file of loans needs at the manager's pace, in thousandths of an hour."""
        return -(-loans * self.terms.milli_hours_per_thousand_loans // 1000)

    def _settle(self, plans: list[Spv], reviews: dict[str, Review]) -> None:
        """Loans are drawn from each originator's book for all its plans at once, then paid from each plan's own
        cash."""
        place = self.place
        for lender_name in sorted({spv.originator.name for spv in plans}):
            lender = place.originators[lender_name]
            group = [spv for spv in plans if spv.originator.name == lender_name]
            offers = [
                spv_purchases.order(spv, reviews[spv.name].reviewed_fen, reviews[spv.name].error_ppm) for spv in group
            ]
            results = place.books[lender_name].sell(
                place.day, lender.party, offers, screening_error_ppm=lender.terms.screening_error_ppm
            )
            for spv, bought in zip(group, results, strict=True):
                spv_purchases.settle(spv, bought, reviews[spv.name])


def _part(fen: int, done: int, need: int) -> int:
    """The part of a file that `done` of `need` hours have reviewed."""
    return fen if need <= done else fen * done // need
