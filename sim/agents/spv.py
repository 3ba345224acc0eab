"""The special plan: it owns the pool, buys every day while it revolves, and pays by its waterfall.

What it decides is what its terms say; what it sees is its own accounts and its part of the originator's book. This file
is its daily life: collections, remittance, purchases, buy-backs. Payment dates are in `spv_payments`, birth and end in
`spv_life`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sim.agents import originator_support, spv_life, spv_notes, spv_payments, spv_servicing
from sim.agents.institution import Institution
from sim.agents.market_place import MarketPlace
from sim.agents.rating_agency import support_ppm
from sim.calendar import BANK, date_of, day_of, is_month_end
from sim.credit.behaviour import cycles_at
from sim.credit.selling import Bought, Offer
from sim.credit.terms import CLASSES
from sim.deals.fees import tax_fen
from sim.deals.payment_calendar import PaymentDate, PaymentSchedule
from sim.deals.purchase import affordable_principal_fen, budget_fen, price_fen
from sim.deals.terms import DealTerms
from sim.deals.triggers import OpenMatters
from sim.ledger import Code, Kind
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.agents.plan_manager import Review

COUNTED_ON_PPM = 750_000
"""Part of the income expected until the calculation day that a purchase counts on (assumption 600,000-900,000): a
payment date that is short cannot be made good by a purchase given up the day before."""
ACCOUNTS = ("principal", "income", "reserve", "spread")
HELPED_AT = int(cycles_at(60))
"""Missed cycles at which an originator that helps a plan takes a loan back."""
TOLD_BUY_BACK_PPM = 1_000
"""An audit that takes less than this part of a pool out is no event; the table `pools` counts every fen of it."""
FLOW_COUNTS = (
    "principal",
    "income",
    "defaulted",
    "written_off",
    "recovered",
    "purchased",
    "prepaid",
    "bought_back",
    "defaulted_bought_back",
)


class Spv(Institution):
    """One special plan."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.OPEN, Hour.REMIT, Hour.PAY, Hour.TRADE, Hour.RATE)
    kind: ClassVar[str] = "spv"

    def __init__(self, place: MarketPlace, name: str, terms: DealTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
        self.accounts = {which: f"{self.party}/{which}" for which in ACCOUNTS}
        self.ranked = terms.ranked
        self.forget_derived()
        self.memory: dict[str, Any] = {
            "issued": False, "ended": False, "amortising_from": None, "perfected": False,
            "arrived_today": {"principal": 0, "income": 0},  # not to be spent before tomorrow
            "at_servicer": {"principal": 0, "income": 0},  # collected up to yesterday, not yet remitted
            "collected_today": {"principal": 0, "income": 0},
            "period": dict.fromkeys(FLOW_COUNTS, 0), "life": dict.fromkeys(FLOW_COUNTS, 0),
            "after_calculation": {"principal": 0, "income": 0}, "carry": {}, "taxes": {}, "initial_pool": 0,
            "period_start_pool": 0, "income_history": [], "deposit_rest": 0, "remitted": None,
            "register": {},  # face held, by tranche and holder
            "accrued": {},  # interest of the running period, by tranche and holder
            "interest_short_since": None, "last_purchase": None, "triggers": {}, "results": {},
            "servicing": spv_servicing.in_order(), "shown": {}, "unshown_purchases": {}, "initial_loans": 0,
            "pool_history": dict.fromkeys(
                ("days", "receivable", "overdue", "npl", "revolving_receivable", "idle_cash"), 0
            ),
        }  # fmt: skip

    def forget_derived(self) -> None:
        """Drop the next payment date's needs, sums of notes, open triggers, and rows of the ledger."""
        self.known_due: tuple[PaymentDate, int] | None = None  # see spv_payments.interest_and_fees_due
        self.known_outstanding: dict[str, int] = {}  # by class; emptied when notes are placed, repaid, written down
        self.known_matters: OpenMatters | None = None  # of its triggers; None once a test was recorded
        self._claims: dict[str, dict[str, int]] = {}  # the ledger's rows of its notes, by class and holder
        self._collected: dict[str, int] = {}  # and of what each servicer has collected

    def serve(self, hour: Hour) -> None:
        """What a plan does at an hour of its day; it never waits within one, see `sim.market.plans`."""
        if hour is Hour.OPEN:
            self._open()
        elif hour is Hour.TRADE:
            spv_life.trade(self)
        elif self.active and hour is Hour.REMIT:
            spv_servicing.look(self)
            self._audit()
        elif self.active and hour is Hour.PAY:
            spv_payments.pay(self)
        elif self.active and hour is Hour.RATE:
            spv_notes.accrue_to_date(self, self.place.day + 1)

    def stirs(self, hour: Hour) -> bool:
        """Whether there can be anything to do at an hour: notes are issued once, interest is accrued at month ends."""
        if hour is Hour.TRADE:
            return not self.memory["issued"]
        return hour is not Hour.RATE or is_month_end(self.place.day)

    # -- views -------------------------------------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Issued and not yet liquidated."""
        return bool(self.memory["issued"]) and not self.memory["ended"]

    @property
    def ended(self) -> bool:
        """Liquidated."""
        return bool(self.memory["ended"])

    @property
    def originator(self) -> Originator:
        """The seller of its loans."""
        return self.place.originators[self.terms.originator.removeprefix("originator:")]

    @property
    def schedule(self) -> PaymentSchedule:
        """Its payment dates, as events have left them."""
        return self.place.schedule_of(self.name, self.memory["amortising_from"])

    def account(self, which: str) -> str:
        """Name of one of its segregated accounts."""
        return self.accounts[which]

    @property
    def custodian(self) -> str:
        """The bank that keeps its accounts today: its terms' one, or where they went when that failed."""
        return self.place.ledger.bank_at[self.account("principal")]

    def cash(self, which: str) -> int:
        """Cash in one of its accounts, fen."""
        return self.place.ledger.cash(self.accounts[which])

    def tranche_claim(self, tranche: str, holder: str) -> int:
        """The ledger's row of one holder's notes; its number stays until the plan has ended."""
        claims = self._claims.setdefault(tranche, {})
        claim = claims.get(holder)
        if claim is None:
            rank = self.terms.tranches[tranche].rank
            claim = claims[holder] = self.place.ledger.claim(
                Kind.TRANCHE, holder, self.party, deal=self.name, rank=rank
            )
        return claim

    def collected_claim(self, servicer: Originator) -> int:
        """The ledger's row of what a servicer has collected and not passed on."""
        claim = self._collected.get(servicer.name)
        if claim is None:
            claim = self.place.ledger.claim(Kind.COLLECTED, self.party, servicer.party, deal=servicer.name)
            self._collected[servicer.name] = claim
        return claim

    def tranche_claims(self, tranche: str) -> dict[str, int]:
        """The same of all holders of the register, in its order."""
        holders, known = spv_notes.faces(self, tranche), self._claims.get(tranche, {})
        if not holders.keys() <= known.keys():
            known = {holder: self.tranche_claim(tranche, holder) for holder in holders}
        return {holder: known[holder] for holder in holders}

    def outstanding_fen(self, tranche: str) -> int:
        """Nominal of a tranche, all holders; what is placed, repaid or written down makes it be added up again."""
        known = self.known_outstanding.get(tranche)
        if known is None:
            known = self.known_outstanding[tranche] = sum(spv_notes.nominals(self, tranche).values())
        return known

    def notes_fen(self) -> int:
        """Nominal of all tranches."""
        return sum(self.outstanding_fen(tranche) for tranche in self.ranked)

    def holdings(self, tranche: str) -> dict[str, int]:
        """Holder -> nominal of a tranche owed to it, fen, in the order of the register."""
        return spv_notes.nominals(self, tranche)

    def held_fen(self, tranche: str, holder: str) -> int:
        """Nominal of a tranche owed to one party, fen."""
        held = holder in spv_notes.faces(self, tranche)
        return self.place.ledger.nominal(self.tranche_claim(tranche, holder)) if held else 0

    def transfer_notes(self, tranche: str, seller: str, buyer: str, nominal_fen: int, price_fen: int) -> int:
        """Settle a sale of notes at hour TRADE.

        Interest is brought up to date first; its part goes with the notes and is paid for besides the clean price. The
        buyer carries what it bought at its cost (mark = price - nominal), and the mark unwinds as nominal is repaid.

        Args:
            tranche: class of notes.
            seller: a holder of the register.
            buyer: any other party with an account; it joins the end of the register if it is not in it.
            nominal_fen: nominal still owed on the notes sold.
            price_fen: the clean price of all of them.

        Returns:
            What the buyer paid, accrued interest included, fen.

        Raises:
            InvariantError: the seller does not hold so much, or the plan is not active; Overdraft: the buyer lacks the
                cash.
        """
        return spv_notes.transfer(self, tranche, seller, buyer, nominal_fen, price_fen)

    def pool_fen(self) -> int:
        """Principal of its loans."""
        return self.place.books[self.originator.name].outstanding_fen(self.party)

    def performing_fen(self) -> int:
        """Principal of loans no more than 90 days past due."""
        return int(self.place.books[self.originator.name].stocks(self.party)[:5].sum())

    def defaulted_fen(self) -> int:
        """Principal that became defaulted since the cut-off date, as its reports say."""
        return int(self.memory["life"]["defaulted"])

    def cash_total_fen(self) -> int:
        """Cash in all its accounts and collected for it by the servicer; nothing once the accounts are closed."""
        if self.memory["ended"]:
            return 0
        held = sum(self.memory["at_servicer"].values()) + sum(self.memory["collected_today"].values())
        held = 0 if self.originator.failed else held  # a claim on an estate is no cash
        return self.place.ledger.cash_in(self.accounts.values()) + int(held)

    def tranche_support(self) -> list[tuple[str, int]]:
        """(tranche, credit support in ppm of assets) of each rated tranche still owed, senior first."""
        if not self.active:
            return []
        assets, claims, out = self.performing_fen() + self.cash_total_fen(), 0, []
        for tranche in self.ranked[:-1]:
            owed = self.outstanding_fen(tranche)
            claims += owed
            if owed:
                out.append((tranche, support_ppm(assets, claims)))
        return out

    def missed_fen(self, tranche: str) -> int:
        """The most that was ever due and not paid on a payment date, fen."""
        return int(self.memory["results"].get(tranche, {}).get("missed", 0))

    # -- the day -----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        memory = self.memory
        memory["arrived_today"] = {"principal": 0, "income": 0}
        for part in ("principal", "income"):
            memory["at_servicer"][part] += memory["collected_today"][part]
        memory["collected_today"] = {"principal": 0, "income": 0}
        if self.active:
            memory["income_history"] = [*memory["income_history"][-27:], 0]
            self._set_buy_back()

    def _set_buy_back(self) -> None:
        """The originator's promise to take back overdue loans holds until its date; its help, while it says so."""
        promise = self.terms.buy_back.overdue
        book = self.place.books[self.originator.name]
        alive = promise is not None and (promise.until is None or self.place.day <= day_of(promise.until))
        at = int(cycles_at(promise.days_past_due)) if promise and alive else 0
        if originator_support.helps(self):
            at = min(at or HELPED_AT, HELPED_AT)
        book.buy_back_at[book.code_of(self.party)] = 0 if self.originator.failed else at

    def commingled(self) -> bool:
        """Whether collections go to the servicer's own account: by the terms, until rights are perfected."""
        return self.terms.remittance.commingled and not self.memory["perfected"]

    def collection_accounts(self, lender: Originator) -> tuple[str, str]:
        """Where borrowers' income and principal go today: the servicer, or the plan's own accounts."""
        return (
            (lender.party, lender.party) if self.commingled() else (self.account("income"), self.account("principal"))
        )

    def take_collections(self, flow: dict[str, int]) -> None:
        """Note the day's collections, posted a moment ago, for the period's accounts and taxes."""
        principal = flow["principal"] + flow["prepaid"] + flow["recovered"]
        income = flow["fee_paid"] + flow["penalty"]
        where = "collected_today" if self.commingled() else "arrived_today"
        self._arrive(where, principal, income)
        for counts in (self.memory["period"], self.memory["life"]):
            counts["principal"] += flow["principal"] + flow["prepaid"]
            counts["income"] += income
            counts["prepaid"] += flow["prepaid"]
            counts["recovered"] += flow["recovered"]
            counts["written_off"] += flow["written_off"]
            counts["defaulted"] += flow["new_default"]
        for name, tax in self.terms.taxes.items():
            due = tax_fen(tax, self.place.day, income)
            self.memory["taxes"][name] = self.memory["taxes"].get(name, 0) + due
        if self.memory["income_history"]:
            self.memory["income_history"][-1] += income

    def _arrive(self, where: str, principal: int, income: int) -> None:
        """Count what was collected: by where it is, and, after a calculation day, as of the next payment date."""
        places = [where]
        upcoming = self.schedule.next_after(self.place.day - 1)
        if upcoming is not None and self.place.day > upcoming.collections_to:
            places.append("after_calculation")
        for place in places:
            self.memory[place]["principal"] += principal
            self.memory[place]["income"] += income

    def kept_for_next_date(self, part: str) -> int:
        """Cash in an account that was collected after the calculation day: what the servicer still holds came last."""
        at_servicer = self.memory["at_servicer"][part] + self.memory["collected_today"][part]
        after: int = self.memory["after_calculation"][part]
        return max(0, after - int(at_servicer))

    def note_buy_back(self, principal: int, price: int, *, defaulted: bool) -> None:
        """Loans the originator took back today; the price is in the principal account."""
        if defaulted:
            self.memory["life"]["defaulted_bought_back"] += principal
        self._arrive("arrived_today", price, 0)
        for counts in (self.memory["period"], self.memory["life"]):
            counts["bought_back"] += principal

    def note_recovery(self, fen: int) -> None:
        """An estate has paid; the cash is in the principal account."""
        self._arrive("arrived_today", fen, 0)
        for counts in (self.memory["period"], self.memory["life"]):
            counts["recovered"] += fen

    def claims_on(self, party: str) -> list[int]:
        """The ledger's rows of what a party owes the plan, other than loans: collected and kept, and recourse."""
        return spv_servicing.claims_on(self, party)

    def take_dividend(self, claim: int, fen: int, payer: str) -> None:
        """An estate pays part of a claim from the account `payer`; it is paid out on the plan's next date."""
        spv_servicing.take_dividend(self, claim, fen, payer)

    def write_off_claim(self, claim: int, cause: str, fen: int) -> None:
        """An estate will not pay `fen` of a claim."""
        spv_servicing.write_off_claim(self, claim, cause, fen)

    def unshown(self) -> dict[str, int]:
        """What the row of its pool tells beside the book: bought and bought back since its last row, defaults, cash."""
        life, shown = self.memory["life"], self.memory["shown"]
        since = {f"{what}_fen": life[what] - shown.get(what, 0) for what in ("purchased", "bought_back")}
        self.memory["shown"] = {what: life[what] for what in ("purchased", "bought_back")}
        return since | {"cumulative_default_fen": life["defaulted"], "cash_fen": self.cash_total_fen()}

    def show_purchases(self) -> None:
        """One row for all purchases since the last: amounts added up, load and error averaged, cash as it stands."""
        sums = self.memory["unshown_purchases"]
        if not sums:
            return
        days, idle = sums.pop("days"), 0 if self.memory["ended"] else self.cash("principal")
        means = {name: sums.pop(name) // days for name in ("staff_load_ppm", "error_ppm")}
        self.place.recorder.add(
            "purchases", date=self.place.day, deal=self.name, cash_available_fen=idle + sums["price_fen"],
            idle_cash_fen=idle, **sums, **means,
        )  # fmt: skip
        self.memory["unshown_purchases"] = {}

    def take_remittance(self, servicer: Originator) -> None:
        """Collections of earlier days come over from the servicer, when the terms say so."""
        if not self.active or not self._remittance_day():
            return
        self._bring_over(servicer, self.memory["at_servicer"])
        # Collections of an ended period are paid out on its date, though they come after its calculation day.
        self.memory["at_servicer"] = {"principal": 0, "income": 0}
        self.memory["remitted"] = self.place.day

    def _bring_over(self, servicer: Originator, held: dict[str, int]) -> None:
        """Remitted at hour REMIT, the collections of earlier days can settle today's purchases."""
        ledger, claim = self.place.ledger, self.collected_claim(servicer)
        servicer.must_pay(sum(held.values()))
        for part in ("principal", "income"):
            ledger.remit(claim, held[part], servicer.party, self.account(part))

    def settle_with_servicer(self) -> None:
        """On the last payment date nothing stays at the servicer: it pays over all it holds, or, failed, what it holds
        is lost."""
        servicer = self.originator
        today, earlier = self.memory["collected_today"], self.memory["at_servicer"]
        held = {part: today[part] + earlier[part] for part in today}
        if servicer.failed:
            claims = self.claims_on(servicer.party)
            lost = [self.place.ledger.nominal(claim) for claim in claims]
            for claim, parts in zip(claims, self.place.ledger.causes_of(servicer.party, lost), strict=True):
                for fen, cause in parts:
                    self.write_off_claim(claim, cause, fen)
        else:
            self._bring_over(servicer, held)
        for where in ("collected_today", "at_servicer"):
            self.memory[where] = {"principal": 0, "income": 0}

    def _remittance_day(self) -> bool:
        terms, day = self.terms.remittance, self.place.day
        if terms.frequency == "daily" or self.memory["perfected"]:
            return True
        month_start = day - date_of(day).day + 1
        return day == BANK.add(month_start - 1, max(1, terms.working_days_after))

    def earn_interest(self, rate_ppm: int) -> None:
        """A day's deposit interest from the custodian, to the income account; fractions of a fen are carried."""
        if not self.active:
            return
        scaled = self.place.ledger.cash_in(self.accounts.values()) * rate_ppm + self.memory["deposit_rest"]
        fen, self.memory["deposit_rest"] = divmod(scaled, 365 * 1_000_000)
        self.place.ledger.pay(self.custodian, self.account("income"), fen, Code.INTEREST, deal=self.name)
        self.memory["period"]["income"] += fen

    # -- purchases ---------------------------------------------------------------------------------------------------

    def buys_today(self) -> bool:
        """Whether it may buy today: revolving, on its frequency, and not on the day it pays."""
        day = self.place.day
        if not self.active or day > self.schedule.revolving_end or self.schedule.on(day) is not None:
            return False
        if self.originator.failed:
            return False
        frequency = self.terms.purchase.frequency
        first = day - (date_of(day).weekday() if frequency == "weekly" else date_of(day).day - 1)
        return frequency == "daily" or BANK.on_or_after(first) == day

    def offer_fen(self) -> int:
        """Principal it asks to buy: what its cash of this morning affords, less what the next payment date is forecast
        to need."""
        upcoming = self.schedule.next_after(self.place.day)
        history = self.memory["income_history"]
        # Only what comes in up to the calculation day can be paid out on that date.
        days = 0 if upcoming is None else max(0, upcoming.collections_to - self.place.day)
        needed = 0 if upcoming is None else spv_payments.interest_and_fees_due(self, upcoming)
        expected = sum(history) // max(1, len(history)) * days * COUNTED_ON_PPM // 1_000_000
        income = max(0, self.cash("income") - self.kept_for_next_date("income"))
        # Income buys only beyond all that the date will ask for; what is still expected spares principal, not income.
        income_needed = needed if income >= needed else max(income, needed - expected)
        budget = budget_fen(
            self.terms,
            principal_fen=self.cash("principal") - self.memory["arrived_today"]["principal"],
            income_fen=income,
            principal_needed_fen=0,
            income_needed_fen=income_needed,
        )
        at_hand = self.cash("principal") + (self.cash("income") if self.terms.purchase.uses_income else 0)
        return affordable_principal_fen(self.terms, min(budget, at_hand))

    def order(self, fen: int, error_ppm: int) -> Offer:
        """Its order for the book: amount, criteria, and the chance that review lets a bad loan pass."""
        criteria, book = self.terms.eligibility, self.place.books[self.originator.name]
        limits = (
            criteria.max_missed_cycles, criteria.min_remaining_months, criteria.max_remaining_months,
            criteria.min_owed_fen, criteria.max_owed_fen, criteria.min_age_days,
        )  # fmt: skip
        class_ok = tuple(not criteria.score_classes or k in criteria.score_classes for k in CLASSES)
        names = book.catalogue.names
        plan_ok = tuple(not criteria.products or n in criteria.products for n in names for _ in range(6))
        return Offer(book.code_of(self.party), fen, limits, class_ok, plan_ok, error_ppm)

    def pay_for(self, bought: Bought, payee: str) -> int:
        """The custodian settles a purchase against the principal account; returns the price."""
        ledger, lender = self.place.ledger, self.originator
        # Arrears of fees come only with loans bought in error, and nobody pays for them.
        price = price_fen(self.terms, bought.principal_fen)
        if bought.principal_fen:
            lacking = max(0, price - self.cash("principal"))  # income buys too where the terms say so
            ledger.pay(self.account("income"), self.account("principal"), lacking, Code.TRANSFER, deal=self.name)
            ledger.assign(
                lender.loan_claim(lender.party), self.party, bought.principal_fen, price,
                accrued_fen=bought.fees_fen, allowance_fen=lender.provided_for_current(bought.principal_fen),
                payer=self.account("principal"), payee=payee,
            )  # fmt: skip
        return price

    def settle_purchase(self, bought: Bought, review: Review) -> None:
        """Settle what was reviewed and record the day's purchase."""
        principal = self.cash("principal")
        price = self.pay_for(bought, self.originator.party)
        # A purchase spends what came in last: cash set aside for the coming date, of its own period, stays for it.
        after = self.memory["after_calculation"]
        after["principal"] = max(0, after["principal"] - price)
        for counts in (self.memory["period"], self.memory["life"]):
            counts["purchased"] += bought.principal_fen
        if bought.principal_fen:
            self.memory["last_purchase"] = self.place.day
        row = {
            "requested_fen": review.requested_fen, "reviewed_fen": review.reviewed_fen,
            "settled_fen": bought.principal_fen, "price_fen": price, "loans": bought.loans,
            "ineligible_found_fen": bought.ineligible_found_fen, "ineligible_bought_fen": bought.ineligible_bought_fen,
            "backlog_fen": review.requested_fen - review.reviewed_fen, "staff_load_ppm": review.load_ppm,
            "error_ppm": review.error_ppm,
        }  # fmt: skip
        if self.place.monthly_pools:
            sums = self.memory["unshown_purchases"]
            for name, value in (row | {"days": 1}).items():
                sums[name] = sums.get(name, 0) + value
        else:
            self.place.recorder.add(
                "purchases", date=self.place.day, deal=self.name, cash_available_fen=max(principal, price),
                idle_cash_fen=self.cash("principal"), **row,
            )  # fmt: skip

    def _audit(self) -> None:
        """First working day of a month: loans found not to meet the criteria are bought back at the unpaid balance."""
        day = self.place.day
        if (
            not self.terms.buy_back.ineligible
            or self.originator.failed
            or BANK.on_or_after(day - date_of(day).day + 1) != day
        ):
            return
        lender = self.originator
        book = self.place.books[lender.name]
        principal, fees = book.hand_over(day, self.party, lender.party, only_ineligible=True)
        if principal == 0:
            return
        lender.must_pay(principal + fees)
        self.place.ledger.assign(
            lender.loan_claim(self.party), lender.party, principal, principal + fees, accrued_fen=fees,
            payer=lender.party, payee=self.account("principal"),
        )  # fmt: skip
        self.note_buy_back(principal, principal + fees, defaulted=False)
        share_ppm = principal * 1_000_000 // max(1, principal + self.pool_fen())
        if share_ppm >= TOLD_BUY_BACK_PPM:
            self.place.note_event(
                deal=self.name, institution=self.party, family="audit", event="ineligible_loans_bought_back",
                detail=f"{principal} fen of loans outside the criteria", measured_ppm=share_ppm,
                threshold_ppm=TOLD_BUY_BACK_PPM, effect="originator pays",
            )  # fmt: skip
