"""What a bank offers a platform: the limit and rate of a line, the quota and rate of joint loans."""

from __future__ import annotations

MILLION = 1_000_000
ANNOUNCED_STEP_FEN = 100_000_000
"""Quotas are announced in whole millions of yuan."""


def line_limit_fen(
    *, tier1_fen: int, share_ppm: int, appetite_ppm: int, capital_room_fen: int, borrower_equity_fen: int,
    leverage_ppm: int,
) -> int:  # fmt: skip
    """Limit of a line to a platform, drawn and undrawn: the least of a share of the bank's tier 1 (times its appetite
    for risk over the mean one), what its capital still carries, and a multiple of the platform's net assets; fen."""
    own = max(0, tier1_fen) * share_ppm // MILLION * min(2 * MILLION, appetite_ppm) // MILLION
    theirs = max(0, borrower_equity_fen) * leverage_ppm // MILLION
    return _step(min(own, theirs, max(0, capital_room_fen)))


def line_rate_ppm(*, policy_ppm: int, spread_ppm: int, leverage_spread_ppm: int, debt_fen: int, equity_fen: int) -> int:
    """Policy rate + spread + the leverage spread x debt / net assets (at most 20), ppm a year.

    >>> line_rate_ppm(policy_ppm=40_000, spread_ppm=8_000, leverage_spread_ppm=2_000, debt_fen=300, equity_fen=100)
    54000
    """
    leverage_ppm = min(20 * MILLION, debt_fen * MILLION // max(1, equity_fen)) if equity_fen > 0 else 20 * MILLION
    return policy_ppm + spread_ppm + leverage_spread_ppm * leverage_ppm // MILLION


def joint_limit_fen(
    *, assets_fen: int, share_ppm: int, risk_ppm: int, capital_room_fen: int, held_fen: int, others_fen: int,
    loss_ppm: int, expected_loss_ppm: int, single_cap_fen: int | None, all_cap_fen: int | None,
) -> int:  # fmt: skip
    """The most a bank is ready to hold of one platform's joint loans, fen.

    Its appetite (share of assets x risk share w), shrunk by what it holds with others and, once the platform's losses
    run beyond what was expected, by expected / observed; never more than what it holds plus what its capital still
    carries; and never beyond the rules' caps where there are any (None: no rule).
    """
    appetite = assets_fen * share_ppm // MILLION * risk_ppm // MILLION - others_fen
    if loss_ppm > expected_loss_ppm:
        appetite = appetite * expected_loss_ppm // loss_ppm
    limit = min(appetite, held_fen + capital_room_fen)
    if single_cap_fen is not None:
        limit = min(limit, single_cap_fen)
    if all_cap_fen is not None:
        limit = min(limit, all_cap_fen - others_fen)
    return _step(max(0, limit))


def alone_limit_fen(*, joint_limit_fen: int, share_ppm: int, days: int, ready_days: int) -> int:
    """The most a bank is ready to hold of loans it makes alone with a platform, fen: a share of its quota of joint
    loans, in a straight line over the days it takes to learn to judge them itself.

    >>> bn = 10**11
    >>> [alone_limit_fen(joint_limit_fen=20 * bn, share_ppm=700_000, days=d, ready_days=360) // bn for d in (90, 360)]
    [3, 14]
    """
    part = min(days, ready_days) * MILLION // ready_days
    return _step(joint_limit_fen * share_ppm // MILLION * part // MILLION)


def joint_rate_ppm(
    *, funding_ppm: int, loss_ppm: int, capital_ppm: int, weight_bp: int, equity_return_ppm: int, margin_ppm: int
) -> int:
    """Yearly rate asked on joint loans: funding + expected loss + capital (ratio x risk weight x return over funding)
    + margin, ppm.

    >>> joint_rate_ppm(funding_ppm=20_000, loss_ppm=25_000, capital_ppm=120_000, weight_bp=7_500,
    ...                equity_return_ppm=120_000, margin_ppm=20_000)
    74000
    """
    capital = capital_ppm * weight_bp // 10_000 * max(0, equity_return_ppm - funding_ppm) // MILLION
    return funding_ppm + loss_ppm + capital + margin_ppm


def capital_room_fen(*, capital_fen: int, risk_weighted_fen: int, wanted_ppm: int, weight_bp: int) -> int:
    """How much more of an asset of this risk weight the capital carries at the wanted ratio; 0 if it is short, fen."""
    carried = capital_fen * MILLION // max(1, wanted_ppm) - risk_weighted_fen
    return max(0, carried * 10_000 // weight_bp)


def _step(fen: int) -> int:
    return fen // ANNOUNCED_STEP_FEN * ANNOUNCED_STEP_FEN
