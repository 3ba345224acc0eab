"""What a deal owes for services and in tax: terms and the integer arithmetic of each."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import model_validator

from sim.calendar import day_of
from sim.deals.fields import BP, PPM, PartyId, Terms, term
from sim.ledger.arithmetic import accrued_interest

DAYS_PER_YEAR = 365


class FeeTerms(Terms):
    """One fee: who is paid, from which line, and on what it is computed."""

    payee: Literal["manager", "custodian", "agency", "servicer"] | PartyId = term(
        description="A role of this deal, or a party id such as world:merchants", unit="role or party"
    )
    step: Literal["issuance", "operating", "expense", "front", "back"] = term(
        "operating",
        description="Line of the order of payment: issuance costs (once, on the first payment date); operating fees; "
        "expenses up to the priority cap (the rest after interest); front servicing fee before senior interest; back "
        "servicing fee after all seniors",
        unit="line",
        source="deal grammar section 4",
    )
    basis: Literal["pool", "notes", "income"] = term(
        "pool",
        description="Rate a year on the pool or on the notes at the start of the period, or rate on income collections",
        unit="basis",
    )
    rate_ppm: int = term(0, description="Rate on the basis", unit="ppm a year (ppm for income)", between=(0, 200_000))
    fixed_fen: int = term(
        0, description="Amount a year besides the rate", unit="fen a year (fen once for issuance)", between=(0, 10**12)
    )

    @model_validator(mode="after")
    def _owes_something(self) -> FeeTerms:
        if self.rate_ppm == 0 and self.fixed_fen == 0:
            raise ValueError("fee: give rate_ppm or fixed_fen above 0, or remove the fee")
        if self.step == "issuance" and self.basis == "income":
            raise ValueError("fee: an issuance cost is paid once, before any income; set basis to pool or notes")
        return self


class TaxTerms(Terms):
    """A tax on interest collected, in force from a date."""

    from_date: date = term(alias="from", description="First day on which interest collected is taxed", unit="date")
    until: date | None = term(None, description="Last day of the tax; null while it stays in force", unit="date")
    rate_ppm: int = term(
        description="Rate on interest collected",
        unit="ppm",
        source="VAT by the simplified method 3 % / 1.03 with 12 % surcharges = 32,600 ppm; deal grammar section 6",
        between=(1, 500_000),
    )
    payee: PartyId = term("world:state", description="Who receives the tax", unit="party")

    @model_validator(mode="after")
    def _dates_in_order(self) -> TaxTerms:
        if self.until is not None and self.until < self.from_date:
            raise ValueError(f"tax: until {self.until} lies before from {self.from_date}; put the later date in until")
        return self


def round_half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator rounded half up, for non-negative integers."""
    return (2 * numerator + denominator) // (2 * denominator)


def interest_fen(balance_fen: int, rate_bp: int, days: int) -> int:
    """Balance x rate x days / 365, simple interest rounded half up to the fen."""
    return accrued_interest(balance_fen, rate_bp * (PPM // BP), days)


def fee_fen(fee: FeeTerms, *, pool_fen: int, notes_fen: int, income_fen: int, days: int) -> int:
    """A period's fee: balance x rate x days / 365, or income x rate; plus fixed x days / 365; both half up to the fen.

    Issuance costs are no yearly fee: balance x rate + fixed, whatever the days.
    """
    if fee.step == "issuance":
        return round_half_up((pool_fen if fee.basis == "pool" else notes_fen) * fee.rate_ppm, PPM) + fee.fixed_fen
    if fee.basis == "income":
        on_rate = round_half_up(income_fen * fee.rate_ppm, PPM)
    else:
        balance = pool_fen if fee.basis == "pool" else notes_fen
        on_rate = round_half_up(balance * fee.rate_ppm * days, PPM * DAYS_PER_YEAR)
    return on_rate + round_half_up(fee.fixed_fen * days, DAYS_PER_YEAR)


def tax_fen(tax: TaxTerms, day: int, interest_collected_fen: int) -> int:
    """Tax on interest collected on `day`, half up to the fen; 0 outside the dates of the tax."""
    if day < day_of(tax.from_date) or (tax.until is not None and day > day_of(tax.until)):
        return 0
    return round_half_up(interest_collected_fen * tax.rate_ppm, PPM)
