"""The chance that an issuer fails, what a class loses then, and the yield asked for both."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import pytest

from sim.markets import issuer_risk
from sim.markets.issuer_risk import IssuerBeliefTerms
from sim.markets.mandates import MandateTerms, NoteView
from sim.markets.protection import ProtectionTerms
from sim.markets.required_yield import Conditions, failure_bp, required_yield

BELIEFS = IssuerBeliefTerms(
    asset_sd_ppm=80_000, banks_pay_ppm=900_000, owners_pay_ppm=600_000, recovery_ppm=500_000, transfer_days=60
)  # fmt: skip
SENIOR = NoteView("d", "senior", "originator:x", 0, "AAA", 12, 360, 400, 400)
NOW = Conditions(risk_free_bp=250, turnover_ppm=250_000, disclosure_ppm=500_000)
MANDATE = MandateTerms(aversion_milli=400, loss_given_default_ppm=400_000)


def chance(net_assets: int, *, owned: bool = False) -> int:
    return issuer_risk.failure_ppm(BELIEFS, net_assets_fen=net_assets, behind_fen=1_000, owned_by_banks=owned)


def lost(*, monthly: bool = False, days: int = 60, true_sale: bool = True, commingled: bool = True) -> int:
    stuck = issuer_risk.stuck_ppm(
        payment_ppm=200_000, commingled=commingled, monthly=monthly, days_after=1, transfer_days=days
    )
    of_pool = issuer_risk.pool_loss_ppm(BELIEFS, stuck=stuck, true_sale=true_sale)
    return issuer_risk.class_loss_ppm(of_pool, support_ppm=100_000, thickness_ppm=900_000)


def test_the_fewer_net_assets_the_likelier_it_fails_and_owners_make_it_less_likely() -> None:
    assert chance(-100) > chance(0) == 200_000 > chance(80) > chance(150) > chance(400) == 0
    assert chance(80, owned=True) == chance(80) // 4
    assert issuer_risk.failure_ppm(BELIEFS, net_assets_fen=0, behind_fen=0, owned_by_banks=False) == 0


def test_cash_kept_longer_is_lost_and_a_sale_that_does_not_hold_loses_more() -> None:
    assert lost(commingled=False) == 0
    assert lost(days=0) == 0  # a day of collections is less than the support
    assert 0 < lost() < lost(monthly=True) < lost(monthly=True, days=120) < lost(true_sale=False)
    assert lost(true_sale=False) == (500_000 - 100_000) * 1_000_000 // 900_000


def test_a_hand_worked_premium() -> None:
    """2 % a year that a tenth is lost: 20 bp expected; sd sqrt((.4 sqrt(.0004))^2 + (.1 sqrt(.0196))^2)."""
    weak = replace(SENIOR, failure_ppm=20_000, failure_loss_ppm=100_000)
    parts = required_yield(MANDATE, weak, NOW)
    pool = 0.4 * sqrt(0.0004 * 0.9996)
    assert failure_bp(weak) == pytest.approx(20)
    thin = replace(weak, failure_loss_ppm=1_000_000)
    assert required_yield(MANDATE, thin, NOW) == required_yield(MANDATE, replace(weak, failure_loss_ppm=400_000), NOW)
    assert parts.risk_bp == pytest.approx(0.4 * 10_000 * pool)
    more = sqrt(pool**2 + 0.1**2 * 0.02 * 0.98) - pool
    assert parts.issuer_bp == pytest.approx(20 + 0.4 * 10_000 * more)
    assert required_yield(MANDATE, SENIOR, NOW).issuer_bp == 0
    assert parts.total_bp - required_yield(MANDATE, SENIOR, NOW).total_bp == round(parts.issuer_bp)


def test_protection_on_a_class_leaves_the_risk_of_its_issuer() -> None:
    second = replace(SENIOR, rank=1, rating="AA+", rated_default_ppm=30_000, seen_default_ppm=30_000)
    weak = replace(second, failure_ppm=20_000, failure_loss_ppm=100_000)
    now = replace(NOW, protection=ProtectionTerms())
    asked = required_yield(MANDATE, weak, now)
    assert asked.protection_bp > 0 == asked.risk_bp
    assert asked.issuer_bp > required_yield(MANDATE, weak, NOW).issuer_bp
