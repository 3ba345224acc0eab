"""The regulator of conduct: it hears of violent collection, and orders the lender to stop and lend less for a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sim.agents.institution import Institution, Life
from sim.calendar import date_of, is_month_end, month_index
from sim.draws import Clock, Subject, declare, subject_number, words
from sim.regulation.conduct import ConductTerms, incident_ppm
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.originator import Originator

MILLION = 1_000_000
OVERDUE_FROM = 2
"""First stock of a book that is past due by a whole cycle: those who are pressed."""
REGULATOR = "regulator:conduct"

INCIDENT = declare(
    "collection incident", Clock.MONTH, Subject.INSTITUTION, "whether violent collection becomes public, by its chance"
)


class ConductRegulator(Institution):
    """Watches how lenders collect. It sees what the public sees: incidents, and how much debt is overdue."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.SUPERVISE,)
    kind: ClassVar[str] = "regulator"

    def __init__(self, place: MarketPlace, terms: ConductTerms) -> None:
        super().__init__(place, "conduct")
        self.terms = terms
        self.memory = {"orders": {}}

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """At month ends: incidents of the month become known, and lead to orders."""
        if is_month_end(self.place.day):
            overdue = {o.party: overdue_fen(o) for o in self.place.originators.values()}
            whole = max(1, sum(overdue.values()))
            self.place.tell(REGULATOR, "overdue", whole)
            for originator in self.place.originators.values():
                share = overdue[originator.party] * MILLION // whole
                if not originator.failed and self._becomes_public(originator, share):
                    self._order(originator)
        return
        yield

    def _becomes_public(self, originator: Originator, share_ppm: int) -> bool:
        """Violence happens where collection is hard; the draw decides whether it is heard of."""
        chance = incident_ppm(self.terms, originator.book.policy.collection_milli, share_ppm)
        drawn = words(
            self.place.seed_number, INCIDENT, month_index(self.place.day), subject_number(originator.party)
        )[0]  # fmt: skip
        return drawn * MILLION >> 32 < chance

    def _order(self, originator: Originator) -> None:
        place, until = self.place, self.place.day + self.terms.order_days
        self.memory["orders"][originator.party] = until
        place.tell(REGULATOR, f"order:{originator.name}", {"until": until, "lending_ppm": self.terms.lending_ppm})
        place.announce(REGULATOR, "order", f"{originator.party} collects violently; order until {date_of(until)}")
        place.note_event(
            deal="", institution=originator.party, family="regulation", event="violent_collection",
            detail=f"complaints are public; order until {date_of(until)}",
            measured_ppm=originator.book.policy.collection_milli * 1000,
            threshold_ppm=self.terms.tolerated_milli * 1000, effect="collects within bounds and lends less",
        )  # fmt: skip


def overdue_fen(originator: Originator) -> int:
    """Debt past due by a cycle or more at a lender, whoever owns it."""
    return int(originator.book.stock.sum(axis=0)[:, OVERDUE_FROM:].sum())


def allowed_ppm(originator: Originator) -> int:
    """Part of its lending that an order leaves it, as heard; all of it without one."""
    order = originator.place.heard(REGULATOR, f"order:{originator.name}")
    return order["lending_ppm"] if order is not None and originator.place.day <= order["until"] else MILLION


def overdue_share_ppm(originator: Originator) -> int:
    """Its part of all overdue debt, by the total last published; all of it before there is one."""
    own = overdue_fen(originator)
    whole: int = originator.place.heard(REGULATOR, "overdue", 0)
    return min(MILLION, own * MILLION // max(1, own, whole))


def collect_within_bounds(originator: Originator, wished_milli: int) -> None:
    """Collect as hard as it wishes, or, under an order, no harder than is tolerated."""
    tolerated = originator.place.conduct.terms.tolerated_milli
    bound = wished_milli if allowed_ppm(originator) == MILLION else min(wished_milli, tolerated)
    if bound != originator.book.policy.collection_milli:
        originator.book.set_collection(bound)
