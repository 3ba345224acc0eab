"""Verbs of a claim that performs: commit, draw, repay, accrue, collect, remit, and guarantees."""

from __future__ import annotations

from sim.ledger.kinds import NOT_BORROWED, Code, Key, Kind, State, party_of
from sim.ledger.payments import Payments


class Lending(Payments):
    """Borrowing and paying back. Where a servicer's account receives what another is owed, a COLLECTED claim rises."""

    def commit(self, claim: int, fen: int) -> None:
        """Set what may still be drawn (of a guarantee: called); from then on the claim cannot be drawn beyond it."""
        self._of_kind(claim, "commit", NOT_BORROWED - {Kind.GUARANTEE})
        fen = self._fen(fen, "commit", claim)
        self.table.undrawn[claim] = fen
        self.table.committed[claim] = True
        self._post("commit", Code.PRINCIPAL, fen, claim=claim)

    def draw(self, claim: int, fen: int, *, payer: str | None = None, payee: str | None = None) -> None:
        """Lend: the creditor's cash to the debtor's, nominal up, and undrawn down where the claim was committed.

        Accounts default to the general ones. A `payee` of a third party (the merchant of a purchase on credit) earns
        PURCHASE_OF_GOODS, which the debtor spends. Raises Overdraft; PostingError beyond the commitment.
        """
        key = self._of_kind(claim, "draw", NOT_BORROWED)
        fen = self._fen(fen, "draw", claim)
        payer, payee = payer or key.creditor, payee or key.debtor
        self._belongs(payer, key.creditor, "draw", claim)
        committed = bool(self.table.committed[claim])
        if committed:
            self._within(claim, "undrawn", fen, "draw")
        if fen == 0:
            return
        buys = party_of(payee) != key.debtor
        code = Code.PURCHASE_OF_GOODS if buys else Code.PRINCIPAL
        if payer != payee:  # a lender that is also the merchant pays itself: no cash moves
            self._move(payer, payee, fen, code)
        self.table.nominal[claim] += fen
        if committed:
            self.table.undrawn[claim] -= fen
        if buys:
            self._pass_on(key.debtor, payee, code, fen)
        self._post("draw", code, fen, claim=claim, payer=payer, payee=payee)

    def repay(self, claim: int, fen: int, *, payer: str | None = None, payee: str | None = None) -> None:
        """Repay principal: the debtor's cash to the creditor's, nominal down.

        A `payee` of another party is the servicer: the creditor's COLLECTED claim on it rises by as much.
        """
        key = self._of_kind(claim, "repay", NOT_BORROWED)
        fen = self._fen(fen, "repay", claim)
        self._within(claim, "nominal", fen, "repay")
        if fen == 0:
            return
        payer, payee = self._receive(claim, key, fen, Code.PRINCIPAL, payer, payee)
        self.table.nominal[claim] -= fen
        self._post("repay", Code.PRINCIPAL, fen, claim=claim, payer=payer, payee=payee)

    def remit(self, collected_claim: int, fen: int, payer: str, payee: str) -> None:
        """The servicer hands over what it collected: from its account to the owner's, COLLECTED down."""
        key = self._key(collected_claim)
        if key.kind is not Kind.COLLECTED:
            self._refuse(f"remit {self._name(collected_claim)}: only a COLLECTED claim is remitted")
        fen = self._fen(fen, "remit", collected_claim)
        self._within(collected_claim, "nominal", fen, "remit")
        self._belongs(payer, key.debtor, "remit", collected_claim)
        self._belongs(payee, key.creditor, "remit", collected_claim)
        if fen == 0:
            return
        self._move(payer, payee, fen, Code.PRINCIPAL)
        self.table.nominal[collected_claim] -= fen
        self._post("remit", Code.PRINCIPAL, fen, claim=collected_claim, payer=payer, payee=payee)

    def accrue(self, claim: int, fen: int, code: Code = Code.INTEREST) -> None:
        """Interest or fee earned, not yet paid: accrued up; income of the creditor, expense of the debtor."""
        key = self._earning(claim, code, "accrue")
        if key.state is not State.LIVE:
            self._refuse(f"accrue {self._name(claim)}: what is written off earns nothing; use collect_income for cash")
        fen = self._fen(fen, "accrue", claim)
        if fen == 0:
            return
        self.table.accrued[claim] += fen
        self._pass_on(key.debtor, key.creditor, code, fen)
        self._post("accrue", code, fen, claim=claim)

    def pay_accrued(self, claim: int, fen: int, *, payer: str | None = None, payee: str | None = None) -> None:
        """Pay what has accrued: cash against accrued, no new income. A servicer's `payee` as in `repay`."""
        key = self._key(claim)
        fen = self._fen(fen, "pay accrued of", claim)
        self._within(claim, "accrued", fen, "pay accrued")
        if fen == 0:
            return
        payer, payee = self._receive(claim, key, fen, Code.PRINCIPAL, payer, payee)
        self.table.accrued[claim] -= fen
        self._post("pay_accrued", Code.PRINCIPAL, fen, claim=claim, payer=payer, payee=payee)

    def collect_income(
        self, claim: int, fen: int, code: Code, *, payer: str | None = None, payee: str | None = None
    ) -> None:
        """Cash income on a claim that was never accrued (a penalty): income of the creditor, expense of the debtor.

        A servicer's `payee` as in `repay`.
        """
        key = self._earning(claim, code, "collect income on")
        fen = self._fen(fen, "collect income on", claim)
        if fen == 0:
            return
        payer, payee = self._receive(claim, key, fen, code, payer, payee)
        self._pass_on(key.debtor, key.creditor, code, fen)
        self._post("collect_income", code, fen, claim=claim, payer=payer, payee=payee)

    def call(self, guarantee_claim: int, fen: int) -> None:
        """Call a guarantee: undrawn becomes nominal, an income of the beneficiary and expense of the guarantor."""
        key = self._guarantee(guarantee_claim, "call")
        fen = self._fen(fen, "call", guarantee_claim)
        self._within(guarantee_claim, "undrawn", fen, "call")
        if fen == 0:
            return
        self.table.undrawn[guarantee_claim] -= fen
        self.table.nominal[guarantee_claim] += fen
        self._pass_on(key.debtor, key.creditor, Code.GUARANTEE, fen)
        self._post("call", Code.GUARANTEE, fen, claim=guarantee_claim)

    def pay_guarantee(
        self, guarantee_claim: int, fen: int, *, payee: str, reimbursed_by: str | None, payer: str | None = None
    ) -> int | None:
        """The guarantor pays what was called, from its general account unless `payer` says otherwise.

        `reimbursed_by` then owes it to the guarantor: returns the REIMBURSEMENT claim, whose nominal rose by `fen` with
        income of the guarantor and expense of the reimburser. None: the guarantor bears it, and None is returned.
        """
        key = self._guarantee(guarantee_claim, "pay_guarantee")
        fen = self._fen(fen, "pay", guarantee_claim)
        self._within(guarantee_claim, "nominal", fen, "pay guarantee")
        self._belongs(payee, key.creditor, "pay", guarantee_claim)
        owed = None
        if reimbursed_by is not None:
            owed = self.claim(Kind.REIMBURSEMENT, key.debtor, reimbursed_by, deal=key.deal)
        if fen == 0:
            return owed
        payer, payee = self._receive(guarantee_claim, key, fen, Code.GUARANTEE, payer, payee)
        self.table.nominal[guarantee_claim] -= fen
        if owed is not None and reimbursed_by is not None:
            self.table.nominal[owed] += fen
            self._pass_on(reimbursed_by, key.debtor, Code.GUARANTEE, fen)
        self._post("pay_guarantee", Code.GUARANTEE, fen, claim=guarantee_claim, payer=payer, payee=payee)
        return owed

    def _receive(
        self, claim: int, key: Key, fen: int, code: Code, payer: str | None, payee: str | None
    ) -> tuple[str, str]:
        """Move a debtor's cash to whoever receives it; another party than the creditor owes it on as COLLECTED."""
        payer, payee = payer or key.debtor, payee or key.creditor
        self._belongs(payer, key.debtor, "payment on", claim)
        self._move(payer, payee, fen, code)
        if self._owner[payee] != self._owner[key.creditor]:
            collected = self.claim(Kind.COLLECTED, party_of(key.creditor), party_of(payee), deal=key.deal)
            self.table.nominal[collected] += fen
        return payer, payee

    def _earning(self, claim: int, code: Code, verb: str) -> Key:
        key = self._key(claim)
        if key.kind is Kind.SHARE:
            self._refuse(f"{verb} {self._name(claim)}: a share earns dividends only")
        if code not in (Code.INTEREST, Code.FEE, Code.PENALTY):
            self._refuse(f"{verb} {self._name(claim)}: a claim earns interest, fee or penalty, not {code}")
        return key

    def _guarantee(self, claim: int, verb: str) -> Key:
        key = self._key(claim)
        if key.kind is not Kind.GUARANTEE or key.state is not State.LIVE:
            self._refuse(f"{verb} {self._name(claim)}: only a live GUARANTEE is called and paid")
        return key
