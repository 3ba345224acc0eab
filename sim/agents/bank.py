"""Banks: they hold everybody's deposits, keep deals' segregated accounts, and lend on committed lines.

A `Bank` does no more than that. A `CommercialBank` has a whole balance sheet: its months are in `bank_month` and
`bank_credit`, its offers in `bank_offers`, its days in `money_market`, its end in `bank_failure`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sim.agents import spv_collections
from sim.agents.bank_accounts import BUFFER_PPM, GENERAL, MILLION, Position, plain, positions
from sim.agents.bank_terms import BankBalanceTerms
from sim.agents.institution import Institution, Life
from sim.agents.issuance_terms import OTHER_SUPPLY
from sim.agents.market_place import MERCHANTS, SHAREHOLDERS, MarketPlace
from sim.agents.terms import BankTerms
from sim.calendar import date_of
from sim.ledger import Kind
from sim.markets.bank_capital import slack_ppm
from sim.timetable import Hour


class Bank(Institution):
    """A deposit bank. At month ends it pays interest on the segregated accounts it keeps."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.FUND,)
    kind: ClassVar[str] = "bank"

    def __init__(self, place: MarketPlace, name: str, terms: BankTerms) -> None:
        super().__init__(place, name)
        self.terms = terms

    def make_liquid(self, fen: int) -> bool:
        """Whether it can pay `fen` to other banks now: it has no way of its own to raise reserves."""
        return self.place.ledger.cash(self.party) >= fen

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """Credit a day's interest to every deal account kept here; the fraction of a fen is carried."""
        for spv in self.place.plans_of("custodian", self.party):
            if spv.active:
                spv_collections.earn_interest(spv, self.terms.deposit_rate_ppm)
        return
        yield


class CommercialBank(Bank):
    """A bank with a whole balance sheet. The money market wakes it, with all others, where something moves."""

    hours: ClassVar[tuple[Hour, ...]] = ()

    def __init__(self, place: MarketPlace, name: str, terms: BankTerms) -> None:
        super().__init__(place, name, terms)
        if terms.balance is None:
            raise TypeError(f"bank {name}: a commercial bank needs balance terms")
        self.balance: BankBalanceTerms = terms.balance
        self.memory: dict[str, Any] = {
            "failed": False, "bridge": False, "npl_fen": 0, "joint_fen": 0, "joint_npl_fen": 0,
            "equity_fen": 0, "profit_fen": 0, "year_profit_fen": 0, "months": 0,
            "size_fen": terms.balance.assets_fen, "loans_ppm": 0, "required_fen": 0, "target_fen": 0,
            "emergency_fen": 0, "short_months": 0,
            "risk_ppm": 500_000, "monitoring_ppm": 200_000, "securitised_ppm": 0, "comes_back_ppm": 0,
            "state_ppm": MILLION, "last": {}, "reserve_days": [0, 0], "offered": {},
            "for_sale_fen": 0, "distance_ppm": 0, "capital_due": {}, "capital_ordered": {}, "earnings_fen": 0,
            "bond_spread_ppm": {}, "joint_held": {}, "years_ahead_milli": 0, "profits": [], "stake_ppm": 0,
            "spare_ppm": 0, "opening_spare_ppm": 0, "usual_spare_ppm": 0,
        }  # fmt: skip

    # -- views -------------------------------------------------------------------------------------------------------

    @property
    def bridge(self) -> bool:
        """Whether it failed and is kept open by the state."""
        return bool(self.memory["bridge"])

    @property
    def works(self) -> bool:
        """Whether it keeps accounts, pays and is paid."""
        return self.bridge or not self.failed

    @property
    def minimum_ppm(self) -> int:
        """Its minimum capital ratio in force today."""
        return self.balance.minimum_on(date_of(self.place.day))

    @property
    def corporate_claim(self) -> int:
        """The ledger's row of its loans to firms and others outside this market."""
        return self.place.ledger.claim(Kind.LOAN, self.party, MERCHANTS, deal=GENERAL)

    @property
    def lent_fen(self) -> int:
        """Its general loans, and its joint ones by platforms' last reports: principal."""
        return self.place.ledger.nominal(self.corporate_claim) + int(self.memory["joint_fen"])

    @property
    def non_performing_fen(self) -> int:
        """What of these does not perform: of joint loans those more than 90 days past due."""
        return int(self.memory["npl_fen"]) + int(self.memory["joint_npl_fen"])

    @property
    def reserves_fen(self) -> int:
        """Reserves at the central bank."""
        return self.place.ledger.cash(self.party)

    def account(self, world_party: str) -> str:
        """The account of a world party at this bank."""
        return f"{world_party}/{self.name}"

    def position(self) -> Position:
        """Its stocks now."""
        return positions(self.place, [self.party])[self.party]

    def remember(self, position: Position | None = None) -> None:
        """Keep the figures of a closing: decisions until the next one rest on them."""
        self.memory["last"] = plain(self.position() if position is None else position)

    @property
    def last(self) -> dict[str, Any]:
        """The figures of its last closing."""
        figures: dict[str, Any] = self.memory["last"]
        return figures

    def slack_ppm(self, capital_ppm: int) -> int:
        """The part it has, at this capital ratio, of the distance from its minimum that it means to keep."""
        return slack_ppm(capital_ppm, self.minimum_ppm, int(self.memory["distance_ppm"]))

    @property
    def short_of_capital(self) -> bool:
        """Whether its capital ratio was below its minimum at the last closing."""
        return int(self.last["capital_ppm"]) < self.minimum_ppm

    # -- what others may ask -----------------------------------------------------------------------------------------

    def make_liquid(self, fen: int) -> bool:
        """Have at least `fen` of reserves now, borrowing if need be; False if only the emergency window would do."""
        market = self.place.money_market
        return self.reserves_fen >= fen or (market is not None and market.raise_for(self, fen))

    def securities_appetite_fen(self) -> int:
        """How much it means to hold in securitisation notes, of this market's and other issuers: a share of assets, by
        the risk share it chose."""
        whole = int(self.last.get("assets", 0)) * self.balance.conduct.securities_share_ppm // MILLION
        return whole * int(self.memory["risk_ppm"]) // MILLION

    def securities_budget_fen(self) -> int:
        """What it would put into securitisation notes now: its appetite less what it holds, within its capital and
        the government bonds it could part with; 0 if it failed or is short of capital."""
        if self.failed or not self.last or self.short_of_capital:
            return 0
        room = self.last["capital"] * MILLION // (self.minimum_ppm + BUFFER_PPM) - self.last["risk_weighted"]
        ledger = self.place.ledger
        others = ledger.nominal(ledger.claim(Kind.BOND, self.party, SHAREHOLDERS, deal=OTHER_SUPPLY))
        wanted = self.securities_appetite_fen() - ledger.notes_fen(self.party) - others
        return int(max(0, min(wanted, room * 5, self.last["government"] // 2)))

    def securities_for_sale_fen(self) -> int:
        """Notes it wants to sell, because its capital is below the minimum; nominal fen."""
        return int(self.memory["for_sale_fen"])
