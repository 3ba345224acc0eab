"""Plans that come and go: founded during the run, woken together, kept as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents import opening
from sim.agents.institution import Life, Wake
from sim.agents.spv import Spv
from sim.agents.spv_servicing import is_disturbed
from sim.calendar import BANK, date_of, is_month_end
from sim.deals.terms import DealTerms
from sim.errors import InvariantError
from sim.market.plan_record import record_of
from sim.timetable import HOURS_PER_DAY, Hour

if TYPE_CHECKING:
    from sim.market.market import SecuritizationMarket


def found(market: SecuritizationMarket, name: str, terms: DealTerms) -> Spv:
    """Found a plan that closes today, see `MarketPlace.found_deal`."""
    if name in market.deals or name in market.closed or not name or "/" in name:
        raise InvariantError(f"deal {name!r}: there is or was a plan of this name, or it is no name; choose another")
    hour = market.env.now % HOURS_PER_DAY
    if terms.closing_day != market.day or hour > Hour.TRADE:
        raise InvariantError(
            f"deal {name}: it closes on {terms.closing}, and is founded at hour {hour} of {date_of(market.day)}; "
            f"found it on its closing day, no later than hour {int(Hour.TRADE)}"
        )
    spv = Spv(market, name, terms)
    market.deals[name] = spv
    market.forget_plan_lists()
    market.founded[name] = terms.model_dump(mode="json", by_alias=True)
    market.books[spv.originator.name].code_of(spv.party)
    opening.open_plan(market, spv)
    market.env.process(_close_today(market, spv))
    return spv


def _close_today(market: SecuritizationMarket, spv: Spv) -> Life:
    """The plans' hour of trade may have passed when a plan is founded in it: this one still has its own."""
    yield Wake(market.env, int(Hour.TRADE) - market.env.now % HOURS_PER_DAY, market.plans_order)
    spv.serve(Hour.TRADE)


def keep_hours(market: SecuritizationMarket) -> Life:
    """One process wakes all plans, in the order of their founding: waking hundreds one by one costs more than the work.

    A plan never waits within an hour, so one after the other they act as if each had a process of its own.
    """
    env = market.env
    while True:
        for hour in Spv.hours:
            yield Wake(env, int(hour) - env.now % HOURS_PER_DAY, market.plans_order)
            market.ledger.set_clock(market.day, int(hour))
            for spv in _stirring(market, hour):
                spv.serve(hour)
        yield Wake(env, HOURS_PER_DAY - env.now % HOURS_PER_DAY, market.plans_order)


def _stirring(market: SecuritizationMarket, hour: Hour) -> list[Spv]:
    """Plans that can have anything to do at an hour: notes are issued once, loans are audited as a month opens,
    servicing is looked at once the seller has failed, and interest is accrued at month ends."""
    living = market.deals.values()
    if hour is Hour.TRADE:
        return [spv for spv in living if not spv.issued]
    if hour is Hour.REMIT and not BANK.opens_month(market.day):
        return [spv for spv in living if is_disturbed(spv)]
    if hour is Hour.RATE and not is_month_end(market.day):
        return []
    return list(living)


def retire_ended(market: SecuritizationMarket) -> None:
    """At the close: plans that ended today leave the market; what is told of them stays as one plain record each."""
    for spv in [spv for spv in market.deals.values() if spv.ended]:
        market.closed[spv.name] = record_of(spv)
        market.ledger.free(spv.name)
        market.ledger.retire(spv.party)
        market.books[spv.originator.name].release(spv.party)
        for agency in market.agencies.values():
            agency.forget(spv.name)
        market.board.forget(spv.name)
        _leave(market, spv.name)


def _leave(market: SecuritizationMarket, name: str) -> None:
    """The agent goes, and with it what the market kept for it."""
    market.deals.pop(name).remove()
    market.founded.pop(name, None)
    market.forget_plan_lists()


def state(market: SecuritizationMarket) -> dict[str, Any]:
    """The terms of living plans that no scenario holds, in the order of founding, and what is told of ended ones."""
    return {"founded": dict(market.founded), "closed": dict(market.closed)}


def restore(market: SecuritizationMarket, data: dict[str, Any]) -> None:
    """Let go what had ended and found again what was founded; the ledger and the books are as they were."""
    market.closed = dict(data["closed"])
    for name in market.closed:
        if name in market.deals:
            _leave(market, name)
    market.founded = dict(data["founded"])
    for name, terms in market.founded.items():
        market.deals[name] = Spv(market, name, DealTerms.model_validate(terms))
        market.forget_plan_lists()
