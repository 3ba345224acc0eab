"""How debts may be collected: hard collection leads to incidents, a published incident to an order (RSK30, AGT22)."""

from __future__ import annotations

import math

from sim.credit.terms import Ppm, Terms, term

MILLION = 1_000_000


class ConductTerms(Terms):
    """What the regulator of conduct tolerates and orders."""

    tolerated_milli: int = term(
        500, "Collection pressure up to which nobody complains of violence.", unit="1/1000 of a unit of pressure",
        source="assumption", span=[200, 800], ge=0, le=5_000,
    )  # fmt: skip
    incident_ppm: Ppm = term(
        200_000, "Chance a month of a published incident for every unit of pressure beyond that, at a lender with a "
        "hundredth of the market's loans overdue.", unit="ppm a month", source="assumption", span=[50_000, 500_000],
    )  # fmt: skip
    order_days: int = term(
        180, "How long an order holds.", unit="days", source="assumption (RSK30: slower lending)", span=[90, 365], ge=1,
        le=1_500,
    )  # fmt: skip
    lending_ppm: Ppm = term(
        700_000, "Part of what it would lend that a lender under order may lend.", unit="ppm",
        source="assumption (RSK30: slower lending)", span=[300_000, 900_000],
    )  # fmt: skip


def incident_ppm(terms: ConductTerms, pressure_milli: int, overdue_share_ppm: int) -> int:
    """Chance of a published incident in a month, ppm.

    rate x (pressure - tolerated) x sqrt(share of all overdue debt / 1 %): the more debtors a lender presses, the
    likelier one of them is heard; 0 at the tolerated pressure or below.
    """
    beyond = max(0, pressure_milli - terms.tolerated_milli)
    size = math.sqrt(overdue_share_ppm / 10_000)
    return min(MILLION, round(terms.incident_ppm * beyond / 1000 * size))
