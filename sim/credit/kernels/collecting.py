"""The collecting kernel: everything that falls due today in one due-day bucket, decided, dated and compacted in place."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from sim.credit.kernels.layout import (
    BOUGHT_BACK, CELLS, CLASSES, CLOSED, CURRENT, CYCLES, DEFAULTED, DUE_LOANS, ENTERED_ARREARS, EVENT_BOUGHT_BACK,
    EVENT_LATE, EVENT_MISSED, EVENT_PAID, EVENT_PREPAID, EVENT_WRITTEN_OFF, FEE_BOUGHT_BACK, FEE_DUE, FEE_LOST, FEE_PAID,
    LAG_BITS, LANES, LATE, LATE_FEE, LATE_PENALTY, LATE_PRINCIPAL, LATE_STOCK, MAX_CYCLES, MISS, MISSED_LOANS,
    NEW_DEFAULT, PAY_ALL, PAY_ONE, PENALTY, PREPAYMENT, PRINCIPAL, RANK_BITS, RECOVERY_DAYS, RING_DAYS, WATCHED,
    WRITTEN_OFF,
)  # fmt: skip
from sim.credit.kernels.lending import flat_fee, note
from sim.draws import philox


@njit(cache=True, error_model="numpy")
def decide(word, m, odds, partial):
    """One money draw against the month's thresholds: miss, pay one instalment, or catch up fully."""
    if np.uint64(word) < odds:
        return MISS
    if m > 0 and np.uint64(word) < odds + (((np.uint64(4294967296) - odds) * partial) >> np.uint64(32)):
        return PAY_ONE
    return PAY_ALL


@njit(cache=True, error_model="numpy")
def fee_receivable(fee, remainder, missed, left):
    """Fees of `missed` unpaid instalments when `left` are left: the last instalment carries the rounding remainder."""
    return fee * min(missed, left) + (remainder if missed >= left else 0)


@njit(cache=True, parallel=True, error_model="numpy")
def collect(
    keys, day, month, lender, bucket, days_since, odds, partial, late_share, late_days, prepay_share, leave,
    recovery_share, recovered_ppm, recovery_lag, buy_back_at, originator_code, grace, fee_ppm, overdue_ppm, plan_free,
    weight, cell, klass, account_rank, missed, decided, used, commitment,
    owed, original, who, born, owner, left, term, cycles, plan, status, count, slab_sum, before,
    flows, stock, loans, ring, recovery, log, log_count,
):  # fmt: skip
    """Collect one bucket.

    `keys` (2, 2): pay, recovery. `days_since[k]`: days from the k-th last due date of this bucket to today (k = 1..). `odds` uint32
    [rank, class, cell, cycles]: chance to miss. `leave` uint64 [cycles]: share written off on reaching that many missed cycles.
    `buy_back_at` int64 [owner]: missed cycles at which the originator takes a loan back (0 = never). `before` receives each lane's
    sum of owed before the pass, to be compared with the stored one. Amounts are per person; totals are weight x fen.
    """
    for lane in prange(LANES):
        kept = 0
        old_sum = np.int64(0)
        new_sum = np.int64(0)
        for n in range(count[bucket, lane]):
            o = np.int64(owed[bucket, lane, n])
            first = np.int64(original[bucket, lane, n])
            i = np.int64(who[bucket, lane, n])
            b = born[bucket, lane, n]
            code = np.int64(owner[bucket, lane, n])
            l = np.int64(left[bucket, lane, n])
            months = np.int64(term[bucket, lane, n])
            m = np.int64(cycles[bucket, lane, n])
            p = plan[bucket, lane, n]
            flag = status[bucket, lane, n] & ~LAG_BITS
            w = np.int64(weight[i])
            old_sum += w * o
            gone = False
            if day - b >= grace[p]:
                rank = np.int64(account_rank[i])
                k = np.int64(klass[i])
                u0, u1, u2, u3 = philox(
                    keys[0, 0], keys[0, 1], np.uint32(month), np.uint32(i), np.uint32(0), np.uint32(0)
                )
                stamp = np.int64(decided[i])
                a = np.int64(missed[i])
                if stamp >> 2 == month:
                    outcome = stamp & 3
                else:
                    row = ((rank & RANK_BITS) * CLASSES + k) * CELLS + np.int64(cell[i])
                    outcome = decide(u0, a, np.uint64(odds[row * CYCLES + min(a, CYCLES - 1)]), partial)
                    decided[i] = month * 4 + outcome
                    if outcome == MISS:
                        missed[i] = a + 1 if a < CLOSED - 1 else a
                    elif outcome == PAY_ALL and a != CLOSED:
                        missed[i] = 0
                fee_total = flat_fee(first, fee_ppm[p], months)
                fee = fee_total // months
                remainder = fee_total - fee * months
                part = first // months
                owing = fee_receivable(fee, remainder, m, l)
                billed = fee_receivable(fee, remainder, m + 1, l)
                flows[lane, code, FEE_DUE] += w * (billed - owing)
                flows[lane, code, DUE_LOANS] += w
                if outcome == MISS:
                    flows[lane, code, MISSED_LOANS] += w
                    stock[lane, code, min(m, MAX_CYCLES) + (1 if m > 0 else 0)] -= w * o
                    if m == 0:
                        flows[lane, code, ENTERED_ARREARS] += w * o
                    m += 1
                    if m >= 4 and not flag & DEFAULTED:
                        flag |= DEFAULTED
                        flows[lane, code, NEW_DEFAULT] += w * o
                    if buy_back_at[code] > 0 and m >= buy_back_at[code]:
                        flows[lane, code, BOUGHT_BACK] += w * o
                        flows[lane, code, FEE_BOUGHT_BACK] += w * billed
                        loans[lane, code] -= w
                        code = originator_code
                        loans[lane, code] += w
                        if rank & WATCHED:
                            note(log, log_count, lane, day, i, b, first, EVENT_BOUGHT_BACK, code, o, m)
                    if np.uint64(u3) < leave[min(m, MAX_CYCLES)]:
                        gone = True
                        missed[i] = CLOSED
                        used[i] -= o
                        flows[lane, code, WRITTEN_OFF] += w * o
                        flows[lane, code, FEE_LOST] += w * billed
                        v0, v1, v2, v3 = philox(
                            keys[1, 0], keys[1, 1], np.uint32(b), np.uint32(i), np.uint32(lender), np.uint32(first)
                        )
                        if np.uint64(v0) < recovery_share:
                            lag = 30 + np.int64((np.uint64(v1) * np.uint64(recovery_lag - 30)) >> np.uint64(32))
                            recovery[lane, (day + lag) % RECOVERY_DAYS, code] += w * (o * recovered_ppm // 1_000_000)
                        if rank & WATCHED:
                            note(log, log_count, lane, day, i, b, first, EVENT_WRITTEN_OFF, code, o, m)
                    else:
                        stock[lane, code, min(m, MAX_CYCLES) + 1] += w * o
                        if rank & WATCHED:
                            note(log, log_count, lane, day, i, b, first, EVENT_MISSED, code, 0, m)
                else:
                    paying = np.int64(1) if outcome == PAY_ONE else min(m + 1, l)
                    principal = o if paying >= l else part * paying
                    fees = billed if outcome == PAY_ALL or l == 1 else fee
                    overdue = np.int64(0)
                    if m > 0:
                        oldest = min(m, l)
                        for c in range(oldest):
                            if c < paying:
                                overdue += days_since[min(m - c, MAX_CYCLES)]
                    penalty = (part + fee) * overdue * overdue_ppm[p] // 1_000_000
                    after = o - principal
                    used[i] -= principal
                    lag = np.int64(0)
                    if m == 0 and np.uint64(u1) < late_share:
                        lag = np.int64(late_days[u2 >> np.uint32(24)])
                    if lag > 0:
                        slot = (day + lag) % RING_DAYS
                        charge = (principal + fees) * lag * overdue_ppm[p] // 1_000_000
                        ring[lane, slot, code, LATE_STOCK] += w * o
                        ring[lane, slot, code, LATE_PRINCIPAL] += w * principal
                        ring[lane, slot, code, LATE_FEE] += w * fees
                        ring[lane, slot, code, LATE_PENALTY] += w * charge
                        stock[lane, code, CURRENT] -= w * o
                        stock[lane, code, LATE] += w * o
                        if rank & WATCHED:
                            note(log, log_count, lane, day, i, b, first, EVENT_LATE, code, principal + fees, lag)
                    else:
                        was = min(m, MAX_CYCLES) + (1 if m > 0 else 0)
                        flows[lane, code, PRINCIPAL] += w * principal
                        flows[lane, code, FEE_PAID] += w * fees
                        flows[lane, code, PENALTY] += w * penalty
                        stock[lane, code, was] -= w * o
                        stock[lane, code, was if outcome == PAY_ONE else CURRENT] += w * after
                        if rank & WATCHED:
                            note(log, log_count, lane, day, i, b, first, EVENT_PAID, code, principal + fees + penalty, m)
                    l -= paying
                    if outcome == PAY_ALL:
                        m = 0
                    flag |= lag
                    if after > 0 and m == 0 and lag == 0 and np.uint64(u3) < prepay_share[np.int64(plan_free[p])]:
                        offset = 1 + np.int64((np.uint64(u2 & np.uint32(0xFFFF)) * np.uint64(26)) >> np.uint64(16))
                        ring[lane, (day + offset) % RING_DAYS, code, PREPAYMENT] += w * after
                        used[i] -= after
                        if rank & WATCHED:
                            note(log, log_count, lane, day, i, b, first, EVENT_PREPAID, code, after, offset)
                        after = np.int64(0)
                    gone = after == 0
                    o = after
                if gone:
                    commitment[i] -= part + fee
                    loans[lane, code] -= w
            if not gone:
                new_sum += w * o
                owed[bucket, lane, kept] = o
                original[bucket, lane, kept] = first
                who[bucket, lane, kept] = i
                born[bucket, lane, kept] = b
                owner[bucket, lane, kept] = code
                left[bucket, lane, kept] = l
                term[bucket, lane, kept] = months
                cycles[bucket, lane, kept] = m
                plan[bucket, lane, kept] = p
                status[bucket, lane, kept] = flag
                kept += 1
        before[lane] = old_sum
        slab_sum[bucket, lane] = new_sum
        count[bucket, lane] = kept
