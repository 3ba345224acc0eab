"""The tables of single loans and borrowers: the life of watched loans, and the tapes at month ends."""

from __future__ import annotations

from sim.records.table_shapes import Column, Table, count, dated, fen, number, ppm, text

LOAN_TABLES: tuple[Table, ...] = (
    dated(
        "loan_events",
        "The dated life of the watched loans.",
        (),
        text("loan_id", "lender/household/date of purchase/amount lent in fen"),
        count("household", "id", "household id"),
        text("event", "what happened to the loan"),
        text("owner", "owner after the event"),
        fen("amount_fen", "amount concerned"),
        number("missed_cycles", "cycles", "billing cycles missed, after the event; days for `late` and `prepaid`"),
    ),
    dated(
        "loans",
        "The loan tape at month ends.",
        ("date", "loan_id"),
        text("loan_id", "lender/household/date of purchase/amount lent in fen"),
        text("lender", "party that lent"),
        text("owner", "party that owns the loan now"),
        count("household", "id", "household id"),
        Column("originated", "date32", "day", "day the loan was made"),
        fen("original_fen", "principal lent, per household represented"),
        fen("owed_fen", "principal owed, per household represented"),
        number("term_months", "months", "instalments agreed"),
        number("left_months", "months", "instalments left"),
        number("missed_cycles", "cycles", "billing cycles missed"),
        text("product", "product id"),
        ppm("fee_ppm", "fee per month on the principal lent"),
        text("score_class", "lender's score class at origination"),
        number("due_day_of_month", "day of month", "day instalments fall due, 1-28"),
        count("weight", "households", "households the loan stands for"),
        on_request=True,
    ),
    dated(
        "borrowers",
        "The accounts of borrowers at month ends.",
        ("date", "household"),
        count("household", "id", "household id"),
        count("weight", "households", "households the borrower stands for"),
        text("age_band", "age band"),
        text("region", "region"),
        fen("income_fen", "income per month"),
        text("income_state", "state of income"),
        text("score_class", "score class"),
        fen("limit_fen", "credit limits of all accounts"),
        fen("used_fen", "principal owed on all accounts"),
        fen("commitment_fen", "instalments due per month on all accounts"),
        number("missed_cycles", "cycles", "billing cycles missed, the worst account of those not closed"),
        number("closed_accounts", "accounts", "accounts closed after a write-off, on which it gets no more credit"),
        on_request=True,
    ),
)
"""In the order of the dictionary; the tapes are kept on request."""
