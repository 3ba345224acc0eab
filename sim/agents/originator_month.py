"""An originator's month end: costs, interest, fees of joint loans, guarantees, provisions, profit, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import originator_funds as funds
from sim.agents.market_place import MERCHANTS, SHAREHOLDERS
from sim.calendar import date_of, month_index
from sim.credit.kernels.layout import FLOW_NAMES
from sim.ledger import Code, Kind

if TYPE_CHECKING:
    from sim.agents.originator import Originator

HISTORY_MONTHS = 36
COUNTED = {
    flow: FLOW_NAMES.index(flow)
    for flow in ("new_default", "principal", "prepaid", "fee_paid", "penalty", "recovered", "written_off", "lent")
}
"""Flows of the managed book that its monthly history is made of."""


def close_month(originator: Originator) -> None:
    """Pay what the month has cost, provide, and look whether net assets are still above 0."""
    keep_history(originator)
    paid = (
        pay_costs(originator)
        and funds.pay_interest(originator)
        and pay_guarantors(originator)
        and funds.repay_those_who_run(originator)
    )
    if not paid:
        originator.fail("it cannot pay what is due at the month end")
    charge_partners(originator)
    originator.provide()
    if date_of(originator.place.day).month == 12 and originator.terms.strategy is not None and not originator.failed:
        share_profit(originator)
    if originator.place.ledger.equity(originator.party) < 0 and not originator.failed:
        originator.fail("net assets are below 0 at the month end")


def count_day(originator: Originator) -> None:
    """Add a day's flows of all it manages to the month's history."""
    month: dict[str, int] = originator.memory["month"]
    totals = originator.book.day_totals().sum(axis=0)
    for flow, column in COUNTED.items():
        month[flow] = month.get(flow, 0) + int(totals[column])


def keep_history(originator: Originator) -> None:
    """Write down the month just ended: what raters and buyers are shown of the managed book."""
    month: dict[str, int] = originator.memory["month"]
    originator.memory["month"] = {}
    stocks = originator.book.stock.sum(axis=(0, 1))
    entry = {
        "month": month_index(originator.place.day),
        "performing_fen": int(stocks[:5].sum()),
        "new_default_fen": month.get("new_default", 0),
        "principal_fen": month.get("principal", 0) + month.get("prepaid", 0),
        "income_fen": month.get("fee_paid", 0) + month.get("penalty", 0),
        "recovered_fen": month.get("recovered", 0),
        "written_off_fen": month.get("written_off", 0),
        "lent_fen": month.get("lent", 0),
    }
    originator.memory["history"] = [*originator.memory["history"][-(HISTORY_MONTHS - 1) :], entry]


def pay_costs(originator: Originator) -> bool:
    """Running cost of all receivables serviced."""
    managed = int(originator.book.stock.sum())
    costs = managed * originator.terms.operating_cost_ppm // 12_000_000
    if not funds.can_pay(originator, costs):
        return False
    originator.place.ledger.pay(originator.party, MERCHANTS, costs, Code.COST)
    return True


def charge_partners(originator: Originator) -> None:
    """Partner banks pay the platform its part of the fees their share of joint loans brought in this month."""
    joint = originator.terms.joint_lending
    earned: dict[str, int] = originator.memory["partner_fees"]
    originator.memory["partner_fees"] = {}
    if joint is None or not joint.service_fee_ppm:
        return
    for bank, fees in sorted(earned.items()):
        due = fees * joint.service_fee_ppm // 1_000_000
        originator.place.make_liquid(bank, due)
        originator.place.ledger.pay(bank, originator.party, due, Code.FEE, deal=originator.name)


def pay_guarantors(originator: Originator) -> bool:
    """The price of each deficiency payer's promise: a rate on the most it can still be called for, monthly."""
    ledger = originator.place.ledger
    if not _reimburse(originator):
        return False
    for spv in list(originator.place.deals.values()):
        if not spv.active or spv.originator is not originator or spv.terms.guarantor is None:
            continue
        guarantor = originator.place.guarantors[spv.terms.guarantor.removeprefix("guarantor:")]
        promised = ledger.undrawn(ledger.claim(Kind.GUARANTEE, spv.party, guarantor.party, deal=spv.name))
        fee = promised * guarantor.terms.fee_ppm // 12_000_000
        if not funds.can_pay(originator, fee):
            return False
        ledger.pay(originator.party, guarantor.party, fee, Code.FEE, deal=spv.name)
    return True


def _reimburse(originator: Originator) -> bool:
    """A deficiency payment is owed back, and paid back at the next month end, even if its plan has ended."""
    ledger = originator.place.ledger
    for claim in ledger.claims_of(Kind.REIMBURSEMENT, debtor=originator.party):
        owed = ledger.nominal(claim)
        if owed and not originator.failed:
            if not funds.can_pay(originator, owed):
                return False
            ledger.repay(claim, owed)
            if (deal := ledger.key(claim).deal) not in originator.place.deals:
                ledger.free(deal)
    return True


def share_profit(originator: Originator) -> None:
    """Year end: the parent takes its contractual part of the year's profit, shareholders a dividend if capital allows.

    Profit is the year's change of equity net of capital paid in and out. What is paid never exceeds the cash at hand,
    and a dividend leaves net assets at their target for what stands on the balance sheet.
    """
    strategy, ledger, party = originator.terms.strategy, originator.place.ledger, originator.party
    if strategy is None:
        return
    equity = ledger.equity(party)
    profit = equity - originator.memory["year_start_equity"] - originator.memory["capital_raised"]
    if profit > 0:
        shared = min(profit * strategy.profit_share_ppm // 1_000_000, originator.cash_fen)
        ledger.pay(party, SHAREHOLDERS, shared, Code.COST)
        wanted = own_assets_fen(originator) * strategy.equity_target_ppm // 1_000_000
        spare = max(0, ledger.equity(party) - wanted)
        paid = min((profit - shared) * strategy.payout_ppm // 1_000_000, spare, originator.cash_fen)
        ledger.dividend(party, paid)
    originator.memory["year_start_equity"] = ledger.equity(party)
    originator.memory["capital_raised"] = 0


def own_assets_fen(originator: Originator) -> int:
    """What stands on its own balance sheet at risk: its own loans and the notes it holds."""
    ledger, table = originator.place.ledger, originator.place.ledger.table
    number = ledger.party_number[originator.party]
    mine = (table.column("creditor") == number) & (
        (table.column("kind") == Kind.LOAN) | (table.column("kind") == Kind.TRANCHE)
    )
    return int(table.carrying()[mine].sum())
