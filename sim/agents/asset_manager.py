"""The public asset manager: under a policy it buys banks' bad loans to firms, sells notes on them, and collects them.

At a month end, before banks close theirs, it buys at the policy's price what its means reach. What it lacks beyond its
cash is paid by notes, a part of each price, and by the state, up to the capital promised. What the loans bring follows
the law of the bank that made them (`resolved_fen`): nobody collects better here. It pays interest and all principal of
the notes first, then buys more. The state bears what its losses take beyond its capital, so that the notes are paid.
After the policy's last day nothing is bought, and what it takes in goes back to the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sim.agents.bank_accounts import DEPOSITORS, GENERAL, MILLION, STATE
from sim.agents.bank_credit import bad_loans_fen, earn_from_public, resolved_fen, sell_bad_loans
from sim.agents.institution import Institution, Life
from sim.agents.loan_postings import unwind_mark
from sim.agents.market_place import MERCHANTS
from sim.agents.state_payments import pay_in
from sim.calendar import is_month_end
from sim.ledger import Kind
from sim.regulation import bad_loans
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.regulation.bank_policies import BadLoanAcquisitionTerms

NOTES = "bad_loan_notes"
"""Name, in the place of a deal, of the notes on its loans, which the public holds."""
LEAST_FEN = 100_000_000
"""Smallest purchase of a month: principal of a million yuan (assumption, 1 to 10 million)."""


class AssetManager(Institution):
    """Owned by the state. It is no party of the ledger before its first purchase."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.RATE,)
    kind: ClassVar[str] = "asset_manager"

    def __init__(self, place: MarketPlace) -> None:
        super().__init__(place, "public")
        self.memory = {"held_fen": {}, "paid_in_fen": 0, "note_spread_ppm": 0}

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """At month ends: interest on notes, purchases, collections, and what they pay."""
        if is_month_end(self.place.day):
            policy = self.place.rulebook.acquisition(self.place.day)
            if self._works:
                self._accrue()
            if policy is not None:
                self._buy(policy)
            if self._works:
                self._collect()
                self._cover_losses()
                self._pay_notes()
                if policy is None:
                    self._give_back()
        return
        yield

    @property
    def held_fen(self) -> dict[str, int]:
        """Principal of the loans it holds, by the name of the bank that made them."""
        held: dict[str, int] = self.memory["held_fen"]
        return held

    @property
    def loans(self) -> int:
        """The ledger's row of its loans."""
        return self.place.ledger.claim(Kind.LOAN, self.party, MERCHANTS, deal=GENERAL)

    @property
    def notes(self) -> int:
        """The ledger's row of its notes."""
        return self.place.ledger.claim(Kind.BOND, DEPOSITORS, self.party, deal=NOTES)

    @property
    def _works(self) -> bool:
        return bool(self.held_fen)

    @property
    def _public(self) -> str:
        """The account out of which notes are bought and into which they are paid."""
        return self.place.rest_of_system.account(DEPOSITORS)

    # -- buying ------------------------------------------------------------------------------------------------------

    def _buy(self, policy: BadLoanAcquisitionTerms) -> None:
        """Buy of every bank concerned, at one price and in proportion to its bad loans, what the means reach."""
        ledger = self.place.ledger
        banks = [b for b in self.place.commercial_banks() if b.works and policy.concerns("bank", b.party)]
        promised = max(0, policy.capital_fen - int(self.memory["paid_in_fen"]))
        own = promised + (ledger.cash(self.party) if self._works else 0)
        means = min(bad_loans.spendable_fen(own, policy.notes_ppm), own + self._public_cash_fen())
        bad = [bad_loans_fen(bank) for bank in banks]
        bought = bad_loans.bought_fen(bad, price_ppm=policy.price_ppm, spendable_fen=means)
        if sum(bought) < LEAST_FEN:
            return
        prices = [bad_loans.price_fen(fen, policy.price_ppm) for fen in bought]
        self._raise(policy, sum(prices))
        for bank, fen, price in zip(banks, bought, prices, strict=True):
            sell_bad_loans(bank, self.party, fen, price)
            self.held_fen[bank.name] = self.held_fen.get(bank.name, 0) + fen
        self.place.note_event(
            deal="", institution=self.party, family="acquisition", event="bad_loans_bought",
            detail=f"{sum(bought)} of {sum(bad)} fen of banks' bad loans bought for {sum(prices)} fen",
            effect="banks are rid of them",
        )  # fmt: skip

    def _public_cash_fen(self) -> int:
        """What the public could put into notes; nothing where there is no banking system."""
        return 0 if self.place.money_market is None else self.place.ledger.cash(self._public)

    def _raise(self, policy: BadLoanAcquisitionTerms, fen: int) -> None:
        """Have `fen` to pay: notes for their part of it, own cash, and capital from the state for what is missing."""
        place, ledger = self.place, self.place.ledger
        ledger.add_party(self.party)
        ledger.open_account(self.party, place.rest_of_system.party)
        notes = min(fen * policy.notes_ppm // MILLION, self._public_cash_fen())
        capital = max(0, fen - notes - ledger.cash(self.party))
        pay_in(place, self.party, capital)
        ledger.draw(self.notes, notes, payer=self._public)
        self.memory["paid_in_fen"] += capital
        self.memory["note_spread_ppm"] = policy.note_spread_ppm

    # -- collecting --------------------------------------------------------------------------------------------------

    def _collect(self) -> None:
        """Firms pay where they bank, from what the public buys of them there; what is given up is lost."""
        ledger = self.place.ledger
        banks = {bank.name: bank for bank in self.place.commercial_banks()}
        for name, held in self.held_fen.items():
            bank = banks[name]
            due, lost = resolved_fen(bank.balance.conduct, held)
            firms = bank.account(MERCHANTS)
            earn_from_public(bank, firms, due)
            paid = min(due, ledger.cash(firms))
            unwind_mark(self.place, self.loans, paid + lost)
            ledger.repay(self.loans, paid, payer=firms)
            ledger.write_down(self.loans, lost, cause="origin")
            self.held_fen[name] = held - paid - lost

    def _cover_losses(self) -> None:
        """The state pays in what its losses have taken beyond its capital."""
        missing = -self.place.ledger.equity(self.party)
        if missing > 0:
            pay_in(self.place, self.party, missing)
            self.place.note_event(
                deal="", institution=self.party, family="acquisition", event="losses_borne",
                detail=f"{missing} fen lost beyond its capital are paid in by the state", effect="its notes stay paid",
            )  # fmt: skip

    # -- paying ------------------------------------------------------------------------------------------------------

    def _accrue(self) -> None:
        """A month's interest on the notes."""
        ledger = self.place.ledger
        rate = self.place.macro.policy_rate_ppm(self.place.day) + int(self.memory["note_spread_ppm"])
        ledger.accrue(self.notes, ledger.nominal(self.notes) * rate // (12 * MILLION))

    def _pay_notes(self) -> None:
        """Interest, then principal, as far as cash goes."""
        ledger = self.place.ledger
        ledger.pay_accrued(self.notes, min(ledger.accrued(self.notes), ledger.cash(self.party)), payee=self._public)
        ledger.repay(self.notes, min(ledger.nominal(self.notes), ledger.cash(self.party)), payee=self._public)

    def _give_back(self) -> None:
        """What is left once the notes are paid is the state's."""
        ledger = self.place.ledger
        if not ledger.nominal(self.notes) + ledger.accrued(self.notes):
            ledger.redeem_capital(self.party, ledger.cash(self.party), shareholder=STATE)
