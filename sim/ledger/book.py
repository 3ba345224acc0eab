"""Parties, accounts, the clock, and the few private moves out of which every verb of the ledger is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import index
from typing import NoReturn, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from sim.ledger.kinds import (
    CENTRAL_BANK,
    CODE_NUMBER,
    DEPOSIT_TAKERS,
    Code,
    Key,
    Kind,
    Overdraft,
    Posting,
    PostingError,
    State,
    checked_party,
    kind_of,
    party_of,
)
from sim.ledger.table import ClaimTable, fen_column

CODES = len(CODE_NUMBER)


class Book:
    """Who there is, what they hold in which account, what is claimed, and each party's income by code.

    `flows[party number, code number]` is the equity account: every change of equity, cumulative, by code. `journal`, if
    set, receives every posting after it is written. `raise_reserves`, if set, is asked for (bank, fen) before a payment
    to another bank is refused for want of reserves; it may borrow, and nothing of the payment is written yet.
    """

    def __init__(self) -> None:
        self.journal: Callable[[Posting], None] | None = None
        self.raise_reserves: Callable[[str, int], None] | None = None
        self.day = 0
        self.hour = 0
        self.table = ClaimTable()
        self.parties: list[str] = []
        self.party_number: dict[str, int] = {}
        self.free_numbers: list[int] = []  # of parties that were retired; `parties` holds "" there
        self._income = fen_column(64 * CODES)  # the cells of `flows`, row by row
        self._owner: dict[str, int] = {}  # party, or account -> number of its party
        self.bank_at: dict[str, str] = {}  # account -> the bank or custodian that keeps it
        self._cash_row: dict[str, int] = {}  # account, or deposit taker -> its DEPOSIT, or RESERVE, row
        self.add_party(CENTRAL_BANK)

    def add_party(self, name: str) -> None:
        """Make a party known; again is harmless. A bank or custodian gets its reserve account at the central bank."""
        if name in self.party_number:
            return
        checked_party(name)
        if self.free_numbers:
            self.party_number[name] = self.free_numbers.pop()
            self.parties[self.party_number[name]] = name
        else:
            self.party_number[name] = len(self.parties)
            self.parties.append(name)
        if len(self.parties) * CODES > len(self._income):
            self._income += fen_column(len(self._income))
        self._owner[name] = self.party_number[name]
        if kind_of(name) in DEPOSIT_TAKERS:
            self.bank_at[name] = name
            self._cash_row[name] = self._row(Key(Kind.RESERVE, name, CENTRAL_BANK, "", 0, State.LIVE))

    def open_account(self, account: str, bank: str) -> None:
        """Open a cash account (`spv:x/income`, or the plain party id for its general one) at a bank or custodian.

        Parties not yet known are added. Opening it again at the same bank is harmless; PostingError if it is open
        elsewhere, if `bank` does not keep accounts, or if the holder is itself a bank, which holds reserves instead.
        """
        if self.bank_at.get(account, bank) != bank:
            self._refuse(f"account {account} is already open at {self.bank_at[account]}, so not at {bank}")
        if kind_of(bank) not in DEPOSIT_TAKERS:
            self._refuse(f"account {account}: {bank} keeps no accounts; name a bank or a custodian")
        if kind_of(account) in DEPOSIT_TAKERS or account == CENTRAL_BANK:
            self._refuse(f"account {account}: {party_of(account)} holds reserves at the central bank, not deposits")
        if account in self.bank_at:
            return
        self.add_party(party_of(account))
        self.add_party(bank)
        self._owner[account] = self.party_number[party_of(account)]
        self.bank_at[account] = bank
        self._cash_row[account] = self._row(Key(Kind.DEPOSIT, account, bank, "", 0, State.LIVE))

    @property
    def flows(self) -> NDArray[np.int64]:
        """Cumulative changes of equity in fen, one row a party and one column a code; a view."""
        return np.asarray(self._income).reshape(-1, CODES)

    def set_clock(self, day: int, hour: int) -> None:
        """The day and hour that postings carry from now on."""
        self.day, self.hour = int(day), int(hour)

    def cash(self, account: str) -> int:
        """Fen in an account, or the reserves of a bank or custodian."""
        row = self._cash_row.get(account)
        return self.table.nominal[self._cash_of(account) if row is None else row]

    def cash_in(self, accounts: Iterable[str]) -> int:
        """Fen in several accounts together."""
        row, nominal = self._cash_row, self.table.nominal
        try:
            return sum([nominal[row[account]] for account in accounts])
        except KeyError as unknown:
            self._refuse(f"{unknown.args[0]} has no cash account; open_account it first")

    def claim(
        self, kind: Kind, creditor: str, debtor: str, *, deal: str = "", rank: int = 0, state: State = State.LIVE
    ) -> int:
        """The number of a claim's row, made if it is new; deposits and reserves are found here but opened as accounts.

        Raises PostingError if an end is not a known party, or if both ends are the same.
        """
        found = self.table.rows.get((kind, creditor, debtor, deal, rank, state))
        if found is not None:
            return found
        if kind in (Kind.DEPOSIT, Kind.RESERVE):
            self._refuse(f"{kind.name} of {creditor} at {debtor} does not exist; open_account makes it")
        for party in (creditor, debtor):
            if party not in self.party_number:
                self._refuse(f"{kind.name} of {creditor} on {debtor}: {party} is not a known party; add_party it first")
        if creditor == debtor:
            self._refuse(f"{kind.name}: {creditor} cannot have a claim on itself")
        return self._row(Key(kind, creditor, debtor, deal, rank, state))

    def claims_of(self, kind: Kind, *, creditor: str | None = None, debtor: str | None = None) -> list[int]:
        """Numbers of all rows of a kind whose ends are these parties (None: any), in order; rows of zero included."""
        table = self.table
        chosen = table.column("kind") == kind
        for end, party in (("creditor", creditor), ("debtor", debtor)):
            if party is not None:
                chosen &= table.column(end) == self._number(party)
        return [int(row) for row in np.flatnonzero(chosen)]

    def key(self, claim: int) -> Key:
        """Who owes whom what in a row: its kind, ends, deal, rank and state."""
        return self._key(claim)

    def nominal(self, claim: int) -> int:
        """Principal owed, in fen."""
        self._key(claim)
        return self.table.nominal[claim]

    def nominals(self, claims: Iterable[int]) -> list[int]:
        """Principal owed on each of several claims, in fen."""
        rows = list(claims)  # before the column is taken hold of: asking for them may open rows, so that it grows
        nominal = self.table.nominal
        return [nominal[row] for row in rows]

    def accrued(self, claim: int) -> int:
        """Interest or fee earned and not yet paid, in fen."""
        self._key(claim)
        return self.table.accrued[claim]

    def accrueds(self, claims: Iterable[int]) -> list[int]:
        """What has accrued on each of several claims, in fen."""
        rows = list(claims)  # as in `nominals`
        accrued = self.table.accrued
        return [accrued[row] for row in rows]

    def allowance(self, claim: int) -> int:
        """What the creditor has provided for the claim, in fen."""
        self._key(claim)
        return self.table.allowance[claim]

    def marked(self, claim: int) -> int:
        """The signed mark on the claim, in fen: what the creditor values it above (below) its other amounts."""
        self._key(claim)
        return self.table.mark[claim]

    def undrawn(self, claim: int) -> int:
        """What may still be drawn or called, in fen; off balance."""
        self._key(claim)
        return self.table.undrawn[claim]

    def carrying(self, claim: int) -> int:
        """The creditor's carrying value in fen: nominal + accrued - allowance + mark."""
        self._key(claim)
        table = self.table
        return table.nominal[claim] + table.accrued[claim] - table.allowance[claim] + table.mark[claim]

    def equity(self, party: str) -> int:
        """A party's equity account in fen: all its income and capital so far."""
        first = self._number(party) * CODES
        return sum(self._income[first : first + CODES])

    def income(self, party: str) -> dict[Code, int]:
        """A party's equity account by code, in fen since the start; codes that never moved are left out."""
        row = self.flows[self._number(party)]
        return {code: int(row[number]) for code, number in CODE_NUMBER.items() if row[number]}

    # What the verbs are made of. A verb checks everything, then moves cash (which may refuse), then writes the rest.

    def _whole(self, fen: SupportsIndex, what: str, claim: int = -1) -> int:
        """A signed amount as a Python int; refuses floats, which never touch money. `what` is done, to `claim` if any:
        words are only put together to refuse."""
        try:
            return index(fen)
        except TypeError:
            self._refuse(f"{self._words(what, claim)}: amount {fen!r} is not a whole number of fen; round it first")

    def _words(self, what: str, claim: int) -> str:
        return what if claim < 0 else f"{what} {self._name(claim)}"

    def _fen(self, fen: SupportsIndex, what: str, claim: int = -1) -> int:
        """An amount of 0 or more."""
        amount = fen if type(fen) is int else self._whole(fen, what, claim)
        if amount < 0:
            self._refuse(f"{self._words(what, claim)}: amount {amount} fen is negative; use the opposite verb")
        return amount

    def _refuse(self, reason: str) -> NoReturn:
        raise PostingError(f"day {self.day}, hour {self.hour}: {reason}")

    def _number(self, party: str) -> int:
        number = self.party_number.get(party)
        if number is None:
            self._refuse(f"{party} is not a known party; add_party it first")
        return number

    def _cash_of(self, account: str) -> int:
        row = self._cash_row.get(account)
        if row is None:
            self._refuse(f"{account} has no cash account; open_account it first")
        return row

    def _row(self, key: Key) -> int:
        row = self.table.rows.get(key)
        if row is None:
            creditor = self.party_number[party_of(key.creditor)]
            row = self.table.open(key, creditor, self.party_number[key.debtor])
        return row

    def _key(self, claim: int) -> Key:
        keys = self.table.keys
        key = keys[claim] if 0 <= claim < len(keys) else None
        if key is None:
            self._refuse(f"claim {claim} does not exist or was freed; ask claim() for its row again")
        return key

    def _of_kind(self, claim: int, verb: str, refused: frozenset[Kind]) -> Key:
        """The key of a live claim, refusing `verb` for some kinds."""
        key = self._key(claim)
        if key.state is not State.LIVE:
            self._refuse(f"{verb} {self._name(claim)}: it is written off; only recover, write_down or assign it")
        if key.kind in refused:
            self._refuse(f"{verb} {self._name(claim)}: a {key.kind.name} has verbs of its own")
        return key

    def _name(self, claim: int) -> str:
        key = self._key(claim)
        deal = f" in deal {key.deal}" if key.deal else ""
        return f"{key.kind.name} of {key.creditor} on {key.debtor}{deal}, rank {key.rank}, {key.state.name.lower()}"

    def _within(self, claim: int, column: str, fen: int, verb: str) -> None:
        """Refuse `verb` if the column holds less than `fen`."""
        held: int = getattr(self.table, column)[claim]
        if fen > held:
            self._refuse(f"{verb} {fen} fen of {self._name(claim)}: its {column} is {held} fen, {fen - held} short")

    def _earn(self, name: str, code: Code, fen: int) -> None:
        """Raise (or lower) under a code the equity of a party, or of the party of an account."""
        self._income[self._owner[name] * CODES + CODE_NUMBER[code]] += fen

    def _pass_on(self, giver: str, taker: str, code: Code, fen: int) -> None:
        """An expense of one party, or of the party of an account, that is an income of another."""
        number, owner, income = CODE_NUMBER[code], self._owner, self._income
        income[owner[giver] * CODES + number] -= fen
        income[owner[taker] * CODES + number] += fen

    def _belongs(self, account: str, party: str, what: str, claim: int) -> None:
        if account != party and not account.startswith(f"{party}/"):
            self._refuse(f"{self._words(what, claim)}: account {account} does not belong to {party}")

    def _move(self, payer: str, payee: str, fen: int, code: Code) -> None:
        """Move cash between accounts; between two banks reserves follow. Writes nothing if it must refuse."""
        rows = self._cash_row
        out = rows[payer] if payer in rows else self._cash_of(payer)
        into = rows[payee] if payee in rows else self._cash_of(payee)
        payer_bank, payee_bank = self.bank_at[payer], self.bank_at[payee]
        if payer == payee:
            self._refuse(f"payment of {fen} fen, code {code}: payer and payee are the same account {payer}")
        nominal = self.table.nominal
        if payer != payer_bank and fen > nominal[out]:
            remedy = "fund the account first or pay no more than its balance"
            self._overdraw(payer, payee, fen, code, short=payer, remedy=remedy)
        if payer_bank != payee_bank:
            if fen > nominal[rows[payer_bank]]:
                self._raise_reserves(payer, payee, fen, code)
                nominal = self.table.nominal  # raising reserves may have opened rows, so that the columns grew
            nominal[rows[payer_bank]] -= fen
            nominal[rows[payee_bank]] += fen
        if payer != payer_bank:
            nominal[out] -= fen
        if payee != payee_bank:
            nominal[into] += fen

    def _raise_reserves(self, payer: str, payee: str, fen: int, code: Code) -> None:
        """Have the payer's bank find what a payment to another bank lacks, or refuse."""
        bank = self.bank_at[payer]
        if self.raise_reserves is not None:
            self.raise_reserves(bank, fen)
        if fen > self.cash(bank):
            remedy = "the bank must raise reserves before it can pay to another bank"
            self._overdraw(payer, payee, fen, code, short=bank, remedy=remedy)

    def _overdraw(self, payer: str, payee: str, fen: int, code: Code, *, short: str, remedy: str) -> NoReturn:
        balance = self.cash(short)
        what = f"reserves of {short}" if kind_of(short) in DEPOSIT_TAKERS else f"balance of {short}"
        raise Overdraft(
            f"day {self.day}, hour {self.hour}: {payer} cannot pay {fen} fen to {payee}, code {code}: "
            f"the {what} is {balance} fen, {fen - balance} short; {remedy}"
        )

    def _post(
        self, verb: str, code: Code, fen: int, *, claim: int = -1, payer: str = "", payee: str = "",
        deal: str | None = None, cause: str = "",
    ) -> None:  # fmt: skip
        """Tell the journal, if there is one; the deal is the claim's, unless another is given."""
        if self.journal is None:
            return
        key = self._key(claim) if claim >= 0 else None
        self.journal(
            Posting(
                self.day,
                self.hour,
                verb,
                code,
                key.kind.name if key else "",
                key.creditor if key else "",
                key.debtor if key else "",
                payer,
                payee,
                fen,
                (key.deal if key else "") if deal is None else deal,
                cause,
            )
        )
