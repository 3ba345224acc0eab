"""Rules that are no limits on a position but say how notes are brought to market and how lenders may lend: each a pure
function of what is there and what the law asks, with a worked example. Levers and agents call them.

Rules that measure a position against a limit are in `sim.regulation.rules`; measures against breaches in `supervision`.
Shares are ppm or bp, money whole fen, rounded down. Ids are those of the facts files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from sim.calendar import BANK, date_of
from sim.deals.fields import PPM

T = TypeVar("T")


class Retention(NamedTuple):
    """What an originator keeps of an issue: a share of the residual class (ppm), which is at least so thick (bp of the
    issue), and a slice of every class (bp)."""

    residual_ppm: int
    thinnest_bp: int
    vertical_bp: int


def retained(own: Retention, law: Retention) -> Retention:
    """What must be kept: the stricter of a shelf's own terms and the law, part by part (LVR10, DEA04).

    >>> retained(Retention(300_000, 500, 0), Retention(1_000_000, 800, 500))
    Retention(residual_ppm=1000000, thinnest_bp=800, vertical_bp=500)
    """
    return Retention(*map(max, own, law))


def liquid_ppm(own_ppm: int, most_nonstandard_ppm: int) -> int:
    """Part of its assets that managed money keeps out of notes where these are not standard assets, ppm: at least what
    the law leaves of the whole (POL08, LVR04).

    >>> liquid_ppm(30_000, 350_000), liquid_ppm(700_000, 350_000)
    (650000, 700000)
    """
    return max(own_ppm, PPM - most_nonstandard_ppm)


def permit_days(
    regime: str, *, within_quota: bool, approval_days: int, filing_days: int, draw_down_days: int
) -> int:  # fmt: skip
    """Working days until an issue handed in is permitted: each is approved; or each is filed; or a shelf is approved
    once and then drawn on while its quota lasts (LVR22, PRC07, POL03).

    >>> days = {"approval_days": 20, "filing_days": 10, "draw_down_days": 3}
    >>> [permit_days("shelf", within_quota=drawn, **days) for drawn in (False, True)]
    [20, 3]
    >>> permit_days("filing", within_quota=False, **days), permit_days("approval", within_quota=True, **days)
    (10, 20)
    """
    if regime == "filing":
        return filing_days
    return draw_down_days if regime == "shelf" and within_quota else approval_days


def agencies_drawn(regime: str, drawn: Sequence[T]) -> list[T]:
    """Agencies that rate where issuers cannot choose, of those drawn for an issue: the first alone (`assigned`), or
    two, the stricter of which counts (`dual`; LVR09).

    >>> agencies_drawn("assigned", ["b", "a", "c"]), agencies_drawn("dual", ["b", "a", "c"])
    (['b'], ['b', 'a'])
    """
    return list(drawn[: 1 if regime == "assigned" else 2])


def reviewers(people: int, factor: float) -> int:
    """People a plan manager keeps for reviewing purchases: those of today x a factor, at least one (LVR20).

    >>> reviewers(6, 2.0), reviewers(1, 0.25)
    (12, 1)
    """
    return max(1, round(people * factor))


def is_purchase_day(day: int, frequency: str) -> bool:
    """Whether a plan that buys so often buys on a day: every day, or the first working day of the week or month (LVR20,
    OPS01).

    >>> tuesday = 3_350  # 2019-03-05
    >>> [is_purchase_day(tuesday, often) for often in ("daily", "weekly", "monthly")]
    [True, False, False]
    """
    if frequency == "daily":
        return True
    first = day - (date_of(day).weekday() if frequency == "weekly" else date_of(day).day - 1)
    return BANK.on_or_after(first) == day


def subsidy_fen(pool_fen: int, rate_ppm: int) -> int:
    """A month's subsidy of a green pool: pool x yearly rate / 12, fen (LVR18, POL05).

    >>> subsidy_fen(120_000_000, 10_000)  # 1 % a year of 1.2 m yuan
    100000
    """
    return pool_fen * rate_ppm // (12 * PPM)


def accepted(classes: Sequence[str], known: Sequence[str], weakest: str) -> tuple[str, ...]:
    """Score classes that may still be granted credit, of those a lender accepts; `known` are all, best first. Where
    none is left the best one is (LVR21).

    >>> accepted(("L1", "L2", "L4"), ("L1", "L2", "L3", "L4", "L5"), "L3")
    ('L1', 'L2')
    >>> accepted(("L4",), ("L1", "L2", "L3", "L4", "L5"), "L3")
    ('L1',)
    """
    allowed = known[: known.index(weakest) + 1]
    return tuple(name for name in classes if name in allowed) or tuple(known[:1])


def guided_ppm(own_ppm: int, told_ppm: int) -> int:
    """Part of what it would lend that a lender under window guidance lends, ppm: told twice, it keeps to the stricter
    (POL14).

    >>> guided_ppm(1_000_000, 800_000), guided_ppm(700_000, 800_000)
    (800000, 700000)
    """
    return min(own_ppm, told_ppm)


def bridge_fen(net_assets_fen: int, bridge_ppm: int) -> int:
    """Most that a lender's shareholders may bridge for some days, fen: a share of its net assets, which a financial
    holding company with risk isolation lowers (POL18, LVR14).

    >>> bridge_fen(1_000, 100_000), bridge_fen(-1_000, 100_000)
    (100, 0)
    """
    return max(0, net_assets_fen) * bridge_ppm // PPM
