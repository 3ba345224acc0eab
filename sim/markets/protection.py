"""What protection on a class of notes costs: expected loss and the return on the capital it binds; all in whole fen.

A contract pays what its holder loses when the class is written down, up to its notional, against a premium a year.
"""

from __future__ import annotations

from typing import Final

from sim.credit.terms import Ppm, Terms, term

PPM: Final = 1_000_000
BP: Final = 10_000
YEAR_DAYS: Final = 365


class ProtectionTerms(Terms):
    """A market in credit default swaps on rated classes behind the first: what those who sell protection must keep."""

    capital_ppm: Ppm = term(
        105_000, "Own funds a seller sets aside, of the notional times the risk weight of the class's letter.",
        unit="ppm of weighted notional", source="RUL16 (10.5 %), RUL17 (weights); that they hold for insurers and "
        "brokers is an assumption", span=[80_000, 300_000], gt=0,
    )  # fmt: skip
    book_ppm: Ppm = term(
        200_000, "Most of its own funds that a seller sets aside for protection.", unit="ppm of own funds",
        source="assumption", span=[50_000, 500_000],
    )  # fmt: skip
    equity_return_ppm: int = term(
        100_000, "Return a year that sellers' shareholders ask on it.", unit="ppm a year",
        source="assumption near BKS08 (9.48 %)", span=[80_000, 150_000], ge=0, le=1_000_000,
    )  # fmt: skip
    loss_given_default_ppm: Ppm = term(
        600_000, "Part of a class behind the first that sellers expect to be lost when it defaults.", unit="ppm",
        source="assumption: thin classes lose more of themselves than whole pools", span=[400_000, 900_000],
    )  # fmt: skip
    settlement_days: int = term(
        14, "Days after a credit event within which a seller must have paid all of it, or fails.", unit="days",
        source="assumption", span=[3, 60], ge=1, le=365,
    )  # fmt: skip


def premium_bp(terms: ProtectionTerms, *, default_ppm: int, weight_bp: int, risk_free_bp: int) -> int:
    """The premium a seller asks (LVR08): expected loss + capital x (return asked - risk-free yield it earns), bp a
    year, up.

    >>> premium_bp(ProtectionTerms(), default_ppm=10_000, weight_bp=5_000, risk_free_bp=300)  # 60 + 5.25 % x 700 bp
    97
    """
    expected = default_ppm * terms.loss_given_default_ppm  # ppm^2
    over = max(0, terms.equity_return_ppm - risk_free_bp * (PPM // BP))
    return -(-(expected * BP + terms.capital_ppm * weight_bp * over) // (PPM * (PPM // BP) * BP))


def capital_fen(terms: ProtectionTerms, notional_fen: int, weight_bp: int) -> int:
    """Own funds that protection of a notional binds: notional x risk weight x capital ratio, up; fen.

    >>> capital_fen(ProtectionTerms(), 1_000_000, 5_000)
    52500
    """
    return -(-notional_fen * weight_bp * terms.capital_ppm // (BP * PPM))


def premium_fen(notional_fen: int, premium_bp: int, days: int) -> int:
    """The premium due for some days: notional x premium x days / 365, floored; fen.

    >>> premium_fen(10_000_000_000, 144, 31)
    12230136
    """
    return notional_fen * premium_bp * days // (BP * YEAR_DAYS)


def free_capital_fen(terms: ProtectionTerms, *, own_funds_fen: int, cash_fen: int, bound_fen: int) -> int:
    """Capital a seller can still set aside: its part of own funds for protection, as far as it has it in cash, less
    what its contracts bind; fen.

    >>> free_capital_fen(ProtectionTerms(), own_funds_fen=600, cash_fen=90, bound_fen=50)
    40
    """
    return max(0, min(max(0, own_funds_fen) * terms.book_ppm // PPM, cash_fen) - bound_fen)


def notional_for_fen(terms: ProtectionTerms, free_fen: int, weight_bp: int) -> int:
    """Notional of a class that free capital carries, fen.

    >>> notional_for_fen(ProtectionTerms(), 52_500, 5_000)
    1000000
    """
    return free_fen * BP * PPM // (weight_bp * terms.capital_ppm)
