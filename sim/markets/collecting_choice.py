"""How hard a lender collects: what one more collector brings back, what he costs, what may come of him.

Pure functions of what the lender knows: who is past due with it, how many of them it saw default, whose loss that is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.credit.terms import Ppm, Terms, term

MILLION = 1_000_000
STEP_MILLI = 100
"""Pressures are tried in tenths of a unit: the value is flat near its top."""
MONTHS_SEEN = 12
"""Months of its own record that a lender goes by, like its belief of a year's defaults."""


class CollectingTerms(Terms):
    """What collecting takes, and within what bounds a lender chooses it; 0 is as in the fitted book, -1 is none."""

    cost_ppm: int = term(
        50_000, "Cost of collectors (kappa): pressure c costs a month kappa (1 + c)^2 / 2 of what is past due and not "
        "yet in default; that of c = 0 is part of running cost.", unit="ppm a month",
        source="assumption, at which one who bears about 60 % of the loss collects as in the fitted book",
        span=[20_000, 120_000], ge=1, le=MILLION,
    )  # fmt: skip
    next_funding_ppm: Ppm = term(
        300_000, "Part of losses that others bear which it counts as its own, because those who fund it look at all it "
        "services before they do so again; of one that goes on lending.", unit="ppm",
        source="assumption (MODEL section 4: letters, and quotas of joint loans, follow the whole book)",
        span=[0, 600_000],
    )  # fmt: skip
    softest: float = term(
        -1.0, "Least pressure it can choose.", unit="pressure", source="definition: no collectors at all", ge=-1, le=2
    )
    hardest: float = term(
        1.5, "Most pressure it can choose.", unit="pressure", source="assumption", span=[0.5, 2], ge=-1, le=2
    )

    def choices_milli(self) -> range:
        """Every pressure it may choose, thousandths, softest first."""
        first, last = round(self.softest * 1000), round(self.hardest * 1000)
        return range(first, max(first, last) + 1, STEP_MILLI)


@dataclass(frozen=True)
class Arrears:
    """A look at a lender's own book: past due and not yet in default, performing, the pressure it collected with."""

    past_due_fen: int
    performing_fen: int
    pressure_milli: int


def default_chance(seen: Sequence[Arrears], default_ppm: int, effect: float) -> float:
    """Monthly chance that a yuan past due defaults when it is collected at pressure 0.

    Who defaults was past due before: the monthly default rate `default_ppm` of what performs, over what of it is past
    due (sums over sums of the months seen), taken back in logits by the mean pressure under which that was so.
    `effect`: logits by which a unit of pressure lowers the chance.

    >>> round(default_chance([Arrears(80, 10_000, 0), Arrears(120, 10_000, 0)], 2_500, 0.5), 6)
    0.25
    >>> round(default_chance([Arrears(100, 10_000, 1000)], 2_500, 0.5), 4)  # logit(0.25) + 0.5
    0.3547
    """
    past_due = sum(month.past_due_fen for month in seen)
    defaulting = default_ppm * sum(month.performing_fen for month in seen) / MILLION
    share = min(0.99, max(0.01, defaulting / max(1, past_due)))
    pressed = sum(month.past_due_fen * month.pressure_milli for month in seen) / max(1, past_due) / 1000
    return _logistic(math.log(share / (1.0 - share)) + effect * pressed)


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def stake_ppm(*, borne_ppm: int, loss_given_default_ppm: int, next_funding_ppm: int, fees_ppm: int) -> int:
    """What a yuan past due that is brought back is worth to who collects it, ppm.

    LGD x [rho + (1 - rho) x what it counts of others' losses] + fees that a living loan goes on to bring a servicer.
    With rho = 0 and nothing counted a servicer collects for its fees alone (moral hazard: ECO08).

    >>> stake_ppm(borne_ppm=400_000, loss_given_default_ppm=880_000, next_funding_ppm=500_000, fees_ppm=10_000)
    626000
    """
    counted = borne_ppm + (MILLION - borne_ppm) * next_funding_ppm // MILLION
    return counted * loss_given_default_ppm // MILLION + fees_ppm


def pressure_milli(
    terms: CollectingTerms, *, chance: float, effect: float, stake: int, order_cost_ppm: Mapping[int, int]
) -> int:
    """c*: the pressure, thousandths, that maximises a month's - stake x p(c) - kappa (1 + c)^2 / 2 - cost of orders(c).

    All of a yuan past due; p(c) = logistic(logit p(0) - effect x c). `order_cost_ppm`: by pressure, the chance that
    complaints bring an order times what lending less would cost, of what is past due; none where it says nothing.
    Rounded to billionths, so that no last bit of a logarithm decides; of equal ones the softest.
    """
    base = math.log(chance / (1.0 - chance))
    values = {
        c: round(
            -stake * 1e3 * _logistic(base - effect * c / 1000)
            - terms.cost_ppm * 1e3 * (1 + c / 1000) ** 2 / 2
            - order_cost_ppm.get(c, 0) * 1e3
        )
        for c in terms.choices_milli()
    }
    return max(values, key=lambda c: (values[c], -c))


def cost_beyond_usual_ppm(cost_ppm: int, pressure: int) -> int:
    """Cost a month of a pressure (thousandths) beyond that of pressure 0, ppm of what is past due; below 0 if softer.

    >>> cost_beyond_usual_ppm(50_000, 1_000), cost_beyond_usual_ppm(50_000, -1_000)
    (75000, -25000)
    """
    return cost_ppm * ((1_000 + pressure) ** 2 - MILLION) // (2 * MILLION)
