"""The path of a deal, and of one of its tranches: issuance, purchases, every payment date, triggers, the end."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import groupby

from sim.studies.trace_entries import (
    ISSUED,
    TRANCHE,
    Entry,
    Row,
    RunTables,
    amount,
    counted,
    in_order,
    percent,
    refuse_unknown,
    waterfall_line,
    yuan,
)
from sim.timetable import Hour

WRITTEN_DOWN = "principal_written_down"
LIQUIDATED = 9
"""Last step of an issuance."""


def trace_deal(tables: RunTables, deal: str) -> list[str]:
    """A deal's issuance, its purchases and buy-backs by month, every waterfall line, every trigger tested, its end."""
    refuse_unknown("deal", deal, tables.deals())
    entries = [
        *_issuance(tables, deal),
        *(_rating(row) for row in tables.rows("ratings", deal=deal)),
        *_purchases_by_month(tables, deal),
        *_notices(tables, deal),
        *_payment_dates(tables, deal),
        *_events(tables, deal),
    ]
    return [f"deal {deal}", *in_order(entries), _standing(tables, deal)]


def trace_tranche(tables: RunTables, name: str) -> list[str]:
    """A tranche's ratings, every coupon and repayment with its line of the waterfall, losses, and its end.

    `name` is `deal/tranche`.
    """
    pairs = {
        f"{row['deal']}/{row['tranche']}" for table in ("holdings", "ratings", "tranches") for row in tables.rows(table)
    }
    refuse_unknown("tranche", name, pairs, "; write it as deal/tranche")
    deal, tranche = name.split("/", 1)
    paid = tables.rows("tranches", deal=deal, tranche=tranche)
    entries = [
        *_issuance(tables, deal, steps=(ISSUED, LIQUIDATED)),
        *_books(tables, deal, tranche),
        *_placed(tables, deal, tranche, paid),
        *_trades(tables, deal, tranche),
        *(_rating(row) for row in tables.rows("ratings", deal=deal, tranche=tranche)),
        *_coupons(tables, deal, tranche, paid),
        *(_event(row) for row in _losses(tables, deal, tranche)),
    ]
    return [f"tranche {tranche} of {deal}", *in_order(entries), _total(tables, deal, paid)]


# -- pieces of both --------------------------------------------------------------------------------------------------


def _issuance(tables: RunTables, deal: str, steps: tuple[int, ...] | None = None) -> Iterator[Entry]:
    rows = sorted(tables.rows("issuance", deal=deal), key=lambda row: (row["date"], row["step"]))
    for row in rows:
        if steps is None or row["step"] in steps:
            amount = f", {yuan(row['amount_fen'])}" if row["amount_fen"] else ""
            yield Entry(row["date"], Hour.TRADE, f"step {row['step']}  {row['what']} ({row['party']}{amount})")


def _rating(row: Row) -> Entry:
    # Ratings given at the sale belong to the hour of the sale, later ones to the hour of surveillance.
    hour = Hour.TRADE if row["action"] == "assign" else Hour.RATE
    text = f"{row['agency']}: {row['tranche']} {row['rating']}, {row['action']}: {row['reason']}"
    return Entry(row["date"], hour, text)


def _event(row: Row) -> Entry:
    effect = f" ({row['effect']})" if row["effect"] and row["effect"] not in row["detail"] else ""
    return Entry(row["date"], Hour(row["hour"]), f"{row['family']} / {row['event']}: {row['detail']}{effect}")


# -- the deal --------------------------------------------------------------------------------------------------------


def _purchases_by_month(tables: RunTables, deal: str) -> Iterator[Entry]:
    """One line a month, at its last purchase day: bought, paid, turned away, missed by the review, left idle."""
    for _, days in groupby(tables.rows("purchases", deal=deal), key=lambda row: (row["date"].year, row["date"].month)):
        month = list(days)
        total = {name: sum(row[name] for row in month) for name in month[0] if name.endswith("_fen") or name == "loans"}
        lasted, idle = sum(row["days"] for row in month), total["idle_cash_fen"] // len(month)
        bad = (
            f"{yuan(total['ineligible_found_fen'])} ineligible turned away, "
            f"{yuan(total['ineligible_bought_fen'])} missed by the review"
        )
        text = (
            f"purchases of {month[0]['date']:%Y-%m}: {counted(lasted, 'day')}, {counted(total['loans'], 'loan')} "
            f"of {yuan(total['settled_fen'])} for {yuan(total['price_fen'])}; {bad}; idle cash {yuan(idle)}, "
            f"staff load at most {percent(max(row['staff_load_ppm'] for row in month))}"
        )
        yield Entry(month[-1]["date"], Hour.PURCHASE, text)


def _payment_dates(tables: RunTables, deal: str) -> Iterator[Entry]:
    """The state of the pool before each payment date, then every line of its waterfall in the order of payment."""
    before: dict[datetime.date, Row] = {
        row["date"] + datetime.timedelta(days=1): row for row in tables.rows("pools", deal=deal)
    }
    for date, rows in groupby(tables.rows("payments", deal=deal), key=lambda row: row["date"]):
        lines = list(rows)
        pool = before.get(date)
        state = f", pool the evening before: {_pool(pool)}" if pool else ""
        yield Entry(date, Hour.PAY, f"payment date {lines[0]['period']}{state}")
        for row in lines:
            yield Entry(date, Hour.PAY, f"  {waterfall_line(tables, row)}")
        for row in tables.rows("tranches", deal=deal):
            if row["date"] == date:
                yield Entry(date, Hour.PAY, f"  {row['tranche']}: {yuan(row['outstanding_fen'])} outstanding")


def _pool(row: Row) -> str:
    return (
        f"{yuan(row['receivable_fen'])}, overdue {percent(row['overdue_ppm'])}, NPL {percent(row['npl_ppm'])}, "
        f"{yuan(row['cumulative_default_fen'])} defaulted so far, cash {yuan(row['cash_fen'])}"
    )


def _events(tables: RunTables, deal: str) -> Iterator[Entry]:
    yield from (_event(row) for row in tables.rows("events", deal=deal))


def _notices(tables: RunTables, deal: str) -> Iterator[Entry]:
    """What was said about the deal beyond its own steps and tests: deficiency payments and the clean-up."""
    for row in tables.rows("notices"):
        if row["subject"] in ("deficiency payment", "clean-up") and deal in row["text"].replace(":", " ").split():
            yield Entry(row["date"], Hour(row["hour"]), f"{row['sender']} {row['text']}")


def _standing(tables: RunTables, deal: str) -> str:
    """How the deal stands when the run ends."""
    ended = [row["date"] for row in tables.rows("issuance", deal=deal) if row["step"] == LIQUIDATED]
    if ended:
        return f"ended: liquidated on {ended[0]}"
    pool = tables.rows("pools", deal=deal)
    return f"alive on {tables.last_date}: {_pool(pool[-1])}" if pool else f"not yet closed on {tables.last_date}"


# -- the tranche -----------------------------------------------------------------------------------------------------


def _books(tables: RunTables, deal: str, tranche: str) -> Iterator[Entry]:
    """The book of the class: what was offered and asked for, and the coupon found."""
    for row in tables.rows("books", deal=deal, tranche=tranche):
        found = "failed" if row["coupon_bp"] is None else f"{percent(row['coupon_bp'] * 100)} a year"
        asked = f"{yuan(row['offered_fen'])} offered, demand {percent(row['cover_ppm'])} of it"
        market = f"{counted(row['buyers'], 'buyer')}: {found}, risk-free {percent(row['risk_free_bp'] * 100)}"
        text = f"book of {tranche}, {row['rating']}: {asked}, {market}"
        yield Entry(row["date"], Hour.TRADE, text)


def _placed(tables: RunTables, deal: str, tranche: str, paid: list[Row]) -> Iterator[Entry]:
    """The tranche on its day of issue: face and coupon, as far as a payment date has recorded them, and the holders."""
    closing = tables.closing(deal)
    if closing is not None:
        coupon = "" if not paid else _coupon(paid[0])
        yield Entry(closing, Hour.TRADE, f"{tranche}{coupon}, sold to {tables.holders(deal, tranche, closing)}")


def _trades(tables: RunTables, deal: str, tranche: str) -> Iterator[Entry]:
    """Every trade in the class, in the order of the day."""
    for row in tables.rows("trades", deal=deal, tranche=tranche):
        price = f"{yuan(row['price_fen'])}, accrued {yuan(row['accrued_fen'])}, yield {percent(row['yield_bp'] * 100)}"
        text = f"trade: {row['seller']} sells {yuan(row['nominal_fen'])} to {row['buyer']} for {price}"
        yield Entry(row["date"], Hour.TRADE, text)


def _coupon(row: Row) -> str:
    rate = "the residual" if row["coupon_bp"] is None else f"{percent(row['coupon_bp'] * 100)} a year"
    return f": face {yuan(row['face_fen'])}, {rate}"


def _coupons(tables: RunTables, deal: str, tranche: str, paid: list[Row]) -> Iterator[Entry]:
    """Each payment date: the lines that paid this tranche, then how it stands."""
    standing = {row["date"]: row for row in paid}
    lines = tables.rows("payments", deal=deal, payee=f"{TRANCHE}{tranche}")
    for date, row in standing.items():
        for line in lines:
            if line["date"] == date and (line["due_fen"] or line["paid_fen"]):
                yield Entry(date, Hour.PAY, waterfall_line(tables, line))
        unpaid = f", {yuan(row['unpaid_interest_fen'])} of interest unpaid" if row["unpaid_interest_fen"] else ""
        rating = f", {row['rating']}" if row["rating"] else ""
        yield Entry(date, Hour.PAY, f"{'':<12}  {yuan(row['outstanding_fen'])} outstanding{unpaid}{rating}")


def _losses(tables: RunTables, deal: str, tranche: str) -> list[Row]:
    rows = tables.rows("events", deal=deal, event=WRITTEN_DOWN)
    return [row for row in rows if row["detail"].startswith(f"{tranche}:")]


def _total(tables: RunTables, deal: str, paid: list[Row]) -> str:
    if not paid:
        return f"no payment date of {deal} up to {tables.last_date}"
    last = paid[-1]
    due, got = (sum(row[f"interest_{what}_fen"] for row in paid) for what in ("due", "paid"))
    principal = sum(row["principal_paid_fen"] for row in paid)
    ended = any(row["step"] == LIQUIDATED for row in tables.rows("issuance", deal=deal))
    rest = f"{yuan(last['outstanding_fen'])} {'lost' if ended else 'outstanding'}"
    income = (
        f"interest {amount(got)} paid of {yuan(due)} due" if last["coupon_bp"] is not None else f"income {yuan(got)}"
    )
    return f"in all: {income}, principal {amount(principal)} of {yuan(last['face_fen'])} repaid, {rest}"
