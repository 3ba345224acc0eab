"""Kernels over the table of accounts: drawing it once, and the monthly pass between accounts and households.

A pass over lanes takes the first of them and the one after the last, so that several threads can share it.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from sim.credit.kernels.layout import (
    AGES,
    BLOCK,
    BUCKETS,
    BURDENS,
    BUYERS,
    CLASSES,
    CLOSED,
    LANES,
    NO_ROW,
    PLACES,
    QUALITIES,
    ROLLS,
    STATES,
)  # fmt: skip
from sim.draws import philox


@njit(cache=True, error_model="numpy")
def first_above(word, cdf):
    """Index of the first threshold above a word (the length if there is none), by halving; `cdf` never falls."""
    low, high = 0, cdf.size
    while low < high:
        middle = (low + high) // 2
        if np.uint64(word) >= cdf[middle]:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def find_members(first_lane, last_lane, key, lender, join_cdf, member):
    """Mark (bool [household]) who is a member of a lender by the last month."""
    last = join_cdf[join_cdf.size - 1]
    for lane in prange(first_lane, last_lane):
        share = (member.size + LANES - 1) // LANES
        for i in range(lane * share, min(member.size, (lane + 1) * share)):
            a0, a1, a2, a3 = philox(key[0], key[1], np.uint32(0), np.uint32(i), np.uint32(lender), np.uint32(0))
            member[i] = np.uint64(a2) < last


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def draw_accounts(
    first_lane, last_lane, key, type_key, roll_share, lender, class_cdf, grades, limits, join_cdf, first_month, rank,
    members, trait, standing, household, lenders, klass, place, account_standing, account_rank, ceiling, joined, noise,
):  # fmt: skip
    """Draw the accounts of a lender's members: class given quality, ceiling of the limit given class and `standing` of
    income, month of joining, and the noise of the score that the class came from. `grades` [quality bin, noise
    quantile]: class and place within it. The household's rollover type is drawn once for all lenders."""
    for lane in prange(first_lane, last_lane):
        share = (members.size + LANES - 1) // LANES
        for r in range(lane * share, min(members.size, (lane + 1) * share)):
            i = np.int64(members[r])
            a0, a1, a2, a3 = philox(key[0], key[1], np.uint32(0), np.uint32(i), np.uint32(lender), np.uint32(0))
            t0, t1, t2, t3 = philox(type_key[0], type_key[1], np.uint32(0), np.uint32(i), np.uint32(0), np.uint32(0))
            k = first_above(a0, class_cdf[trait[i] % QUALITIES])
            household[r] = i
            lenders[r] = lender
            klass[r] = k
            noise[r] = a0 >> np.uint32(24)
            grade = np.int64(grades[trait[i] % QUALITIES, noise[r]])
            # The class is cut by the whole word, the grade by its quantile: where they differ the place is at the cut.
            place[r] = min(max(grade, k * PLACES), k * PLACES + PLACES - 1) % PLACES
            account_standing[r] = standing[i]
            ceiling[r] = limits[k, standing[i], a1 >> np.uint32(24)]
            account_rank[r] = rank + (ROLLS if np.uint64(t0) < roll_share else 0)
            joined[r] = first_month + first_above(a2, join_cdf)


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def add_up_instalments(first_lane, last_lane, bounds, household, instalment, commitment):
    """Each household's payments due in a month over all its accounts. `bounds` [lender, lane + 1]: rows by lane."""
    for lane in prange(first_lane, last_lane):
        share = (commitment.size + LANES - 1) // LANES
        commitment[lane * share : min(commitment.size, (lane + 1) * share)] = 0
        for lender in range(bounds.shape[0]):
            for r in range(bounds[lender, lane], bounds[lender, lane + 1]):
                commitment[household[r]] += instalment[r]


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def take_month(first_lane, last_lane, bounds, household, household_weight, household_cell, weight, cell, used, missed):
    """Copy each household's weight and risk cell of the month to its accounts, where the loans' kernels read them.

    An account that owes nothing is behind with nothing, unless it was closed by a write-off.
    """
    for lane in prange(first_lane, last_lane):
        for lender in range(bounds.shape[0]):
            for r in range(bounds[lender, lane], bounds[lender, lane + 1]):
                i = np.int64(household[r])
                weight[r] = household_weight[i]
                cell[r] = household_cell[i]
                if used[r] == 0 and missed[r] != CLOSED:
                    missed[r] = 0


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def group_buyers(month, weight, cell, klass, joined, group):
    """Put each account into its group of the month, `group` uint8: nobody who is padding or not yet a member buys."""
    for lane in prange(LANES):
        share = (group.size + LANES - 1) // LANES
        for i in range(lane * share, min(group.size, (lane + 1) * share)):
            kind = np.int64(cell[i]) // BURDENS
            buyer = (np.int64(klass[i]) * AGES + kind // (STATES * QUALITIES)) * STATES + kind % STATES
            group[i] = buyer if weight[i] != 0 and joined[i] <= month else BUYERS


@njit(cache=True, error_model="numpy")
def unused(row, month, room_ppm, lender, granted, joined, ceiling, used, missed):
    """What an account may still draw in cash, fen: 0 where it is late, closed, not open yet or refused."""
    if missed[row] != 0 or joined[row] > month:
        return np.int64(0)
    limit = np.int64(ceiling[row]) * room_ppm[lender[row], granted[row]] // 1_000_000
    return max(np.int64(0), limit - np.int64(used[row]))


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def choose_fallbacks(
    first_lane, last_lane, bounds, month, room_ppm, household, lender, granted, account_rank, joined, ceiling, used,
    missed, fallback,
):  # fmt: skip
    """The account each household of the rollover type would draw on: most unused limit, the first lender of equals."""
    for lane in prange(first_lane, last_lane):
        share = (fallback.size + LANES - 1) // LANES
        first, last = lane * share, min(fallback.size, (lane + 1) * share)
        best = np.zeros(max(0, last - first), np.int64)
        fallback[first:last] = NO_ROW
        for p in range(bounds.shape[0]):
            if room_ppm[p].max() == 0:
                continue
            for r in range(bounds[p, lane], bounds[p, lane + 1]):
                if account_rank[r] & ROLLS:
                    i = np.int64(household[r])
                    room = unused(r, month, room_ppm, lender, granted, joined, ceiling, used, missed)
                    if room > best[i - first]:
                        best[i - first] = room
                        fallback[i] = r


@njit(cache=True, error_model="numpy")
def list_by_household(lenders, bounds, household, first, rows):
    """The rows of each household's accounts side by side, in the order of `lenders`.

    Those of household h are `rows[first[h] : first[h + 1]]`. `bounds` [lender, lane + 1]: rows of each lender's
    members.
    """
    first[:] = 0
    for p in lenders:
        for r in range(bounds[p, 0], bounds[p, LANES]):
            first[household[r] + 1] += 1
    for h in range(1, first.size):
        first[h] += first[h - 1]
    place = first[:-1].copy()
    for p in lenders:
        for r in range(bounds[p, 0], bounds[p, LANES]):
            h = household[r]
            rows[place[h]] = r
            place[h] += 1


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def count_late(first_lane, last_lane, lenders, bounds, household, missed, late):
    """At how many of these lenders each household is late now, a written-off account among them."""
    for lane in prange(first_lane, last_lane):
        share = (late.size + LANES - 1) // LANES
        late[lane * share : min(late.size, (lane + 1) * share)] = 0
        for lender in lenders:
            for r in range(bounds[lender, lane], bounds[lender, lane + 1]):
                late[household[r]] += missed[r] > 0


@njit(cache=True, parallel=True, error_model="numpy")
def rescore(key, lender, grades, limits, late, members, trait, household, standing, noise, klass, place, ceiling):
    """Score a lender's accounts again. `grades` [quality bin, noise quantile]: class x 256 + place within it; `late`
    [household]: at how many other lenders it is seen to be late, one class worse for each. The ceiling follows the
    class: `limits` [class, standing, quantile] at the quantile the account was opened with."""
    worst = CLASSES - 1
    for lane in prange(LANES):
        share = (members + LANES - 1) // LANES
        for r in range(lane * share, min(members, (lane + 1) * share)):
            i = np.int64(household[r])
            grade = np.int64(grades[trait[i] % QUALITIES, noise[r]])
            k = min(worst, grade // PLACES + np.int64(late[i]))
            place[r] = grade % PLACES
            if k != klass[r]:
                a0, a1, a2, a3 = philox(key[0], key[1], np.uint32(0), np.uint32(i), np.uint32(lender), np.uint32(0))
                klass[r] = k
                ceiling[r] = limits[k, standing[r], a1 >> np.uint32(24)]


@njit(cache=True, error_model="numpy")
def lane_of(row):
    """The lane that owns a row of a lender's part of the table."""
    return row // BLOCK // BUCKETS % LANES
