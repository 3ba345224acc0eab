"""What a bank offers a platform: limit and rate of a line, quota of joint loans and the rate it asks of them."""

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


def line_rate_ppm(*, cost_ppm: int, spread_ppm: int, leverage_spread_ppm: int, debt_fen: int, equity_fen: int) -> int:
    """Marginal cost of funds and capital + spread + the leverage spread x debt / net assets (at most 20), ppm a year.

    >>> line_rate_ppm(cost_ppm=40_000, spread_ppm=8_000, leverage_spread_ppm=2_000, debt_fen=300, equity_fen=100)
    54000
    """
    leverage_ppm = min(20 * MILLION, debt_fen * MILLION // max(1, equity_fen)) if equity_fen > 0 else 20 * MILLION
    return cost_ppm + spread_ppm + leverage_spread_ppm * leverage_ppm // MILLION


def joint_limit_fen(
    *, appetite_fen: int, capital_room_fen: int, held_fen: int, others_fen: int, loss_ppm: int,
    expected_loss_ppm: int, single_cap_fen: int | None, all_cap_fen: int | None, slack_ppm: int = MILLION,
) -> int:  # fmt: skip
    """The most a bank is ready to hold of one platform's joint loans, fen.

    Its appetite for all of them, shrunk by what it holds with others and, once the platform's losses
    run beyond what was expected, by expected / observed; beyond what it holds in proportion to its capital's slack, and
    never more than its capital still carries; and never beyond the rules' caps where there are any (None: no rule).
    """
    appetite = appetite_fen - others_fen
    if loss_ppm > expected_loss_ppm:
        appetite = appetite * expected_loss_ppm // loss_ppm
    limit = min(appetite, held_fen + max(0, appetite - held_fen) * slack_ppm // MILLION, held_fen + capital_room_fen)
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


def capital_charge_ppm(*, capital_ppm: int, weight_bp: int, equity_return_ppm: int, funding_ppm: int) -> int:
    """What the capital of a loan costs beyond the funds it replaces: ratio x risk weight x (return asked - funds), ppm.

    >>> capital_charge_ppm(capital_ppm=120_000, weight_bp=7_500, equity_return_ppm=120_000, funding_ppm=20_000)
    9000
    """
    return capital_ppm * weight_bp // 10_000 * max(0, equity_return_ppm - funding_ppm) // MILLION


def joint_rate_ppm(*, cost_ppm: int, loss_ppm: int, margin_ppm: int, held_fen: int, appetite_fen: int) -> int:
    """Yearly rate asked on joint loans: marginal cost of funds and capital + expected loss + margin x (1/2 + part of
    the appetite used, at most 1), ppm. The less of its appetite is left, the more the next yuan must earn: one more
    loan of a kind it holds much of spreads no risk (assumption; half the appetite used asks the margin itself).

    >>> [joint_rate_ppm(cost_ppm=40_000, loss_ppm=25_000, margin_ppm=20_000, held_fen=held, appetite_fen=100)
    ...  for held in (0, 50, 400)]
    [75000, 85000, 95000]
    """
    used = min(MILLION, held_fen * MILLION // appetite_fen) if appetite_fen > 0 else MILLION
    return cost_ppm + loss_ppm + margin_ppm * (MILLION // 2 + used) // MILLION


def capital_room_fen(*, capital_fen: int, risk_weighted_fen: int, wanted_ppm: int, weight_bp: int) -> int:
    """How much more of an asset of this risk weight the capital carries at the wanted ratio; 0 if it is short, fen."""
    carried = capital_fen * MILLION // max(1, wanted_ppm) - risk_weighted_fen
    return max(0, carried * 10_000 // weight_bp)


def _step(fen: int) -> int:
    return fen // ANNOUNCED_STEP_FEN * ANNOUNCED_STEP_FEN
