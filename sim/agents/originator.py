"""The originator: lends, services, sells and buys back, and keeps itself liquid.

It decides, each day: how much of the applications it can fund (as hour LEND begins), what it passes on to the pools it
services (REMIT), how much of its lines to draw or repay (FUND). What it sees is its own cash, its undrawn lines, and
the lending of the last four weeks. Once a month it plans (`originator_plan`): growth, funding, prices, whom to admit,
how hard to look.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, ClassVar

from sim.agents import (
    admitting,
    collecting,
    loan_postings,
    originator_market,
    originator_month,
    originator_plan,
    originator_responses,
    spv_collections,
)
from sim.agents import originator_funds as funds
from sim.agents.compliance import may_lend
from sim.agents.institution import Institution, Life
from sim.agents.market_place import HOUSEHOLDS, MarketPlace
from sim.agents.originator_terms import OriginatorTerms
from sim.calendar import BANK, day_of, is_month_end
from sim.credit import spending
from sim.credit.loan_book import LoanBook
from sim.credit.owner_totals import by_days_past_due
from sim.ledger import Kind
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.spv import Spv

HISTORY_DAYS = 28
SEASON_DAYS = 128
"""Days around today whose place in the season it keeps at hand: it looks a month back and a month ahead."""


class Originator(Institution):
    """A lender that sells what it lends and services what it sold."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.OPEN, Hour.LEND, Hour.COLLECT, Hour.REMIT, Hour.FUND, Hour.RATE)
    kind: ClassVar[str] = "originator"

    def __init__(self, place: MarketPlace, name: str, terms: OriginatorTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
        joint = 0 if terms.joint_lending is None else terms.joint_lending.volume_ppm
        self.memory = {
            "lent": [], "interest_rest": {}, "failed": False, "joint": {}, "joint_ppm": joint, "alone_ppm": 0,
            "line_limits": {}, "line_rates": {},
            "run_asked": {}, "helped": [], "month": [], "history": [], "partner_fees": {}, "service_fees": {},
            "tried_elsewhere": {},
            "opening_bridge_fen": 0, "year_start_equity": 0, "capital_raised": 0, "capital_paid_in": 0,
            "cap_limits": {}, "left": False, "losing_months": 0, "responses": [],
            "plan": originator_plan.opening_plan(),
            "offer": {
                "fees": None, "limits": [1_000_000] * 5, "normal_share_ppm": 1_000_000,
                **admitting.opening_record(terms),
            },
            "market": {"waiting": [], "coupon_ppm": {}, "cash_ppm": {}, "issued": {}, "room": {}, "rolled": []},
            "bonds": {"issued": 0, "living": {}}, "collecting": collecting.opening_record(),
        }  # fmt: skip
        self.season = lru_cache(SEASON_DAYS)(partial(spending.season_factor, terms.lending.spending))
        self.forget_derived()

    def forget_derived(self) -> None:
        """Drop the numbers of rows in the ledger: kept because they are asked for many times a day."""
        self.debt_claims: dict[str, int] = {}
        self.all_debt_claims: list[int] = []  # the same in order, and the bridge's
        self.collected_claims: tuple[list[Spv], list[int]] = [], []  # what it owes plans that it collects for
        self._loan_claims: dict[str, int] = {}  # by owner, good until the ledger drops a row
        self._drops = -1
        self.kept_fen = 0  # of the hour of lending

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
            self._fund()
        elif hour is Hour.RATE and is_month_end(self.place.day):
            originator_month.close_month(self)
        return
        yield  # a generator by contract, though nothing here waits

    # -- views of the ledger -----------------------------------------------------------------------------------------

    @property
    def book(self) -> LoanBook:
        """Its loan book: all loans it made and services, whoever owns them."""
        return self.place.books[self.name]

    @property
    def issuer_rating(self) -> str | None:
        """Its own rating today; None if nobody rates it."""
        if not self.terms.issuer_ratings:
            return None
        known = [
            rating for start, rating in sorted(self.terms.issuer_ratings.items()) if day_of(start) <= self.place.day
        ]
        return known[-1] if known else None

    @property
    def shown_history(self) -> list[dict[str, int]]:
        """The months of the managed book that it shows raters and buyers: each is shown once it is closed."""
        return list(self.memory["history"])

    @property
    def cash_fen(self) -> int:
        """Cash in its general account."""
        return self.place.ledger.cash(self.party)

    def plans(self) -> list[Spv]:
        """Its living plans, in the order of founding."""
        return [spv for spv in self.place.plans_of("originator", self.party) if spv.active]

    def loan_claim(self, owner: str) -> int:
        """The ledger's row of loans this lender made that `owner` holds."""
        ledger = self.place.ledger
        if self._drops != ledger.table.drops:
            self._loan_claims, self._drops = {}, ledger.table.drops
        row = self._loan_claims.get(owner)
        if row is None:
            row = self._loan_claims[owner] = ledger.claim(Kind.LOAN, owner, HOUSEHOLDS, deal=self.name)
        return row

    @property
    def line(self) -> str:
        """Name of the debt that balances the opening balance sheet."""
        return next(name for name, debt in self.terms.debts.items() if debt.opening_fen is None)

    # -- the day -----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        when = self.terms.fails_on
        if when is not None and not self.failed and self.place.day >= day_of(when):
            self.fail("stress of the scenario")

    def fail(self, why: str) -> None:
        """It stops working: no more lending, no more remittance; what it holds for others stays with it."""
        self.memory["failed"] = True
        self.place.tell(self.party, "failed", value=True)
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
        day, season = self.place.day, self.season
        usual = sum([season(day - k - 1) for k in range(len(lent))]) / len(lent)
        return round(sum(lent) / len(lent) * season(day) / usual)

    @property
    def lends(self) -> bool:
        """Whether it makes new loans; if not, its members go on applying, and are turned away: what they do next is
        theirs to choose."""
        return not self.failed and may_lend(self)

    def ration_ppm(self) -> int:
        """The hour of lending begins: draw what the day is expected to take; returns the share of sound applications it
        can fund today.

        Less than all if there is less cash than a day's lending needs. All lenders say so before the first of them pays
        anything out: nobody knows what another draws in the same hour.
        """
        planned = int(self.memory["plan"]["ration_ppm"])
        self.book.set_open(self.lends and planned > 0)
        if not self.lends:
            return 0
        expected = self.expected_lending_fen() * self.own_part_ppm() // 1_000_000
        kept = self.kept_fen = funds.kept_fen(self)
        funds.make_liquid(self, expected + expected // 4 + kept)
        cash = funds.free_cash_fen(self, kept)
        ration = 1_000_000 if cash >= expected else max(0, cash) * 900_000 // max(1, expected)
        return min(ration, planned)

    def _lend(self) -> None:
        # All books are waited for, not this one alone: what others refuse may be lent here.
        self.place.lent.wait()
        taken_in, number = self.place.taken_in.of(self.place.day), list(self.place.originators).index(self.name)
        self._count_turned_away(taken_in.tried.get(number, {}))
        if self.lends:
            lent = self.place.lent.of(self.name).and_more(taken_in.lent.get(number))
            self._pay_and_keep(loan_postings.own_part_fen(lent), self.kept_fen)
            loan_postings.post_lending(self.place, self, lent)
            self.memory["lent"] = [*self.memory["lent"][-(HISTORY_DAYS - 1) :], lent.fen]

    def own_part_ppm(self) -> int:
        """The part of new lending that it funds itself, by the shares it lends under."""
        joint = self.terms.joint_lending
        if joint is None:
            return 1_000_000
        volume, alone = self.memory["joint_ppm"], self.memory["alone_ppm"]
        rest: int = 1_000_000 - alone - volume * originator_market.bank_share_bp(self) // 10_000
        return rest

    def lend_with_banks(
        self, joint_ppm: int, weights: dict[str, int], alone_ppm: int = 0, alone_weights: dict[str, int] | None = None
    ) -> None:
        """From now on these shares of new lending are joint with partner banks and made by them alone, each in
        proportion to their weights."""
        jointly = (originator_market.bank_share_bp(self), joint_ppm, weights)
        alone = (loan_postings.WHOLE_BP, alone_ppm, alone_weights or {})
        self.memory["joint_ppm"] = joint_ppm if weights else 0
        self.memory["alone_ppm"] = alone_ppm if alone_weights else 0
        self.book.lend_under(loan_postings.owner_shares(self.party, jointly, alone))

    def can_pay(self, need_fen: int) -> bool:
        """Whether `need_fen` can be paid now; see `originator_funds.can_pay`."""
        return funds.can_pay(self, need_fen)

    def pay_out(self, fen: int) -> None:
        """Borrowers have bought: what that takes beyond cash and lines is bridged; lending waits until it is repaid.
        What the month has cost so far is not touched, or a day of many purchases would leave nothing for its end."""
        self._pay_and_keep(fen, funds.kept_fen(self))

    def _pay_and_keep(self, fen: int, kept: int) -> None:
        need = fen + kept
        funds.make_liquid(self, need)
        short = need - self.cash_fen
        if short > 0:
            funds.bridge(self, short)

    def must_pay(self, need_fen: int) -> None:
        """Make sure `need_fen` can be paid now: cash, then the lines, and beyond them the shareholders' bridge."""
        if not funds.can_pay(self, need_fen):
            # The payment is under way (borrowers have bought, a pool was sold): shareholders honour it, once.
            if not self.failed:
                self.fail("its lines and its shareholders cannot cover what it must pay today")
            funds.bridge(self, need_fen - self.cash_fen)

    def _count_turned_away(self, tried: dict[int | None, tuple[int, int]]) -> None:
        """Add what was refused here today and applied for at other lenders to the month ("" = no account had room)."""
        lenders, month = list(self.place.originators.values()), self.memory["tried_elsewhere"]
        for other, (applied, lent) in tried.items():
            sums = month.setdefault("" if other is None else lenders[other].party, [0, 0])
            sums[0] += applied
            sums[1] += lent

    def count_rolled_over(self, fen: int) -> None:
        """Cash drawn here at the hour of collection, to pay another lender: paid out like the rest of the day's
        lending."""
        self.must_pay(fen)
        self.memory["lent"][-1] += fen

    def _collect(self) -> None:
        collected = self.place.collected.of(self.name)
        loan_postings.post_rollovers(self.place, collected)
        loan_postings.post_collections(self.place, self, collected)

    def _remit(self) -> None:
        originator_month.count_day(self)
        if self.failed or not BANK.is_open(self.place.day):
            return
        for spv in self.place.plans_of("servicer_id", self.party):
            spv_collections.take_remittance(spv, self)

    # -- funding -----------------------------------------------------------------------------------------------------

    def _fund(self) -> None:
        if self.failed:
            return  # debts of an estate bear no interest
        funds.lose_lines_that_run(self)
        originator_responses.leave_with_lenders(self)
        funds.accrue_interest(self)
        originator_plan.act_on_the_day(self)
        funds.balance_cash(self)

    # -- what it has set aside ---------------------------------------------------------------------------------------

    def provided_for_current(self, fen: int) -> int:
        """The allowance that belongs to loans not past due: it leaves with them when they are sold."""
        return fen * self.terms.provision_ppm[0] // 1_000_000

    def provide(self) -> None:
        """Bring the allowance of own loans to the expected loss by days past due."""
        by_bucket = by_days_past_due(self.book.stocks(self.party))
        target = sum(fen * ppm // 1_000_000 for fen, ppm in zip(by_bucket, self.terms.provision_ppm, strict=True))
        claim, ledger = self.loan_claim(self.party), self.place.ledger
        ledger.provide(claim, target - ledger.allowance(claim))
