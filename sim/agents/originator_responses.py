"""What an originator does about limits it stands beyond, or will when an announced one comes.

On the day of its plan it compares where it will stand with every limit that has a day to be met by: announced policies,
and plans a regulator ordered. What the funding plan does under the coming limits (lend less, swap sources, pass more to
partner banks) is ordered here by cost beside what takes longer: new capital, another licence, or leaving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sim.agents import originator_debts as debts
from sim.agents import originator_funds as funds
from sim.agents import originator_offer as offer
from sim.agents.bank_prices import EQUITY_RETURN_PPM
from sim.agents.compliance import BANKING, licence, may_lend, plans_ordered, under
from sim.agents.originator_market import funding_caps, grace
from sim.agents.originator_partners import ALONE, JOINT
from sim.agents.policy_notices import regulated_position
from sim.calendar import date_of, day_of
from sim.markets.compliance import Response, Used, capital_cost_ppm, gap_fen, responses_to
from sim.markets.funding import FundingPlan, Source
from sim.regulation.rules import Category, Finding, FundingPosition, JointLendingShare, LenderRule
from sim.regulation.supervision import capital_to_convert_fen
from sim.regulation.timeline import WITHIN

if TYPE_CHECKING:
    from sim.agents.originator import Originator

MILLION = 1_000_000
MONTH_DAYS = 30
NO_END_FEN = 10**17
LEAVES_AFTER = 3
"""Months in a row, under a limit that is coming, in which no loan paid for itself, before it leaves (assumption, 2 to
6)."""
BANKS_LEND = {JOINT: "partner banks", ALONE: "partner banks alone"}
"""How sources begin that are loans of banks, and how a response names them."""
LINE_CATEGORIES: tuple[Category, ...] = ("bank_loans", "shareholder_loans", "nonstandardised", "funding")


@dataclass(frozen=True)
class Coming:
    """A limit it must be within on a day."""

    rule: str
    law: LenderRule
    category: Category | None
    finding: Finding
    due: int


# -- lines -----------------------------------------------------------------------------------------------------------


def keep_lines_within_caps(originator: Originator) -> None:
    """Let lines be drawn no further than the limits it plans for allow, until the next look. Under a plan ordered for
    them what is drawn beyond is swapped: repaid out of spare cash and of lines that are not under that limit; without
    one it stands, but nothing is added."""
    originator.memory["cap_limits"] = allowed = _allowed_on_lines(originator)
    for category in [category for category in allowed if category in _ordered_categories(originator)]:
        beyond = debts.owed_under_fen(originator, {category})[category] - allowed[category]
        under = [name for name in debts.lines(originator) if category in debts.counts_under(originator, name)]
        repaid = funds.repay_lines(originator, under, beyond) if beyond > 0 else {}
        for name, fen in repaid.items():
            originator.place.note_event(
                deal="", institution=originator.party, family="compliance", event="line_repaid",
                detail=f"{fen} fen of {name} repaid out of other funds", effect="stands as its plan allows",
            )  # fmt: skip


def _allowed_on_lines(originator: Originator) -> dict[Category, int]:
    """Category that lines count under -> what limits in force, announced ones and plans ordered let stand until the
    next look."""
    place, position = originator.place, regulated_position(originator)
    allowed = dict[Category, int]()
    found = place.rulebook.planned(place.day, licence(originator), position, originator.party, grace(originator))
    for rule, limit in found:
        category: Category | None = getattr(rule, "category", None)
        if category in LINE_CATEGORIES:
            allowed[category] = min(limit, allowed.get(category, limit))
    return {category: allowed[category] for category in LINE_CATEGORIES if category in allowed}


def called_fen(originator: Originator) -> int:
    """What still stands on its lines beyond what plans ordered allow: to be repaid out of what is not lent."""
    ordered: dict[Category, int] = {
        category: limit for category, limit in originator.memory["cap_limits"].items()
        if category in _ordered_categories(originator)
    }  # fmt: skip
    owed = debts.owed_under_fen(originator, set(ordered))
    return max([0, *(owed[category] - limit for category, limit in ordered.items())])


def _ordered_categories(originator: Originator) -> set[str]:
    """Categories of lines for which a regulator ordered a plan."""
    rules = originator.place.rulebook.rules
    return {getattr(rules[name], "category", None) or "" for name in plans_ordered(originator)}


# -- larger responses ------------------------------------------------------------------------------------------------


def coming_limits(originator: Originator) -> list[Coming]:
    """Every limit on its funding with a day to be met by, as it stands now: announced ones and plans ordered."""
    place, position = originator.place, regulated_position(originator)
    book, heard = place.rulebook, originator.memory.get("policies", {})
    known = book.announced(place.day, licence(originator), originator.party) if book.policies else {}
    due = {name: day_of(book.policies[name].binding_from) for name in known if name in heard}
    due |= {name: plan[1] for name, plan in plans_ordered(originator).items()}
    found = []
    for name, day in due.items():
        rule: Any = book.rules[name]
        category: Category | None = getattr(rule, "category", None)
        if day >= place.day and (category is not None or isinstance(rule, JointLendingShare)):
            found.append(Coming(name, rule, category, rule.finding(position), day))
    return found


def respond(originator: Originator, made: FundingPlan, known: Sequence[Source], money_ppm: int) -> None:
    """Order what can be done about the widest gap by cost, set going what takes its own steps, and record it;
    `money_ppm` is what money costs it a year."""
    if not may_lend(originator):
        return
    gaps = [(gap_of(originator, limit), limit) for limit in coming_limits(originator)]
    gap, limit = max(gaps, key=lambda pair: (pair[0], pair[1].rule), default=(0, None))
    if limit is None or gap == 0:
        originator.memory["responses"] = []
        return
    days_left = limit.due - originator.place.day
    choices = choices_for(originator, limit, gap, made, known, money_ppm)
    used = responses_to(gap, days_left, choices)
    for response, fen in used:
        if response.name == "raise capital":
            adds = fen * MILLION // _limit_per_capital_ppm(originator, limit.law)
            call_for_capital(originator, adds)
        elif response.name == "convert licence":
            apply_for_conversion(originator)
        elif response.name == "leave":
            leave(originator, f"under {limit.rule} a loan no longer pays for itself")
    _record(originator, limit, gap, used)


def gap_of(originator: Originator, limit: Coming) -> int:
    """What it will stand beyond a limit on its day, if it goes on growing as in the last quarter; the limit of joint
    loans, a part of them, grows with them."""
    months = (limit.due - originator.place.day) // MONTH_DAYS
    if isinstance(limit.law, JointLendingShare):
        return gap_fen(limit.finding.shortfall_fen, 0, growth_ppm(originator), months)
    return gap_fen(limit.finding.position_fen, limit.finding.limit_fen, growth_ppm(originator), months)


def growth_ppm(originator: Originator) -> int:
    """Monthly growth of the loans it manages over the last quarter, at most what it plans for; ppm, not negative."""
    strategy, history = originator.terms.strategy, originator.memory["history"]
    if strategy is None or len(history) < 4:
        return 0
    now, before = (int(history[k]["performing_fen"]) for k in (-1, -4))
    return min(strategy.growth_ppm, max(0, (now - before) * MILLION // max(1, 3 * before)))


def choices_for(
    originator: Originator, limit: Coming, gap: int, made: FundingPlan, known: Sequence[Source], money_ppm: int
) -> list[Response]:
    """What it can do about a limit, with what each costs beyond the funds it has: from what it knows on its day."""
    months = max(1, (limit.due - originator.place.day) // MONTH_DAYS)
    margin = margin_ppm(originator, money_ppm)
    choices = [Response("lend less", max(0, margin), NO_END_FEN)]
    originator.memory["losing_months"] = originator.memory["losing_months"] + 1 if margin < 0 else 0
    if originator.memory["losing_months"] >= LEAVES_AFTER:
        # Nothing it lends has paid for itself for months: every loan not made is a gain.
        choices.append(Response("leave", margin, NO_END_FEN, whole=True))
    joint = originator.terms.joint_lending
    fixed = joint is None or joint.most_volume_ppm == 0
    own_part = isinstance(limit.law, JointLendingShare)
    for source, left in _unused(originator, made, known):
        cost = max(0, source.cost_ppm - money_ppm)
        jointly = source.name.startswith(JOINT)
        if limit.category in _categories(source) or (jointly and (fixed or own_part)):
            continue
        if jointly or source.name.startswith(ALONE):
            choices.append(Response(BANKS_LEND[JOINT if jointly else ALONE], cost, left * months))
        else:
            choices.append(Response(f"swap into {source.name}", cost, left))
    choices.append(_capital(originator, limit, money_ppm))
    offered = under(originator.place, BANKING, originator.party, "conversion")
    if offered and licence(originator) == "microlender" and not _has_applied(originator):
        capital = conversion_capital_fen(originator)
        cost = capital * max(0, EQUITY_RETURN_PPM - money_ppm) // max(1, gap)
        days = originator.place.regulators_terms.conversion.days
        choices.append(Response("convert licence", cost, NO_END_FEN, days, whole=True))
    return choices


def margin_ppm(originator: Originator, money_ppm: int) -> int:
    """What a yuan lent leaves a year after expected loss, running cost and the cost of money, ppm."""
    lost = offer.expected_loss_ppm(originator)
    return offer.price_ppm(originator) - lost - originator.terms.operating_cost_ppm - money_ppm


def _unused(originator: Originator, made: FundingPlan, known: Sequence[Source]) -> list[tuple[Source, int]]:
    """What the plan leaves of each source and of the caps above it, fen."""
    room = {cap.name: cap.headroom_fen for cap in funding_caps(originator)}
    for source in known:
        for category in _categories(source):
            room[category] -= made.amounts.get(source.name, 0)
    found = []
    for source in known:
        left = [source.room_fen - made.amounts.get(source.name, 0), *(room[name] for name in _categories(source))]
        found.append((source, max(0, min(left))))
    return found


def _categories(source: Source) -> set[str]:
    """Every category a source counts under."""
    found: set[str] = set()
    for cap in source.caps:
        name: str | None = cap
        while name is not None:
            found.add(name)
            name = WITHIN[name]  # type: ignore[index]
    return found


def _capital(originator: Originator, limit: Coming, money_ppm: int) -> Response:
    """New capital: each yuan raises the limit by what the rule allows for it, within the most of a year; of
    shareholders who pay for no growth, no more than what stands today is beyond the limit."""
    strategy, per_yuan = originator.terms.strategy, _limit_per_capital_ppm(originator, limit.law)
    cost = capital_cost_ppm(EQUITY_RETURN_PPM, money_ppm, per_yuan / MILLION)
    days = 0 if strategy is None else strategy.capital_days
    room = capital_room_fen(originator) * per_yuan // MILLION
    if strategy is not None and not strategy.capital_for_growth:
        room = min(room, max(0, limit.finding.position_fen - limit.finding.limit_fen))
    return Response("raise capital", cost, room, days)


def _limit_per_capital_ppm(originator: Originator, law: LenderRule) -> int:
    """By how much a rule's limit rises with a million fen of capital paid in."""
    now = regulated_position(originator)
    more = replace(
        now, net_assets_fen=now.net_assets_fen + MILLION, registered_capital_fen=now.registered_capital_fen + MILLION
    )
    if isinstance(law, JointLendingShare):
        # It is its own part: itself, and what the rules in force then let it borrow.
        return MILLION + _borrowed_on(originator, now, more)
    return max(1, law.finding(more).limit_fen - law.finding(now).limit_fen)


def _borrowed_on(originator: Originator, now: FundingPosition, more: FundingPosition) -> int:
    """By how much rules in force on funding let one with more capital borrow more, fen: the tightest on all of it, or
    else its parts together."""
    place, adds = originator.place, dict[str, int]()
    for rule in place.rulebook.binding(place.day, licence(originator), originator.party):
        category: str | None = getattr(rule, "category", None)
        if category is not None and isinstance(rule, LenderRule):
            wider = rule.finding(more).limit_fen - rule.finding(now).limit_fen
            adds[category] = min(wider, adds.get(category, wider))
    return adds.get("funding", adds.get("standardised", 0) + adds.get("nonstandardised", 0))


def capital_room_fen(originator: Originator) -> int:
    """What shareholders would still put in this year; nothing while a call is under way, or into one that has left."""
    strategy = originator.terms.strategy
    if strategy is None or originator.memory["plan"]["capital_due"] or not may_lend(originator):
        return 0
    equity = max(0, originator.place.ledger.equity(originator.party))
    return max(0, equity * strategy.capital_most_ppm // MILLION - int(originator.memory["capital_raised"]))


def call_for_capital(originator: Originator, wanted_fen: int) -> None:
    """Shareholders are asked for what is wanted, within a yearly most; the cash comes after a delay."""
    _await_capital(originator, min(wanted_fen, capital_room_fen(originator)))


def _await_capital(originator: Originator, fen: int) -> None:
    """It comes with what is already on its way."""
    strategy, place, plan = originator.terms.strategy, originator.place, originator.memory["plan"]
    if strategy is not None and fen > 0:
        coming = plan["capital_due"][1] if plan["capital_due"] else 0
        plan["capital_due"] = [place.day + strategy.capital_days, coming + fen]
        place.announce(originator.party, "capital", f"asks its shareholders for {fen} fen")


# -- another licence, or none ----------------------------------------------------------------------------------------


def conversion_capital_fen(originator: Originator) -> int:
    """New capital that another licence would take for what it has at risk itself."""
    position: FundingPosition = regulated_position(originator)
    at_risk = position.net_assets_fen + position.funding_fen
    return capital_to_convert_fen(
        position.registered_capital_fen, at_risk, originator.place.regulators_terms.conversion
    )


def _has_applied(originator: Originator) -> bool:
    """Whether an application is before the regulator: it has the days it takes, and those capital takes to come."""
    told, strategy = originator.place.heard(originator.party, "application"), originator.terms.strategy
    if told is None or strategy is None:
        return False
    waits: int = max(originator.place.regulators_terms.conversion.days, strategy.capital_days)
    return bool(originator.place.day <= told["day"] + waits)


def apply_for_conversion(originator: Originator) -> None:
    """Ask for the licence of a consumer-finance company; new shareholders bring the capital, beyond the yearly most."""
    place, capital = originator.place, conversion_capital_fen(originator)
    target = regulated_position(originator).registered_capital_fen + capital
    place.tell(originator.party, "application", {"day": place.day, "capital_fen": target})
    place.announce(originator.party, "application", f"applies for another licence with {target} fen of capital")
    _await_capital(originator, capital)


def leave_with_lenders(originator: Originator) -> None:
    """A platform that places other people's money has none left to place once they all have taken it back (AGT23)."""
    if originator.terms.kind != "p2p" or originator.memory["left"]:
        return
    ledger, names = originator.place.ledger, list(originator.terms.debts)
    owed = sum(ledger.nominal(debts.debt_claim(originator, name)) for name in names)
    if owed == 0 and names and all(funds.runs(originator, name) for name in names):
        leave(originator, "its lenders have taken back all they lent")


def leave(originator: Originator, why: str) -> None:
    """It makes no more loans and lets its book run off."""
    originator.memory["left"] = True
    originator.place.announce(originator.party, "leaves", "makes no new loans; its book runs off")
    originator.place.note_event(
        deal="", institution=originator.party, family="compliance", event="leaves",
        detail=why, effect="no new loans; its book runs off",
    )  # fmt: skip


def _record(originator: Originator, limit: Coming, gap: int, used: Used) -> None:
    """One row when the rule or the responses to it change."""
    now = [limit.rule, *dict.fromkeys(response.name for response, _ in used)]
    if now == originator.memory["responses"]:
        return
    originator.memory["responses"] = now
    does = "; ".join(f"{r.name} {fen} fen at {r.cost_ppm} ppm a year" for r, fen in used)
    originator.place.note_event(
        deal="", institution=originator.party, family="compliance", event="responses",
        detail=f"{limit.rule}: {gap} fen beyond the limit on {date_of(limit.due)} as it grows now", effect=does,
        measured_ppm=limit.finding.position_fen * MILLION // max(1, limit.finding.limit_fen), threshold_ppm=MILLION,
    )  # fmt: skip
