"""The originator: lends, services, sells and buys back, and keeps itself liquid.

It decides, each day: how much of the applications it can fund (hour LEND), what it passes on to the pools it services
(REMIT), how much of its bank line to draw or repay (FUND). What it sees is its own cash, its undrawn line, and the
lending of the last four weeks.
"""

from __future__ import annotations

from typing import ClassVar

from sim.agents import loan_postings
from sim.agents.institution import Institution, Life
from sim.agents.market_place import HOUSEHOLDS, MERCHANTS, SHAREHOLDERS, MarketPlace
from sim.agents.terms import OriginatorTerms
from sim.calendar import BANK, day_of, is_month_end
from sim.credit import spending
from sim.ledger import Code, Kind
from sim.timetable import Hour

HISTORY_DAYS = 28


class Originator(Institution):
    """A lender that sells what it lends and services what it sold."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.OPEN, Hour.LEND, Hour.COLLECT, Hour.REMIT, Hour.FUND, Hour.RATE)
    kind: ClassVar[str] = "originator"

    def __init__(self, place: MarketPlace, name: str, terms: OriginatorTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
        self.memory = {"lent": [], "interest_rest": {}, "failed": False, "joint": {}}

    def act(self, hour: Hour) -> Life:
        """The hours of an originator."""
        if hour is Hour.OPEN:
            self._open()
        elif hour is Hour.LEND:
            self._lend()
        elif hour is Hour.COLLECT:
            self._collect()
        elif hour is Hour.REMIT:
            self._remit()
        elif hour is Hour.FUND:
            self._accrue_interest()
            self._balance_cash()
        elif hour is Hour.RATE:
            self._close_month()
        return
        yield  # a generator by contract, though nothing here waits

    # -- views of the ledger -----------------------------------------------------------------------------------------

    @property
    def failed(self) -> bool:
        """Whether it has stopped working."""
        return bool(self.memory["failed"])

    @property
    def issuer_rating(self) -> str | None:
        """Its own rating today; None if nobody rates it."""
        known = [
            rating for start, rating in sorted(self.terms.issuer_ratings.items()) if day_of(start) <= self.place.day
        ]
        return known[-1] if known else None

    @property
    def cash_fen(self) -> int:
        """Cash in its general account."""
        return self.place.ledger.cash(self.party)

    def loan_claim(self, owner: str) -> int:
        """The ledger's row of loans this lender made that `owner` holds."""
        return self.place.ledger.claim(Kind.LOAN, owner, HOUSEHOLDS, deal=self.name)

    def debt_claim(self, name: str) -> int:
        """The ledger's row of one of its debts."""
        debt = self.terms.debts[name]
        return self.place.ledger.claim(Kind[debt.kind.upper()], debt.lender, self.party, deal=name)

    @property
    def line(self) -> str:
        """Name of the debt that is drawn and repaid day by day."""
        return next(name for name, debt in self.terms.debts.items() if debt.opening_fen is None)

    # -- the day -----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        when = self.terms.fails_on
        if when is not None and not self.failed and self.place.day >= day_of(when):
            self._fail("stress of the scenario")

    def _fail(self, why: str) -> None:
        """It stops working: no more lending, no more remittance; what it holds for others stays with it."""
        self.memory["failed"] = True
        self.place.announce(self.party, "failure", f"stops lending and remitting: {why}")
        self.place.note_event(
            deal="", institution=self.party, family="default", event="originator_failure", detail=why,
            effect="lending and remittance end",
        )  # fmt: skip

    def expected_lending_fen(self) -> int:
        """What it expects to lend today: the mean of four weeks, corrected for the season everybody knows."""
        lent: list[int] = self.memory["lent"]
        if not lent:
            return 0
        spend, day = self.terms.lending.spending, self.place.day
        usual = sum(spending.season_factor(spend, day - k - 1) for k in range(len(lent))) / len(lent)
        return round(sum(lent) / len(lent) * spending.season_factor(spend, day) / usual)

    def _lend(self) -> None:
        if self.failed:
            return
        expected = self.expected_lending_fen()
        self.make_liquid(expected + expected // 4)
        cash = self.cash_fen
        # Rationing: with less cash than a day's lending needs, only a share of sound applications is granted.
        ration = 1_000_000 if cash >= expected else cash * 900_000 // max(1, expected)
        book = self.place.books[self.name]
        total = book.lend(self.place.day, self.place.stress_milli, ration_ppm=ration)
        self.must_pay(total)
        fee = total * self.terms.lending.merchant_fee_ppm // 1_000_000
        for owner in filter(None, book.owners):
            loan_postings.post_lending(self.place, self, owner, book.day_flows(owner)["lent"])
        self.place.ledger.pay(MERCHANTS, self.party, fee, Code.FEE)
        self.memory["lent"] = [*self.memory["lent"][-(HISTORY_DAYS - 1) :], total]

    def make_liquid(self, need_fen: int) -> None:
        """Draw the line as far as a need goes beyond the cash at hand and the commitment allows."""
        missing = need_fen - self.cash_fen
        undrawn = self.place.ledger.undrawn(self.debt_claim(self.line))
        if missing > 0 and undrawn > 0:
            self.place.ledger.draw(self.debt_claim(self.line), min(missing, undrawn))

    def must_pay(self, need_fen: int) -> None:
        """Make sure `need_fen` can be paid now: cash, then the line, and beyond it the shareholder bridges."""
        self.make_liquid(need_fen)
        short = need_fen - self.cash_fen
        if short > 0:
            ledger = self.place.ledger
            ledger.draw(ledger.claim(Kind.SHAREHOLDER_LOAN, SHAREHOLDERS, self.party, deal="bridge"), short)
            self.place.announce(self.party, "liquidity", f"shareholder bridges {short} fen beyond the committed line")

    def _collect(self) -> None:
        self.place.books[self.name].collect(self.place.day, self.party)
        loan_postings.post_collections(self.place, self)

    def _remit(self) -> None:
        if self.failed or not BANK.is_open(self.place.day):
            return
        for spv in self.place.deals.values():
            if spv.terms.servicer_id == self.party:
                spv.take_remittance(self)

    # -- funding -----------------------------------------------------------------------------------------------------

    def _accrue_interest(self) -> None:
        """One day's interest on every debt; the fraction of a fen is carried, so there is no drift. Paid on month
        ends."""
        ledger, rest = self.place.ledger, self.memory["interest_rest"]
        for name, debt in self.terms.debts.items():
            claim = self.debt_claim(name)
            scaled = ledger.nominal(claim) * debt.rate_ppm + rest.get(name, 0)
            fen, rest[name] = divmod(scaled, 365 * 1_000_000)
            ledger.accrue(claim, fen)

    def _balance_cash(self) -> None:
        """Hold a few days of lending in cash; what is beyond repays the line, what is missing is drawn from it."""
        if self.failed:
            return
        lent: list[int] = self.memory["lent"]
        target = self.terms.liquidity_days * (sum(lent) // max(1, len(lent)))
        claim, ledger = self.debt_claim(self.line), self.place.ledger
        excess = self.cash_fen - target
        if excess > 0:
            repaid = min(excess, ledger.nominal(claim))
            if repaid > 0:
                ledger.repay(claim, repaid)
                ledger.commit(claim, max(0, self.terms.debts[self.line].limit_fen - ledger.nominal(claim)))
        else:
            self.make_liquid(target)

    def _close_month(self) -> None:
        """Month end: running costs, interest, and provisions by days past due."""
        if not is_month_end(self.place.day):
            return
        book, ledger = self.place.books[self.name], self.place.ledger
        managed = int(book.stock.sum())
        costs = managed * self.terms.operating_cost_ppm // 12_000_000
        self.must_pay(costs)
        ledger.pay(self.party, MERCHANTS, costs, Code.COST)
        for name in self.terms.debts:
            claim = self.debt_claim(name)
            self.must_pay(ledger.accrued(claim))
            ledger.pay_accrued(claim, ledger.accrued(claim))
        self._pay_guarantors()
        self.provide()
        if ledger.equity(self.party) < 0 and not self.failed:
            self._fail("net assets are below 0 at the month end")

    def _pay_guarantors(self) -> None:
        """The price of each deficiency payer's promise: a rate on the most it can still be called for, monthly."""
        ledger = self.place.ledger
        for spv in self.place.deals.values():
            if spv.originator is self and spv.terms.guarantor is not None:
                guarantor = self.place.guarantors[spv.terms.guarantor.removeprefix("guarantor:")]
                self._reimburse(guarantor.party, spv.name)
                promised = ledger.undrawn(ledger.claim(Kind.GUARANTEE, spv.party, guarantor.party, deal=spv.name))
                fee = promised * guarantor.terms.fee_ppm // 12_000_000
                self.must_pay(fee)
                ledger.pay(self.party, guarantor.party, fee, Code.FEE, deal=spv.name)

    def _reimburse(self, guarantor: str, deal: str) -> None:
        """A deficiency payment is owed back, and paid back at the next month end."""
        ledger = self.place.ledger
        claim = ledger.claim(Kind.REIMBURSEMENT, guarantor, self.party, deal=deal)
        owed = ledger.nominal(claim)
        if owed and not self.failed:
            self.must_pay(owed)
            ledger.repay(claim, owed)

    def provided_for_current(self, fen: int) -> int:
        """The allowance that belongs to loans not past due: it leaves with them when they are sold."""
        return fen * self.terms.provision_ppm[0] // 1_000_000

    def provide(self) -> None:
        """Bring the allowance of own loans to the expected loss by days past due."""
        stocks = self.place.books[self.name].stocks(self.party)
        # Those late within the cycle stand with 1-30 days past due on the date of the balance sheet.
        by_bucket = (int(stocks[0]), int(stocks[1] + stocks[2]), *(int(v) for v in stocks[3:6]), int(stocks[6:].sum()))
        target = sum(fen * ppm // 1_000_000 for fen, ppm in zip(by_bucket, self.terms.provision_ppm, strict=True))
        claim, ledger = self.loan_claim(self.party), self.place.ledger
        ledger.provide(claim, target - ledger.allowance(claim))
