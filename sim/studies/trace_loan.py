"""The path of one loan: from the purchase on credit, through its owners, to the coupons its cash went into."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from sim.studies.trace_entries import (
    TRANCHE,
    Entry,
    Row,
    RunTables,
    counted,
    in_order,
    owners,
    refuse_unknown,
    waterfall_line,
    yuan,
)
from sim.timetable import Hour

SPV = "spv:"


def trace_loan(tables: RunTables, loan: str) -> list[str]:
    """Every event of a watched loan, each payment date its cash went into, and how its plan ended.

    Amounts of the loan are per household it stands for; amounts of a plan are whole. A pool's cash is one pot, so what
    is shown is the payment date that followed a loan's cash, not a coin's own way. Cash that reaches the plan after a
    calculation day waits for the date after.
    """
    events = tables.rows("loan_events", loan_id=loan)
    if not events:
        _refuse(tables, loan)
    lender, household, born, amount = loan.rsplit("/", 3)
    head = f"loan of {yuan(int(amount))} by originator:{lender} to household {household}, bought on {born}"
    seasoned = (
        [] if events[0]["event"] == "lent" else ["it was lent before the run began; its record starts with the run"]
    )
    entries = [_event(tables, row) for row in events]
    for deal, cash in _cash_by_deal(events).items():
        entries += _payment_dates(tables, deal, cash)
    return [head, *seasoned, *in_order(entries)]


def _refuse(tables: RunTables, loan: str) -> None:
    """A run follows a few households only; those of their loans that were sold are worth a look."""
    watched = tables.distinct("loan_events", "loan_id")
    sold = {row["loan_id"] for row in tables.rows("loan_events", event="sold")}
    note = f" among {counted(len(watched), 'watched loan')} (watched_households sets how many are followed)"
    refuse_unknown("loan", loan, sold or watched, note)


# -- the loan's own events -------------------------------------------------------------------------------------------


def cash_of(row: Row) -> tuple[datetime.date, int]:
    """(day, fen per household) on which the cash of an event comes in; 0 fen for events that bring none.

    For `late` and `prepaid` the last column of the log holds days: how much later the payment arrives.
    """
    if row["event"] == "paid":
        return row["date"], int(row["amount_fen"])
    if row["event"] in ("late", "prepaid"):
        return row["date"] + datetime.timedelta(days=row["missed_cycles"]), int(row["amount_fen"])
    return row["date"], 0


def _event(tables: RunTables, row: Row) -> Entry:
    owner, fen, cycles, event = owners(row["owner"]), yuan(row["amount_fen"]), row["missed_cycles"], row["event"]
    hour = {"lent": Hour.LEND, "sold": Hour.PURCHASE}.get(event, Hour.COLLECT)
    arrives, _ = cash_of(row)
    texts = {
        "lent": f"bought on credit: {fen} lent by {owner}",
        "paid": f"pays {fen} to {owner}"
        + (f", {counted(cycles, 'missed instalment')} behind" if cycles else ", as billed"),
        "late": f"does not pay on the due day; {fen} reach {owner} {counted(cycles, 'day')} late, on {arrives}",
        "missed": f"misses the instalment: {counted(cycles, 'cycle')} behind; owned by {owner}",
        "prepaid": f"repays the rest early: {fen} reach {owner} on {arrives}",
        "written off": f"written off by {owner}: {fen} owed after {counted(cycles, 'missed instalment')}",
        "bought back": f"bought back by {owner}, as promised for long overdue loans: {fen} owed",
    }
    if event == "sold":
        return _sale(tables, row)
    if event == "rollover":
        return _rollover(tables, row)
    return Entry(row["date"], hour, texts[event])


def _sale(tables: RunTables, row: Row) -> Entry:
    """A sale to a plan with the purchase it was part of, or the way back to the originator."""
    owner, date, fen = owners(row["owner"]), row["date"], yuan(row["amount_fen"])
    if not owner.startswith(SPV):
        text = f"taken back by {owner}, as ineligible or with the rest of the pool: {fen} owed"
        return Entry(date, Hour.REMIT, text)
    deal = owner.removeprefix(SPV)
    if date != tables.closing(deal):
        return Entry(date, Hour.PURCHASE, f"sold to {owner} in {_purchase(tables, deal, date)}: {fen} owed")
    first = [step["amount_fen"] for step in tables.rows("issuance", deal=deal, party=f"{SPV}{deal}")]
    pool = f" of {yuan(first[0])}" if first else ""
    return Entry(date, Hour.TRADE, f"sold to {owner} with the first pool{pool}, at closing: {fen} owed")


def _purchase(tables: RunTables, deal: str, date: datetime.date) -> str:
    """The revolving purchase of a day; where purchases are recorded by the month, that of the days up to the row."""
    later = [row for row in tables.rows("purchases", deal=deal) if row["date"] >= date]
    if not later:
        return "the revolving purchase of the day"
    row = min(later, key=lambda one: one["date"])
    part = f"{counted(row['loans'], 'loan')} of {yuan(row['settled_fen'])} bought for {yuan(row['price_fen'])}"
    if row["date"] == date:
        return f"the revolving purchase of the day ({part})"
    return f"the revolving purchase of the day (with the days up to {row['date']}: {part})"


def _rollover(tables: RunTables, row: Row) -> Entry:
    """An instalment paid with cash drawn at another lender in the same hour."""
    lender, household = row["loan_id"].split("/", 2)[:2]
    drawn = [
        other["loan_id"].split("/", 1)[0]
        for other in tables.rows("loan_events", event="lent")
        if other["date"] == row["date"]
        and other["household"] == int(household)
        and not other["loan_id"].startswith(f"{lender}/")
    ]
    source = f"originator:{drawn[0]}" if drawn else "another lender"
    text = f"short of cash: {yuan(row['amount_fen'])} drawn at {source} to pay {owners(row['owner'])}"
    return Entry(row["date"], Hour.COLLECT, text)


# -- the way of its cash ---------------------------------------------------------------------------------------------


def _cash_by_deal(events: list[Row]) -> dict[str, list[tuple[datetime.date, int]]]:
    cash: dict[str, list[tuple[datetime.date, int]]] = defaultdict(list)
    for row in events:
        date, fen = cash_of(row)
        if fen and row["owner"].startswith(SPV):
            cash[row["owner"].removeprefix(SPV)].append((date, fen))
    return cash


def _payment_dates(tables: RunTables, deal: str, cash: list[tuple[datetime.date, int]]) -> Iterator[Entry]:
    """The payment date after each of the loan's payments, then where its reinvested principal and the plan ended."""
    lines = tables.rows("payments", deal=deal)
    dates = sorted({row["date"] for row in lines})
    closing = tables.closing(deal)
    shown = set()
    for since, date in pairwise([closing or datetime.date.min, *dates]):
        fen = sum(paid for day, paid in cash if since <= day < date)
        if fen:
            shown.add(date)
            yield from _payment_date(tables, deal, since, date, fen)
    waiting = sum(paid for day, paid in cash if not dates or day >= dates[-1])
    if waiting:
        text = f"{deal}: no payment date follows within the run; {yuan(waiting)} of this loan wait for one"
        yield Entry(tables.last_date, Hour.CLOSE, text)
    yield from _principal_begins(tables, lines, shown)
    for row in tables.rows("issuance", deal=deal):
        if row["step"] == 9:
            yield Entry(row["date"], Hour.TRADE, f"{deal}: {row['what']}")


def _payment_date(tables: RunTables, deal: str, since: datetime.date, date: datetime.date, fen: int) -> Iterator[Entry]:
    lines = [row for row in tables.rows("payments", deal=deal) if row["date"] == date]
    pool = [row for row in tables.rows("pools", deal=deal) if since <= row["date"] < date]
    brought = sum(row["collected_principal_fen"] + row["collected_fee_fen"] + row["penalty_fen"] for row in pool)
    bought = [row for row in tables.rows("purchases", deal=deal) if since <= row["date"] < date and row["settled_fen"]]
    days = sum(row["days"] for row in bought)
    spent = f"; {yuan(sum(row['price_fen'] for row in bought))} spent on new loans on {counted(days, 'day')}"
    text = (
        f"{deal} pays, period {lines[0]['period']}: its pool brought in {yuan(brought)} since {since}, "
        f"{yuan(fen)} a household from this loan{spent if bought else ''}"
    )
    yield Entry(date, Hour.PAY, text)
    for row in lines:
        if row["payee"].startswith(TRANCHE) and row["paid_fen"]:
            yield Entry(date, Hour.PAY, f"  {waterfall_line(tables, row)}")


def _principal_begins(tables: RunTables, lines: list[Row], shown: set[datetime.date]) -> Iterator[Entry]:
    """The first repayment of notes after the revolving period: there reinvested principal reaches the holders."""
    repaid = [row for row in lines if row["payee"].startswith(TRANCHE) and row["name"].endswith(" principal")]
    first = min((row["date"] for row in repaid if row["paid_fen"]), default=None)
    if first is None or first in shown:
        return
    deal = lines[0]["deal"]
    yield Entry(
        first, Hour.PAY, f"{deal} begins to repay its notes; what was reinvested in new loans reaches the holders"
    )
    for row in repaid:
        if row["date"] == first and row["paid_fen"]:
            yield Entry(first, Hour.PAY, f"  {waterfall_line(tables, row)}")
