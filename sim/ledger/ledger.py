"""The ledger as the market sees it: the verbs, the checks at midnight, the views, and its state as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from sim.ledger.book import CODES
from sim.ledger.custody import Custody
from sim.ledger.identities import check_reserves, check_signs, check_stock_against_flow
from sim.ledger.kinds import CENTRAL_BANK, Key, Kind, Loss, party_of
from sim.ledger.table import ClaimTable, fen_column, key_from_plain
from sim.ledger.views import Columns, balance_sheets, exposures, note_holdings, notes_of


class Ledger(Custody):
    """The one store of what anybody owes. All amounts are int fen; only the verbs change them.

    Every verb checks before it writes: one that is refused (PostingError, Overdraft) leaves all amounts as they were.
    """

    def check(self) -> None:
        """Raise InvariantError, naming party, day and difference, if any identity of the ledger fails."""
        check_signs(self.table, self.day)
        check_stock_against_flow(self.table, self.flows, self.parties, self.day)
        check_reserves(self.table, self.party_number[CENTRAL_BANK], self.day)

    def balance_sheets(self) -> Columns:
        """Columns institution, side (asset, liability, equity), item, amount_fen of all parties."""
        return balance_sheets(self.table, self.flows, self.parties)

    def balance_sheet(self, party: str) -> list[tuple[str, int]]:
        """Lines (item, fen) of one party: assets, then liabilities with a minus, then equity, which is their sum."""
        self._number(party)
        sheet = self.balance_sheets()
        lines = zip(sheet["institution"], sheet["side"], sheet["item"], sheet["amount_fen"], strict=True)
        mine = [
            (str(item), -int(fen) if side == "liability" else int(fen))
            for institution, side, item, fen in lines
            if institution == party and side != "equity"
        ]
        return [*mine, ("equity", self.equity(party))]

    def exposures(self) -> Columns:
        """Columns layer, creditor, debtor, deal, rank, state, amount_fen, carrying_fen, undrawn_fen of all claims."""
        return exposures(self.table)

    def note_holdings(self) -> list[tuple[str, str, int, int]]:
        """(holder, deal, rank, nominal_fen) of all notes owed: what a register shows."""
        return note_holdings(self.table)

    def notes_of(self, party: str) -> list[tuple[str, str, int, int]]:
        """The lines of the register that name one holder, in the order of the table."""
        return notes_of(self.table, self._number(party))

    def note_holders(self, issuers: Iterable[str]) -> dict[str, int]:
        """Holder -> nominal in fen of all notes of these issuers together; one pass over the table."""
        table, held = self.table, np.zeros(len(self.parties), dtype=np.int64)
        numbers = [self._number(party) for party in issuers]
        rows = np.flatnonzero((table.column("kind") == Kind.TRANCHE) & np.isin(table.column("debtor"), numbers))
        np.add.at(held, table.creditor[rows], table.column("nominal")[rows])
        return {self.parties[number]: int(held[number]) for number in np.flatnonzero(held)}

    def notes_fen(self, party: str) -> int:
        """Nominal of all notes a party holds, fen."""
        nominal = self.table.nominal
        return sum([nominal[row] for row in self.table.notes.get(self._number(party), [])])

    def bonds_fen(self, party: str) -> int:
        """Nominal of all bonds a party owes, fen."""
        nominal = self.table.nominal
        return sum([nominal[row] for row in self.table.bonds.get(self._number(party), [])])

    def assets(self, parties: Iterable[str]) -> dict[str, int]:
        """Carrying value of everything each of these parties owns, fen; one pass over the table for all of them."""
        carrying, creditor = self.table.carrying(), self.table.column("creditor")
        return {party: int(carrying[creditor == self._number(party)].sum()) for party in parties}

    def free(self, deal: str) -> int:
        """Drop the zero rows of a deal and of its SPV `spv:<deal>`, whose empty accounts close; returns how many.

        Row numbers held for them are void from then on. Rows that are not zero stay.
        """
        table, number = self.table, self.party_number.get(f"spv:{deal}", -1)
        ends = (table.column("creditor") == number) | (table.column("debtor") == number)
        occupied = np.flatnonzero(ends & (table.column("kind") >= 0)).tolist()
        dropped = [row for row in sorted({*occupied, *table.of_deal.get(deal, ())}) if table.is_zero(row)]
        for row in dropped:
            self._drop(row, self._key(row))
        return len(dropped)

    def retire(self, party: str) -> None:
        """Forget a party that is no more: its rows of zero are dropped, its accounts close, its number serves another.

        Raises:
            PostingError: it still owes, owns, or may draw something, or its equity is not 0.
        """
        number = self._number(party)
        table = self.table
        ends = (table.column("creditor") == number) | (table.column("debtor") == number)
        rows = [int(row) for row in np.flatnonzero(ends & (table.column("kind") >= 0))]
        for row in rows:
            if not table.is_zero(row):
                self._refuse(f"{party} cannot be retired: {self._name(row)} is not settled")
        if self.equity(party):
            self._refuse(f"{party} cannot be retired: its equity is {self.equity(party)} fen, not 0")
        for row in rows:
            self._drop(row, self._key(row))
        self.flows[number] = 0
        self._record.forget(party, number)
        del self.party_number[party], self._owner[party]
        self.parties[number] = ""
        self.free_numbers.append(number)

    def _drop(self, row: int, key: Key) -> None:
        """Free a row of zeros; an account closes with its row."""
        if self._cash_row.get(key.creditor) == row:
            del self._cash_row[key.creditor], self.bank_at[key.creditor]
            if key.creditor not in self.party_number:
                del self._owner[key.creditor]
        self.table.drop(row)

    def state(self) -> dict[str, Any]:
        """Everything, as int64 arrays under "arrays" and plain JSON data under "json"; `restore` takes it back."""
        arrays = self.table.arrays() | {
            "flows": self.flows[: len(self.parties)].copy(),
            **self._record.arrays(),
        }
        plain = {
            "clock": [self.day, self.hour],
            "parties": list(self.parties),
            "free_numbers": list(self.free_numbers),
            "accounts": dict(self.bank_at),
            "cash_rows": dict(self._cash_row),
            "keys": [None if key is None else list(key) for key in self.table.keys],
            "free": list(self.table.free),
            "losses": [list(loss) for loss in self._losses],
            "passed_on": self._record.plain(),
        }
        return {"arrays": arrays, "json": plain}

    def restore(self, state: dict[str, Any]) -> None:
        """Become the ledger whose `state` this is; the journal stays as it is set here."""
        arrays, plain = dict(state["arrays"]), state["json"]
        flows = arrays.pop("flows")
        self._record.restore(arrays, plain["passed_on"])
        self.day, self.hour = plain["clock"]
        self.parties = list(plain["parties"])
        self.party_number = {name: number for number, name in enumerate(self.parties) if name}
        self.free_numbers = list(plain["free_numbers"])
        self._income = fen_column(max(64, len(self.parties)) * CODES)
        self.flows[: len(self.parties)] = flows
        self.bank_at, self._cash_row = dict(plain["accounts"]), dict(plain["cash_rows"])
        self._owner = self.party_number | {a: self.party_number[party_of(a)] for a in self.bank_at}
        keys = [None if key is None else key_from_plain(key) for key in plain["keys"]]
        self.table = ClaimTable.rebuilt(keys, plain["free"], arrays)
        self._losses = [Loss(*loss) for loss in plain["losses"]]
