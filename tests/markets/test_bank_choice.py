"""Risk and monitoring: the worked example, a brute-force search, the sign flip of crisis, and the tail of losses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from sim.markets.bank_choice import (
    Choice,
    Circumstances,
    best_monitoring,
    choose,
    default_probability,
    monitoring_elasticity,
    value,
)

BANK = Circumstances(
    rate=0.05, default=0.03, loss_given_default=0.6, monitoring_effect=0.5, monitoring_cost=0.02, illiquidity_cost=0.2,
    illiquidity=1.0, liquid_means=0.3, liquidity_of_sales=0.5, securitised=0.1,
)  # fmt: skip
SOLD = replace(BANK, securitised=0.6)
CRISIS = replace(BANK, state=2.0, comes_back=0.9)
CRISIS_SOLD = replace(CRISIS, securitised=0.6)


@pytest.mark.parametrize(
    ("bank", "risk", "monitoring"),
    [(BANK, 0.50, 0.20), (SOLD, 0.67, 0.12), (CRISIS, 0.46, 0.41), (CRISIS_SOLD, 0.72, 0.61)],
)
def test_the_worked_example_to_two_digits(bank: Circumstances, risk: float, monitoring: float) -> None:
    choice = choose(bank)
    assert round(choice.risk_ppm / 1e6, 2) == risk
    assert round(choice.monitoring_ppm / 1e6, 2) == monitoring


def test_signs_two_by_two() -> None:
    """Normal times: risk up, monitoring down (BNK01). Crisis: risk up, monitoring up (BNK02)."""
    normal, normal_sold, crisis, crisis_sold = (choose(b) for b in (BANK, SOLD, CRISIS, CRISIS_SOLD))
    assert normal_sold.risk_ppm > normal.risk_ppm
    assert normal_sold.monitoring_ppm < normal.monitoring_ppm
    assert crisis_sold.risk_ppm > crisis.risk_ppm
    assert crisis_sold.monitoring_ppm > crisis.monitoring_ppm


def test_where_the_signs_end() -> None:
    """Risk rises only while liquidity gained outweighs the margin given away: l1 > (R - PD LGD)(1 - q)/(a gamma)."""
    for l1, rises in ((0.02, False), (0.5, True)):
        few, many = (choose(replace(BANK, liquidity_of_sales=l1, securitised=s)) for s in (0.1, 0.2))
        assert (many.risk_ppm > few.risk_ppm) is rises
    flip = [monitoring_elasticity(replace(SOLD, state=2.0, comes_back=q / 10)) > 0 for q in range(11)]
    assert flip == sorted(flip)
    assert (flip[0], flip[-1]) == (False, True)


def test_the_elasticity_is_the_slope_of_the_choice() -> None:
    for bank in (BANK, SOLD, CRISIS, CRISIS_SOLD):
        step = 1e-5
        w = [_inside(replace(bank, securitised=bank.securitised * (1 + d))) for d in (-step, step)]
        m = [
            best_monitoring(replace(bank, securitised=bank.securitised * (1 + d)), x)
            for d, x in zip((-step, step), w, strict=True)
        ]
        assert monitoring_elasticity(bank) == pytest.approx((np.log(m[1]) - np.log(m[0])) / (2 * step), abs=1e-5)


def _inside(c: Circumstances) -> float:
    """w from the two first-order conditions, solved as a linear system in w and m."""
    a = np.array([[c.illiquidity_cost * c.illiquidity**2, -c.bite], [-c.bite, c.monitoring_cost]])
    w, _ = np.linalg.solve(a, [c.margin + c.illiquidity_cost * c.illiquidity * c.liquid, 0.0])
    return float(w)


NUMBERS = st.tuples(
    st.floats(-0.05, 0.3), st.floats(0, 0.3), st.floats(0.1, 1), st.floats(0, 1), st.floats(0.002, 0.2),
    st.floats(0.01, 1), st.floats(0.3, 2), st.floats(0, 1.5), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1),
    st.floats(0.5, 3),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(NUMBERS)
def test_no_point_of_a_grid_is_better(numbers: tuple[float, ...]) -> None:
    bank = Circumstances(*numbers)
    choice = choose(bank)
    w, m = np.meshgrid(np.linspace(0, 1, 101), np.linspace(0, 1, 101))
    short = np.maximum(0, bank.illiquidity * w - bank.liquid)
    grid = w * (bank.margin + bank.bite * m) - bank.monitoring_cost * m**2 / 2 - bank.illiquidity_cost * short**2 / 2
    assert value(bank, choice.risk_ppm / 1e6, choice.monitoring_ppm / 1e6) >= grid.max() - 1e-4


def test_corners() -> None:
    hopeless = choose(replace(BANK, rate=-1.0))
    assert hopeless == Choice(0, 0)
    flush = choose(replace(BANK, rate=0.4))
    assert flush.risk_ppm == 1_000_000
    watchful = choose(replace(BANK, rate=0.4, monitoring_cost=0.004))
    assert watchful == Choice(1_000_000, 1_000_000)
    no_default = choose(replace(BANK, default=0.0))
    assert no_default.monitoring_ppm == 0


def test_a_crisis_however_deep_leaves_a_choice_at_an_end() -> None:
    """gamma kappa a^2 <= (eta p0 S LGD k)^2: the value curves upward, so all or nothing; and no chance exceeds 1."""
    deep = replace(BANK, state=20.0)
    assert deep.illiquidity_cost * deep.monitoring_cost * deep.illiquidity**2 <= deep.bite**2
    assert choose(deep) == Choice(0, 0)
    assert choose(replace(deep, rate=0.6)).risk_ppm == 1_000_000
    deepest = replace(BANK, state=1e6)
    assert default_probability(deepest, Choice(0, 0)) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"securitised": 1.1}, {"comes_back": -0.1}, {"monitoring_cost": 0.0}, {"illiquidity": 0.0}, {"state": 0.0}],
)
def test_what_is_no_share_or_cost_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(BANK, **wrong)


def tail_loss(bank: Circumstances, share: float = 0.999, correlation: float = 0.15) -> float:
    """Loss on the risky portfolio, kept part only, at a quantile of the large-pool distribution (Vasicek)."""
    choice = choose(bank)
    pd = default_probability(bank, choice)
    bad = norm.cdf((norm.ppf(pd) + correlation**0.5 * norm.ppf(share)) / (1 - correlation) ** 0.5)
    return float(choice.risk_ppm / 1e6 * bank.kept * bad * bank.loss_given_default)


def breach(bank: Circumstances, cushion: float, correlation: float = 0.15) -> float:
    """Probability that losses exceed a capital cushion over the minimum."""
    choice = choose(bank)
    pd = default_probability(bank, choice)
    most = min(0.999999, cushion / (choice.risk_ppm / 1e6 * bank.kept * bank.loss_given_default))
    return float(norm.cdf((norm.ppf(pd) - (1 - correlation) ** 0.5 * norm.ppf(most)) / correlation**0.5))


def test_securitisation_raises_the_tail_of_a_banks_losses_when_what_is_sold_comes_back() -> None:
    """BNK03: overall risk rises: the 99 % loss and the chance of breaching the minimum, taken where losses are made,
    in the bad state, by the portfolio chosen in normal times."""
    for quantile in (0.99, 0.999):
        assert _caught(SOLD, quantile) > _caught(BANK, quantile)
        assert tail_loss(CRISIS_SOLD, quantile) > tail_loss(CRISIS, quantile)
    assert breach(CRISIS_SOLD, 0.04) > breach(CRISIS, 0.04)


def _caught(bank: Circumstances, quantile: float) -> float:
    """The tail loss of a choice made in normal times when the crisis comes and sales return."""
    chosen = choose(bank)
    bad = replace(bank, state=2.0, comes_back=0.9)
    pd = default_probability(bad, chosen)
    share = norm.cdf((norm.ppf(pd) + 0.15**0.5 * norm.ppf(quantile)) / 0.85**0.5)
    return float(chosen.risk_ppm / 1e6 * bad.kept * share * bad.loss_given_default)
