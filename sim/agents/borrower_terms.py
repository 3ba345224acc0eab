"""How borrowers choose among lenders."""

from __future__ import annotations

from sim.credit.terms import Ppm, Terms, term


class ShoppingTerms(Terms):
    """Where households apply: by price, and elsewhere when one lender turns them away."""

    price_elasticity: float = term(
        0.8,
        "Per cent by which a lender's applications fall when its price rises by one per cent against the others'.",
        unit="elasticity",
        source="assumption",
        span=[0.2, 2.0],
        ge=0,
        le=5,
    )
    apply_elsewhere_ppm: Ppm = term(
        350_000,
        "Part of what one lender refuses, by limit, score class or want of funds, though the account was good for it as "
        "opened, that is tried at the household's next account the same day; the rest gives up.",
        unit="ppm",
        source="CFX09 (rivals' applications rose by a third when the largest lender cut back); size is an assumption",
        span=[0, 800_000],
    )
