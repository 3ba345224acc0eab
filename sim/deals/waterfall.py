"""The one waterfall: what a deal pays on a payment date, to whom, in which order and from which account.

Orders of payment follow the deal grammar, section 4. Revolving, amortising and accelerated deals pay income and
principal from their own accounts; after an event of default, at the end of the deal, and where the terms say
`tranche_by_tranche` while amortising, everything is one pot. Lines of one step share pro rata. Amounts are integer fen
and the identity

    cash before + support = paid + cash after

is checked on every date.
"""

from __future__ import annotations

from sim.deals.fields import BP
from sim.deals.payment_calendar import Phase
from sim.deals.position import check_position
from sim.deals.terms import FEN_PER_CERTIFICATE, DealTerms
from sim.deals.waterfall_lines import (
    Account,
    Distribution,
    Line,
    LineKind,
    Position,
    TranchePosition,
    TrancheResult,
)
from sim.deals.waterfall_purse import Claim, Purse
from sim.errors import InvariantError

__all__ = [
    "Account",
    "Distribution",
    "Line",
    "LineKind",
    "Phase",
    "Position",
    "TranchePosition",
    "TrancheResult",
    "distribute",
]


def distribute(terms: DealTerms, position: Position) -> Distribution:
    """Pay one payment date.

    Raises InvariantError naming the field when the position has a negative amount or names other tranches, fees or
    taxes than the terms, and when cash would not add up.
    """
    check_position(terms, position)
    payment = _Payment(terms, position)
    if payment.is_one_pot:
        payment.pay_one_pot()
    else:
        payment.pay_income()
        payment.pay_principal()
    if position.phase is not Phase.REVOLVING or position.is_final:
        payment.pay_after_seniors()
    return payment.result()


class _Payment:
    """One payment date while it is paid: the purse moves, the position does not."""

    def __init__(self, terms: DealTerms, position: Position) -> None:
        self.terms = terms
        self.position = position
        self.purse = Purse(
            {
                Account.INCOME: position.income_fen,
                Account.PRINCIPAL: position.principal_fen,
                Account.RESERVE: position.reserve_fen,
                Account.SPREAD: position.spread_fen,
            },
            position.support_fen,
        )
        self.left_fen = {name: tranche.outstanding_fen for name, tranche in position.tranches.items()}
        self.at_end = position.is_final or position.phase is Phase.LIQUIDATING
        self.all_at_once = self.at_end or position.phase is Phase.DEFAULTED
        self.covers = frozenset(terms.support.covers if terms.support else ())
        self.lent_fen = 0
        self.topped_up_fen = 0
        self.front_return_paid_fen = 0
        self.hurdle_paid_fen = 0

    @property
    def is_one_pot(self) -> bool:
        """Whether all cash is one pot today."""
        amortises = self.position.phase in (Phase.AMORTISING, Phase.ACCELERATED)
        return self.all_at_once or (amortises and self.terms.order == "tranche_by_tranche")

    # What is owed

    def fee_claims(self, step: str) -> list[Claim]:
        """What is still owed on the fees of one step."""
        return [
            Claim(f"fee:{name}", name, LineKind.FEE, self.terms.payee_of(name), due)
            for name, fee in self.terms.fees.items()
            if fee.step == step
            for due in (self.position.fees_fen.get(name, 0) - self.purse.paid_fen(f"fee:{name}"),)
        ]

    def tax_claims(self) -> list[Claim]:
        """Taxes due."""
        return [
            Claim(f"tax:{name}", name, LineKind.TAX, tax.payee, self.position.taxes_fen.get(name, 0))
            for name, tax in self.terms.taxes.items()
        ]

    def operating_claims(self) -> list[Claim]:
        """Operating fees and, up to the priority cap, expenses; without cap after default and at the end."""
        expenses = self.fee_claims("expense")
        cap = self.terms.priority_expense_cap_fen
        total = sum(claim.due_fen for claim in expenses)
        if cap is not None and total > cap and not self.all_at_once:
            expenses = [claim.capped(fen) for claim, fen in zip(expenses, Claim.share(cap, expenses), strict=True)]
        return self.fee_claims("operating") + expenses

    def interest_claim(self, name: str) -> Claim:
        """Interest of the period and of earlier ones."""
        tranche = self.position.tranches[name]
        due = tranche.accrued_fen + tranche.unpaid_fen
        return Claim(f"interest:{name}", f"{name} interest", LineKind.INTEREST, f"tranche:{name}", due, name)

    def expense_steps(self) -> list[list[Claim]]:
        """The steps before interest: taxes, issuance costs, operating fees and expenses, front servicing fee."""
        front_is_last = self.position.servicer_caused and self.position.phase is Phase.DEFAULTED and not self.at_end
        front = [] if front_is_last else self.fee_claims("front")
        return [self.tax_claims(), self.fee_claims("issuance"), self.operating_claims(), front]

    @property
    def senior_left_fen(self) -> int:
        """Outstanding of all tranches with a coupon, now."""
        return sum(self.left_fen[name] for name in self.terms.seniors)

    @property
    def principal_due_fen(self) -> int:
        """Principal of the seniors that must be repaid today."""
        return sum(self.position.tranches[name].principal_due_fen for name in self.terms.seniors)

    def target_fen(self, account: Account) -> int:
        """Target of the reserve or the spread account, of the seniors outstanding before today."""
        block = self.terms.reserve if account is Account.RESERVE else self.terms.spread_account
        senior_before = sum(self.position.tranches[name].outstanding_fen for name in self.terms.seniors)
        return 0 if block is None else senior_before * block.target_bp // BP

    # The income account

    def pay_income(self) -> None:
        """Income: expenses, interest in rank order, then what the phase does with the rest."""
        waterfall, income = "income", Account.INCOME
        steps = self.expense_steps()
        interest = [[self.interest_claim(name)] for name in self.terms.seniors]
        self._release_reserves(waterfall)
        needed = sum(claim.due_fen for step in steps + interest for claim in step)
        self._fill_from_reserves(waterfall, income, needed)
        lacking = max(0, needed - self.purse.cash[income])
        self.lent_fen = self.purse.transfer("principal", "lend to income", Account.PRINCIPAL, income, lacking)
        for step in steps:
            self.purse.pay(waterfall, income, step, covered="expenses" in self.covers)
        for step in interest:
            self.purse.pay(waterfall, income, step, covered="senior_interest" in self.covers)
        if self.position.phase is Phase.ACCELERATED:
            self._rest_to_principal("rest to principal: accelerated")
        else:
            self._pay_income_after_interest()

    def _pay_income_after_interest(self) -> None:
        """Top-up of defaulted principal, reserve, expenses above the cap, period yield, spread account, the rest."""
        waterfall, income = "income", Account.INCOME
        self.topped_up_fen = self.purse.transfer(
            waterfall, "top up defaulted principal", income, Account.PRINCIPAL, self._deficiency_fen()
        )
        if self.terms.reserve:
            self._fill_account(Account.RESERVE, "top up reserve")
        self.purse.pay(waterfall, income, self.fee_claims("expense"))
        sub = self.terms.residual
        if self.senior_left_fen and self.principal_due_fen == 0:
            due = self.position.tranches[sub].accrued_fen
            claim = Claim("yield", f"{sub} period yield", LineKind.PERIOD_YIELD, f"tranche:{sub}", due, sub)
            self.purse.pay(waterfall, income, [claim])
        if self.terms.spread_account and self.senior_left_fen:
            self._fill_account(Account.SPREAD, "fill spread account")
        revolving = self.position.phase is Phase.REVOLVING
        if self.terms.turbo or self.principal_due_fen or (revolving and self.terms.purchase.uses_income):
            self._rest_to_principal("rest to principal")
        elif revolving:
            rest = self.purse.cash[income]
            self.purse.pay(waterfall, income, [self._residual_claim(f"{sub} residual", rest)])

    def _deficiency_fen(self) -> int:
        """a + b + c - d of the position, with what was lent and topped up today; never negative."""
        p = self.position
        owed = p.defaulted_fen + p.defaulted_before_fen + p.lent_to_income_fen + self.lent_fen
        return max(0, owed - p.topped_up_fen - self.topped_up_fen)

    def _rest_to_principal(self, name: str) -> None:
        self.purse.transfer("income", name, Account.INCOME, Account.PRINCIPAL, self.purse.cash[Account.INCOME])

    def _fill_account(self, account: Account, name: str) -> None:
        lacking = max(0, self.target_fen(account) - self.purse.cash[account])
        self.purse.transfer("income", name, Account.INCOME, account, lacking)

    def _release_reserves(self, waterfall: str) -> None:
        """What the reserve and the spread account hold above target becomes income; all of it after default."""
        for account, block in self._reserve_blocks():
            keep = 0 if self.all_at_once else self.target_fen(account)
            excess = max(0, self.purse.cash[account] - keep)
            if block or excess:
                self.purse.transfer(waterfall, f"release {account}", account, Account.INCOME, excess)

    def _fill_from_reserves(self, waterfall: str, into: Account, needed_fen: int) -> None:
        """The spread account, then the reserve, cover what `into` lacks."""
        for account, block in self._reserve_blocks():
            lacking = max(0, needed_fen - self.purse.cash[into])
            if block or self.purse.cash[account]:
                self.purse.transfer(waterfall, f"{account} covers shortfall", account, into, lacking)

    def _reserve_blocks(self) -> tuple[tuple[Account, bool], ...]:
        return (
            (Account.SPREAD, self.terms.spread_account is not None),
            (Account.RESERVE, self.terms.reserve is not None),
        )

    # The principal account

    def pay_principal(self) -> None:
        """Principal to the seniors in rank order; while revolving it stays for purchases."""
        if self.position.phase is Phase.REVOLVING:
            return
        waterfall, account = "principal", Account.PRINCIPAL
        self._fill_from_reserves(waterfall, account, self.principal_due_fen)
        reached = True
        for name in self.terms.seniors:
            self._repay(waterfall, account, name, reached=reached)
            reached = reached and self.left_fen[name] == 0

    def _repay(self, waterfall: str, account: Account, name: str, *, reached: bool) -> None:
        """Pass through what there is to one tranche, and at least what has fallen due.

        `reached`: every earlier tranche is repaid, so its cash is free for this one.
        """
        outstanding = self.left_fen[name]
        cash = self.purse.cash[account] if reached else 0
        through = min(outstanding, cash)
        if self.terms.pass_through_cut and not self.all_at_once and through < outstanding:
            certificates = self.terms.tranche_face_fen(name) // FEN_PER_CERTIFICATE
            through -= through % certificates
        due = max(through, self.position.tranches[name].principal_due_fen, outstanding if self.at_end else 0)
        claim = Claim(f"principal:{name}", f"{name} principal", LineKind.PRINCIPAL, f"tranche:{name}", due, name)
        covered = "senior_principal" in self.covers
        self.left_fen[name] -= self.purse.pay(waterfall, account, [claim], covered=covered, cash_limit=cash)

    # One pot

    def pay_one_pot(self) -> None:
        """Taxes, fees, then tranche by tranche interest and principal, all from the income account."""
        waterfall, pot = "combined", Account.INCOME
        self.purse.transfer(waterfall, "pool income and principal", Account.PRINCIPAL, pot, self.position.principal_fen)
        self._release_reserves(waterfall)
        steps = self.expense_steps()
        self._fill_from_reserves(waterfall, pot, sum(c.due_fen for step in steps for c in step) + self._notes_due_fen())
        for step in steps:
            self.purse.pay(waterfall, pot, step, covered="expenses" in self.covers)
        reached = True
        for name in self.terms.seniors:
            if reached or self._is_due(name):
                cash = self.purse.cash[pot] if reached else 0
                covered = "senior_interest" in self.covers
                self.purse.pay(waterfall, pot, [self.interest_claim(name)], covered=covered, cash_limit=cash)
            self._repay(waterfall, pot, name, reached=reached)
            reached = reached and self.left_fen[name] == 0

    def _is_due(self, name: str) -> bool:
        """Whether a tranche must be served today though an earlier one lives: all at once, or its maturity has come."""
        return self.all_at_once or self.position.tranches[name].principal_due_fen > 0

    def _notes_due_fen(self) -> int:
        """Interest and principal that must be paid today: of the senior-most living tranche, and of those due."""
        alive = [name for name in self.terms.seniors if self.left_fen[name]]
        served = [name for name in alive if name == alive[0] or self._is_due(name)]
        return sum(
            self.interest_claim(name).due_fen + self.position.tranches[name].principal_due_fen for name in served
        )

    # After the seniors

    def pay_after_seniors(self) -> None:
        """Once every senior is repaid: what is owed for services, the residual tranche, its return, and the rest."""
        if self.senior_left_fen:
            return
        waterfall, pot = ("combined", Account.INCOME) if self.is_one_pot else ("principal", Account.PRINCIPAL)
        for account in Account:
            if account is not pot and self.purse.cash[account]:
                name = f"{account} left after the seniors"
                self.purse.transfer(waterfall, name, account, pot, self.purse.cash[account])
        late = [claim for step in ("expense", "front") for claim in self.fee_claims(step) if claim.due_fen]
        if late:
            self.purse.pay(waterfall, pot, late)
        self.purse.pay(waterfall, pot, self.fee_claims("back"))
        sub = self.terms.residual
        outstanding = self.left_fen[sub]
        due = outstanding if self.at_end else min(outstanding, self.purse.cash[pot])
        due = max(due, self.position.tranches[sub].principal_due_fen)
        claim = Claim(f"principal:{sub}", f"{sub} principal", LineKind.PRINCIPAL, f"tranche:{sub}", due, sub)
        self.left_fen[sub] -= self.purse.pay(waterfall, pot, [claim])
        if self.terms.servicer_incentive:
            self._share_with_servicer(waterfall, pot)
        else:
            self.purse.pay(waterfall, pot, [self._residual_claim(f"{sub} residual", self.purse.cash[pot])])

    def _residual_claim(self, name: str, due_fen: int) -> Claim:
        sub = self.terms.residual
        return Claim(f"residual:{name}", name, LineKind.RESIDUAL, f"tranche:{sub}", due_fen, sub)

    def _share_with_servicer(self, waterfall: str, pot: Account) -> None:
        """First return of the residual tranche; sharing until its hurdle; the rest to the servicer."""
        incentive = self.terms.servicer_incentive
        if incentive is None or self.left_fen[self.terms.residual]:
            return
        sub = self.terms.residual
        first = self._residual_claim(f"{sub} first return", self.position.sub_front_return_fen)
        self.front_return_paid_fen = self.purse.pay(waterfall, pot, [first])
        lacking = max(0, self.position.sub_hurdle_fen - self.front_return_paid_fen)
        gross = min(self.purse.cash[pot], -(-lacking * BP // incentive.sub_share_bp))
        to_sub = min(lacking, gross * incentive.sub_share_bp // BP)
        servicer = self.terms.servicer_id
        shared = [
            self._residual_claim(f"{sub} share of residual", to_sub),
            Claim("incentive:shared", "floating servicing fee", LineKind.RESIDUAL, servicer, gross - to_sub),
        ]
        self.purse.pay(waterfall, pot, shared)
        self.hurdle_paid_fen = self.front_return_paid_fen + to_sub
        rest = Claim("incentive:rest", "rest to servicer", LineKind.RESIDUAL, servicer, self.purse.cash[pot])
        self.purse.pay(waterfall, pot, [rest])

    # The result

    def result(self) -> Distribution:
        """The distribution, after checking that cash adds up."""
        purse, position = self.purse, self.position
        self._check_cash()
        return Distribution(
            day=position.day,
            phase=position.phase,
            lines=tuple(purse.lines),
            tranches={name: self._tranche_result(name) for name in self.terms.ranked},
            fees_unpaid_fen={name: due - purse.paid_fen(f"fee:{name}") for name, due in position.fees_fen.items()},
            taxes_unpaid_fen={name: due - purse.paid_fen(f"tax:{name}") for name, due in position.taxes_fen.items()},
            income_fen=purse.cash[Account.INCOME],
            principal_fen=purse.cash[Account.PRINCIPAL],
            reserve_fen=purse.cash[Account.RESERVE],
            spread_fen=purse.cash[Account.SPREAD],
            support_fen=position.support_fen - purse.support_fen,
            lent_to_income_fen=self.lent_fen,
            topped_up_fen=self.topped_up_fen,
            deficiency_fen=self._deficiency_fen(),
            sub_front_return_paid_fen=self.front_return_paid_fen,
            sub_hurdle_paid_fen=self.hurdle_paid_fen,
        )

    def _tranche_result(self, name: str) -> TrancheResult:
        tranche = self.position.tranches[name]
        lines = [line for line in self.purse.lines if line.tranche == name]
        interest = [line for line in lines if line.kind is LineKind.INTEREST]
        principal = [line for line in lines if line.kind is LineKind.PRINCIPAL]
        beside = [line for line in lines if line.kind in (LineKind.RESIDUAL, LineKind.PERIOD_YIELD)]
        owed = 0 if name == self.terms.residual else tranche.accrued_fen + tranche.unpaid_fen
        paid = sum(line.paid_fen for line in interest)
        principal_due = sum(line.due_fen for line in principal)
        return TrancheResult(
            interest_due_fen=sum(line.due_fen for line in interest),
            interest_paid_fen=paid,
            principal_due_fen=max(principal_due, tranche.principal_due_fen),
            principal_paid_fen=tranche.outstanding_fen - self.left_fen[name],
            outstanding_fen=self.left_fen[name],
            unpaid_fen=owed - paid,
            residual_paid_fen=sum(line.paid_fen for line in beside),
        )

    def _check_cash(self) -> None:
        position, purse = self.position, self.purse
        before = position.income_fen + position.principal_fen + position.reserve_fen + position.spread_fen
        drawn = position.support_fen - purse.support_fen
        paid = sum(line.paid_fen for line in purse.lines if line.kind is not LineKind.TRANSFER)
        after = sum(purse.cash.values())
        if before + drawn != paid + after or min(purse.cash.values()) < 0 or (self.at_end and after):
            raise InvariantError(
                f"{self.terms.programme}, day {position.day}: cash {before} + support {drawn} fen against paid {paid} "
                f"+ left {after} fen; the waterfall does not add up"
            )
