"""What an originator expects of the days to its next plan: lending, what comes in, what falls due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.agents import bonds, conduct, spv_notes
from sim.agents import originator_debts as debts
from sim.agents import originator_funds as funds
from sim.agents.originator_market import payment_ppm, pipeline_fen
from sim.agents.originator_responses import called_fen
from sim.agents.policy_notices import lawful_lending_fen
from sim.calendar import add_months, day_of_month, month_index
from sim.regulation.plan_days import next_plan_day, of_the_days_ppm

if TYPE_CHECKING:
    from sim.agents.originator import Originator

MILLION = 1_000_000
YOUNG_MONTHS = 6
"""Months of history before which its own size is no measure of how fast a lender means to grow: it takes what comes
(assumption 3-12)."""


@dataclass(frozen=True)
class Forecast:
    """The days to the next plan in fen: what it wants to lend, what comes in, what falls due, what stands on its lines
    (and how much of that a plan ordered calls); and the face of its deals on their way to market, which bring nothing
    before they have placed their books."""

    lending_fen: int
    applications_fen: int
    repayments_fen: int
    purchases_fen: int
    maturing_fen: int
    cash_gap_fen: int
    signed_fen: int
    drawn_fen: int
    called_fen: int
    pipeline_fen: int

    @property
    def need_fen(self) -> int:
        """Funds to find: lending and maturities beyond what its own loans, its pools' purchases and deals already
        signed bring in; and what stands on its lines, which every plan may fund again more cheaply."""
        grows = self.lending_fen + self.maturing_fen + self.cash_gap_fen
        comes_in = self.repayments_fen + self.purchases_fen + self.signed_fen
        return max(0, grows - comes_in + self.drawn_fen)


def forecast(originator: Originator) -> Forecast:
    """The days to the next plan, from the month just ended and the season everybody knows."""
    book, strategy = originator.book, originator.terms.strategy
    history, day = originator.memory["history"], originator.place.day
    month: dict[str, int] = book.applications_of(month_index(day) - 1)
    sound = month["granted_fen"] + month["refused_ration_fen"]
    season = _season_ahead(originator)
    wanted = round(sound * season)
    managed = book.managed_fen
    a_month = payment_ppm(history)
    rate = of_the_days_ppm(a_month, day)
    grown = strategy is not None and len(history) >= YOUNG_MONTHS
    most = round(managed * (strategy.growth_ppm + a_month) // MILLION * season) if strategy and grown else wanted
    own = own_stock_fen(originator)
    revolving = sum(spv.pool_fen() for spv in originator.plans() if day <= spv.schedule.revolving_end)
    return Forecast(
        lending_fen=min(
            min(wanted, most) * conduct.allowed_ppm(originator) // MILLION * _guided_ppm(originator) // MILLION,
            lawful_lending_fen(originator, managed * rate // MILLION),
        ),
        applications_fen=wanted,
        repayments_fen=own * rate // MILLION,
        purchases_fen=revolving * rate // MILLION,
        maturing_fen=_maturing_fen(originator) + funds.opening_bridge_due_fen(originator),
        cash_gap_fen=funds.buffer_fen(originator) - funds.free_cash_fen(originator, funds.kept_fen(originator)),
        signed_fen=signed_fen(originator),
        drawn_fen=_drawn_fen(originator, own),
        called_fen=called_fen(originator),
        pipeline_fen=pipeline_fen(originator),
    )


def _guided_ppm(originator: Originator) -> int:
    strategy = originator.terms.strategy
    return MILLION if strategy is None else strategy.guided_ppm


def _drawn_fen(originator: Originator, own_fen: int) -> int:
    """What it owes on its lines; for a shop all its own loans, since what its lines do not carry its goods could."""
    ledger = originator.place.ledger
    drawn = sum(ledger.nominal(debts.debt_claim(originator, name)) for name in debts.lines(originator))
    return drawn if originator.terms.retailer is None else max(drawn, own_fen)


def _season_ahead(originator: Originator) -> float:
    """Expected purchases from tomorrow to the day of the next plan, which is made after that day's lending, over those
    of the last calendar month: how many days, weekdays, festivals."""
    season, today = originator.season, originator.place.day
    first = today - day_of_month(today) + 1
    ahead = sum(season(day) for day in range(today + 1, next_plan_day(today) + 1))
    behind = sum(season(day) for day in range(add_months(first, -1), first))
    return ahead / behind


def own_stock_fen(originator: Originator) -> int:
    """Principal of loans it owns itself, its own part of joint loans included."""
    return originator.place.ledger.nominal(originator.loan_claim(originator.party))


def signed_fen(originator: Originator) -> int:
    """What others pay before the next plan for notes of its deals that are signed and not yet closed: their books are
    built, their holders known. A deal under a shelf is signed, closed and paid for in one hour, so it never waits here:
    until that hour it is on its way to market, and no money."""
    place, until = originator.place, next_plan_day(originator.place.day)
    signed = [spv for spv in place.plans_of("originator", originator.party) if not (spv.issued or spv.ended)]
    return sum(
        fen
        for spv in signed
        if place.day < spv.terms.closing_day < until
        for tranche in spv.terms.ranked
        for holder, fen in spv_notes.allotment(spv, tranche).items()
        if holder != originator.party
    )


def _maturing_fen(originator: Originator) -> int:
    """What lenders that run take back at the month's end, and bonds that mature until the next plan."""
    until = next_plan_day(originator.place.day)
    return sum(funds.asked_back_fen(originator).values()) + bonds.maturing_fen(originator, until)
