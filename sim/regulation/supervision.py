"""How regulators decide: what a report says, whom to inspect, and which measure a breach has come to.

Pure functions; the agents are `sim.agents.regulator`. A measure is a rung of one ladder: guidance, rectification with
a deadline, suspension, fines, the licence. A breach made good ends it at whatever rung it stands.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, TypeAlias

from sim.deals.fields import PPM
from sim.regulation.rules import (
    AllPartnersCap,
    BankPosition,
    Finding,
    FundingPosition,
    JointLendingShare,
    MarketShareCap,
    ReserveRequirement,
    Rule,
    SinglePartnerCap,
)
from sim.regulation.supervision_terms import ConversionTerms, RegulatorsTerms
from sim.regulation.timeline import OrderedPlan, ordered_limit_fen

Position: TypeAlias = FundingPosition | BankPosition

AUDITED: Final = frozenset(
    {"net_assets_fen", "registered_capital_fen", "cet1_fen", "tier1_fen", "capital_fen", "reserves_fen"}
)
"""Stocks that a report tells exactly: net assets and capital are audited, reserves stand at the central bank."""


class Step(IntEnum):
    """The rungs of the ladder."""

    GUIDANCE = 1
    RECTIFICATION = 2
    SUSPENSION = 3
    FINE = 4
    LICENCE = 5
    REVOCATION = 6


@dataclass(frozen=True)
class Case:
    """A breach under measures: since `opened`, on a rung since `since`, looked at again on `until`.

    `plan` is the rectification ordered, None before it; `fines` counts those imposed.
    """

    step: Step
    opened: int
    since: int
    until: int
    plan: OrderedPlan | None = None
    fines: int = 0


def reported(position: Position, error_ppm: int) -> Position:
    """A position as a report tells it: debts and loans off by the error of the report, what is audited as it is.

    >>> reported(FundingPosition(net_assets_fen=100, bonds_fen=1_000), -20_000).bonds_fen
    980
    """
    told = {name: value * (PPM + error_ppm) // PPM for name, value in vars(position).items() if name not in AUDITED}
    return replace(position, **told)


def position_of(told: Mapping[str, int]) -> Position:
    """A position out of a report's plain figures."""
    return FundingPosition(**told) if "net_assets_fen" in told else BankPosition(**told)


def signals(
    findings: Iterable[Finding], *, loans_fen: int, loans_before_fen: int, overdue_fen: int, ordered: bool,
    terms: RegulatorsTerms,
) -> list[str]:  # fmt: skip
    """Why an inspection should come sooner, in words: little headroom, growth in a quarter, arrears, complaints."""
    near = any(finding.headroom_fen * PPM < finding.limit_fen * terms.near_limit_ppm for finding in findings)
    grown = loans_before_fen > 0 and (loans_fen - loans_before_fen) * PPM > loans_before_fen * terms.growth_ppm
    late = overdue_fen * PPM > loans_fen * terms.overdue_ppm
    told = (("little headroom", near), ("fast growth", grown), ("arrears", late), ("complaints", ordered))
    return [why for why, seen in told if seen]


def to_inspect(signalled: Mapping[str, int], last: Mapping[str, int], most: int) -> list[str]:
    """Whom to inspect this quarter: most signals first, then those not seen for longest, then by name.

    `signalled` has the number of signals of every institution supervised, `last` the day of its last inspection.

    >>> to_inspect({"a": 0, "b": 0, "c": 2}, {"a": 10}, 2)
    ['c', 'b']
    """
    return sorted(signalled, key=lambda party: (-signalled[party], last.get(party, -1), party))[:most]


def is_reported_breach(finding: Finding, terms: RegulatorsTerms) -> bool:
    """Whether a report shows a limit passed by more than reports are wrong by."""
    return finding.shortfall_fen * PPM > finding.limit_fen * terms.tolerance_ppm


def opened(day: int, terms: RegulatorsTerms) -> Case:
    """A breach has been seen: the institution is asked in, and told what is expected of it."""
    return Case(Step.GUIDANCE, day, day, day + terms.guidance_days)


def plan_limit_fen(case: Case, limit_fen: int, day: int) -> int:
    """Where the plan ordered lets the institution stand on a day, fen; the limit itself without a plan.

    >>> plan_limit_fen(Case(Step.RECTIFICATION, 0, 0, 50, (0, 100, 1_000)), 400, 50)
    700
    """
    return limit_fen if case.plan is None else ordered_limit_fen(case.plan, limit_fen, day)


def after_look(
    case: Case, finding: Finding, day: int, terms: RegulatorsTerms, *, may_lose_licence: bool = True
) -> Case | None:
    """What follows when the books are looked at on the day a measure said; None where the breach has been made good.

    Guidance that was not followed becomes a plan; a plan is looked at half way and at its deadline, and leads to
    suspension when it is not kept by more than the tolerance (half way) or not met (deadline); a suspension that did
    not help becomes a fine, and after the last fine the licence is at stake, then gone; a bank, whose end is
    resolution, is fined again instead. Whoever has come back to its plan while suspended goes on with the plan.
    """
    if finding.shortfall_fen == 0:
        return None
    if case.step is Step.GUIDANCE:
        deadline = day + terms.rectification_days
        plan = (day, deadline, finding.position_fen)
        return replace(case, step=Step.RECTIFICATION, since=day, until=day + terms.rectification_days // 2, plan=plan)
    if case.plan is not None and day < case.plan[1] and _keeps_plan(case, finding, day, terms):
        return replace(case, step=Step.RECTIFICATION, since=day, until=case.plan[1])
    suspended = replace(case, since=day, until=day + terms.suspension_days)
    if case.step is Step.RECTIFICATION:
        return replace(suspended, step=Step.SUSPENSION)
    if case.fines < terms.fines or not may_lose_licence:
        return replace(suspended, step=Step.FINE, fines=case.fines + 1)
    return replace(suspended, step=Step.LICENCE if case.step < Step.LICENCE else Step.REVOCATION)


def _keeps_plan(case: Case, finding: Finding, day: int, terms: RegulatorsTerms) -> bool:
    allowed = plan_limit_fen(case, finding.limit_fen, day)
    return (finding.position_fen - allowed) * PPM <= finding.limit_fen * terms.tolerance_ppm


def fine_fen(excess_fen: int, net_assets_fen: int, terms: RegulatorsTerms) -> int:
    """A fine (LVR24, POL17): a share of what stands beyond the limit, at most a share of net assets; fen.

    >>> fine_fen(1_000, 400, RegulatorsTerms()), fine_fen(1_000, 4_000, RegulatorsTerms())
    (40, 50)
    """
    return min(excess_fen * terms.fine_ppm // PPM, max(0, net_assets_fen) * terms.most_fine_ppm // PPM)


def suspends(rule: Rule) -> str:
    """What a suspension forbids: new joint loans where the rule is about them or about a bank, else new issues (LVR03,
    AAB07).

    >>> suspends(JointLendingShare(0.30)), suspends(ReserveRequirement(0.08))
    ('joint lending', 'issuance')
    """
    joint = (JointLendingShare, SinglePartnerCap, AllPartnersCap)
    return "joint lending" if isinstance(rule, joint) else "issuance"


def review_days(regime_days: int, ahead: int, factor: float, terms: RegulatorsTerms) -> int:
    """Working days until an issue handed in has been reviewed: what the regime takes, longer under guidance, and not
    before the desk has worked off the issues ahead of it.

    >>> review_days(3, 0, 1.0, RegulatorsTerms()), review_days(3, 55, 1.0, RegulatorsTerms())
    (3, 6)
    """
    return max(round(regime_days * factor), -(-(ahead + 1) // terms.reviews_a_day))


def offers_conversion(case: Case, today: datetime.date, terms: ConversionTerms) -> bool:
    """Whether one with an open case may convert its licence: where that is all that is left, or, from the day the
    regulator opens this way, under any rectification plan."""
    opened_to_all = terms.offered_from is not None and today >= terms.offered_from
    return case.step == Step.LICENCE or (opened_to_all and case.plan is not None)


def capital_to_convert_fen(registered_fen: int, loans_fen: int, terms: ConversionTerms) -> int:
    """New capital that a consumer-finance licence for these loans asks for, fen: registered capital of at least the
    minimum, and enough to carry the loans (RUL13, RUL14).

    >>> bn = 10**11
    >>> capital_to_convert_fen(8 * bn, 185 * bn, ConversionTerms()) * 10 // bn
    105
    """
    carries = -(-loans_fen * PPM // round(terms.multiple * PPM))
    return max(0, max(terms.least_capital_fen, carries) - registered_fen)


def field_of(rule: Rule) -> str:
    """Whose field a rule is in: the central bank's (reserves), the market regulator's (shares of the market), or that
    of the banking regulator (all others)."""
    if isinstance(rule, ReserveRequirement):
        return "central_bank"
    return "market" if isinstance(rule, MarketShareCap) else "banking"
