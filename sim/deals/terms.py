"""DealTerms: everything the parties of a securitization sign, checked as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import model_validator

from sim.calendar import BANK, EXCHANGE, BusinessCalendar, add_months, day_of
from sim.deals.eligibility import EligibilityTerms
from sim.deals.fees import FeeTerms, TaxTerms
from sim.deals.fields import BP, PPM, PartyId, Terms, term
from sim.deals.payment_calendar import PaymentCalendarTerms, PaymentSchedule, make_schedule
from sim.deals.ratings import UNRATED, Rating
from sim.deals.support import (
    BuyBackTerms,
    RemittanceTerms,
    ReserveTerms,
    ServicerIncentiveTerms,
    SpreadAccountTerms,
    SupportTerms,
)
from sim.deals.trigger_terms import TriggerTerms

FEN_PER_CERTIFICATE = 10_000
"""Notes are quoted per 100 yuan of face."""
MOST_COUPON_BP = 3_000
"""Highest coupon that terms can be signed with, a year."""


class TrancheTerms(Terms):
    """One class of notes."""

    rank: int = term(
        description="0 for the most senior, counted upward; the residual tranche last", unit="rank", between=(0, 9)
    )
    share_bp: int = term(description="Share of the issue", unit="bp of face", between=(1, BP))
    coupon_bp: int | None = term(
        None, description="Fixed coupon; null for the residual tranche", unit="bp a year", between=(1, MOST_COUPON_BP)
    )
    rating: Rating = term(UNRATED, description="Rating at issue", unit="rating")
    holders: dict[PartyId, int] = term(
        factory=dict, description="Who holds which share; empty when the deal's investors hold it", unit="bp"
    )
    expected_months: int | None = term(
        None,
        description="Collection month whose payment date is the expected maturity; null for the end of the deal's life",
        unit="months",
        between=(1, 120),
    )
    sub_period_yield_bp: int | None = term(
        None,
        description="Residual tranche only: yearly return paid while seniors live; what is not paid is lost",
        unit="bp a year",
        source="deal grammar section 4",
        between=(1, 2000),
    )


class PurchaseTerms(Terms):
    """The revolving purchase."""

    frequency: Literal["daily", "weekly", "monthly"] = term(
        "daily", description="How often the pool buys", unit="frequency"
    )
    price_factor_ppm: int = term(
        PPM, description="Price per 1,000,000 of principal", unit="ppm of principal", between=(500_000, 1_500_000)
    )
    uses_income: bool = term(False, description="Whether excess income also buys loans while revolving", unit="yes/no")


class DealTerms(Terms):
    """The terms of one securitization: parties, notes, calendar, pool, order of payment, support and triggers."""

    programme: str = term(description="Name of the programme", unit="text")
    originator: PartyId = term(description="Who sells the loans", unit="party")
    manager: PartyId = term(description="Plan manager or trustee", unit="party")
    custodian: PartyId = term(description="Who keeps the accounts and settles", unit="party")
    servicer: PartyId | None = term(None, description="Who collects; null for the originator", unit="party")
    backup_servicer: PartyId | None = term(
        None, description="Who collects after the servicer's failure; null for nobody", unit="party"
    )
    servicing_transfer_days: int = term(
        60,
        description="Days from the servicer's failure until borrowers have been told and the backup servicer collects",
        unit="days",
        source="assumption, 20 to 90",
        between=(1, 365),
    )
    servicing_transfer_cost_ppm: int = term(
        2_000,
        description="What the transfer costs the deal, of the pool",
        unit="ppm of pool",
        source="assumption, 500 to 10,000",
        between=(0, 100_000),
    )
    true_sale: bool = term(
        True,
        description="Whether the sale holds in the seller's insolvency; if not, the loans fall into its estate and the "
        "deal has a claim of recourse",
        unit="yes/no",
        source="LVR17",
    )
    guarantor: PartyId | None = term(None, description="The deficiency payer; null for none", unit="party")
    agency: PartyId = term(description="Rating agency", unit="party")
    investors: dict[PartyId, int] = term(
        factory=dict, description="Shares of every tranche that names no holders of its own", unit="bp"
    )
    cutoff: date = term(description="From this day on collections belong to the deal", unit="date")
    closing: date = term(description="Establishment: notes are paid for and bear interest from it", unit="date")
    face_fen: int = term(description="Face of the whole issue", unit="fen", between=(FEN_PER_CERTIFICATE, 10**16))
    tranches: dict[str, TrancheTerms] = term(description="Classes of notes by name", unit="terms")
    revolving_months: int = term(description="Length of the revolving period", unit="months", between=(0, 120))
    amortisation_months: int = term(description="Length of the distribution period", unit="months", between=(0, 120))
    legal_maturity_months: int = term(
        24, description="Legal maturity, after the expected one", unit="months", source="24 in HX", between=(0, 120)
    )
    payment_calendar: PaymentCalendarTerms = term(description="When the deal pays", unit="terms")
    eligibility: EligibilityTerms = term(EligibilityTerms(), description="Which loans may be bought", unit="terms")
    purchase: PurchaseTerms = term(PurchaseTerms(), description="The revolving purchase", unit="terms")
    order: Literal["interest_then_principal", "tranche_by_tranche"] = term(
        "interest_then_principal",
        description="Amortising: separate income and principal accounts, all interest before principal; or one pot in "
        "which a tranche gets interest and principal before the next gets anything",
        unit="rule",
        source="deal grammar section 4; WAT03",
    )
    fees: dict[str, FeeTerms] = term(factory=dict, description="Fees and expenses by name", unit="terms")
    priority_expense_cap_fen: int | None = term(
        None,
        description="Most that expenses take before interest on one payment date; null for no cap",
        unit="fen",
        source="500,000 yuan in HX",
        between=(0, 10**12),
    )
    taxes: dict[str, TaxTerms] = term(factory=dict, description="Taxes on interest collected, by name", unit="terms")
    reserve: ReserveTerms | None = term(None, description="Cash reserve; null for none", unit="terms")
    spread_account: SpreadAccountTerms | None = term(None, description="Spread account; null for none", unit="terms")
    turbo: bool = term(False, description="Whether excess income goes to principal", unit="yes/no")
    pass_through_cut: bool = term(
        False,
        description="Cut principal of the senior-most tranche down to the fen per 100 yuan of face and carry the rest",
        unit="yes/no",
        source="deal grammar section 2",
    )
    clean_up_call_bp: int | None = term(
        None,
        description="The originator may buy the pool below this share of its cut-off balance",
        unit="bp",
        between=(1, BP),
    )
    buy_back: BuyBackTerms = term(BuyBackTerms(), description="What the originator takes back", unit="terms")
    retention_bp: int = term(
        0, description="Share of every tranche the originator keeps (vertical slice)", unit="bp", between=(0, BP)
    )
    support: SupportTerms | None = term(None, description="What the deficiency payer covers", unit="terms")
    servicer_incentive: ServicerIncentiveTerms | None = term(
        None,
        description="Sharing of the residual with the servicer; null when the residual tranche takes all",
        unit="terms",
    )
    remittance: RemittanceTerms = term(RemittanceTerms(), description="How collections reach the deal", unit="terms")
    triggers: dict[str, TriggerTerms] = term(factory=dict, description="Triggers by name", unit="terms")

    @model_validator(mode="after")
    def _consistent(self) -> DealTerms:
        faults = [*_tranche_faults(self), *_holding_faults(self), *_deal_faults(self)]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def servicer_id(self) -> str:
        """Who collects: the named servicer, or the originator."""
        return self.servicer or self.originator

    @property
    def ranked(self) -> tuple[str, ...]:
        """Names of the tranches, most senior first; the residual one is last."""
        return tuple(sorted(self.tranches, key=lambda name: self.tranches[name].rank))

    @property
    def residual(self) -> str:
        """Name of the residual tranche."""
        return self.ranked[-1]

    @property
    def seniors(self) -> tuple[str, ...]:
        """Names of the tranches with a coupon, most senior first."""
        return self.ranked[:-1]

    @property
    def cutoff_day(self) -> int:
        """The cut-off date as a day number."""
        return day_of(self.cutoff)

    @property
    def closing_day(self) -> int:
        """The closing date as a day number."""
        return day_of(self.closing)

    @property
    def life_months(self) -> int:
        """Revolving and distribution period together."""
        return self.revolving_months + self.amortisation_months

    @property
    def calendar(self) -> BusinessCalendar:
        """The working days the deal counts in."""
        return BANK if self.payment_calendar.days == "bank" else EXCHANGE

    def tranche_face_fen(self, name: str) -> int:
        """Face of a tranche; its share of the issue is a whole number of fen (checked)."""
        return self.face_fen * self.tranches[name].share_bp // BP

    @property
    def senior_face_fen(self) -> int:
        """Face of all tranches but the residual one: what reserves and support are measured by."""
        return sum(self.tranche_face_fen(name) for name in self.seniors)

    @property
    def support_limit_fen(self) -> int:
        """The most the deficiency payer ever pays; 0 without support."""
        if self.support is None:
            return 0
        if self.support.limit_fen is not None:
            return self.support.limit_fen
        return self.senior_face_fen * (self.support.limit_bp or 0) // BP

    @property
    def initial_reserve_fen(self) -> int:
        """The reserve at closing; 0 without one."""
        return 0 if self.reserve is None else self.senior_face_fen * self.reserve.initial_bp // BP

    def payee_of(self, fee: str) -> str:
        """The party that a fee is paid to, its role resolved."""
        roles = {
            "manager": self.manager,
            "custodian": self.custodian,
            "agency": self.agency,
            "servicer": self.servicer_id,
        }
        payee = self.fees[fee].payee
        return roles.get(payee, payee)

    def holders_of(self, tranche: str) -> dict[str, int]:
        """Party -> share in bp of a tranche at issue, the originator's retention included; adds up to 10,000."""
        named = self.tranches[tranche].holders or self.investors
        if self.retention_bp == 0 or named == {self.originator: BP}:
            return dict(named)
        shares = {party: bp * (BP - self.retention_bp) // BP for party, bp in named.items()}
        shares[self.originator] = shares.get(self.originator, 0) + BP - sum(shares.values())
        return shares

    def year_of_life(self, day: int) -> int:
        """1 in the first twelve months from closing, and so on."""
        year = 1
        while add_months(self.closing_day, 12 * year) <= day:
            year += 1
        return year

    def schedule(
        self, calendar: BusinessCalendar | None = None, *, amortising_from: int | None = None
    ) -> PaymentSchedule:
        """All payment dates; `amortising_from` is the day on which an event ended the revolving period early."""
        return make_schedule(
            self.payment_calendar,
            calendar or self.calendar,
            cutoff=self.cutoff_day,
            closing=self.closing_day,
            revolving_months=self.revolving_months,
            amortisation_months=self.amortisation_months,
            legal_maturity_months=self.legal_maturity_months,
            tranche_months={name: self.tranches[name].expected_months or self.life_months for name in self.ranked},
            amortising_from=amortising_from,
        )


def _tranche_faults(terms: DealTerms) -> Iterator[str]:
    """Shares add up, ranks are 0..n, exactly the last one is residual, faces are whole."""
    if len(terms.tranches) < 2:
        yield "tranches: a deal needs at least one tranche with a coupon and the residual one; add a tranche"
        return
    shares = sum(tranche.share_bp for tranche in terms.tranches.values())
    if shares != BP:
        yield f"tranches: share_bp adds up to {shares}, not {BP}; change a share by {BP - shares:+d}"
    if [terms.tranches[name].rank for name in terms.ranked] != list(range(len(terms.tranches))):
        yield f"tranches: ranks must be 0 to {len(terms.tranches) - 1}, each once; renumber them"
    for name in terms.ranked:
        tranche, last = terms.tranches[name], name == terms.residual
        if last != (tranche.coupon_bp is None):
            wrong = "is last, so it is residual: set coupon_bp to null" if last else "is not last: give it a coupon_bp"
            yield f"tranches.{name}: {wrong}"
        if tranche.sub_period_yield_bp is not None and not last:
            yield f"tranches.{name}.sub_period_yield_bp: only the residual tranche has one; remove it"
        unit = FEN_PER_CERTIFICATE if terms.pass_through_cut else 1
        if terms.face_fen * tranche.share_bp % (BP * unit):
            what = "a multiple of 100 yuan (pass_through_cut)" if terms.pass_through_cut else "a whole number of fen"
            yield f"tranches.{name}: its face is not {what}; change face_fen or share_bp"


def _holding_faults(terms: DealTerms) -> Iterator[str]:
    """Every tranche has holders whose shares add up."""
    if terms.investors and sum(terms.investors.values()) != BP:
        yield f"investors: shares add up to {sum(terms.investors.values())}, not {BP}; change them"
    for name, tranche in terms.tranches.items():
        if tranche.holders and sum(tranche.holders.values()) != BP:
            yield f"tranches.{name}.holders: shares add up to {sum(tranche.holders.values())}, not {BP}; change them"
        elif not tranche.holders and not terms.investors:
            yield f"tranches.{name}.holders: nobody holds it; name holders here, or investors for the deal"
    negative = [party for party, bp in terms.investors.items() if bp <= 0]
    negative += [party for tranche in terms.tranches.values() for party, bp in tranche.holders.items() if bp <= 0]
    for party in negative:
        yield f"holders: the share of {party} must be above 0; raise it or remove the holder"


def _deal_faults(terms: DealTerms) -> Iterator[str]:
    """Dates are in order, roles are of the right kind, and blocks that need each other come together."""
    if terms.closing < terms.cutoff:
        yield f"closing: {terms.closing} lies before cutoff {terms.cutoff}; put the cut-off first"
    if terms.life_months == 0:
        yield "revolving_months: the deal has no life; give revolving_months or amortisation_months above 0"
    for role, kinds in _ROLE_KINDS.items():
        party: str | None = getattr(terms, role)
        if party is not None and party.split(":")[0] not in kinds:
            yield f"{role}: {party} is not of kind {' or '.join(kinds)}; name another party"
    if terms.backup_servicer == terms.servicer_id:
        yield f"backup_servicer: {terms.backup_servicer} is the servicer itself; name another party, or none"
    if (terms.support is None) != (terms.guarantor is None):
        given, missing = ("guarantor", "support") if terms.support is None else ("support", "guarantor")
        yield f"{missing}: '{given}' is given without it; add {missing} or remove {given}"
    months = [terms.tranches[name].expected_months or terms.life_months for name in terms.ranked]
    if months != sorted(months):
        yield "tranches: expected_months must not fall from a senior to a junior rank; lengthen the junior's"
    for name, tranche in terms.tranches.items():
        month = terms.life_months if tranche.expected_months is None else tranche.expected_months
        if not min(terms.revolving_months + 1, terms.life_months) <= month <= terms.life_months:
            yield (
                f"tranches.{name}.expected_months: {month} is outside the distribution period, months "
                f"{terms.revolving_months + 1} to {terms.life_months}; move it there"
            )
    if terms.cutoff.year < 2010:
        yield f"cutoff: {terms.cutoff} lies before 2010-01-01, the first day of the model; choose a later date"


_ROLE_KINDS: dict[str, tuple[str, ...]] = {
    "originator": ("originator", "bank"),
    "manager": ("manager", "bank"),
    "custodian": ("custodian", "bank"),
    "servicer": ("originator", "bank", "manager"),
    "backup_servicer": ("originator", "bank", "manager"),
    "guarantor": ("guarantor", "originator", "bank"),
    "agency": ("agency",),
}
