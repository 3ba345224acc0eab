"""An originator and the market for its notes: what it could sell, what that would cost, and its decision to come to
market."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from sim.agents.compliance import licence, plans_ordered
from sim.agents.group_fees import banks_part_fen
from sim.agents.issuance import open_mandate, outcome
from sim.agents.issuance_terms import FACE_UNIT_FEN
from sim.agents.issue_tenor import thinnest_residual_bp
from sim.agents.loan_postings import WHOLE_BP, participation_of
from sim.agents.originator_debts import notes_outstanding_fen
from sim.agents.originator_funds import undrawn_fen
from sim.agents.own_pool import own_view
from sim.calendar import date_of, quarter_start
from sim.deals.rating_method import attachment_for, structure_of
from sim.ledger import Kind, Participation
from sim.markets.funding import Cap, FundingPlan, Source
from sim.regulation.rules import FundingPosition, JointLendingShare, Rule
from sim.regulation.timeline import NO_GRACE, NO_LIMIT_FEN, Grace

if TYPE_CHECKING:
    from sim.agents.issuance_terms import ShelfTerms
    from sim.agents.market_place import MarketPlace
    from sim.agents.originator import Originator

MILLION = 1_000_000
GUIDE_SPREAD_PPM = 15_000
"""Coupon over the risk-free rate that an originator reckons with before it has sold any notes (assumption
5,000-30,000; MKT16: second tranches and consumer finance companies' seniors paid up to 240 bp over)."""
ELIGIBLE_PPM = 900_000
"""Part of its current loans that it reckons to meet a pool's criteria (assumption 800,000-980,000)."""
ROLL_DAYS = 62
"""Days before paper stops revolving at which its roll is begun: the steps of an issue take about two months."""
MOST_MANDATES = 4
"""Deals one originator brings to market in a month at most: its staff is what it is (assumption 2-8)."""


class Lenders:
    """What the positions of all lenders share: read once for all of them, and true until something moves."""

    def __init__(self, place: MarketPlace) -> None:
        table = place.ledger.table
        bonds = np.flatnonzero(table.column("kind") == Kind.BOND)
        self._bonds_fen = np.zeros(len(place.ledger.parties), np.int64)
        np.add.at(self._bonds_fen, table.debtor[bonds], table.column("nominal")[bonds])
        self._managed_fen = {name: book.managed_fen for name, book in place.books.items()}
        self.market_fen = sum(self._managed_fen.values())

    def bonds_fen(self, originator: Originator) -> int:
        """Nominal of bonds it owes."""
        return int(self._bonds_fen[originator.place.ledger.party_number[originator.party]])

    def managed_fen(self, originator: Originator) -> int:
        """Principal of all loans it services."""
        return self._managed_fen[originator.name]


def funding_position(originator: Originator, lenders: Lenders | None = None) -> FundingPosition:
    """Its funding as a regulator counts it, from the ledger; `lenders` saves who asks for many a part of the work.

    Lines are left out of bank and shareholder loans: the plan decides afresh how much of them to use.
    """
    lenders = Lenders(originator.place) if lenders is None else lenders
    bank_part, own_part = joint_stock_fen(originator)
    return FundingPosition(
        net_assets_fen=max(0, originator.place.ledger.equity(originator.party)),
        bonds_fen=lenders.bonds_fen(originator),
        abs_outstanding_fen=notes_outstanding_fen(originator),
        other_standardised_fen=0,
        bank_loans_fen=0,
        shareholder_loans_fen=0,
        other_nonstandardised_fen=0,
        joint_loans_fen=bank_part + own_part,
        own_share_of_joint_fen=own_part,
        registered_capital_fen=originator.terms.equity_fen + originator.memory["capital_paid_in"],
        managed_fen=lenders.managed_fen(originator),
        market_fen=lenders.market_fen,
    )


def joint_stock_fen(originator: Originator) -> tuple[int, int]:
    """(banks' part, its own part) of joint loans outstanding, each loan at the share it was made under; what banks
    lend alone is not joint."""
    joint, book = originator.terms.joint_lending, originator.book
    if joint is None:
        return 0, 0
    own = sum(
        book.outstanding_fen(owner) * (WHOLE_BP - part.share_bp) // WHOLE_BP
        for owner, part in _participations(originator)
    )
    return banks_part_fen(originator) - sum(lent_alone_fen(originator).values()), own


def lent_alone_fen(originator: Originator) -> dict[str, int]:
    """Loans outstanding that banks made alone, found, scored and collected by the originator, by bank."""
    found, book = _participations(originator), originator.book
    return {part.bank: book.outstanding_fen(owner) for owner, part in found if part.share_bp == WHOLE_BP}


def _participations(originator: Originator) -> list[tuple[str, Participation]]:
    found = ((owner, participation_of(owner)) for owner in originator.book.owners)
    return [(owner, part) for owner, part in found if part is not None]


def bank_share_bp(originator: Originator) -> int:
    """Partner banks' part of a joint loan made today: as agreed, or what the rules in force leave them, or what was
    agreed at the quarter's renewal on the way to a rule heard of. The way is that of every coming limit."""
    joint, place = originator.terms.joint_lending, originator.place
    agreed = 0 if joint is None else joint.bank_share_bp
    book, kind = place.rulebook, licence(originator)
    left = [_left_bp(rule) for rule in book.binding(place.day, kind, originator.party) if _on_joint_loans(rule)]
    heard = originator.memory.get("policies", {})
    if heard:
        renewed, half = quarter_start(place.day), _grace_half_ppm(originator)
        for name, rule in book.announced(place.day, kind, originator.party).items():
            if name in heard and _on_joint_loans(rule):
                gone = book.part_gone_ppm(name, renewed, Grace(heard, half))
                left.append(agreed - max(0, agreed - _left_bp(rule)) * gone // MILLION)
    return min([agreed, *left])


def _on_joint_loans(rule: Rule) -> TypeGuard[JointLendingShare]:
    return isinstance(rule, JointLendingShare)


def _left_bp(rule: JointLendingShare) -> int:
    return WHOLE_BP - round(rule.minimum * WHOLE_BP)


def _grace_half_ppm(originator: Originator) -> int:
    strategy = originator.terms.strategy
    return NO_GRACE.half_ppm if strategy is None else strategy.grace_half_ppm


def grace(originator: Originator) -> Grace:
    """How it stands to limits announced, and to plans a regulator ordered."""
    return Grace(originator.memory.get("policies", {}), _grace_half_ppm(originator), plans_ordered(originator))


def funding_caps(originator: Originator) -> list[Cap]:
    """Every limit it plans for today, those announced included, and what counts under each once its deals on their way
    to market have come."""
    stands = funding_position(originator)
    coming = replace(stands, abs_outstanding_fen=stands.abs_outstanding_fen + pipeline_fen(originator))
    return _caps(originator, coming)


def caps_of_today(originator: Originator) -> list[Cap]:
    """The same limits, and what counts under each now: deals on their way count when they come, and then repay what
    bridged them."""
    return _caps(originator, funding_position(originator))


def _caps(originator: Originator, position: FundingPosition) -> list[Cap]:
    place = originator.place
    return place.rulebook.caps(place.day, licence(originator), position, originator.party, grace(originator))


def shelves(originator: Originator) -> dict[str, ShelfTerms]:
    """Its shelves by name."""
    return {name: s for name, s in originator.place.shelves.items() if s.originator == originator.party}


def market_sources(originator: Originator) -> list[Source]:
    """Notes it could place under each of its shelves, as the cash they bring: no more than its own current loans could
    back, its quota leaves, and the market has been seen to take, less the part it would have to hold itself."""
    sources, today = [], date_of(originator.place.day)
    for name, shelf in shelves(originator).items():
        cash_ppm = proceeds_ppm(originator, name)
        if cash_ppm is None or not shelf.open_on(today):
            continue
        face = min(sellable_fen(originator), quota_left_fen(originator, name), market_room_fen(originator, name))
        least = -(-shelf.min_face_fen * cash_ppm // MILLION)
        room = max(0, face) * cash_ppm // MILLION
        sources.append(
            Source(f"notes:{name}", notes_cost_ppm(originator, name, cash_ppm), room, ("asset_transfer",), least)
        )
    return sources


def proceeds_ppm(originator: Originator, shelf: str) -> int | None:
    """Cash a yuan of face brings: what others buy. None where no letter can be had at a support worth giving.

    What its last notes under the shelf brought, as far as is known; before any it reckons, by the raters' published
    method on its own history, with the support that its letters need, and with keeping all of the residual class.
    """
    terms, view = originator.place.shelves[shelf], own_view(originator)
    if view is None:
        return None
    structure = structure_of(terms.prototype)
    support = [attachment_for(view, structure, terms.classes[name].rating) for name in terms.ranked[:-1]]
    thinnest = thinnest_residual_bp(terms, view) * 100
    if max(support[0], thinnest) > terms.most_support_bp * 100:
        return None
    residual = max(support[-1], thinnest)
    reckoned = (MILLION - residual) * (10_000 - terms.vertical_retention_bp) // 10_000
    cash: dict[str, int] = originator.memory["market"]["cash_ppm"]
    return cash.get(shelf, reckoned)


def sellable_fen(originator: Originator) -> int:
    """Current loans of its own that could be pooled: beyond what deals on their way will take, and what its plans will
    buy in a lean month, those it would sell now among them."""
    current = int(originator.book.stocks(originator.party)[0])
    rate = payment_ppm(originator.memory["history"])
    free = current * ELIGIBLE_PPM // MILLION - pipeline_fen(originator) - promised_purchases_fen(originator, rate)
    return max(0, free * ELIGIBLE_PPM // (ELIGIBLE_PPM + rate))


def payment_ppm(history: list[dict[str, int]]) -> int:
    """Monthly principal payment rate of the last three months of a history, ppm; 0 without one."""
    recent = history[-3:]
    performing = sum(entry["performing_fen"] for entry in recent)
    return sum(entry["principal_fen"] for entry in recent) * MILLION // max(1, performing)


def promised_purchases_fen(originator: Originator, rate_ppm: int) -> int:
    """What its plans, revolving or on their way, will buy in a month, what their loans repay, beyond the loans it makes
    itself in the leanest month of a year: about what was repaid in that month."""
    day = originator.place.day
    revolving = sum(spv.pool_fen() for spv in originator.plans() if day <= spv.schedule.revolving_end)
    year: list[dict[str, int]] = originator.memory["history"][-12:]
    leanest = min((entry["principal_fen"] for entry in year), default=0)
    made: int = leanest * originator.own_part_ppm() // MILLION * ELIGIBLE_PPM // MILLION
    return max(0, (revolving + pipeline_fen(originator)) * rate_ppm // MILLION - made)


def roll_paper(originator: Originator, dearest_bp: int) -> None:
    """Commercial paper that soon stops revolving is rolled: a new issue of its face is prepared in time. What cannot be
    rolled must be funded otherwise, as its loans run off to its holders."""
    rolled: list[str] = originator.memory["market"]["rolled"]
    day, mine = originator.place.day, shelves(originator)
    living = originator.plans()
    originator.memory["market"]["rolled"] = rolled = [name for name in rolled if any(p.name == name for p in living)]
    for spv in living:
        shelf = spv.terms.programme
        if shelf not in mine or not mine[shelf].rolls or spv.name in rolled:
            continue
        if spv.schedule.revolving_end - day <= ROLL_DAYS:
            rolled.append(spv.name)
            deal = open_mandate(originator.place, shelf, spv.terms.face_fen, f"rolls {spv.name}", dearest_bp)
            if deal is None:
                originator.place.note_event(
                    deal=spv.name, institution=originator.party, family="funding", event="roll_failed",
                    detail=f"{spv.terms.face_fen} fen of paper finds no new issue", effect="its loans run off",
                )  # fmt: skip
            else:
                await_outcome(originator, deal, shelf)


def pipeline_fen(originator: Originator, shelf: str | None = None) -> int:
    """Face of its deals on their way to market, under one shelf or all."""
    desk = originator.place.desk
    mine = shelves(originator) if shelf is None else {shelf}
    under_way = {} if desk is None else desk.pipeline
    return sum(int(mandate["face_fen"]) for mandate in under_way.values() if mandate["shelf"] in mine)


def quota_left_fen(originator: Originator, shelf: str) -> int:
    """What its approval still lets it issue under a shelf: of commercial paper, beyond what stands and is coming."""
    terms, day = originator.place.shelves[shelf], originator.place.day
    if terms.quota_fen is None:
        return NO_LIMIT_FEN
    if terms.rolls:
        plans = [spv for spv in originator.plans() if spv.terms.programme == shelf]
        used = sum(spv.terms.face_fen for spv in plans if day <= spv.schedule.revolving_end)
        used += pipeline_fen(originator, shelf)
    else:
        used = originator.memory["market"]["issued"].get(shelf, 0)
    return max(0, terms.quota_fen - used)


def market_room_fen(originator: Originator, shelf: str) -> int:
    """What it thinks buyers will take in a month: halved by a failed book, half as much again after a placed one, up to
    all it could bring in a month."""
    rooms: dict[str, int] = originator.memory["market"]["room"]
    return rooms.get(shelf, most_in_a_month_fen(originator, shelf))


def most_in_a_month_fen(originator: Originator, shelf: str) -> int:
    """Face of the most and largest deals it could bring under a shelf in a month."""
    return originator.place.shelves[shelf].max_face_fen * MOST_MANDATES


def notes_cost_ppm(originator: Originator, shelf: str, cash_ppm: int) -> int:
    """What a yuan raised by notes costs it a year: the coupon of its last ones, or the guide; and the costs of issue
    over their life, which are those of the whole face, the part it keeps itself included."""
    place, terms = originator.place, originator.place.shelves[shelf]
    months = terms.prototype.revolving_months + terms.prototype.amortisation_months
    last: dict[str, int] = originator.memory["market"]["coupon_ppm"]
    coupon = last.get(shelf, place.macro.risk_free_ppm(place.day, months) + GUIDE_SPREAD_PPM)
    fees = terms.lawyers_fee_fen + terms.accountants_fee_fen
    issue_cost = terms.arranger_ppm + fees * MILLION // terms.max_face_fen
    return coupon + issue_cost * 12 * MILLION // (max(1, months) * cash_ppm)


def mandate_planned(originator: Originator, made: FundingPlan, dearest_bp: int) -> None:
    """Come to market for the cash the plan says, in deals of at most the shelf's largest face, at a mean coupon of at
    most `dearest_bp`."""
    for name, shelf in shelves(originator).items():
        cash_ppm = proceeds_ppm(originator, name)
        left = 0 if cash_ppm is None else made.amounts.get(f"notes:{name}", 0) * MILLION // cash_ppm
        for _ in range(MOST_MANDATES):
            face = min(left, shelf.max_face_fen) // FACE_UNIT_FEN * FACE_UNIT_FEN
            if face < shelf.min_face_fen:
                break
            why = "its lines are used up" if lines_are_full(originator) else "notes are the cheapest source left"
            deal = open_mandate(originator.place, name, face, why, dearest_bp)
            if deal is None:
                break
            await_outcome(originator, deal, name)
            left -= face


def lines_are_full(originator: Originator) -> bool:
    """Whether the plan uses all that its lines, or the caps they count under, let it draw."""
    plan = originator.memory["plan"]
    if {"bank_loans", "nonstandardised"} & set(plan["binding"]):
        return True
    return undrawn_fen(originator) == 0


def await_outcome(originator: Originator, deal: str, shelf: str) -> None:
    """Listen on the board for what becomes of a deal."""
    originator.memory["market"]["waiting"].append([deal, shelf])


def hear_of_issues(originator: Originator) -> None:
    """What became of its deals, heard on the board: coupons, quotas used, how much buyers take."""
    memory = originator.memory["market"]
    for deal, shelf in list(memory["waiting"]):
        told = outcome(originator.place, deal)
        if told is None:
            continue
        memory["waiting"].remove([deal, shelf])
        room = market_room_fen(originator, shelf)
        if told["placed"]:
            memory["coupon_ppm"][shelf] = told["coupon_bp"] * 100
            memory["cash_ppm"][shelf] = told["cash_ppm"]
            memory["issued"][shelf] = memory["issued"].get(shelf, 0) + told["face_fen"]
            memory["room"][shelf] = min(room + room // 2, most_in_a_month_fen(originator, shelf))
        else:
            memory["room"][shelf] = max(room // 2, originator.place.shelves[shelf].min_face_fen)
