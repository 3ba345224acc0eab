"""How hard an originator looks at who applies, and whom it admits: reviewed at the start of a quarter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sim.agents.loss_borne import borne_ppm
from sim.agents.originator_funds import effort_cost_ppm
from sim.credit.lender_policy import whole_classes, within_terms
from sim.deals.pool_view import default_rate_ppm, defaults_seen
from sim.markets import admission
from sim.markets import lending_choice as choice

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.agents.originator_terms import OriginatorTerms, ScreeningTerms

MILLION = 1_000_000
REVIEW_MONTHS = (1, 4, 7, 10)
"""Prices and scores are reviewed at the start of a quarter."""
REVIEWS_A_YEAR = len(REVIEW_MONTHS)


def opening_record(terms: OriginatorTerms) -> dict[str, Any]:
    """What it remembers of its reviews before the first: the effort that was usual, and all of the classes it takes."""
    usual = 0 if terms.strategy is None else terms.strategy.screening.usual_effort_ppm
    admitted = list(whole_classes(terms.lending.accepted_classes))
    return {
        "effort_ppm": usual, "efforts_ppm": [usual], "usual_effort_ppm": usual, "admitted_ppm": [admitted],
        "let_through_ppm": MILLION, "list_ppm": MILLION,
    }  # fmt: skip


def default_ppm(originator: Originator) -> int:
    """Yearly inflow into more than 90 days past due of the last twelve months, ppm of the balance it came out of; its
    own belief of a year's defaults, of those it admitted."""
    return 12 * default_rate_ppm(defaults_seen(originator.memory["history"], 12))


def review(originator: Originator, price_ppm: int, funding_cost_ppm: int) -> None:
    """Choose the screening effort and where the score is cut, and score every account again.

    The default rate it has seen is of those it let in over the last year; what it will let in now moves the loss it
    expects before it has seen it."""
    strategy = originator.terms.strategy
    if strategy is None:
        return
    screening, memory = strategy.screening, originator.memory["offer"]
    blind = blind_noise(originator, screening)
    crowd, borne = applicants(originator, screening, blind), borne_ppm(originator)
    effort = choice.screening_effort_ppm(
        crowd,
        blind_noise=blind,
        borne_ppm=borne,
        loss_given_default_ppm=screening.loss_given_default_ppm,
        power=screening.power,
        cost_ppm=effort_cost_ppm(originator),
    )
    noise = choice.noise_at(blind, screening.power, effort / MILLION)
    pays = admission.admitted_ppm(
        crowd, noise, price_ppm=price_ppm, funding_cost_ppm=funding_cost_ppm,
        loss_given_default_ppm=screening.loss_given_default_ppm,
    )  # fmt: skip
    admitted = within_terms(pays, originator.terms.lending.accepted_classes)
    memory["effort_ppm"], memory["borne_ppm"] = effort, borne
    memory["efforts_ppm"] = [*memory["efforts_ppm"], effort][-REVIEWS_A_YEAR:]
    memory["admitted_ppm"] = [*memory["admitted_ppm"], list(admitted)][-REVIEWS_A_YEAR:]
    accepted = whole_classes(originator.terms.lending.accepted_classes)
    for name, let_in in (("let_through_ppm", admitted), ("list_ppm", accepted)):
        expected = choice.mean_default(choice.admitting(crowd, let_in), noise)
        memory[name] = round(expected / crowd.mean_default * 1_000) * 1_000
    originator.book.rescore(noise, walled=screening.walled, see_elsewhere=strategy.sees_register)
    originator.book.admit(admitted)


def applicants(originator: Originator, screening: ScreeningTerms, blind: float) -> choice.Applicants:
    """What it knows of those who apply: the spread of quality, its own defaults and whom it had admitted when it lent
    what defaulted, the limits it gives."""
    lending = originator.terms.lending
    return choice.Applicants(
        quality_sd=originator.place.households.terms.quality_sd,
        mean_default=max(1, default_ppm(originator)) / MILLION,
        usual_noise=lending.score_noise,
        noise_then=choice.noise_at(blind, screening.power, _effort_behind_defaults(originator)),
        class_shares_ppm=lending.class_shares_ppm,
        limits=limits_in_force(originator),
        admitted_then=_admitted_behind_defaults(originator),
        admitted=originator.book.policy.admitted_ppm,
        walled=screening.walled,
    )


def settle_effort(originator: Originator) -> None:
    """Before its first review: the effort behind the score in force is the one it would choose again, by its record of
    defaults; of a lender without any, that of its terms."""
    strategy, memory = originator.terms.strategy, originator.memory["offer"]
    if strategy is None or not default_ppm(originator):
        return
    screening, noise = strategy.screening, originator.terms.lending.score_noise
    effort = choice.settled_effort_ppm(
        replace(applicants(originator, screening, noise), noise_then=noise, walled=0.0),
        borne_ppm=borne_ppm(originator), loss_given_default_ppm=screening.loss_given_default_ppm, power=screening.power,
        cost_ppm=effort_cost_ppm(originator),
    )  # fmt: skip
    memory["usual_effort_ppm"] = memory["effort_ppm"] = effort
    memory["efforts_ppm"] = [effort]


def blind_noise(originator: Originator, screening: ScreeningTerms) -> float:
    """The score's error without any effort (s_0): its error as the terms say, at the effort behind it at the start."""
    usual: int = originator.memory["offer"]["usual_effort_ppm"]
    blind = originator.terms.lending.score_noise / (1.0 - screening.power * usual / MILLION)
    return blind * (1.0 + screening.walled)


def limits_in_force(originator: Originator) -> tuple[int, ...]:
    """What an admitted member of each class may borrow: its median limit as in force, fen."""
    shares, limits = originator.book.policy.limit_ppm, originator.terms.lending.limit_median_fen
    return tuple(limit * share // MILLION for limit, share in zip(limits, shares, strict=True))


def admitted_share_ppm(originator: Originator) -> int:
    """The part of its members, at its usual score, whom it admits today, ppm."""
    parts = zip(originator.terms.lending.class_shares_ppm, originator.book.policy.admitted_ppm, strict=True)
    return sum(share * part for share, part in parts) // MILLION


def _effort_behind_defaults(originator: Originator) -> float:
    """Mean effort, 0 to 1, with which the loans were scored whose defaults of a year it has seen."""
    efforts: list[int] = originator.memory["offer"]["efforts_ppm"]
    return sum(efforts) / len(efforts) / MILLION


def _admitted_behind_defaults(originator: Originator) -> tuple[int, ...]:
    """Mean part of each class that was admitted when the loans were made whose defaults of a year it has seen, ppm."""
    reviews: list[list[int]] = originator.memory["offer"]["admitted_ppm"]
    return tuple(sum(parts) // len(reviews) for parts in zip(*reviews, strict=True))
