"""Dealers: they quote for notes on their own capital, and stop buying where their balance sheet ends."""

from __future__ import annotations

from typing import ClassVar

from sim.agents import practice
from sim.agents.institution import Institution, Life
from sim.agents.investor_terms import DealerTerms
from sim.agents.market_place import MarketPlace
from sim.calendar import is_month_end
from sim.markets.secondary import LOT_FEN, half_spread_ppm
from sim.timetable import Hour

PPM = 1_000_000


class Dealer(Institution):
    """A market maker in notes. It decides at which price it buys and sells, and how much it takes on."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.RATE,)
    kind: ClassVar[str] = "dealer"

    def __init__(self, place: MarketPlace, name: str, terms: DealerTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
        self.memory = {"failed": False, "at_limit_since": None}

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """At month ends its inventory is marked to the published price; with too little of its own left it closes."""
        if is_month_end(self.place.day) and not self.failed:
            for _, deal, rank, fen in self.place.ledger.notes_of(self.party):
                self._mark(deal, self.place.deals[deal].terms.ranked[rank], fen)
            least = self.terms.capital_fen * self.terms.least_capital_ppm // PPM
            if self.place.ledger.equity(self.party) < least:
                practice.fail(self, f"own funds are below the {least} fen its licence asks for")
        return
        yield

    def _mark(self, deal: str, tranche: str, nominal_fen: int) -> None:
        place = self.place
        price = None if place.floor is None else place.floor.price_of(deal, tranche)
        if price is not None:
            place.ledger.mark(place.deals[deal].tranche_claim(tranche, self.party), nominal_fen * (price - PPM) // PPM)

    # -- quotes ------------------------------------------------------------------------------------------------------

    def inventory_fen(self) -> int:
        """Nominal of all notes it holds."""
        return self.place.ledger.notes_fen(self.party)

    def limit_fen(self) -> int:
        """Most it may hold: a share of its own funds, which losses shrink."""
        return max(0, self.place.ledger.equity(self.party)) * self.terms.inventory_limit_ppm // PPM

    def quote_ppm(self, mid: int, side: int, *, disclosure_ppm: int, venues: int, eligible: int) -> int:
        """Its bid (side -1) or ask (side 1) around a published price, ppm of par.

        Inventory makes it wary of more and keen to sell: it lowers bid and ask alike by as much as it widens the
        half-spread.
        """
        share = min(PPM, self.inventory_fen() * PPM // max(1, self.limit_fen()))
        calm, now = (
            half_spread_ppm(
                self.terms.spread, inventory_share_ppm=held, disclosure_ppm=disclosure_ppm, venues=venues,
                eligible=eligible,
            )
            for held in (0, share)
        )  # fmt: skip
        return mid + side * calm - (now - calm)

    def room_fen(self, price_ppm: int, coupon_bp: int) -> int:
        """Nominal it can take at a price: within its limit, and paid in cash with up to a year's interest accrued."""
        payable = self.place.ledger.cash(self.party) * PPM // (price_ppm + coupon_bp * 100)
        return max(0, min(self.limit_fen() - self.inventory_fen(), payable))

    def closed_to(self, fen: int) -> bool:
        """Whether an offer of this nominal would change nothing: it has told that it is full, and no lot has room."""
        told = self.memory["at_limit_since"] is not None
        return told and self.limit_fen() - self.inventory_fen() < min(fen, LOT_FEN)

    def take(self) -> None:
        """It bought all it was offered: it is not, or no longer, at its limit."""
        self.memory["at_limit_since"] = None

    def skip(self, deal: str, tranche: str, fen: int) -> None:
        """It is at its limit and turns a seller away; told once, on the first day of such a spell."""
        if self.memory["at_limit_since"] is not None:
            return
        self.memory["at_limit_since"] = self.place.day
        self.place.note_event(
            deal=deal, institution=self.party, family="market", event="dealer_at_limit",
            detail=f"{fen} fen of {tranche} offered; inventory {self.inventory_fen()} fen",
            measured_ppm=self.inventory_fen() * PPM // max(1, self.limit_fen()), threshold_ppm=PPM,
            effect="the seller finds no buyer here",
        )  # fmt: skip
