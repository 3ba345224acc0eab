"""Verbs that move cash for income, endow the opening day, and raise or pay out capital."""

from __future__ import annotations

from sim.ledger.book import Book
from sim.ledger.kinds import (
    CENTRAL_BANK,
    NOT_BORROWED,
    NOT_PAYABLE,
    SHAREHOLDERS,
    Code,
    Kind,
    party_of,
)


class Payments(Book):
    """Payments between parties. An amount of 0 is always allowed and writes nothing."""

    def endow(self, account: str, fen: int) -> None:
        """Opening cash. The account's bank gets as much reserve, which the central bank owes.

        Equity: holder up, central bank down, both OPENING; the bank's own is unchanged unless it is the holder.
        """
        fen = self._fen(fen, f"endow {account}")
        row, bank = self._cash_of(account), self.bank_at[account]
        if fen == 0:
            return
        self.table.nominal[self._cash_of(bank)] += fen
        if account != bank:
            self.table.nominal[row] += fen
        self._pass_on(CENTRAL_BANK, account, Code.OPENING, fen)
        self._post("endow", Code.OPENING, fen, claim=row, payer=CENTRAL_BANK, payee=account)

    def endow_deposit(self, account: str, fen: int) -> None:
        """Opening deposit against which its bank holds other assets than reserves: equity of the holder up and of the
        bank down, both OPENING."""
        fen = self._fen(fen, f"endow {account}")
        row, bank = self._cash_of(account), self.bank_at[account]
        if account == bank:
            self._refuse(f"endow {account} with a deposit: {bank} holds reserves; use endow")
        if fen == 0:
            return
        self.table.nominal[row] += fen
        self._pass_on(bank, account, Code.OPENING, fen)
        self._post("endow_deposit", Code.OPENING, fen, claim=row)

    def endow_loans(self, claim: int, fen: int) -> None:
        """Opening claim: nominal up; equity of the creditor up and of the debtor down, both OPENING."""
        key = self._of_kind(claim, "endow_loans", NOT_BORROWED)
        fen = self._fen(fen, "endow", claim)
        if fen == 0:
            return
        self.table.nominal[claim] += fen
        self._pass_on(key.debtor, key.creditor, Code.OPENING, fen)
        self._post("endow_loans", Code.OPENING, fen, claim=claim)

    def lend_reserves(self, claim: int, fen: int) -> None:
        """The central bank lends to a bank: it owes the reserves it makes, and is owed the loan."""
        key = self._of_kind(claim, "lend_reserves", NOT_BORROWED)
        fen = self._fen(fen, "lend reserves", claim)
        self._belongs(key.creditor, CENTRAL_BANK, "lend reserves", claim)
        if fen == 0:
            return
        self.table.nominal[self._cash_of(key.debtor)] += fen
        self.table.nominal[claim] += fen
        self._post("lend_reserves", Code.PRINCIPAL, fen, claim=claim, payer=CENTRAL_BANK, payee=key.debtor)

    def take_back_reserves(self, claim: int, fen: int) -> None:
        """A bank repays the central bank: loan and reserves are gone. Raises PostingError beyond either."""
        key = self._of_kind(claim, "take_back_reserves", NOT_BORROWED)
        fen = self._fen(fen, "take back reserves", claim)
        self._belongs(key.creditor, CENTRAL_BANK, "take back reserves", claim)
        self._within(claim, "nominal", fen, "take back reserves")
        row = self._cash_of(key.debtor)
        self._within(row, "nominal", fen, "take back reserves")
        if fen == 0:
            return
        self.table.nominal[row] -= fen
        self.table.nominal[claim] -= fen
        self._post("take_back_reserves", Code.PRINCIPAL, fen, claim=claim, payer=key.debtor, payee=CENTRAL_BANK)

    def pay(self, payer: str, payee: str, fen: int, code: Code, *, deal: str = "", cause: str = "") -> None:
        """Pay for something: an expense of the payer's party and an income of the payee's, under `code`.

        Code.TRANSFER moves cash between two accounts of one party, and only that. Raises Overdraft, and PostingError
        for a code that is not for cash.
        """
        if type(fen) is not int or fen < 0:  # words are put together only to refuse
            fen = self._fen(fen, f"{payer} pays {payee}")
        giver, taker = self._owner.get(payer), self._owner.get(payee)
        if giver is None or taker is None:
            giver, taker = party_of(payer), party_of(payee)  # type: ignore[assignment]
        if (code is Code.TRANSFER) != (giver == taker):
            self._refuse(
                f"{payer} pays {payee} {fen} fen, code {code}: transfer is for accounts of one party, and only for them"
            )
        if code in NOT_PAYABLE:
            self._refuse(f"{payer} pays {payee} {fen} fen: code {code} is not for payments; use the verb made for it")
        if fen == 0:
            return
        self._move(payer, payee, fen, code)
        if giver != taker:
            self._pass_on(payer, payee, code, fen)
        self._post("pay", code, fen, payer=payer, payee=payee, deal=deal, cause=cause)

    def issue_capital(self, party_account: str, fen: int, shareholder: str = SHAREHOLDERS) -> None:
        """The shareholder pays in new capital: a SHARE for its cash; equity of the institution up, ISSUE."""
        party = party_of(party_account)
        fen = self._fen(fen, f"capital of {party}")
        if fen == 0:
            return
        share = self.claim(Kind.SHARE, party_of(shareholder), party)
        self._move(shareholder, party_account, fen, Code.ISSUE)
        self.table.nominal[share] += fen
        self._earn(party, Code.ISSUE, fen)
        self._post("issue_capital", Code.ISSUE, fen, claim=share, payer=shareholder, payee=party_account)

    def redeem_capital(self, party_account: str, fen: int, shareholder: str = SHAREHOLDERS) -> None:
        """Pay capital back, as a fund does: equity of the institution down, ISSUE; the shareholder's SHARE falls by as
        much, and what it gets beyond the SHARE's nominal (it stands at cost) is its income, ISSUE."""
        party, holder = party_of(party_account), party_of(shareholder)
        fen = self._fen(fen, f"redemption of {party}")
        if fen == 0:
            return
        share = self.claim(Kind.SHARE, holder, party)
        at_cost = min(fen, self.nominal(share))
        self._move(party_account, shareholder, fen, Code.ISSUE)
        self.table.nominal[share] -= at_cost
        self._earn(party, Code.ISSUE, -fen)
        self._earn(holder, Code.ISSUE, fen - at_cost)
        self._post("redeem_capital", Code.ISSUE, fen, claim=share, payer=party_account, payee=shareholder)

    def dividend(self, party_account: str, fen: int, shareholder: str = SHAREHOLDERS) -> None:
        """Pay out profit: equity of the institution down and of the shareholder up, DIVIDEND."""
        party = party_of(party_account)
        fen = self._fen(fen, f"dividend of {party}")
        if fen == 0:
            return
        self._move(party_account, shareholder, fen, Code.DIVIDEND)
        self._pass_on(party, shareholder, Code.DIVIDEND, fen)
        self._post("dividend", Code.DIVIDEND, fen, payer=party_account, payee=shareholder)
