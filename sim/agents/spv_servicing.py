"""When a plan's seller and servicer fails: isolation holds or not, another servicer comes, claims on the estate remain.

If the sale was a true one the loans stay the plan's: it stops buying, and borrowers go on paying the failed servicer's
account (commingled: an unsecured claim) until they have been told and the backup servicer collects. If it was not, the
loans fall into the seller's estate and the plan has a claim of recourse: the failure reaches the tranches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents import spv_collections
from sim.agents.market_place import HOUSEHOLDS
from sim.calendar import BANK
from sim.ledger import Code, Kind, State

if TYPE_CHECKING:
    from sim.agents.spv import Spv

ON_ESTATE = (Kind.COLLECTED, Kind.RECOURSE)
"""What a plan can be owed by a servicer or seller."""


def in_order() -> dict[str, Any]:
    """What a plan remembers of its servicing before anything has happened."""
    return {
        "failed_on": None, "revolving_ended_on": None, "taken_over_on": None, "loans_lost": False, "cost_due_fen": 0,
    }  # fmt: skip


def is_disturbed(spv: Spv) -> bool:
    """Whether the seller has failed, so that `look` may have something to do."""
    memory = spv.memory["servicing"]
    return spv.originator.failed or memory["failed_on"] is not None or memory["cost_due_fen"] > 0


def look(spv: Spv) -> None:
    """Hour REMIT, every day: has the seller failed, and is it the day on which another servicer takes over?"""
    memory = spv.memory["servicing"]
    if memory["failed_on"] is None:
        if spv.originator.failed:
            _seller_failed(spv)
    elif memory["taken_over_on"] is None and spv.terms.backup_servicer is not None and not memory["loans_lost"]:
        due = memory["failed_on"] + spv.terms.servicing_transfer_days
        if spv.place.day >= due and BANK.is_open(spv.place.day):
            _take_over(spv, spv.terms.backup_servicer)
    if memory["cost_due_fen"]:
        _pay_transfer(spv, spv.terms.backup_servicer or spv.manager)


def _seller_failed(spv: Spv) -> None:
    memory, day = spv.memory["servicing"], spv.place.day
    memory["failed_on"] = day
    if day <= spv.schedule.revolving_end:
        memory["revolving_ended_on"] = day
        spv.become(amortising_from=day)
    if spv.terms.true_sale:
        backup = spv.terms.backup_servicer
        then = (
            "nobody else collects"
            if backup is None
            else f"{backup} collects in {spv.terms.servicing_transfer_days} days"
        )
        _note(spv, "servicer_failed", f"the loans stay the plan's; {then}", "end_revolving")
    else:
        _lose_loans(spv)


def _lose_loans(spv: Spv) -> None:
    """No true sale: the pool goes back to the seller's estate, and what it stood for becomes a claim of recourse."""
    place, lender, ledger = spv.place, spv.originator, spv.place.ledger
    claim = lender.loan_claim(spv.party)
    principal, fees = place.books[lender.name].hand_over(place.day, spv.party, lender.party)
    ledger.sell_on_recourse(claim, lender.party, principal, accrued_fen=fees, deal=spv.name)
    give_up_written_off(spv, lender.party)
    spv.memory["servicing"]["loans_lost"] = True
    _note(
        spv,
        "true_sale_fails",
        f"{principal + fees} fen of loans fall into the estate of {lender.party}",
        "end_revolving",
    )


def give_up_written_off(spv: Spv, taker: str) -> None:
    """Loans written off go for nothing to who takes over the pool; with them, recoveries to come."""
    ledger = spv.place.ledger
    gone = ledger.claim(Kind.LOAN, spv.party, HOUSEHOLDS, deal=spv.originator.name, state=State.WRITTEN_OFF)
    if ledger.nominal(gone):
        ledger.assign(gone, taker, ledger.nominal(gone), 0, payee=spv.account("principal"))


def _take_over(spv: Spv, backup: str) -> None:
    """Borrowers have been told: they pay the plan's own accounts; the transfer has its price."""
    memory, ledger = spv.memory, spv.place.ledger
    memory["servicing"]["taken_over_on"] = spv.place.day
    memory["servicing"]["cost_due_fen"] = spv.pool_fen() * spv.terms.servicing_transfer_cost_ppm // 1_000_000
    spv.become(perfected=True)
    stuck = sum(ledger.nominal(claim) for claim in claims_on(spv, spv.originator.party))
    _note(spv, "servicing_transferred", f"{backup} collects; {stuck} fen stay with the estate", "dismiss_servicer")


def leave_estate(spv: Spv) -> None:
    """The estate of its servicer is closed: at the latest now borrowers pay the plan, and another collects for it."""
    if spv.memory["servicing"]["taken_over_on"] is None and not spv.memory["servicing"]["loans_lost"]:
        _take_over(spv, spv.terms.backup_servicer or spv.manager)


def _pay_transfer(spv: Spv, backup: str) -> None:
    """The new servicer is paid for the transfer as cash comes in, income first, before anybody else."""
    memory = spv.memory["servicing"]
    for which in ("income", "principal"):
        paid = min(memory["cost_due_fen"], spv.cash(which))
        spv.place.ledger.pay(spv.account(which), backup, paid, Code.FEE, deal=spv.name)
        memory["cost_due_fen"] -= paid


def _note(spv: Spv, event: str, detail: str, effect: str) -> None:
    spv.place.note_event(
        deal=spv.name, institution=spv.party, family="servicer_dismissal", event=event, detail=detail, effect=effect
    )
    spv.place.announce(spv.manager, "servicer_dismissal", f"{spv.name}: {event}: {detail}")


def payee_of(spv: Spv, payee: str) -> str:
    """Who gets what the waterfall gives a party: the servicer's fees are its successor's once that collects, and the
    manager's its successor's."""
    if payee == spv.terms.manager:
        return spv.manager
    gone = spv.memory["servicing"]["taken_over_on"] is not None and payee == spv.terms.servicer_id
    return (spv.terms.backup_servicer or spv.manager) if gone else payee


# -- the estate ------------------------------------------------------------------------------------------------------


def claims_on(spv: Spv, party: str) -> list[int]:
    """The ledger's rows of what a party owes the plan: cash it collected and kept, and recourse for lost loans."""
    ledger = spv.place.ledger
    rows = [row for kind in ON_ESTATE for row in ledger.claims_of(kind, creditor=spv.party, debtor=party)]
    return [row for row in rows if ledger.nominal(row)]


def take_dividend(spv: Spv, claim: int, fen: int, payer: str) -> None:
    """The estate pays `fen` of a claim: principal of the plan, to be paid out on its next date."""
    ledger = spv.place.ledger
    if ledger.key(claim).kind is Kind.COLLECTED:
        ledger.remit(claim, fen, payer, spv.account("principal"))
        _less_at_servicer(spv, fen)
    else:
        ledger.repay(claim, fen, payer=payer, payee=spv.account("principal"))
    spv_collections.note_recovery(spv, fen)


def write_off_claim(spv: Spv, claim: int, cause: str, fen: int) -> None:
    """What the estate will not pay of a claim is lost, and so a cause of what the notes lose at the end."""
    ledger = spv.place.ledger
    if ledger.key(claim).kind is Kind.COLLECTED:
        _less_at_servicer(spv, fen)
    ledger.write_down(claim, fen, cause=cause)


def _less_at_servicer(spv: Spv, fen: int) -> None:
    """What is paid or lost of the cash at the servicer is no longer counted there, oldest first, principal first."""
    for where in ("at_servicer", "collected_today"):
        for part in ("principal", "income"):
            gone = min(fen, spv.memory[where][part])
            spv.memory[where][part] -= gone
            fen -= gone


def nothing_to_wait_for(spv: Spv) -> bool:
    """Nothing is left to collect: no loans (or they were lost with the seller), no claim on an estate, no cash. What a
    guarantor promised falls due then with the notes. Recoveries of loans written off are waited for as long as they
    come in."""
    if spv.memory["servicing"]["loans_lost"]:
        return not claims_on(spv, spv.originator.party)
    return not (spv.pool_fen() or spv.cash_total_fen() or claims_on(spv, spv.originator.party))
