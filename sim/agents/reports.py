"""What the supervised owe their regulators: the rules that bind them, and their positions under these rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.agents.bank_accounts import positions
from sim.agents.bank_credit import standard_normal_milli
from sim.agents.compliance import REVOKED, licence
from sim.agents.conduct import overdue_fen
from sim.agents.loan_postings import WHOLE_BP
from sim.agents.originator_market import bank_share_bp
from sim.agents.policy_notices import regulated_position
from sim.calendar import month_index
from sim.draws import Clock, Subject, declare, subject_number, words
from sim.regulation.rules import BankRule, FundingPosition, LenderRule, Rule
from sim.regulation.supervision import Position, field_of

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.originator import Originator

REPORT_ERROR = declare(
    "error of a report", Clock.MONTH, Subject.INSTITUTION, "how far a report's debts and loans are from what they are"
)

Duties = dict[str, dict[str, Rule]]
"""Party -> rule name -> rule."""


def duties(place: MarketPlace, field: str) -> Duties:
    """The rules of a field that bind each institution today, grace being over; only those that are bound and work."""
    book, day = place.rulebook, place.day
    found: Duties = {}
    for originator in place.originators.values():
        held = licence(originator)
        if not originator.failed and held != REVOKED:
            lenders = book.named_binding(day, held, originator.party)
            found[originator.party] = {name: rule for name, rule in lenders.items() if isinstance(rule, LenderRule)}
    for bank in place.commercial_banks():
        if not bank.failed:
            banks = book.named_binding(day, "bank", bank.party)
            found[bank.party] = {name: rule for name, rule in banks.items() if isinstance(rule, BankRule)}
    mine = {party: {n: rule for n, rule in named.items() if field_of(rule) == field} for party, named in found.items()}
    return {party: named for party, named in mine.items() if named}


def true_positions(place: MarketPlace, parties: list[str]) -> dict[str, Position]:
    """Where institutions stand now, as an inspection finds it."""
    found: dict[str, Position] = {}
    banks = [party for party in parties if party.startswith("bank:")]
    stocks = positions(place, banks) if banks else {}
    for party in parties:
        if party in stocks:
            found[party] = stocks[party].measured()
        else:
            found[party] = _of_new_joint_loans(place.originators[party.removeprefix("originator:")])
    return found


def _of_new_joint_loans(originator: Originator) -> FundingPosition:
    """Its position, with joint loans as they are made now: the rule on their shares speaks of each new one (RUL03,
    RUL12), and those made before it run off as they were made."""
    position, share = regulated_position(originator), bank_share_bp(originator)
    whole = position.joint_loans_fen
    return replace(position, own_share_of_joint_fen=whole - whole * share // WHOLE_BP)


def loans_and_overdue_fen(place: MarketPlace, party: str, position: Position) -> tuple[int, int]:
    """(loans it manages, debt of its borrowers past due); for a bank its loans alone."""
    if party.startswith("bank:"):
        return getattr(position, "loans_fen", 0), 0
    originator = place.originators[party.removeprefix("originator:")]
    return originator.book.managed_fen, overdue_fen(originator)


def error_ppm(place: MarketPlace, party: str, sd_ppm: int) -> int:
    """How far this month's report of a party is off, ppm."""
    drawn = words(place.seed_number, REPORT_ERROR, month_index(place.day), subject_number(party))
    return standard_normal_milli(drawn) * sd_ppm // 1000
