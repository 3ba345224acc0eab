"""A bank's allowances at a month's end: general loans by expected loss and regulation, joint ones by days past due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import joint_arrears
from sim.agents.bank_accounts import MILLION
from sim.agents.bank_credit import inflow_ppm
from sim.calendar import date_of
from sim.markets import provisions

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank

MONTHS = 12


def provide(bank: CommercialBank, profit_fen: int) -> None:
    """Bring allowances to where the month leaves them; `profit_fen` is what it has earned in it so far.

    How many years ahead a bank looks is read from the allowance it opens with, at its first closing.
    """
    ledger, claim, memory = bank.place.ledger, bank.corporate_claim, bank.memory
    owed, bad = ledger.nominal(claim), int(memory["npl_fen"])
    year, trend = yearly_loss_ppm(bank, bank.place.stress_milli), yearly_loss_ppm(bank, 0)
    lost = MILLION - bank.balance.conduct.recovered_ppm
    if not memory["years_ahead_milli"]:
        memory["years_ahead_milli"] = provisions.years_ahead_milli(
            bad * bank.balance.coverage_ppm // MILLION, performing_fen=owed - bad, bad_fen=bad, lost_ppm=lost,
            year_ppm=year, trend_ppm=trend,
        )  # fmt: skip
    expected = provisions.expected_fen(
        performing_fen=owed - bad, bad_fen=bad, lost_ppm=lost, year_ppm=year, trend_ppm=trend,
        years_milli=memory["years_ahead_milli"],
    )  # fmt: skip
    held = ledger.allowance(claim)
    wanted = provisions.allowance_fen(held, required=required_fen(bank), expected=expected, profit_fen=profit_fen)
    ledger.provide(claim, min(wanted, owed) - held)
    joint_arrears.provide(bank)


def yearly_loss_ppm(bank: CommercialBank, stress_milli: int) -> int:
    """Loss it expects in a year on performing loans, at the risk it takes and as it monitors, ppm."""
    conduct, memory = bank.balance.conduct, bank.memory
    a_month = inflow_ppm(
        conduct, clientele_ppm=bank.balance.clientele_ppm, stress_milli=stress_milli, risk_ppm=memory["risk_ppm"],
        monitoring_ppm=memory["monitoring_ppm"], luck=0,
    )  # fmt: skip
    return MONTHS * a_month * (MILLION - conduct.recovered_ppm) // MILLION


def required_fen(bank: CommercialBank) -> int:
    """The least allowance of its general loans by the regulation of the day, fen."""
    conduct, today = bank.balance.conduct, date_of(bank.place.day)
    relief = next(
        (ppm for start, ppm in sorted(conduct.coverage_relief_ppm.items(), reverse=True) if start <= today), 0
    )
    slack = bank.slack_ppm(int(bank.last["capital_ppm"]))
    return provisions.required_fen(int(bank.memory["npl_fen"]), conduct.coverage_asked_ppm, relief, slack)
