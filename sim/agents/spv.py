"""The special plan: it owns the pool, buys every day while it revolves, and pays by its waterfall.

What it decides is what its terms say; what it sees is its own accounts and its part of the originator's book. This file
is its memory, what others may ask of it, and what it does hour by hour. Collections are in `spv_collections`, purchases
in `spv_purchases`, loans taken back in `spv_buy_backs`, payment dates in `spv_payments`, birth and end in `spv_life`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sim.agents import spv_buy_backs, spv_life, spv_notes, spv_payments, spv_servicing
from sim.agents.institution import Institution
from sim.agents.market_place import MarketPlace
from sim.agents.rating_judgement import support_ppm
from sim.deals.payment_calendar import PaymentDate, PaymentSchedule
from sim.deals.terms import DealTerms
from sim.deals.trigger_watch import CalmWatch, OpenMatters
from sim.ledger import Kind
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.originator import Originator

ACCOUNTS = ("principal", "income", "reserve", "spread")
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
        self.originator: Originator = place.originators[terms.originator.removeprefix("originator:")]
        self.accounts = {which: f"{self.party}/{which}" for which in ACCOUNTS}
        self.ranked = terms.ranked
        self.fees_on_income = [fee.rate_ppm for fee in terms.fees.values() if fee.basis == "income"]
        self._schedules: dict[int | None, PaymentSchedule] = {}  # payment dates, by an early end of revolving
        self.memory: dict[str, Any] = {
            "issued": False, "ended": False, "amortising_from": None, "perfected": False,
            "arrived_today": {"principal": 0, "income": 0},  # not to be spent before tomorrow
            "at_servicer": {"principal": 0, "income": 0},  # collected up to yesterday, not yet remitted
            "collected_today": {"principal": 0, "income": 0},
            "period": dict.fromkeys(FLOW_COUNTS, 0), "life": dict.fromkeys(FLOW_COUNTS, 0),
            "after_calculation": {"principal": 0, "income": 0}, "carry": {}, "taxes": {}, "initial_pool": 0,
            "period_start_pool": 0, "deposit_rest": 0, "remitted": None,
            "register": {},  # face held, by tranche and holder
            "accrued": {},  # interest of the running period, by tranche and holder
            "interest_short_since": None, "last_purchase": None, "triggers": {}, "results": {},
            "servicing": spv_servicing.in_order(), "shown": {}, "unshown_purchases": {}, "initial_loans": 0,
            "manager": terms.manager,
            "pool_history": dict.fromkeys(
                ("days", "receivable", "overdue", "npl", "revolving_receivable", "idle_cash"), 0
            ),
        }  # fmt: skip
        self.forget_derived()

    def become(self, **turns: Any) -> None:
        """Enter in its memory that it is issued or ended, that it amortises from a day, or that its rights are
        perfected: what follows from that is asked for all day, and derived here only."""
        if any(self.memory[name] != turn for name, turn in turns.items()):
            self.memory.update(turns)
            self._take_stock_of_itself()

    def _take_stock_of_itself(self) -> None:
        memory, early = self.memory, self.memory["amortising_from"]
        self.issued: bool = memory["issued"]
        self.ended: bool = memory["ended"]  # liquidated
        self.active = self.issued and not self.ended
        # Whether collections go to the servicer's own account: by the terms, until rights are perfected.
        self.commingled: bool = self.terms.remittance.commingled and not memory["perfected"]
        if early not in self._schedules:
            self._schedules[early] = self.terms.schedule(amortising_from=early)
        self.schedule = self._schedules[early]
        self.place.forget_plan_lists()

    def forget_derived(self) -> None:
        """Drop what it has become, the next date's needs, sums of notes, open triggers, and rows of the ledger."""
        self._take_stock_of_itself()
        self.known_due: dict[PaymentDate, int] = {}  # see spv_payments.due_whatever_comes_in
        self.forget_outstanding()
        # Of its triggers, on any day and on calm ones; None once a test was recorded.
        self.known_matters: tuple[OpenMatters, CalmWatch] | None = None
        self.known_promise: int | None = None  # see spv_buy_backs.keep_promise
        self.known_criteria: tuple[tuple[bool, ...], tuple[bool, ...]] | None = None  # classes and plans it buys
        self._claims: dict[str, dict[str, int]] = {}  # the ledger's rows of its notes, by class and holder
        self._collected: dict[str, int] = {}  # and of what each servicer has collected

    def forget_outstanding(self) -> None:
        """Notes were placed, repaid, or written down: what is owed on them is added up again when asked for."""
        self._outstanding: dict[str, int] = {}  # by class
        self._notes_fen: int | None = None

    def serve(self, hour: Hour) -> None:
        """What a plan does at an hour of its day; it never waits within one, see `sim.market.plans`."""
        if hour is Hour.OPEN:
            self._open()
        elif hour is Hour.TRADE:
            spv_life.trade(self)
        elif self.active and hour is Hour.REMIT:
            spv_servicing.look(self)
            spv_buy_backs.audit(self)
        elif self.active and hour is Hour.PAY:
            spv_payments.pay(self)
        elif self.active and hour is Hour.RATE:
            spv_notes.accrue_to_date(self, self.place.day + 1)

    # -- views -------------------------------------------------------------------------------------------------------

    def account(self, which: str) -> str:
        """Name of one of its segregated accounts."""
        return self.accounts[which]

    @property
    def custodian(self) -> str:
        """The bank that keeps its accounts today: its terms' one, or where they went when that failed."""
        return self.place.ledger.bank_at[self.accounts["principal"]]

    @property
    def collected_by(self) -> str | None:
        """Who receives its borrowers' money in its own account today; None where that comes to the plan's."""
        return self.terms.servicer_id if self.active and self.commingled else None

    @property
    def manager(self) -> str:
        """Who runs it today: its terms' manager, or the successor of one that failed."""
        return str(self.memory["manager"])

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
        known = self._outstanding.get(tranche)
        if known is None:
            known = self._outstanding[tranche] = sum(spv_notes.nominals(self, tranche).values())
        return known

    def notes_fen(self) -> int:
        """Nominal of all tranches."""
        if self._notes_fen is None:
            self._notes_fen = sum(self.outstanding_fen(tranche) for tranche in self.ranked)
        return self._notes_fen

    def holdings(self, tranche: str) -> dict[str, int]:
        """Holder -> nominal of a tranche owed to it, fen, in the order of the register."""
        return spv_notes.nominals(self, tranche)

    def held_fen(self, tranche: str, holder: str) -> int:
        """Nominal of a tranche owed to one party, fen."""
        held = holder in spv_notes.faces(self, tranche)
        return self.place.ledger.nominal(self.tranche_claim(tranche, holder)) if held else 0

    def transfer_notes(
        self, tranche: str, seller: str, buyer: str, nominal_fen: int, price_fen: int, *, forced: bool = False
    ) -> int:
        """Settle a sale of notes at hour TRADE.

        Interest is brought up to date first; its part goes with the notes and is paid for besides the clean price. The
        buyer carries what it bought at its cost (mark = price - nominal), and the mark unwinds as nominal is repaid.

        Args:
            tranche: class of notes.
            seller: a holder of the register.
            buyer: any other party with an account; it joins the end of the register if it is not in it.
            nominal_fen: nominal still owed on the notes sold.
            price_fen: the clean price of all of them.
            forced: the seller cannot wait: what it loses is a loss and not the result of a sale.

        Returns:
            What the buyer paid, accrued interest included, fen.

        Raises:
            InvariantError: the seller does not hold so much, or the plan is not active; Overdraft: the buyer lacks the
                cash.
        """
        return spv_notes.transfer(self, tranche, seller, buyer, nominal_fen, price_fen, forced=forced)

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
        if self.ended:
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

    def guaranteed_fen(self) -> int:
        """What its deficiency payer can still be called for today; 0 without one, or once it has failed."""
        return spv_payments.support_available(self)

    def arrears_fen(self, tranche: str) -> int:
        """What was due and not paid on the last payment date, what was carried to it included, fen."""
        return int(self.memory["results"].get(tranche, {}).get("arrears", 0))

    # -- the day -----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        memory = self.memory
        memory["arrived_today"] = {"principal": 0, "income": 0}
        held, more = memory["at_servicer"], memory["collected_today"]
        if more["principal"] or more["income"]:
            held["principal"] += more["principal"]
            held["income"] += more["income"]
            memory["collected_today"] = {"principal": 0, "income": 0}
        if self.active:
            spv_buy_backs.keep_promise(self)

    def collection_accounts(self, lender: Originator) -> tuple[str, str]:
        """Where borrowers' income and principal go today: the servicer, or the plan's own accounts."""
        return (
            (lender.party, lender.party) if self.commingled else (self.accounts["income"], self.accounts["principal"])
        )

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
