"""The lending kernel: today's purchases on credit, by thinning.

Per unit of one or more blocks of 64 accounts a candidate count is drawn at a ceiling rate that no policy can change;
each candidate is then accepted by its own draw against its actual rate, and meets the lender's decision. A policy can
only change the answers, never the draws. Candidates of neighbouring units are drawn and tested together, then lent to
in turn.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from sim.credit.kernels.drawing import draw_rows, word_rows
from sim.credit.kernels.layout import (
    BLOCK,
    BUCKETS,
    CASH_LENT,
    CLOSED,
    CURRENT,
    EVENT_LENT,
    IN_CASH,
    LANES,
    LENT,
    LOG_ROWS,
    ON_PURCHASES,
    REFUSED,
    WATCHED,
)  # fmt: skip

REFUSED_CLASS, REFUSED_ARREARS, REFUSED_LIMIT, REFUSED_RATION, APPLIED = range(5)
ANSWERS = 5


@njit(cache=True, error_model="numpy")
def flat_fee(original, fee_ppm, term):
    """Total flat fee, rounded half up: the integer twin of `products.flat_fee_total`."""
    return (np.int64(2) * original * fee_ppm * term + 1_000_000) // 2_000_000


@njit(cache=True, error_model="numpy")
def note(log, log_count, lane, day, household, born, original, event, owner, fen, missed):
    """Write one line about a watched household, as long as the day's log has room."""
    n = log_count[lane]
    if n < LOG_ROWS:
        log[lane, n, 0] = day
        log[lane, n, 1] = household
        log[lane, n, 2] = born
        log[lane, n, 3] = original
        log[lane, n, 4] = event
        log[lane, n, 5] = owner
        log[lane, n, 6] = fen
        log[lane, n, 7] = missed
        log_count[lane] = n + 1


@njit(cache=True, error_model="numpy")
def pick(word, cdf):
    """Index of the first cumulative threshold above a word."""
    k = 0
    while k < cdf.size - 1 and np.uint64(word) >= cdf[k]:
        k += 1
    return k


@njit(cache=True, error_model="numpy")
def thresholds_reached(word, cdf):
    """The same index as `pick`, counted without a jump: quicker where a table is short and answers vary."""
    k = 0
    for j in range(cdf.size - 1):
        k += np.uint64(word) >= cdf[j]
    return k


@njit(cache=True, error_model="numpy")
def find_candidates(key, day, lender, first_block, last_block, unit, count_cdf, x0, x1, x2, x3, place, nth):
    """Draw each unit's number of candidates; fills `place` (its first block) and `nth` (number within it), returns how
    many."""
    units = (last_block - first_block + unit - 1) // unit
    for r in range(units):
        x0[r], x1[r], x2[r], x3[r] = day, first_block + r * unit, lender, 0
    draw_rows(key, units, x0, x1, x2, x3)
    found = 0
    for r in range(units):
        for j in range(thresholds_reached(x0[r], count_cdf)):
            place[found] = first_block + r * unit
            nth[found] = j
            found += 1
    return found


@njit(cache=True, error_model="numpy")
def keep_buyers(
    key, day, lender, rows, unit, accept, group, x0, x1, x2, x3, place, nth, account,
):  # fmt: skip
    """Draw each candidate's account and test it against its actual rate.

    Those who buy move to the front, with the words x2 and x3 of their product and term. Returns how many. A candidate
    beyond the last account of the lender is nobody's. A candidate's group stands in a column of its own, of one byte:
    most candidates buy nothing, and their accounts need not be read.
    """
    for r in range(rows):
        x0[r], x1[r], x2[r], x3[r] = day, place[r], lender, nth[r]
    draw_rows(key, rows, x0, x1, x2, x3)
    width, last = np.uint64(unit * BLOCK), np.int64(group.size - 1)
    buyers = 0
    for r in range(rows):
        drawn = np.int64(place[r]) * BLOCK + np.int64((np.uint64(x0[r]) * width) >> np.uint64(32))
        i = min(drawn, last)
        account[buyers], place[buyers], nth[buyers], x2[buyers], x3[buyers] = i, place[r], nth[r], x2[r], x3[r]
        buyers += (np.uint64(x1[r]) < accept[group[i]]) & (drawn <= last)
    return buyers


@njit(cache=True, error_model="numpy")
def answer(granted, missed, used, limit, fen, ration_word, ration):
    """The lender's answer to one application: APPLIED if it lends, else why not."""
    if granted == REFUSED or missed == CLOSED:
        return REFUSED_CLASS
    if missed > 0:
        return REFUSED_ARREARS
    if np.int64(used) + fen > limit:
        return REFUSED_LIMIT
    if np.uint64(ration_word) >= ration:
        return REFUSED_RATION
    return APPLIED


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def lend(
    keys, day, lender, shift, order_bucket, unit, count_cdf, accept, product_cdf, term_cdf, term_months,
    free_share, amounts, sizes, fee_ppm, first_plan, is_order, is_cash, limit_ppm, ration, owner_codes,
    owner_cdf,
    group, household, weight, klass, granted, standing, account_rank, missed, ceiling, used, instalment,
    owed, original, who, born, owner, left, term, cycles, plan, status, count, slab_sum,
    flows, stock, loans, refused, overflow, log, log_count, elsewhere, turned_who, turned_fen, turned_kind, turned,
):  # fmt: skip
    """Lend today.

    `keys` (3, 2): candidate counts, candidates, choices. `accept` uint64 [group]: share of the ceiling rate, of the
    accounts' `group` uint8. `sizes` [product, standing of income, step drawn]: which of the `amounts`. `granted`
    [account]: whether it is refused; `limit_ppm` [class]: limit in force of a ceiling; `ration` uint64: share of sound
    applications the lender can fund today. New loans are appended to the slab of their due day. Amounts are per person;
    totals are weight x fen. A share `elsewhere` (threshold) of what is refused to who is not late is listed by lane
    (`turned_who`, `turned_fen`, `turned_kind`, `turned`), to be tried at other lenders.
    """
    blocks = weight.size // BLOCK
    capacity = owed.shape[2]
    room = (BUCKETS // unit) * count_cdf.size
    for lane in prange(LANES):
        flow, stand, live = flows[lane], stock[lane], loans[lane]
        place, nth, account = np.empty(room, np.uint32), np.empty(room, np.uint32), np.empty(room, np.int64)
        weights, klasses = np.empty(room, np.int64), np.empty(room, np.uint8)
        stands = np.empty(room, np.uint8)
        x0, x1, x2, x3 = word_rows(room)
        y0, y1, y2, y3 = word_rows(room)
        for first in range(lane * BUCKETS, blocks, BUCKETS * LANES):
            last = min(first + BUCKETS, blocks)
            candidates = find_candidates(keys[0], day, lender, first, last, unit, count_cdf, x0, x1, x2, x3, place, nth)
            buyers = keep_buyers(
                keys[1], day, lender, candidates, unit, accept, group, x0, x1, x2, x3, place, nth, account,
            )  # fmt: skip
            for r in range(buyers):
                y0[r], y1[r], y2[r], y3[r] = day, place[r], lender, nth[r]
                # Read here already, so that the reads of many accounts are under way at once.
                weights[r], klasses[r] = weight[account[r]], klass[account[r]]
                stands[r] = standing[account[r]]
            draw_rows(keys[2], buyers, y0, y1, y2, y3)
            for r in range(buyers):
                i = account[r]
                k = np.int64(klasses[r])
                product = thresholds_reached(x2[r], product_cdf)
                choice = thresholds_reached(x3[r], term_cdf[product])
                fen = amounts[product, choice, sizes[product, stands[r], y0[r] >> np.uint32(23)]]
                w = weights[r]
                refused[lane, APPLIED] += w * fen
                limit = np.int64(ceiling[i]) * limit_ppm[k] // 1_000_000
                said = answer(granted[i], missed[i], used[i], limit, fen, y3[r], ration)
                if said != APPLIED:
                    refused[lane, said] += w * fen
                    # The amount took the upper nine bits of its word: the others say who gives up.
                    if missed[i] == 0 and (np.uint64(y0[r]) & np.uint64(0x7FFFFF)) << np.uint64(9) < elsewhere:
                        n = turned[lane]
                        turned_who[lane, n], turned_fen[lane, n] = household[i], fen
                        turned_kind[lane, n] = IN_CASH if is_cash[product] else ON_PURCHASES
                        turned[lane] = n + 1
                    continue
                bucket = order_bucket if is_order[product] else (i // BLOCK + shift) % BUCKETS
                n = count[bucket, lane]
                if n >= capacity:
                    overflow[lane] = 1
                    continue
                months = np.int64(term_months[product, choice])
                this_plan = first_plan + product * 6 + (5 if np.uint64(y1[r]) < free_share[product, choice] else k)
                code = owner_codes[thresholds_reached(y2[r], owner_cdf)]
                owed[bucket, lane, n] = fen
                original[bucket, lane, n] = fen
                who[bucket, lane, n] = i
                born[bucket, lane, n] = day
                owner[bucket, lane, n] = code
                left[bucket, lane, n] = months
                term[bucket, lane, n] = months
                cycles[bucket, lane, n] = 0
                plan[bucket, lane, n] = this_plan
                status[bucket, lane, n] = 0
                count[bucket, lane] = n + 1
                used[i] += fen
                instalment[i] += fen // months + flat_fee(fen, fee_ppm[this_plan], months) // months
                slab_sum[bucket, lane] += w * fen
                flow[code, CASH_LENT if is_cash[product] else LENT] += w * fen
                stand[code, CURRENT] += w * fen
                live[code] += w
                if account_rank[i] & WATCHED:
                    note(log, log_count, lane, day, household[i], day, fen, EVENT_LENT, code, fen, 0)
