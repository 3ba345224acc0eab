"""What buyers of notes fear of the issuer itself: the chance that it fails, and what a class would lose by that.

A sale that holds keeps the loans out of the seller's estate, but not the cash that the servicer keeps in its own
account (RSK28, OPS03): that is an unsecured claim. Whose sale does not hold has nothing else.
"""

from __future__ import annotations

from math import erfc, log, sqrt

from sim.credit.terms import Ppm, Terms, term

PPM = 1_000_000
MONTH_DAYS = 30


class IssuerBeliefTerms(Terms):
    """How buyers reckon with the failure of who sells and collects the loans."""

    asset_sd_ppm: int = term(
        80_000,
        "Standard deviation of a lender's assets in a year as seen from its accounts, what these do not show included.",
        unit="ppm of assets",
        source="assumption (form: Merton, J. Finance 29 (1974) 449; Duffie and Lando, Econometrica 69 (2001) 633)",
        span=[4e4, 15e4],
        gt=0,
        le=1_000_000,
    )
    banks_pay_ppm: Ppm = term(
        950_000, "Chance that banks which own a lender pay before it fails.", unit="ppm", source="assumption",
        span=[500_000, 1_000_000],
    )  # fmt: skip
    owners_pay_ppm: Ppm = term(
        600_000, "Chance that other owners do.", unit="ppm", source="assumption", span=[0, 900_000],
    )  # fmt: skip
    recovery_ppm: Ppm = term(
        700_000, "Part of an unsecured claim on a failed lender that its estate pays.", unit="ppm",
        source="assumption: what the rest of an estate fetches (`resolution.rest_price_ppm`)", span=[300_000, 950_000],
    )  # fmt: skip
    transfer_days: int = term(
        60,
        "Days for which borrowers go on paying a failed servicer; where a plan names who collects then, its own days.",
        unit="days",
        source="assumption",
        span=[20, 180],
        ge=0,
        le=720,
    )


def failure_ppm(beliefs: IssuerBeliefTerms, *, net_assets_fen: int, behind_fen: int, owned_by_banks: bool) -> int:
    """Chance that a lender fails within a year: Phi(ln(D / A) / sd), by the accounts it shows.

    A is all that its net assets stand behind: what it owns, and loans it sold while it bears their first losses; D is A
    less net assets. Owners that would pay first leave the rest of that chance. Merton's, without drift.

    >>> terms = IssuerBeliefTerms(asset_sd_ppm=80_000, banks_pay_ppm=950_000, owners_pay_ppm=600_000)
    >>> [failure_ppm(terms, net_assets_fen=fen, behind_fen=100, owned_by_banks=False) for fen in (30, 15, 8, 0)]
    [1, 8441, 59457, 200000]
    >>> failure_ppm(terms, net_assets_fen=15, behind_fen=100, owned_by_banks=True)
    1055
    """
    owed = behind_fen - net_assets_fen
    if behind_fen <= 0 or owed <= 0:
        return 0
    alone = round(PPM * 0.5 * erfc(-log(owed / behind_fen) * PPM / beliefs.asset_sd_ppm / sqrt(2)))
    return alone * (PPM - (beliefs.banks_pay_ppm if owned_by_banks else beliefs.owners_pay_ppm)) // PPM


def stuck_ppm(*, payment_ppm: int, commingled: bool, monthly: bool, days_after: int, transfer_days: int) -> int:
    """Part of a pool's principal that its servicer has when it fails, or gets until another collects, if it keeps
    collections in its own account: 1 - (1 - payment a month)^(days / 30). Days: those it keeps what it collects (half a
    month on average where it passes it on monthly) and those until borrowers pay another.

    >>> [stuck_ppm(payment_ppm=100_000, commingled=True, monthly=m, days_after=0, transfer_days=45) for m in (0, 1)]
    [146185, 190000]
    >>> stuck_ppm(payment_ppm=100_000, commingled=False, monthly=True, days_after=5, transfer_days=45)
    0
    """
    if not commingled:
        return 0
    days = transfer_days + days_after + (MONTH_DAYS // 2 if monthly else 0)
    left: float = (1 - min(PPM, payment_ppm) / PPM) ** (days / MONTH_DAYS)
    return round(PPM * (1 - left))


def class_loss_ppm(pool_loss_ppm: int, *, support_ppm: int, thickness_ppm: int) -> int:
    """Part of a class that a loss of its pool takes: what is beyond its support, of its thickness.

    >>> [class_loss_ppm(loss, support_ppm=100_000, thickness_ppm=900_000) for loss in (80_000, 190_000)]
    [0, 100000]
    """
    if thickness_ppm <= 0:
        return 0
    return max(0, min(PPM, (pool_loss_ppm - support_ppm) * PPM // thickness_ppm))


def pool_loss_ppm(beliefs: IssuerBeliefTerms, *, stuck: int, true_sale: bool) -> int:
    """Part of a pool lost with its seller: of what is stuck with it, or of all where the sale does not hold, what its
    estate does not pay."""
    return (stuck if true_sale else PPM) * (PPM - beliefs.recovery_ppm) // PPM
