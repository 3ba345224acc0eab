"""What a plan collects: where borrowers' money arrives, when it may be spent, and what the servicer hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.calendar import BANK, date_of
from sim.credit.kernels import layout as at
from sim.deals.fees import tax_fen
from sim.ledger import Code

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.agents.spv import Spv


COUNTED = (
    ("prepaid", at.PREPAID),
    ("recovered", at.RECOVERED),
    ("written_off", at.WRITTEN_OFF),
    ("defaulted", at.NEW_DEFAULT),
)
"""Flows of the book that are counted as they are, see `spv.FLOW_COUNTS`."""


def take(spv: Spv, flow: list[int]) -> None:
    """Note the day's collections (in the order of the book's flows), posted a moment ago, for the period's accounts and
    taxes."""
    repaid, income = flow[at.PRINCIPAL] + flow[at.PREPAID], flow[at.FEE_PAID] + flow[at.PENALTY]
    memory = spv.memory
    arrive(spv, "collected_today" if spv.commingled else "arrived_today", repaid + flow[at.RECOVERED], income)
    period, life, taxes = memory["period"], memory["life"], memory["taxes"]
    period["principal"] += repaid
    life["principal"] += repaid
    period["income"] += income
    life["income"] += income
    for what, number in COUNTED:
        if fen := flow[number]:
            period[what] += fen
            life[what] += fen
    for name, tax in spv.terms.taxes.items():
        taxes[name] = taxes.get(name, 0) + tax_fen(tax, spv.place.day, income)


def arrive(spv: Spv, where: str, principal: int, income: int) -> None:
    """Count what was collected: by where it is, and, after a calculation day, as of the next payment date."""
    held, day = spv.memory[where], spv.place.day
    held["principal"] += principal
    held["income"] += income
    upcoming = spv.schedule.next_after(day - 1)
    if upcoming is not None and day > upcoming.collections_to:
        after = spv.memory["after_calculation"]
        after["principal"] += principal
        after["income"] += income


def kept_for_next_date(spv: Spv, part: str) -> int:
    """Cash in an account that was collected after the calculation day: what the servicer still holds came last."""
    at_servicer = spv.memory["at_servicer"][part] + spv.memory["collected_today"][part]
    after: int = spv.memory["after_calculation"][part]
    return max(0, after - int(at_servicer))


def note_recovery(spv: Spv, fen: int) -> None:
    """An estate has paid; the cash is in the principal account."""
    arrive(spv, "arrived_today", fen, 0)
    for counts in (spv.memory["period"], spv.memory["life"]):
        counts["recovered"] += fen


def take_remittance(spv: Spv, servicer: Originator) -> None:
    """Collections of earlier days come over from the servicer, when the terms say so."""
    if not spv.active or not _remittance_day(spv):
        return
    _bring_over(spv, servicer, spv.memory["at_servicer"])
    # Collections of an ended period are paid out on its date, though they come after its calculation day.
    spv.memory["at_servicer"] = {"principal": 0, "income": 0}
    spv.memory["remitted"] = spv.place.day


def _bring_over(spv: Spv, servicer: Originator, held: dict[str, int]) -> None:
    """Remitted at hour REMIT, the collections of earlier days can settle today's purchases."""
    ledger, claim = spv.place.ledger, spv.collected_claim(servicer)
    if not any(held.values()):
        return
    servicer.must_pay(sum(held.values()))
    for part in ("principal", "income"):
        ledger.remit(claim, held[part], servicer.party, spv.account(part))


def settle_with_servicer(spv: Spv) -> None:
    """On the last payment date nothing stays at the servicer: it pays over all it holds, or, failed, what it holds
    is lost."""
    servicer = spv.originator
    today, earlier = spv.memory["collected_today"], spv.memory["at_servicer"]
    held = {part: today[part] + earlier[part] for part in today}
    if servicer.failed:
        claims = spv.claims_on(servicer.party)
        lost = [spv.place.ledger.nominal(claim) for claim in claims]
        for claim, parts in zip(claims, spv.place.ledger.causes_of(servicer.party, lost), strict=True):
            for fen, cause in parts:
                spv.write_off_claim(claim, cause, fen)
    else:
        _bring_over(spv, servicer, held)
    for where in ("collected_today", "at_servicer"):
        spv.memory[where] = {"principal": 0, "income": 0}


def _remittance_day(spv: Spv) -> bool:
    terms, day = spv.terms.remittance, spv.place.day
    if terms.frequency == "daily" or spv.memory["perfected"]:
        return True
    month_start = day - date_of(day).day + 1
    return day == BANK.add(month_start - 1, max(1, terms.working_days_after))


def earn_interest(spv: Spv, rate_ppm: int) -> None:
    """A day's deposit interest from the custodian, to the income account; fractions of a fen are carried."""
    memory, ledger = spv.memory, spv.place.ledger
    scaled = ledger.cash_in(spv.accounts.values()) * rate_ppm + memory["deposit_rest"]
    fen, memory["deposit_rest"] = divmod(scaled, 365 * 1_000_000)
    if fen:
        ledger.pay(spv.custodian, spv.accounts["income"], fen, Code.INTEREST, deal=spv.name)
        memory["period"]["income"] += fen
