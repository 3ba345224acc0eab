"""What a plan buys while it revolves: how much its cash affords, its order for the book, and the settlement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.agents import spv_collections, spv_payments
from sim.credit.selling import Bought, Offer
from sim.credit.terms import CLASSES
from sim.deals.purchase import affordable_principal_fen, budget_fen, price_fen
from sim.ledger import Code
from sim.regulation.market_rules import is_purchase_day

if TYPE_CHECKING:
    from sim.agents.plan_manager import Review
    from sim.agents.spv import Spv
    from sim.credit.loan_book import LoanBook
    from sim.deals.eligibility import EligibilityTerms
    from sim.deals.payment_calendar import PaymentDate

MONTH_DAYS = 30


def buys_today(spv: Spv) -> bool:
    """Whether it may buy today: revolving, on its frequency, and not on the day it pays."""
    day = spv.place.day
    if not spv.active or day > spv.schedule.revolving_end or spv.schedule.on(day) is not None:
        return False
    if spv.originator.failed:
        return False
    return is_purchase_day(day, spv.terms.purchase.frequency)


def offer_fen(spv: Spv) -> int:
    """Principal it asks to buy: what its cash of this morning affords, less what payment dates ahead still lack.

    A plan counts on nothing it has not collected: money spent on loans cannot be called back for notes.
    """
    upcoming = spv.schedule.next_after(spv.place.day)
    budget = budget_fen(
        spv.terms,
        principal_fen=spv.cash("principal") - spv.memory["arrived_today"]["principal"],
        income_fen=max(0, spv.cash("income") - spv_collections.kept_for_next_date(spv, "income")),
        principal_needed_fen=0 if upcoming is None else _lacking_after(spv, upcoming),
        income_needed_fen=0 if upcoming is None else spv_payments.interest_and_fees_due(spv, upcoming),
    )
    at_hand = spv.cash("principal") + (spv.cash("income") if spv.terms.purchase.uses_income else 0)
    return affordable_principal_fen(spv.terms, min(budget, at_hand))


def _lacking_after(spv: Spv, upcoming: PaymentDate) -> int:
    """What the date after the next one lacks beyond the income collected for it: from the calculation day on, what
    comes in is that date's alone."""
    following = spv.schedule.next_after(upcoming.pay_day)
    if following is None or spv.place.day <= upcoming.collections_to:
        return 0
    due = spv_payments.due_whatever_comes_in(spv, following)
    return max(0, due - spv_collections.kept_for_next_date(spv, "income"))


def order(spv: Spv, fen: int, error_ppm: int) -> Offer:
    """Its order for the book: amount, criteria, and the chance that review lets a bad loan pass."""
    criteria, book = spv.terms.eligibility, spv.place.books[spv.originator.name]
    if spv.known_criteria is None:
        spv.known_criteria = _classes_and_plans(criteria, book.catalogue.names)
    limits = _limits(criteria, longest_months(spv))
    return Offer(book.code_of(spv.party), fen, limits, *spv.known_criteria, error_ppm)


def wanted(book: LoanBook, criteria: EligibilityTerms, months: int, fen: int) -> Offer:
    """What a plan to be, of so many months, would ask of a book."""
    return Offer(
        0, fen, _limits(criteria, _longest(criteria, months)), *_classes_and_plans(criteria, book.catalogue.names)
    )


def _limits(criteria: EligibilityTerms, longest: int) -> tuple[int, ...]:
    """Bounds of what it accepts, in the order of the kernel's indices."""
    return (
        criteria.max_missed_cycles, criteria.min_remaining_months, longest,
        criteria.min_owed_fen, criteria.max_owed_fen, criteria.min_age_days,
    )  # fmt: skip


def _classes_and_plans(
    criteria: EligibilityTerms, products: Sequence[str]
) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Score classes and payment plans that it accepts, as an offer tells the book of them."""
    class_ok = tuple(not criteria.score_classes or k in criteria.score_classes for k in CLASSES)
    plan_ok = tuple(not criteria.products or n in criteria.products for n in products for _ in range(6))
    return class_ok, plan_ok


def longest_months(spv: Spv) -> int:
    """The longest remaining term it may buy today."""
    return _longest(spv.terms.eligibility, (spv.schedule.expected_maturity - spv.place.day) // MONTH_DAYS)


def _longest(criteria: EligibilityTerms, months: int) -> int:
    """As the criteria say and, where they want it, no longer than the `months` until the notes are due."""
    if not criteria.matures_within_plan:
        return criteria.max_remaining_months
    return max(criteria.min_remaining_months, min(criteria.max_remaining_months, months))


def pay_for(spv: Spv, bought: Bought, payee: str) -> int:
    """The custodian settles a purchase against the principal account; returns the price."""
    ledger, lender = spv.place.ledger, spv.originator
    # Arrears of fees come only with loans bought in error, and nobody pays for them.
    price = price_fen(spv.terms, bought.principal_fen)
    if bought.principal_fen:
        lacking = max(0, price - spv.cash("principal"))  # income buys too where the terms say so
        ledger.pay(spv.account("income"), spv.account("principal"), lacking, Code.TRANSFER, deal=spv.name)
        ledger.assign(
            lender.loan_claim(lender.party), spv.party, bought.principal_fen, price,
            accrued_fen=bought.fees_fen, allowance_fen=lender.provided_for_current(bought.principal_fen),
            payer=spv.account("principal"), payee=payee,
        )  # fmt: skip
    return price


def settle(spv: Spv, bought: Bought, review: Review) -> None:
    """Settle what was reviewed and record the day's purchase."""
    principal = spv.cash("principal")
    price = pay_for(spv, bought, spv.originator.party)
    # A purchase spends what came in last: cash set aside for the coming date, of its own period, stays for it.
    after = spv.memory["after_calculation"]
    after["principal"] = max(0, after["principal"] - price)
    for counts in (spv.memory["period"], spv.memory["life"]):
        counts["purchased"] += bought.principal_fen
    if bought.principal_fen:
        spv.memory["last_purchase"] = spv.place.day
    row = {
        "requested_fen": review.requested_fen, "reviewed_fen": review.reviewed_fen,
        "settled_fen": bought.principal_fen, "price_fen": price, "loans": bought.loans,
        "ineligible_found_fen": bought.ineligible_found_fen, "ineligible_bought_fen": bought.ineligible_bought_fen,
        "backlog_fen": review.requested_fen - review.reviewed_fen, "staff_load_ppm": review.load_ppm,
        "error_ppm": review.error_ppm, "days": 1,
    }  # fmt: skip
    if spv.place.monthly_pools:
        sums = spv.memory["unshown_purchases"]
        for name, value in row.items():
            sums[name] = sums.get(name, 0) + value
    else:
        spv.place.recorder.add(
            "purchases", date=spv.place.day, deal=spv.name, cash_available_fen=max(principal, price),
            idle_cash_fen=spv.cash("principal"), **row,
        )  # fmt: skip


def show(spv: Spv) -> None:
    """One row for all purchases since the last: amounts added up, load and error averaged, cash as it stands."""
    sums = spv.memory["unshown_purchases"]
    if not sums:
        return
    idle = 0 if spv.ended else spv.cash("principal")
    means = {name: sums.pop(name) // sums["days"] for name in ("staff_load_ppm", "error_ppm")}
    spv.place.recorder.add(
        "purchases", date=spv.place.day, deal=spv.name, cash_available_fen=idle + sums["price_fen"],
        idle_cash_fen=idle, **sums, **means,
    )  # fmt: skip
    spv.memory["unshown_purchases"] = {}
