"""Birth and end of a plan: issuance in its dated steps, the clean-up call, liquidation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import originator_funds, spv_collections, spv_notes, spv_payments, spv_purchases, spv_servicing
from sim.agents.market_place import BUYERS_OF_DISTRESS
from sim.credit.owner_totals import by_days_past_due
from sim.deals.payment_calendar import PaymentDate, Phase
from sim.deals.purchase import affordable_principal_fen, price_fen
from sim.deals.ratings import notch
from sim.deals.waterfall import distribute
from sim.ledger import Code, Kind

if TYPE_CHECKING:
    from sim.agents.spv import Spv

BP = 10_000


POOL_SHORT_PPM = 900_000
"""A first pool below this part of what was wanted is an event; a little is always missing, as loans are whole."""


def trade(spv: Spv) -> None:
    """Hour TRADE: on the cut-off day the pool is chosen and the plan set up; on the closing day the notes are sold and
    paid for."""
    day, terms = spv.place.day, spv.terms
    if spv.issued or spv.ended:
        return
    if scripted(spv) and day == max(terms.cutoff_day, spv.place.first_day):
        step(
            spv,
            1,
            "originator forms the pool: loans that meet the criteria, drawn at random at closing",
            spv.originator.party,
            terms.face_fen,
        )
        step(spv, 2, "plan manager sets up the plan and its segregated accounts", terms.manager, 0)
    if day == terms.closing_day:
        why = _obstacle(spv)
        if why is None:
            _issue(spv)
        else:
            _give_up(spv, why)


def scripted(spv: Spv) -> bool:
    """Whether its terms are the scenario's; of the others the arranger has recorded steps 1 to 6 up to the book."""
    return spv.name not in spv.place.founded


def _obstacle(spv: Spv) -> str | None:
    """Why the notes cannot be issued today: a seller or guarantor that has failed, or investors who cannot pay."""
    if spv.originator.failed:
        return f"{spv.originator.party} has stopped working"
    if spv.terms.guarantor is not None and spv.place.heard(spv.terms.guarantor, "failed", default=False):
        return f"{spv.terms.guarantor}, who was to pay deficiencies, has stopped working"
    due: dict[str, int] = {}
    for tranche in spv.terms.ranked:
        for holder, fen in spv_notes.allotment(spv, tranche).items():
            due[holder] = due.get(holder, 0) + fen
    for holder, fen in due.items():
        spv.place.make_liquid(holder, fen)
        cash = spv.place.ledger.cash(holder)
        if holder != spv.originator.party and cash < fen:
            return f"{holder} has {cash} fen for {fen} fen of notes"
    return None


def _give_up(spv: Spv, why: str) -> None:
    """The issue fails: nothing was sold, so nothing has to be undone."""
    spv.become(ended=True)
    spv.place.announce(spv.terms.manager, "issue failed", f"{spv.name}: {why}")
    spv.place.note_event(
        deal=spv.name,
        institution=spv.terms.manager,
        family="default",
        event="issue_failed",
        detail=why,
        effect="no notes are issued",
    )


def step(spv: Spv, number: int, what: str, party: str, fen: int) -> None:
    """Record one of the nine steps of an issuance (PRC01)."""
    spv.place.recorder.add(
        "issuance", date=spv.place.day, deal=spv.name, step=number, what=what, party=party, amount_fen=fen
    )


def _issue(spv: Spv) -> None:
    """Steps 3 to 8, or what is left of them after the book: investors pay, the plan buys its first pool with the
    proceeds, ratings are published, the account opens."""
    terms = spv.terms
    for tranche in terms.ranked:
        spv_notes.place_tranche(spv, tranche)
    _fund_reserve(spv)
    bought = _buy_first_pool(spv)
    spv.memory["initial_pool"] = spv.memory["period_start_pool"] = bought
    spv.memory["last_purchase"] = spv.place.day
    spv.become(issued=True)
    _enhance(spv)
    if scripted(spv):
        step(spv, 3, "true sale: loans isolated in the plan", spv.party, bought)
    _rate(spv)
    step(spv, 6, "notes issued and paid for", terms.manager, terms.face_fen)
    step(spv, 7, "originator receives the price of the loans", terms.originator, price_fen(terms, bought))
    if not scripted(spv):
        step(spv, 7, "loans pass to the plan against payment", spv.party, bought)
    step(spv, 8, "follow-up management begins", terms.manager, 0)
    spv.place.announce(
        terms.manager, "issue", f"{spv.name}: {terms.face_fen} fen of notes issued, first pool {bought} fen"
    )


def _fund_reserve(spv: Spv) -> None:
    """The initial reserve: out of the proceeds, or paid in by the originator as a cost of the sale."""
    terms, ledger = spv.terms, spv.place.ledger
    if terms.reserve is None or terms.initial_reserve_fen == 0:
        return
    if terms.reserve.funded_by == "proceeds":
        ledger.pay(
            spv.account("principal"), spv.account("reserve"), terms.initial_reserve_fen, Code.TRANSFER, deal=spv.name
        )
    else:
        spv.originator.must_pay(terms.initial_reserve_fen)
        ledger.pay(terms.originator, spv.account("reserve"), terms.initial_reserve_fen, Code.COST, deal=spv.name)


def _buy_first_pool(spv: Spv) -> int:
    """Draw the first pool over the whole book, so that every due day and vintage is there."""
    lender = spv.originator
    want = affordable_principal_fen(spv.terms, spv.cash("principal"))
    book = spv.place.books[lender.name]
    bought = book.sell(
        spv.place.day, lender.party, [spv_purchases.order(spv, want, 0)], screening_error_ppm=0, whole_book=True
    )[0]
    spv_purchases.pay_for(spv, bought, lender.party)
    spv.memory["initial_loans"] = bought.loans
    if bought.principal_fen * 1_000_000 < want * POOL_SHORT_PPM:
        spv.place.note_event(
            deal=spv.name,
            institution=spv.party,
            family="audit",
            event="first_pool_short",
            detail=f"{bought.principal_fen} fen of eligible loans found for {want} fen",
            effect="the rest of the proceeds waits as idle cash, loss of its carry",
        )
    return bought.principal_fen


def _enhance(spv: Spv) -> None:
    """Step 4: support by subordination, and the deficiency payer's promise as a commitment on the ledger."""
    terms, ledger = spv.terms, spv.place.ledger
    if terms.guarantor is not None:
        ledger.commit(ledger.claim(Kind.GUARANTEE, spv.party, terms.guarantor, deal=spv.name), terms.support_limit_fen)
    if scripted(spv):
        what = "credit enhancement: subordination, excess spread" + (", deficiency payer" if terms.guarantor else "")
        step(spv, 4, what, terms.originator, terms.tranche_face_fen(terms.residual))


def _rate(spv: Spv) -> None:
    """Step 5: the agency, or both where two were mandated, publishes the ratings the notes were sold with."""
    support = dict(spv.tranche_support())
    for agency in spv.place.agencies.values():
        if agency.party == spv.terms.agency or agency.mandated(spv.name):
            for tranche in spv.terms.seniors:
                agency.rate_at_issue(spv.name, tranche, spv.terms.tranches[tranche].rating, support[tranche])
            if scripted(spv):
                step(spv, 5, "ratings assigned", agency.party, 0)


def current_rating(spv: Spv, tranche: str) -> str:
    """The rating in force: the last word of the agency, of two the stricter; before issue, that of the terms."""
    name = f"{spv.name}/{tranche}"
    said = [letter for agency in spv.place.agencies.values() if (letter := agency.letters.get(name))]
    if len(said) == 1:
        return said[0]
    return max(said, key=notch, default=spv.terms.tranches[tranche].rating)


# -- the end ---------------------------------------------------------------------------------------------------------


def fair_value_fen(spv: Spv) -> int:
    """Value of the pool as its buyer sees it: principal by days past due less the expected loss of each bucket."""
    by_bucket = by_days_past_due(spv.originator.book.stocks(spv.party))
    return sum(
        fen * (1_000_000 - ppm) // 1_000_000
        for fen, ppm in zip(by_bucket, spv.originator.terms.provision_ppm, strict=True)
    )


def call_or_wind_up(spv: Spv, when: PaymentDate, phase: Phase) -> bool:
    """Whether today is the plan's last payment date; if so the originator buys what is left of the pool first.

    It ends when the seniors can be repaid out of today's cash, when the originator calls a pool that has become small
    and its price repays them, or at legal maturity. A call is an option: who lacks the means leaves it.
    """
    if phase is Phase.REVOLVING:
        return False
    price = fair_value_fen(spv)
    last = spv.place.day >= spv.schedule.legal_maturity or spv_servicing.nothing_to_wait_for(spv)
    if not last and not _repays_seniors(spv, when, phase, 0):
        call = spv.terms.clean_up_call_bp
        small = call is not None and spv.pool_fen() * BP <= call * spv.memory["initial_pool"]
        if not small or not _repays_seniors(spv, when, phase, price):
            return False
    buys = not spv.originator.failed and originator_funds.has_means(spv.originator, price)
    if not buys and not last:
        return False  # nobody is there to buy the rest: the pool runs off for the residual tranche
    if not buys:  # an estate buys nothing, and no lender is bound to buy beyond its means
        _sell_pool(spv, BUYERS_OF_DISTRESS, price * spv.place.administrator.terms.rest_price_ppm // 1_000_000)
    else:
        _sell_pool(spv, spv.originator.party, price)
    spv_collections.settle_with_servicer(spv)
    return True


def _repays_seniors(spv: Spv, when: PaymentDate, phase: Phase, extra_fen: int) -> bool:
    before = spv_payments.position(spv, when, phase, is_final=False, extra_principal_fen=extra_fen)
    at_hand = before.income_fen + before.principal_fen + before.reserve_fen + before.spread_fen + before.support_fen
    if at_hand < sum(before.tranches[name].outstanding_fen for name in spv.terms.seniors):
        return False  # whatever the order of payment
    trial = distribute(spv.terms, before)
    return all(trial.tranches[name].outstanding_fen == 0 for name in spv.terms.seniors)


def _sell_pool(spv: Spv, buyer: str, price: int) -> None:
    """The originator takes over the rest of the pool at its fair value, or, if it has failed, buyers of distressed
    loans at a discount from it; what was written off goes along for nothing."""
    place, lender, ledger = spv.place, spv.originator, spv.place.ledger
    claim = lender.loan_claim(spv.party)
    principal, fees = ledger.nominal(claim), ledger.accrued(claim)
    place.books[lender.name].hand_over(place.day, spv.party, buyer)
    if principal or fees:
        if buyer == lender.party:
            lender.must_pay(price)
        price = min(price, ledger.cash(buyer))
        sell = ledger.assign if buyer == lender.party else ledger.sell_forced
        bought = sell(claim, buyer, principal, price, accrued_fen=fees, payee=spv.account("principal"))
        if buyer == lender.party:
            # The discount is the expected loss of these loans: the buyer carries it as their allowance.
            discount = principal + fees - price
            ledger.mark(bought, ledger.marked(bought) + discount)
            ledger.provide(bought, discount)
    elif ledger.marked(claim):
        ledger.mark(claim, 0)  # the last loan was written off: nothing is left to be worth less than par
    spv_servicing.give_up_written_off(spv, buyer)
    place.announce(buyer, "clean-up", f"takes over the rest of {spv.name}: {principal} fen at {price} fen")


def liquidate(spv: Spv) -> None:
    """After the last payment: what the notes did not get is gone, promises end, accounts close (PRC01 step 9)."""
    ledger, terms = spv.place.ledger, spv.terms
    for tranche in reversed(terms.ranked):
        spv_notes.write_down(spv, tranche)
    if terms.guarantor is not None:
        ledger.commit(ledger.claim(Kind.GUARANTEE, spv.party, terms.guarantor, deal=spv.name), 0)
    spv.become(ended=True)
    step(spv, 9, "plan liquidated", spv.manager, 0)
    spv.place.announce(spv.manager, "liquidation", f"{spv.name} is liquidated")
    ledger.free(spv.name)
