"""The money market: where banks meet every day for reserves, and every month for what moves only then.

One process wakes all banks, since most days nothing moves at most of them. Within an hour banks act in the order of
their founding. A loan between banks is a row of the ledger by lender, borrower and tenor; its rate and due day stand
here, as in a repository of trades: [lender, borrower, tenor, fen, rate, since, due, interest not yet paid].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sim.agents import bank_capital, bank_failure, bank_month, bank_offers, bank_solvency, spv_collections
from sim.agents.bank_accounts import GOVERNMENT, MILLION, STATE, positions
from sim.agents.bank_terms import REST
from sim.agents.deposit_flows import move_deposits
from sim.agents.institution import Institution, Life
from sim.agents.market_place import MarketPlace
from sim.calendar import BANK, date_of, is_month_end
from sim.ledger import CENTRAL_BANK, Kind, accrued_interest, largest_remainder
from sim.markets import interbank
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank

TREASURY_DAYS = (5, 15, 25)
"""Days of the month on which reserves are assessed (every ten days, as an average); the next working day if closed."""
LOT_FEN = 1_000_000_000
"""Interbank loans are in lots of ten million yuan."""
HAIRCUT_PPM = 100_000
"""Part of government bonds' nominal that the last resort does not lend against (assumption, range 20,000-200,000)."""
LENDER, BORROWER, TENOR, FEN, RATE, SINCE, DUE, EARNED = range(8)


class MoneyMarket(Institution):
    """The meeting place of full banks."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.FUND, Hour.SUPERVISE)
    kind: ClassVar[str] = "market"

    def __init__(self, place: MarketPlace) -> None:
        super().__init__(place, "money")
        self.memory: dict[str, Any] = {"loans": [], "purse_fen": -1}
        self._lent: dict[tuple[str, str], int] | None = None  # sums of the loans, made anew when a run goes on

    def act(self, hour: Hour) -> Life:
        """Reserves, maturities and, on the first working day, plans at FUND; month ends at SUPERVISE."""
        if hour is Hour.FUND:
            self._day()
        elif is_month_end(self.place.day):
            self._close_month()
        return
        yield

    @property
    def living(self) -> list[CommercialBank]:
        """Banks that have not failed, in the order of founding."""
        return [bank for bank in self.place.commercial_banks() if not bank.failed]

    @property
    def working(self) -> list[CommercialBank]:
        """Banks that keep accounts: those that have not failed, and bridges."""
        return [bank for bank in self.place.commercial_banks() if bank.works]

    @property
    def loans(self) -> list[list[Any]]:
        """All loans between banks."""
        loans: list[list[Any]] = self.memory["loans"]
        return loans

    # -- the day -----------------------------------------------------------------------------------------------------

    def _day(self) -> None:
        day = self.place.day
        bank_solvency.examine_losers(self.place)
        banks = self.working
        self._pay_custody_interest({bank.party: bank for bank in banks})
        if BANK.is_open(day):
            for loan in [loan for loan in self.loans if loan[DUE] <= day]:
                self._mature(loan)
            self.memory["loans"] = [loan for loan in self.loans if loan[FEN]]
            if BANK.opens_month(day):
                move_deposits(self.place, self.memory)
                bank_offers.plan_month(self.place, self.living)
            if any(day == BANK.on_or_after(day - date_of(day).day + when) for when in TREASURY_DAYS):
                self._assess_reserves(banks)
        for bank in banks:
            held = bank.memory["reserve_days"]
            held[0] += bank.reserves_fen
            held[1] += 1
            if bank.memory["emergency_fen"] and not bank.failed:
                bank_failure.fail(bank, f"illiquid: {bank.memory['emergency_fen']} fen from the emergency window")

    def _pay_custody_interest(self, banks: dict[str, CommercialBank]) -> None:
        rates = {party: bank.terms.deposit_rate_ppm for party, bank in banks.items()}
        for spv in self.place.deals.values():
            # A plan that has ended today has no accounts any more.
            if spv.active and (rate := rates.get(spv.custodian)):
                spv_collections.earn_interest(spv, rate)

    # -- loans between banks -----------------------------------------------------------------------------------------

    def claim(self, lender: str, borrower: str, tenor: str) -> int:
        """The ledger's row of loans of a tenor."""
        return self.place.ledger.claim(Kind.INTERBANK, lender, borrower, deal=tenor)

    def open_loan(
        self, lender: CommercialBank, borrower: CommercialBank, tenor: str, fen: int, *, spread_days: int
    ) -> None:
        """A loan that stands at the start; due days are spread over its tenor."""
        if fen == 0:
            return
        day = self.place.day
        self.place.ledger.endow_loans(self.claim(lender.party, borrower.party, tenor), fen)
        due = BANK.on_or_after(day + 1 + spread_days % interbank.TENOR_DAYS[tenor])
        rate = self.rate_ppm(lender, borrower, tenor)
        self._count(lender.name, borrower.name, fen)
        self.loans.append([lender.name, borrower.name, tenor, fen, rate, day, due, 0])

    def lend(self, lender: CommercialBank, borrower: CommercialBank, tenor: str, fen: int) -> None:
        """Lend reserves now."""
        if fen == 0:
            return
        day = self.place.day
        self.place.ledger.draw(self.claim(lender.party, borrower.party, tenor), fen)
        due = BANK.on_or_after(day + interbank.TENOR_DAYS[tenor])
        self._count(lender.name, borrower.name, fen)
        terms = [lender.name, borrower.name, tenor, self.rate_ppm(lender, borrower, tenor), day, due, 0]
        for loan in self.loans:
            if loan[:FEN] + loan[RATE:] == terms:  # the same pair again on the same day
                loan[FEN] += fen
                return
        self.loans.append([*terms[:FEN], fen, *terms[FEN:]])

    def rate_ppm(self, lender: CommercialBank, borrower: CommercialBank, tenor: str) -> int:
        """What a borrower pays today."""
        conduct, policy = lender.balance.conduct, self.place.macro.policy_rate_ppm(self.place.day)
        if tenor in interbank.BACKED:
            return policy + conduct.penalty_ppm
        doubt = MILLION - self.confidence_ppm(borrower)
        return interbank.rate_ppm(tenor, policy, conduct.interbank_spread_ppm, conduct.term_premium_ppm, doubt)

    def confidence_ppm(self, bank: CommercialBank) -> int:
        """How far others trust a bank: by the capital ratio it last published; not at all once it failed,
        until the state stands behind it."""
        told = self.place.heard
        if told(bank.party, "failed", default=False) and not told(bank.party, "bridge", default=False):
            return 0
        terms = bank.balance
        capital = self.place.heard(bank.party, "capital", default=terms.capital_ppm)
        return interbank.confidence_ppm(capital, bank.minimum_ppm, terms.conduct.confidence_buffer_ppm)

    def limit_fen(self, lender: CommercialBank, borrower: CommercialBank) -> int:
        """The most a lender has out to a borrower."""
        share = lender.balance.conduct.interbank_limit_ppm
        return interbank.limit_fen(lender.last.get("tier1", 0), share, self.confidence_ppm(borrower))

    def lent_fen(self, lender: CommercialBank, borrower: CommercialBank) -> int:
        """What a lender has out to a borrower."""
        if self._lent is None:
            self._lent = {}
            for loan in self.loans:
                self._count(loan[LENDER], loan[BORROWER], loan[FEN])
        return self._lent.get((lender.name, borrower.name), 0)

    def _count(self, lender: str, borrower: str, fen: int) -> None:
        if self._lent is not None:
            self._lent[lender, borrower] = self._lent.get((lender, borrower), 0) + fen

    def _mature(self, loan: list[Any]) -> None:
        """A loan falls due: rolled if the lender trusts and can spare it and the borrower needs it, else repaid."""
        banks, day = self.place.banks, self.place.day
        lender: Any = banks[loan[LENDER]]
        borrower: Any = banks[loan[BORROWER]]
        if not borrower.works:
            return  # it waits for tonight's resolution
        loan[EARNED] += accrued_interest(loan[FEN], loan[RATE], day - loan[SINCE])
        loan[SINCE] = day
        if loan[TENOR] in interbank.BACKED:
            self._sell_bonds(borrower, loan[FEN] - max(0, borrower.reserves_fen - borrower.memory["required_fen"]))
            keeps = borrower.reserves_fen < loan[FEN] + loan[EARNED]
        else:
            trusted = self.lent_fen(lender, borrower) <= self.limit_fen(lender, borrower)
            spare = lender.reserves_fen >= lender.memory["required_fen"] or loan[TENOR] != "overnight"
            flush = borrower.reserves_fen - borrower.memory["target_fen"] >= loan[FEN] + loan[EARNED]
            keeps = trusted and spare and not lender.failed and not flush
        if keeps:
            loan[RATE] = self.rate_ppm(lender, borrower, loan[TENOR])
            loan[DUE] = BANK.on_or_after(day + interbank.TENOR_DAYS[loan[TENOR]])
        else:
            self._repay(loan)

    def _repay(self, loan: list[Any]) -> None:
        lender, borrower = (self.place.banks[loan[k]].party for k in (LENDER, BORROWER))
        self.place.make_liquid(borrower, loan[FEN] + loan[EARNED])
        self._pay_interest(loan)
        self.place.ledger.repay(self.claim(lender, borrower, loan[TENOR]), loan[FEN])
        self._count(loan[LENDER], loan[BORROWER], -loan[FEN])
        loan[FEN] = 0

    def write_down(self, lender: str, borrower: str, tenor: str, fen: int) -> None:
        """A resolution has cut what one bank owes another: the cut falls on its loans of the tenor in proportion."""
        pair = [lender.removeprefix("bank:"), borrower.removeprefix("bank:"), tenor]
        loans = [loan for loan in self.loans if loan[:FEN] == pair]
        if not loans:
            return
        for loan, part in zip(loans, largest_remainder(fen, [loan[FEN] for loan in loans]), strict=True):
            loan[FEN] -= part
        self._count(pair[LENDER], pair[BORROWER], -fen)

    def _pay_interest(self, loan: list[Any]) -> None:
        ledger, lender, borrower = self.place.ledger, *(self.place.banks[loan[k]].party for k in (LENDER, BORROWER))
        claim = self.claim(lender, borrower, loan[TENOR])
        ledger.accrue(claim, loan[EARNED])
        ledger.pay_accrued(claim, loan[EARNED])
        loan[EARNED] = 0

    # -- reserves ----------------------------------------------------------------------------------------------------

    def raise_reserves(self, party: str, fen: int) -> None:
        """What the ledger asks before it would refuse a payment of a bank short of reserves."""
        bank = self.place.banks.get(party.removeprefix("bank:"))
        if bank is not None:
            bank.make_liquid(fen)

    def raise_for(self, bank: CommercialBank, fen: int) -> bool:
        """Bring a bank's reserves to `fen`: overnight from banks with surplus, largest first, within their limits; then
        from the last resort against government bonds; and, if that was not enough, from the emergency window, which
        ends the bank today. Whether it needed no emergency."""
        if bank.name == REST:
            self._from_central_bank(bank, max(0, fen - bank.reserves_fen))
            return True
        self._borrow(bank, fen - bank.reserves_fen, "overnight", keep="required_fen")
        rest = self.place.rest_of_system
        need = fen - bank.reserves_fen
        if need > 0:
            rest.make_liquid(need)
            bonds = self.place.ledger.nominal(self._bonds(bank)) * (MILLION - HAIRCUT_PPM) // MILLION
            room = 0 if not bank.works else bonds - self.lent_fen(rest, bank)
            self.lend(rest, bank, "last_resort", max(0, min(need, room, rest.reserves_fen)))
        need = fen - bank.reserves_fen
        if need <= 0:
            return True
        given = min(need, rest.reserves_fen)
        self.lend(rest, bank, "emergency", given)
        bank.memory["emergency_fen"] += given
        return False

    def _borrow(self, bank: CommercialBank, need: int, tenor: str, *, keep: str) -> None:
        """Borrow from living banks what they hold beyond `keep` (their requirement, or their target), largest first."""
        if need <= 0 or not bank.works:
            return
        offers = []
        for k, other in enumerate(self.living):
            spare = other.reserves_fen - other.memory[keep]
            if spare >= LOT_FEN and other is not bank and other.name != REST:
                room = self.limit_fen(other, bank) - self.lent_fen(other, bank)
                offers.append((min(spare, room), k, other))
        offers = sorted((offer for offer in offers if offer[0] >= LOT_FEN), key=lambda offer: (-offer[0], offer[1]))
        given = interbank.place_need(need, [offer[0] for offer in offers], LOT_FEN)
        for (_, _, lender), part in zip(offers, given, strict=True):
            self.lend(lender, bank, tenor, part)

    def _assess_reserves(self, banks: list[CommercialBank]) -> None:
        """Every ten days: what is missing, on average too, is borrowed for a week from banks beyond their target, then
        bonds are sold; what is too much repays loans as they fall due and, beyond that, buys bonds."""
        ratio = self.place.macro.required_reserve_ppm(self.place.day)
        deposits = self._deposits(banks)
        gaps = []
        for bank, held in zip(banks, deposits, strict=True):
            total, days = bank.memory["reserve_days"]
            required = held * ratio // MILLION
            below = max(0, required - total // days) if days else 0
            bank.memory["required_fen"], bank.memory["reserve_days"] = required, [0, 0]
            target = required + held * bank.balance.conduct.excess_reserve_ppm // MILLION + below
            bank.memory["target_fen"] = target
            gaps.append((bank, target - bank.reserves_fen, held))
        for bank, gap, held in gaps:
            if bank.name == REST:
                self._from_central_bank(bank, gap)
            elif gap > held // 200:
                self._borrow(bank, min(gap, self._appetite(bank)), "7_days", keep="target_fen")
                self._sell_bonds(bank, bank.memory["target_fen"] - bank.reserves_fen)
            elif -gap > held // 100:
                self._buy_bonds(bank, min(-gap, bank.reserves_fen - bank.memory["required_fen"]))

    def _from_central_bank(self, rest: CommercialBank, fen: int) -> None:
        """Reserves the system needs as it grows: the rest of the system borrows what it lacks at the central bank,
        which accommodates it without limit, and repays what it has too much of. Interest is left out: the rest's
        result decides nothing."""
        ledger = self.place.ledger
        claim = ledger.claim(Kind.LIQUIDITY, CENTRAL_BANK, rest.party)
        if fen > 0:
            ledger.lend_reserves(claim, fen)
        else:
            ledger.take_back_reserves(claim, min(-fen, ledger.nominal(claim)))

    def _appetite(self, bank: CommercialBank) -> int:
        """How much more a bank cares to owe other banks: up to half beyond its habit."""
        owed = sum(int(loan[FEN]) for loan in self.loans if loan[BORROWER] == bank.name)
        habit = int(bank.last["assets"]) * bank.balance.interbank_borrowed_ppm // MILLION
        return max(0, habit * 3 // 2 - owed)

    def _deposits(self, banks: list[CommercialBank]) -> list[int]:
        ledger = self.place.ledger
        table = ledger.table
        rows = table.column("kind") == Kind.DEPOSIT
        held = np.zeros(len(ledger.parties) + 1, np.int64)
        np.add.at(held, table.column("debtor")[rows], table.column("nominal")[rows])
        return [int(held[ledger.party_number[bank.party]]) for bank in banks]

    def _bonds(self, bank: CommercialBank) -> int:
        return self.place.ledger.claim(Kind.BOND, bank.party, STATE, deal=GOVERNMENT)

    def _sell_bonds(self, bank: CommercialBank, fen: int) -> None:
        """Government bonds at par to the rest of the system."""
        rest, ledger = self.place.rest_of_system, self.place.ledger
        part = min(fen, ledger.nominal(self._bonds(bank)), rest.reserves_fen)
        if part > 0 and bank is not rest:
            ledger.assign(self._bonds(bank), rest.party, part, part)

    def _buy_bonds(self, bank: CommercialBank, fen: int) -> None:
        rest, ledger = self.place.rest_of_system, self.place.ledger
        part = min(fen, ledger.nominal(self._bonds(rest)), bank.reserves_fen)
        if part > 0 and bank is not rest:
            ledger.assign(self._bonds(rest), bank.party, part, part)

    # -- the month ---------------------------------------------------------------------------------------------------

    def _close_month(self) -> None:
        """Interest between banks, then each bank's own closing, then new capital, figures and failures."""
        place, day = self.place, self.place.day
        borrowers = {bank.name: bank for bank in place.commercial_banks()}
        for loan in self.loans:
            if borrowers[loan[BORROWER]].works:
                loan[EARNED] += accrued_interest(loan[FEN], loan[RATE], day + 1 - loan[SINCE])
                loan[SINCE] = day + 1
                self._pay_interest(loan)
        banks = self.working
        parties = [bank.party for bank in banks]
        before = positions(place, parties)
        for bank in banks:
            bank_month.close(bank, before[bank.party])
        closed = positions(place, parties)
        for bank in banks:
            bank_capital.raise_capital(bank, closed[bank.party])
        final = positions(place, parties)
        for bank in banks:
            bank_month.publish(bank, final[bank.party])
            if final[bank.party].equity_fen < 0 and not bank.failed:
                bank_failure.fail(bank, "insolvent: equity is below 0 at the month end")
