"""Valuation: each special case against the method it is, and the probability of default against its density."""

from __future__ import annotations

import numpy as np
import pytest
from claim_networks import system
from scipy.integrate import quad
from scipy.stats import norm

from sim.contagion.cascade import furfine
from sim.contagion.clearing import clear
from sim.contagion.debtrank import debtrank
from sim.contagion.valuation import default_probability, neva

SEEDS = range(30)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rank", ["senior", "pari_passu"])
def test_eisenberg_noe_and_rogers_veraart_are_clearing(seed, rank):
    liabilities, assets, outside = system(seed)
    for method, costs in (("eisenberg_noe", {}), ("rogers_veraart", {"alpha": 0.6, "beta": 0.8})):
        found = neva(liabilities.T, assets, outside, valuation=method, external_rank=rank, **costs)
        cleared = clear(liabilities, assets, external_liabilities=outside, external_rank=rank, **costs)
        assert np.allclose(found.equity, cleared.equity, atol=1e-9)
        assert found.external_rank == rank
        assert found.converged


def balance_sheets(seed, nodes=8):
    draw = np.random.default_rng(seed)
    exposures = draw.lognormal(0, 1, (nodes, nodes)) * (draw.random((nodes, nodes)) < 0.3)
    np.fill_diagonal(exposures, 0.0)
    outside = draw.lognormal(2, 0.5, nodes)
    equity = draw.lognormal(0, 0.5, nodes)
    return exposures, equity + outside + exposures.sum(axis=0) - exposures.sum(axis=1) + 0.0, outside, equity


@pytest.mark.parametrize("seed", SEEDS)
def test_linear_debtrank_is_a_valuation(seed):
    exposures, assets, outside, equity = balance_sheets(seed)
    lost = np.random.default_rng(seed).uniform(0, 0.6, len(equity)) * equity
    found = neva(
        exposures,
        np.maximum(assets, lost) - lost,
        outside + np.maximum(lost - assets, 0) - np.minimum(0, assets - np.maximum(assets, lost)),
        valuation="linear_debtrank",
        reference_equity=equity,
        recovery=0.3,
    )
    stress = debtrank(exposures, equity, lost / equity, loss_given_default=0.7).stress
    assert np.allclose(np.clip(1 - found.equity / equity, 0, 1), stress, atol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_furfine_is_a_valuation(seed):
    exposures, assets, outside, equity = balance_sheets(seed)
    keep = np.maximum(assets, 0.0)
    owed = outside + keep - assets
    owed[0] += 2 * equity[0]
    found = neva(exposures, keep, owed, valuation="furfine", recovery=0.4)
    failed = furfine(exposures, np.where(np.arange(len(equity)) == 0, -1.0, equity), {0}, loss_given_default=0.6).failed
    assert np.array_equal(found.equity <= 0, failed)
    assert np.array_equal(found.values, np.where(failed, 0.4, 1.0))


@pytest.mark.parametrize(
    ("equity", "assets", "spread"), [(5, 100, 0.05), (1, 10, 0.3), (20, 100, 0.1), (0.01, 1, 0.02)]
)
def test_black_cox_is_the_integral_of_the_density_of_first_passage(equity, assets, spread):
    barrier, drift = np.log(1 - equity / assets), -(spread**2) / 2

    def density(t):
        return (
            -barrier
            / (spread * np.sqrt(2 * np.pi * t**3))
            * np.exp(-((barrier - drift * t) ** 2) / (2 * spread**2 * t))
        )

    found = default_probability(np.array([equity], float), np.array([assets], float), np.array([spread]))
    assert found[0] == pytest.approx(quad(density, 0, 1, epsabs=1e-12)[0], rel=1e-8)
    merton = default_probability(
        np.array([equity * 1.0]), np.array([assets * 1.0]), np.array([spread]), at_any_time=False
    )
    assert merton[0] == pytest.approx(norm.cdf((barrier - drift) / spread), rel=1e-12)
    assert merton[0] < found[0]


def test_limits_of_the_probability_of_default():
    probability = default_probability(
        np.array([0.0, -1.0, 5.0, 12.0, 5.0]), np.full(5, 10.0), np.array([0.1] * 4 + [0.0])
    )
    assert probability.tolist()[:2] == [1.0, 1.0]
    assert probability.tolist()[3:] == [0.0, 0.0]


def test_claims_are_marked_down_before_anybody_defaults_and_more_with_more_volatility():
    exposures, assets, outside, _ = balance_sheets(1)
    assets = np.maximum(assets, 1.0)
    calm = neva(exposures, assets, outside, volatility=0.01)
    rough = neva(exposures, assets, outside, volatility=0.2)
    at_end = neva(exposures, assets, outside, volatility=0.2, valuation="merton")
    known = neva(exposures, assets, outside, volatility=0.2, recovery=0.6)
    assert (rough.equity <= calm.equity + 1e-12).all()
    assert (rough.equity <= at_end.equity + 1e-12).all()
    assert (rough.equity <= known.equity + 1e-12).all()
    assert (rough.losses >= 0).all()
    # a fixed point: equity and values agree
    again = 1 - default_probability(rough.equity, assets, np.full(len(assets), 0.2))
    assert np.allclose(rough.values, again, atol=1e-11)
    assert np.allclose(rough.equity, assets - outside + exposures @ rough.values - exposures.sum(axis=0))


def test_a_bank_without_interbank_liabilities_and_one_alone():
    found = neva([[0, 5, 0], [0, 0, 0], [0, 0, 0]], [10, 4, 3], [9, 1, 1])
    assert found.face_equity.tolist() == [6.0, -2.0, 2.0]
    assert found.values[1] == 0.0
    assert found.equity[0] == pytest.approx(1.0)


def test_linear_debtrank_refuses_banks_that_have_failed_before():
    with pytest.raises(ValueError, match="not positive at the start at 1"):
        neva([[0, 5], [0, 0]], [10, 4], [9, 1], valuation="linear_debtrank")
