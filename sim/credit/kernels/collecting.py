"""The collecting kernel: all that falls due today in one due-day bucket, decided, dated and compacted in place."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from sim.credit.kernels.deciding import decide_rows
from sim.credit.kernels.drawing import draw_rows, word_rows
from sim.credit.kernels.layout import (
    CHUNK,
    CURRENT,
    EVENT_PAID,
    KEPT_BITS,
    LANES,
    MISS,
    NOT_DUE,
    PAY_ONE,
    ROLL,
    WATCHED,
)
from sim.credit.kernels.lending import note
from sim.credit.kernels.settling import (
    bill,
    draw_elsewhere,
    miss,
    pay_late,
    pay_now,
    penalty_fen,
    prepay,
    stock_of,
    write_off_or_keep,
)


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def collect(
    keys, day, month, lender, bucket, days_since, odds, partial, late_share, late_days, prepay_share, leave,
    recovery_share, recovered_ppm, recovery_lag, buy_back_at, originator_code, grace, fee_ppm, overdue_ppm, plan_free,
    household, weight, cell, account_rank, missed, decided, used, instalment,
    roll_key, fallback, room_ppm, ration, all_lenders, all_granted, all_joined, all_ceiling, all_used, all_missed,
    request_row, request_fen, requests,
    owed, original, who, born, owner, left, term, cycles, plan, status, count, slab_sum, before,
    flows, stock, loans, ring, recovery, log, log_count,
):  # fmt: skip
    """Collect one bucket.

    `keys` (2, 2): pay, recovery. `days_since[k]`: days from the k-th last due date of this bucket to today, from 1.
    `odds` uint32 [rank, cell, cycles]: chance to miss. `leave` uint64 [cycles]: share written off on reaching
    so many missed cycles. `buy_back_at` int64 [owner]: missed cycles at which the originator takes a loan back (0:
    never). `before` receives each lane's sum of owed before the pass, to be compared with the stored one. Amounts are
    per person; totals are weight x fen. A run of CHUNK rows is drawn and decided before its first loan is settled; that
    changes nothing, since a household has decided for the month before any of its loans is settled.

    Rollover reaches into the whole table of accounts (`all_*`): it raises what the fallback account uses at once and
    notes a request [lane, n] for the other book to make the loan. A household has one account here and one fallback, so
    no two lanes reach for the same row.
    """
    for lane in prange(LANES):
        kept = 0
        old_sum = np.int64(0)
        new_sum = np.int64(0)
        rows = count[bucket, lane]
        slab_owed, slab_original = owed[bucket, lane], original[bucket, lane]
        slab_who, slab_born, slab_owner = who[bucket, lane], born[bucket, lane], owner[bucket, lane]
        slab_left, slab_term, slab_cycles = left[bucket, lane], term[bucket, lane], cycles[bucket, lane]
        slab_plan, slab_status = plan[bucket, lane], status[bucket, lane]
        flow, stand, coming, live, later = flows[lane], stock[lane], ring[lane], loans[lane], recovery[lane]
        pay_key, recovery_key = keys[0], keys[1]
        word0, word1, word2, word3 = word_rows(CHUNK)
        outcomes, marks = np.empty(CHUNK, np.uint8), np.empty(CHUNK, np.uint8)
        weights = np.empty(CHUNK, np.int64)
        for start in range(0, rows, CHUNK):
            stop = min(start + CHUNK, rows)
            word0[:] = month
            for n in range(start, stop):
                word1[n - start] = household[slab_who[n]]
            word2[:] = 0
            word3[:] = 0
            draw_rows(pay_key, stop - start, word0, word1, word2, word3)
            decide_rows(
                stop - start, day, month, lender, odds, partial, grace,
                slab_who[start:stop], slab_born[start:stop], slab_plan[start:stop], word0,
                roll_key, fallback, room_ppm, ration,
                all_lenders, all_granted, all_joined, all_ceiling, all_used, all_missed,
                household, weight, cell, account_rank, missed, decided, instalment, outcomes, weights, marks,
            )  # fmt: skip
            for n in range(start, stop):
                u1, u2, u3 = word1[n - start], word2[n - start], word3[n - start]
                w, outcome, mark = weights[n - start], np.int64(outcomes[n - start]), marks[n - start]
                o, first, i = np.int64(slab_owed[n]), np.int64(slab_original[n]), np.int64(slab_who[n])
                b, code, p = slab_born[n], np.int64(slab_owner[n]), slab_plan[n]
                l, months, m = np.int64(slab_left[n]), np.int64(slab_term[n]), np.int64(slab_cycles[n])
                flag = slab_status[n] & KEPT_BITS
                old_sum += w * o
                gone = False
                if outcome != NOT_DUE:
                    part, fee, billed = bill(flow, code, w, first, months, fee_ppm[p], m, l)
                    if outcome == MISS:
                        m, flag, code = miss(
                            day, lane, i, b, w, o, first, code, l, m, flag, part, billed, mark, household,
                            buy_back_at, originator_code, flow, stand, live, log, log_count,
                        )  # fmt: skip
                        gone = write_off_or_keep(
                            recovery_key, day, lender, lane, i, b, w, o, first, code, m, billed, mark, u3, leave,
                            recovery_share, recovered_ppm, recovery_lag, household, missed, used, flow, stand, later,
                            log, log_count,
                        )  # fmt: skip
                    else:
                        paying = np.int64(1) if outcome == PAY_ONE else min(m + 1, l)
                        principal = o if paying >= l else part * paying
                        fees = fee if outcome == PAY_ONE and l > 1 else billed
                        if outcome == ROLL:
                            draw_elsewhere(
                                day, month, lane, i, b, w, first, code, m, principal + fees, mark, household,
                                fallback, room_ppm, all_lenders, all_granted, all_joined, all_ceiling, all_used,
                                all_missed, request_row, request_fen, requests, flow, log, log_count,
                            )  # fmt: skip
                        penalty = penalty_fen(part + fee, m, l, paying, days_since, overdue_ppm[p])
                        used[i] -= principal
                        lag = np.int64(0)
                        if m == 0 and outcome != ROLL and np.uint64(u1) < late_share:
                            lag = np.int64(late_days[u2 >> np.uint32(24)])
                        if lag > 0:
                            pay_late(
                                day, lane, i, b, w, o, first, code, principal, fees, lag, overdue_ppm[p], mark,
                                household, stand, coming, log, log_count,
                            )  # fmt: skip
                        else:
                            goes_to = stock_of(m) if outcome == PAY_ONE else CURRENT
                            pay_now(code, w, o, m, principal, fees, penalty, goes_to, flow, stand)
                            if mark & WATCHED:
                                paid = principal + fees + penalty
                                note(log, log_count, lane, day, household[i], b, first, EVENT_PAID, code, paid, m)
                        o -= principal
                        l -= paying
                        if outcome != PAY_ONE:
                            m = 0
                        flag |= lag
                        free = o > 0 and m == 0 and lag == 0 and outcome != ROLL
                        if free and np.uint64(u3) < prepay_share[np.int64(plan_free[p])]:
                            prepay(
                                day, lane, i, b, w, o, first, code, u2, mark, household, used, coming, log, log_count
                            )
                            o = np.int64(0)
                        gone = o == 0
                    if gone:
                        instalment[i] -= part + fee
                        live[code] -= w
                if not gone:
                    new_sum += w * o
                    slab_owed[kept] = o
                    slab_original[kept] = first
                    slab_who[kept] = i
                    slab_born[kept] = b
                    slab_owner[kept] = code
                    slab_left[kept] = l
                    slab_term[kept] = months
                    slab_cycles[kept] = m
                    slab_plan[kept] = p
                    slab_status[kept] = flag
                    kept += 1
        before[lane] = old_sum
        slab_sum[bucket, lane] = new_sum
        count[bucket, lane] = kept
