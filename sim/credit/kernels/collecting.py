"""The collecting kernel: all that falls due today in one due-day bucket, decided, dated and compacted in place."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from sim.credit.kernels.accounts import unused
from sim.credit.kernels.drawing import draw_rows, word_rows
from sim.credit.kernels.layout import (
    BOUGHT_BACK,
    CELLS,
    CHUNK,
    CLOSED,
    CURRENT,
    CYCLES,
    DEFAULTED,
    DUE_LOANS,
    ENTERED_ARREARS,
    EVENT_BOUGHT_BACK,
    EVENT_LATE,
    EVENT_MISSED,
    EVENT_PAID,
    EVENT_PREPAID,
    EVENT_ROLLOVER,
    EVENT_WRITTEN_OFF,
    FEE_BOUGHT_BACK,
    FEE_DUE,
    FEE_LOST,
    FEE_PAID,
    KEPT_BITS,
    LANES,
    LATE,
    LATE_FEE,
    LATE_PENALTY,
    LATE_PRINCIPAL,
    LATE_STOCK,
    MAX_CYCLES,
    MISS,
    MISSED_LOANS,
    MISSED_ROLLOVER,
    NEW_DEFAULT,
    NOT_DUE,
    PAY_ALL,
    PAY_ONE,
    PENALTY,
    PREPAYMENT,
    PRINCIPAL,
    RANK_BITS,
    RECOVERY_DAYS,
    RING_DAYS,
    ROLL,
    ROLLED_OVER,
    ROLLS,
    WATCHED,
    WRITTEN_OFF,
)  # fmt: skip
from sim.credit.kernels.lending import flat_fee, note
from sim.credit.kernels.rollover import finds_room
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


@njit(cache=True, error_model="numpy")
def decide_rows(
    rows, day, month, lender, odds, partial, grace, who, born, plan, first_word, roll_key, fallback, room_ppm, ration,
    all_lenders, all_klass, all_joined, all_ceiling, all_used, all_missed,
    household, weight, cell, account_rank, missed, decided, instalment, outcomes, weights, marks,
):  # fmt: skip
    """Decide for a run of loans who misses, pays one instalment, pays all or rolls over (NOT_DUE: not before a later
    cycle).

    A household decides once a month for all its loans here. Nothing but the decision is made in this loop, so that the
    reads of many accounts are under way at once. `marks`: the account's rank byte (watched, of the rollover type).
    """
    for r in range(rows):
        i = np.int64(who[r])
        weights[r] = weight[i]
        rank = np.int64(account_rank[i])
        marks[r] = rank
        outcomes[r] = NOT_DUE
        if day - born[r] < grace[plan[r]]:
            continue
        stamp = np.int64(decided[i])
        if stamp >> 2 == month:
            outcomes[r] = stamp & 3
            continue
        a = np.int64(missed[i])
        row = (rank & RANK_BITS) * CELLS + np.int64(cell[i])
        outcome = decide(first_word[r], a, np.uint64(odds[row * CYCLES + min(a, CYCLES - 1)]), partial)
        if outcome == MISS and a == 0 and rank & ROLLS and finds_room(
            roll_key, day, month, lender, np.int64(household[i]), np.int64(instalment[i]), fallback, room_ppm,
            ration, all_lenders, all_klass, all_joined, all_ceiling, all_used, all_missed,
        ):  # fmt: skip
            outcome = ROLL
        outcomes[r] = outcome
        decided[i] = month * 4 + outcome
        if outcome == MISS:
            missed[i] = a + 1 if a < CLOSED - 1 else a
        elif outcome == PAY_ALL and a != CLOSED:
            missed[i] = 0


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def collect(
    keys, day, month, lender, bucket, days_since, odds, partial, late_share, late_days, prepay_share, leave,
    recovery_share, recovered_ppm, recovery_lag, buy_back_at, originator_code, grace, fee_ppm, overdue_ppm, plan_free,
    household, weight, cell, account_rank, missed, decided, used, instalment,
    roll_key, fallback, room_ppm, ration, all_lenders, all_klass, all_joined, all_ceiling, all_used, all_missed,
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
        flow, stand, coming, live = flows[lane], stock[lane], ring[lane], loans[lane]
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
            draw_rows(keys[0], stop - start, word0, word1, word2, word3)
            decide_rows(
                stop - start, day, month, lender, odds, partial, grace,
                slab_who[start:stop], slab_born[start:stop], slab_plan[start:stop], word0,
                roll_key, fallback, room_ppm, ration,
                all_lenders, all_klass, all_joined, all_ceiling, all_used, all_missed,
                household, weight, cell, account_rank, missed, decided, instalment, outcomes, weights, marks,
            )  # fmt: skip
            for n in range(start, stop):
                u1, u2, u3 = word1[n - start], word2[n - start], word3[n - start]
                w, outcome = weights[n - start], np.int64(outcomes[n - start])
                o = np.int64(slab_owed[n])
                first = np.int64(slab_original[n])
                i = np.int64(slab_who[n])
                b = slab_born[n]
                code = np.int64(slab_owner[n])
                l = np.int64(slab_left[n])
                months = np.int64(slab_term[n])
                m = np.int64(slab_cycles[n])
                p = slab_plan[n]
                flag = slab_status[n] & KEPT_BITS
                old_sum += w * o
                gone = False
                watched = marks[n - start] & WATCHED
                if outcome != NOT_DUE:
                    fee_total = flat_fee(first, fee_ppm[p], months)
                    fee = fee_total // months
                    remainder = fee_total - fee * months
                    part = first // months
                    owing = fee_receivable(fee, remainder, m, l)
                    billed = fee_receivable(fee, remainder, m + 1, l)
                    flow[code, FEE_DUE] += w * (billed - owing)
                    flow[code, DUE_LOANS] += w
                    if outcome == MISS:
                        flow[code, MISSED_LOANS] += w
                        stand[code, min(m, MAX_CYCLES) + (1 if m > 0 else 0)] -= w * o
                        if m == 0:
                            flow[code, ENTERED_ARREARS] += w * o
                            if marks[n - start] & ROLLS:
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
                            if watched:
                                note(log, log_count, lane, day, household[i], b, first, EVENT_BOUGHT_BACK, code, o, m)
                        if np.uint64(u3) < leave[min(m, MAX_CYCLES)]:
                            gone = True
                            missed[i] = CLOSED
                            used[i] -= o
                            flow[code, WRITTEN_OFF] += w * o
                            flow[code, FEE_LOST] += w * billed
                            v0, v1, v2, v3 = philox(
                                keys[1, 0],
                                keys[1, 1],
                                np.uint32(b),
                                np.uint32(household[i]),
                                np.uint32(lender),
                                np.uint32(first),
                            )
                            if np.uint64(v0) < recovery_share:
                                lag = 30 + np.int64((np.uint64(v1) * np.uint64(recovery_lag - 30)) >> np.uint64(32))
                                share = w * (o * recovered_ppm // 1_000_000)
                                recovery[lane, (day + lag) % RECOVERY_DAYS, code] += share
                            if watched:
                                note(log, log_count, lane, day, household[i], b, first, EVENT_WRITTEN_OFF, code, o, m)
                        else:
                            stand[code, min(m, MAX_CYCLES) + 1] += w * o
                            if watched:
                                note(log, log_count, lane, day, household[i], b, first, EVENT_MISSED, code, 0, m)
                    else:
                        paying = np.int64(1) if outcome == PAY_ONE else min(m + 1, l)
                        principal = o if paying >= l else part * paying
                        fees = fee if outcome == PAY_ONE and l > 1 else billed
                        if outcome == ROLL:
                            f = fallback[household[i]]
                            # The room was measured by rounded instalments, at the first due day of the month: what
                            # a last instalment is larger by, or a limit smaller since, comes from its own purse.
                            room = unused(
                                f, month, room_ppm, all_lenders, all_klass, all_joined, all_ceiling, all_used,
                                all_missed,
                            )  # fmt: skip
                            drawn = min(principal + fees, room)
                            all_used[f] += drawn
                            request_row[lane, requests[lane]] = f
                            request_fen[lane, requests[lane]] = drawn
                            requests[lane] += 1
                            flow[code, ROLLED_OVER] += w * drawn
                            if watched:
                                note(log, log_count, lane, day, household[i], b, first, EVENT_ROLLOVER, code, drawn, m)
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
                        if m == 0 and outcome != ROLL and np.uint64(u1) < late_share:
                            lag = np.int64(late_days[u2 >> np.uint32(24)])
                        if lag > 0:
                            slot = (day + lag) % RING_DAYS
                            charge = (principal + fees) * lag * overdue_ppm[p] // 1_000_000
                            coming[slot, code, LATE_STOCK] += w * o
                            coming[slot, code, LATE_PRINCIPAL] += w * principal
                            coming[slot, code, LATE_FEE] += w * fees
                            coming[slot, code, LATE_PENALTY] += w * charge
                            stand[code, CURRENT] -= w * o
                            stand[code, LATE] += w * o
                            if watched:
                                note(
                                    log,
                                    log_count,
                                    lane,
                                    day,
                                    household[i],
                                    b,
                                    first,
                                    EVENT_LATE,
                                    code,
                                    principal + fees,
                                    lag,
                                )
                        else:
                            was = min(m, MAX_CYCLES) + (1 if m > 0 else 0)
                            flow[code, PRINCIPAL] += w * principal
                            flow[code, FEE_PAID] += w * fees
                            flow[code, PENALTY] += w * penalty
                            stand[code, was] -= w * o
                            stand[code, was if outcome == PAY_ONE else CURRENT] += w * after
                            if watched:
                                paid = principal + fees + penalty
                                note(log, log_count, lane, day, household[i], b, first, EVENT_PAID, code, paid, m)
                        l -= paying
                        if outcome != PAY_ONE:
                            m = 0
                        flag |= lag
                        free = after > 0 and m == 0 and lag == 0 and outcome != ROLL
                        if free and np.uint64(u3) < prepay_share[np.int64(plan_free[p])]:
                            offset = 1 + np.int64((np.uint64(u2 & np.uint32(0xFFFF)) * np.uint64(26)) >> np.uint64(16))
                            coming[(day + offset) % RING_DAYS, code, PREPAYMENT] += w * after
                            used[i] -= after
                            if watched:
                                note(
                                    log,
                                    log_count,
                                    lane,
                                    day,
                                    household[i],
                                    b,
                                    first,
                                    EVENT_PREPAID,
                                    code,
                                    after,
                                    offset,
                                )
                            after = np.int64(0)
                        gone = after == 0
                        o = after
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
