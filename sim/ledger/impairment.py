"""Verbs of a claim that fails: write off, recover, write down, reverse accruals; and the losses they record."""

from __future__ import annotations

from collections.abc import Sequence

from sim.ledger.holding import Holding
from sim.ledger.kinds import CASH_KINDS, ORIGIN, Code, Key, Kind, Loss, State, party_of
from sim.ledger.loss_record import LossRecord


class Impairment(Holding):
    """Losses and their causes.

    `cause` is `origin` (a borrower's default), the id of one earlier loss as text, a sequence of such ids, or
    what `causes_of` names: all that a failed party bore. Each loss row has one cause: a loss with several ids is split
    among them in proportion to their amounts, largest remainder, so walking back adds up to the fen. Verbs that record
    losses return the ids, for the losses they cause in turn.
    """

    def __init__(self) -> None:
        super().__init__()
        self._losses: list[Loss] = []  # recorded since the last drain
        self._record = LossRecord()  # kept for ever, since a loss may cause one years later

    def causes_of(self, party: str, lost: Sequence[int], *, since: int = 0) -> list[list[tuple[int, str]]]:
        """Why others lose the amounts `lost` by the failure of `party`: each split into (fen, cause), in fen.

        Causes are its own losses from day `since` on, in proportion, as far as they were not named for others' losses
        before; the rest is `origin`, its own business. Nothing is written: the verbs that take the causes do that.
        """
        return self._record.causes(party, self._number(party), lost, since)

    def write_off(self, claim: int, fen: int, *, cause: str | Sequence[str] = ORIGIN) -> list[str]:
        """Give up hope of `fen` of nominal: it moves to the WRITTEN_OFF row of the key, with an allowance of as much.

        The live allowance is used first; only the rest is an expense, LOSS. The debtor still owes it. Records a loss of
        `fen`, provided for or not.
        """
        key = self._of_kind(claim, "write_off", CASH_KINDS | {Kind.SHARE})
        fen = self._fen(fen, "write off", claim)
        self._within(claim, "nominal", fen, "write off")
        causes = self._causes(cause, "write off", claim)
        if fen == 0:
            return []
        table = self.table
        covered = min(fen, table.allowance[claim])
        table.nominal[claim] -= fen
        table.allowance[claim] -= covered
        remembered = table.rows.get((*key[:-1], State.WRITTEN_OFF))
        if remembered is None:
            remembered = self._row(key._replace(state=State.WRITTEN_OFF))
        table.nominal[remembered] += fen
        table.allowance[remembered] += fen
        self._earn(key.creditor, Code.LOSS, covered - fen)
        self._post("write_off", Code.LOSS, fen, claim=claim, cause=" ".join(causes))
        return self._lose(key, fen, causes)

    def recover(self, claim: int, fen: int, *, payer: str | None = None, payee: str | None = None) -> None:
        """Cash on a WRITTEN_OFF row: nominal and allowance down, RECOVERY income; a servicer's `payee` as in `repay`.

        With a mark, which only a buyer of written-off claims has, unwind it as the price paid is recovered.
        """
        key = self._key(claim)
        if key.state is not State.WRITTEN_OFF:
            self._refuse(f"recover {self._name(claim)}: it is not written off; use repay, or claim(state=WRITTEN_OFF)")
        fen = self._fen(fen, "recover", claim)
        self._within(claim, "nominal", fen, "recover")
        if fen == 0:
            return
        payer, payee = self._receive(claim, key, fen, Code.RECOVERY, payer, payee)
        self.table.nominal[claim] -= fen
        self.table.allowance[claim] -= fen
        self._earn(key.creditor, Code.RECOVERY, fen)
        self._post("recover", Code.RECOVERY, fen, claim=claim, payer=payer, payee=payee)

    def write_down(self, claim: int, fen: int, *, cause: str | Sequence[str]) -> list[str]:
        """The debt is gone in law (end of an SPV, resolution): nominal falls on both sides.

        The allowance is used first, the rest is the creditor's LOSS; the debtor gains all of it, LOSS with the other
        sign (nobody gains from a SHARE). Records a loss, except of what was written off before, which recorded it then.
        """
        key = self._key(claim)
        fen = self._fen(fen, "write down", claim)
        self._within(claim, "nominal", fen, "write down")
        causes = self._causes(cause, "write down", claim)
        if fen == 0:
            return []
        covered = min(fen, self.table.allowance[claim])
        self.table.nominal[claim] -= fen
        self.table.allowance[claim] -= covered
        self._earn(key.creditor, Code.LOSS, covered - fen)
        if key.kind is not Kind.SHARE:
            self._earn(key.debtor, Code.LOSS, fen)
        self._post("write_down", Code.LOSS, fen, claim=claim, cause=" ".join(causes))
        return [] if key.state is State.WRITTEN_OFF else self._lose(key, fen, causes)

    def sell_forced(
        self, claim: int, buyer: str, nominal_fen: int, price_fen: int, *, accrued_fen: int = 0,
        payee: str | None = None,
    ) -> int:  # fmt: skip
        """Sell as `assign`, by who cannot wait: what the price falls short of the carrying value is LOSS and no SALE.

        The debtor still owes it all: the loss is recorded as the seller's own, its need as the cause (`origin`).
        Returns the buyer's row.
        """
        key = self._key(claim)
        bought, gain = self._assign(
            claim, buyer, nominal_fen, price_fen, accrued_fen=accrued_fen, allowance_fen=None, payer=None, payee=payee
        )
        self._earn(key.creditor, Code.LOSS if gain < 0 else Code.SALE, gain)
        if gain < 0:
            self._lose(key._replace(debtor=party_of(key.creditor)), -gain, [ORIGIN])
        return bought

    def give_up(self, claim: int, fen: int, *, cause: str | Sequence[str]) -> list[str]:
        """`fen` of a debt is gone in law: what has accrued first, as `reverse_accrual`, the rest as `write_down`."""
        fen = self._fen(fen, "give up", claim)
        interest = min(fen, self.accrued(claim))
        return [
            *self.reverse_accrual(claim, interest, cause=cause),
            *self.write_down(claim, fen - interest, cause=cause),
        ]

    def reverse_accrual(
        self, claim: int, fen: int, cause: str | Sequence[str] = "", *, code: Code = Code.INTEREST
    ) -> list[str]:
        """Take accrued income back: accrued down, and the income and expense of `code` with it.

        With a cause, the holder has lost it and a loss is recorded; without one it was merely not earned.
        """
        key = self._earning(claim, code, "reverse accrual of")
        fen = self._fen(fen, "reverse accrual of", claim)
        self._within(claim, "accrued", fen, "reverse accrual of")
        causes = self._causes(cause, "reverse accrual of", claim) if cause else []
        if fen == 0:
            return []
        self.table.accrued[claim] -= fen
        self._pass_on(key.creditor, key.debtor, code, fen)
        self._post("reverse_accrual", code, fen, claim=claim, cause=" ".join(causes))
        return self._lose(key, fen, causes) if causes else []

    def drain_losses(self) -> list[Loss]:
        """The losses recorded since the last call, in order of recording."""
        drained, self._losses = self._losses, []
        return drained

    def losers(self) -> set[str]:
        """Who bore the losses recorded since the last drain."""
        return {loss.to_party for loss in self._losses}

    def _causes(self, cause: str | Sequence[str], what: str, claim: int) -> list[str]:
        causes = [cause] if isinstance(cause, str) else list(cause)
        for each in causes:
            if not self._record.knows(each, self.party_number):
                self._refuse(
                    f"{self._words(what, claim)}: cause {each!r} is neither {ORIGIN!r} nor the id of an earlier loss"
                )
        if not causes or (len(causes) > 1 and not all(each.isdecimal() for each in causes)):
            self._refuse(
                f"{self._words(what, claim)}: causes {causes}; give {ORIGIN!r} alone, or ids of earlier losses"
            )
        return causes

    def _lose(self, key: Key, fen: int, causes: list[str]) -> list[str]:
        debtor, creditor = key.debtor, party_of(key.creditor)
        kind, deal, rank = key.kind.name, key.deal, key.rank
        loser, ids = self._number(creditor), []
        for part, cause, in_round in self._record.split(fen, causes, self.party_number):
            number = self._record.add(part, loser, self.day, in_round)
            if key.kind is not Kind.SHARE:  # shares bear losses before anybody else: creditors' have the same causes
                self._record.pass_on(cause, part)
            self._losses.append(
                Loss(self.day, self.hour, number, in_round, kind, debtor, creditor, part, cause, deal, rank)
            )
            ids.append(str(number))
        return ids
