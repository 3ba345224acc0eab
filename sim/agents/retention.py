"""How much of the residual class a seller keeps, decided on the day of an issue's book.

Selling a yuan of it costs the return its buyers are promised, and what holders of the other classes ask for less skin
in the game; keeping it costs what own money costs and the losses expected on it. Of a few parts between what it must
keep and all of it the desk sounds the market for each, with the bids of the day, and takes the cheapest. The seller
judges losses by its own book; buyers by what is shown, and worse the less the seller keeps (`sim.markets.own_view`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.note_views import MONTH_DAYS
from sim.agents.originator_debts import told_own_funds
from sim.agents.own_pool import own_view
from sim.deals.fields import BP, PPM
from sim.deals.terms import MOST_COUPON_BP
from sim.markets.own_view import loss_view, seen_default_ppm, severity_ppm

if TYPE_CHECKING:
    from sim.agents.issuance_books import Offer

PARTS = 4
"""Parts of what may be sold that are sounded: quarters of it."""


def decide(offer: Offer) -> None:
    """Enter what the seller keeps of the residual class, and the most it pays others for holding it, in the offer."""
    keeping_ppm, least = keeping_cost_ppm(offer), offer.shelf.residual_retained_ppm
    offer.worth_bp = keeping_ppm // (PPM // BP)
    costs: dict[int, int] = {}
    for part in range(PARTS, -1, -1):
        offer.kept_ppm = least + (PPM - least) * part // PARTS
        if offer.kept_ppm not in costs:
            costs[offer.kept_ppm] = _cost(offer, keeping_ppm)
    offer.kept_ppm = min(costs, key=lambda kept: costs[kept])  # of equal ones the largest part kept


def keeping_cost_ppm(offer: Offer) -> int:
    """What a yuan of the residual class costs the seller a year to keep: own money, and the losses it expects on the
    class by its own record: chance that losses exceed the income left x part lost then."""
    seller = offer.desk.place.originators[offer.shelf.originator.removeprefix("originator:")]
    thickness_ppm = offer.shares_bp[offer.shelf.ranked[-1]] * (PPM // BP)
    own_ppm = told_own_funds(seller).yuan_ppm(thickness_ppm)
    life, beliefs = offer.shelf.prototype, offer.desk.place.issuance_rules.beliefs
    months = life.revolving_months + life.amortisation_months
    days = (life.revolving_months + months) * MONTH_DAYS // 2
    coupon_bp = offer.desk.place.macro.risk_free_ppm(offer.desk.place.day, months) // (PPM // BP)
    loss = loss_view(beliefs, own_view(seller) or offer.pool, life_days=days, cost_bp=coupon_bp)
    return own_ppm + seen_default_ppm(loss, 0, days) * severity_ppm(loss, 0, thickness_ppm) // PPM


def _cost(offer: Offer, keeping_ppm: int) -> int:
    """What all classes would cost the seller a year by today's bids, fen x ppm: coupons (the highest there is where a
    book fails), returns promised on what is taken of the residual class, and keeping the rest."""
    books, residual = offer.sounded()
    face = int(offer.mandate["face_fen"])
    coupons = sum(
        face * offer.shares_bp[name] // BP * (book.coupon_bp or MOST_COUPON_BP) * (PPM // BP)
        for name, book in books.items()
    )
    whole = face * offer.shares_bp[offer.shelf.ranked[-1]] // BP
    taken = 0 if residual is None else residual.placed_fen
    promised = 0 if residual is None else (residual.coupon_bp or 0) * (PPM // BP)
    return coupons + taken * promised + (whole - taken) * keeping_ppm
