"""When a deal counts its collections, accrues interest and pays: terms, and the schedule they make."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import model_validator

from sim.calendar import BusinessCalendar, add_months, date_of, day_of
from sim.deals.fields import Terms, term


class Phase(StrEnum):
    """The status of a deal; it selects the order of payment."""

    REVOLVING = "revolving"
    AMORTISING = "amortising"
    ACCELERATED = "accelerated"
    DEFAULTED = "defaulted"
    LIQUIDATING = "liquidating"


class DayRule(Terms):
    """Which day after the end of a collection period is the payment day."""

    kind: Literal["nth_working_day", "day_of_month"] = term(
        description="Count working days after the calculation day, or take a fixed day of the month", unit="rule"
    )
    n: int | None = term(
        None, description="The n-th working day after the calculation day", unit="days", between=(1, 30)
    )
    day: int | None = term(
        None, description="The first such day of a month after it", unit="day of month", between=(1, 28)
    )
    convention: Literal["following", "preceding"] = term(
        "following", description="Where a fixed day that is closed moves to; interest does not move", unit="rule"
    )

    @model_validator(mode="after")
    def _matches_kind(self) -> DayRule:
        given, other = (self.n, self.day) if self.kind == "nth_working_day" else (self.day, self.n)
        needed, unused = ("n", "day") if self.kind == "nth_working_day" else ("day", "n")
        if given is None or other is not None:
            raise ValueError(f"rule: kind {self.kind} needs '{needed}' and has no '{unused}'")
        return self


class PaymentCalendarTerms(Terms):
    """How often the deal pays, and on which day."""

    revolving: Literal["monthly", "quarterly", "at_end"] = term(
        description="How often interest is paid while the pool revolves", unit="frequency"
    )
    amortising: Literal["monthly", "at_maturity"] = term(
        "monthly", description="How often the deal pays after the revolving period", unit="frequency"
    )
    calculation: Literal["month_end", "anniversary"] = term(
        "month_end",
        description="Collection periods end on the last day of the month, or on the monthly anniversary of closing",
        unit="rule",
    )
    rule: DayRule = term(description="The payment day of a collection period", unit="rule")
    days: Literal["bank", "exchange"] = term("bank", description="Whose working days count", unit="calendar")
    day_count: Literal[365] = term(365, description="Days of a year for interest: actual / 365", unit="days")


@dataclass(frozen=True, slots=True)
class PaymentDate:
    """One payment date; every day is a day number of `sim.calendar`."""

    period: int
    """1, 2, ... counted in payments."""
    month: int
    """Months of the deal's life that the calculation day closes: 12 for the last of a year."""
    collections_from: int
    """First day of the collection period, inclusive."""
    collections_to: int
    """The calculation day: last day of the collection period, inclusive."""
    interest_from: int
    interest_to: int
    """Interest accrues for interest_to - interest_from days."""
    pay_day: int
    phase: Phase
    """REVOLVING or AMORTISING as scheduled; events can only move it on."""
    after_expected: bool
    """Whether it falls after the expected maturity of the deal."""

    @property
    def interest_days(self) -> int:
        """Days of interest paid on this date."""
        return self.interest_to - self.interest_from


@dataclass(frozen=True, slots=True)
class PaymentSchedule:
    """All payment dates of a deal from closing to legal maturity, in order."""

    dates: tuple[PaymentDate, ...]
    revolving_end: int
    """Last day on which the pool may buy (the closing day when the deal never revolves)."""
    expected_maturity: int
    legal_maturity: int
    tranche_maturity: dict[str, int]
    """Expected maturity of each tranche: its payment day."""
    _by_day: dict[int, PaymentDate] = field(init=False, repr=False, compare=False)
    _pay_days: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_day", {when.pay_day: when for when in reversed(self.dates)})
        object.__setattr__(self, "_pay_days", [when.pay_day for when in self.dates])

    def on(self, day: int) -> PaymentDate | None:
        """The payment date on `day`, or None."""
        return self._by_day.get(day)

    def pays_on(self, day: int) -> bool:
        """Whether `day` is a payment date."""
        return day in self._by_day

    def next_after(self, day: int) -> PaymentDate | None:
        """The first payment date strictly after `day`, or None when the last has passed."""
        at = bisect_right(self._pay_days, day)
        return self.dates[at] if at < len(self.dates) else None


@dataclass(frozen=True, slots=True)
class _Life:
    """What the schedule needs to know about the life of the deal."""

    cutoff: int
    closing: int
    revolving_months: int
    amortisation_months: int
    amortising_from: int | None


def calculation_day(terms: PaymentCalendarTerms, closing: int, month: int) -> int:
    """Last day of the `month`-th collection period: month end (the first in the month of closing) or anniversary."""
    if terms.calculation == "anniversary":
        return add_months(closing, month)
    first_of_month = closing - (date_of(closing).day - 1)
    return add_months(first_of_month, month) - 1


def payment_day(rule: DayRule, calculation: int, calendar: BusinessCalendar) -> tuple[int, int]:
    """(payment day, interest day) of a calculation day; a fixed day that is closed moves, its interest day does not."""
    if rule.n is not None:
        pay_day = calendar.add(calculation, rule.n)
        return pay_day, pay_day
    after = date_of(calculation + 1)
    wanted = date(after.year, after.month, rule.day or 1)
    interest_day = day_of(wanted) if wanted >= after else add_months(day_of(wanted), 1)
    moved = calendar.on_or_after if rule.convention == "following" else calendar.on_or_before
    return moved(interest_day), interest_day


def make_schedule(
    terms: PaymentCalendarTerms,
    calendar: BusinessCalendar,
    *,
    cutoff: int,
    closing: int,
    revolving_months: int,
    amortisation_months: int,
    legal_maturity_months: int,
    tranche_months: dict[str, int],
    amortising_from: int | None = None,
) -> PaymentSchedule:
    """Every payment date from closing to legal maturity.

    The first period runs from the cut-off date; later ones from the day after the last calculation day that was paid.
    What is left of the month of closing is no period of its own but joins the next one: a few days of collections
    cannot pay the interest up to the payment day of the month after.
    `amortising_from`: the day an event ended the revolving period; every later month then pays, and amortises.
    """
    life = _Life(cutoff, closing, revolving_months, amortisation_months, amortising_from)
    months = revolving_months + amortisation_months
    expected = payment_day(terms.rule, calculation_day(terms, closing, months), calendar)[0]
    legal = calendar.on_or_after(add_months(expected, legal_maturity_months))
    return PaymentSchedule(
        dates=tuple(_dates(terms, calendar, life, expected, legal)),
        revolving_end=_revolving_end(terms, life),
        expected_maturity=expected,
        legal_maturity=legal,
        tranche_maturity={
            name: payment_day(terms.rule, calculation_day(terms, closing, month), calendar)[0]
            for name, month in tranche_months.items()
        },
    )


def _revolving_end(terms: PaymentCalendarTerms, life: _Life) -> int:
    end = calculation_day(terms, life.closing, life.revolving_months) if life.revolving_months else life.closing
    return end if life.amortising_from is None else min(end, life.amortising_from)


def _dates(
    terms: PaymentCalendarTerms, calendar: BusinessCalendar, life: _Life, expected: int, legal: int
) -> Iterator[PaymentDate]:
    collections_from, interest_from, month, period, pay_day = life.cutoff, life.closing, 0, 0, life.closing
    while pay_day < legal:
        month += 1
        end = calculation_day(terms, life.closing, month)
        pay_day, interest_to = payment_day(terms.rule, end, calendar)
        if _broken(life, month, end) or not _pays(terms, life, month, end):
            continue
        period += 1
        yield PaymentDate(
            period=period,
            month=month,
            collections_from=collections_from,
            collections_to=end,
            interest_from=interest_from,
            interest_to=interest_to,
            pay_day=pay_day,
            phase=_phase(life, month, end),
            after_expected=pay_day > expected,
        )
        collections_from, interest_from = end + 1, interest_to


def _phase(life: _Life, month: int, calculation: int) -> Phase:
    ended_early = life.amortising_from is not None and calculation >= life.amortising_from
    last_month_repays = life.amortisation_months == 0 and month == life.revolving_months
    revolves = month <= life.revolving_months and not ended_early and not last_month_repays
    return Phase.REVOLVING if revolves else Phase.AMORTISING


def _broken(life: _Life, month: int, calculation: int) -> bool:
    """Whether the first collection period would be shorter than a month, in a deal that lives longer."""
    lives_on = month < life.revolving_months + life.amortisation_months
    return month == 1 and lives_on and add_months(life.cutoff, 1) > calculation + 1


def _pays(terms: PaymentCalendarTerms, life: _Life, month: int, calculation: int) -> bool:
    """Whether the month has a payment date at all, by the frequency of its phase."""
    if _phase(life, month, calculation) is Phase.REVOLVING:
        every = {"monthly": 1, "quarterly": 3}.get(terms.revolving, life.revolving_months)
        return month % every == 0 or month == life.revolving_months
    if terms.amortising == "at_maturity" and life.amortising_from is None:
        return month >= life.revolving_months + life.amortisation_months
    return True
