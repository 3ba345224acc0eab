"""What notes in distress are worth: what they can still be paid, and what one pays for them whom no mandate binds."""

from __future__ import annotations

from typing import Final

from sim.deals.ratings import notch

PPM: Final = 1_000_000
BP: Final = 10_000
YEAR_DAYS: Final = 365
HURDLE_BP: Final = 1_500
"""Yearly return over the risk-free yield that buyers of distressed notes ask of what they expect to be paid (assumption
800-3,000: more than the 1,200 of those who choose to hold residual classes, since nobody else may bid)."""
DEFAULTED: Final = "CCC"
"""From this letter down notes have missed a payment or are not covered: a chance of default no longer describes them.
"""


def in_default(letter: str) -> bool:
    """Whether a letter says that notes have defaulted or are about to; an unrated class has no letter to say it."""
    return notch(DEFAULTED) <= notch(letter) <= notch("D")


def cover_ppm(assets_fen: int, ahead_fen: int, class_fen: int) -> int:
    """Part of a class that assets can still pay once all classes ahead of it are paid, ppm, at most all of it.

    >>> cover_ppm(90, 60, 40), cover_ppm(50, 60, 40), cover_ppm(200, 60, 40)
    (750000, 0, 1000000)
    """
    if class_fen <= 0:
        return PPM
    return max(0, min(PPM, (assets_fen - ahead_fen) * PPM // class_fen))


def distressed_price_ppm(cover: int, coupon_bp: int, risk_free_bp: int, life_days: int) -> int:
    """Clean price of a class that no mandate lets anybody hold: what it is expected to pay, at the return asked of it:
    cover x (1 + c L) / (1 + (r + hurdle) L), L in years, at most the cover; ppm of par.

    Worked: three quarters covered, no coupon, 2.5 % risk-free, a year: 0.75 / 1.175 = 0.638.
    """
    scale = BP * YEAR_DAYS
    wanted = max(coupon_bp, risk_free_bp + HURDLE_BP)
    return cover * (scale + coupon_bp * life_days) // (scale + wanted * life_days)
