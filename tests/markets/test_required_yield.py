"""Required yields: a hand-worked one, the sign of each part, and mandates' refusals and limits."""

from __future__ import annotations

from dataclasses import replace
from math import exp, sqrt

import pytest

from sim.markets.mandates import MandateTerms, NoteView, refusal, room_fen
from sim.markets.required_yield import Conditions, holders_return_bp, required_yield, residual_yield_bp

SENIOR = NoteView("d", "senior", "originator:x", 0, "AAA", 12, 360, 400, 900)
NOW = Conditions(risk_free_bp=250, turnover_ppm=250_000, disclosure_ppm=500_000)
MANDATE = MandateTerms(
    trust_ppm=600_000, aversion_milli=300, loss_given_default_ppm=400_000, opacity_bp=100, horizon_months=6,
    waiting_bp=40,
)  # fmt: skip


def test_a_hand_worked_yield() -> None:
    parts = required_yield(MANDATE, SENIOR, NOW)
    # Belief 0.6 x 400 + 0.4 x 900 = 600 ppm a year.
    assert parts.expected_loss_bp == pytest.approx(10_000 * 600e-6 * 0.4)  # 2.4 bp
    assert parts.risk_bp == pytest.approx(0.3 * 10_000 * 0.4 * sqrt(600e-6 * (1 - 600e-6)))  # 29.38 bp
    # Money stays six months on average, the notes twelve: 1 - exp(-2) to have to sell, at the usual turnover.
    assert parts.liquidity_bp == pytest.approx(40 * (1 - exp(-SENIOR.life_days / 180)) / 2)
    assert parts.disclosure_bp == pytest.approx(0.3 * 100 * 0.5)
    assert parts.total_bp == round(250 + 2.4 + 29.385 + 17.293 + 15)


@pytest.mark.parametrize(
    ("mandate", "note", "now", "sign"),
    [
        ({}, {}, {"disclosure_ppm": 900_000}, -1),
        ({}, {}, {"turnover_ppm": 500_000}, -1),
        ({}, {}, {"risk_free_bp": 300}, 1),
        ({}, {"rated_default_ppm": 4_000}, {}, 1),
        ({}, {"seen_default_ppm": 4_000}, {}, 1),
        ({}, {"life_days": 720}, {}, 1),
        ({"horizon_months": 12}, {}, {}, -1),
        ({"aversion_milli": 600}, {}, {}, 1),
        ({"opacity_bp": 300}, {}, {}, 1),
        ({"capital_bp": 15}, {}, {}, 1),
        ({}, {"weight_bp": 10_000}, {}, 0),
        ({}, {"record_months": 35}, {}, 1),
        ({"green_bp": 10}, {"green": True}, {}, -1),
        ({"green_bp": 10}, {}, {}, 0),
    ],
)
def test_each_part_moves_the_yield_its_way(
    mandate: dict[str, int], note: dict[str, int], now: dict[str, int], sign: int
) -> None:
    before = required_yield(MANDATE, SENIOR, NOW).total_bp
    after = required_yield(MANDATE.model_copy(update=mandate), replace(SENIOR, **note), replace(NOW, **now)).total_bp
    assert (after > before) - (after < before) == sign


def test_own_funds_cost_in_proportion_to_the_risk_weight() -> None:
    """15 bp at 20 %, so 75 at 100 %: 100 % x ratio 11 % x (9.5 - 2.5 %) = 77 (RUL16, RUL17, BKS08)."""
    bank = MANDATE.model_copy(update={"capital_bp": 15})
    asked = [required_yield(bank, replace(SENIOR, weight_bp=weight), NOW).capital_bp for weight in (2_000, 10_000)]
    assert asked == [15, 75]


def test_full_disclosure_leaves_no_discount_and_trust_no_own_view() -> None:
    assert required_yield(MANDATE, SENIOR, replace(NOW, disclosure_ppm=1_000_000)).disclosure_bp == 0
    trusting = MANDATE.model_copy(update={"trust_ppm": 1_000_000})
    one, other = (required_yield(trusting, replace(SENIOR, seen_default_ppm=s), NOW) for s in (0, 90_000))
    assert one == other


def test_the_residual_earns_what_the_pool_leaves() -> None:
    # 12 % - 2 % - 1 % - 90 % x 5 % = 4.5 % over 10 %: 45 %.
    worked = residual_yield_bp(
        income_ppm=120_000, loss_ppm=20_000, cost_ppm=10_000, senior_share_ppm=900_000, senior_coupon_bp=500
    )
    assert worked == 4_500
    assert residual_yield_bp(income_ppm=0, loss_ppm=0, cost_ppm=0, senior_share_ppm=1_000_000, senior_coupon_bp=1) == 0


def test_mandates_refuse_by_threshold_letter_appetite_class_and_tenor() -> None:
    def why(note: NoteView, mandate: MandateTerms = MANDATE, assets: int = 10**12) -> str | None:
        return refusal(mandate, note, qualifying_fen=assets, entry_threshold_fen=10**9)

    assert why(SENIOR) is None
    assert "threshold" in str(why(SENIOR, assets=10**8))
    assert why(replace(SENIOR, rating="AA")) == "rated AA, below AA+"
    assert "risk-averse" in str(why(replace(SENIOR, rank=2)))
    assert why(replace(SENIOR, rank=2), MandateTerms(appetite="medium")) is None
    assert "48 months" in str(why(replace(SENIOR, months=48)))
    residual = replace(SENIOR, rank=2, rating="unrated", months=48)
    assert "residual" in str(why(residual, MandateTerms(appetite="medium")))
    assert why(residual, MandateTerms(appetite="residual")) is None


def test_room_is_the_smaller_of_two_limits_and_never_negative() -> None:
    mandate = MandateTerms(per_originator_ppm=100_000, per_tranche_ppm=500_000)
    room = {"assets_fen": 10_000, "tranche_fen": 600, "of_tranche_fen": 0}
    assert room_fen(mandate, of_originator_fen=0, **room) == 300  # half of the class
    assert room_fen(mandate, of_originator_fen=900, **room) == 100  # a tenth of assets, 900 of it taken
    assert room_fen(mandate, of_originator_fen=1_200, **room) == 0


def test_holders_of_a_residual_get_their_first_return_then_a_share_to_their_hurdle() -> None:
    terms = {"front_bp": 800, "hurdle_bp": 1_500, "share_bp": 2_000}
    assert [holders_return_bp(left, **terms) for left in (-500, 500, 800, 1_300, 4_300, 34_762)] == [
        -500, 500, 800, 900, 1_500, 1_500
    ]  # fmt: skip


def test_an_issuer_earns_its_line_and_its_yield_with_its_record() -> None:
    new = replace(SENIOR, record_months=0)
    half, known = replace(SENIOR, record_months=18), replace(SENIOR, record_months=60)
    assert [note.newness_ppm for note in (new, half, known)] == [1_000_000, 500_000, 0]
    mandate = MandateTerms(per_originator_ppm=100_000, first_line_ppm=200_000, newness_bp=100)
    parts = [required_yield(mandate, note, NOW).newness_bp for note in (new, half, known)]
    assert parts == [100, 50, 0]
    of = {"assets_fen": 10_000, "tranche_fen": 10**6, "of_tranche_fen": 0, "of_originator_fen": 0}
    rooms = [room_fen(mandate, newness_ppm=note.newness_ppm, **of) for note in (new, half, known)]
    assert rooms == [200, 600, 1_000]
