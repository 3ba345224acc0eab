"""Who pays on a due day: each household decides once a month for all its loans at a lender."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.credit.kernels.layout import CELLS, CLOSED, CYCLES, MISS, NOT_DUE, PAY_ALL, PAY_ONE, RANK_BITS, ROLL, ROLLS
from sim.credit.kernels.rollover import finds_room


@njit(cache=True, error_model="numpy")
def decide(word, m, odds, partial):
    """One money draw against the month's thresholds: miss, pay one instalment, or catch up fully."""
    if np.uint64(word) < odds:
        return MISS
    if m > 0 and np.uint64(word) < odds + (((np.uint64(4294967296) - odds) * partial) >> np.uint64(32)):
        return PAY_ONE
    return PAY_ALL


@njit(cache=True, error_model="numpy")
def decide_rows(
    rows, day, month, lender, odds, partial, grace, who, born, plan, first_word, roll_key, fallback, room_ppm, ration,
    all_lenders, all_granted, all_joined, all_ceiling, all_used, all_missed,
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
            ration, all_lenders, all_granted, all_joined, all_ceiling, all_used, all_missed,
        ):  # fmt: skip
            outcome = ROLL
        outcomes[r] = outcome
        decided[i] = month * 4 + outcome
        if outcome == MISS:
            missed[i] = a + 1 if a < CLOSED - 1 else a
        elif outcome == PAY_ALL and a != CLOSED:
            missed[i] = 0
