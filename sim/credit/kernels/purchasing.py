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
def list_rows(seller, owner, count, rows, seen, kept):
    """Bring the list of the seller's rows in one slab up to date: those sold leave it, those appended join it.

    `seen`: rows of the slab already looked at. Returns (seen, kept).
    """
    still = 0
    for k in range(kept):
        n = rows[k]
        rows[still] = n
        still += owner[n] == seller
    for n in range(seen, count):
        rows[still] = n
        still += owner[n] == seller
    return count, still


@njit(cache=True, error_model="numpy")
def find_lots(
    key, day, k, start, stride, seller, rows, least_left, most_left, screening_error,
    who, born, owner, original, left, household, weight, klass, account_rank, lots, weights, klasses, ranks,
    x0, x1, x2, x3,
):  # fmt: skip
    """The next lots of the seller from place `k` of its `rows` on, at most one run of them, among those of every
    `stride`-th row of a slab.

    Draws their words and reads their accounts, so that many reads are under way at once. A loan with less than
    `least_left` or more than `most_left` instalments left suits no pool and is a lot only by an error of screening.
    Returns the number of lots found and the place to go on from.
    """
    found = 0
    while k < rows.size and found < lots.size:
        n = rows[k]
        if n % stride == start and owner[n] == seller:
            lots[found] = n
            x0[found], x1[found], x2[found], x3[found] = day, household[who[n]], born[n], original[n]
            found += 1
        k += 1
    draw_rows(key, found, x0, x1, x2, x3)
    offered = 0
    for r in range(found):
        n, d0, d1, d2 = lots[r], x0[r], x1[r], x2[r]
        lots[offered], x0[offered], x1[offered], x2[offered] = n, d0, d1, d2
        offered += (least_left <= left[n] <= most_left) | (np.uint64(d1) < screening_error)
    for r in range(offered):
        i = np.int64(who[lots[r]])
        weights[r], klasses[r], ranks[r] = weight[i], klass[i], account_rank[i]
    return offered, k


@njit(cache=True, error_model="numpy")
def purchase(
    key, day, bucket, start, stride, least, since_due, seller, rows, seen, kept, buyers, wants, bought, limits,
    class_ok, plan_ok, screening_error, review_error, fee_ppm,
    household, weight, klass, account_rank, owed, original, who, born, owner, left, term, cycles, plan, status, count,
    stock, loans, tally, log, log_count,
):  # fmt: skip
    """Buy from one bucket for several pools: a systematic sample of its rows with a drawn start, and unless that leaves
    less than `least` wanted, all of its rows once.

    `rows` uint32 [bucket, lane, ...], `seen` and `kept` [bucket, lane] list the seller's rows of each slab, see
    `credit.own_rows`.
    """
    for lane in range(LANES):
        seen[bucket, lane], kept[bucket, lane] = list_rows(
            seller, owner[bucket, lane], count[bucket, lane], rows[bucket, lane], seen[bucket, lane], kept[bucket, lane]
        )
    first, step = start, stride
    for _ in range(2):
        if (wants - bought).sum() < least:
            break
        for lane in range(LANES):
            purchase_from_slab(
                key, day, lane, first, step, since_due, seller,
                rows[bucket, lane, : kept[bucket, lane]], buyers, wants, bought, limits,
                class_ok, plan_ok, screening_error, review_error, fee_ppm, household, weight, klass, account_rank,
                owed[bucket, lane], original[bucket, lane], who[bucket, lane], born[bucket, lane], owner[bucket, lane],
                left[bucket, lane], term[bucket, lane], cycles[bucket, lane], plan[bucket, lane], status[bucket, lane],
                stock[lane], loans[lane], tally, log, log_count,
            )  # fmt: skip
        first, step = 0, 1


@njit(cache=True, error_model="numpy")
def purchase_from_slab(
    key, day, lane, start, stride, since_due, seller, rows, buyers, wants, bought, limits, class_ok, plan_ok,
    screening_error, review_error, fee_ppm,
    household, weight, klass, account_rank, owed, original, who, born, owner, left, term, cycles, plan, status,
    stock, loans, tally, log, log_count,
):  # fmt: skip
    """Buy from the seller's rows of one slab, each loan tested.

    A loan that fails a pool's criteria reaches the list only through an error of the servicer's screening, and the pool
    only through an error of the manager's review (thresholds of 2**32); it is then marked, to be found by an audit.
    `wants` and `bought` are fen x weight by pool; a lot that would exceed a pool's want is left out.
    """
    pools = wants.size
    remaining = np.int64((wants - bought).sum())
    least_left, most_left = limits[:, MIN_LEFT].min(), limits[:, MAX_LEFT].max()
    lots, weights = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int64)
    klasses, ranks = np.empty(CHUNK, np.uint8), np.empty(CHUNK, np.uint8)
    x0, x1, x2, x3 = word_rows(CHUNK)
    place = 0
    while place < rows.size:
        found, place = find_lots(
            key, day, place, start, stride, seller, rows, least_left, most_left, screening_error,
            who, born, owner, original, left, household, weight, klass, account_rank, lots, weights, klasses, ranks,
            x0, x1, x2, x3,
        )  # fmt: skip
        for r in range(found):
            if remaining <= 0:
                return
            n, w, d0, d1, d2 = lots[r], weights[r], x0[r], x1[r], x2[r]
            i = np.int64(who[n])
            o = np.int64(owed[n])
            first = original[n]
            mark = np.int64((np.float64(d0) / 4294967296.0) * np.float64(remaining))
            q = 0
            while q < pools - 1 and mark >= wants[q] - bought[q]:
                mark -= wants[q] - bought[q]
                q += 1
            lot = w * o
            if bought[q] + lot > wants[q]:
                continue
            m = np.int64(cycles[n])
            l = np.int64(left[n])
            lag = np.int64(status[n] & LAG_BITS)
            sound = (
                m <= limits[q, MAX_MISSED]
                and lag <= since_due
                and limits[q, MIN_LEFT] <= l <= limits[q, MAX_LEFT]
                and limits[q, MIN_OWED] <= o <= limits[q, MAX_OWED]
                and day - born[n] >= limits[q, MIN_AGE_DAYS]
                and class_ok[q, klasses[r]]
                and plan_ok[q, plan[n] % plan_ok.shape[1]]
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
                status[n] |= INELIGIBLE
            owner[n] = buyers[q]
            bought[q] += lot
            remaining -= lot
            tally[q, LOANS_BOUGHT] += w
            tally[q, FEES_BOUGHT] += w * fee_owing(np.int64(first), np.int64(term[n]), fee_ppm[plan[n]], m, l)
            at = stock_index(m, lag, since_due)
            stock[seller, at] -= lot
            stock[buyers[q], at] += lot
            loans[seller] -= w
            loans[buyers[q]] += w
            if ranks[r] & WATCHED:
                note(log, log_count, lane, day, household[i], born[n], first, EVENT_SOLD, buyers[q], o, m)


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
