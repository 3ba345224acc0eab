"""Projecting a deal from a table of collections, with the waterfall and triggers that a living deal runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from sim.calendar import date_of
from sim.deals.collections_table import Collection, read_collections
from sim.deals.fees import tax_fen
from sim.deals.payment_calendar import PaymentDate, PaymentSchedule, Phase
from sim.deals.position import Carry, Holdings, position_on
from sim.deals.projection_tables import Projection, ProjectionTables
from sim.deals.purchase import price_fen
from sim.deals.terms import DealTerms
from sim.deals.trigger_terms import TriggerKind
from sim.deals.triggers import Measures, TriggerState, phase_on, revolving_ended_on, test_triggers
from sim.deals.waterfall import distribute
from sim.deals.waterfall_lines import Account, Distribution
from sim.errors import ScenarioError

__all__ = ["Projection", "project"]


def project(terms: DealTerms | Mapping[str, Any], collections: pa.Table | Mapping[str, Sequence[Any]]) -> Projection:
    """Pay a deal from its collections, date by date, until it is wound up or the table ends.

    `collections`: columns date, principal_fen, interest_fen, recovery_fen, defaulted_fen, balance_fen (performing
    principal after the date) and optionally purchased_fen (principal bought that day; without it nothing is bought and
    principal waits in its account). Principal and recoveries go to the principal account, interest to the income
    account. A payment date pays from what was collected up to its calculation day. The deal is wound up at legal
    maturity, or on the first payment date after the pool has run down to 0 at the end of the table. Triggers on
    cumulative default, asset shortfall, unpaid interest and unpaid principal are tested; those on the servicer,
    remittance, cash between payments and loans by days past due need a running market and are not.

    Raises ScenarioError naming row and column (or the field of the terms) for every fault found in the input.
    """
    deal_terms = terms if isinstance(terms, DealTerms) else _validated(terms)
    rows = read_collections(collections, cutoff=deal_terms.cutoff_day)
    return _Deal(deal_terms, rows).run()


def _validated(terms: Mapping[str, Any]) -> DealTerms:
    try:
        return DealTerms.model_validate(terms)
    except ValidationError as faults:
        lines = [f"terms.{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults.errors()]
        raise ScenarioError("\n".join(lines)) from faults


@dataclass(slots=True)
class _Period:
    """Flows collected for one payment date; amounts in fen."""

    principal_fen: int = 0
    income_fen: int = 0
    defaulted_fen: int = 0
    taxes_fen: dict[str, int] = field(default_factory=dict)


class _Deal:
    """The deal while it is projected."""

    def __init__(self, terms: DealTerms, rows: tuple[Collection, ...]) -> None:
        self.terms = terms
        self.rows = rows
        self.next_row = 0
        self.schedule: PaymentSchedule = terms.schedule()
        self.cash = dict.fromkeys(Account, 0) | {Account.RESERVE: terms.initial_reserve_fen}
        self.outstanding = {name: terms.tranche_face_fen(name) for name in terms.ranked}
        self.support_left = terms.support_limit_fen
        self.carry = Carry()
        self.triggers = TriggerState()
        first = rows[0]
        self.cutoff_pool = first.balance_fen + first.principal_fen + first.defaulted_fen - first.purchased_fen
        self.pool = self.cutoff_pool
        self.defaulted = 0
        self.purchased = 0
        self.tables = ProjectionTables(terms, self.cash)

    def run(self) -> Projection:
        """Pay every date that the table reaches."""
        last = self.rows[-1]
        runs_down = last.balance_fen == 0
        early = _Period()
        when: PaymentDate | None = self.schedule.dates[0]
        if when is not None and when.collections_to > last.day and not runs_down:
            raise ScenarioError(
                f"collections: row {last.row}, column date: the table ends on {date_of(last.day)}, before the first "
                f"calculation day {date_of(when.collections_to)}; add rows up to it"
            )
        while when is not None and (when.collections_to <= last.day or runs_down):
            period, opening_pool = early, self.pool
            self._collect(when.collections_to, period)
            measured_pool = self.pool
            early = _Period()
            self._collect(when.pay_day, early)
            is_final = when == self.schedule.dates[-1] or (runs_down and when.collections_to >= last.day)
            self._pay(when, period, early, opening_pool=opening_pool, measured_pool=measured_pool, is_final=is_final)
            if is_final:
                break
            when = self.schedule.next_after(when.pay_day)
        return self.tables.projection()

    def _collect(self, until: int, period: _Period) -> None:
        """Take the rows up to a day into cash and into a period."""
        while self.next_row < len(self.rows) and self.rows[self.next_row].day <= until:
            row = self.rows[self.next_row]
            self.next_row += 1
            self.cash[Account.PRINCIPAL] += row.principal_fen + row.recovery_fen
            self.cash[Account.INCOME] += row.interest_fen
            period.principal_fen += row.principal_fen + row.recovery_fen
            period.income_fen += row.interest_fen
            period.defaulted_fen += row.defaulted_fen
            for name, tax in self.terms.taxes.items():
                period.taxes_fen[name] = period.taxes_fen.get(name, 0) + tax_fen(tax, row.day, row.interest_fen)
            self.tables.collected(principal_fen=row.principal_fen + row.recovery_fen, income_fen=row.interest_fen)
            if row.purchased_fen:
                self._purchase(row)
            self.pool = row.balance_fen

    def _purchase(self, row: Collection) -> None:
        """Pay for what a row buys, from principal and, if the terms say so, from income."""
        where = f"collections: row {row.row}, column purchased_fen"
        ended = revolving_ended_on(self.terms, self.triggers)
        if row.day > self.schedule.revolving_end:
            why = "as scheduled" if ended is None else "by an event"
            raise ScenarioError(
                f"{where}: buys on {date_of(row.day)}, but the revolving period ended {why} on "
                f"{date_of(self.schedule.revolving_end)}; set it to 0 from then on"
            )
        price = price_fen(self.terms, row.purchased_fen)
        from_principal = min(price, self.cash[Account.PRINCIPAL])
        from_income = price - from_principal
        held = self.cash[Account.INCOME] if self.terms.purchase.uses_income else 0
        if from_income > held:
            raise ScenarioError(
                f"{where}: costs {price} fen on {date_of(row.day)}, but only {from_principal + held} fen may be spent; "
                "buy less or later"
            )
        self.cash[Account.PRINCIPAL] -= from_principal
        self.cash[Account.INCOME] -= from_income
        self.purchased += row.purchased_fen
        self.tables.purchased(principal_fen=from_principal, income_fen=from_income)

    def _pay(
        self,
        when: PaymentDate,
        period: _Period,
        early: _Period,
        *,
        opening_pool: int,
        measured_pool: int,
        is_final: bool,
    ) -> None:
        """Test triggers, pay the waterfall, test again what only the payment can show."""
        self.defaulted += period.defaulted_fen
        principal = max(0, self.cash[Account.PRINCIPAL] - early.principal_fen)
        income = max(0, self.cash[Account.INCOME] - early.income_fen)
        self._test(
            Measures(
                day=when.pay_day,
                cumulative_default_fen=self.defaulted,
                cutoff_pool_fen=self.cutoff_pool,
                purchased_fen=self.purchased,
                cover_fen=measured_pool + principal,
                notes_fen=sum(self.outstanding.values()),
            )
        )
        phase = Phase.LIQUIDATING if is_final else phase_on(self.terms, when.phase, self.triggers)
        held = Holdings(
            income_fen=income,
            principal_fen=principal,
            outstanding_fen=self.outstanding,
            pool_fen=opening_pool,
            collected_income_fen=period.income_fen,
            taxes_fen=period.taxes_fen,
            defaulted_fen=period.defaulted_fen,
            reserve_fen=self.cash[Account.RESERVE],
            spread_fen=self.cash[Account.SPREAD],
            support_fen=self.support_left,
        )
        position = position_on(self.terms, self.schedule, when, self.carry, held, phase=phase, is_final=is_final)
        paid = distribute(self.terms, position)
        self.cash[Account.PRINCIPAL] += paid.principal_fen - principal
        self.cash[Account.INCOME] += paid.income_fen - income
        self.cash[Account.RESERVE], self.cash[Account.SPREAD] = paid.reserve_fen, paid.spread_fen
        self.support_left -= paid.support_fen
        self.outstanding = {name: result.outstanding_fen for name, result in paid.tranches.items()}
        self.tables.paid(when, paid, self.cash, is_final=is_final)
        self.carry = self.carry.after(position, paid)
        self._test_after(when, paid)

    def _test_after(self, when: PaymentDate, paid: Distribution) -> None:
        """Tests that only the payment can answer: notes unpaid at maturity, interest unpaid for days.

        No cash reaches holders between two payment dates, so what is unpaid now is dated on the day its grace ends.
        """
        matured = tuple(
            name
            for name in self.terms.seniors
            if self.schedule.tranche_maturity[name] <= when.pay_day and self.outstanding[name]
        )
        self._test(Measures(day=when.pay_day, unpaid_at_expected_maturity=matured))
        served = [result for name in self.terms.seniors if (result := paid.tranches[name]).interest_due_fen]
        interest_short = bool(served) and served[0].interest_paid_fen < served[0].interest_due_fen
        days = self._grace(TriggerKind.SENIOR_INTEREST_UNPAID) if interest_short else 0
        self._test(Measures(day=self._days_after(when.pay_day, days), senior_interest_unpaid_days=days))
        if when == self.schedule.dates[-1]:
            unpaid = any(self.outstanding[name] for name in self.terms.seniors)
            days = self._grace(TriggerKind.PRINCIPAL_UNPAID_AT_LEGAL_MATURITY) if unpaid else 0
            self._test(Measures(day=self._days_after(when.pay_day, days), legal_maturity_unpaid_days=days))

    def _grace(self, kind: TriggerKind) -> int:
        """Working days after which what is unpaid counts, by the most patient trigger of this kind."""
        return max((trigger.days for trigger in self.terms.triggers.values() if trigger.kind is kind), default=0) or 1

    def _days_after(self, day: int, working_days: int) -> int:
        return self.terms.calendar.add(day, working_days) if working_days else day

    def _test(self, measures: Measures) -> None:
        """Test triggers, note the events, and remake the schedule when the revolving period ended or came back."""
        before = revolving_ended_on(self.terms, self.triggers)
        events, self.triggers = test_triggers(self.terms, measures, self.triggers, say_all=True)
        self.tables.tested(e for e in events if e.changed or e.kind is not TriggerKind.SERVICER_DISMISSED)
        ended = revolving_ended_on(self.terms, self.triggers)
        if ended != before:
            self.schedule = self.terms.schedule(amortising_from=ended)
