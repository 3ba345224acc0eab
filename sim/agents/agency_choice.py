"""Which agency an issuer mandates where it may choose: a logit of what each would cost it.

An issuer reckons with what it can see: what its classes cost under the letters an agency would give, the fee, the work
of instructing an agency that did not rate its last issue, and the days it would wait for analysts who are busy. What it
sees not, or weighs besides, is a Gumbel draw of issue and agency (McFadden 1974: the least of cost - scale x draw is
chosen with probabilities exp(-cost / scale) / sum). Worlds in a pair share the draw: a mandate moves only where costs
move.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from sim.draws import WORD, Clock, Subject, declare, subject_number, words

GROUNDS = declare("grounds of a mandate", Clock.LIFE, Subject.DEAL, "what an issuer sees in an agency besides its cost")
PPM = 1_000_000
YEAR_DAYS = 365


def waiting_fen(face_fen: int, over_ppm: int, days: int) -> int:
    """What it costs an issuer to wait: its present money less what notes would pay, for so many days; fen.

    >>> waiting_fen(100_000_000_000, 36_500, 2)  # a billion yuan, 3.65 % a year dearer
    20000000
    """
    return face_fen * max(0, over_ppm) // PPM * days // YEAR_DAYS


def grounds_milli(seed: int, deal: str, agency: str) -> int:
    """The Gumbel draw of an issue and an agency, thousandths: -ln(-ln u), rounded before anything is compared."""
    drawn = words(seed, GROUNDS, 0, subject_number(deal), subject_number(agency))[0]
    return round(-1000 * log(-log((drawn + 0.5) / WORD)))


def mandated(cost_fen: Mapping[str, int], grounds: Mapping[str, int], scale_fen: int) -> str:
    """The agency of the least cost less what speaks for it besides; without a scale the cheapest.

    Args:
        cost_fen: what each agency would cost.
        grounds: draw of each, thousandths of the scale.
        scale_fen: how much cost a unit of the draw outweighs.

    >>> cost = {"dear": 300, "cheap": 100}
    >>> mandated(cost, {"dear": 1_500, "cheap": 0}, 100), mandated(cost, {"dear": 1_500, "cheap": 0}, 200)
    ('cheap', 'dear')
    """
    return min(cost_fen, key=lambda agency: 1000 * cost_fen[agency] - grounds[agency] * scale_fen)
