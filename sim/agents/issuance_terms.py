"""The terms under which deals come to market: what a shelf fixes in advance, and the rules of the market itself."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from copy import copy
from typing import Any, Literal, TypeVar

from pydantic import model_validator

from sim.credit.terms import Ppm, Terms, term
from sim.deals.eligibility import EligibilityTerms
from sim.deals.fees import FeeTerms, TaxTerms
from sim.deals.fields import BP, PartyId
from sim.deals.payment_calendar import PaymentCalendarTerms
from sim.deals.ratings import UNRATED, Rating
from sim.deals.support import (
    BuyBackTerms,
    RemittanceTerms,
    ReserveTerms,
    ServicerIncentiveTerms,
    SpreadAccountTerms,
    SupportTerms,
)
from sim.deals.terms import DealTerms, PurchaseTerms
from sim.deals.trigger_terms import TriggerTerms
from sim.markets.issuer_risk import IssuerBeliefTerms
from sim.markets.own_view import BeliefTerms

FACE_UNIT_FEN = 100_000_000
"""Issues come in whole million yuan, so that a ten-thousandth of any class is a whole number of fen."""
MOST_OPENING_PLANS = 500
"""Plans of one shelf outstanding at the start: all of the market of 2019 had some 190."""
SAMPLE_DATE = datetime.date(2017, 1, 3)

BuyerKind = Literal["wealth_product", "fund", "insurer", "broker", "small", "bank"]
Regime = Literal["approval", "filing", "shelf"]
Dated = TypeVar("Dated")


def in_force(steps: Mapping[datetime.date, Dated], day: datetime.date) -> Dated:
    """The value of the last step dated at or before a day; before all of them the first."""
    known = [value for start, value in sorted(steps.items()) if start <= day]
    return known[-1] if known else steps[min(steps)]


def _as_signed(name: str) -> Any:
    """The field of the deal terms of this name, with its meaning, unit and default."""
    return copy(DealTerms.model_fields[name])


class DealPrototype(Terms):
    """The part of the deal terms that every issue of a shelf shares."""

    revolving_months: int = _as_signed("revolving_months")
    amortisation_months: int = _as_signed("amortisation_months")
    legal_maturity_months: int = _as_signed("legal_maturity_months")
    payment_calendar: PaymentCalendarTerms = _as_signed("payment_calendar")
    eligibility: EligibilityTerms = _as_signed("eligibility")
    purchase: PurchaseTerms = _as_signed("purchase")
    true_sale: bool = _as_signed("true_sale")
    order: Literal["interest_then_principal", "tranche_by_tranche"] = _as_signed("order")
    fees: dict[str, FeeTerms] = _as_signed("fees")
    priority_expense_cap_fen: int | None = _as_signed("priority_expense_cap_fen")
    taxes: dict[str, TaxTerms] = _as_signed("taxes")
    reserve: ReserveTerms | None = _as_signed("reserve")
    spread_account: SpreadAccountTerms | None = _as_signed("spread_account")
    turbo: bool = _as_signed("turbo")
    clean_up_call_bp: int | None = _as_signed("clean_up_call_bp")
    buy_back: BuyBackTerms = _as_signed("buy_back")
    support: SupportTerms | None = _as_signed("support")
    servicer_incentive: ServicerIncentiveTerms | None = _as_signed("servicer_incentive")
    remittance: RemittanceTerms = _as_signed("remittance")
    triggers: dict[str, TriggerTerms] = _as_signed("triggers")


class ShelfClassTerms(Terms):
    """One class of notes a shelf sells: the letter it must earn, and the range in which its book is built."""

    rank: int = term(..., "0 for the most senior, counted upward.", unit="rank", source="scenario", ge=0, le=9)
    rating: Rating = term(
        UNRATED, "Letter it must earn; unrated for the residual class, the last.", unit="rating", source="DEA03"
    )
    low_spread_bp: int = term(
        20,
        "Lower end of the guided range, over the risk-free yield of its life.",
        unit="bp a year",
        source="assumption below MKT15 (AAA 51 bp)",
        span=[0, 150],
        ge=0,
        le=2_000,
    )
    high_spread_bp: int = term(
        240,
        "Upper end of the guided range; beyond it the book is widened once, then cut, then fails.",
        unit="bp a year",
        source="assumption around MKT16 (to 239 bp for consumer-finance companies)",
        span=[60, 500],
        ge=0,
        le=2_000,
    )
    expected_months: int | None = term(
        None, "Collection month of its expected maturity; null for the end of the life.", unit="months",
        source="scenario", ge=1, le=120,
    )  # fmt: skip
    offered_to: tuple[BuyerKind, ...] = term(
        (), "Kinds of investors it is offered to; empty for all that qualify.", unit="kinds", source="scenario"
    )


class ShelfTerms(Terms):
    """One originator's programme of issues: its parties, its structure, and how each issue is brought to market."""

    originator: PartyId = term(..., "Who sells the loans.", unit="party", source="scenario", pattern="^originator:")
    managers: tuple[PartyId, ...] = term(
        ..., "Arrangers it chooses from; the one with least work runs the plan.", unit="parties", source="scenario",
        min_length=1,
    )  # fmt: skip
    custodians: tuple[PartyId, ...] = term(
        ..., "Banks of which one keeps a plan's accounts: the cheapest that has no interest in the seller.",
        unit="parties", source="scenario", min_length=1,
    )  # fmt: skip
    guarantor: PartyId | None = term(None, "Deficiency payer; null for none.", unit="party", source="scenario")
    agencies: tuple[PartyId, ...] = term(
        ..., "Agencies accredited for it.", unit="parties", source="scenario", min_length=1
    )
    regime: Regime = term(
        "shelf",
        "approval: each issue is approved; filing: each is filed; shelf: one approval, many issues up to the quota.",
        unit="regime",
        source="LVR22, PRC07",
    )
    green_subsidy_ppm: Ppm = term(
        0, "What the state adds to its plans' income, of their pools; its notes are green where it adds any.",
        unit="ppm of pool a year", source="POL05, LVR18",
    )  # fmt: skip
    suspended: bool = term(
        False, "Whether its issues are not approved, while those of others are.", unit="yes/no", source="LVR03, POL14"
    )
    known_since: datetime.date | None = term(
        None, "Day of its originator's first notes, if they came before the start; null if none did, or if some are "
        "outstanding at the start.", unit="date", source="scenario",
    )  # fmt: skip
    closed: dict[datetime.date, datetime.date] = term(
        {}, "Periods in which nothing is issued under it, first day and last.", unit="dates", source="scenario",
    )  # fmt: skip
    quota_fen: int | None = term(
        None,
        "Face that one approval of a shelf covers, of commercial paper at one time; null without limit.",
        unit="fen",
        source="scenario",
        ge=1,
    )
    prototype: DealPrototype = term(..., "What all its issues share.", unit="block", source="see fields")
    classes: dict[str, ShelfClassTerms] = term(
        ..., "Classes of notes by name; the residual one, unrated, last.", unit="map", source="see fields", min_length=2
    )
    vertical_retention_bp: int = term(
        0, "Share of every class the originator keeps.", unit="bp", source="scenario", ge=0, lt=BP
    )
    residual_retained_ppm: Ppm = term(
        50_000,
        "Least share of the residual class the originator must keep; how much more it keeps it decides issue by issue.",
        unit="ppm",
        source="LVR10 (5 %), of the lowest class",
    )
    least_residual_bp: int = term(
        500, "Thinnest residual class.", unit="bp", source="LVR10 (5 % to 12 %)", ge=1, le=5_000
    )
    most_support_bp: int = term(
        4_000,
        "Support of the most senior class beyond which the issue is not worth bringing.",
        unit="bp",
        source="assumption",
        span=[2_000, 6_000],
        ge=1,
        le=9_000,
    )
    min_face_fen: int = term(
        50_000_000_000, "Smallest issue.", unit="fen", source="assumption", span=[1e10, 2e11], ge=FACE_UNIT_FEN
    )
    max_face_fen: int = term(
        500_000_000_000, "Largest issue.", unit="fen", source="assumption near DEA01", span=[1e11, 1e12],
        ge=FACE_UNIT_FEN,
    )  # fmt: skip
    rolls: bool = term(
        False,
        "Commercial paper: before a plan stops revolving another of its face is brought to repay its holders' kind.",
        unit="yes/no",
        source="DEA25 (asset-backed commercial paper)",
    )
    opening_face_fen: int = term(
        0, "Notes outstanding at the start, in plans of about the largest face whose revolving periods end evenly.",
        unit="fen", source="scenario", ge=0,
    )  # fmt: skip
    least_placed_ppm: Ppm = term(
        600_000, "Share of an issue below which it is pulled, not cut.", unit="ppm", source="assumption",
        span=[3e5, 1e6],
    )  # fmt: skip
    lawyers_fee_fen: int = term(
        40_000_000, "Opinion on true sale and isolation.", unit="fen", source="assumption", span=[1e7, 1e8], ge=0
    )
    accountants_fee_fen: int = term(
        30_000_000, "Report on the pool.", unit="fen", source="assumption", span=[1e7, 1e8], ge=0
    )
    professionals: PartyId = term(
        "world:merchants", "Whose account lawyers' and accountants' fees reach.", unit="party", source="choice"
    )
    arranger_ppm: int = term(
        1_000, "Arranger's fee on the face placed.", unit="ppm", source="assumption", span=[2e2, 5e3], ge=0, le=50_000
    )

    def open_on(self, when: datetime.date) -> bool:
        """Whether issues can be brought under it on a day."""
        return not self.suspended and not any(first <= when <= last for first, last in self.closed.items())

    @property
    def ranked(self) -> tuple[str, ...]:
        """Names of the classes, most senior first; the residual one is last."""
        return tuple(sorted(self.classes, key=lambda name: self.classes[name].rank))

    @model_validator(mode="after")
    def _consistent(self) -> ShelfTerms:
        *rated, residual = self.ranked
        faults = [f"classes.{n}: give it the letter it must earn" for n in rated if self.classes[n].rating == UNRATED]
        if self.classes[residual].rating != UNRATED:
            faults.append(f"classes.{residual}: the last class is residual and unrated; remove its rating")
        ranges = [n for n in rated if self.classes[n].low_spread_bp > self.classes[n].high_spread_bp]
        faults += [f"classes.{n}: low_spread_bp lies above high_spread_bp; swap them" for n in ranges]
        ranks = [terms.rank for terms in self.classes.values()]
        if len(set(ranks)) < len(ranks):
            faults.append(f"classes: ranks {sorted(ranks)} are not all different; give each class its own")
        if self.min_face_fen > self.max_face_fen:
            faults.append("min_face_fen lies above max_face_fen; swap them")
        if 0 < self.opening_face_fen < FACE_UNIT_FEN:
            faults.append(f"opening_face_fen: no plan is smaller than {FACE_UNIT_FEN:,} fen; give 0 for none")
        if self.opening_face_fen > MOST_OPENING_PLANS * self.max_face_fen:
            faults.append(f"opening_face_fen: is more than {MOST_OPENING_PLANS} plans of max_face_fen; give less")
        if faults:
            raise ValueError("; ".join(faults))
        self._sample()
        return self

    def _sample(self) -> None:
        """Write out one issue, so that what would fault on its closing day faults at loading."""
        even, names = BP // len(self.classes), self.ranked
        shares = dict.fromkeys(names, even) | {names[0]: BP - even * (len(names) - 1)}
        deal_terms(
            self, SAMPLE_DATE, programme="sample", face_fen=10_000 * FACE_UNIT_FEN, shares_bp=shares,
            coupons_bp=dict.fromkeys(names[:-1], 500), holders={name: {self.originator: BP} for name in names},
            manager=self.managers[0], agency=self.agencies[0], custodian=self.custodians[0],
        )  # fmt: skip


def deal_terms(
    shelf: ShelfTerms, day: datetime.date, *, programme: str, face_fen: int, shares_bp: Mapping[str, int],
    coupons_bp: Mapping[str, int], holders: Mapping[str, Mapping[str, int]], manager: str, agency: str, custodian: str,
) -> DealTerms:  # fmt: skip
    """The terms signed on the closing day: what the shelf fixed, and what rating and book-building found."""
    classes = {
        name: {
            "rank": rank, "share_bp": shares_bp[name], "coupon_bp": coupons_bp.get(name),
            "rating": shelf.classes[name].rating, "holders": dict(holders[name]),
            "expected_months": shelf.classes[name].expected_months,
        }
        for rank, name in enumerate(n for n in shelf.ranked if shares_bp.get(n, 0))
    }  # fmt: skip
    return DealTerms.model_validate(
        {name: getattr(shelf.prototype, name) for name in DealPrototype.model_fields}
        | {
            "programme": programme, "originator": shelf.originator, "manager": manager, "custodian": custodian,
            "guarantor": shelf.guarantor, "agency": agency, "cutoff": day, "closing": day, "face_fen": face_fen,
            "tranches": classes,
        }
    )  # fmt: skip


class IssuanceRules(Terms):
    """The rules under which all deals come to market and trade; dated, since policy changes them."""

    rating_regime: dict[datetime.date, Literal["issuer_chooses", "assigned", "dual"]] = term(
        {datetime.date(2010, 1, 1): "issuer_chooses"},
        "From each date: who chooses the agency; dual: two agencies, and the stricter counts.",
        unit="rule",
        source="LVR09",
    )
    agency_grounds_ppm: int = term(
        100,
        "What an issuer sees in an agency besides its cost: scale of a Gumbel draw of issue and agency; 0 for none.",
        unit="ppm of the issue",
        source="assumption: of the order of the fee (60-150 ppm of an issue)",
        span=[30, 300],
        ge=0,
        le=100_000,
    )
    new_agency_fen: int = term(
        60_000_000,
        "Cost of instructing an agency that did not rate the last issue: visits, data, papers of the shelf; paid with it.",
        unit="fen",
        source="assumption: people's work of some weeks, papers changed and handed in again; four least fees",
        span=[0, 1.5e8],
        ge=0,
        le=10**10,
    )
    disclosure_ppm: dict[datetime.date, Ppm] = term(
        {datetime.date(2010, 1, 1): 400_000, datetime.date(2019, 2, 1): 600_000},
        "From each date: share of pool data that issuers must show.",
        unit="ppm",
        source="LVR05 (2019-02); levels are an assumption",
        span=[0, 1e6],
    )
    entry_threshold_fen: dict[datetime.date, int] = term(
        {datetime.date(2010, 1, 1): 1_000_000_000},
        "From each date: assets an investor must have to be qualified.",
        unit="fen",
        source="LVR06; level is an assumption",
        span=[0, 1e11],
    )
    venues: dict[datetime.date, int] = term(
        {datetime.date(2010, 1, 1): 3},
        "From each date: venues among which trading is split.",
        unit="venues",
        source="LVR07, AGT12; number is an assumption",
        span=[1, 5],
    )
    beliefs: BeliefTerms = term(BeliefTerms(), "How pool data and letters are read.", unit="block", source="see fields")
    issuers: IssuerBeliefTerms = term(
        IssuerBeliefTerms(), "How the failure of issuers is reckoned with.", unit="block", source="see fields"
    )
    suspended_from: datetime.date | None = term(
        None, "First day on which no issue is approved; null if never.", unit="date", source="LVR03"
    )
    suspended_until: datetime.date | None = term(
        None, "Last such day; null for as long as the run lasts.", unit="date", source="LVR03"
    )
    step_days: int = term(
        5, "Working days between the steps of an issue.", unit="days", source="assumption", span=[2, 15], ge=1, le=60
    )
    approval_days: int = term(
        30, "Working days an approval takes.", unit="days", source="assumption (LVR22)", span=[15, 90], ge=1, le=250
    )
    filing_days: int = term(
        10, "Working days a filing takes.", unit="days", source="assumption (LVR22)", span=[3, 30], ge=1, le=250
    )
    draw_down_days: int = term(
        3, "Working days to draw on an approved shelf.", unit="days", source="assumption (PRC07)", span=[1, 10], ge=1,
        le=250,
    )  # fmt: skip

    def suspended(self, day: datetime.date) -> bool:
        """Whether no issue is approved on a day."""
        started = self.suspended_from is not None and day >= self.suspended_from
        return started and (self.suspended_until is None or day <= self.suspended_until)


OTHER_SUPPLY = "other_supply"
"""Name, in the place of a deal, of the notes of issuers outside this market."""
SEASONED = "other_supply_seasoned"
"""The same, of what earlier months had left at the start."""


class OtherSupplyTerms(Terms):
    """Exogenous supply: enterprise ABS of other kinds, which competes for the same budgets and is not scored."""

    monthly_fen: dict[datetime.date, int] = term(
        ..., "From each date: face offered a month.", unit="fen", source="scenario"
    )
    months: int = term(
        24, "Life of each month's issue, repaid in equal parts.", unit="months", source="assumption", span=[12, 60],
        ge=1, le=120,
    )  # fmt: skip
    rating: Rating = term("AAA", "Letter it is sold with.", unit="rating", source="scenario")
    low_spread_bp: int = term(
        20, "Lower end of its guided range over the risk-free yield.", unit="bp", source="assumption", span=[0, 150],
        ge=0, le=10_000,
    )  # fmt: skip
    high_spread_bp: int = term(
        240, "Upper end of its guided range.", unit="bp", source="assumption", span=[60, 500], ge=0, le=10_000
    )

    @property
    def most_outstanding_fen(self) -> int:
        """What is owed in the end where its largest month goes on: repaid in equal parts, half of it on average."""
        return max(self.monthly_fen.values(), default=0) * (self.months + 1) // 2

    @model_validator(mode="after")
    def _range(self) -> OtherSupplyTerms:
        if self.low_spread_bp > self.high_spread_bp:
            raise ValueError("low_spread_bp lies above high_spread_bp; swap them")
        return self
