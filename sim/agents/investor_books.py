"""How a holder carries its notes at a month end: at the market's price, or at cost less expected loss, which in default
is what they can no longer be paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.investor_trades import Held, held_notes
from sim.agents.note_views import covers_ppm, life_days
from sim.agents.spv_life import current_rating
from sim.markets.distress import in_default
from sim.markets.mandates import MandateTerms
from sim.markets.own_view import rated_default_ppm

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace

PPM = 1_000_000
YEAR_DAYS = 365


def value_notes(place: MarketPlace, party: str, mandate: MandateTerms) -> None:
    """Mark every class of notes to the published price, or bring its allowance to the loss its letter stands for; a
    residual class has neither letter nor price and stands at cost."""
    for held in held_notes(place, party):
        claim = held.spv.tranche_claim(held.tranche, party)
        if mandate.books == "marks":
            price = None if place.floor is None else place.floor.price_of(held.spv.name, held.tranche)
            if price is not None:
                place.ledger.mark(claim, held.nominal_fen * (price - PPM) // PPM)
        else:
            loss = _loss_fen(held, mandate)
            place.ledger.provide(claim, loss - place.ledger.allowance(claim))


def _loss_fen(held: Held, mandate: MandateTerms) -> int:
    """The loss to expect of notes: by their letter, or once that says default, what is not covered."""
    letter = current_rating(held.spv, held.tranche)
    if in_default(letter):
        return held.nominal_fen - held.nominal_fen * covers_ppm(held.spv)[held.tranche] // PPM
    days = life_days(held.spv, held.tranche)
    default = rated_default_ppm(letter, days)
    return expected_loss_fen(held.nominal_fen, default, mandate.loss_given_default_ppm, days)


def expected_loss_fen(nominal_fen: int, default_ppm: int, loss_given_default_ppm: int, days: int) -> int:
    """Loss expected over the life of notes: nominal x yearly chance of default x loss given default x years, at most
    the nominal."""
    yearly = nominal_fen * default_ppm * loss_given_default_ppm // PPM**2
    return min(nominal_fen, yearly * days // YEAR_DAYS)
