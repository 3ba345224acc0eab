"""Kernels that change who owns a loan: the daily revolving purchase, and whole or marked books changing hands."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.credit.kernels.accounts import first_above
from sim.credit.kernels.drawing import draw_rows, word_rows
from sim.credit.kernels.layout import (
    BUCKETS,
    CHUNK,
    CURRENT,
    EVENT_SOLD,
    INELIGIBLE,
    LAG_BITS,
    LANES,
    LATE,
    MAX_CYCLES,
    WATCHED,
)
from sim.credit.kernels.lending import flat_fee, note
from sim.credit.kernels.settling import fee_receivable
from sim.draws import philox

OFFERED, INELIGIBLE_FOUND, INELIGIBLE_BOUGHT, LOANS_REVIEWED, LOANS_BOUGHT, FEES_BOUGHT = range(6)
PURCHASE_COUNTS = 6

(
    MAX_MISSED, MIN_LEFT, MAX_LEFT, MIN_OWED, MAX_OWED, MIN_AGE_DAYS, LIMITS,
) = range(7)  # fmt: skip

# Days from one due day to the next, at most, and how a list marks a loan that suits a pool for that long.
CYCLE_DAYS, SUITS = 32, 255


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
def next_slip(key, gaps, start, today, household, born, original):
    """The next day on which the servicer's screening lets a loan pass that suits no pool: days from `start`, at or
    after `today`; CYCLE_DAYS if none of them.

    Each day has the same chance, whatever happened before: days between slips are geometric, `gaps` uint64 are their
    cumulative thresholds. Drawn from one slip to the next instead of daily, so that most such loans are looked at once
    a cycle.
    """
    after = np.int64(0)
    while after < CYCLE_DAYS and gaps[CYCLE_DAYS - 1] > 0:
        d0, d1, d2, d3 = philox(
            key[0], key[1], np.uint32(start + after), np.uint32(household), np.uint32(born), np.uint32(original)
        )
        slip = after + first_above(d0, gaps)
        if slip >= today:
            return min(slip, CYCLE_DAYS)
        after = slip + 1
    return CYCLE_DAYS


@njit(cache=True, error_model="numpy")
def list_rows(
    key, gaps, start, today, seller, bounds, owed, original, who, born, owner, left, cycles, household, count,
    rows, slips, seen, kept,
):  # fmt: skip
    """Bring the list of the seller's rows in one slab up to date: those sold leave it, those appended join it.

    A loan that is outside the `bounds` of all pools by what only its next due day can change is listed with the day of
    its next slip, and not at all if there is none before that. `seen`: rows of the slab already looked at. Returns
    (seen, kept).
    """
    still = 0
    for k in range(kept):
        n, slip = np.int64(rows[k]), slips[k]
        if slip < today:
            slip = np.uint8(next_slip(key, gaps, start, today, household[who[n]], born[n], original[n]))
        rows[still], slips[still] = n, slip
        still += owner[n] == seller and slip != CYCLE_DAYS
    for n in range(seen, count):
        if owner[n] != seller:
            continue
        suits = (
            cycles[n] <= bounds[MAX_MISSED]
            and bounds[MIN_LEFT] <= left[n] <= bounds[MAX_LEFT]
            and bounds[MIN_OWED] <= owed[n] <= bounds[MAX_OWED]
        )
        slip = np.uint8(SUITS)
        if not suits:
            slip = np.uint8(next_slip(key, gaps, start, today, household[who[n]], born[n], original[n]))
        rows[still], slips[still] = n, slip
        still += slip != CYCLE_DAYS
    return count, still


@njit(cache=True, error_model="numpy")
def find_lots(
    key, day, k, start, stride, rest, slipping, seller, rows, slips,
    who, born, owner, original, household, weight, klass, account_rank, lots, slipped, weights, klasses, ranks,
    x0, x1, x2, x3,
):  # fmt: skip
    """The next lots of the seller from place `k` of its `rows` on, at most one run of them, among those of every
    `stride`-th row of a slab, or of the `rest`, that suit a pool or slip through today (`slipping`, SUITS for none).

    Draws their words and reads their accounts, so that many reads are under way at once. Returns the number of lots
    found and the place to go on from.
    """
    found = 0
    while k < rows.size and found < lots.size:
        n, slip = rows[k], slips[k]
        if (n % stride == start) != rest and slip in (SUITS, slipping) and owner[n] == seller:
            lots[found], slipped[found] = n, slip == slipping and slip != SUITS
            x0[found], x1[found], x2[found], x3[found] = day, household[who[n]], born[n], original[n]
            found += 1
        k += 1
    draw_rows(key, found, x0, x1, x2, x3)
    for r in range(found):
        i = np.int64(who[lots[r]])
        weights[r], klasses[r], ranks[r] = weight[i], klass[i], account_rank[i]
    return found, k


@njit(cache=True, error_model="numpy")
def meets(limits, class_ok, plan_ok, q, missed, left, owed, age_days, klass, plan):
    """Whether a loan that is not late meets the criteria of pool `q`."""
    return (
        missed <= limits[q, MAX_MISSED]
        and limits[q, MIN_LEFT] <= left <= limits[q, MAX_LEFT]
        and limits[q, MIN_OWED] <= owed <= limits[q, MAX_OWED]
        and age_days >= limits[q, MIN_AGE_DAYS]
        and class_ok[q, klass]
        and plan_ok[q, plan % plan_ok.shape[1]]
    )


@njit(cache=True, error_model="numpy")
def sound_rows(day, since_due, seller, limits, plan_ok, owed, born, owner, left, cycles, plan, status, count, rows):
    """List in `rows` the seller's loans of one slab that are not late and meet what the first pool demands of a loan;
    returns how many. Row by row without a branch, since a wrong guess costs more than the reads."""
    owned = 0
    for n in range(count):
        rows[owned] = n
        owned += owner[n] == seller
    most_missed, least_age = limits[0, MAX_MISSED], limits[0, MIN_AGE_DAYS]
    least_left, most_left = limits[0, MIN_LEFT], limits[0, MAX_LEFT]
    least_owed, most_owed = limits[0, MIN_OWED], limits[0, MAX_OWED]
    found = 0
    for k in range(owned):
        n = rows[k]
        o, l = np.int64(owed[n]), np.int64(left[n])
        rows[found] = n
        found += (
            (np.int64(status[n] & LAG_BITS) <= since_due)
            & (np.int64(cycles[n]) <= most_missed)
            & (least_left <= l) & (l <= most_left)
            & (least_owed <= o) & (o <= most_owed)
            & (day - born[n] >= least_age)
            & plan_ok[0, plan[n] % plan_ok.shape[1]]
        )  # fmt: skip
    return found


@njit(cache=True, error_model="numpy")
def eligible(
    day, since_due, seller, most, limits, class_ok, plan_ok, weight, klass, owed, who, born, owner, left, cycles, plan,
    status, count,
):  # fmt: skip
    """Principal of the seller's loans, fen x weight, that the first pool of these criteria accepts (`meets`) in lots of
    at most `most`. `since_due` int64 [bucket]: days since each bucket's last due date."""
    total = np.int64(0)
    rows = np.empty(owed.shape[2], np.uint32)
    for bucket in range(BUCKETS):
        for lane in range(LANES):
            found = sound_rows(
                day, since_due[bucket], seller, limits, plan_ok, owed[bucket, lane], born[bucket, lane],
                owner[bucket, lane], left[bucket, lane], cycles[bucket, lane], plan[bucket, lane],
                status[bucket, lane], count[bucket, lane], rows,
            )  # fmt: skip
            for k in range(found):
                n = rows[k]
                i = np.int64(who[bucket, lane, n])
                lot = np.int64(weight[i]) * np.int64(owed[bucket, lane, n])
                total += lot if (lot <= most) & class_ok[0, klass[i]] else np.int64(0)
    return total


@njit(cache=True, error_model="numpy")
def stride_of(sums, stock, seller, goal):
    """Every how many rows of a bucket are visited: about three times as much as is wanted, since criteria and lots too
    large take their part. `sums`: fen x weight in its slabs."""
    million = np.int64(1_000_000)
    everybody = max(million, stock.sum())
    own_ppm = stock[:, seller, CURRENT].sum() // (everybody // million)
    return max(np.int64(1), sums.sum() // million * own_ppm // max(np.int64(1), 3 * goal))


@njit(cache=True, error_model="numpy")
def purchase(
    keys, day, lender, buckets, least, since_due, starts, seller, bounds, gaps, rows, slips, seen, kept,
    buyers, wants, bought, limits, class_ok, plan_ok, screening_error, review_error, fee_ppm,
    household, weight, klass, account_rank, owed, original, who, born, owner, left, term, cycles, plan, status, count,
    slab_sum, stock, loans, tally, log, log_count,
):  # fmt: skip
    """Buy for several pools from one bucket after another until less than `least` is wanted: a systematic sample of its
    rows with a drawn start, and unless that suffices the rest of its rows.

    `keys` (3, 2): sale, sample, slip. `rows` uint32 and `slips` uint8 [bucket, lane, ...], `seen` and `kept` [bucket,
    lane] list the seller's rows of each slab as of the cycle begun on `starts` [bucket], see `credit.own_rows`.
    """
    for bucket in buckets:
        missing = (wants - bought).sum()
        if missing < least:
            break
        today = day - starts[bucket]
        slipping = today if screening_error > 0 else np.int64(SUITS)
        for lane in range(LANES):
            seen[bucket, lane], kept[bucket, lane] = list_rows(
                keys[2], gaps, starts[bucket], today, seller, bounds,
                owed[bucket, lane], original[bucket, lane], who[bucket, lane], born[bucket, lane], owner[bucket, lane],
                left[bucket, lane], cycles[bucket, lane], household, count[bucket, lane],
                rows[bucket, lane], slips[bucket, lane], seen[bucket, lane], kept[bucket, lane],
            )  # fmt: skip
        stride = stride_of(slab_sum[bucket], stock, seller, missing)
        d0, d1, d2, d3 = philox(
            keys[1, 0], keys[1, 1], np.uint32(day), np.uint32(bucket), np.uint32(lender), np.uint32(0)
        )
        for rest in range(1 if stride == 1 else 2):
            if (wants - bought).sum() < least:
                break
            for lane in range(LANES):
                some = kept[bucket, lane]
                purchase_from_slab(
                    keys[0], day, lane, np.int64(d0) % stride, stride, rest == 1, slipping, since_due[bucket], seller,
                    rows[bucket, lane, :some], slips[bucket, lane, :some], buyers, wants, bought, limits,
                    class_ok, plan_ok, screening_error, review_error, fee_ppm, household, weight, klass, account_rank,
                    owed[bucket, lane], original[bucket, lane], who[bucket, lane], born[bucket, lane],
                    owner[bucket, lane], left[bucket, lane], term[bucket, lane], cycles[bucket, lane],
                    plan[bucket, lane], status[bucket, lane], stock[lane], loans[lane], tally, log, log_count,
                )  # fmt: skip


@njit(cache=True, error_model="numpy")
def purchase_from_slab(
    key, day, lane, start, stride, rest, slipping, since_due, seller, rows, slips, buyers, wants, bought, limits,
    class_ok, plan_ok, screening_error, review_error, fee_ppm,
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
    lots, weights, slipped = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int64), np.empty(CHUNK, np.bool_)
    klasses, ranks = np.empty(CHUNK, np.uint8), np.empty(CHUNK, np.uint8)
    x0, x1, x2, x3 = word_rows(CHUNK)
    place = 0
    while place < rows.size:
        found, place = find_lots(
            key, day, place, start, stride, rest, slipping, seller, rows, slips,
            who, born, owner, original, household, weight, klass, account_rank, lots, slipped, weights, klasses, ranks,
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
            sound = lag <= since_due and meets(
                limits, class_ok, plan_ok, q, m, l, o, day - born[n], klasses[r], plan[n]
            )  # fmt: skip
            if not sound and not slipped[r] and np.uint64(d1) >= screening_error:
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


@njit(cache=True, nogil=True, error_model="numpy")
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
