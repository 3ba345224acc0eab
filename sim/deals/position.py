"""From what a deal carries and holds to the position that its waterfall pays.

The living SPV and the offline projection both build their positions here, so interest, fees, maturities and carried
amounts are computed in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sim.deals.fees import fee_fen, interest_fen
from sim.deals.payment_calendar import PaymentDate, PaymentSchedule, Phase
from sim.deals.terms import DealTerms
from sim.deals.waterfall_lines import Distribution, Position, TranchePosition
from sim.errors import InvariantError


@dataclass(frozen=True, slots=True)
class Carry:
    """What one payment date hands to the next, beside cash and notes; amounts in fen."""

    unpaid_interest_fen: Mapping[str, int] = field(default_factory=dict)
    """By tranche."""
    unpaid_fees_fen: Mapping[str, int] = field(default_factory=dict)
    unpaid_taxes_fen: Mapping[str, int] = field(default_factory=dict)
    defaulted_fen: int = 0
    """Balance of all loans that ever defaulted (b of the next date)."""
    lent_to_income_fen: int = 0
    topped_up_fen: int = 0
    sub_front_return_fen: int = 0
    """First return of the residual tranche, accrued and not paid."""
    sub_hurdle_fen: int = 0
    """What the residual tranche lacks to its hurdle."""

    def as_data(self) -> dict[str, Any]:
        """Plain data for a checkpoint."""
        return {known.name: getattr(self, known.name) for known in fields(self)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Carry:
        """The inverse of `as_data`; a missing or unknown key is a TypeError."""
        missing = {known.name for known in fields(cls)} - set(data)
        if missing:
            raise TypeError(f"carry: keys {sorted(missing)} are missing")
        return cls(**data)

    def after(self, position: Position, paid: Distribution) -> Carry:
        """What is carried on once `position` has been paid."""
        return Carry(
            unpaid_interest_fen={name: result.unpaid_fen for name, result in paid.tranches.items()},
            unpaid_fees_fen=dict(paid.fees_unpaid_fen),
            unpaid_taxes_fen=dict(paid.taxes_unpaid_fen),
            defaulted_fen=position.defaulted_before_fen + position.defaulted_fen,
            lent_to_income_fen=position.lent_to_income_fen + paid.lent_to_income_fen,
            topped_up_fen=position.topped_up_fen + paid.topped_up_fen,
            sub_front_return_fen=max(0, position.sub_front_return_fen - paid.sub_front_return_paid_fen),
            sub_hurdle_fen=max(0, position.sub_hurdle_fen - paid.sub_hurdle_paid_fen),
        )


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the deal holds and collected when a payment date comes; amounts in fen."""

    income_fen: int
    """Cash that may be paid out today, by account."""
    principal_fen: int
    outstanding_fen: Mapping[str, int]
    """Notes by tranche."""
    pool_fen: int
    """Pool at the start of the period: the basis of fees."""
    collected_income_fen: int = 0
    """Income collections of the period: the basis of fees on income."""
    taxes_fen: Mapping[str, int] = field(default_factory=dict)
    """Tax on the period's income by name of the tax (`fees.tax_fen` of each day, summed)."""
    defaulted_fen: int = 0
    """Balance of the loans that defaulted in the period."""
    reserve_fen: int = 0
    spread_fen: int = 0
    support_fen: int = 0


def position_on(
    terms: DealTerms,
    schedule: PaymentSchedule,
    when: PaymentDate,
    carry: Carry,
    held: Holdings,
    *,
    phase: Phase,
    servicer_caused: bool = False,
    is_final: bool = False,
) -> Position:
    """The position of payment date `when`: accruals of the period added to what was carried.

    Principal is due from a tranche's expected maturity on, and on the final date.
    """
    sub = terms.residual
    days = when.interest_days
    tranches = {}
    for name in terms.ranked:
        outstanding = held.outstanding_fen[name]
        rate = terms.tranches[name].coupon_bp if name != sub else terms.tranches[sub].sub_period_yield_bp
        due = name != sub and (is_final or when.pay_day >= schedule.tranche_maturity[name])
        tranches[name] = TranchePosition(
            outstanding_fen=outstanding,
            accrued_fen=interest_fen(outstanding, rate or 0, days),
            unpaid_fen=carry.unpaid_interest_fen.get(name, 0),
            principal_due_fen=outstanding if due else 0,
        )
    incentive = terms.servicer_incentive
    front_bp, hurdle_bp = (incentive.front_return_bp, incentive.hurdle_bp) if incentive else (0, 0)
    sub_outstanding = held.outstanding_fen[sub]
    return Position(
        day=when.pay_day,
        phase=phase,
        income_fen=held.income_fen,
        principal_fen=held.principal_fen,
        tranches=tranches,
        reserve_fen=held.reserve_fen,
        spread_fen=held.spread_fen,
        fees_fen=_fees_due(terms, when, carry, held),
        taxes_fen={name: held.taxes_fen.get(name, 0) + carry.unpaid_taxes_fen.get(name, 0) for name in terms.taxes},
        defaulted_fen=held.defaulted_fen,
        defaulted_before_fen=carry.defaulted_fen,
        lent_to_income_fen=carry.lent_to_income_fen,
        topped_up_fen=carry.topped_up_fen,
        support_fen=held.support_fen,
        sub_front_return_fen=carry.sub_front_return_fen + interest_fen(sub_outstanding, front_bp, days),
        sub_hurdle_fen=carry.sub_hurdle_fen + interest_fen(sub_outstanding, hurdle_bp, days),
        servicer_caused=servicer_caused,
        is_final=is_final,
    )


def _fees_due(terms: DealTerms, when: PaymentDate, carry: Carry, held: Holdings) -> dict[str, int]:
    """Fees of the period and carried ones; issuance costs only on the first date."""
    notes = sum(held.outstanding_fen.values())
    due = {}
    for name, fee in terms.fees.items():
        period = fee_fen(
            fee,
            pool_fen=held.pool_fen,
            notes_fen=notes,
            income_fen=held.collected_income_fen,
            days=when.interest_days,
        )
        once_and_past = fee.step == "issuance" and when.period > 1
        due[name] = carry.unpaid_fees_fen.get(name, 0) + (0 if once_and_past else period)
    return due


_AMOUNTS = (
    *(
        "income_fen",
        "principal_fen",
        "reserve_fen",
        "spread_fen",
        "support_fen",
        "defaulted_fen",
        "defaulted_before_fen",
    ),
    *("lent_to_income_fen", "topped_up_fen", "sub_front_return_fen", "sub_hurdle_fen"),
)


def check_position(terms: DealTerms, position: Position) -> None:
    """Raise InvariantError, naming deal, day and field, when a waterfall could not pay this position."""
    where = f"{terms.programme}, day {position.day}"
    if set(position.tranches) != set(terms.tranches):
        raise InvariantError(
            f"{where}: the position holds tranches {sorted(position.tranches)}, the terms {sorted(terms.tranches)}; "
            "give one position for each tranche"
        )
    unknown = sorted((set(position.fees_fen) - set(terms.fees)) | (set(position.taxes_fen) - set(terms.taxes)))
    if unknown:
        raise InvariantError(f"{where}: the terms have no fee or tax called {', '.join(unknown)}")
    amounts: dict[str, int] = {name: getattr(position, name) for name in _AMOUNTS}
    amounts |= {f"fees_fen.{name}": fen for name, fen in position.fees_fen.items()}
    amounts |= {f"taxes_fen.{name}": fen for name, fen in position.taxes_fen.items()}
    for name, tranche in position.tranches.items():
        amounts |= {f"tranches.{name}.{known.name}": getattr(tranche, known.name) for known in fields(tranche)}
        if tranche.principal_due_fen > tranche.outstanding_fen:
            raise InvariantError(
                f"{where}: tranches.{name}.principal_due_fen {tranche.principal_due_fen} is above the outstanding "
                f"{tranche.outstanding_fen} fen; lower it"
            )
    for field_name, fen in amounts.items():
        if fen < 0:
            raise InvariantError(f"{where}: {field_name} is {fen} fen; it must not be negative")
