"""The market in protection on notes: mezzanine holders buy it from insurers and brokers, month by month.

Every contract is a GUARANTEE in the ledger, from its seller to its buyer, of what is left of the notional: undrawn
until the class is written down, then owed, then paid; what a failed seller does not pay its buyer loses by name.
Premiums are paid a month in arrears. A buyer that no longer holds the notes, or does not pay, loses its contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sim.agents import practice
from sim.agents.institution import Institution, Life
from sim.agents.note_views import HourOfTrade, living, weight_bp
from sim.agents.protection_quotes import OPEN, PROTECTION
from sim.agents.spv_life import current_rating
from sim.calendar import EXCHANGE
from sim.ledger import Code, Kind
from sim.markets.protection import ProtectionTerms, capital_fen, free_capital_fen, notional_for_fen, premium_fen
from sim.markets.required_yield import credit_bp, protection_bp, required_yield
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.investor import Investor
    from sim.agents.market_place import MarketPlace
    from sim.agents.spv import Spv

SELLERS = ("insurer", "broker")
"""Kinds of investors that sell protection: those with capital of their own."""
LEAST_FEN = 100_000_000
"""Smallest notional: a million yuan (assumption, 1 to 10 million)."""
LAPSES_AFTER = 92
"""Days without a premium paid after which a contract lapses: two payments missed after one (assumption, 30 to 120)."""
Contract = dict[str, Any]
"""deal, tranche, buyer, seller, premium_bp, and paid_to: the day up to which the premium is paid."""


class ProtectionMarket(Institution):
    """Matches buyers and sellers of protection, collects premiums, and settles credit events."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.TRADE,)
    kind: ClassVar[str] = "market"

    def __init__(self, place: MarketPlace, terms: ProtectionTerms | None) -> None:
        super().__init__(place, "protection")
        self.terms = terms
        self.memory = {"contracts": [], "due": {}, "open": False}

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """On trading days what was called is paid; on the first of a month premiums are, and new protection is bought
        where there is such a market."""
        if self.memory["due"]:
            self._pay_called()
        if EXCHANGE.is_open(self.place.day) and EXCHANGE.opens_month(self.place.day):
            for contract in list(self.memory["contracts"]):
                self._renew(contract)
            if self.terms is not None:
                self._trade(self.terms)
            self._tell_whether_open()
        return
        yield

    # -- contracts ---------------------------------------------------------------------------------------------------

    def contracts(self, deal: str, tranche: str) -> list[Contract]:
        """Living contracts on a class, in the order in which they were made."""
        return [c for c in self.memory["contracts"] if (c["deal"], c["tranche"]) == (deal, tranche)]

    def claim(self, contract: Contract) -> int:
        """The ledger's row of a contract: what the seller may still be called for, and what it owes once called."""
        rank = self.place.deals[contract["deal"]].terms.ranked.index(contract["tranche"])
        return self.place.ledger.claim(
            Kind.GUARANTEE, contract["buyer"], contract["seller"], deal=contract["deal"], rank=rank
        )

    def notional_fen(self, contract: Contract) -> int:
        """What a contract still covers."""
        return self.place.ledger.undrawn(self.claim(contract))

    def bound_fen(self, seller: str, terms: ProtectionTerms) -> int:
        """Capital that a seller's contracts bind, by the letters of today."""
        mine = [c for c in self.memory["contracts"] if c["seller"] == seller]
        return sum(capital_fen(terms, self.notional_fen(c), self._weight_bp(c["deal"], c["tranche"])) for c in mine)

    def _weight_bp(self, deal: str, tranche: str) -> int:
        return weight_bp(self.place, current_rating(self.place.deals[deal], tranche))

    def _renew(self, contract: Contract) -> None:
        """Pay the premium of the past month; then cover no more than the buyer holds, and nothing by a failed
        seller."""
        place = self.place
        if place.investors[contract["seller"].partition(":")[2]].failed:
            self._end(contract, "protection_lost", "its seller has failed: the notes are bare")
        elif not self._premium(contract) and place.day - contract["paid_to"] > LAPSES_AFTER:
            self._end(contract, "premium_unpaid", "the contract lapses")
        else:
            held = self._held_fen(contract)
            place.ledger.commit(self.claim(contract), min(self.notional_fen(contract), held))
            if held == 0:
                self._end(contract, "protection_ended", "nothing is left to cover")

    def _held_fen(self, contract: Contract) -> int:
        spv = self.place.deals[contract["deal"]]
        if not spv.active:
            return 0
        claims = spv.tranche_claims(contract["tranche"])
        return self.place.ledger.nominal(claims[contract["buyer"]]) if contract["buyer"] in claims else 0

    def _premium(self, contract: Contract) -> bool:
        """Pay the premium due up to today; whether the buyer could."""
        ledger, buyer = self.place.ledger, contract["buyer"]
        days = self.place.day - contract["paid_to"]
        fen = premium_fen(self.notional_fen(contract), contract["premium_bp"], days)
        if ledger.cash(buyer) < fen:
            return False
        ledger.pay(buyer, contract["seller"], fen, Code.FEE, deal=contract["deal"])
        contract["paid_to"] = self.place.day
        return True

    def _end(self, contract: Contract, event: str, effect: str) -> None:
        self._note(contract, event, f"{self.notional_fen(contract)} fen of {contract['tranche']} covered", effect)
        self.place.ledger.commit(self.claim(contract), 0)
        self.memory["contracts"].remove(contract)

    def _note(self, contract: Contract, event: str, detail: str, effect: str) -> None:
        self.place.note_event(
            deal=contract["deal"], institution=contract["buyer"], family="protection", event=event,
            detail=f"{detail}, by {contract['seller']} at {contract['premium_bp']} bp a year", effect=effect,
        )  # fmt: skip

    # -- buying ------------------------------------------------------------------------------------------------------

    def sellers(self) -> list[Investor]:
        """Those who sell protection, in the order of founding."""
        return [i for i in self.place.investors.values() if i.terms.kind in SELLERS and not i.failed]

    def _free_fen(self, seller: Investor, terms: ProtectionTerms) -> int:
        ledger, party = self.place.ledger, seller.party
        return free_capital_fen(
            terms, own_funds_fen=ledger.equity(party), cash_fen=ledger.cash(party),
            bound_fen=self.bound_fen(party, terms),
        )  # fmt: skip

    def _trade(self, terms: ProtectionTerms) -> None:
        """Each holder of a rated class behind the first buys what it lacks, where it costs less than the risk it is
        relieved of is worth to it."""
        hour = HourOfTrade(self.place)
        free = {seller.party: self._free_fen(seller, terms) for seller in self.sellers()}
        for spv, tranche in living(self.place):
            if spv.terms.tranches[tranche].rank == 0:
                continue
            note = hour.note(spv, tranche)
            now = hour.conditions(note.life_days)
            asked = protection_bp(terms, note, now.risk_free_bp)
            for buyer, claim in spv.tranche_claims(tranche).items():
                investor = self.place.investors.get(buyer.partition(":")[2]) if buyer.startswith("investor:") else None
                if investor is None or investor.failed or investor.terms.mandate is None:
                    continue
                if credit_bp(required_yield(investor.terms.mandate, note, now.without_protection())) <= asked:
                    continue
                self._cover(spv, tranche, buyer, self.place.ledger.nominal(claim), asked, terms, free)

    def _cover(
        self, spv: Spv, tranche: str, buyer: str, held: int, asked: int, terms: ProtectionTerms, free: dict[str, int]
    ) -> None:
        """Buy what is bare from those with most capital free, as far as it carries."""
        mine = [c for c in self.contracts(spv.name, tranche) if c["buyer"] == buyer]
        bare = held - sum(self.notional_fen(c) for c in mine)
        taken, weight = {buyer, *(c["seller"] for c in mine)}, self._weight_bp(spv.name, tranche)
        for seller in sorted((s for s in free if s not in taken), key=lambda s: (-free[s], s)):
            fen = min(bare, notional_for_fen(terms, free[seller], weight))
            if fen < LEAST_FEN:
                return
            contract = {
                "deal": spv.name, "tranche": tranche, "buyer": buyer, "seller": seller, "premium_bp": asked,
                "paid_to": self.place.day,
            }  # fmt: skip
            self.place.ledger.commit(self.claim(contract), fen)
            self.memory["contracts"].append(contract)
            self._note(contract, "protection_bought", f"{fen} fen of {tranche} covered", "losses are the seller's")
            free[seller] = max(0, free[seller] - capital_fen(terms, fen, weight))
            bare -= fen

    def _tell_whether_open(self) -> None:
        """Bidders for new notes reckon with protection while some seller has room."""
        terms = self.terms
        is_open = terms is not None and any(self._free_fen(seller, terms) for seller in self.sellers())
        if is_open != self.memory["open"]:
            self.memory["open"] = is_open
            self.place.tell(PROTECTION, OPEN, value=is_open)

    # -- credit events -----------------------------------------------------------------------------------------------

    def settle(self, spv: Spv, tranche: str, lost_fen: dict[str, int]) -> None:
        """A class is written down: each contract is called for what its holder lost, and paid as far as its seller's
        cash goes, the rest within the days of settlement; premiums owing up to the day are paid too."""
        left = dict(lost_fen)
        for contract in self.contracts(spv.name, tranche):
            seller = self.place.investors[contract["seller"].partition(":")[2]]
            fen = min(self.notional_fen(contract), left.get(contract["buyer"], 0))
            if not seller.failed and fen:
                self._premium(contract)
                left[contract["buyer"]] -= fen
                claim = self.claim(contract)
                self.place.ledger.call(claim, fen)
                self._note(contract, "credit_event", f"{fen} fen of {tranche} written down", "the seller is called")
                self.memory["due"][str(claim)] = self.place.day
            self._end(contract, "protection_ended", "the class has been written down")
        self._pay_called()

    def _pay_called(self) -> None:
        """Sellers pay what they were called for out of the cash they have; who is late fails, and its buyers claim in
        its estate."""
        ledger = self.place.ledger
        for row, since in list(self.memory["due"].items()):
            claim, key = int(row), ledger.key(int(row))
            seller = self.place.investors[key.debtor.partition(":")[2]]
            if not seller.failed:
                paid = min(ledger.nominal(claim), ledger.cash(key.debtor))
                ledger.pay_guarantee(claim, paid, payee=key.creditor, reimbursed_by=None)
                late = self.place.day - since > self._settlement_days()
                if ledger.nominal(claim) and (late or ledger.equity(key.debtor) < 0):
                    practice.fail(seller, f"it cannot pay {ledger.nominal(claim)} fen of protection it sold")
            if seller.failed or ledger.nominal(claim) == 0:
                del self.memory["due"][row]

    def _settlement_days(self) -> int:
        return (self.terms or ProtectionTerms()).settlement_days
