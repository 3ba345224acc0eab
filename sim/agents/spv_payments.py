"""A plan's payment dates: what it puts before the waterfall, and the posting of every line that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import spv_collections, spv_life, spv_notes, spv_servicing, spv_triggers
from sim.deals.fees import round_half_up
from sim.deals.fields import PPM
from sim.deals.payment_calendar import PaymentDate, Phase
from sim.deals.position import Carry, Holdings, position_on
from sim.deals.waterfall import distribute
from sim.deals.waterfall_lines import Distribution, Line, LineKind, Position
from sim.ledger import Code

if TYPE_CHECKING:
    from sim.agents.spv import Spv


def carry(spv: Spv) -> Carry:
    """What earlier payment dates hand to the next."""
    return Carry.from_data(spv.memory["carry"]) if spv.memory["carry"] else Carry()


def interest_and_fees_due(spv: Spv, when: PaymentDate) -> int:
    """Interest of all rated notes, fees and taxes that the next payment date will ask for, as known today, fen."""
    income = spv.memory["period"]["income"]
    on_income = sum([round_half_up(income * rate_ppm, PPM) for rate_ppm in spv.fees_on_income])
    taxes: dict[str, int] = spv.memory["taxes"]
    return due_whatever_comes_in(spv, when) + on_income + sum([taxes.get(name, 0) for name in spv.terms.taxes])


def due_whatever_comes_in(spv: Spv, when: PaymentDate) -> int:
    """The same of any payment date without what moves from day to day, fees and taxes on income: computed once for
    each date until one is paid."""
    known = spv.known_due.get(when)
    if known is None:
        known = spv.known_due[when] = _due_on(spv, when)
    return known


def _due_on(spv: Spv, when: PaymentDate) -> int:
    """Interest and fees of a payment date as if no income had been collected, and what was carried to it."""
    outstanding = {name: spv.outstanding_fen(name) for name in spv.terms.ranked}
    held = Holdings(0, 0, outstanding, pool_fen=spv.memory["period_start_pool"])
    p = position_on(spv.terms, spv.schedule, when, carry(spv), held, phase=Phase.REVOLVING)
    interest = sum(p.tranches[name].accrued_fen + p.tranches[name].unpaid_fen for name in spv.terms.seniors)
    return interest + sum(p.fees_fen.values()) + sum(p.taxes_fen.values())


def support_available(spv: Spv) -> int:
    """What the deficiency payer can still pay this plan."""
    if spv.terms.guarantor is None:
        return 0
    guarantor = spv.place.guarantors[spv.terms.guarantor.removeprefix("guarantor:")]
    return guarantor.available_fen(spv.name, spv.party)


def position(spv: Spv, when: PaymentDate, phase: Phase, *, is_final: bool, extra_principal_fen: int = 0) -> Position:
    """Everything the waterfall may look at. What came in after the calculation day waits for the next date, except on
    the last; `extra_principal_fen` tries what a sale of the pool would bring."""
    period, life = spv.memory["period"], spv.memory["life"]
    kept = {part: 0 if is_final else spv_collections.kept_for_next_date(spv, part) for part in ("income", "principal")}
    # Defaulted loans that were bought back at book are made good, in whichever period that happens.
    defaulted = life["defaulted"] - life["defaulted_bought_back"] - carry(spv).defaulted_fen
    held = Holdings(
        income_fen=max(0, spv.cash("income") - kept["income"]),
        principal_fen=max(0, spv.cash("principal") - kept["principal"]) + extra_principal_fen,
        outstanding_fen={name: spv.outstanding_fen(name) for name in spv.terms.ranked},
        pool_fen=spv.memory["period_start_pool"], collected_income_fen=period["income"], taxes_fen=spv.memory["taxes"],
        defaulted_fen=max(0, defaulted), reserve_fen=spv.cash("reserve"),
        spread_fen=spv.cash("spread"), support_fen=support_available(spv),
    )  # fmt: skip
    return position_on(
        spv.terms,
        spv.schedule,
        when,
        carry(spv),
        held,
        phase=phase,
        servicer_caused=spv.originator.failed,
        is_final=is_final,
    )


def pay(spv: Spv) -> None:
    """Hour PAY: every day the triggers that count days; on a payment date the waterfall, its postings, and all
    triggers."""
    spv_triggers.test_day(spv)
    when = spv.schedule.on(spv.place.day)
    if when is None:
        return
    spv_triggers.test_before_payment(spv)
    phase = spv_triggers.phase(spv, when)
    is_final = spv_life.call_or_wind_up(spv, when, phase)
    before = position(spv, when, phase, is_final=is_final)
    for name in spv.terms.seniors:
        spv_notes.accrue(spv, name, before.tranches[name].accrued_fen)
    result = distribute(spv.terms, before)
    post(spv, when, result)
    _remember(spv, before, result)
    spv_triggers.test_after_payment(spv, result, is_final=is_final)
    if is_final:
        spv_life.liquidate(spv)


def post(spv: Spv, when: PaymentDate, result: Distribution) -> None:
    """Post every line in its order, and record it as due and paid."""
    for line in result.lines:
        if line.support_fen:
            guarantor = spv.place.guarantors[(spv.terms.guarantor or "").removeprefix("guarantor:")]
            guarantor.pay_deficiency(
                spv.name, spv.party, spv.terms.originator, line.support_fen, spv.account(line.account)
            )
        _post_line(spv, line)
        spv.place.recorder.add(
            "payments", date=spv.place.day, deal=spv.name, period=when.period, waterfall=line.waterfall, step=line.step,
            name=line.name, payee=line.payee, due_fen=line.due_fen, paid_fen=line.paid_fen,
            shortfall_fen=line.shortfall_fen, account=str(line.account),
        )  # fmt: skip
    _record_tranches(spv, result)


def _post_line(spv: Spv, line: Line) -> None:
    ledger, account = spv.place.ledger, spv.account(line.account)
    if line.paid_fen == 0:
        return
    if line.kind is LineKind.TRANSFER:
        ledger.pay(
            account, spv.account(line.payee.removeprefix("account:")), line.paid_fen, Code.TRANSFER, deal=spv.name
        )
    elif line.kind in (LineKind.TAX, LineKind.FEE):
        code = Code.TAX if line.kind is LineKind.TAX else Code.FEE
        ledger.pay(account, spv_servicing.payee_of(spv, line.payee), line.paid_fen, code, deal=spv.name)
    elif line.tranche:
        spv_notes.pay_holders(spv, line, account)
    else:
        ledger.pay(account, spv_servicing.payee_of(spv, line.payee), line.paid_fen, Code.FEE, deal=spv.name)


def _record_tranches(spv: Spv, result: Distribution) -> None:
    for name, tranche in result.tranches.items():
        terms = spv.terms.tranches[name]
        extra = {} if terms.coupon_bp is None else {"coupon_bp": terms.coupon_bp}
        spv.place.recorder.add(
            "tranches", date=spv.place.day, deal=spv.name, tranche=name, rating=spv_life.current_rating(spv, name),
            face_fen=spv.terms.tranche_face_fen(name), outstanding_fen=tranche.outstanding_fen,
            interest_due_fen=tranche.interest_due_fen,
            interest_paid_fen=tranche.interest_paid_fen + tranche.residual_paid_fen,
            principal_paid_fen=tranche.principal_paid_fen, unpaid_interest_fen=tranche.unpaid_fen, written_down_fen=0,
            **extra,
        )  # fmt: skip
        _remember_result(spv, name, result)


def _remember_result(spv: Spv, name: str, result: Distribution) -> None:
    """Keep each tranche's dated cash flows: the run's summary and its yields are made of them."""
    tranche = result.tranches[name]
    kept = spv.memory["results"].setdefault(
        name, {"days": [], "interest": [], "principal": [], **spv_notes.NOTHING_MISSED}
    )
    kept["days"].append(spv.place.day)
    kept["interest"].append(tranche.interest_paid_fen + tranche.residual_paid_fen)
    kept["principal"].append(tranche.principal_paid_fen)
    # The worst date counts: principal that comes after its expected maturity was missed on the day.
    kept["arrears"] = tranche.missed_fen if name != spv.terms.residual else 0
    kept["missed"] = max(kept["missed"], kept["arrears"])


def _remember(spv: Spv, before: Position, result: Distribution) -> None:
    memory = spv.memory
    spv.known_due = {}
    memory["carry"] = carry(spv).after(before, result).as_data()
    memory["accrued"] = {}
    memory["taxes"] = dict.fromkeys(memory["taxes"], 0)
    memory["period"] = dict.fromkeys(memory["period"], 0)
    memory["after_calculation"] = {"income": 0, "principal": 0}
    memory["period_start_pool"] = spv.pool_fen()
