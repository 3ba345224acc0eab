"""The seasoning kernel: a book as it stands in a steady state, drawn at once instead of simulated for years."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from sim.credit.kernels.layout import (
    BLOCK,
    BUCKETS,
    CLOSED,
    CURRENT,
    DEFAULTED,
    LANES,
    MAX_CYCLES,
    QUALITIES,
)  # fmt: skip
from sim.credit.kernels.lending import flat_fee, pick
from sim.credit.kernels.purchasing import fee_owing
from sim.draws import philox


@njit(cache=True, parallel=True, error_model="numpy")
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


@njit(cache=True, parallel=True, error_model="numpy")
def season(
    key, lender, shift, start, start_month, due_days, count_cdf, accept, choice_cdf, choice_product, choice_index,
    term_months, free_share, amounts, fee_ppm, is_order, grace, grant, owner_code, weight, trait, state, household,
    klass, missed, joined, ceiling, used, instalment, owed, original, who, born, owner, left, term, cycles, plan,
    status, count, slab_sum, stock, loans, fees_owing, overflow,
):  # fmt: skip
    """Place the loans that would be alive at `start`.

    Age a = instalments already due when the account was last current. `count_cdf` [age, ...]: candidates per block that
    survive to age a; `choice_cdf` [age, choice]: which product and term, given survival. An account that has missed m
    cycles holds the loans it had m cycles ago, each m instalments behind. `due_days` [bucket, k]: the k-th last due
    date before `start`, k = 0 the next one.
    """
    blocks = household.size // BLOCK
    capacity = owed.shape[2]
    for lane in prange(LANES):
        for group in range(lane * BUCKETS, blocks, BUCKETS * LANES):
            for block in range(group, min(group + BUCKETS, blocks)):
                for age in range(count_cdf.shape[0]):
                    r0, r1, r2, r3 = philox(
                        key[0], key[1], np.uint32(age), np.uint32(block), np.uint32(lender), np.uint32(0)
                    )
                    candidates = pick(r0, count_cdf[age])
                    for j in range(candidates):
                        s0, s1, s2, s3 = philox(
                            key[0], key[1], np.uint32(age), np.uint32(block), np.uint32(lender), np.uint32(1 + 2 * j)
                        )
                        t0, t1, t2, t3 = philox(
                            key[0], key[1], np.uint32(age), np.uint32(block), np.uint32(lender), np.uint32(2 + 2 * j)
                        )
                        i = block * BLOCK + np.int64(s0 >> np.uint32(26))
                        h = np.int64(household[i])
                        k = np.int64(klass[i])
                        m = np.int64(missed[i])
                        if weight[h] == 0 or not grant[k] or m == CLOSED or joined[i] > start_month - age - m:
                            continue
                        if np.uint64(s1) >= accept[k, np.int64(trait[h]) // QUALITIES, state[h]]:
                            continue
                        choice = pick(s2, choice_cdf[age])
                        product, index = choice_product[choice], choice_index[choice]
                        months = np.int64(term_months[product, index])
                        p = product * 6 + (5 if np.uint64(t1) < free_share[product, index] else k)
                        if is_order[product]:
                            bucket = np.int64((np.uint64(t3) * np.uint64(BUCKETS)) >> np.uint64(32))
                            day = due_days[bucket, age + m + 1]
                        else:
                            bucket = (block + shift) % BUCKETS
                            spread = np.int64((np.uint64(t3) * np.uint64(30)) >> np.uint64(32))
                            day = due_days[bucket, age + m] - grace[p] - spread
                        fen = np.int64(amounts[product, index, t0 >> np.uint32(23)])
                        still = fen - (fen // months) * age
                        if day >= start or used[i] + still > ceiling[i]:
                            continue
                        n = count[bucket, lane]
                        if n >= capacity:
                            overflow[lane] = 1
                            continue
                        l = months - age
                        w = np.int64(weight[h])
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
                        count[bucket, lane] = n + 1
                        used[i] += still
                        instalment[i] += fen // months + flat_fee(fen, fee_ppm[p], months) // months
                        slab_sum[bucket, lane] += w * still
                        stock[lane, owner_code, CURRENT if m == 0 else min(m, MAX_CYCLES) + 1] += w * still
                        loans[lane, owner_code] += w
                        fees_owing[lane] += w * fee_owing(fen, months, fee_ppm[p], m, l)
