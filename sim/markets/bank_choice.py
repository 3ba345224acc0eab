"""How much risk a bank takes and how hard it watches its borrowers, chosen together.

Securitisation enters twice: it makes assets liquid, which lets the bank hold more risk, and it takes part of the loss
off the bank, which weakens the reason to monitor, unless what was sold is expected to come back.
"""

from __future__ import annotations

from dataclasses import dataclass

MILLION = 1_000_000
GRID = 100
"""Answers are rounded to a hundredth of a percent, so that last bits of floating point cannot matter."""


@dataclass(frozen=True)
class Circumstances:
    """What a bank's choice depends on; shares and probabilities are fractions of 1.

    rate: margin earned on the risky portfolio a year (R).  default: yearly default probability of what nobody monitors
    (p0).  loss_given_default: LGD.  monitoring_effect: share of defaults that full monitoring prevents (eta).
    monitoring_cost: kappa, of kappa m^2 / 2.  illiquidity_cost: gamma, of gamma / 2 x (illiquid need)^2.
    illiquidity: what a unit of risk needs in liquid means (a).  liquid_means: those it has without selling (l0).
    liquidity_of_sales: how much more per unit of sigma (l1).  securitised: share of its loans sold or held as tradable
    notes (sigma).  comes_back: the chance that what was sold comes back (q).  state: 1 in normal times, more in a
    crisis (S).  failure: chance a year that a bank with everything at risk (w = 1) fails (pi).  stake: what its owners
    then lose, per unit of assets (v).
    """

    rate: float
    default: float
    loss_given_default: float
    monitoring_effect: float
    monitoring_cost: float
    illiquidity_cost: float
    illiquidity: float
    liquid_means: float
    liquidity_of_sales: float
    securitised: float = 0.0
    comes_back: float = 0.0
    state: float = 1.0
    failure: float = 0.0
    stake: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no share, no probability or no cost."""
        for name in ("default", "loss_given_default", "monitoring_effect", "securitised", "comes_back", "failure"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it is a share from 0 to 1")
        for name in ("monitoring_cost", "illiquidity_cost", "illiquidity"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")
        if self.state <= 0 or min(self.liquid_means, self.liquidity_of_sales, self.stake) < 0:
            raise ValueError("state must be above 0, and liquid means and the owners' stake are 0 or more")

    @property
    def kept(self) -> float:
        """k = 1 - sigma (1 - q): the part of a loss that stays with the bank."""
        return 1 - self.securitised * (1 - self.comes_back)

    @property
    def liquid(self) -> float:
        """l0 + l1 sigma: liquid means."""
        return self.liquid_means + self.liquidity_of_sales * self.securitised

    @property
    def unwatched_default(self) -> float:
        """p0 S: yearly default probability of what nobody monitors, in this state; at most 1."""
        return min(1.0, self.default * self.state)

    @property
    def bite(self) -> float:
        """c = eta p0 S LGD k: what a unit of monitoring saves per unit of risk."""
        return self.monitoring_effect * self.unwatched_default * self.loss_given_default * self.kept

    @property
    def margin(self) -> float:
        """(R - p0 S LGD) k: what a unit of unmonitored risk earns."""
        return (self.rate - self.unwatched_default * self.loss_given_default) * self.kept

    @property
    def caution(self) -> float:
        """2 pi v: by how much a unit of risk more raises what another one costs the owners."""
        return 2 * self.failure * self.stake


@dataclass(frozen=True)
class Choice:
    """Risk share w and monitoring m, in ppm of 1."""

    risk_ppm: int
    monitoring_ppm: int


def value(c: Circumstances, w: float, m: float) -> float:
    """What the bank maximises: w k (R - PD LGD) - kappa m^2/2 - gamma/2 max(0, a w - l0 - l1 sigma)^2 - pi w^2 v, with
    PD = p0 S (1 - eta m); yearly, per unit of assets.

    pi w^2 is the chance that it fails (the variance of what it earns rises with the square of w), v what its owners
    lose with it: a bank with little capital and little to earn has less to lose and takes more risk (Hellmann, Murdock
    and Stiglitz, AER 90 (2000) 147; Keeley, AER 80 (1990) 1183).
    """
    short = max(0.0, c.illiquidity * w - c.liquid)
    earned = w * (c.margin + c.bite * m) - c.monitoring_cost * m * m / 2
    return earned - c.illiquidity_cost * short * short / 2 - c.caution * w * w / 2


def best_monitoring(c: Circumstances, w: float) -> float:
    """m*(w) = eta p0 S LGD w k / kappa, at most 1."""
    return min(1.0, c.bite * w / c.monitoring_cost)


def choose(c: Circumstances) -> Choice:
    """The (w, m) in [0, 1] x [0, 1] of greatest value, rounded to 0.01 %.

    Inside: m = c w / kappa and w = (margin + gamma a l) / (gamma a^2 + 2 pi v - c^2 / kappa), l = l0 + l1 sigma and c
    the bite of monitoring; while liquid means suffice, the same without gamma. The value is piecewise quadratic in w
    once m = m*(w), with joints where liquid means end and where monitoring is full, so the best of its stationary
    points, joints and ends is the maximum; among equals the least risk. Where gamma a^2 + 2 pi v <= c^2 / kappa (a bite
    so great that more risk pays for its own monitoring, as in a deep crisis) the value curves upward inside, and the
    maximum is an end or a joint.
    """
    points = [0.0, 1.0, c.liquid / c.illiquidity]
    pull = c.illiquidity_cost * c.illiquidity * c.liquid
    for gain, curvature in (
        (c.margin, c.caution),
        (c.margin + pull, c.illiquidity_cost * c.illiquidity**2 + c.caution),
    ):
        inner = curvature - c.bite**2 / c.monitoring_cost
        if inner > 0:
            points.append(gain / inner)
        if curvature > 0:
            points.append((gain + c.bite) / curvature)
    if c.bite > 0:
        points.append(c.monitoring_cost / c.bite)
    inside = sorted({round(min(1.0, max(0.0, w)), 12) for w in points})
    best = max(inside, key=lambda w: (round(value(c, w, best_monitoring(c, w)), 12), -w))
    return Choice(_ppm(best), _ppm(best_monitoring(c, best)))


def monitoring_elasticity(c: Circumstances) -> float:
    """d ln m / d ln sigma = eps_w - sigma (1 - q) / k inside, eps_w the elasticity of w to sigma.

    Negative: what is sold weakens monitoring. It turns positive where most of what is sold comes back.
    """
    gamma, a, kappa = c.illiquidity_cost, c.illiquidity, c.monitoring_cost
    top, bottom = c.margin + gamma * a * c.liquid, gamma * a * a + c.caution - c.bite**2 / kappa
    fall = 1 - c.comes_back  # -dk / dsigma
    d_top = -fall * c.margin / c.kept + gamma * a * c.liquidity_of_sales
    d_bottom = 2 * c.bite * c.bite * fall / (c.kept * kappa)
    return c.securitised * (d_top / top - d_bottom / bottom - fall / c.kept)


def default_probability(c: Circumstances, choice: Choice) -> float:
    """PD = p0 S (1 - eta m): yearly, of the risky portfolio as monitored."""
    return c.unwatched_default * (1 - c.monitoring_effect * choice.monitoring_ppm / MILLION)


def _ppm(share: float) -> int:
    return GRID * round(share * MILLION / GRID)
