"""An originator's month end: reports to banks, costs, interest, fees of joint loans, guarantees, provisions, profit,
and its history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import bonds, group_fees, joint_arrears, retailer
from sim.agents import originator_funds as funds
from sim.agents import originator_partners as partners
from sim.agents.market_place import MERCHANTS, SHAREHOLDERS
from sim.agents.originator_record import record_turned_away
from sim.calendar import date_of
from sim.credit import burn_in, days_work
from sim.ledger import Code, Kind

if TYPE_CHECKING:
    from sim.agents.originator import Originator

HISTORY_MONTHS = 36


def close_month(originator: Originator) -> None:
    """Report to partner banks, pay what the month has cost, provide, and look whether net assets are above 0."""
    keep_history(originator)
    joint_arrears.report(originator)
    record_turned_away(originator)
    if originator.failed:
        originator.provide()
        return
    bonds.accrue(originator)
    paid = (
        pay_costs(originator)
        and pay_group(originator)
        and funds.pay_interest(originator)
        and pay_guarantors(originator)
        and funds.repay_those_who_run(originator)
        and retailer.close_month(originator)
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
    """Add a day's flows of all it manages to the month under way: once all lenders have collected, since what
    households draw here to pay another lender they draw when that one collects."""
    book, month = originator.book, originator.memory["month"]
    flows = book.day_totals().sum(axis=0).tolist()
    burn_in.write_down(month, originator.place.day, flows, days_work.performing_fen(book))


def keep_history(originator: Originator) -> None:
    """The month just ended joins what raters and buyers are shown of the managed book."""
    history = burn_in.since_birth([*originator.memory["history"], *originator.memory["month"]])
    originator.memory["history"], originator.memory["month"] = history[-HISTORY_MONTHS:], []


def pay_costs(originator: Originator) -> bool:
    """What running it has cost this month; see `originator_funds.running_cost_fen`."""
    costs = funds.running_cost_fen(originator)
    if not funds.can_pay(originator, costs):
        return False
    originator.place.ledger.pay(originator.party, MERCHANTS, costs, Code.COST)
    return True


def charge_partners(originator: Originator) -> None:
    """Partner banks pay the platform its part, as agreed, of what their share of joint loans earned this month."""
    joint = originator.terms.joint_lending
    earned: dict[str, int] = originator.memory["partner_fees"]
    originator.memory["partner_fees"] = {}
    if joint is None:
        return
    for bank, fees in sorted(earned.items()):
        due = fees * partners.agreed_fee_ppm(originator, bank) // 1_000_000
        originator.place.make_liquid(bank, due)
        payee = originator.party if joint.service_fee_to == "lender" else SHAREHOLDERS
        originator.place.ledger.pay(bank, payee, due, Code.FEE, deal=originator.name)


def pay_group(originator: Originator) -> bool:
    """The group is paid its part of the fees the month brought in; see `group_fees`."""
    history = originator.memory["history"]
    due = group_fees.due_fen(originator, history[-1]["income_fen"]) if history else 0
    if not funds.can_pay(originator, due):
        return False
    originator.place.ledger.pay(originator.party, SHAREHOLDERS, due, Code.FEE)
    return True


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
        agreed = None if spv.terms.support is None else spv.terms.support.fee_ppm
        fee = promised * (guarantor.terms.fee_ppm if agreed is None else agreed) // 12_000_000
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
