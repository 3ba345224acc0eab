"""The arithmetic of a revolving purchase: what may be spent, and what it buys."""

from __future__ import annotations

from sim.deals.fields import PPM
from sim.deals.terms import DealTerms


def budget_fen(
    terms: DealTerms, *, principal_fen: int, income_fen: int, principal_needed_fen: int, income_needed_fen: int
) -> int:
    """What a purchase may spend today: principal, and if the terms say so income, beyond what the next payment needs.

    `principal_needed_fen`, `income_needed_fen`: what payment dates ahead ask for from each account. Income that is
    lacking is first set aside from principal. Never negative.
    """
    income_free = income_fen - income_needed_fen
    from_income = max(0, income_free) if terms.purchase.uses_income else 0
    lacking = max(0, -income_free)
    return max(0, principal_fen - principal_needed_fen - lacking) + from_income


def price_fen(terms: DealTerms, principal_fen: int) -> int:
    """Price of loans with this principal, rounded up to the fen so that the seller never gets less than agreed."""
    return -(-principal_fen * terms.purchase.price_factor_ppm // PPM)


def affordable_principal_fen(terms: DealTerms, cash_fen: int) -> int:
    """The largest principal whose price is at most `cash_fen`."""
    return cash_fen * PPM // terms.purchase.price_factor_ppm
