"""What goes into a waterfall and what comes out: plain frozen data in fen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sim.deals.payment_calendar import Phase


class LineKind(StrEnum):
    """What a line of the waterfall is."""

    TAX = "tax"
    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"
    PERIOD_YIELD = "period_yield"
    RESIDUAL = "residual"
    TRANSFER = "transfer"


class Account(StrEnum):
    """The accounts of a deal."""

    INCOME = "income"
    PRINCIPAL = "principal"
    RESERVE = "reserve"
    SPREAD = "spread"


@dataclass(frozen=True, slots=True)
class TranchePosition:
    """One tranche before a payment date."""

    outstanding_fen: int
    accrued_fen: int = 0
    """Interest of this period; for the residual tranche the period yield of this period."""
    unpaid_fen: int = 0
    """Interest of earlier periods, due and unpaid (always 0 for the residual tranche)."""
    principal_due_fen: int = 0
    """Principal that must be repaid today at the latest: 0 under pass-through, all from the expected maturity on."""


@dataclass(frozen=True, slots=True)
class Position:
    """Everything a waterfall looks at on one payment date; amounts in fen, none negative."""

    day: int
    phase: Phase
    income_fen: int
    principal_fen: int
    tranches: Mapping[str, TranchePosition]
    reserve_fen: int = 0
    spread_fen: int = 0
    fees_fen: Mapping[str, int] = field(default_factory=dict)
    """Due today, carried amounts included, by name of the fee."""
    taxes_fen: Mapping[str, int] = field(default_factory=dict)
    """Due today, carried amounts included, by name of the tax."""
    defaulted_fen: int = 0
    """a: balance of the loans that defaulted this period."""
    defaulted_before_fen: int = 0
    """b: the same of earlier periods."""
    lent_to_income_fen: int = 0
    """c: principal ever lent to income, before today."""
    topped_up_fen: int = 0
    """d: earlier top-ups of principal from income."""
    support_fen: int = 0
    """What the deficiency payer can still pay."""
    sub_front_return_fen: int = 0
    """With a servicer incentive: first return accrued on the residual tranche and not yet paid."""
    sub_hurdle_fen: int = 0
    """With a servicer incentive: what the residual tranche still lacks to its hurdle, the first return included."""
    servicer_caused: bool = False
    """Whether the servicer caused the event of default: its front fee then ranks with the back fee."""
    is_final: bool = False
    """Last payment of the deal: all principal is due and no cash stays."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a waterfall as it was paid."""

    waterfall: str
    """income, principal or combined."""
    step: int
    """1, 2, ... within its waterfall; lines of one step share pro rata."""
    name: str
    kind: LineKind
    payee: str
    """A party; `tranche:<name>` for the holders of a tranche; `account:<name>` for a transfer."""
    due_fen: int
    paid_fen: int
    """Support included."""
    account: Account
    """The account it is paid from; support is paid into this account first."""
    support_fen: int = 0
    """Part of paid_fen that the deficiency payer provided."""
    tranche: str = ""

    @property
    def shortfall_fen(self) -> int:
        """Due and not paid."""
        return self.due_fen - self.paid_fen


@dataclass(frozen=True, slots=True)
class TrancheResult:
    """One tranche after a payment date."""

    interest_due_fen: int
    interest_paid_fen: int
    principal_due_fen: int
    principal_paid_fen: int
    outstanding_fen: int
    unpaid_fen: int
    """Interest carried to the next date, deferred interest included: under payment tranche by tranche the interest of a
    tranche is not due while an earlier one lives."""
    residual_paid_fen: int = 0
    """Period yield and residual (residual tranche only)."""

    @property
    def missed_fen(self) -> int:
        """Interest and principal that were due and not paid."""
        return self.interest_due_fen - self.interest_paid_fen + self.principal_due_fen - self.principal_paid_fen


@dataclass(frozen=True, slots=True)
class Distribution:
    """The result of one payment date."""

    day: int
    phase: Phase
    lines: tuple[Line, ...]
    tranches: Mapping[str, TrancheResult]
    fees_unpaid_fen: Mapping[str, int]
    taxes_unpaid_fen: Mapping[str, int]
    income_fen: int
    """Left in the income account; likewise the next three."""
    principal_fen: int
    reserve_fen: int
    spread_fen: int
    support_fen: int
    """Drawn from the deficiency payer."""
    lent_to_income_fen: int
    """Principal lent to income today."""
    topped_up_fen: int
    """Principal topped up from income today."""
    deficiency_fen: int
    """a + b + c - d after today: defaulted or lent principal not yet made good."""
    sub_front_return_paid_fen: int = 0
    sub_hurdle_paid_fen: int = 0

    @property
    def paid_fen(self) -> int:
        """Everything that left the deal."""
        return sum(line.paid_fen for line in self.lines if line.kind is not LineKind.TRANSFER)

    @property
    def residual_fen(self) -> int:
        """What the residual tranche received beside its principal."""
        return sum(result.residual_paid_fen for result in self.tranches.values())
