"""What investors bring to a book: each one's bid, from its mandate, its budget, and what is public about the notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.agents.buyers import Buyer
from sim.agents.issuance_terms import in_force
from sim.agents.note_views import Holdings, conditions
from sim.calendar import date_of
from sim.markets.book_building import Bid
from sim.markets.mandates import NoteView, refusal, room_fen
from sim.markets.required_yield import expected_loss_bp, failure_bp, required_yield

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace


class Bidders:
    """The investors of a day and what each has left to spend; lives within one hour."""

    def __init__(self, place: MarketPlace, spent: dict[str, int]) -> None:
        self.place = place
        self.buyers = place.buyers()
        self.held_by = Holdings(place)
        self.spent = spent
        self.threshold_fen = in_force(place.issuance_rules.entry_threshold_fen, date_of(place.day))

    def bids(self, note: NoteView, class_fen: int, offered_to: Sequence[str], spent: dict[str, int]) -> list[Bid]:
        """A bid of each who may buy and has money left."""
        now, bids = conditions(self.place, self.place.issuance_rules, note.life_days), []
        for buyer in self.buyers:
            budget = buyer.budget_fen - self.spent.get(buyer.party, 0) - spent.get(buyer.party, 0)
            closed = offered_to and buyer.kind not in offered_to
            if closed or budget <= 0 or self._refused(buyer, note):
                continue
            if note.residual:
                wanted = now.risk_free_bp + buyer.mandate.residual_bp + round(expected_loss_bp(note) + failure_bp(note))
            else:
                wanted = max(0, required_yield(buyer.mandate, note, now).total_bp + buyer.taste_bp)
            # It bids with the ticket it could hold of this class: with all its money it would overbid small ones.
            ticket = min(budget, self._room_fen(buyer, note, class_fen))
            bids.append(Bid(buyer.party, ticket, wanted, buyer.mandate.slope_bp, ticket))
        return bids

    def _refused(self, buyer: Buyer, note: NoteView) -> bool:
        why = refusal(buyer.mandate, note, qualifying_fen=buyer.qualifying_fen, entry_threshold_fen=self.threshold_fen)
        return why is not None or not buyer.knows(note.originator)

    def _room_fen(self, buyer: Buyer, note: NoteView, class_fen: int) -> int:
        return room_fen(
            buyer.mandate, assets_fen=buyer.assets_fen, of_tranche_fen=0, tranche_fen=class_fen,
            of_originator_fen=self.held_by.of_originator(note.originator).get(buyer.party, 0),
            newness_ppm=note.newness_ppm,
        )  # fmt: skip
