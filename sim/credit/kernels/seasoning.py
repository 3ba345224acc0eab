"""The seasoning kernel: a book as it stands in a steady state, drawn at once instead of simulated for years."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from sim.credit.kernels.accounts import first_above
from sim.credit.kernels.drawing import draw_rows, word_rows
from sim.credit.kernels.layout import (
    BLOCK,
    BUCKETS,
    CLOSED,
    CURRENT,
    DEFAULTED,
    LANES,
    MAX_CYCLES,
    QUALITIES,
    REFUSED,
)  # fmt: skip
from sim.credit.kernels.lending import flat_fee, pick
from sim.credit.kernels.purchasing import fee_owing
from sim.draws import philox


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def seat_arrears(key, lender, tables, household, cell, missed):
    """Draw each account's missed cycles from the closed-form shares `tables` uint64 [cell, cycles + 1]
    (cumulative)."""
    for lane in prange(LANES):
        share = (missed.size + LANES - 1) // LANES
        for i in range(lane * share, min(missed.size, (lane + 1) * share)):
            a0, a1, a2, a3 = philox(
                key[0], key[1], np.uint32(0), np.uint32(household[i]), np.uint32(lender), np.uint32(0)
            )
            missed[i] = pick(a0, tables[np.int64(cell[i])])


@njit(cache=True, error_model="numpy")
def find_purchases(key, lender, block, count_cdf, words, age_of, nth):
    """Draw how many purchases of each age a block of accounts may have made; fills `age_of` and `nth` (number within
    the age), returns how many."""
    x0, x1, x2, x3 = words
    ages = count_cdf.shape[0]
    for age in range(ages):
        x0[age], x1[age], x2[age], x3[age] = age, block, lender, 0
    draw_rows(key, ages, x0, x1, x2, x3)
    found = 0
    for age in range(ages):
        for j in range(first_above(x0[age], count_cdf[age])):
            age_of[found], nth[found] = age, j
            found += 1
    return found


@njit(cache=True, error_model="numpy")
def keep_purchases(
    key, lender, block, rows, start_month, accept, weight, trait, state, household, klass, granted, missed, joined,
    words, age_of, nth, account, choices,
):  # fmt: skip
    """Draw whose each purchase would be and test it against the account's actual rate; those made move to the front,
    with the word of their product and term. Returns how many."""
    x0, x1, x2, x3 = words
    for r in range(rows):
        x0[r], x1[r], x2[r], x3[r] = age_of[r], block, lender, 1 + 2 * nth[r]
    draw_rows(key, rows, x0, x1, x2, x3)
    buyers = 0
    for r in range(rows):
        i = block * BLOCK + np.int64(x0[r] >> np.uint32(26))
        h, k, m = np.int64(household[i]), np.int64(klass[i]), np.int64(missed[i])
        if weight[h] == 0 or granted[i] == REFUSED or m == CLOSED or joined[i] > start_month - age_of[r] - m:
            continue
        if np.uint64(x1[r]) < accept[k, np.int64(trait[h]) // QUALITIES, state[h]]:
            account[buyers], age_of[buyers], nth[buyers], choices[buyers] = i, age_of[r], nth[r], x2[r]
            buyers += 1
    return buyers


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def season(
    key, lender, shift, start, start_month, due_days, count_cdf, accept, choice_cdf, choice_product, choice_index,
    term_months, free_share, amounts, sizes, fee_ppm, is_order, grace, owner_code, weight, trait, state,
    household, klass, granted, standing, missed, joined, ceiling, used, instalment, owed, original, who, born, owner,
    left, term, cycles, plan, status, count, slab_sum, stock, loans, fees_owing, overflow, placed,
):  # fmt: skip
    """Place the loans that would be alive at `start`.

    Age a = instalments already due when the account was last current. `count_cdf` [age, ...]: candidates per block that
    survive to age a; `choice_cdf` [age, choice]: which product and term, given survival. An account that has missed m
    cycles holds the loans it had m cycles ago, each m instalments behind. `due_days` [bucket, k]: the k-th last due
    date before `start`, k = 0 the next one. Unless they are to be `placed`, they are only counted, and
    what accounts owe is added up.
    """
    blocks = household.size // BLOCK
    capacity = owed.shape[2]
    ages, room = count_cdf.shape[0], count_cdf.size
    for lane in prange(LANES):
        age_of, nth, account = np.empty(room, np.int64), np.empty(room, np.uint32), np.empty(room, np.int64)
        words = word_rows(max(room, ages))
        choices, dates = np.empty(room, np.uint32), word_rows(room)
        for group in range(lane * BUCKETS, blocks, BUCKETS * LANES):
            for block in range(group, min(group + BUCKETS, blocks)):
                candidates = find_purchases(key, lender, block, count_cdf, words, age_of, nth)
                buyers = keep_purchases(
                    key, lender, block, candidates, start_month, accept, weight, trait, state, household, klass,
                    granted, missed, joined, words, age_of, nth, account, choices,
                )  # fmt: skip
                t0, t1, t2, t3 = dates
                for r in range(buyers):
                    t0[r], t1[r], t2[r], t3[r] = age_of[r], block, lender, 2 + 2 * nth[r]
                draw_rows(key, buyers, t0, t1, t2, t3)
                for r in range(buyers):
                    age, i = age_of[r], account[r]
                    k, m = np.int64(klass[i]), np.int64(missed[i])
                    choice = first_above(choices[r], choice_cdf[age])
                    product, index = choice_product[choice], choice_index[choice]
                    months = np.int64(term_months[product, index])
                    p = product * 6 + (5 if np.uint64(t1[r]) < free_share[product, index] else k)
                    if is_order[product]:
                        bucket = np.int64((np.uint64(t3[r]) * np.uint64(BUCKETS)) >> np.uint64(32))
                        day = due_days[bucket, age + m + 1]
                    else:
                        bucket = (block + shift) % BUCKETS
                        spread = np.int64((np.uint64(t3[r]) * np.uint64(30)) >> np.uint64(32))
                        day = due_days[bucket, age + m] - grace[p] - spread
                    fen = np.int64(amounts[product, index, sizes[product, standing[i], t0[r] >> np.uint32(23)]])
                    still = fen - (fen // months) * age
                    if day >= start or used[i] + still > ceiling[i]:
                        continue
                    used[i] += still
                    instalment[i] += fen // months + flat_fee(fen, fee_ppm[p], months) // months
                    n = count[bucket, lane]
                    count[bucket, lane] = n + 1
                    if not placed:
                        continue
                    if n >= capacity:
                        overflow[lane] = 1
                        continue
                    l = months - age
                    w = np.int64(weight[household[i]])
                    owed[bucket, lane, n] = still
                    original[bucket, lane, n] = fen
                    who[bucket, lane, n] = i
                    born[bucket, lane, n] = day
                    owner[bucket, lane, n] = owner_code
                    left[bucket, lane, n] = l
                    term[bucket, lane, n] = months
                    cycles[bucket, lane, n] = m
                    plan[bucket, lane, n] = p
                    status[bucket, lane, n] = DEFAULTED if m >= 4 else 0
                    slab_sum[bucket, lane] += w * still
                    stock[lane, owner_code, CURRENT if m == 0 else min(m, MAX_CYCLES) + 1] += w * still
                    loans[lane, owner_code] += w
                    fees_owing[lane] += w * fee_owing(fen, months, fee_ppm[p], m, l)
