"""What a loan book keeps of each loan, and the draws that lending and collecting make."""

from __future__ import annotations

from sim.credit.columns import Column
from sim.draws import Clock, Subject, declare

PURCHASE_COUNT = declare(
    "purchase count", Clock.DAY, Subject.HOUSEHOLD_BLOCK, "candidate purchases in a block of a lender's accounts"
)
PURCHASE = declare(
    "purchase", Clock.DAY, Subject.HOUSEHOLD_BLOCK, "who buys, against its actual rate, product and term"
)
CHOICE = declare(
    "purchase choice", Clock.DAY, Subject.HOUSEHOLD_BLOCK, "amount, fee-free or not, joint-lending share, ration"
)
PAY = declare(
    "pay", Clock.MONTH, Subject.HOUSEHOLD, "miss or pay, late days, early repayment, write-off: all lenders at once"
)
ROLLOVER = declare(
    "rollover", Clock.DAY, Subject.ACCOUNT, "ration, term, owner and fee of cash drawn to pay another lender"
)
ELSEWHERE = declare(
    "try elsewhere", Clock.DAY, Subject.ACCOUNT, "ration, term, owner and fee of what another lender refused"
)
RECOVER = declare("recovery", Clock.LIFE, Subject.LOAN, "whether and when a written-off loan is recovered")

LAYOUT = {
    "owed": Column("i4", "fen", "principal outstanding"),
    "original": Column("i4", "fen", "principal lent"),
    "who": Column("u4", "index", "row of the account among the lender's"),
    "born": Column("i2", "day", "day of purchase"),
    "owner": Column("u2", "code", "participation code"),
    "left": Column("u1", "months", "instalments unpaid"),
    "term": Column("u1", "months", "instalments agreed"),
    "cycles": Column("u1", "cycles", "due dates missed: days past due follow from it and the due day"),
    "plan": Column("u2", "code", "price version x plans + product x 6 + fee class"),
    "status": Column("u1", "bits", "days late this cycle; bought although ineligible; counted as defaulted"),
}
