"""The steps of PRC01 up to the book, each a dated piece of work by a named party that may end the mandate.

1 the pool is formed; 2 the plan is set up; 3 lawyers give their opinion on isolation; 4 enhancement is sized as the
smallest support at which the desired letters are met; 5 the agency rates and accountants report; 6 approval, filing or
draw-down, and on its day the book.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.agents import custody_choice, enhancement, issuance_books, spv_purchases
from sim.agents.issuance_terms import FACE_UNIT_FEN, ShelfTerms, in_force
from sim.agents.issue_tenor import distribution_months, thinnest_residual_bp
from sim.agents.note_views import shown_pool
from sim.agents.securities_regulator import days_of_review
from sim.agents.withdrawal import Withdrawn
from sim.calendar import BANK, EXCHANGE, date_of
from sim.credit.selling import eligible_fen
from sim.deals.fields import BP
from sim.ledger import Code
from sim.regulation.market_rules import permit_days

if TYPE_CHECKING:
    from sim.agents.issuance import IssuanceDesk
    from sim.agents.originator import Originator
    from sim.agents.plan_manager import PlanManager
    from sim.agents.rating_agency import RatingAgency

PPM = 1_000_000


def take(desk: IssuanceDesk, deal: str, spent: dict[str, int]) -> None:
    """Do the step that is due; the next becomes due some working days later."""
    mandate = desk.pipeline[deal]
    try:
        if seller(desk, mandate).failed:
            raise Withdrawn("originator_failed", f"{shelf_of(desk, mandate).originator} has stopped working")
        if mandate["step"] == len(STEPS):
            issuance_books.build(desk, deal, spent)
            return
        days = STEPS[mandate["step"]](desk, deal, mandate)
        mandate["step"] += 1
        mandate["due"] = BANK.add(desk.place.day, days)
    except Withdrawn as end:
        desk.end(deal, end.why, end.event)


def shelf_of(desk: IssuanceDesk, mandate: dict[str, Any]) -> ShelfTerms:
    """The shelf a mandate belongs to, with the calendar and the enhancement found for this issue."""
    name, months, promise = mandate["shelf"], mandate.get("amortisation_months"), mandate.get("promise")
    shelf = desk.place.shelves[name]
    if months is None:
        return shelf
    calendar = mandate["revolving_months"], months, mandate["thinnest_residual_bp"]
    found = (name, *calendar, mandate["custody"][1], None if promise is None else tuple(promise))
    if found not in desk.known_shelves:
        shelf = _with_custody(_with_calendar(shelf, *calendar), mandate["custody"][1])
        desk.known_shelves[found] = shelf if promise is None else _with_promise(shelf, enhancement.Promise(*promise))
    return desk.known_shelves[found]


def _with_promise(shelf: ShelfTerms, promise: enhancement.Promise) -> ShelfTerms:
    """A shelf whose plans a guarantor stands behind."""
    prototype = shelf.prototype.model_copy(update={"support": promise.signed(shelf.prototype.support)})
    return shelf.model_copy(update={"guarantor": promise.guarantor, "prototype": prototype})


def _with_custody(shelf: ShelfTerms, fee_ppm: int) -> ShelfTerms:
    """A shelf whose plans pay their custodian what it asked."""
    fees = {
        name: fee.model_copy(update={"rate_ppm": fee_ppm}) if fee.payee == "custodian" else fee
        for name, fee in shelf.prototype.fees.items()
    }
    return shelf.model_copy(update={"prototype": shelf.prototype.model_copy(update={"fees": fees})})


def _with_calendar(shelf: ShelfTerms, revolving_months: int, months: int, thinnest_bp: int) -> ShelfTerms:
    """A shelf whose plans revolve, then repay their notes for so many months; the residual class lets them."""
    wanted = shelf.prototype.eligibility
    found = {
        "revolving_months": revolving_months,
        "amortisation_months": months,
        # What is bought on the last revolving day must be repaid by the last distribution date.
        "eligibility": wanted.model_copy(update={"matures_within_plan": True}),
    }
    changes = {
        "prototype": shelf.prototype.model_copy(update=found),
        "least_residual_bp": max(shelf.least_residual_bp, thinnest_bp),
    }
    return shelf.model_copy(update=changes)


def fit_calendar(desk: IssuanceDesk, mandate: dict[str, Any]) -> None:
    """Split the plan's life so that its pool repays the rated notes in time (MODEL section 3): the distribution period
    is what the payment rate seen, less a margin, needs, and a month for the lag of dates; the rest revolves. A pool too
    slow for that gets a thicker residual class, up to the most support that is worth giving.

    A plan seasoned at the opening has no more left to revolve than that.
    """
    shelf = desk.place.shelves[mandate["shelf"]]
    view, life = shown_pool(desk.place, shelf.originator), shelf.prototype
    months = life.revolving_months + life.amortisation_months
    if view is None:
        return
    thinnest_bp = thinnest_residual_bp(shelf, view)
    needed = distribution_months(view, thinnest_bp)
    if needed is None or thinnest_bp > shelf.most_support_bp:
        why = f"to repay its notes within the {months} months of the plan the pool would need support of"
        raise Withdrawn("no_structure", f"{why} {thinnest_bp / 100:.1f} %")
    mandate["amortisation_months"], mandate["thinnest_residual_bp"] = needed, thinnest_bp
    most = months - needed
    mandate["revolving_months"] = min(most, mandate.get("revolving_months", most))


def seller(desk: IssuanceDesk, mandate: dict[str, Any]) -> Originator:
    """Who sells the loans."""
    return desk.place.originators[shelf_of(desk, mandate).originator.removeprefix("originator:")]


def agency(desk: IssuanceDesk, party: str) -> RatingAgency:
    """An agency by its party id."""
    return desk.place.agencies[party.removeprefix("agency:")]


def record(desk: IssuanceDesk, deal: str, number: int, what: str, party: str, fen: int) -> None:
    """One dated step in the table `issuance`."""
    desk.place.recorder.add(
        "issuance", date=desk.place.day, deal=deal, step=number, what=what, party=party, amount_fen=fen
    )


def pay(desk: IssuanceDesk, mandate: dict[str, Any], payee: str, fen: int) -> None:
    """The originator pays for a service."""
    payer = seller(desk, mandate)
    payer.must_pay(fen)
    desk.place.ledger.pay(payer.party, payee, fen, Code.FEE)


# -- the steps: each returns the working days until the next ----------------------------------------------------------


def free_pool_fen(desk: IssuanceDesk, deal: str) -> int:
    """Loans the originator owns that meet the plan's criteria and that no other issue counts on: of those eligible, the
    others take the part that they take of all current loans."""
    mandate, place = desk.pipeline[deal], desk.place
    lender, life = seller(desk, mandate), shelf_of(desk, mandate).prototype
    book = place.books[lender.name]
    promised = sum(
        int(other["face_fen"])
        for name, other in desk.pipeline.items()
        if name != deal and other["step"] and seller(desk, other) is lender
    )
    # Plans founded this hour have not bought their first pools yet.
    promised += sum(spv.terms.face_fen for spv in place.deals.values() if not spv.issued and spv.originator is lender)
    months = life.revolving_months + life.amortisation_months
    wanted = spv_purchases.wanted(book, life.eligibility, months, mandate["face_fen"])
    current = int(book.stocks(lender.party)[0])
    found = eligible_fen(book, place.day, lender.party, wanted)
    return found * max(0, current - promised) // max(1, current)


def cut_to_pool(desk: IssuanceDesk, deal: str) -> None:
    """No issue is larger than what its eligible loans cost; one they cover too small a part of is withdrawn."""
    mandate = desk.pipeline[deal]
    shelf, face, free = shelf_of(desk, mandate), mandate["face_fen"], free_pool_fen(desk, deal)
    cost = free * shelf.prototype.purchase.price_factor_ppm // PPM
    covered = min(face, cost // FACE_UNIT_FEN * FACE_UNIT_FEN)
    if covered * PPM < face * shelf.least_placed_ppm or covered < FACE_UNIT_FEN:
        raise Withdrawn("pool_short", f"{free} fen of eligible loans for an issue of {face} fen")
    mandate["face_fen"] = covered


def form_pool(desk: IssuanceDesk, deal: str, mandate: dict[str, Any]) -> int:
    """Step 1: eligible loans for the face, which is cut to them, or the mandate ends."""
    cut_to_pool(desk, deal)
    what = f"originator forms the pool: {mandate['why']}"
    record(desk, deal, 1, what, shelf_of(desk, mandate).originator, mandate["face_fen"])
    return int(desk.place.issuance_rules.step_days)


def set_up(desk: IssuanceDesk, deal: str, mandate: dict[str, Any]) -> int:
    """Step 2: the arranger with the least work sets up the plan, and finds who keeps its accounts."""
    place, candidates = desk.place, arrangers(desk, mandate)
    work = dict.fromkeys(candidates, 0)
    for spv in place.deals.values():
        if spv.manager in work and spv.active:
            work[spv.manager] += 1
    for other in desk.pipeline.values():
        if other["manager"] in work:
            work[other["manager"]] += 1
    mandate["manager"] = min(candidates, key=lambda party: work[party])
    custody_choice.choose(desk, mandate)
    what = f"plan manager sets up the plan and its segregated accounts at {mandate['custody'][0]}"
    record(desk, deal, 2, what, mandate["manager"], 0)
    return place.issuance_rules.step_days


def arrangers(desk: IssuanceDesk, mandate: dict[str, Any]) -> list[str]:
    """The managers of the shelf that work; a mandate that finds none ends."""
    managers = desk.place.managers
    found = [party for party in shelf_of(desk, mandate).managers if _works(managers, party)]
    if not found:
        raise Withdrawn("no_manager", "every plan manager of the shelf has failed")
    return found


def _works(managers: dict[str, PlanManager], party: str) -> bool:
    """A bank may manage plans too."""
    manager = managers.get(party.removeprefix("manager:"))
    return manager is None or not manager.failed


def isolate(desk: IssuanceDesk, deal: str, mandate: dict[str, Any]) -> int:
    """Step 3: lawyers say that the sale will hold."""
    shelf = shelf_of(desk, mandate)
    pay(desk, mandate, shelf.professionals, shelf.lawyers_fee_fen)
    record(desk, deal, 3, "lawyers' opinion: true sale and isolation", shelf.professionals, shelf.lawyers_fee_fen)
    return int(desk.place.issuance_rules.step_days)


def enhance(desk: IssuanceDesk, deal: str, mandate: dict[str, Any]) -> int:
    """Step 4: choose the enhancement and who rates it; size the classes."""
    fit_calendar(desk, mandate)
    shelf = shelf_of(desk, mandate)
    design = enhancement.Desk(desk, deal, shelf, mandate["face_fen"]).choose()
    mandate["agencies"], mandate["shares_bp"] = design.agencies, design.shares_bp
    residual_bp = design.shares_bp[shelf.ranked[-1]]
    what = "support " + ", ".join(f"{k} {v / 10_000:.2f} %" for k, v in design.support_ppm.items())
    if design.promise is not None:
        mandate["promise"] = list(design.promise)
        limit, fee = design.promise.limit_bp / 100, design.promise.fee_ppm / 10_000
        what += f"; {design.promise.guarantor} promises up to {limit:.2f} % of the rated notes for {fee:.2f} % a year"
    fen = mandate["face_fen"] * residual_bp // BP
    record(desk, deal, 4, f"credit enhancement sized: {what}", design.agencies[0], fen)
    return int(desk.place.issuance_rules.step_days)


def season(desk: IssuanceDesk, deal: str) -> None:
    """Do all steps up to the book at once, for a plan that was sold before the market is looked at: agencies are asked
    and classes sized as ever, fees were paid long ago."""
    mandate = desk.pipeline[deal]
    try:
        custody_choice.choose(desk, mandate)
        enhance(desk, deal, mandate)
    except Withdrawn as end:
        desk.end(deal, end.why, end.event)
        return
    for party in shelf_of(desk, mandate).agencies:
        if party not in mandate["agencies"]:
            agency(desk, party).lost(deal, contested=False)
    desk.memory["last_agencies"][shelf_of(desk, mandate).originator] = mandate["agencies"]
    mandate["manager"] = min(shelf_of(desk, mandate).managers, key=lambda party: _work_of(desk, party))
    mandate["step"], mandate["due"] = len(STEPS), EXCHANGE.on_or_after(desk.place.day)


def _work_of(desk: IssuanceDesk, manager: str) -> int:
    """Plans and mandates an arranger has on its hands."""
    plans = [spv for spv in desk.place.plans_of("manager", manager) if not spv.ended]
    return len(plans) + sum(1 for mandate in desk.pipeline.values() if mandate["manager"] == manager)


def rate(desk: IssuanceDesk, deal: str, mandate: dict[str, Any]) -> int:
    """Step 5: accountants report, the agency rates and is paid; those asked in vain know that they lost. Analysts who
    are busy take longer."""
    shelf, chosen, today = shelf_of(desk, mandate), mandate["agencies"], date_of(desk.place.day)
    contested = in_force(desk.place.issuance_rules.rating_regime, today) == "issuer_chooses"
    pay(desk, mandate, shelf.professionals, shelf.accountants_fee_fen)
    record(desk, deal, 5, "accountants' report on the pool", shelf.professionals, shelf.accountants_fee_fen)
    days = max(agency(desk, party).days_until_free() for party in chosen)
    for party in shelf.agencies:
        if party in chosen:
            fee = agency(desk, party).fee_fen(mandate["face_fen"])
            pay(desk, mandate, party, fee)
            record(desk, deal, 5, "agency rates the classes", party, fee)
            agency(desk, party).won(deal, contested=contested)
        else:
            agency(desk, party).lost(deal, contested=contested)
    _instruct(desk, deal, mandate)
    return int(desk.place.issuance_rules.step_days) + days


def _instruct(desk: IssuanceDesk, deal: str, mandate: dict[str, Any]) -> None:
    """Pay for instructing agencies that did not rate the seller's last issue, and keep who rated this one."""
    shelf, fen = shelf_of(desk, mandate), desk.place.issuance_rules.new_agency_fen
    for party in mandate["agencies"]:
        if party not in desk.last_agencies(shelf.originator):
            pay(desk, mandate, shelf.professionals, fen)
            what = f"{party}, which did not rate the last issue, is instructed"
            record(desk, deal, 5, what, shelf.professionals, fen)
    desk.memory["last_agencies"][shelf.originator] = mandate["agencies"]


def permit(desk: IssuanceDesk, deal: str, mandate: dict[str, Any]) -> int:
    """Step 6, first half: the issue is handed in; the days until the book are those the regime takes."""
    shelf, rules, name = shelf_of(desk, mandate), desk.place.issuance_rules, mandate["shelf"]
    drawn = desk.memory["drawn"].get(name)
    within = drawn is not None and (shelf.quota_fen is None or drawn + mandate["face_fen"] <= shelf.quota_fen)
    days = permit_days(
        shelf.regime, within_quota=within, approval_days=rules.approval_days, filing_days=rules.filing_days,
        draw_down_days=rules.draw_down_days,
    )  # fmt: skip
    if shelf.regime == "shelf":
        what = "draw-down on the approved shelf" if within else "shelf handed in for approval"
        desk.memory["drawn"][name] = mandate["face_fen"] + (drawn if within else 0)
    else:
        what = "issue handed in for approval" if shelf.regime == "approval" else "issue filed"
    record(desk, deal, 6, what, mandate["manager"], mandate["face_fen"])
    ahead = sum(1 for name, other in desk.pipeline.items() if name != deal and other["step"] == len(STEPS))
    return days_of_review(desk.place, shelf.originator, days, ahead)


STEPS: tuple[Callable[[IssuanceDesk, str, dict[str, Any]], int], ...] = (
    form_pool, set_up, isolate, enhance, rate, permit,
)  # fmt: skip
