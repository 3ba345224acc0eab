"""Random sequences of verbs against a twin of plain dictionaries, which states each rule a second time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from twin import ACCOUNTS, BANKS, HOME, OWNERS, G, H, L, M, P, Refused, S, Twin, V, owner_of

from sim.ledger import Code, Kind, Ledger, PostingError, State

fens = st.one_of(st.integers(0, 60), st.integers(0, 3_000))
owners, accounts, receivers = st.sampled_from(OWNERS), st.sampled_from(ACCOUNTS), st.sampled_from([L, P, S])


class TwinMachine(RuleBasedStateMachine):
    """Each rule posts to both; where one refuses the other must too, and afterwards every amount is equal."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger, self.twin = Ledger(), Twin()

    @initialize()
    def open(self) -> None:
        for account, bank in BANKS.items():
            self.ledger.open_account(account, bank)
            self.ledger.endow(account, 1_000)
            self.twin.cash[account] += 1_000
            self.twin.reserves[bank] += 1_000
            self.twin.earn(account, "world:central_bank", 1_000, "opening")
        for owner in OWNERS:
            self.ledger.endow_loans(self.loan(owner), 500)
            self.twin.nominal[Kind.LOAN, owner, H, "LIVE"] += 500
            self.twin.earn(owner, H, 500, "opening")

    def loan(self, owner: str, state: State = State.LIVE) -> int:
        return self.ledger.claim(Kind.LOAN, owner, H, deal="lender", state=state)

    def both(self, twin: Any, ledger: Any) -> None:
        """Post to the twin and to the ledger; both accept or both refuse. A twin that refuses midway is put back."""
        kept = {name: value.copy() for name, value in vars(self.twin).items()}
        try:
            twin()
        except Refused:
            vars(self.twin).update(kept)
            with pytest.raises(PostingError):
                ledger()
        else:
            ledger()

    @rule(payer=accounts, payee=accounts, fen=fens, code=st.sampled_from([Code.FEE, Code.INTEREST, Code.TRANSFER]))
    def pay(self, payer: str, payee: str, fen: int, code: Code) -> None:
        def twin() -> None:
            same = owner_of(payer) == owner_of(payee)
            self.twin.need(same == (code == "transfer"))
            if fen:
                self.twin.move(payer, payee, fen)
                self.twin.earn(payee, payer, fen, code)

        self.both(twin, lambda: self.ledger.pay(payer, payee, fen, code))

    @rule(owner=owners, fen=fens, buys=st.booleans())
    def lend(self, owner: str, fen: int, buys: bool) -> None:
        def twin() -> None:
            self.twin.move(HOME[owner], M if buys else H, fen)
            self.twin.nominal[Kind.LOAN, owner, H, "LIVE"] += fen
            self.twin.earn(M, H, fen if buys else 0, "purchase_of_goods")

        self.both(twin, lambda: self.ledger.draw(self.loan(owner), fen, payer=HOME[owner], payee=M if buys else H))

    @rule(owner=owners, fen=fens, receiver=receivers)
    def repay(self, owner: str, fen: int, receiver: str) -> None:
        row = (Kind.LOAN, owner, H, "LIVE")

        def twin() -> None:
            self.twin.need(self.twin.nominal[row] >= fen)
            self.twin.nominal[row] -= fen
            self.twin.collect(row, fen, receiver)

        self.both(twin, lambda: self.ledger.repay(self.loan(owner), fen, payee=HOME[receiver]))

    @rule(owner=owners, servicer=st.sampled_from([L, P]), fen=fens)
    def remit(self, owner: str, servicer: str, fen: int) -> None:
        if owner == servicer:
            return
        collected = self.ledger.claim(Kind.COLLECTED, owner, servicer, deal="lender")
        row = (Kind.COLLECTED, owner, servicer, "LIVE")

        def twin() -> None:
            self.twin.need(self.twin.nominal[row] >= fen)
            self.twin.nominal[row] -= fen
            self.twin.move(servicer, HOME[owner], fen)

        self.both(twin, lambda: self.ledger.remit(collected, fen, servicer, HOME[owner]))

    @rule(owner=owners, fen=fens)
    def accrue(self, owner: str, fen: int) -> None:
        self.ledger.accrue(self.loan(owner), fen, Code.FEE)
        self.twin.accrued[Kind.LOAN, owner, H, "LIVE"] += fen
        self.twin.earn(owner, H, fen, "fee")

    @rule(owner=owners, fen=fens, receiver=receivers)
    def pay_accrued(self, owner: str, fen: int, receiver: str) -> None:
        row = (Kind.LOAN, owner, H, "LIVE")

        def twin() -> None:
            self.twin.need(self.twin.accrued[row] >= fen)
            self.twin.accrued[row] -= fen
            self.twin.collect(row, fen, receiver)

        self.both(twin, lambda: self.ledger.pay_accrued(self.loan(owner), fen, payee=HOME[receiver]))

    @rule(owner=owners, fen=fens, receiver=receivers)
    def penalty(self, owner: str, fen: int, receiver: str) -> None:
        def twin() -> None:
            self.twin.collect((Kind.LOAN, owner, H, "LIVE"), fen, receiver)
            self.twin.earn(owner, H, fen, "penalty")

        act = lambda: self.ledger.collect_income(self.loan(owner), fen, Code.PENALTY, payee=HOME[receiver])  # noqa: E731
        self.both(twin, act)

    @rule(owner=owners, fen=fens)
    def reverse(self, owner: str, fen: int) -> None:
        row = (Kind.LOAN, owner, H, "LIVE")

        def twin() -> None:
            self.twin.need(self.twin.accrued[row] >= fen)
            self.twin.accrued[row] -= fen
            self.twin.earn(H, owner, fen, "fee")

        self.both(twin, lambda: self.ledger.reverse_accrual(self.loan(owner), fen, "origin", code=Code.FEE))

    @rule(
        seller=owners,
        buyer=owners,
        share=st.integers(0, 110),
        price=fens,
        accrued=st.integers(0, 20),
        state=st.sampled_from(list(State)),
    )
    def assign(self, *, seller: str, buyer: str, share: int, price: int, accrued: int, state: State) -> None:
        side = "LIVE" if state is State.LIVE else "GONE"
        sold, bought = (Kind.LOAN, seller, H, side), (Kind.LOAN, buyer, H, side)
        fen = self.twin.nominal[sold] * share // 100

        def twin() -> None:
            held = self.twin.nominal[sold]
            self.twin.need(seller != buyer and held >= fen and self.twin.accrued[sold] >= accrued)
            if price:
                self.twin.move(HOME[buyer], HOME[seller], price)
            value = fen + accrued
            for amounts, sign in ((self.twin.allowance, -1), (self.twin.mark, 1)):
                part = amounts[sold] * fen // held if held else 0
                amounts[sold] -= part
                value += sign * part
            self.twin.equity[seller, "sale"] += price - value
            for amounts, moved in ((self.twin.nominal, fen), (self.twin.accrued, accrued)):
                amounts[sold] -= moved
                amounts[bought] += moved
            if side == "GONE":
                self.twin.allowance[bought] += fen
                self.twin.mark[bought] += price - accrued
            else:
                self.twin.mark[bought] += price - fen - accrued

        loan = self.loan(seller, state)
        ends = {"payer": HOME[buyer], "payee": HOME[seller]}
        self.both(twin, lambda: self.ledger.assign(loan, buyer, fen, price, accrued_fen=accrued, **ends))

    @rule(owner=owners, fen=st.integers(-300, 300))
    def provide(self, owner: str, fen: int) -> None:
        row = (Kind.LOAN, owner, H, "LIVE")

        def twin() -> None:
            self.twin.need(self.twin.allowance[row] + fen >= 0)
            self.twin.allowance[row] += fen
            self.twin.equity[owner, "provision"] -= fen

        self.both(twin, lambda: self.ledger.provide(self.loan(owner), fen))

    @rule(owner=owners, fen=st.integers(-300, 300))
    def set_mark(self, owner: str, fen: int) -> None:
        row = (Kind.LOAN, owner, H, "LIVE")
        self.ledger.mark(self.loan(owner), fen)
        self.twin.equity[owner, "mark"] += fen - self.twin.mark[row]
        self.twin.mark[row] = fen

    @rule(owner=owners, fen=st.integers(0, 400))
    def unwind(self, owner: str, fen: int) -> None:
        row = (Kind.LOAN, owner, H, "LIVE")

        def twin() -> None:
            mark = self.twin.mark[row]
            self.twin.need(abs(mark) >= fen)
            step = fen if mark < 0 else -fen
            self.twin.mark[row] += step
            self.twin.equity[owner, "mark"] += step

        self.both(twin, lambda: self.ledger.unwind_mark(self.loan(owner), fen))

    @rule(owner=owners, fen=fens)
    def write_off(self, owner: str, fen: int) -> None:
        live, gone = (Kind.LOAN, owner, H, "LIVE"), (Kind.LOAN, owner, H, "GONE")

        def twin() -> None:
            self.twin.need(self.twin.nominal[live] >= fen)
            worth = self.twin.nominal[live] - self.twin.allowance[live]
            self.twin.nominal[live] -= fen
            self.twin.allowance[live] = max(self.twin.allowance[live] - fen, 0)
            self.twin.equity[owner, "loss"] += self.twin.nominal[live] - self.twin.allowance[live] - worth
            self.twin.nominal[gone] += fen
            self.twin.allowance[gone] += fen

        self.both(twin, lambda: self.ledger.write_off(self.loan(owner), fen))

    @rule(owner=owners, fen=st.integers(0, 100), receiver=receivers)
    def recover(self, owner: str, fen: int, receiver: str) -> None:
        row = (Kind.LOAN, owner, H, "GONE")

        def twin() -> None:
            self.twin.need(self.twin.nominal[row] >= fen)
            self.twin.collect(row, fen, receiver)
            self.twin.nominal[row] -= fen
            self.twin.allowance[row] -= fen
            self.twin.equity[owner, "recovery"] += fen

        self.both(twin, lambda: self.ledger.recover(self.loan(owner, State.WRITTEN_OFF), fen, payee=HOME[receiver]))

    @rule(owner=owners, fen=fens, state=st.sampled_from(list(State)))
    def write_down(self, owner: str, fen: int, state: State) -> None:
        row = (Kind.LOAN, owner, H, "LIVE" if state is State.LIVE else "GONE")

        def twin() -> None:
            self.twin.need(self.twin.nominal[row] >= fen)
            worth = self.twin.nominal[row] - self.twin.allowance[row]
            self.twin.nominal[row] -= fen
            self.twin.allowance[row] = max(self.twin.allowance[row] - fen, 0)
            self.twin.equity[owner, "loss"] += self.twin.nominal[row] - self.twin.allowance[row] - worth
            self.twin.equity[H, "loss"] += fen

        self.both(twin, lambda: self.ledger.write_down(self.loan(owner, state), fen, cause="origin"))

    @rule(fen=fens)
    def commit_line(self, fen: int) -> None:
        row = (Kind.WAREHOUSE, "bank:b", L, "LIVE")
        self.ledger.commit(self.ledger.claim(Kind.WAREHOUSE, "bank:b", L, deal="lender"), fen)
        self.twin.undrawn[row] = fen
        self.twin.committed.add(row)

    @rule(fen=fens)
    def draw_line(self, fen: int) -> None:
        row = (Kind.WAREHOUSE, "bank:b", L, "LIVE")

        def twin() -> None:
            if row in self.twin.committed:
                self.twin.need(self.twin.undrawn[row] >= fen)
                self.twin.undrawn[row] -= fen
            self.twin.nominal[row] += fen
            self.twin.move("bank:b", L, fen)

        self.both(twin, lambda: self.ledger.draw(self.ledger.claim(*row[:3], deal="lender"), fen))

    @rule(limit=st.integers(0, 200), called=st.integers(0, 200), paid=st.integers(0, 200), back=st.booleans())
    def guarantee(self, limit: int, called: int, paid: int, back: bool) -> None:
        row, owed = (Kind.GUARANTEE, S, G, "LIVE"), (Kind.REIMBURSEMENT, G, L, "LIVE")
        promise = self.ledger.claim(Kind.GUARANTEE, S, G, deal="lender")
        self.ledger.commit(promise, limit)
        self.twin.undrawn[row] = limit

        def call() -> None:
            self.twin.need(limit >= called)
            self.twin.undrawn[row] -= called
            self.twin.nominal[row] += called
            self.twin.earn(S, G, called, "guarantee")

        def settle() -> None:
            self.twin.need(self.twin.nominal[row] >= paid)
            self.twin.nominal[row] -= paid
            self.twin.move(G, HOME[S], paid)
            if back:
                self.twin.nominal[owed] += paid
                self.twin.earn(G, L, paid, "guarantee")

        by = L if back else None
        self.both(call, lambda: self.ledger.call(promise, called))
        self.both(settle, lambda: self.ledger.pay_guarantee(promise, paid, payee=HOME[S], reimbursed_by=by))

    @rule(fen=fens, issuer=st.sampled_from([L, P]))
    def capital(self, fen: int, issuer: str) -> None:
        def issue() -> None:
            self.twin.move(V, issuer, fen)
            self.twin.nominal[Kind.SHARE, V, issuer, "LIVE"] += fen
            self.twin.equity[issuer, "issue"] += fen

        def dividend() -> None:
            self.twin.move(issuer, V, fen // 2)
            self.twin.earn(V, issuer, fen // 2, "dividend")

        self.both(issue, lambda: self.ledger.issue_capital(issuer, fen, V))
        self.both(dividend, lambda: self.ledger.dividend(issuer, fen // 2, V))

    @rule()
    def stop_and_resume(self) -> None:
        """A ledger that goes on from its own state is the same ledger."""
        resumed = Ledger()
        resumed.restore(self.ledger.state())
        self.ledger = resumed

    @invariant()
    def every_amount_is_equal(self) -> None:
        table, twin = self.ledger.table, self.twin
        stands: dict[str, Counter[Any]] = {name: Counter() for name in ("nominal", "accrued", "allowance", "mark")}
        stands["undrawn"] = Counter()
        for number, key in enumerate(table.keys):
            assert key is not None
            side = "LIVE" if key.state is State.LIVE else "GONE"
            for name, amounts in stands.items():
                amounts[key.kind, key.creditor, key.debtor, side] += int(getattr(table, name)[number])
        cash = {(Kind.DEPOSIT, account, BANKS[account], "LIVE"): fen for account, fen in twin.cash.items() if fen}
        reserves = {(Kind.RESERVE, b, "world:central_bank", "LIVE"): fen for b, fen in twin.reserves.items() if fen}
        assert Counter(stands["nominal"]) == Counter(twin.nominal) + Counter(cash) + Counter(reserves)
        assert stands["accrued"] == twin.accrued
        assert stands["allowance"] == twin.allowance
        assert stands["mark"] == twin.mark
        assert stands["undrawn"] == twin.undrawn
        equity = Counter({(p, str(c)): fen for p in self.ledger.parties for c, fen in self.ledger.income(p).items()})
        assert equity == twin.equity

    @invariant()
    def the_ledger_closes(self) -> None:
        self.ledger.check()


TwinMachine.TestCase.settings = settings(
    derandomize=True, deadline=None, max_examples=200, stateful_step_count=40, print_blob=False
)
test_random_verbs_agree_with_the_twin = TwinMachine.TestCase
