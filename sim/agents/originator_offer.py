"""What an originator offers households: prices and limits; reviewed monthly or quarterly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.admitting import REVIEW_MONTHS, default_ppm, review, settle_effort
from sim.calendar import date_of, day_of
from sim.credit.prices import MOST_FEE_PPM
from sim.credit.terms import CLASSES
from sim.markets import lending_choice as choice
from sim.regulation import rules

if TYPE_CHECKING:
    from sim.agents.originator import Originator

MILLION = 1_000_000
LEAST_LIMIT_PPM = 400_000
"""No lender cuts everybody's limits below this at once: those who are cut stop paying first (assumption)."""
CUT_FIRST = ("L4", "L3", "L2", "L1")
RESTORED_PPM = 50_000
"""Limits come back by this much a month once funds suffice."""
SMALLEST_REPRICING = 0.03
"""A change of fees smaller than this share is not worth telling customers."""


def price_ppm(originator: Originator) -> int:
    """What its loans cost a borrower on average, ppm a year: fee-bearing terms at flat fees, plus what shops pay."""
    lending = originator.terms.lending
    fees = current_fees(originator)
    income = weight = 0.0
    for name, product in lending.products.items():
        mean_fee = sum(fee * share for fee, share in zip(fees[name], lending.class_shares_ppm, strict=True)) / MILLION
        for months, option in product.terms.items():
            share = product.share_ppm * option.share_ppm / MILLION
            life = (months + 1) / 2
            paying = 1 - option.fee_free_ppm / MILLION
            income += share * (mean_fee * months * paying + lending.merchant_fee_ppm)
            weight += share * life
    return round(12 * income / max(1.0, weight))


def current_fees(originator: Originator) -> dict[str, list[int]]:
    """Monthly flat fees by product and class, as last set."""
    fees: dict[str, list[int]] = originator.memory["offer"]["fees"]
    return fees or {name: list(product.monthly_fee_ppm) for name, product in originator.terms.lending.products.items()}


def expected_loss_ppm(originator: Originator) -> int:
    """Expected loss a year, ppm of what it lends: of the defaults it has seen, moved by what the effort and the cut it
    has chosen since let through, or keep out."""
    return _loss_ppm(originator, "let_through_ppm")


def loss_of_list_ppm(originator: Originator) -> int:
    """The same of all classes that its price list is for, admitted today or not: one that refuses its worst does not
    sell cheaper to the rest for it."""
    return _loss_ppm(originator, "list_ppm")


def _loss_ppm(originator: Originator, ratio: str) -> int:
    strategy = originator.terms.strategy
    given = 0 if strategy is None else strategy.screening.loss_given_default_ppm
    of_seen: int = originator.memory["offer"][ratio]
    return min(MILLION, default_ppm(originator) * of_seen // MILLION) * given // MILLION


def unusual_loss_ppm(originator: Originator) -> int:
    """By how much the expected loss on record at the opening was above that of normal times, ppm a year."""
    normal: int = originator.memory["offer"]["normal_share_ppm"]
    return loss_of_list_ppm(originator) * (MILLION - normal) // MILLION


def net_yield_ppm(originator: Originator) -> int:
    """What its lending earns a year before the cost of money: price less expected loss and operating cost, ppm. Money
    that costs more is better not borrowed, and the loans not made."""
    return price_ppm(originator) - expected_loss_ppm(originator) - originator.terms.operating_cost_ppm


def set_offer(originator: Originator, funding_cost_ppm: int) -> None:
    """On the first plan and at the start of a quarter: prices, who is admitted, how hard to look. Every month: say the
    price to all.

    The scenario's list prices are those of normal times: what the losses on record at the opening cost beyond these has
    been passed on by then, in the part in which it is later."""
    memory = originator.memory["offer"]
    first = "opening_cost_ppm" not in memory
    if first:
        settle_effort(originator)
    cost = funding_cost_ppm + loss_of_list_ppm(originator) + originator.terms.operating_cost_ppm
    if first:
        memory["opening_cost_ppm"] = cost - unusual_loss_ppm(originator)
        memory["opening_price_ppm"] = price_ppm(originator)
    due = first or date_of(originator.place.day).month in REVIEW_MONTHS
    if due or _cap_fell(originator):
        _reprice(originator, cost)
    memory["cap_ppm"] = rate_cap_ppm(originator)
    if due:
        review(originator, price_ppm(originator), funding_cost_ppm)
    told = {"ppm": price_ppm(originator), "opening_ppm": memory["opening_price_ppm"]}
    originator.place.tell(originator.party, "price", told)


def rate_cap_ppm(originator: Originator) -> int | None:
    """The highest yearly rate allowed today; None before any."""
    strategy, place = originator.terms.strategy, originator.place
    if strategy is None:
        return None
    known = [cap for start, cap in sorted(strategy.rate_caps.items()) if day_of(start) <= place.day][-1:]
    if strategy.rate_cap_lpr is not None:
        known.append(rules.following_rate_cap_ppm(place.macro.policy_rate_ppm(place.day), strategy.rate_cap_lpr))
    return min(known, default=None)


def _cap_fell(originator: Originator) -> bool:
    """Whether the law allows less than at its last plan: nobody waits for the quarter's review then."""
    memory, cap = originator.memory["offer"], rate_cap_ppm(originator)
    if cap is None or "cap_ppm" not in memory:
        return False
    before = memory["cap_ppm"]
    return before is None or cap < before


def _reprice(originator: Originator, cost_ppm: int) -> None:
    """Scale all fees by the change of the asked price, where it is worth telling; never above the legal cap."""
    strategy, memory = originator.terms.strategy, originator.memory["offer"]
    if strategy is None:
        return
    now, cap = price_ppm(originator), rate_cap_ppm(originator)
    asked = choice.price_ppm(
        memory["opening_price_ppm"], cost_now_ppm=cost_ppm, cost_at_opening_ppm=memory["opening_cost_ppm"],
        pass_through=strategy.price_pass_through, cap_ppm=None,
    )  # fmt: skip
    old = current_fees(originator)
    new = {
        name: [_capped(round(fee * asked / max(1, now)), cap, max(product.terms)) for fee in old[name]]
        for name, product in originator.terms.lending.products.items()
    }
    moved = max(
        (abs(b - a) / max(1, a) for name in new for a, b in zip(old[name], new[name], strict=True)), default=0.0
    )
    if moved >= SMALLEST_REPRICING or (cap is not None and _above_cap(originator, old, cap)):
        memory["fees"] = new
        originator.book.reprice({name: tuple(fees) for name, fees in new.items()})


def _above_cap(originator: Originator, fees: dict[str, list[int]], cap_ppm: int) -> bool:
    products = originator.terms.lending.products
    return any(_capped(fee, cap_ppm, max(products[name].terms)) < fee for name in fees for fee in fees[name])


def _capped(fee_ppm: int, cap_ppm: int | None, months: int) -> int:
    """A monthly fee within the law and within what a price list can hold."""
    lawful = fee_ppm if cap_ppm is None else min(fee_ppm, choice.flat_fee_from_annual_ppm(cap_ppm, months))
    return min(lawful, MOST_FEE_PPM)


def cut_or_restore_limits(originator: Originator, short_ppm: int, felt_ppm: int) -> None:
    """Short of funds: cut limits of the weakest classes first, by the share that stays short; as far as that is not
    felt (`felt_ppm`), let them come back.

    A cut takes what is unused: nobody is asked for money, but those who meant to draw on it cannot (the channel from
    one lender's funding to another's arrears).
    """
    memory = originator.memory["offer"]
    factors: list[int] = memory["limits"]
    new = moved_limits(factors, short_ppm, felt_ppm)
    if new != factors:
        memory["limits"] = new
        originator.book.set_limit_factor(tuple(new))
        if min(new) < min(factors):
            originator.place.announce(originator.party, "limits", f"cuts unused limits to {min(new) // 10_000} %")


def moved_limits(factors: list[int], short_ppm: int, felt_ppm: int) -> list[int]:
    """Limits by class, ppm of those granted, after a month: back by `RESTORED_PPM` as far as no want is felt, down by
    what is short, by two thirds of that for each better class. A little more want moves them a little more.

    >>> moved_limits([1_000_000] * 5, 90_000, 1_000_000)
    [973334, 960000, 940000, 910000, 1000000]
    >>> moved_limits([900_000] * 5, 2_000, 100_000)
    [944408, 944112, 943667, 943000, 945000]
    """
    back = RESTORED_PPM * (MILLION - felt_ppm) // MILLION
    new, left = [factor + back for factor in factors], short_ppm
    for name in CUT_FIRST:
        k = CLASSES.index(name)
        new[k] -= left
        left = left * 2 // 3
    return [min(MILLION, max(LEAST_LIMIT_PPM, factor)) for factor in new]
