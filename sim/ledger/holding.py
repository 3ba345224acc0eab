"""Verbs of who holds a claim and at what value: assign, mark, provide."""

from __future__ import annotations

from sim.ledger.collecting import Collecting
from sim.ledger.kinds import CASH_KINDS, Code, Key, Kind, State


class Holding(Collecting):
    """Sales of claims and changes of their value. A holder either marks or provides, never both for one cause."""

    def assign(
        self,
        claim: int,
        buyer: str,
        nominal_fen: int,
        price_fen: int,
        *,
        accrued_fen: int = 0,
        allowance_fen: int | None = None,
        payer: str | None = None,
        payee: str | None = None,
    ) -> int:
        """Sell part or all of a claim; returns the buyer's row, of the same kind, debtor, deal, rank and state.

        The seller's allowance and mark go with the nominal pro rata (floored; all of it with the last of the nominal);
        `allowance_fen` says what was provided for just this part, where a row holds loans of different risk.
        and price - (nominal - allowance + mark) - accrued is its SALE gain or loss. The buyer carries what it bought at
        its price: mark = price - nominal - accrued, or, written off (allowance = nominal), mark = price - accrued.
        Commitments stay with the seller. Accounts default to the general ones. Raises Overdraft, PostingError.
        """
        key = self._key(claim)
        bought, gain = self._assign(
            claim, buyer, nominal_fen, price_fen, accrued_fen=accrued_fen, allowance_fen=allowance_fen, payer=payer,
            payee=payee,
        )  # fmt: skip
        self._earn(key.creditor, Code.SALE, gain)
        return bought

    def _assign(
        self, claim: int, buyer: str, nominal_fen: int, price_fen: int, *, accrued_fen: int, allowance_fen: int | None,
        payer: str | None, payee: str | None,
    ) -> tuple[int, int]:  # fmt: skip
        """Check and write a sale; returns the buyer's row and the seller's gain, which is still to be posted."""
        key = self._key(claim)
        if key.kind in CASH_KINDS:
            self._refuse(f"assign {self._name(claim)} to {buyer}: cash is paid, not assigned; use pay")
        nominal, price, accrued = (self._fen(fen, "assign", claim) for fen in (nominal_fen, price_fen, accrued_fen))
        self._within(claim, "nominal", nominal, "assign")
        self._within(claim, "accrued", accrued, "assign")
        if buyer == key.creditor:
            self._refuse(f"assign {self._name(claim)} to {buyer}: the buyer holds it already")
        payer, payee = payer or buyer, payee or key.creditor
        self._belongs(payer, buyer, "assign", claim)
        self._belongs(payee, key.creditor, "assign", claim)
        bought = self.claim(key.kind, buyer, key.debtor, deal=key.deal, rank=key.rank, state=key.state)
        if price:
            self._move(payer, payee, price, Code.SALE)
        gain = self._hand_over(
            claim, bought, key, nominal=nominal, accrued=accrued, price=price, provided=allowance_fen
        )
        self._post("assign", Code.SALE, price, claim=claim, payer=payer, payee=payee)
        return bought, gain

    def sell_on_recourse(
        self, claim: int, buyer: str, nominal_fen: int, *, accrued_fen: int = 0, deal: str = ""
    ) -> int:
        """Hand a claim over for what is owed on it, to be paid later; returns the seller's RECOURSE row on the buyer.

        The price, nominal + accrued, is owed as nominal of RECOURSE instead of being paid; else as `assign`: the seller
        earns its allowance back and loses its mark as SALE, the buyer carries what is owed.
        """
        key = self._of_kind(claim, "sell on recourse", CASH_KINDS)
        nominal, accrued = (self._fen(fen, "sell on recourse", claim) for fen in (nominal_fen, accrued_fen))
        self._within(claim, "nominal", nominal, "sell on recourse")
        self._within(claim, "accrued", accrued, "sell on recourse")
        bought = self.claim(key.kind, buyer, key.debtor, deal=key.deal, rank=key.rank, state=key.state)
        owed = self.claim(Kind.RECOURSE, key.creditor, buyer, deal=deal or key.deal)
        price = nominal + accrued
        gain = self._hand_over(claim, bought, key, nominal=nominal, accrued=accrued, price=price, provided=None)
        self._earn(key.creditor, Code.SALE, gain)
        self.table.nominal[owed] += price
        self._post("sell_on_recourse", Code.SALE, price, claim=claim)
        return owed

    def _hand_over(
        self, sold: int, bought: int, key: Key, *, nominal: int, accrued: int, price: int, provided: int | None
    ) -> int:
        """Write both rows of a sale whose price is paid; returns the seller's gain, which is still to be posted."""
        whole = self.table.nominal[sold]
        held = self.table.allowance[sold]
        allowance = held * nominal // whole if whole else 0
        if provided is not None and nominal < whole:
            allowance = min(held, self._fen(provided, "allowance of what is sold"))
        mark = self.table.mark[sold] * nominal // whole if whole else 0
        kept_allowance = nominal if key.state is State.WRITTEN_OFF else 0
        self.table.nominal[sold] -= nominal
        self.table.accrued[sold] -= accrued
        self.table.allowance[sold] -= allowance
        self.table.mark[sold] -= mark
        self.table.nominal[bought] += nominal
        self.table.accrued[bought] += accrued
        self.table.allowance[bought] += kept_allowance
        self.table.mark[bought] += price - (nominal - kept_allowance) - accrued
        return price - (nominal - allowance + mark) - accrued

    def mark(self, claim: int, fen: int) -> None:
        """Set the signed mark; the change is the creditor's income or expense, MARK."""
        self._key(claim)
        fen = self._whole(fen, "mark", claim)
        self._revalue(claim, fen - self.table.mark[claim])

    def unwind_mark(self, claim: int, fen: int) -> None:
        """Move the mark `fen` toward 0: income if it was a discount, expense if a premium, MARK."""
        self._key(claim)
        fen = self._fen(fen, "unwind the mark of", claim)
        mark = self.table.mark[claim]
        if fen > abs(mark):
            self._refuse(f"unwind {fen} fen of {self._name(claim)}: its mark is {mark} fen; it cannot pass 0")
        self._revalue(claim, -fen if mark > 0 else fen)

    def provide(self, claim: int, fen: int) -> None:
        """Raise the allowance by `fen` (negative: release it); the creditor's expense or income, PROVISION."""
        key = self._key(claim)
        if key.state is not State.LIVE:
            self._refuse(f"provide for {self._name(claim)}: it is written off already")
        fen = self._whole(fen, "provide for", claim)
        if self.table.allowance[claim] + fen < 0:
            self._within(claim, "allowance", -fen, "release")
        if fen == 0:
            return
        self.table.allowance[claim] += fen
        self._earn(key.creditor, Code.PROVISION, -fen)
        self._post("provide", Code.PROVISION, fen, claim=claim)

    def _revalue(self, claim: int, change: int) -> None:
        if change == 0:
            return
        self.table.mark[claim] += change
        self._earn(self._key(claim).creditor, Code.MARK, change)
        self._post("mark", Code.MARK, change, claim=claim)
