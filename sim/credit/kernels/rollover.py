"""Rollover: a payment made with cash drawn at another lender, and loans that are not bought in a book's own pass."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.credit.kernels.accounts import lane_of, unused
from sim.credit.kernels.layout import BLOCK, BUCKETS, CURRENT, EVENT_LENT, NO_ROW, WATCHED
from sim.credit.kernels.lending import flat_fee, note, pick
from sim.draws import philox


@njit(cache=True, error_model="numpy")
def finds_room(
    key, day, month, mine, household, fen, fallback, room_ppm, ration, lender, granted, joined, ceiling, used, missed
):
    """Whether a household of the rollover type can draw `fen` in cash today at another lender than `mine`.

    `ration` uint64 [lender]: the share of sound applications each lender can fund today, 0 = closed for cash.
    """
    row = fallback[household]
    if row == NO_ROW or lender[row] == mine:
        return False
    p = np.int64(lender[row])
    if unused(row, month, room_ppm, lender, granted, joined, ceiling, used, missed) < fen:
        return False
    d0, d1, d2, d3 = philox(key[0], key[1], np.uint32(day), np.uint32(household), np.uint32(p), np.uint32(0))
    return np.uint64(d0) < ration[p]


@njit(cache=True, nogil=True, error_model="numpy")
def lend_amounts(
    key, day, lender, shift, order_bucket, rows, amounts, product, is_order, flow, term_cdf, term_months, free_share,
    fee_ppm, first_plan, owner_codes, owner_cdf, household, weight, klass, account_rank, instalment,
    owed, original, who, born, owner, left, term, cycles, plan, status, count, slab_sum,
    flows, stock, loans, lent, log, log_count,
):  # fmt: skip
    """Make loans of given `amounts`, fen, to `rows` of this lender's accounts: what was drawn to pay another lender, or
    refused by one.

    `used` was raised when they were granted. `flow`: of purchases or cash. `lent` [owner code] receives weight x fen.
    Returns False if a slab is full.
    """
    for n in range(rows.size):
        i, fen = np.int64(rows[n]), np.int64(amounts[n])
        d0, d1, d2, d3 = philox(
            key[0], key[1], np.uint32(day), np.uint32(household[i]), np.uint32(lender), np.uint32(0)
        )
        lane = lane_of(i)
        bucket = order_bucket if is_order else (i // BLOCK + shift) % BUCKETS
        at = count[bucket, lane]
        if at >= owed.shape[2]:
            return False
        choice = pick(d1, term_cdf)
        months = np.int64(term_months[choice])
        # The owner's word is drawn afresh, so that the term says nothing about who funds the loan.
        code = owner_codes[pick(d2, owner_cdf)]
        this_plan = first_plan + product * 6 + (5 if np.uint64(d3) < free_share[choice] else np.int64(klass[i]))
        w = np.int64(weight[i])
        owed[bucket, lane, at] = fen
        original[bucket, lane, at] = fen
        who[bucket, lane, at] = i
        born[bucket, lane, at] = day
        owner[bucket, lane, at] = code
        left[bucket, lane, at] = months
        term[bucket, lane, at] = months
        cycles[bucket, lane, at] = 0
        plan[bucket, lane, at] = this_plan
        status[bucket, lane, at] = 0
        count[bucket, lane] = at + 1
        instalment[i] += fen // months + flat_fee(fen, fee_ppm[this_plan], months) // months
        slab_sum[bucket, lane] += w * fen
        flows[lane, code, flow] += w * fen
        stock[lane, code, CURRENT] += w * fen
        loans[lane, code] += w
        lent[code] += w * fen
        if account_rank[i] & WATCHED:
            note(log, log_count, lane, day, household[i], day, fen, EVENT_LENT, code, fen, 0)
    return True
