"""Products: how a loan is repaid, and what it costs the borrower.

Everything is in fen. Equal parts are floored and the remainder falls into the last payment, so a schedule always adds
up to its principal exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Method = Literal["flat_fee", "level_payment", "equal_principal", "bullet"]
METHODS: tuple[str, ...] = ("flat_fee", "level_payment", "equal_principal", "bullet")


@dataclass(frozen=True)
class Schedule:
    """A repayment plan: principal and interest (or fee) of each monthly payment, in fen."""

    principal: tuple[int, ...]
    interest: tuple[int, ...]

    @property
    def payments(self) -> tuple[int, ...]:
        """What the borrower pays each month, in fen."""
        return tuple(p + i for p, i in zip(self.principal, self.interest, strict=True))


def equal_parts(total_fen: int, parts: int) -> tuple[int, ...]:
    """Split an amount into equal floored parts, the remainder in the last."""
    part = total_fen // parts
    return (part,) * (parts - 1) + (total_fen - part * (parts - 1),)


def flat_fee_total(principal_fen: int, months: int, fee_ppm: int) -> int:
    """Total flat fee: original principal x monthly rate x months, rounded half up to the fen (Baitiao's rule,
    PRD05/PRD06)."""
    return (2 * principal_fen * fee_ppm * months + 1_000_000) // 2_000_000


def schedule(
    principal_fen: int, months: int, *, method: Method, monthly_fee_rate: float = 0.0, annual_rate: float = 0.0
) -> Schedule:
    """The repayment plan of a loan.

    Args:
        principal_fen: amount lent, fen.
        months: number of monthly payments.
        method: "flat_fee": equal principal plus a fee of `monthly_fee_rate` of the *original* principal each month;
            "level_payment": annuity at `annual_rate`/12; "equal_principal": equal principal plus interest on the
            balance; "bullet": interest monthly, principal at the end.
        monthly_fee_rate: share of the original principal per month (0.005 = 0.5 %).
        annual_rate: nominal rate per year, monthly rests (0.12 = 12 %).

    Raises:
        ValueError: an amount, term or rate that no loan can have; the message names the argument.
    """
    if principal_fen <= 0:
        raise ValueError(f"principal_fen must be positive, got {principal_fen}")
    if months <= 0:
        raise ValueError(f"months must be at least 1, got {months}")
    if monthly_fee_rate < 0 or annual_rate < 0:
        raise ValueError(
            f"rates must not be negative, got monthly_fee_rate={monthly_fee_rate}, annual_rate={annual_rate}"
        )
    rate_ppm = round(annual_rate * 1_000_000)
    if method == "flat_fee":
        fee_ppm = round(monthly_fee_rate * 1_000_000)
        fees = equal_parts(flat_fee_total(principal_fen, months, fee_ppm), months)
        return Schedule(equal_parts(principal_fen, months), fees)
    if method == "equal_principal":
        return _on_balance(principal_fen, equal_parts(principal_fen, months), rate_ppm)
    if method == "bullet":
        return _on_balance(principal_fen, (0,) * (months - 1) + (principal_fen,), rate_ppm)
    if method == "level_payment":
        return _level(principal_fen, months, rate_ppm)
    raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")


def _month_interest(balance_fen: int, annual_ppm: int) -> int:
    return (2 * balance_fen * annual_ppm + 12_000_000) // 24_000_000


def _on_balance(principal_fen: int, parts: tuple[int, ...], annual_ppm: int) -> Schedule:
    interest, balance = [], principal_fen
    for part in parts:
        interest.append(_month_interest(balance, annual_ppm))
        balance -= part
    return Schedule(parts, tuple(interest))


def _level(principal_fen: int, months: int, annual_ppm: int) -> Schedule:
    if annual_ppm == 0:
        return Schedule(equal_parts(principal_fen, months), (0,) * months)
    monthly = annual_ppm / 12_000_000
    payment = int(principal_fen * monthly / (1 - (1 + monthly) ** -months))
    principal, interest, balance = [], [], principal_fen
    for k in range(months):
        charge = _month_interest(balance, annual_ppm)
        part = balance if k == months - 1 else min(balance, max(0, payment - charge))
        principal.append(part)
        interest.append(charge)
        balance -= part
    return Schedule(tuple(principal), tuple(interest))


def annual_percentage_rate(
    principal_fen: int,
    payments_fen: Sequence[int],
    *,
    periods_per_year: int = 12,
    convention: Literal["nominal", "effective"] = "nominal",
) -> float:
    """The annual percentage rate: periods per year x the internal rate of return per period ("nominal", as in JD's
    Table 3), or the compounded rate ("effective").

    Solved by bisection on the net present value, which falls in the rate as long as payments are not negative.

    Raises:
        ValueError: payments are negative, or add up to less than the principal (no rate >= 0 exists).
    """
    if principal_fen <= 0:
        raise ValueError(f"principal_fen must be positive, got {principal_fen}")
    if any(p < 0 for p in payments_fen):
        raise ValueError("payments_fen must not be negative")
    if sum(payments_fen) < principal_fen:
        raise ValueError(f"payments add up to {sum(payments_fen)} fen, less than the principal of {principal_fen} fen")
    if convention not in ("nominal", "effective"):
        raise ValueError(f"convention must be 'nominal' or 'effective', got {convention!r}")

    def value(rate: float) -> float:
        discounted, factor = 0.0, 1.0
        for payment in payments_fen:
            factor /= 1 + rate
            discounted += payment * factor
        return discounted - principal_fen

    low, high = 0.0, 1.0
    while value(high) > 0:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if value(middle) > 0 else (low, middle)
    rate = (low + high) / 2
    return periods_per_year * rate if convention == "nominal" else (1 + rate) ** periods_per_year - 1
