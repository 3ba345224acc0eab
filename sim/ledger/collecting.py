"""A day's collections on a claim: four verbs of `Lending` in one, since markets collect thousands of times a month."""

from __future__ import annotations

from sim.ledger.book import CODES
from sim.ledger.kinds import CODE_NUMBER, NOT_BORROWED, Code, Key, Kind, State, party_of
from sim.ledger.lending import Lending

_FEE, _PENALTY = CODE_NUMBER[Code.FEE], CODE_NUMBER[Code.PENALTY]


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
        into = ((principal, repaid_fen), (income, paid_fen + penalty_fen))
        amounts = (due_fen, repaid_fen, paid_fen, penalty_fen)
        if self.journal is None and self._owes(claim, amounts) and self._can_take(key, into):
            self._take(claim, key, amounts, into)
            return
        self.accrue(claim, due_fen, Code.FEE)
        self.repay(claim, repaid_fen, payee=principal)
        self.pay_accrued(claim, paid_fen, payee=income)
        self.collect_income(claim, penalty_fen, Code.PENALTY, payee=income)

    def _owes(self, claim: int, amounts: tuple[int, int, int, int]) -> bool:
        """Whether the amounts are such as the four verbs accept, and no more than what is owed."""
        due, repaid, paid, _ = amounts
        table = self.table
        return min(amounts) >= 0 and repaid <= table.nominal[claim] and paid <= table.accrued[claim] + due

    def _can_take(self, key: Key, into: tuple[tuple[str, int], ...]) -> bool:
        """Whether the debtor and its bank can pay all of it as things stand, into accounts known to the ledger."""
        nominal, row_of, bank_at = self.table.nominal, self._cash_row, self.bank_at
        payer, bank = key.debtor, bank_at.get(key.debtor, key.debtor)
        total = leaves_bank = 0
        for account, fen in into:
            if fen:
                if account not in row_of or account == payer or not self._owed_on(key, account):
                    return False
                total += fen
                leaves_bank += fen if bank_at[account] != bank else 0
        return payer != bank and total <= nominal[row_of[payer]] and leaves_bank <= nominal[row_of[bank]]

    def _owed_on(self, key: Key, account: str) -> bool:
        """Whether an account is the creditor's, or a servicer's of whom there is a COLLECTED row already."""
        return self._owner[account] == self._owner[key.creditor] or self._collected(key, account) in self.table.rows

    def _collected(self, key: Key, account: str) -> tuple[Kind, str, str, str, int, State]:
        """The key under which the party of an account owes the creditor what it collects."""
        return (Kind.COLLECTED, party_of(key.creditor), party_of(account), key.deal, 0, State.LIVE)

    def _take(
        self, claim: int, key: Key, amounts: tuple[int, int, int, int], into: tuple[tuple[str, int], ...]
    ) -> None:
        due, repaid, paid, penalty = amounts
        table, nominal, row_of = self.table, self.table.nominal, self._cash_row
        payer, bank = row_of[key.debtor], self.bank_at[key.debtor]
        for account, fen in into:
            if fen:
                nominal[payer] -= fen
                its_bank = self.bank_at[account]
                if its_bank != bank:
                    nominal[row_of[bank]] -= fen
                    nominal[row_of[its_bank]] += fen
                if account != its_bank:
                    nominal[row_of[account]] += fen
                if self._owner[account] != self._owner[key.creditor]:
                    nominal[table.rows[self._collected(key, account)]] += fen
        nominal[claim] -= repaid
        table.accrued[claim] += due - paid
        creditor, debtor = self._owner[key.creditor] * CODES, self._owner[key.debtor] * CODES
        equity = self._income
        equity[creditor + _FEE] += due
        equity[debtor + _FEE] -= due
        equity[creditor + _PENALTY] += penalty
        equity[debtor + _PENALTY] -= penalty
