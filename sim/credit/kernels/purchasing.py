"""Kernels that change who owns a loan: the daily revolving purchase, and whole or marked books changing hands."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.credit.kernels.collecting import fee_receivable
from sim.credit.kernels.drawing import draw_rows, word_rows
from sim.credit.kernels.layout import BUCKETS, CHUNK, EVENT_SOLD, INELIGIBLE, LAG_BITS, LANES, LATE, MAX_CYCLES, WATCHED
from sim.credit.kernels.lending import flat_fee, note

OFFERED, INELIGIBLE_FOUND, INELIGIBLE_BOUGHT, LOANS_REVIEWED, LOANS_BOUGHT, FEES_BOUGHT = range(6)
PURCHASE_COUNTS = 6

(
    MAX_MISSED, MIN_LEFT, MAX_LEFT, MIN_OWED, MAX_OWED, MIN_AGE_DAYS, LIMITS,
) = range(7)  # fmt: skip


@njit(cache=True, error_model="numpy")
def fee_owing(first, months, fee_ppm, missed, left):
    """Fees billed and unpaid on one loan, per person."""
    total = flat_fee(first, fee_ppm, months)
    fee = total // months
    return fee_receivable(fee, total - fee * months, missed, left)


@njit(cache=True, error_model="numpy")
def stock_index(missed, lag, since_due):
    """Where a loan stands among the stocks: current, late within the cycle, or its missed cycles."""
    if missed > 0:
        return min(missed, MAX_CYCLES) + 1
    return LATE if lag > since_due else 0


@njit(cache=True, error_model="numpy")
def find_lots(
    key, day, n, stride, seller, who, born, owner, original, household, weight, klass, account_rank,
    lots, weights, klasses, ranks, x0, x1, x2, x3,
):  # fmt: skip
    """The next lots of the seller from row `n` on, at most one run of them, among every `stride`-th row of a slab.

    Draws their words and reads their accounts, so that many reads are under way at once. Returns the
    number of lots found and the row to go on from.
    """
    found = 0
    while n < who.size and found < lots.size:
        if owner[n] == seller:
            lots[found] = n
            x0[found], x1[found], x2[found], x3[found] = day, household[who[n]], born[n], original[n]
            found += 1
        n += stride
    draw_rows(key, found, x0, x1, x2, x3)
    for r in range(found):
        i = np.int64(who[lots[r]])
        weights[r], klasses[r], ranks[r] = weight[i], klass[i], account_rank[i]
    return found, n


@njit(cache=True, error_model="numpy")
def purchase(
    key, day, bucket, start, stride, since_due, seller, buyers, wants, bought, limits, class_ok, plan_ok,
    screening_error, review_error, fee_ppm,
    household, weight, klass, account_rank, owed, original, who, born, owner, left, term, cycles, plan, status, count,
    stock, loans, tally, log, log_count,
):  # fmt: skip
    """Buy from one bucket for several pools: a systematic sample of its rows with a drawn start, each loan tested.

    A loan that fails a pool's criteria reaches the list only through an error of the servicer's screening, and the pool
    only through an error of the manager's review (thresholds of 2**32); it is then marked, to be found by an audit.
    `wants` and `bought` are fen x weight by pool; a lot that would exceed a pool's want is left out.
    """
    pools = wants.size
    remaining = np.int64((wants - bought).sum())
    lots, weights = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int64)
    klasses, ranks = np.empty(CHUNK, np.uint8), np.empty(CHUNK, np.uint8)
    x0, x1, x2, x3 = word_rows(CHUNK)
    for lane in range(LANES):
        rows = count[bucket, lane]
        row = start
        while row < rows:
            found, row = find_lots(
                key, day, row, stride, seller, who[bucket, lane, :rows], born[bucket, lane], owner[bucket, lane],
                original[bucket, lane], household, weight, klass, account_rank, lots, weights,
                klasses, ranks, x0, x1, x2, x3,
            )  # fmt: skip
            for r in range(found):
                if remaining <= 0:
                    return
                n, w, d0, d1, d2 = lots[r], weights[r], x0[r], x1[r], x2[r]
                i = np.int64(who[bucket, lane, n])
                o = np.int64(owed[bucket, lane, n])
                first = original[bucket, lane, n]
                mark = np.int64((np.float64(d0) / 4294967296.0) * np.float64(remaining))
                q = 0
                while q < pools - 1 and mark >= wants[q] - bought[q]:
                    mark -= wants[q] - bought[q]
                    q += 1
                lot = w * o
                if bought[q] + lot > wants[q]:
                    continue
                m = np.int64(cycles[bucket, lane, n])
                l = np.int64(left[bucket, lane, n])
                lag = np.int64(status[bucket, lane, n] & LAG_BITS)
                sound = (
                    m <= limits[q, MAX_MISSED]
                    and lag <= since_due
                    and limits[q, MIN_LEFT] <= l <= limits[q, MAX_LEFT]
                    and limits[q, MIN_OWED] <= o <= limits[q, MAX_OWED]
                    and day - born[bucket, lane, n] >= limits[q, MIN_AGE_DAYS]
                    and class_ok[q, klasses[r]]
                    and plan_ok[q, plan[bucket, lane, n] % plan_ok.shape[1]]
                )
                if not sound and np.uint64(d1) >= screening_error:
                    continue
                tally[q, OFFERED] += lot
                tally[q, LOANS_REVIEWED] += w
                if not sound:
                    tally[q, INELIGIBLE_FOUND] += lot
                    if np.uint64(d2) >= review_error[q] or lag > since_due:
                        continue
                    tally[q, INELIGIBLE_FOUND] -= lot
                    tally[q, INELIGIBLE_BOUGHT] += lot
                    status[bucket, lane, n] |= INELIGIBLE
                owner[bucket, lane, n] = buyers[q]
                bought[q] += lot
                remaining -= lot
                tally[q, LOANS_BOUGHT] += w
                tally[q, FEES_BOUGHT] += w * fee_owing(
                    np.int64(first), np.int64(term[bucket, lane, n]), fee_ppm[plan[bucket, lane, n]], m, l
                )
                at = stock_index(m, lag, since_due)
                stock[lane, seller, at] -= lot
                stock[lane, buyers[q], at] += lot
                loans[lane, seller] -= w
                loans[lane, buyers[q]] += w
                if ranks[r] & WATCHED:
                    note(
                        log,
                        log_count,
                        lane,
                        day,
                        household[i],
                        born[bucket, lane, n],
                        first,
                        EVENT_SOLD,
                        buyers[q],
                        o,
                        m,
                    )


@njit(cache=True, error_model="numpy")
def hand_over(
    day, giver, taker, only_marked, since_due, fee_ppm, household, weight, account_rank,
    owed, original, who, born, owner, left, term, cycles, plan, status, count, stock, loans, log, log_count,
):  # fmt: skip
    """Move every loan of one owner, or those marked ineligible, to another; clears the mark.

    `since_due` int64 [bucket]: days since each bucket's last due date. Marked loans late within their cycle wait until
    they have paid, since their payment already rests in the ring under the old owner. Returns (principal, fees owing),
    fen x weight.
    """
    moved, fees = np.int64(0), np.int64(0)
    for bucket in range(BUCKETS):
        for lane in range(LANES):
            for n in range(count[bucket, lane]):
                if owner[bucket, lane, n] != giver:
                    continue
                marked = status[bucket, lane, n] & INELIGIBLE
                lag = np.int64(status[bucket, lane, n] & LAG_BITS)
                late = cycles[bucket, lane, n] == 0 and lag > since_due[bucket]
                if only_marked and (not marked or late):
                    continue
                i = np.int64(who[bucket, lane, n])
                w = np.int64(weight[i])
                lot = w * np.int64(owed[bucket, lane, n])
                m, l = np.int64(cycles[bucket, lane, n]), np.int64(left[bucket, lane, n])
                first = np.int64(original[bucket, lane, n])
                fees += w * fee_owing(first, np.int64(term[bucket, lane, n]), fee_ppm[plan[bucket, lane, n]], m, l)
                moved += lot
                owner[bucket, lane, n] = taker
                status[bucket, lane, n] &= ~np.uint8(INELIGIBLE)
                if only_marked:
                    at = stock_index(m, lag, since_due[bucket])
                    stock[lane, giver, at] -= lot
                    stock[lane, taker, at] += lot
                    loans[lane, giver] -= w
                    loans[lane, taker] += w
                if account_rank[i] & WATCHED:
                    note(
                        log,
                        log_count,
                        lane,
                        day,
                        household[i],
                        born[bucket, lane, n],
                        first,
                        EVENT_SOLD,
                        taker,
                        lot // w,
                        m,
                    )
    return moved, fees


@njit(cache=True, error_model="numpy")
def recount(weight, owed, who, owner, cycles, status, count, since_due, totals):
    """Sum every loan again by owner and stock into `totals` [owner, stock]; a late loan counts what is still owed."""
    for bucket in range(BUCKETS):
        for lane in range(LANES):
            for n in range(count[bucket, lane]):
                m = np.int64(cycles[bucket, lane, n])
                lag = np.int64(status[bucket, lane, n] & LAG_BITS)
                at = stock_index(m, lag, since_due[bucket])
                i = np.int64(who[bucket, lane, n])
                totals[owner[bucket, lane, n], at] += np.int64(weight[i]) * np.int64(owed[bucket, lane, n])
