"""What an originator offers households: prices, limits, cut-off, how hard it looks; reviewed monthly or quarterly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.originator_market import borne_ppm
from sim.calendar import date_of, day_of
from sim.credit.prices import MOST_FEE_PPM
from sim.credit.terms import CLASSES
from sim.deals.pool_view import default_rate_ppm, defaults_seen
from sim.markets import lending_choice as choice
from sim.regulation import rules

if TYPE_CHECKING:
    from sim.agents.originator import Originator

MILLION = 1_000_000
REVIEW_MONTHS = (1, 4, 7, 10)
"""Prices and scores are reviewed at the start of a quarter."""
REVIEWS_A_YEAR = len(REVIEW_MONTHS)
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


def default_ppm(originator: Originator) -> int:
    """Yearly inflow into more than 90 days past due of the last twelve months, ppm of the balance it came out of; its
    own belief of a year's defaults."""
    return 12 * default_rate_ppm(defaults_seen(originator.memory["history"], 12))


def expected_loss_ppm(originator: Originator) -> int:
    """Expected loss a year, ppm of what it lends: of the defaults it has seen, moved by what the effort it has chosen
    since lets through, or keeps out."""
    strategy = originator.terms.strategy
    given = 0 if strategy is None else strategy.screening.loss_given_default_ppm
    let_through: int = originator.memory["offer"]["let_through_ppm"]
    return min(MILLION, default_ppm(originator) * let_through // MILLION) * given // MILLION


def unusual_loss_ppm(originator: Originator) -> int:
    """By how much the expected loss on record at the opening was above that of normal times, ppm a year."""
    normal: int = originator.memory["offer"]["normal_share_ppm"]
    return expected_loss_ppm(originator) * (MILLION - normal) // MILLION


def net_yield_ppm(originator: Originator) -> int:
    """What its lending earns a year before the cost of money: price less expected loss and operating cost, ppm. Money
    that costs more is better not borrowed, and the loans not made."""
    return price_ppm(originator) - expected_loss_ppm(originator) - originator.terms.operating_cost_ppm


def set_offer(originator: Originator, funding_cost_ppm: int) -> None:
    """At the start of a quarter: prices, who is admitted, how hard to look. Every month: say the price to all.

    The scenario's list prices are those of normal times: what the losses on record at the opening cost beyond these has
    been passed on by then, in the part in which it is later."""
    memory = originator.memory["offer"]
    cost = funding_cost_ppm + expected_loss_ppm(originator) + originator.terms.operating_cost_ppm
    first = "opening_cost_ppm" not in memory
    if first:
        memory["opening_cost_ppm"] = cost - unusual_loss_ppm(originator)
        memory["opening_price_ppm"] = price_ppm(originator)
    if first or date_of(originator.place.day).month in REVIEW_MONTHS or _cap_fell(originator):
        _reprice(originator, cost)
    memory["cap_ppm"] = rate_cap_ppm(originator)
    if date_of(originator.place.day).month in REVIEW_MONTHS:
        _look(originator)
        _admit(originator, funding_cost_ppm)
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


def _look(originator: Originator) -> None:
    """Choose the screening effort and score every account again with it."""
    strategy = originator.terms.strategy
    if strategy is None:
        return
    lending, screening, memory = originator.terms.lending, strategy.screening, originator.memory["offer"]
    blind = blind_noise(originator)
    crowd = choice.Applicants(
        quality_sd=originator.place.households.terms.quality_sd,
        mean_default=max(1, default_ppm(originator)) / MILLION,
        usual_noise=lending.score_noise,
        noise_now=choice.noise_at(blind, screening.power, _effort_behind_defaults(originator)),
        class_shares_ppm=lending.class_shares_ppm,
        lent_to=lent_to(originator),
        walled=screening.walled,
    )
    borne = borne_ppm(originator)
    effort = choice.screening_effort_ppm(
        crowd,
        blind_noise=blind,
        borne_ppm=borne,
        loss_given_default_ppm=screening.loss_given_default_ppm,
        power=screening.power,
        cost_ppm=screening.cost_ppm,
    )
    memory["effort_ppm"], memory["borne_ppm"] = effort, borne
    memory["efforts_ppm"] = [*memory["efforts_ppm"], effort][-REVIEWS_A_YEAR:]
    noise = choice.noise_at(blind, screening.power, effort / MILLION)
    memory["let_through_ppm"] = round(choice.mean_default(crowd, noise) / crowd.mean_default * 1_000) * 1_000
    originator.book.rescore(noise, walled=screening.walled, see_elsewhere=strategy.sees_register)


def _effort_behind_defaults(originator: Originator) -> float:
    """Mean effort, 0 to 1, with which the loans were scored whose defaults of a year it has seen."""
    efforts: list[int] = originator.memory["offer"]["efforts_ppm"]
    return sum(efforts) / len(efforts) / MILLION


def blind_noise(originator: Originator) -> float:
    """The score's error without any effort (s_0): its error as the terms say, at the effort that was usual then."""
    strategy, noise = originator.terms.strategy, originator.terms.lending.score_noise
    if strategy is None:
        return noise
    blind = noise / (1.0 - strategy.screening.power * strategy.screening.usual_effort_ppm / MILLION)
    return blind * (1.0 + strategy.screening.walled)


def lent_to(originator: Originator) -> tuple[int, ...]:
    """What a member of each class may borrow: its median limit as in force; nothing where the class is refused."""
    policy, limits = originator.book.policy, originator.terms.lending.limit_median_fen
    return tuple(
        limit * share // MILLION if name in policy.classes else 0
        for name, limit, share in zip(CLASSES, limits, policy.limit_ppm, strict=True)
    )


def _admit(originator: Originator, funding_cost_ppm: int) -> None:
    """Classes that no longer pay for themselves at the price the law allows are refused; never all of them."""
    lending = originator.terms.lending
    price, loss = price_ppm(originator), expected_loss_ppm(originator)
    classes = [
        name
        for name, risk in zip(CLASSES, class_risks(originator), strict=True)
        if name in lending.accepted_classes and choice.class_is_worth_it(price, round(loss * risk), funding_cost_ppm)
    ]
    originator.book.set_grant(tuple(classes or lending.accepted_classes[:1]))


PD_MIDPOINTS = (7_500, 37_000, 104_500, 240_000, 665_000)
"""Middles of the bands of default chance a score class stands for, ppm (POO25; flag F07: only their ratios count)."""


def class_risks(originator: Originator) -> list[float]:
    """Expected loss of each score class relative to that of all who are admitted."""
    lending = originator.terms.lending
    admitted = [
        (pd, share)
        for name, pd, share in zip(CLASSES, PD_MIDPOINTS, lending.class_shares_ppm, strict=True)
        if name in lending.accepted_classes
    ]
    mean = sum(pd * share for pd, share in admitted) / max(1, sum(share for _, share in admitted))
    return [pd / max(1.0, mean) for pd in PD_MIDPOINTS]


def cut_or_restore_limits(originator: Originator, short_ppm: int) -> None:
    """Short of funds: cut limits of the weakest classes first, by the share that is short; else let them come back.

    A cut takes what is unused: nobody is asked for money, but those who meant to draw on it cannot (the channel from
    one lender's funding to another's arrears).
    """
    memory = originator.memory["offer"]
    factors: list[int] = memory["limits"]
    if short_ppm == 0:
        new = [min(MILLION, factor + RESTORED_PPM) for factor in factors]
    else:
        new = list(factors)
        left = min(short_ppm, MILLION - LEAST_LIMIT_PPM)
        for name in CUT_FIRST:
            k = CLASSES.index(name)
            new[k] = max(LEAST_LIMIT_PPM, new[k] - left)
            left = left * 2 // 3
    if new != factors:
        memory["limits"] = new
        originator.book.set_limit_factor(tuple(new))
        if short_ppm:
            originator.place.announce(originator.party, "limits", f"cuts unused limits to {min(new) // 10_000} %")
