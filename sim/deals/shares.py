"""Exact pro-rata sharing of an amount in fen."""

from __future__ import annotations

from collections.abc import Sequence


def pro_rata(amount_fen: int, claims_fen: Sequence[int]) -> list[int]:
    """Shares of `amount_fen` in proportion to the claims, by largest remainder (ties to the earlier).

    They add up exactly, unless every claim is 0. An amount not above the sum of the claims gives no share above its
    claim.
    """
    total = sum(claims_fen)
    if total == 0:
        return [0] * len(claims_fen)
    shares = [amount_fen * claim // total for claim in claims_fen]
    by_remainder = sorted(range(len(claims_fen)), key=lambda i: (-(amount_fen * claims_fen[i] % total), i))
    for i in by_remainder[: amount_fen - sum(shares)]:
        shares[i] += 1
    return shares
