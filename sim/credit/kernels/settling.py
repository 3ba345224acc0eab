"""What becomes of one loan on its due day: it misses, or pays one instalment, all that is due, or all there is.

Parts of the collecting kernel, put into its loop by the compiler. `flow`, `stand`, `coming`, `live` and `recovery` are
the lane's totals by owner code, fen x weight; a `mark` is an account's rank byte.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.credit.kernels.accounts import unused
from sim.credit.kernels.layout import (
    BOUGHT_BACK,
    CLOSED,
    CURRENT,
    DEFAULTED,
    DUE_LOANS,
    ENTERED_ARREARS,
    EVENT_BOUGHT_BACK,
    EVENT_LATE,
    EVENT_MISSED,
    EVENT_PREPAID,
    EVENT_ROLLOVER,
    EVENT_WRITTEN_OFF,
    FEE_BOUGHT_BACK,
    FEE_DUE,
    FEE_LOST,
    FEE_PAID,
    LATE,
    LATE_FEE,
    LATE_PENALTY,
    LATE_PRINCIPAL,
    LATE_STOCK,
    MAX_CYCLES,
    MISSED_LOANS,
    MISSED_ROLLOVER,
    NEW_DEFAULT,
    PENALTY,
    PREPAYMENT,
    PRINCIPAL,
    RECOVERY_DAYS,
    RING_DAYS,
    ROLLED_OVER,
    ROLLS,
    WATCHED,
    WRITTEN_OFF,
)
from sim.credit.kernels.lending import flat_fee, note
from sim.draws import philox


@njit(cache=True, error_model="numpy")
def fee_receivable(fee, remainder, missed, left):
    """Fees of `missed` unpaid instalments when `left` are left: the last instalment carries the rounding remainder."""
    return fee * min(missed, left) + (remainder if missed >= left else 0)


@njit(cache=True, error_model="numpy", forceinline=True)
def stock_of(missed):
    """Where a loan with so many missed cycles stands among the stocks, if it is not late within the cycle."""
    return min(missed, MAX_CYCLES) + (1 if missed > 0 else 0)


@njit(cache=True, error_model="numpy", forceinline=True)
def bill(flow, code, w, first, months, fee_ppm, m, l):
    """Bill a loan's next instalment: (instalment without fee, its fee, all fees billed and unpaid), per person."""
    fee_total = flat_fee(first, fee_ppm, months)
    fee = fee_total // months
    remainder = fee_total - fee * months
    billed = fee_receivable(fee, remainder, m + 1, l)
    flow[code, FEE_DUE] += w * (billed - fee_receivable(fee, remainder, m, l))
    flow[code, DUE_LOANS] += w
    return first // months, fee, billed


@njit(cache=True, error_model="numpy", forceinline=True)
def miss(
    day, lane, i, b, w, o, first, code, l, m, flag, part, billed, mark, household, buy_back_at, originator_code,
    flow, stand, live, log, log_count,
):  # fmt: skip
    """One more cycle missed: may enter arrears, become a default, and be bought back. Returns (missed cycles, flag,
    owner code); its new stock is for the caller to count, once it is known whether the loan is written off."""
    flow[code, MISSED_LOANS] += w
    stand[code, stock_of(m)] -= w * o
    if m == 0:
        flow[code, ENTERED_ARREARS] += w * o
        if mark & ROLLS:
            flow[code, MISSED_ROLLOVER] += w * ((o if l == 1 else part) + billed)
    m += 1
    if m >= 4 and not flag & DEFAULTED:
        flag |= DEFAULTED
        flow[code, NEW_DEFAULT] += w * o
    if buy_back_at[code] > 0 and m >= buy_back_at[code]:
        flow[code, BOUGHT_BACK] += w * o
        flow[code, FEE_BOUGHT_BACK] += w * billed
        live[code] -= w
        code = originator_code
        live[code] += w
        if mark & WATCHED:
            note(log, log_count, lane, day, household[i], b, first, EVENT_BOUGHT_BACK, code, o, m)
    return m, flag, code


@njit(cache=True, error_model="numpy", forceinline=True)
def write_off_or_keep(
    key, day, lender, lane, i, b, w, o, first, code, m, billed, mark, word, leave, recovery_share, recovered_ppm,
    recovery_lag, household, missed, used, flow, stand, recovery, log, log_count,
):  # fmt: skip
    """A loan that has just missed is written off with the chance of its cycles, or stands one cycle further; returns
    whether it is gone. What is recovered later is drawn here."""
    if np.uint64(word) >= leave[min(m, MAX_CYCLES)]:
        stand[code, min(m, MAX_CYCLES) + 1] += w * o
        if mark & WATCHED:
            note(log, log_count, lane, day, household[i], b, first, EVENT_MISSED, code, 0, m)
        return False
    missed[i] = CLOSED
    used[i] -= o
    flow[code, WRITTEN_OFF] += w * o
    flow[code, FEE_LOST] += w * billed
    v0, v1, v2, v3 = philox(key[0], key[1], np.uint32(b), np.uint32(household[i]), np.uint32(lender), np.uint32(first))
    if np.uint64(v0) < recovery_share:
        lag = 30 + np.int64((np.uint64(v1) * np.uint64(recovery_lag - 30)) >> np.uint64(32))
        recovery[(day + lag) % RECOVERY_DAYS, code] += w * (o * recovered_ppm // 1_000_000)
    if mark & WATCHED:
        note(log, log_count, lane, day, household[i], b, first, EVENT_WRITTEN_OFF, code, o, m)
    return True


@njit(cache=True, error_model="numpy", forceinline=True)
def draw_elsewhere(
    day, month, lane, i, b, w, first, code, m, due, mark, household, fallback, room_ppm, all_lenders, all_granted,
    all_joined, all_ceiling, all_used, all_missed, request_row, request_fen, requests, flow, log, log_count,
):  # fmt: skip
    """Draw what is `due` in cash on the fallback account, as far as it goes.

    The room was measured by rounded instalments, at the first due day of the month: what a last instalment is larger
    by, or a limit smaller since, comes from the household's own purse.
    """
    f = fallback[household[i]]
    room = unused(f, month, room_ppm, all_lenders, all_granted, all_joined, all_ceiling, all_used, all_missed)
    drawn = min(due, room)
    all_used[f] += drawn
    request_row[lane, requests[lane]] = f
    request_fen[lane, requests[lane]] = drawn
    requests[lane] += 1
    flow[code, ROLLED_OVER] += w * drawn
    if mark & WATCHED:
        note(log, log_count, lane, day, household[i], b, first, EVENT_ROLLOVER, code, drawn, m)


@njit(cache=True, error_model="numpy", forceinline=True)
def penalty_fen(each, m, l, paying, days_since, overdue_ppm):
    """Penalty on the overdue instalments (of `each` fen) that are paid now, the oldest first, by their days."""
    overdue = np.int64(0)
    if m > 0:
        oldest = min(m, l)
        for c in range(oldest):
            if c < paying:
                overdue += days_since[min(m - c, MAX_CYCLES)]
    return each * overdue * overdue_ppm // 1_000_000


@njit(cache=True, error_model="numpy", forceinline=True)
def pay_late(
    day, lane, i, b, w, o, first, code, principal, fees, lag, overdue_ppm, mark, household, stand, coming, log,
    log_count,
):  # fmt: skip
    """The payment is promised for `lag` days on, within the cycle."""
    slot = (day + lag) % RING_DAYS
    charge = (principal + fees) * lag * overdue_ppm // 1_000_000
    coming[slot, code, LATE_STOCK] += w * o
    coming[slot, code, LATE_PRINCIPAL] += w * principal
    coming[slot, code, LATE_FEE] += w * fees
    coming[slot, code, LATE_PENALTY] += w * charge
    stand[code, CURRENT] -= w * o
    stand[code, LATE] += w * o
    if mark & WATCHED:
        note(log, log_count, lane, day, household[i], b, first, EVENT_LATE, code, principal + fees, lag)


@njit(cache=True, error_model="numpy", forceinline=True)
def pay_now(code, w, o, m, principal, fees, penalty, goes_to, flow, stand):
    """The payment arrives; what is left of the loan stands at `goes_to`."""
    flow[code, PRINCIPAL] += w * principal
    flow[code, FEE_PAID] += w * fees
    flow[code, PENALTY] += w * penalty
    stand[code, stock_of(m)] -= w * o
    stand[code, goes_to] += w * (o - principal)


@njit(cache=True, error_model="numpy", forceinline=True)
def prepay(day, lane, i, b, w, rest, first, code, word, mark, household, used, coming, log, log_count):
    """The rest of a loan is promised for a day within the cycle, and no longer counts against the limit."""
    offset = 1 + np.int64((np.uint64(word & np.uint32(0xFFFF)) * np.uint64(26)) >> np.uint64(16))
    coming[(day + offset) % RING_DAYS, code, PREPAYMENT] += w * rest
    used[i] -= rest
    if mark & WATCHED:
        note(log, log_count, lane, day, household[i], b, first, EVENT_PREPAID, code, rest, offset)
