"""The securities regulator and its exchange: what issues are approved, and how long the desk takes to review one.

It acts on what the regulators of banking and of the market have told in earlier hours: issues of one under guidance
are looked at longer, those of one suspended are not approved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sim.agents.compliance import BANKING, MARKET, SECURITIES, under
from sim.agents.institution import Institution, Life
from sim.regulation.supervision import review_days
from sim.regulation.supervision_terms import RegulatorsTerms
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace


class SecuritiesRegulator(Institution):
    """Approves issues, or does not."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.SUPERVISE,)
    kind: ClassVar[str] = "regulator"

    def __init__(self, place: MarketPlace, terms: RegulatorsTerms) -> None:
        super().__init__(place, "securities")
        self.terms = terms
        self.memory = {"guided": [], "closed": []}

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """Follow what others have told by now."""
        place = self.place
        sellers = list(dict.fromkeys(shelf.originator for shelf in place.shelves.values()))
        guided = [party for party in sellers if _told_by_others(place, party, "guided")]
        closed = [party for party in sellers if _told_by_others(place, party, "issuance")]
        for party in sellers:
            before = (party in self.memory["guided"], party in self.memory["closed"])
            now = (party in guided, party in closed)
            if before != now:
                place.tell(self.party, f"measures:{party}", {"guided": int(now[0]), "issuance": int(now[1])})
            if before[1] != now[1]:
                said = "its issues are not approved" if now[1] else "its issues are approved again"
                place.announce(self.party, f"approvals:{party}", said)
        self.memory["guided"], self.memory["closed"] = guided, closed
        return
        yield


def _told_by_others(place: MarketPlace, party: str, measure: str) -> bool:
    return any(under(place, regulator, party, measure) for regulator in (BANKING, MARKET))


def days_of_review(place: MarketPlace, seller: str, regime_days: int, ahead: int) -> int:
    """Working days the exchange takes for an issue handed in today, with `ahead` others on its desk."""
    terms = place.regulators_terms
    factor = terms.guided_review_factor if under(place, SECURITIES, seller, "guided") else 1.0
    return review_days(regime_days, ahead, factor, terms)


def approves(place: MarketPlace, seller: str) -> bool:
    """Whether issues of a lender are approved today, as heard."""
    return not under(place, SECURITIES, seller, "issuance")
