"""Lending between banks: what it costs, how far one trusts another, and who lends how much of what is asked."""

from __future__ import annotations

from collections.abc import Sequence

MILLION = 1_000_000
TENOR_DAYS = {"overnight": 1, "7_days": 7, "3_months": 91, "last_resort": 1, "emergency": 1}
"""Maturities, calendar days; `last_resort` is the standing window of the rest of the system, `emergency` what it lends
beyond to a bank that can no longer pay."""
BACKED = ("last_resort", "emergency")
"""Loans of the windows: at a penalty rate, against bonds or everything the bank has, and so outside a bail-in."""
TERM_SHARE_PPM = {"overnight": 0, "7_days": 250_000, "3_months": 1_000_000}


def rate_ppm(tenor: str, policy_ppm: int, spread_ppm: int, term_premium_ppm: int, doubt_ppm: int) -> int:
    """Policy rate + interbank spread + the tenor's share of the term premium + doubt about the borrower, ppm a year.

    Doubt (1 - confidence, in ppm) costs up to two more term premia: banks that others still trust a little pay more.
    """
    term = term_premium_ppm * TERM_SHARE_PPM[tenor] // MILLION
    return max(0, policy_ppm + spread_ppm + term + 2 * term_premium_ppm * doubt_ppm // MILLION)


def confidence_ppm(capital_ppm: int, minimum_ppm: int, buffer_ppm: int) -> int:
    """How far a bank is trusted by its last published capital ratio: 0 at the minimum or below, rising in a line to 1
    (a million) at minimum + buffer."""
    return max(0, min(MILLION, (capital_ppm - minimum_ppm) * MILLION // buffer_ppm))


def limit_fen(lender_tier1_fen: int, share_ppm: int, confidence: int) -> int:
    """The most one bank lends another: a share of its tier 1, scaled by confidence in the borrower, fen."""
    return max(0, lender_tier1_fen) * share_ppm // MILLION * confidence // MILLION


def place_need(need_fen: int, offers: Sequence[int], lot_fen: int) -> list[int]:
    """What each lender gives of a need, in the order of the offers: each all it offers in whole lots, until the need is
    met; the last one gives lots enough to cover it. The sum may exceed the need by less than a lot, or fall short."""
    given, left = [], need_fen
    for offer in offers:
        wanted = -(-left // lot_fen) * lot_fen if left > 0 else 0
        part = min(wanted, offer // lot_fen * lot_fen)
        given.append(part)
        left -= part
    return given
