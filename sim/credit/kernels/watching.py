"""Kernels that read the table of accounts and change nothing: who fell into default, whose cash was refused, what each
household may owe."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.credit.kernels.layout import CLOSED, MISS, REFUSED, ROLLS

IN_DEFAULT = 4
"""Due dates missed by an account more than 90 days past due."""


@njit(cache=True, error_model="numpy")
def note_month(
    number, month, household, lender, account_rank, missed, decided, default_at, default_lender, refused_at,
    refused_lender,
):  # fmt: skip
    """At the end of a month, note households newly in default, and those of the rollover type that missed a payment
    because no lender gave them cash.

    `number` counts months from 1; arrays [household] keep the first month (0: never) and at which lender, the first of
    several.
    """
    for r in range(household.size):
        i = np.int64(household[r])
        if missed[r] >= IN_DEFAULT and default_at[i] == 0:
            default_at[i] = number
            default_lender[i] = lender[r]
        if missed[r] == 1 and decided[r] == month * 4 + MISS and account_rank[r] & ROLLS and refused_at[i] == 0:
            refused_at[i] = number
            refused_lender[i] = lender[r]


@njit(cache=True, error_model="numpy")
def add_up_credit(
    month, room_ppm, chosen, household, lender, klass, granted, joined, ceiling, used, missed, owed, limit, best,
    by_class,
):  # fmt: skip
    """Each household's debt and limits in force over all its accounts (fen per person), and its best score class among
    `chosen` lenders (left as it is where it has no account there). `by_class` sums debt by the account's class, of
    chosen lenders in row 0 and of others in row 1, per person."""
    for r in range(household.size):
        if joined[r] > month:
            continue
        i, k, p = np.int64(household[r]), np.int64(klass[r]), np.int64(lender[r])
        owed[i] += used[r]
        if missed[r] != CLOSED and granted[r] != REFUSED:
            limit[i] += np.int64(ceiling[r]) * room_ppm[p, k] // 1_000_000
        by_class[0 if chosen[p] else 1, k] += used[r]
        if chosen[p] and k < best[i]:
            best[i] = k


@njit(cache=True, error_model="numpy")
def first_cut(month, cut_at, household, lender, klass, place, joined, cut, cut_lender):
    """The first month in which a household's credit was cut, given that of each (lender, class, place within it), and
    at which lender; 0 where it never was."""
    for r in range(household.size):
        at = cut_at[np.int64(lender[r]), np.int64(klass[r]), np.int64(place[r])]
        if at == 0 or joined[r] > month:
            continue
        i = np.int64(household[r])
        if cut[i] == 0 or at < cut[i]:
            cut[i] = at
            cut_lender[i] = lender[r]
