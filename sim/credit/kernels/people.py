"""Kernels over households: drawing them once, and their monthly change of income state and burden."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from sim.credit.kernels.layout import BLOCK, BURDENS, LANES, STATES
from sim.draws import philox


@njit(cache=True, error_model="numpy")
def _first_above(word, cdf):
    k = 0
    while k < cdf.size - 1 and np.uint64(word) >= cdf[k]:
        k += 1
    return k


@njit(cache=True, parallel=True, error_model="numpy")
def draw_households(
    key_a,
    key_b,
    count,
    weight_each,
    age_cdf,
    region_cdf,
    quality_cdf,
    state_cdf,
    incomes,
    standings,
    weight,
    trait,
    state,
    region,
    income,
    standing,
):
    """Draw every household's lasting traits. `*_cdf` hold uint64 thresholds; `quality_cdf` one row per region;
    `incomes` (fen) and `standings` 256 quantiles for each age band, region and quality bin. Households at or beyond
    `count` are padding with weight 0."""
    for lane in prange(LANES):
        share = (weight.size + LANES - 1) // LANES
        for i in range(lane * share, min(weight.size, (lane + 1) * share)):
            a0, a1, a2, a3 = philox(key_a[0], key_a[1], np.uint32(0), np.uint32(i), np.uint32(0), np.uint32(0))
            b0, b1, b2, b3 = philox(key_b[0], key_b[1], np.uint32(0), np.uint32(i), np.uint32(0), np.uint32(0))
            age = _first_above(a0, age_cdf)
            place = _first_above(a1, region_cdf)
            quality = _first_above(a2, quality_cdf[place])
            trait[i] = age * 8 + quality
            region[i] = place
            state[i] = _first_above(a3, state_cdf)
            income[i] = incomes[age, place, quality, b0 >> np.uint32(24)]
            standing[i] = standings[age, place, quality, b0 >> np.uint32(24)]
            weight[i] = weight_each if i < count else 0


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def monthly_change(first_lane, last_lane, key, month, move, edges, level, trait, state, income, commitment, cell):
    """Move income states (thresholds `move`[from, to] cumulative, uint64) and set each household's risk cell for the
    month.

    One Philox call serves four neighbours: the words are addressed by (month, i // 4), so nobody's draw depends on
    anybody else. The burden bin counts the `edges` that the payments due in a month reach: per cent of monthly income,
    which stands at `level` ppm of `income`.
    """
    for lane in prange(first_lane, last_lane):
        blocks = trait.size // BLOCK
        share = (blocks + LANES - 1) // LANES
        for q in range(lane * share * BLOCK // 4, min(blocks, (lane + 1) * share) * BLOCK // 4):
            drawn = philox(key[0], key[1], np.uint32(month), np.uint32(q), np.uint32(0), np.uint32(0))
            for j in range(4):
                i = q * 4 + j
                s = np.int64(state[i])
                word = np.uint64(drawn[j])
                to = 0
                while to < STATES - 1 and word >= move[s, to]:
                    to += 1
                state[i] = to
                due = np.int64(commitment[i]) * 100
                burden = 0
                if due > 0:  # most households owe nothing in a month: spare them the comparisons
                    earned = np.int64(income[i]) * level // 1_000_000
                    for e in range(BURDENS - 1):
                        burden += due >= earned * edges[e]
                cell[i] = (np.int64(trait[i]) * STATES + to) * BURDENS + burden
