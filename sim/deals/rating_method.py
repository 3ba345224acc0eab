"""The published method by which a tranche gets its letter: loss distribution of the pool against its support.

1. *Expected defaults* p over the deal, share of the pool: monthly 90+ inflow (plus a multiple of its standard error)
   times the revolving months and the weighted life of the distribution period, times a haircut for a short history and
   for an issuer that is new to the market.
2. *Distribution*: Vasicek's large homogeneous pool with one factor and asset correlation rho,
       defaults(Z) = Phi((Phi^-1(p) + sqrt(rho) Z) / sqrt(1 - rho)),   loss = LGD x defaults - trapped excess spread.
3. *Letter*: the best whose idealised probability is not below P(loss > support), support being what stands below the
   tranche plus the cash reserve; moved by notches for triggers and commingling. A guarantor's promise counts as more
   support as far as its own letter says that it will be there.

Two things are fitted once and for all deals, correlation and table: the 88.5 / 3 / 8.5 Huabei plans of 2017 (DEA02,
DEA03) earn AAA and AA+ on a pool whose inflow is consistent with 1.29 % non-performing (POO02). Probabilities are
rounded to whole ppm before anything is compared with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import sqrt
from statistics import NormalDist
from typing import Final, Protocol

from sim.deals.fields import BP, PPM
from sim.deals.pool_view import HISTORY_MONTHS, PoolView
from sim.deals.ratings import SCALE
from sim.deals.support import RemittanceTerms, ReserveTerms, SpreadAccountTerms
from sim.deals.trigger_terms import TriggerTerms

_NORMAL: Final = NormalDist()
STEP_PPM: Final = 100
"""Support is searched for in steps of one basis point."""
STRICTER: Final = 3
"""Each notch above the best letter divides its probability by this."""
MOST_MONTHS: Final = 120
FAILS_WITH_POOL_PPM: Final = 500_000
"""Part of guarantors' failures that come with the losses they are called for (assumption 250,000-1,000,000)."""
_POOLS_AT_HAND: Final = 1_024
"""Judgements kept: a month's planning asks many times about the few pools that are shown in it."""
FIRST_DEAL_MONTHS: Final = 12
"""Months after a lender's first notes until agencies have seen a deal of its own to its end (DEA06: 12-month notes)."""

_BY_LETTER: Final = (
    *(100, 500, 1_500, 3_000, 5_000, 8_000, 12_000, 18_000, 26_000, 38_000),
    *(55_000, 80_000, 110_000, 150_000, 200_000, 260_000, 400_000, 600_000, 850_000, 1_000_000),
)
IDEALISED: Final[Mapping[str, int]] = dict(zip(SCALE, _BY_LETTER, strict=True))
"""Idealised probability of any loss over a deal's life by domestic letter, ppm: an assumption, steep at the top since
domestic letters crowd there (POO36); range a third to three times each."""


@dataclass(frozen=True)
class RatingMethod:
    """An agency's method: what it assumes beyond the data.

    Args:
        correlation_ppm: asset correlation (fitted once; range 30,000-120,000).
        history_haircut_ppm: added to expected defaults of a lender without history; none at `HISTORY_MONTHS`
            (assumption, 200,000-1,000,000).
        new_issuer_ppm: added to them with a lender's first notes; none once it has been in the market for
            `FIRST_DEAL_MONTHS` (between what the two rated classes of the first deal ask for: JDB01, 25 % under AAA,
            12 % under AA-; a range of 400,000-1,400,000).
        standard_errors_milli: standard errors added to the mean inflow (assumption, 0-2,000).
        counted_spread_ppm: share of the trapped excess spread counted on: where defaults are many, income is less and
            comes late (assumption, 250,000-750,000).
    """

    correlation_ppm: int = 65_000
    history_haircut_ppm: int = 500_000
    new_issuer_ppm: int = 700_000
    standard_errors_milli: int = 1_000
    counted_spread_ppm: int = 500_000


@dataclass(frozen=True)
class Structure:
    """What of a deal's terms protects its notes.

    Args:
        revolving_months: months in which principal buys new loans.
        amortisation_months: months in which principal repays the notes.
        senior_cost_ppm: coupons, fees and taxes a year, over the pool.
        trapped_ppm: share of excess spread that stays in the deal to meet losses.
        trap_limit_ppm: most that is trapped, over the pool.
        reserve_ppm: cash reserve over the issue.
        early_amortisation: whether rising defaults end the revolving period.
        commingled: whether collections rest in the servicer's own account.
        guaranteed_ppm: most that a guarantor pays of what the pool falls short, over the pool.
        guarantor_ppm: probability that the guarantor fails within the deal's life, by its own letter.
    """

    revolving_months: int
    amortisation_months: int
    senior_cost_ppm: int = 55_000
    trapped_ppm: int = 0
    trap_limit_ppm: int = PPM
    reserve_ppm: int = 0
    early_amortisation: bool = False
    commingled: bool = False
    guaranteed_ppm: int = 0
    guarantor_ppm: int = PPM

    @property
    def notches(self) -> int:
        """Letters gained (or lost, if negative) outside the loss distribution."""
        return int(self.early_amortisation) - int(self.commingled)

    def promised(self, limit_ppm: int, letter: str) -> Structure:
        """The same structure with a guarantor of that letter behind it, for at most so much of the pool."""
        return replace(self, guaranteed_ppm=limit_ppm, guarantor_ppm=IDEALISED[letter])


class Enhanced(Protocol):
    """The terms of a deal, or of a shelf's prototype, that a structure is read from."""

    @property
    def revolving_months(self) -> int: ...
    @property
    def amortisation_months(self) -> int: ...
    @property
    def turbo(self) -> bool: ...
    @property
    def reserve(self) -> ReserveTerms | None: ...
    @property
    def spread_account(self) -> SpreadAccountTerms | None: ...
    @property
    def remittance(self) -> RemittanceTerms: ...
    @property
    def triggers(self) -> dict[str, TriggerTerms]: ...


def structure_of(terms: Enhanced, senior_cost_ppm: int = 55_000) -> Structure:
    """The structure of a deal's terms. Excess spread is trapped by a turbo (in the distribution period only), else by a
    spread account up to its target; what leaves the deal monthly protects nobody."""
    months = max(1, terms.revolving_months + terms.amortisation_months)
    trapped, limit = 0, PPM
    if terms.turbo:
        trapped = terms.amortisation_months * PPM // months
    elif terms.spread_account is not None:
        trapped, limit = PPM, terms.spread_account.target_bp * PPM // BP
    reserve = 0 if terms.reserve is None else terms.reserve.initial_bp * PPM // BP
    stops = ("end_revolving", "accelerate")
    return Structure(
        revolving_months=terms.revolving_months,
        amortisation_months=terms.amortisation_months,
        senior_cost_ppm=senior_cost_ppm,
        trapped_ppm=trapped,
        trap_limit_ppm=limit,
        reserve_ppm=reserve,
        early_amortisation=any(trigger.effect in stops for trigger in terms.triggers.values()),
        commingled=terms.remittance.commingled,
    )


# -- expected defaults -----------------------------------------------------------------------------------------------


def exposed_milli_months(view: PoolView, structure: Structure) -> int:
    """Months for which a yuan of pool stands at risk, thousandths: the revolving months, and in the distribution
    period sum over k < a of (1 - payment rate)^k."""
    left = PPM
    total = 0
    for _ in range(structure.amortisation_months):
        total += left
        left = left * (PPM - view.payment_ppm) // PPM
    return structure.revolving_months * 1000 + total * 1000 // PPM


def expected_default_ppm(view: PoolView, structure: Structure, method: RatingMethod) -> int:
    """Expected defaults over the deal, share of the pool: (mean inflow + standard errors) x months x haircut."""
    error = view.default_sd_ppm * method.standard_errors_milli / 1000 / sqrt(max(1, view.history_months))
    short = max(0, HISTORY_MONTHS - view.history_months)
    new = max(0, FIRST_DEAL_MONTHS - view.record_months)
    young = method.history_haircut_ppm * short / HISTORY_MONTHS
    unknown = method.new_issuer_ppm * new / FIRST_DEAL_MONTHS
    haircut = 1 + (young + unknown) / PPM
    months = exposed_milli_months(view, structure) / 1000
    return min(PPM, round((view.default_ppm + error) * haircut * months))


def trapped_spread_ppm(view: PoolView, structure: Structure) -> int:
    """Excess spread that stays to meet losses, share of the pool: trapped share x max(0, income - costs) x years, up to
    the limit."""
    excess = max(0, view.income_ppm - structure.senior_cost_ppm)
    trapped = excess * exposed_milli_months(view, structure) // 12_000 * structure.trapped_ppm // PPM
    return min(trapped, structure.trap_limit_ppm)


# -- the loss distribution -------------------------------------------------------------------------------------------


def defaults_beyond_ppm(expected_ppm: int, correlation_ppm: int, level_ppm: float) -> int:
    """P(defaults > level) of a large pool: Phi((Phi^-1(p) - sqrt(1 - rho) Phi^-1(level)) / sqrt(rho)).

    Certain one way or the other where nothing defaults, everything does, or without correlation.
    """
    if level_ppm >= PPM:
        return 0
    if level_ppm < 0:
        return PPM
    if expected_ppm <= 0 or expected_ppm >= PPM or correlation_ppm == 0:
        return PPM if expected_ppm > level_ppm else 0
    if level_ppm == 0:
        return PPM
    rho = correlation_ppm / PPM
    worst = sqrt(1 - rho) * _NORMAL.inv_cdf(level_ppm / PPM)
    return round(PPM * _NORMAL.cdf((_NORMAL.inv_cdf(expected_ppm / PPM) - worst) / sqrt(rho)))


def probability_of_loss(
    view: PoolView, structure: Structure, attachment_ppm: int, method: RatingMethod | None = None
) -> int:
    """Probability, ppm, that losses net of trapped spread eat through the support below a tranche and the reserve, and
    are not made good by a guarantor: they are beyond its promise, or it has failed too (credit substitution). With x =
    P(L > a) - P(L > a + g), the chance that it is called, and p, that it fails, both together have the chance

        w min(x, p) + (1 - w) x p,

    w being the part of its failures that come with such losses (joint-default analysis): it lifts notes about as far as
    its own letter.
    """
    how = method or RatingMethod()
    through = _losses_beyond_ppm(view, structure, attachment_ppm, how)
    if structure.guaranteed_ppm == 0:
        return through
    beyond = _losses_beyond_ppm(view, structure, attachment_ppm + structure.guaranteed_ppm, how)
    called, fails = through - beyond, structure.guarantor_ppm
    together = FAILS_WITH_POOL_PPM * min(called, fails) + (PPM - FAILS_WITH_POOL_PPM) * called * fails // PPM
    return beyond + -(-together // PPM)


def _losses_beyond_ppm(view: PoolView, structure: Structure, attachment_ppm: int, method: RatingMethod) -> int:
    """P(losses net of trapped spread > attachment and reserve), ppm."""
    expected, besides = _expected_and_cushion_ppm(view, structure, method)
    absorbed = attachment_ppm + besides
    if view.loss_given_default_ppm == 0:
        return 0 if absorbed >= 0 else PPM
    level = absorbed * PPM / view.loss_given_default_ppm
    return defaults_beyond_ppm(expected, method.correlation_ppm, level)


@lru_cache(_POOLS_AT_HAND)
def _expected_and_cushion_ppm(view: PoolView, structure: Structure, method: RatingMethod) -> tuple[int, int]:
    """Expected defaults, and what absorbs losses before the notes below do, whatever the tranche."""
    counted = trapped_spread_ppm(view, structure) * method.counted_spread_ppm // PPM
    cushion = structure.reserve_ppm + counted
    return expected_default_ppm(view, structure, method), cushion


# -- letters ---------------------------------------------------------------------------------------------------------


def threshold_ppm(letter: str, notches: int = 0) -> int:
    """The largest probability of loss with which a letter is given, `notches` letters being added for free."""
    place = SCALE.index(letter) + notches
    if place < 0:
        return IDEALISED[SCALE[0]] // int(STRICTER ** (-place))
    return IDEALISED[SCALE[min(place, len(SCALE) - 1)]]


def letter_for_probability(probability_ppm: int, notches: int = 0) -> str:
    """The best letter that a probability of loss still earns."""
    return next((letter for letter in SCALE if probability_ppm <= threshold_ppm(letter, notches)), SCALE[-1])


def rating_for(view: PoolView, structure: Structure, attachment_ppm: int, method: RatingMethod | None = None) -> str:
    """The letter of a tranche with this much below it."""
    return letter_for_probability(probability_of_loss(view, structure, attachment_ppm, method), structure.notches)


@lru_cache(_POOLS_AT_HAND)
def attachment_for(view: PoolView, structure: Structure, letter: str, method: RatingMethod | None = None) -> int:
    """The smallest support, ppm of the pool in whole basis points, with which a tranche earns a letter; all of the pool
    where no less would do."""
    allowed = threshold_ppm(letter, structure.notches)
    low, high = 0, PPM // STEP_PPM
    while low < high:
        middle = (low + high) // 2
        if probability_of_loss(view, structure, middle * STEP_PPM, method) <= allowed:
            high = middle
        else:
            low = middle + 1
    return low * STEP_PPM


# -- can the seniors be repaid in time -------------------------------------------------------------------------------


def amortisation_months_needed(view: PoolView, senior_share_ppm: int) -> int | None:
    """Months a of distribution after which the pool has paid the seniors' share, net of idle cash:
    1 - (1 - payment rate)^a >= share; None if it never does within `MOST_MONTHS`."""
    return next((month for month in range(MOST_MONTHS + 1) if repaid_ppm(view, month) >= senior_share_ppm), None)


def repaid_ppm(view: PoolView, months: int) -> int:
    """What a pool has paid after so many months of distribution: 1 - (1 - payment rate)^months, floored month by month,
    ppm."""
    left = PPM
    for _ in range(months):
        left = left * (PPM - view.payment_ppm) // PPM
    return PPM - left
