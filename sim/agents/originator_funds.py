"""An originator's treasury: its lines in order of cost, what it can pay today, interest, and lenders that run.

Everything here acts on the ledger for one originator; what it plans for the month is in `originator_plan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import goods, group_fees
from sim.agents.market_place import CALLS_LINES
from sim.agents.originator_debts import (
    BRIDGE,
    all_debt_claims,
    bridge_claim,
    counts_under,
    debt_claim,
    lines,
    owed_under_fen,
    rate_ppm,
)
from sim.calendar import day_of, day_of_month
from sim.markets.lending_choice import screening_cost_ppm
from sim.markets.scale import unit_cost
from sim.regulation.market_rules import bridge_fen

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.regulation.rules import Category


def drawable_fen(originator: Originator, repaid: dict[Category, int] | None = None) -> dict[str, int]:
    """What each line lets it draw now, cheapest first, all of them jointly: no more than is promised, and than the
    limits it plans for leave beyond what it owes at this hour. `repaid` is what a swap repays at once, by category."""
    ledger, limits = originator.place.ledger, originator.memory["cap_limits"]
    owed = owed_under_fen(originator, set(limits))
    left = {category: limit - owed[category] + (repaid or {}).get(category, 0) for category, limit in limits.items()}
    found = {}
    for name in lines(originator):
        counted = [category for category in counts_under(originator, name) if category in left]
        promised = ledger.undrawn(debt_claim(originator, name))
        found[name] = max(0, min([promised, *(left[category] for category in counted)]))
        for category in counted:
            left[category] -= found[name]
    return found


def undrawn_fen(originator: Originator) -> int:
    """What all its lines together still let it draw."""
    return sum(drawable_fen(originator).values())


def make_liquid(originator: Originator, need_fen: int) -> None:
    """Draw lines, cheapest first, as far as a need goes beyond the cash at hand and commitments allow; a shop then
    sells goods."""
    if need_fen <= originator.cash_fen:
        return
    for name, most in drawable_fen(originator).items():
        draw(originator, name, min(need_fen - originator.cash_fen, most))
    goods.turn_into_cash(originator, need_fen - originator.cash_fen)


def draw(originator: Originator, name: str, fen: int) -> None:
    """Draw a line, whose lender finds the cash."""
    if fen > 0:
        originator.place.make_liquid(originator.terms.debts[name].lender, fen)
        originator.place.ledger.draw(debt_claim(originator, name), fen)


def bridge_room_fen(originator: Originator) -> int | None:
    """What shareholders would still bridge; None for no limit (an originator that does not plan)."""
    strategy = originator.terms.strategy
    if strategy is None:
        return None
    ledger = originator.place.ledger
    most = bridge_fen(ledger.equity(originator.party), strategy.bridge_ppm)
    return max(0, most - bridged_for_the_day_fen(originator))


def can_pay(originator: Originator, need_fen: int) -> bool:
    """Whether `need_fen` can be paid now: from cash, then lines, then what shareholders bridge. Draws what it takes;
    False, and nothing bridged, when even that is not enough."""
    make_liquid(originator, need_fen)
    short = need_fen - originator.cash_fen
    if short <= 0:
        return True
    room = bridge_room_fen(originator)
    if room is not None and short > room:
        return False
    bridge(originator, short)
    return True


def has_means(originator: Originator, need_fen: int) -> bool:
    """Whether it could pay `need_fen` today from all that `can_pay` turns to; draws nothing."""
    room = bridge_room_fen(originator)
    at_hand = originator.cash_fen + undrawn_fen(originator) + goods.goods_fen(originator)
    return room is None or need_fen <= at_hand + room


def bridge(originator: Originator, short_fen: int) -> None:
    """Shareholders lend what is short for the day."""
    originator.place.ledger.draw(bridge_claim(originator), short_fen)
    originator.place.announce(
        originator.party, "liquidity", f"shareholder bridges {short_fen} fen beyond the committed lines"
    )


def accrue_interest(originator: Originator) -> None:
    """One day's interest on every debt; the fraction of a fen is carried, so there is no drift. Paid on month ends.

    A bridge bears what the dearest line bears.
    """
    ledger, rest, debts = originator.place.ledger, originator.memory["interest_rest"], originator.terms.debts
    rates = {name: rate_ppm(originator, name) for name in debts}
    owed = [(name, debt_claim(originator, name), rate) for name, rate in rates.items()]
    owed.append((BRIDGE, bridge_claim(originator), max(rates.values())))
    for name, claim, rate in owed:
        nominal = ledger.nominal(claim)
        if nominal:
            fen, rest[name] = divmod(nominal * rate + rest.get(name, 0), 365 * 1_000_000)
            ledger.accrue(claim, fen)


def pay_interest(originator: Originator) -> bool:
    """Month end: pay all interest accrued; False when it cannot."""
    ledger = originator.place.ledger
    for claim in all_debt_claims(originator):
        accrued = ledger.accrued(claim)
        if accrued and not can_pay(originator, accrued):
            return False
        ledger.pay_accrued(claim, accrued)
    return True


def balance_cash(originator: Originator) -> None:
    """Hold a few days of lending in cash, and what lenders that run take back this month; what is beyond repays the
    bridge and then the dearest line, and goes back to the shop of one that has one; what is missing is drawn."""
    ledger = originator.place.ledger
    target = buffer_fen(originator) + kept_fen(originator) + sum(asked_back_fen(originator).values())
    excess = originator.cash_fen - target
    if excess <= 0:
        make_liquid(originator, target)
        return
    repaid = min(excess, ledger.nominal(bridge_claim(originator)))
    ledger.repay(bridge_claim(originator), repaid)
    excess -= repaid
    for name in [name for name in reversed(lines(originator)) if not runs(originator, name)]:
        claim = debt_claim(originator, name)
        repaid = min(excess, ledger.nominal(claim))
        if repaid > 0:
            ledger.repay(claim, repaid)
            commit_to_limit(originator, name)
            excess -= repaid
    goods.put_away(originator, excess)


def held_for_others_fen(originator: Originator) -> int:
    """Collections of its plans' loans that it has not passed on yet."""
    plans = originator.place.plans_of("collected_by", originator.party)
    if originator.collected_claims[0] is not plans:
        originator.collected_claims = plans, [spv.collected_claim(originator) for spv in plans]
    return sum(originator.place.ledger.nominals(originator.collected_claims[1]))


def kept_fen(originator: Originator) -> int:
    """Cash at hand that is not to be lent out: what one that plans holds for its plans, and what the month has cost it
    so far."""
    own = 0 if originator.terms.strategy is None else due_so_far_fen(originator)
    return kept_for_plans_fen(originator) + own


def kept_for_plans_fen(originator: Originator) -> int:
    """What one that plans holds for its plans. One that only meets demand uses what it has commingled, and draws its
    line when it must pass it on."""
    return 0 if originator.terms.strategy is None else held_for_others_fen(originator)


def due_so_far_fen(originator: Originator) -> int:
    """What it will owe at the month end for the days gone by: interest accrued, running costs, the group's fees."""
    accrued = sum(originator.place.ledger.accrueds(all_debt_claims(originator)))
    cost = running_cost_fen(originator) * min(day_of_month(originator.place.day), 30) // 30
    income = sum([entry["income_fen"] for entry in originator.memory["month"]])
    return cost + group_fees.due_fen(originator, income) + accrued


def effort_cost_ppm(originator: Originator) -> int:
    """What a unit of screening effort costs it, ppm a year of what it lends: less the larger its book."""
    strategy = originator.terms.strategy
    if strategy is None:
        return 0
    screening = strategy.screening
    size = max(1, originator.book.managed_fen) / screening.usual_book_fen
    return max(1, round(unit_cost(screening.cost_ppm, size, screening.scale)))


def running_cost_fen(originator: Originator) -> int:
    """A month's running cost of all receivables serviced, of the effort put into screening those who borrow, and of
    more or fewer collectors than usual; a group that is paid for its services bears what they cost."""
    managed, strategy = originator.book.managed_fen, originator.terms.strategy
    rate = originator.terms.operating_cost_ppm
    if group_fees.served_by_group(originator):
        managed, rate = managed - group_fees.banks_part_fen(originator), 0
    if strategy is not None:
        rate += screening_cost_ppm(effort_cost_ppm(originator), originator.memory["offer"]["effort_ppm"])
    # What fewer collectors save is part of what running it costs,.
    return max(0, managed * rate // 12_000_000 + int(originator.memory["collecting"]["cost_fen"]))


def free_cash_fen(originator: Originator, kept: int) -> int:
    """Cash it may lend: less what it keeps (`kept_fen`), and less what shareholders have bridged and want back."""
    cash: int = originator.cash_fen
    if originator.terms.strategy is None:
        return cash
    return cash - kept - bridged_for_the_day_fen(originator)


def bridged_for_the_day_fen(originator: Originator) -> int:
    """What shareholders have bridged, but for what they bridged at the opening: that is repaid as the notes outstanding
    are placed, and stops nobody's lending meanwhile."""
    bridged: int = originator.place.ledger.nominal(bridge_claim(originator))
    return bridged - _opening_bridge_fen(originator, bridged)


def opening_bridge_due_fen(originator: Originator) -> int:
    """What cash at hand repays of what shareholders bridged at the opening: once the notes outstanding at the start are
    placed, their price is no cash of the month."""
    bridged: int = originator.place.ledger.nominal(bridge_claim(originator))
    return min(_opening_bridge_fen(originator, bridged), max(0, originator.cash_fen))


def _opening_bridge_fen(originator: Originator, bridged_fen: int) -> int:
    """What is left of the bridge of the opening: it is repaid first, and does not come back."""
    left = min(int(originator.memory["opening_bridge_fen"]), bridged_fen)
    originator.memory["opening_bridge_fen"] = left
    return left


def buffer_fen(originator: Originator) -> int:
    """A few days of the lending it funds itself."""
    lent: list[int] = originator.memory["lent"]
    a_day = sum(lent) // max(1, len(lent)) * originator.own_part_ppm() // 1_000_000
    return int(originator.terms.liquidity_days * a_day)


def line_limit_fen(originator: Originator, name: str) -> int:
    """The limit in force of one of its lines: the contract's, or what its bank last granted if less; nothing once it
    runs."""
    debt = originator.terms.debts[name]
    if runs(originator, name):
        return 0
    return min(debt.limit_fen, int(originator.memory["line_limits"].get(name, debt.limit_fen)))


def take_quota(originator: Originator, names: list[str], quota_fen: int) -> None:
    """A bank has said what it lends on all its lines together: the commitments follow at once, what is drawn stays
    owed."""
    ledger, debts = originator.place.ledger, originator.terms.debts
    drawn = [(ledger.nominal(debt_claim(originator, name)), debts[name].limit_fen) for name in names]
    for name, limit in zip(names, shared_limits_fen(quota_fen, drawn), strict=True):
        originator.memory["line_limits"][name] = limit
        commit_to_limit(originator, name)


def shared_limits_fen(quota_fen: int, lines: list[tuple[int, int]]) -> list[int]:
    """One lender's limit for all its lines, (drawn, contract's limit) each, parted among them: to what is drawn first,
    then to what may be, in the order given.

    >>> shared_limits_fen(100, [(0, 80), (70, 90)]), shared_limits_fen(50, [(30, 80), (40, 90)])
    ([30, 70], [30, 20])
    """
    left, limits = quota_fen, []
    for drawn, contract in lines:
        limits.append(min(drawn, contract, left))
        left -= limits[-1]
    for k, (_, contract) in enumerate(lines):
        more = min(contract - limits[k], left)
        limits[k] += more
        left -= more
    return limits


def commit_to_limit(originator: Originator, name: str) -> None:
    """What of a line is not drawn stays promised as far as its limit in force goes."""
    claim, ledger = debt_claim(originator, name), originator.place.ledger
    ledger.commit(claim, max(0, line_limit_fen(originator, name) - ledger.nominal(claim)))


def repay_lines(originator: Originator, names: list[str], fen: int) -> dict[str, int]:
    """Repay so much of these lines, the dearest first: out of cash beyond what it keeps, then by swapping into others;
    returns what was repaid of each."""
    ledger = originator.place.ledger
    kept = buffer_fen(originator) + kept_fen(originator) + sum(asked_back_fen(originator).values())
    repaid: dict[str, int] = {}
    for name in reversed(names):
        claim = debt_claim(originator, name)
        wanted = min(fen - sum(repaid.values()), ledger.nominal(claim))
        _find_for_swap(originator, name, wanted - max(0, originator.cash_fen - kept), names)
        repaid[name] = min(wanted, max(0, originator.cash_fen - kept))
        ledger.repay(claim, repaid[name])
        commit_to_limit(originator, name)
    return {name: part for name, part in repaid.items() if part}


def _find_for_swap(originator: Originator, name: str, missing_fen: int, not_from: list[str]) -> None:
    """Draw what is missing to repay a line on other ones, else turn goods into cash."""
    swapped = dict.fromkeys(counts_under(originator, name), missing_fen)
    for other, most in drawable_fen(originator, swapped).items():
        if other not in not_from and missing_fen > 0:
            drawn = min(missing_fen, most)
            draw(originator, other, drawn)
            missing_fen -= drawn
    goods.turn_into_cash(originator, missing_fen)


def runs(originator: Originator, name: str) -> bool:
    """Whether a lender takes its money back: by the scenario's date, or because its bank calls its lines."""
    debt = originator.terms.debts[name]
    if debt.runs_off_from is not None and originator.place.day >= day_of(debt.runs_off_from):
        return True
    arms_length = debt.kind == "warehouse" and originator.terms.kind != "bank_arm"
    return arms_length and bool(originator.place.heard(debt.lender, CALLS_LINES, default=False))


def lose_lines_that_run(originator: Originator) -> None:
    """From the day on which they begin to run, lenders lend no more."""
    ledger = originator.place.ledger
    for name, debt in originator.terms.debts.items():
        if debt.limit_fen and runs(originator, name) and ledger.undrawn(debt_claim(originator, name)):
            ledger.commit(debt_claim(originator, name), 0)


def asked_back_fen(originator: Originator) -> dict[str, int]:
    """What each lender that runs takes back this month: an equal part of what it had lent when it began to run."""
    asked: dict[str, int] = originator.memory["run_asked"]
    parts = {}
    for name, debt in originator.terms.debts.items():
        if runs(originator, name):
            nominal = originator.place.ledger.nominal(debt_claim(originator, name))
            parts[name] = min(nominal, asked.get(name, -(-nominal // debt.run_off_months)))
    return parts


def repay_those_who_run(originator: Originator) -> bool:
    """Month end: lenders that run take back an equal part of what they lent; False when it cannot be paid."""
    ledger = originator.place.ledger
    asked: dict[str, int] = originator.memory["run_asked"]
    for name in [name for name in asked if not runs(originator, name)]:
        del asked[name]
    for name, part in asked_back_fen(originator).items():
        claim = debt_claim(originator, name)
        asked.setdefault(name, part)
        if part and not can_pay(originator, part):
            return False
        ledger.repay(claim, part)
    return True
