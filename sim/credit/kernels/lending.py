"""The lending kernel: today's purchases on credit, by thinning.

Per block of 64 households a candidate count is drawn at a ceiling rate that no policy can change; each candidate is then accepted by
its own draw against its actual rate, and meets the lender's decision. A policy can only change the answers, never the draws.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from sim.credit.kernels.layout import (
    BLOCK, BUCKETS, CLOSED, CURRENT, EVENT_LENT, LANES, LENT, LOG_ROWS, QUALITIES, WATCHED,
)  # fmt: skip
from sim.draws import philox

REFUSED_CLASS, REFUSED_ARREARS, REFUSED_LIMIT, REFUSED_RATION = range(4)


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


@njit(cache=True, parallel=True, error_model="numpy")
def lend(
    keys, day, month, lender, shift, order_bucket, count_cdf, accept, product_cdf, term_cdf, term_months, free_share,
    amounts, fee_ppm, is_order, grant, ration, owner_codes, owner_cdf,
    weight, trait, state, klass, account_rank, missed, joined, limit, used, commitment,
    owed, original, who, born, owner, left, term, cycles, plan, status, count, slab_sum,
    flows, stock, loans, refused, overflow, log, log_count,
):  # fmt: skip
    """Lend today.

    `keys` (3, 2): candidate counts, candidates, choices. `accept` uint64 [class, age band, state]: share of the ceiling rate.
    `grant` bool [class]; `ration` uint64: share of sound applications the lender can fund today. New loans are appended to the slab
    of their due day. Amounts are per person; totals are weight x fen.
    """
    blocks = weight.size // BLOCK
    capacity = owed.shape[2]
    for lane in prange(LANES):
        for group in range(lane * BUCKETS, blocks, BUCKETS * LANES):
            for block in range(group, min(group + BUCKETS, blocks)):
                r0, r1, r2, r3 = philox(
                    keys[0, 0], keys[0, 1], np.uint32(day), np.uint32(block), np.uint32(lender), np.uint32(0)
                )
                candidates = 0
                while np.uint64(r0) >= count_cdf[candidates]:
                    candidates += 1
                for j in range(candidates):
                    s0, s1, s2, s3 = philox(
                        keys[1, 0], keys[1, 1], np.uint32(day), np.uint32(block), np.uint32(lender), np.uint32(j)
                    )
                    i = block * BLOCK + np.int64(s0 >> np.uint32(26))
                    k = np.int64(klass[i])
                    age = np.int64(trait[i]) // QUALITIES
                    if weight[i] == 0 or joined[i] > month:
                        continue
                    if np.uint64(s1) >= accept[k, age, state[i]]:
                        continue
                    t0, t1, t2, t3 = philox(
                        keys[2, 0], keys[2, 1], np.uint32(day), np.uint32(block), np.uint32(lender), np.uint32(j)
                    )
                    product = pick(s2, product_cdf)
                    choice = pick(s3, term_cdf[product])
                    fen = amounts[product, choice, t0 >> np.uint32(23)]
                    w = np.int64(weight[i])
                    if not grant[k] or missed[i] == CLOSED:
                        refused[lane, REFUSED_CLASS] += w * fen
                        continue
                    if missed[i] > 0:
                        refused[lane, REFUSED_ARREARS] += w * fen
                        continue
                    if used[i] + fen > limit[i]:
                        refused[lane, REFUSED_LIMIT] += w * fen
                        continue
                    if np.uint64(t3) >= ration:
                        refused[lane, REFUSED_RATION] += w * fen
                        continue
                    bucket = order_bucket if is_order[product] else (block + shift) % BUCKETS
                    n = count[bucket, lane]
                    if n >= capacity:
                        overflow[lane] = 1
                        continue
                    months = np.int64(term_months[product, choice])
                    this_plan = product * 6 + (5 if np.uint64(t1) < free_share[product, choice] else k)
                    code = owner_codes[pick(t2, owner_cdf)]
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
                    commitment[i] += fen // months + flat_fee(fen, fee_ppm[this_plan], months) // months
                    slab_sum[bucket, lane] += w * fen
                    flows[lane, code, LENT] += w * fen
                    stock[lane, code, CURRENT] += w * fen
                    loans[lane, code] += w
                    if account_rank[i] & WATCHED:
                        note(log, log_count, lane, day, i, day, fen, EVENT_LENT, code, fen, 0)
