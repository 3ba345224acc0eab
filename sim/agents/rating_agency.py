"""The rating agency: watches each tranche's credit support at month ends and says what it thinks of it."""

from __future__ import annotations

from typing import ClassVar

from sim.agents.institution import Institution, Life
from sim.agents.market_place import MarketPlace
from sim.agents.terms import RatingAgencyTerms
from sim.calendar import is_month_end
from sim.timetable import Hour

SCALE = ("AAA", "AA+", "AA", "AA-", "A+", "A", "A-", "BBB", "BB", "B", "CCC", "C")


def support_ppm(assets_fen: int, claims_to_fen: int) -> int:
    """Credit support of a tranche: the share of performing assets and cash beyond the claims down to it; negative when
    short."""
    if assets_fen <= 0:
        return 0 if claims_to_fen == 0 else -1_000_000
    return (assets_fen - claims_to_fen) * 1_000_000 // assets_fen


def opinion(
    rating: str, support: int, opening_support: int, watch_ppm: int, downgrade_ppm: int, watched: bool, missed: bool
) -> tuple[str, str]:
    """(rating, action) after looking at a tranche: affirm, watch, downgrade; at once to the bottom when principal was
    due and not paid, or when assets no longer cover it."""
    if missed and SCALE.index(rating) < SCALE.index(NOT_REPAID):
        return NOT_REPAID, "downgrade"
    if support < 0:
        return "C", "downgrade" if rating != "C" else "affirm"
    share = support * 1_000_000 // max(1, opening_support)
    if share < downgrade_ppm and rating in SCALE[:-1]:
        return SCALE[SCALE.index(rating) + 1], "downgrade"
    if share < watch_ppm:
        return rating, "affirm" if watched else "watch"
    return rating, "watch removed" if watched else "affirm"


NOT_REPAID = "CCC"
"""What is left of any rating once principal was due and not paid."""


class RatingAgency(Institution):
    """Surveillance of the tranches it rated."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.RATE,)
    kind: ClassVar[str] = "agency"

    def __init__(self, place: MarketPlace, name: str, terms: RatingAgencyTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
        self.memory = {"ratings": {}, "watched": [], "opening_support": {}}

    def rate_at_issue(self, deal: str, tranche: str, rating: str, opening_support_ppm: int) -> None:
        """Publish the rating a tranche was sold with."""
        key = f"{deal}/{tranche}"
        self.memory["ratings"][key] = rating
        self.memory["opening_support"][key] = opening_support_ppm
        self._publish(deal, tranche, rating, "assign", f"credit support {opening_support_ppm / 10_000:.2f} %")

    def forget(self, deal: str) -> None:
        """Drop what it kept of a plan that has ended."""
        tranches = f"{deal}/"
        for kept in ("ratings", "opening_support"):
            self.memory[kept] = {key: v for key, v in self.memory[kept].items() if not key.startswith(tranches)}
        self.memory["watched"] = [key for key in self.memory["watched"] if not key.startswith(tranches)]

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """At month ends, look at every rated tranche that is still owed."""
        if is_month_end(self.place.day):
            for spv in self.place.deals.values():
                for tranche, support in spv.tranche_support():
                    self._look(spv.name, tranche, support, missed=spv.missed_fen(tranche) > 0)
        return
        yield

    def _look(self, deal: str, tranche: str, support: int, *, missed: bool) -> None:
        key = f"{deal}/{tranche}"
        if key not in self.memory["ratings"]:
            return
        rating, watched = self.memory["ratings"][key], key in self.memory["watched"]
        new, action = opinion(
            rating,
            support,
            self.memory["opening_support"][key],
            self.terms.watch_share_ppm,
            self.terms.downgrade_share_ppm,
            watched,
            missed,
        )
        if action == "affirm":
            return
        self.memory["ratings"][key] = new
        if action == "watch":
            self.memory["watched"].append(key)
        elif watched:
            self.memory["watched"].remove(key)
        due = "; principal was due and not paid" if missed else ""
        self._publish(deal, tranche, new, action, f"credit support {support / 10_000:.2f} %{due}")

    def _publish(self, deal: str, tranche: str, rating: str, action: str, reason: str) -> None:
        self.place.recorder.add(
            "ratings",
            date=self.place.day,
            deal=deal,
            tranche=tranche,
            agency=self.party,
            rating=rating,
            action=action,
            reason=reason,
        )
