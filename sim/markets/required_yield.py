"""What yield an investor asks of a class of notes: MODEL section 5, part by part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, sqrt
from typing import NamedTuple

from sim.markets.mandates import BEST_WEIGHT_BP, MandateTerms, NoteView
from sim.markets.protection import ProtectionTerms, premium_bp

PPM = 1_000_000
BP = 10_000
DAYS_PER_MONTH = 30
USUAL_TURNOVER_PPM = 250_000
"""Yearly turnover at which the wait for a buyer costs half of what it costs in a market that never trades (MKT13: the
better of the two markets turns over 24.41 % a year)."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What all investors see of the market on a day."""

    risk_free_bp: int
    """Yield of the state's bonds for the life of the notes."""
    turnover_ppm: int
    """Notes traded in twelve months over notes outstanding, as last measured."""
    disclosure_ppm: int
    """How much of pool data issuers must show: 0 nothing, 1,000,000 all (LVR05)."""
    protection: ProtectionTerms | None = None
    """Terms on which protection on classes behind the first can be had; None where it cannot (LVR08)."""

    def without_protection(self) -> Conditions:
        """The same market, for one who bears the risk."""
        return replace(self, protection=None)


class RequiredYield(NamedTuple):
    """A required yield and its parts, bp a year."""

    risk_free_bp: float
    expected_loss_bp: float
    risk_bp: float
    liquidity_bp: float
    disclosure_bp: float
    capital_bp: float
    newness_bp: float
    green_bp: float
    protection_bp: float = 0.0
    issuer_bp: float = 0.0

    @property
    def total_bp(self) -> int:
        """The sum, rounded once to the bp; never negative."""
        over = self.expected_loss_bp + self.risk_bp + self.liquidity_bp + self.disclosure_bp + self.capital_bp
        issuer = self.newness_bp + self.issuer_bp
        return max(0, round(self.risk_free_bp + over + issuer + self.protection_bp - self.green_bp))


def credit_bp(asked: RequiredYield) -> float:
    """What a required yield holds for the risk of default, of which protection relieves: expected loss, aversion to its
    spread, capital; bp a year."""
    return asked.expected_loss_bp + asked.risk_bp + asked.capital_bp


def believed_default_ppm(mandate: MandateTerms, note: NoteView) -> int:
    """Chance of default within a year as the investor believes it: trust x table + (1 - trust) x own view, ppm."""
    trust = mandate.trust_ppm
    return (trust * note.rated_default_ppm + (PPM - trust) * note.seen_default_ppm) // PPM


def expected_loss_bp(note: NoteView) -> float:
    """Loss a year on a class nobody rates, as its pool shows it: chance that losses reach it x part lost then, bp."""
    return BP * note.seen_default_ppm / PPM * note.severity_ppm / PPM


def required_yield(mandate: MandateTerms, note: NoteView, now: Conditions) -> RequiredYield:
    """risk-free + PD x LGD + aversion x sd + liquidity + disclosure + capital + newness + issuer - green preference.

    In bp a year.
    sd of yearly loss = LGD x sqrt(PD x (1 - PD)); issuer = what the loss by the issuer's own failure adds to expected
    loss and, independent of the pool's, to the sd; liquidity = waiting x chance that the investor's own money leaves
    within the notes' life, 1 - exp(-life / horizon), x 1 / (1 + turnover / usual turnover); disclosure = aversion x
    doubt x (1 - disclosed share); capital = what the mandate asks at the weight of the best letters x weight of the
    letter / that weight (RUL17); newness falls with the issuer's record. Where protection on a class behind the first
    costs less than what it asks for the risk of default, it reckons with the premium instead, which pays for what the
    pool loses.
    """
    asked = _bearing_the_risk(mandate, note, now)
    if now.protection is None or note.rank == 0:
        return asked
    premium = protection_bp(now.protection, note, now.risk_free_bp)
    issuer = _issuer_bp(mandate, note, 0.0)
    if premium + issuer >= credit_bp(asked) + asked.issuer_bp:
        return asked
    return asked._replace(
        expected_loss_bp=0.0, risk_bp=0.0, capital_bp=0.0, protection_bp=float(premium), issuer_bp=issuer
    )


def protection_bp(terms: ProtectionTerms, note: NoteView, risk_free_bp: int) -> int:
    """The premium sellers ask for a class, bp a year: they reckon with the worse of what its letter says and what the
    pool shows, and set capital aside by its letter."""
    default = max(note.rated_default_ppm, note.seen_default_ppm)
    return premium_bp(terms, default_ppm=default, weight_bp=note.weight_bp, risk_free_bp=risk_free_bp)


def _bearing_the_risk(mandate: MandateTerms, note: NoteView, now: Conditions) -> RequiredYield:
    default = min(PPM, believed_default_ppm(mandate, note)) / PPM
    lgd = mandate.loss_given_default_ppm / PPM
    aversion = mandate.aversion_milli / 1000
    deviation = lgd * sqrt(default * (1 - default))
    return RequiredYield(
        risk_free_bp=now.risk_free_bp,
        expected_loss_bp=BP * default * lgd,
        risk_bp=aversion * BP * deviation,
        liquidity_bp=mandate.waiting_bp * _must_sell(mandate, note) / (1 + now.turnover_ppm / USUAL_TURNOVER_PPM),
        disclosure_bp=disclosure_bp(mandate, now.disclosure_ppm),
        capital_bp=mandate.capital_bp * note.weight_bp / BEST_WEIGHT_BP,
        newness_bp=mandate.newness_bp * note.newness_ppm / PPM,
        green_bp=mandate.green_bp if note.green else 0,
        issuer_bp=_issuer_bp(mandate, note, deviation),
    )


def failure_bp(note: NoteView) -> float:
    """Loss a year on a class nobody rates by the failure of its issuer: chance x part lost then, bp."""
    return BP * note.failure_ppm / PPM * note.failure_loss_ppm / PPM


def _issuer_bp(mandate: MandateTerms, note: NoteView, pool_deviation: float) -> float:
    """Expected loss by the issuer's failure, and what that, independent of the pool's, adds to the price of risk; of a
    rated class it expects to lose no more than in any other default."""
    chance = note.failure_ppm / PPM
    lost = min(note.failure_loss_ppm, mandate.loss_given_default_ppm) / PPM
    more = sqrt(pool_deviation**2 + lost * lost * chance * (1 - chance)) - pool_deviation
    return BP * chance * lost + mandate.aversion_milli / 1000 * BP * more


def disclosure_bp(mandate: MandateTerms, disclosed_ppm: int) -> float:
    """Yield asked for what issuers do not show of a pool, bp a year: aversion x doubt x hidden share (LVR05, POL09).

    >>> terms = MandateTerms(aversion_milli=400, opacity_bp=150)
    >>> [disclosure_bp(terms, share) for share in (0, 500_000, 1_000_000)]
    [60.0, 30.0, 0.0]
    """
    return mandate.aversion_milli / 1000 * mandate.opacity_bp * (1 - min(PPM, disclosed_ppm) / PPM)


def _must_sell(mandate: MandateTerms, note: NoteView) -> float:
    """Chance that the investor's own money leaves within the notes' expected life, so that it has to find a buyer."""
    horizon = mandate.horizon_months * DAYS_PER_MONTH
    return 1.0 if horizon == 0 else 1 - exp(-max(0, note.life_days) / horizon)


def residual_yield_bp(
    *, income_ppm: int, loss_ppm: int, cost_ppm: int, senior_share_ppm: int, senior_coupon_bp: int
) -> int:
    """Yield the residual class is expected to earn at par, bp a year.

    What the pool earns a year after losses and costs, less the seniors' coupons, over the residual share:
    (income - loss - cost - seniors x coupon) / (1 - seniors). Worked: 12 % - 2 % - 1 % - 90 % x 5 % over 10 % = 45 %.
    """
    residual = PPM - senior_share_ppm
    if residual <= 0:
        return 0
    left = (income_ppm - loss_ppm - cost_ppm) * PPM - senior_share_ppm * senior_coupon_bp * (PPM // BP)
    return left // residual // (PPM // BP)


def holders_return_bp(left_bp: int, *, front_bp: int, hurdle_bp: int, share_bp: int) -> int:
    """What holders of a residual class get a year of what it earns, where the servicer shares in it: all up to their
    first return, a share of what is beyond it until they have their hurdle, nothing more.

    Worked: 45 % earned, first 8 %, then a fifth until 15 %: 8 + min(37 / 5, 7) = 15 %.
    """
    beyond = max(0, left_bp - front_bp) * share_bp // BP
    return min(left_bp, front_bp) + min(beyond, hurdle_bp - front_bp)
