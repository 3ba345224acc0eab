"""What banks ask of each other and of platforms, against numbers worked by hand."""

from __future__ import annotations

import pytest

from sim.markets import bank_lending, interbank


def test_confidence_falls_in_a_line_to_the_minimum() -> None:
    trust = [interbank.confidence_ppm(ppm, 105_000, 15_000) for ppm in (90_000, 105_000, 112_500, 120_000, 150_000)]
    assert trust == [0, 0, 500_000, 1_000_000, 1_000_000]


def test_a_doubted_bank_pays_more_and_gets_less() -> None:
    base = {"policy_ppm": 40_000, "spread_ppm": -14_000, "term_premium_ppm": 6_000}
    assert interbank.rate_ppm("overnight", doubt_ppm=0, **base) == 26_000
    assert interbank.rate_ppm("7_days", doubt_ppm=0, **base) == 27_500
    assert interbank.rate_ppm("3_months", doubt_ppm=500_000, **base) == 38_000
    assert interbank.limit_fen(1_000, 250_000, 500_000) == 125
    assert interbank.limit_fen(-5, 250_000, 500_000) == 0


def test_a_need_is_met_in_lots_in_the_order_of_offers() -> None:
    assert interbank.place_need(25, [12, 40, 40], 10) == [10, 20, 0]
    assert interbank.place_need(25, [9, 9], 10) == [0, 0]
    assert interbank.place_need(0, [50], 10) == [0]
    assert interbank.place_need(-3, [50], 10) == [0]


def test_a_lines_limit_is_the_least_of_three_and_its_rate_rises_with_debt() -> None:
    ask = {"tier1_fen": 10**13, "share_ppm": 100_000, "appetite_ppm": 1_000_000, "capital_room_fen": 10**13}
    assert bank_lending.line_limit_fen(borrower_equity_fen=10**13, leverage_ppm=500_000, **ask) == 10**12
    assert bank_lending.line_limit_fen(borrower_equity_fen=10**11, leverage_ppm=500_000, **ask) == 5 * 10**10
    assert bank_lending.line_limit_fen(borrower_equity_fen=-1, leverage_ppm=500_000, **ask) == 0
    short = ask | {"capital_room_fen": 7 * 10**9}
    assert bank_lending.line_limit_fen(borrower_equity_fen=10**13, leverage_ppm=500_000, **short) == 7 * 10**9
    rates = [
        bank_lending.line_rate_ppm(
            cost_ppm=40_000, spread_ppm=8_000, leverage_spread_ppm=2_000, debt_fen=debt, equity_fen=equity
        )
        for debt, equity in ((0, 100), (300, 100), (100_000, 100), (0, -1))
    ]
    assert rates == [48_000, 54_000, 88_000, 88_000]


JOINT = {
    "appetite_fen": 4 * 10**12, "capital_room_fen": 10**13, "held_fen": 10**12,
    "others_fen": 10**12, "loss_ppm": 25_000, "expected_loss_ppm": 25_000, "single_cap_fen": None, "all_cap_fen": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "limit"),
    [
        ({}, 3 * 10**12),  # 4 trn fen of appetite less what others have
        ({"loss_ppm": 50_000}, 15 * 10**11),
        ({"appetite_fen": 2 * 10**12}, 10**12),
        ({"capital_room_fen": 0}, 10**12),
        ({"single_cap_fen": 2 * 10**12}, 2 * 10**12),
        ({"all_cap_fen": 25 * 10**11}, 15 * 10**11),
        ({"all_cap_fen": 0}, 0),
    ],
)
def test_a_joint_quota_shrinks_with_losses_capital_and_rules(change: dict[str, int], limit: int) -> None:
    assert bank_lending.joint_limit_fen(**(JOINT | change)) == limit  # type: ignore[arg-type]


def test_the_rate_of_joint_loans_adds_up() -> None:
    charge = bank_lending.capital_charge_ppm(
        capital_ppm=120_000, weight_bp=7_500, equity_return_ppm=120_000, funding_ppm=20_000
    )
    asked = {"cost_ppm": 20_000 + charge, "loss_ppm": 25_000, "margin_ppm": 20_000, "appetite_fen": 100}
    rates = [bank_lending.joint_rate_ppm(held_fen=held, **asked) for held in (0, 50, 100, 500)]
    assert rates == [20_000 + 9_000 + 25_000 + margin for margin in (10_000, 20_000, 30_000, 30_000)]


def test_capital_carries_what_its_ratio_allows() -> None:
    room = {"risk_weighted_fen": 800, "wanted_ppm": 100_000, "weight_bp": 5_000}
    assert bank_lending.capital_room_fen(capital_fen=100, **room) == 400
    assert bank_lending.capital_room_fen(capital_fen=70, **room) == 0
