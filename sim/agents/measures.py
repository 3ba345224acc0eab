"""What a regulator's measures do: told on the board and in the notices, posted where money moves, recorded as events.

Measures in force stand on the board under `measures:<party>` (guided; issuance and joint lending suspended; conversion
offered), plans ordered under `rectify:<party>/<rule>`, a licence that has changed under `licence:<party>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.compliance import BANKING, REVOKED, licence
from sim.agents.originator_market import funding_position
from sim.agents.state_payments import collect_fine
from sim.calendar import date_of
from sim.regulation import supervision
from sim.regulation.rules import Finding, FundingPosition, Rule
from sim.regulation.supervision import Case, Position, Step

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.originator import Originator
    from sim.agents.regulator import Regulator

MILLION = 1_000_000
CONVERTS = {"microlender": "consumer_finance"}
"""Licences that can be turned into another one (LVR13, POL15)."""


def note(place: MarketPlace, party: str, event: str, detail: str, effect: str, finding: Finding | None = None) -> None:
    """Record what a regulator did, with the position measured as a share of its limit."""
    limit = 0 if finding is None else max(1, finding.limit_fen)
    place.note_event(
        deal="", institution=party, family="supervision", event=event, detail=detail, effect=effect,
        measured_ppm=None if finding is None else finding.position_fen * MILLION // limit,
        threshold_ppm=None if finding is None else MILLION,
    )  # fmt: skip


def guide(regulator: Regulator, party: str, rule: str, finding: Finding, how: str) -> None:
    """The first measure: the institution is asked in."""
    case = regulator.case(party, rule)
    until = regulator.place.day if case is None else case.until
    detail = f"{rule}: {finding.shortfall_fen} fen beyond the limit, {how}"
    effect = f"asked in; its books are looked at on {date_of(until)}"
    _publish(regulator, party, "guidance", detail, effect, finding)
    tell_measures(regulator, party)


def take(
    regulator: Regulator, party: str, rule: str, law: Rule, before: Case, after: Case | None, finding: Finding,
    position: Position,
) -> None:  # fmt: skip
    """Carry out what a look at the books led to."""
    if after is not None:
        _carry_out(regulator, party, rule, law, before.step, after, finding, position)
    regulator.keep(party, rule, after)
    if after is None:
        _publish(regulator, party, "breach_made_good", f"{rule}: within the limit again", "measures end", finding)
    if after is None or before.plan != after.plan:
        _tell_plan(regulator, party, rule, after)
    tell_measures(regulator, party)


def drop(regulator: Regulator, party: str, rule: str) -> None:
    """A case that ends because the rule no longer binds."""
    regulator.keep(party, rule, None)
    note(regulator.place, party, "case_dropped", f"{rule} no longer binds it", "measures end")
    _tell_plan(regulator, party, rule, None)
    tell_measures(regulator, party)


def _carry_out(
    regulator: Regulator, party: str, rule: str, law: Rule, before: Step, case: Case, finding: Finding,
    position: Position,
) -> None:  # fmt: skip
    until, beyond = date_of(case.until), f"{rule}: {finding.shortfall_fen} fen beyond the limit"
    what = supervision.suspends(law)
    if case.step is Step.RECTIFICATION:
        deadline = until if case.plan is None else date_of(case.plan[1])
        event = {Step.GUIDANCE: "rectification", Step.RECTIFICATION: "plan_kept"}.get(before, "suspension_lifted")
        _publish(regulator, party, event, beyond, f"to be within the limit by {deadline}", finding)
    elif case.step is Step.SUSPENSION:
        _publish(regulator, party, "suspension", beyond, f"no new {what} until the breach is made good", finding)
    elif case.step is Step.FINE:
        net = position.net_assets_fen if isinstance(position, FundingPosition) else position.tier1_fen
        due = supervision.fine_fen(finding.shortfall_fen, net, regulator.terms)
        paid = collect_fine(regulator.place, party, due)
        _publish(regulator, party, "fine", beyond, f"{paid} fen paid to the state", finding)
    elif case.step is Step.LICENCE:
        _publish(regulator, party, "licence_at_stake", beyond, f"the licence ends on {until} if it stays", finding)
    else:
        _publish(regulator, party, "licence_revoked", beyond, "no new loans; its book runs off", finding)
        regulator.place.tell(regulator.party, f"licence:{party}", REVOKED)


def _publish(regulator: Regulator, party: str, event: str, detail: str, effect: str, finding: Finding) -> None:
    note(regulator.place, party, event, f"{regulator.party}: {detail}", effect, finding)
    regulator.place.announce(regulator.party, f"{event}:{party}", f"{detail}; {effect}")


def _tell_plan(regulator: Regulator, party: str, rule: str, case: Case | None) -> None:
    plan: dict[str, int] = {}
    if case is not None and case.plan is not None:
        plan = dict(zip(("first", "deadline", "start_fen"), case.plan, strict=True))
    regulator.place.tell(regulator.party, f"rectify:{party}/{rule}", plan)


def tell_measures(regulator: Regulator, party: str) -> None:
    """Say which measures are in force on an institution, over all its cases, where that has changed."""
    cases, rules = regulator.cases_of(party), regulator.place.rulebook.rules
    closed = [supervision.suspends(rules[name]) for name, case in cases.items() if case.step >= Step.SUSPENSION]
    today, terms = date_of(regulator.place.day), regulator.terms.conversion
    offered = any(supervision.offers_conversion(case, today, terms) for case in cases.values())
    told = {
        "guided": int(bool(cases)), "issuance": int("issuance" in closed),
        "joint lending": int("joint lending" in closed),
        "conversion": int(offered),
    }  # fmt: skip
    if told != regulator.memory["told"].get(party):
        regulator.memory["told"][party] = told
        regulator.place.tell(regulator.party, f"measures:{party}", dict(told))


def decide_licences(regulator: Regulator) -> None:
    """Applications for another licence: granted once their days are over and the new capital is paid in."""
    if regulator.party != BANKING:
        return
    place = regulator.place
    for originator in place.originators.values():
        asked: dict[str, int] | None = place.heard(originator.party, "application")
        held = licence(originator)
        if asked is None or held not in CONVERTS or originator.failed:
            continue
        waits = place.day - asked["day"] < regulator.terms.conversion.days
        if not waits and _registered_fen(originator) >= asked["capital_fen"]:
            place.tell(regulator.party, f"licence:{originator.party}", CONVERTS[held])
            note(
                place, originator.party, "licence_converted",
                f"{held} with {_registered_fen(originator)} fen of registered capital",
                f"{CONVERTS[held]} from tomorrow",
            )  # fmt: skip
            place.announce(regulator.party, f"licence:{originator.party}", f"{CONVERTS[held]} approved")


def _registered_fen(originator: Originator) -> int:
    return funding_position(originator).registered_capital_fen
