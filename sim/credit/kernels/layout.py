"""Shapes and indices shared by the kernels and the columns they work on.

A lender's accounts stand in blocks of 64. A block falls due on one day of the month, so a due-day bucket reads
neighbouring rows. Blocks are dealt to four lanes; a lane owns its accounts, its slabs of loans and its own totals, so
lanes can run on any number of threads with identical results.
"""

from __future__ import annotations

BLOCK = 64
CLASSES = 5
# Places within a score class, the best first; what an account is granted as if it is refused.
PLACES = 256
REFUSED = CLASSES
BUCKETS = 28
LANES = 4

# Rows whose draws and decisions are made together before the first of them is settled: their scratch stays in the
# nearest cache.
CHUNK = 256

# Kinds of products: what they lend goes to a shop, or to the borrower.
ON_PURCHASES, IN_CASH = 0, 1

# Flows of a day, fen x weight, by owner code.
(
    LENT, PRINCIPAL, PREPAID, FEE_DUE, FEE_PAID, PENALTY, WRITTEN_OFF, FEE_LOST, NEW_DEFAULT,
    BOUGHT_BACK, FEE_BOUGHT_BACK, RECOVERED, DUE_LOANS, MISSED_LOANS, ENTERED_ARREARS,
    CASH_LENT, ROLLED_OVER, MISSED_ROLLOVER,
) = range(18)  # fmt: skip
FLOWS = 18
FLOW_NAMES = (
    "lent", "principal", "prepaid", "fee_due", "fee_paid", "penalty", "written_off", "fee_lost", "new_default",
    "bought_back", "fee_bought_back", "recovered", "due_loans", "missed_loans", "entered_arrears",
    "cash_lent", "rolled_over", "missed_rollover",
)  # fmt: skip

# What rests in the ring of later days, by owner: payments promised for a day within the cycle.
LATE_STOCK, LATE_PRINCIPAL, LATE_FEE, LATE_PENALTY, PREPAYMENT = range(5)
RING_FLOWS = 5
RING_DAYS = 32
RECOVERY_DAYS = 1024

# Stocks by owner: current, late within the cycle (will pay), then 1, 2, ... cycles missed.
CURRENT, LATE = 0, 1
MAX_CYCLES = 24
STOCKS = MAX_CYCLES + 2

# Loan status byte: days late this cycle (5 bits), bought although ineligible, counted as defaulted.
LAG_BITS, INELIGIBLE, DEFAULTED = 31, 64, 128
KEPT_BITS = 255 - LAG_BITS

# Account: months' decision stamp is month * 4 + outcome; a closed account has missed = CLOSED. A rolled payment is paid
# in full with money drawn at another lender.
ROLL, MISS, PAY_ONE, PAY_ALL = 0, 1, 2, 3
NOT_DUE = 4
CLOSED = 255
WATCHED, ROLLS, RANK_BITS = 128, 64, 3
NEVER = 65_535
NO_ROW = 4_294_967_295

# Risk cell of a household: ((age band * 8 + quality bin) * 3 + income state) * 8 + burden bin.
AGES, QUALITIES, STATES, BURDENS, CYCLES, RANKS = 5, 8, 3, 8, 7, 4
CELLS = AGES * QUALITIES * STATES * BURDENS

# Group of an account for its rate of purchases: (score class * 5 + age band) * 3 + income state; the last is of those
# who buy nothing this month.
BUYERS = CLASSES * AGES * STATES
GROUPS = BUYERS + 1

# Log of watched households: day, household, born, original, event, owner, fen, missed cycles.
LOG_FIELDS, LOG_ROWS = 8, 4096
EVENT_LENT, EVENT_PAID, EVENT_MISSED, EVENT_LATE, EVENT_PREPAID, EVENT_WRITTEN_OFF, EVENT_BOUGHT_BACK, EVENT_SOLD = (
    range(8)
)
EVENT_ROLLOVER = 8
EVENT_NAMES = ("lent", "paid", "missed", "late", "prepaid", "written off", "bought back", "sold", "rollover")
