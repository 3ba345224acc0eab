"""A day's collections on a claim: four verbs of `Lending` in one, since markets collect thousands of times a month."""

from __future__ import annotations

from typing import Final

from sim.ledger.book import CODES
from sim.ledger.kinds import CODE_NUMBER, NOT_BORROWED, Code, Key, Kind, State, party_of
from sim.ledger.lending import Lending

_FEE, _PENALTY = CODE_NUMBER[Code.FEE], CODE_NUMBER[Code.PENALTY]

Way = tuple[int, int, int, int]
"""Fen, and the rows that rise by as much: of the account, of its bank's reserves where they come from another bank, and
of what the account's party owes on."""
NO_ROW: Final = -1


class Collecting(Lending):
    """Collections by the day, written at once where no step of theirs could be seen or refused."""

    def collect(
        self, claim: int, *, due_fen: int, repaid_fen: int, paid_fen: int, penalty_fen: int, principal: str, income: str
    ) -> None:
        """A fee falls due, principal is repaid, accrued fees are paid, and penalties: `accrue`, `repay`, `pay_accrued`
        and `collect_income` in turn.

        The debtor pays from its general account, principal into the account `principal` and the rest into `income`;
        accounts of another party than the creditor are a servicer's, as in `repay`. Raises what the four raise;
        those before the one that is refused stay posted.
        """
        key = self._of_kind(claim, "collect on", NOT_BORROWED)
        if self.journal is None and self._owes(claim, due_fen, repaid_fen, paid_fen, penalty_fen):
            fees = paid_fen + penalty_fen
            into = [(principal, repaid_fen), (income, fees)] if principal != income else [(income, repaid_fen + fees)]
            ways = self._ways(key, into)
            if ways is not None:
                self._take(key, ways)
                self.table.nominal[claim] -= repaid_fen
                self.table.accrued[claim] += due_fen - paid_fen
                self._earn_fees(key, due_fen, penalty_fen)
                return
        self.accrue(claim, due_fen, Code.FEE)
        self.repay(claim, repaid_fen, payee=principal)
        self.pay_accrued(claim, paid_fen, payee=income)
        self.collect_income(claim, penalty_fen, Code.PENALTY, payee=income)

    def _owes(self, claim: int, due: int, repaid: int, paid: int, penalty: int) -> bool:
        """Whether the amounts are such as the four verbs accept, and no more than what is owed."""
        table = self.table
        return (
            min(due, repaid, paid, penalty) >= 0
            and repaid <= table.nominal[claim]
            and paid <= table.accrued[claim] + due
        )

    def _ways(self, key: Key, into: list[tuple[str, int]]) -> list[Way] | None:
        """How all of it would move; None unless the debtor and its bank can pay it as things stand, into accounts known
        to the ledger, of the creditor or of a servicer of whom there is a COLLECTED row already."""
        row_of, bank_at, owner = self._cash_row, self.bank_at, self._owner
        payer, creditor = key.debtor, owner[key.creditor]
        bank = bank_at.get(payer, payer)
        ways = []
        total = leaves_bank = 0
        for account, fen in into:
            if fen:
                row = row_of.get(account)
                if row is None or account == payer:
                    return None
                owed_on = NO_ROW
                if owner[account] != creditor:
                    servicer = (Kind.COLLECTED, party_of(key.creditor), party_of(account), key.deal, 0, State.LIVE)
                    if servicer not in self.table.rows:
                        return None
                    owed_on = self.table.rows[servicer]
                its_bank, total = bank_at[account], total + fen
                leaves_bank += fen if its_bank != bank else 0
                across = NO_ROW if its_bank == bank else row_of[its_bank]
                ways.append((fen, NO_ROW if account == its_bank else row, across, owed_on))
        nominal = self.table.nominal
        if payer == bank or total > nominal[row_of[payer]] or leaves_bank > nominal[row_of[bank]]:
            return None
        return ways

    def _take(self, key: Key, ways: list[Way]) -> None:
        """Move the cash, and raise what servicers owe on."""
        nominal, row_of = self.table.nominal, self._cash_row
        payer, bank = row_of[key.debtor], row_of[self.bank_at[key.debtor]]
        for fen, account, its_bank, owed_on in ways:
            nominal[payer] -= fen
            if its_bank != NO_ROW:
                nominal[bank] -= fen
                nominal[its_bank] += fen
            if account != NO_ROW:
                nominal[account] += fen
            if owed_on != NO_ROW:
                nominal[owed_on] += fen

    def _earn_fees(self, key: Key, due: int, penalty: int) -> None:
        """The creditor's income, the debtor's expense."""
        creditor, debtor = self._owner[key.creditor] * CODES, self._owner[key.debtor] * CODES
        equity = self._income
        equity[creditor + _FEE] += due
        equity[debtor + _FEE] -= due
        if penalty:
            equity[creditor + _PENALTY] += penalty
            equity[debtor + _PENALTY] -= penalty
