"""The tables of a projection, one row at a time, and their documented columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from sim.calendar import date_of
from sim.deals.payment_calendar import PaymentDate
from sim.deals.terms import DealTerms
from sim.deals.triggers import TriggerEvent
from sim.deals.waterfall_lines import Account, Distribution, LineKind
from sim.errors import InvariantError


def _schema(columns: Mapping[str, tuple[pa.DataType, str]]) -> pa.Schema:
    """A schema whose fields carry their meaning as metadata `description`."""
    return pa.schema([pa.field(name, kind, metadata={"description": text}) for name, (kind, text) in columns.items()])


_DATE, _TEXT, _FEN, _INT = pa.date32(), pa.string(), pa.int64(), pa.int64()

TRANCHES: Final = _schema(
    {
        "date": (_DATE, "payment date"),
        "period": (_INT, "number of the payment, from 1"),
        "phase": (_TEXT, "revolving, amortising, accelerated, defaulted or liquidating"),
        "tranche": (_TEXT, "name of the tranche"),
        "rating": (_TEXT, "rating at issue"),
        "face_fen": (_FEN, "face at issue"),
        "coupon_bp": (_INT, "coupon a year; null for the residual tranche"),
        "interest_due_fen": (_FEN, "interest due, earlier unpaid interest included"),
        "interest_paid_fen": (_FEN, "interest paid"),
        "principal_due_fen": (_FEN, "principal due: what is passed through, all of it from expected maturity on"),
        "principal_paid_fen": (_FEN, "principal paid"),
        "residual_paid_fen": (_FEN, "period yield and residual paid to the residual tranche"),
        "unpaid_interest_fen": (_FEN, "interest carried on"),
        "outstanding_fen": (_FEN, "principal outstanding after the payment; 0 once written down"),
        "written_down_fen": (_FEN, "principal lost on the final date"),
    }
)
PAYMENTS: Final = _schema(
    {
        "date": (_DATE, "payment date"),
        "period": (_INT, "number of the payment, from 1"),
        "phase": (_TEXT, "phase of the deal"),
        "waterfall": (_TEXT, "income, principal or combined"),
        "step": (_INT, "step within the waterfall; lines of one step share pro rata"),
        "name": (_TEXT, "what is paid"),
        "kind": (_TEXT, "tax, fee, interest, principal, period_yield, residual or transfer"),
        "payee": (_TEXT, "party; tranche:<name> for its holders; account:<name> for a transfer within the deal"),
        "due_fen": (_FEN, "due"),
        "paid_fen": (_FEN, "paid, support included"),
        "shortfall_fen": (_FEN, "due and not paid"),
        "support_fen": (_FEN, "part of paid_fen from the deficiency payer"),
        "account": (_TEXT, "account it is paid from"),
    }
)
ACCOUNTS: Final = _schema(
    {
        "date": (_DATE, "payment date"),
        "period": (_INT, "number of the payment, from 1"),
        "account": (_TEXT, "income, principal, reserve or spread"),
        "opening_fen": (_FEN, "after the payment before"),
        "collected_fen": (_FEN, "collections since then"),
        "purchased_fen": (_FEN, "spent on purchases since then"),
        "support_fen": (_FEN, "received from the deficiency payer"),
        "transferred_in_fen": (_FEN, "from other accounts of the deal"),
        "transferred_out_fen": (_FEN, "to other accounts of the deal"),
        "paid_fen": (_FEN, "paid to parties"),
        "closing_fen": (_FEN, "after the payment; collections after the calculation day included"),
    }
)
EVENTS: Final = _schema(
    {
        "date": (_DATE, "day of the test"),
        "trigger": (_TEXT, "name of the trigger in the terms"),
        "family": (_TEXT, "acceleration, default, rights_perfection or servicer_dismissal"),
        "effect": (_TEXT, "effect of the event"),
        "outcome": (_TEXT, "no change; breach, not yet an event; event; still in force; cured"),
        "measured_ppm": (_INT, "measured ratio; null for tests that are not ratios"),
        "threshold_ppm": (_INT, "threshold; null likewise"),
        "detail": (_TEXT, "in words"),
    }
)


@dataclass(frozen=True, slots=True)
class Projection:
    """A projected deal: four tables, amounts in fen; each column's meaning is in its field's metadata."""

    tranches: pa.Table
    """Per payment date and tranche: due, paid, outstanding."""
    payments: pa.Table
    """Every line of every waterfall."""
    accounts: pa.Table
    """Per payment date and account; exactly: opening + collected + support + transferred in = purchased + transferred
    out + paid + closing."""
    events: pa.Table
    """Every test of every trigger, in words."""


class ProjectionTables:
    """Collects the rows of a projection."""

    def __init__(self, terms: DealTerms, opening: Mapping[Account, int]) -> None:
        self._terms = terms
        self._opening = dict(opening)
        self._collected = dict.fromkeys(Account, 0)
        self._purchased = dict.fromkeys(Account, 0)
        self._tranches: list[dict[str, Any]] = []
        self._payments: list[dict[str, Any]] = []
        self._accounts: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []

    def collected(self, *, principal_fen: int, income_fen: int) -> None:
        """Cash collected since the last payment date."""
        self._collected[Account.PRINCIPAL] += principal_fen
        self._collected[Account.INCOME] += income_fen

    def purchased(self, *, principal_fen: int, income_fen: int) -> None:
        """Cash spent on purchases since the last payment date."""
        self._purchased[Account.PRINCIPAL] += principal_fen
        self._purchased[Account.INCOME] += income_fen

    def tested(self, events: Iterable[TriggerEvent]) -> None:
        """Tests of triggers."""
        self._events.extend(
            {
                "date": date_of(event.day),
                "trigger": event.trigger,
                "family": str(event.family),
                "effect": str(event.effect),
                "outcome": str(event.outcome),
                "measured_ppm": event.measured_ppm,
                "threshold_ppm": event.threshold_ppm,
                "detail": event.text,
            }
            for event in events
        )

    def paid(self, when: PaymentDate, paid: Distribution, closing: Mapping[Account, int], *, is_final: bool) -> None:
        """A payment date: `closing` is what the accounts hold after it."""
        head = {"date": date_of(when.pay_day), "period": when.period}
        phase = {"phase": str(paid.phase)}
        self._tranches.extend(head | phase | self._tranche_row(name, paid, is_final) for name in self._terms.ranked)
        for line in paid.lines:
            row = {"waterfall": line.waterfall, "step": line.step, "name": line.name, "kind": str(line.kind)}
            row |= {"payee": line.payee, "due_fen": line.due_fen, "paid_fen": line.paid_fen}
            row |= {"shortfall_fen": line.shortfall_fen, "support_fen": line.support_fen, "account": str(line.account)}
            self._payments.append(head | phase | row)
        self._accounts.extend(head | self._account_row(account, paid, closing[account]) for account in Account)
        self._opening = dict(closing)
        self._collected = dict.fromkeys(Account, 0)
        self._purchased = dict.fromkeys(Account, 0)

    def _tranche_row(self, name: str, paid: Distribution, is_final: bool) -> dict[str, Any]:
        result, tranche = paid.tranches[name], self._terms.tranches[name]
        lost = result.outstanding_fen if is_final else 0
        return {
            "tranche": name,
            "rating": tranche.rating,
            "face_fen": self._terms.tranche_face_fen(name),
            "coupon_bp": tranche.coupon_bp,
            "interest_due_fen": result.interest_due_fen,
            "interest_paid_fen": result.interest_paid_fen,
            "principal_due_fen": result.principal_due_fen,
            "principal_paid_fen": result.principal_paid_fen,
            "residual_paid_fen": result.residual_paid_fen,
            "unpaid_interest_fen": result.unpaid_fen,
            "outstanding_fen": result.outstanding_fen - lost,
            "written_down_fen": lost,
        }

    def _account_row(self, account: Account, paid: Distribution, closing_fen: int) -> dict[str, Any]:
        transfers = [line for line in paid.lines if line.kind is LineKind.TRANSFER]
        payments = [line for line in paid.lines if line.kind is not LineKind.TRANSFER and line.account is account]
        row = {
            "opening_fen": self._opening[account],
            "collected_fen": self._collected[account],
            "purchased_fen": self._purchased[account],
            "support_fen": sum(line.support_fen for line in payments),
            "transferred_in_fen": sum(line.paid_fen for line in transfers if line.payee == f"account:{account}"),
            "transferred_out_fen": sum(line.paid_fen for line in transfers if line.account is account),
            "paid_fen": sum(line.paid_fen for line in payments),
            "closing_fen": closing_fen,
        }
        received = row["opening_fen"] + row["collected_fen"] + row["support_fen"] + row["transferred_in_fen"]
        spent = row["purchased_fen"] + row["transferred_out_fen"] + row["paid_fen"]
        if received - spent != closing_fen:
            raise InvariantError(
                f"{self._terms.programme}, {date_of(paid.day)}: {account} account received {received}, spent {spent}, "
                f"but holds {closing_fen} fen"
            )
        return {"account": str(account)} | row

    def projection(self) -> Projection:
        """The tables."""
        return Projection(
            tranches=pa.Table.from_pylist(self._tranches, schema=TRANCHES),
            payments=pa.Table.from_pylist(self._payments, schema=PAYMENTS),
            accounts=pa.Table.from_pylist(self._accounts, schema=ACCOUNTS),
            events=pa.Table.from_pylist(self._events, schema=EVENTS),
        )
