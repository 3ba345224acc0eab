"""The hours of a day, in order, as data that can be printed and timed."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Hour(IntEnum):
    """Hours of a simulated day; SimPy ticks in whole hours, so order within a day is explicit and times never drift."""

    OPEN = 0
    LEND = 6
    COLLECT = 9
    REMIT = 11
    PURCHASE = 13
    PAY = 14
    TRADE = 15
    FUND = 17
    RATE = 18
    SUPERVISE = 19
    CLOSE = 23


HOURS_PER_DAY = 24


class At(NamedTuple):
    """One line of the timetable: at this hour, these parties do this."""

    hour: Hour
    who: str
    what: str


TIMETABLE = (
    At(
        Hour.OPEN,
        "market",
        "take the macro economy of the day; dated terms and policies take effect; deals change phase",
    ),
    At(Hour.OPEN, "borrowers", "on the first of a month compare lenders' prices; those turned away apply elsewhere"),
    At(Hour.LEND, "borrowers, originators", "buy on credit, decide applications, pay out to merchants"),
    At(
        Hour.COLLECT, "borrowers, servicers", "take instalments due, late payers, prepayments; roll, write off, recover"
    ),
    At(Hour.REMIT, "servicers, custodians", "move collections to the segregated accounts, or keep them commingled"),
    At(
        Hour.REMIT,
        "spvs, plan managers",
        "offer the day's revolving purchase; staff review the files until the cut-off",
    ),
    At(Hour.PURCHASE, "custodians", "settle reviewed purchases against cash in the segregated account"),
    At(Hour.PAY, "spvs, guarantors", "on payment dates: triggers, waterfall, deficiency payments, residual"),
    At(
        Hour.TRADE,
        "arrangers, investors, dealers",
        "money of investors comes and goes; issuance steps, books, payment for notes; trades and prices",
    ),
    At(Hour.FUND, "originators, banks", "draw or repay bank lines to keep the liquidity buffer"),
    At(
        Hour.FUND,
        "originators",
        "on the first working day plan lending, funding under every limit, mandates; each quarter prices, screening",
    ),
    At(
        Hour.FUND,
        "banks",
        "meet in the money market: maturities, reserves; on the first working day choose risk and offers",
    ),
    At(
        Hour.RATE,
        "rating agencies, investors, originators",
        "letters of notes not repaid on the day; at month ends surveillance, valuation, costs, interest, provisions",
    ),
    At(Hour.RATE, "asset manager", "at month ends buy banks' bad loans under a policy, collect, pay the notes on them"),
    At(Hour.SUPERVISE, "administrator", "open estates of those who failed; pay their creditors at month ends"),
    At(Hour.SUPERVISE, "banks", "close their month: interest, defaults, provisions, tax, capital, failure"),
    At(
        Hour.SUPERVISE,
        "regulators",
        "read reports that are in, inspect at quarter ends, look again where a measure ends; approve issues, or not",
    ),
    At(Hour.CLOSE, "market", "check every identity of the ledger; write the records; checkpoint"),
)
