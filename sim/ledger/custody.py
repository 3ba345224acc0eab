"""Verbs of an account that leaves its bank: handed over with its cash, or frozen in the estate of a failed bank."""

from __future__ import annotations

from sim.ledger.impairment import Impairment
from sim.ledger.kinds import DEPOSIT_TAKERS, Code, Key, Kind, State, kind_of, party_of


class Custody(Impairment):
    """Accounts that move between banks. The account keeps its name; its DEPOSIT row is a new one."""

    def move_account(self, account: str, bank: str) -> None:
        """Reopen an account at another bank and bring its cash along: the old bank pays it in reserves.

        Raises Overdraft if the old bank has not enough reserves; nothing is then written.
        """
        held, old = self._leaving(account, bank)
        if held:
            if held > self.cash(old) and self.raise_reserves is not None:
                self.raise_reserves(old, held)
            if held > self.cash(old):
                self._overdraw(account, bank, held, Code.TRANSFER, short=old, remedy="freeze the account instead")
            self.table.nominal[self._cash_of(old)] -= held
            self.table.nominal[self._cash_of(bank)] += held
        row = self._reopened(account, bank, held)
        self.table.nominal[row] += held
        self._post("move_account", Code.TRANSFER, held, claim=row, payer=old, payee=account)

    def freeze_account(self, account: str, bank: str) -> int:
        """Reopen an account empty at another bank; its cash stays with the old one as a RECOURSE claim of the holder,
        whose row is returned. Nobody's equity changes: what the claim is worth the estate will show."""
        held, old = self._leaving(account, bank)
        claim = self.claim(Kind.RECOURSE, party_of(account), old, deal=account)
        self._reopened(account, bank, held)
        self.table.nominal[claim] += held
        self._post("freeze_account", Code.PRINCIPAL, held, claim=claim)
        return claim

    def _leaving(self, account: str, bank: str) -> tuple[int, str]:
        held, old = self.cash(account), self.bank_at[account]
        if account == old:
            self._refuse(f"{account} cannot move to {bank}: it holds reserves, not an account")
        if bank == old:
            self._refuse(f"account {account} cannot move to {bank}: it is kept there already")
        if kind_of(bank) not in DEPOSIT_TAKERS or bank not in self.party_number:
            self._refuse(f"account {account} cannot move to {bank}: it is no known bank or custodian")
        return held, old

    def _reopened(self, account: str, bank: str, held: int) -> int:
        old = self._cash_of(account)
        self.table.nominal[old] -= held
        self.table.drop(old)
        self.bank_at[account] = bank
        row = self._row(Key(Kind.DEPOSIT, account, bank, "", 0, State.LIVE))
        self._cash_row[account] = row
        return row
