"""Borrowers as customers: on the first of a month they compare lenders. Those turned away apply elsewhere on the day
they are, see `credit.elsewhere`.

They know the prices lenders have told. A household's purchases
are its own draws; what changes here is the rate at which members turn to each lender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.calendar import month_index
from sim.markets.lending_choice import appetite_ppm

if TYPE_CHECKING:
    from sim.agents.borrower_terms import ShoppingTerms
    from sim.agents.market_place import MarketPlace

MILLION = 1_000_000


def shop_around(place: MarketPlace, terms: ShoppingTerms) -> None:
    """Set each lender's appetite for the month.

    What counts is how a lender's price has moved against the others' since the opening: that some lenders are dearer
    than others is already in how often their members buy.
    """
    last = month_index(place.day) - 1
    month = {name: book.applications_of(last) for name, book in place.books.items()}
    moved = {name: _price_move_ppm(place, name) for name in month}
    known = {name: month[name]["granted_fen"] for name, move in moved.items() if move is not None}
    if sum(known.values()) == 0:
        return
    market = sum((moved[name] or 0) * fen for name, fen in known.items()) // sum(known.values())
    for name, book in place.books.items():
        move = moved[name]
        if move is None or month[name]["applied_fen"] == 0:
            continue
        book.set_appetite(
            appetite_ppm(
                move,
                market,
                elasticity=terms.price_elasticity,
                most_ppm=book.terms.spending.most_appetite_ppm,
            )
        )


def _price_move_ppm(place: MarketPlace, name: str) -> int | None:
    """A lender's price over its opening one, ppm, as last told; None if it has told none."""
    told = place.heard(place.originators[name].party, "price")
    return None if told is None else told["ppm"] * MILLION // max(1, told["opening_ppm"])
