"""Purchases and cash loans that one lender refused, tried at another account of the household."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.credit.kernels.accounts import first_above, unused
from sim.credit.kernels.layout import LANES, QUALITIES
from sim.draws import philox


@njit(cache=True, nogil=True, error_model="numpy")
def try_elsewhere(
    key, account_key, day, month, mine, who, wanted, kinds, count, class_cdf, limits, accepted, price_ppm, trait, first,
    rows, room_ppm, ration, lender, granted, standing, joined, weight, ceiling, used, missed, taken, taken_fen,
    taken_kind, asked, lent, rationed,
):  # fmt: skip
    """Try what lender `mine` refused today at the household's next account with room for it, the first after the one
    that refused in its order, around to the one before; returns how many applications were granted.

    Only what the account would have been good for as it was opened (`class_cdf` [quality, class], `limits` [class,
    standing, quantile] at `price_ppm`, `accepted` [class]) is tried: households are used to the limit they were
    given, and so is how often they turn to their other lenders. The account asked meets the lender's ration of the
    day; no third is asked.
    `who`, `wanted`, `kinds` and `count` list refusals by lane; `asked`, `lent` and `rationed` [lender], fen x weight,
    receive the answers, `asked` [lenders] what found no account with room.
    """
    made = 0
    for lane in range(LANES):
        for n in range(count[lane]):
            h, fen = np.int64(who[lane, n]), np.int64(wanted[lane, n])
            start, several = np.int64(first[h]), np.int64(first[h + 1]) - np.int64(first[h])
            own = 0
            while lender[rows[start + own]] != mine:
                own += 1
            here = rows[start + own]
            a0, a1, a2, a3 = philox(
                account_key[0], account_key[1], np.uint32(0), np.uint32(h), np.uint32(mine), np.uint32(0)
            )
            k = first_above(a0, class_cdf[trait[h] % QUALITIES])
            limit = np.int64(limits[k, standing[here], a1 >> np.uint32(24)]) * price_ppm // 1_000_000
            if not accepted[k] or np.int64(used[here]) + fen > limit:
                continue
            w, kind, p = np.int64(weight[here]), kinds[lane, n], asked.size - 1
            for step in range(1, several):
                r = rows[start + (own + step) % several]
                if ration[lender[r]] > 0 and fen <= unused(
                    r, month, room_ppm[kind], lender, granted, joined, ceiling, used, missed
                ):
                    p = np.int64(lender[r])
                    break
            asked[p] += w * fen
            if p == asked.size - 1:
                continue
            d0, d1, d2, d3 = philox(key[0], key[1], np.uint32(day), np.uint32(h), np.uint32(mine), np.uint32(fen))
            if np.uint64(d0) >= ration[p]:
                rationed[p] += w * fen
                continue
            used[r] += fen
            lent[p] += w * fen
            taken[made], taken_fen[made], taken_kind[made] = r, fen, kind
            made += 1
    return made
