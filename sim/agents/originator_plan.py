"""An originator's monthly plan: how much to lend, how to fund it, at what price, whom to admit, how hard to look.

Made on the first working day of a month at hour FUND, from what the originator knows then: its own book, applications
and ledger rows, quotas its banks have told it, rules in force, the coupon its last notes were sold at. What it decides
is carried out by the day's routines (`originator_funds`), by its loan book (limits, prices, cut-offs) and by mandates
to come to market (`issuance`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sim.agents import asset_transfer, bonds, collecting, issuer_accounts, originator_support
from sim.agents import originator_debts as debts
from sim.agents import originator_funds as funds
from sim.agents import originator_offer as offer
from sim.agents import originator_partners as partners
from sim.agents import originator_responses as responses
from sim.agents.goods import goods_fen
from sim.agents.loss_borne import tell_banks
from sim.agents.money_cost import money_cost_ppm, own_funds
from sim.agents.originator_forecast import Forecast, forecast
from sim.agents.originator_market import (
    bank_share_bp,
    caps_of_today,
    funding_caps,
    hear_of_issues,
    mandate_planned,
    market_sources,
    payment_ppm,
    roll_paper,
    sellable_fen,
)
from sim.agents.originator_record import record_month
from sim.agents.policy_notices import hear_of_policies, missing_capital_fen
from sim.calendar import BANK, date_of, month_index
from sim.markets.funding import MILLION_YUAN, Cap, FundingPlan, Source, plan

if TYPE_CHECKING:
    from sim.agents.originator import Originator

MILLION = 1_000_000
TRIVIAL_PPM = 20_000
"""Unmet need up to this share of planned lending is met in part by the liquidity buffer (assumption 0.5-5 %)."""
ORDERED = ("bonds", "transfer")
"""Sources other than notes that bring cash only if ordered, and then within days."""


def part_ppm(short_ppm: int) -> int:
    """How far a want of funds is felt, ppm: in proportion up to `TRIVIAL_PPM`, wholly beyond.

    >>> part_ppm(0), part_ppm(5_000), part_ppm(60_000)
    (0, 250000, 1000000)
    """
    return min(MILLION, short_ppm * MILLION // TRIVIAL_PPM)


def opening_plan() -> dict[str, Any]:
    """What an originator remembers of its plans, before the first one."""
    return {
        "month": -1, "ration_ppm": MILLION, "unmet_fen": 0, "short_ppm": 0, "felt_ppm": 0,
        "binding": [], "bite": {},
        "joint_ppm": None, "capital_due": [], "amounts": {}, "money_ppm": 0,
        "own_funds": {"money_ppm": 0, "beyond_ppm": 0, "behind_ppm": 0},
    }  # fmt: skip


def act_on_the_day(originator: Originator) -> None:
    """Take in capital that arrives today; on the first working day of a month, plan."""
    strategy = originator.terms.strategy
    if strategy is None:
        return
    _receive_capital(originator)
    hear_of_policies(originator)
    partners.keep_joint_share(originator)
    hear_of_issues(originator)
    if not bonds.redeem(originator):
        originator.fail("it cannot repay a bond that matures today")
        return
    originator_support.stop_what_is_beyond_means(originator)
    day = originator.place.day
    memory = originator.memory["plan"]
    if memory["month"] == month_index(day) or not BANK.is_open(day):
        return
    if not originator.memory["history"] and not any(originator.memory["lent"]):
        return  # not yet born
    memory["month"] = month_index(day)
    _take_quotas(originator)
    responses.keep_lines_within_caps(originator)
    ahead = forecast(originator)
    made = fund(originator, ahead)
    carry_out(originator, ahead, made, fund_the_month(originator, ahead, made))
    known = sources(originator, ahead)
    money = money_cost_ppm(originator, made, known)
    originator.memory["plan"]["money_ppm"] = money
    originator.memory["plan"]["own_funds"] = own_funds(originator)
    responses.respond(originator, made, known, money)
    offer.set_offer(originator, money)
    tell_banks(originator)
    originator_support.decide(originator)
    collecting.review(originator, money)
    record_month(originator, ahead.need_fen)
    issuer_accounts.show_in_season(originator)


# -- how it funds it -------------------------------------------------------------------------------------------------


def fund(originator: Originator, ahead: Forecast) -> FundingPlan:
    """The cheapest plan, of all sources, for what it is short of once deals on their way have brought their price."""
    return _funded(originator, ahead, max(0, ahead.need_fen - ahead.pipeline_fen), funding_caps(originator))


def fund_the_month(originator: Originator, ahead: Forecast, ordered: FundingPlan) -> FundingPlan:
    """The plan for the cash of the time to the next one, beside that of all sources, by which is `ordered`. The price
    of notes comes months after the mandate, or never, so neither those it would sell now nor those on their way pay for
    loans made meanwhile, or stand under a limit yet. What they bring repays what bridged them."""
    return _funded(originator, ahead, ahead.need_fen, caps_of_today(originator), ordered)


def paid_within_days(known: list[Source], ordered: FundingPlan) -> list[Source]:
    """Of these sources what brings cash before the next plan: no notes, and of bonds and loans sold outright, which
    last for years, as much as is ordered by a plan that sets them against notes."""
    return [
        replace(source, room_fen=ordered.amounts[source.name], minimum_fen=0) if source.name in ORDERED else source
        for source in known
        if not source.name.startswith("notes:")
    ]


def _funded(
    originator: Originator, ahead: Forecast, need_fen: int, caps: list[Cap], ordered: FundingPlan | None = None
) -> FundingPlan:
    """The cheapest plan under these limits; what lending earns bounds what funds may cost. Of joint loans no more than
    its own part of them is funded."""
    price, share = offer.price_ppm(originator), bank_share_bp(originator)

    def with_joint(most_fen: int | None) -> FundingPlan:
        known = sources(originator, ahead, most_fen)
        known = known if ordered is None else paid_within_days(known, ordered)
        return plan(need_fen, known, caps, unmet_cost_ppm=price)

    made = with_joint(None)
    if partners.own_part_is_funded(made, lent_fen(ahead, made), share):
        return made
    # The less is lent jointly, the smaller the own part: the most that is still funded is found by halving.
    low, high, made = 0, partners.raised_fen(made, partners.JOINT), with_joint(0)
    while high - low > MILLION_YUAN:
        middle = (low + high) // 2
        tried = with_joint(middle)
        if partners.own_part_is_funded(tried, lent_fen(ahead, tried), share):
            low, made = middle, tried
        else:
            high = middle
    return made


def lent_fen(ahead: Forecast, made: FundingPlan) -> int:
    """What can be lent until the next plan under this one: what it wants to lend less what is short. What stands drawn
    on lines, or in a shop's goods, and the plan, whose caps it is beyond, has no room for is not called meanwhile, but
    for what a regulator ordered a plan for."""
    refunded = sum(fen for name, fen in made.amounts.items() if name.startswith("line:") or name == "shop")
    standing = max(0, ahead.drawn_fen - ahead.called_fen - refunded)
    return max(0, ahead.lending_fen - max(0, made.unmet_fen - standing))


def sources(originator: Originator, ahead: Forecast, joint_most_fen: int | None = None) -> list[Source]:
    """Everything it could fund itself with, with what each costs and how far it goes; `joint_most_fen` bounds what
    banks fund of joint loans."""
    return [
        *line_sources(originator),
        *market_sources(originator),
        *bond_sources(originator),
        *partners.partner_sources(originator, ahead.lending_fen, joint_most_fen),
        *shop_sources(originator),
        *asset_transfer.source(
            originator,
            offer.price_ppm(originator),
            offer.expected_loss_ppm(originator),
            payment_ppm(originator.memory["history"]),
            sellable_fen(originator),
        ),
    ]


def line_sources(originator: Originator) -> list[Source]:
    """Its lines up to their limits, drawn or not, at what they cost: banks' and shareholders'."""
    ledger = originator.place.ledger
    return [
        Source(
            f"line:{name}",
            debts.rate_ppm(originator, name),
            ledger.undrawn(debts.debt_claim(originator, name)) + ledger.nominal(debts.debt_claim(originator, name)),
            debts.counts_under(originator, name)[:1],
        )
        for name in debts.lines(originator)
    ]


def bond_sources(originator: Originator) -> list[Source]:
    """A bond, up to what investors hold of its bonds already, at the cost of the last one or of the middle of its
    range."""
    terms, place = originator.terms.bonds, originator.place
    if terms is None or place.desk is None:
        return []
    room = max(0, terms.most_outstanding_fen - bonds.outstanding_fen(originator))
    spread = (terms.low_spread_bp + terms.high_spread_bp) * 50
    cost = place.macro.risk_free_ppm(place.day, terms.months) + spread
    return [Source("bonds", cost, room, ("standardised",), terms.least_face_fen)]


def shop_sources(originator: Originator) -> list[Source]:
    """A shop's own goods and plant, at what they earn there."""
    retailer = originator.terms.retailer
    return [] if retailer is None else [Source("shop", retailer.return_ppm, goods_fen(originator))]


def _take_quotas(originator: Originator) -> None:
    """Banks have said what they will lend, and at what rate: their lines follow, all those at one bank together, what
    is drawn included, as rates float (assumption: monthly). A shareholder's loans, and what a bank gives its own arm,
    are no lines at arm's length."""
    if originator.terms.kind == "bank_arm":
        return
    at_banks: dict[str, list[str]] = {}
    for name in debts.lines(originator):
        debt = originator.terms.debts[name]
        if debt.kind == "warehouse":
            at_banks.setdefault(debt.lender, []).append(name)
    for bank, names in at_banks.items():
        said = originator.place.heard(bank, f"line:{originator.name}")
        if said is not None:
            funds.take_quota(originator, names, said["limit_fen"])
            if said["limit_fen"]:  # one that lends no more names no price: what is owed keeps the last one
                originator.memory["line_rates"].update(dict.fromkeys(names, said["rate_ppm"]))


# -- what it does ----------------------------------------------------------------------------------------------------


def carry_out(originator: Originator, ahead: Forecast, made: FundingPlan, month: FundingPlan) -> None:
    """Shares of joint lending, mandates to come to market, rationing, limits, capital. What the month can lend, and
    with whom, is by the cash that comes within it (`month`)."""
    memory = originator.memory["plan"]
    memory["amounts"] = dict(made.amounts)
    memory["binding"], memory["bite"] = list(made.binding), dict(made.bite_ppm)
    memory["unmet_fen"] = month.unmet_fen
    dearest_bp = offer.net_yield_ppm(originator) // 100
    roll_paper(originator, dearest_bp)
    mandate_planned(originator, made, dearest_bp)
    bonds.order(originator, made.amounts.get("bonds", 0))
    asset_transfer.sell(originator, made.amounts.get("transfer", 0))
    lent = lent_fen(ahead, month)
    short = ahead.lending_fen - lent
    partners.set_partner_shares(originator, lent, month)
    memory["ration_ppm"] = min(MILLION, lent * MILLION // max(1, ahead.applications_fen))
    short_ppm = short * MILLION // max(1, ahead.lending_fen)
    # For a month what is short is refused; only what stays short is worth cutting customers' limits for.
    lasting_ppm = min(short_ppm, memory["short_ppm"])
    memory["short_ppm"], memory["felt_ppm"] = short_ppm, part_ppm(short_ppm)
    offer.cut_or_restore_limits(originator, lasting_ppm, part_ppm(lasting_ppm))
    strategy = originator.terms.strategy
    if lasting_ppm > TRIVIAL_PPM and strategy is not None and strategy.capital_for_growth:
        responses.call_for_capital(originator, short)
    responses.call_for_capital(originator, missing_capital_fen(originator))
    originator.place.tell(originator.party, "funding need", ahead.need_fen)


def _receive_capital(originator: Originator) -> None:
    due = originator.memory["plan"]["capital_due"]
    if due and originator.place.day >= due[0]:
        originator.place.ledger.issue_capital(originator.party, due[1])
        originator.memory["capital_raised"] += due[1]
        originator.memory["capital_paid_in"] += due[1]
        originator.memory["plan"]["capital_due"] = []
        when = date_of(originator.place.day).isoformat()
        originator.place.note_event(
            deal="", institution=originator.party, family="capital", event="capital_raised",
            detail=f"{due[1]} fen paid in on {when}", effect="net assets rise",
        )  # fmt: skip
