"""The scenario: one frozen object that composes the terms each room declares."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from sim.agents.bank_system_terms import BankSystemTerms
from sim.agents.borrower_terms import ShoppingTerms
from sim.agents.investor_terms import DealerTerms, InvestorTerms
from sim.agents.issuance_terms import IssuanceRules, OtherSupplyTerms, ShelfTerms
from sim.agents.originator_terms import OriginatorTerms
from sim.agents.rating_terms import RatingAgencyTerms
from sim.agents.resolution_terms import ResolutionTerms
from sim.agents.shock_terms import Shock
from sim.agents.terms import (
    BankTerms,
    GuarantorTerms,
    PlanManagerTerms,
)
from sim.credit.terms import CLASSES, BehaviourTerms, PopulationTerms
from sim.deals.terms import DealTerms
from sim.macro.paths import MacroTerms
from sim.markets.protection import ProtectionTerms
from sim.regulation.conduct import ConductTerms
from sim.regulation.policies import Policy
from sim.regulation.supervision_terms import RegulatorsTerms
from sim.regulation.timeline import RuleTerms
from sim.scenario.market_faults import market_faults
from sim.scenario.printed_figure import PrintedFigure

SCHEMA_VERSION = 1

ROLE_KINDS = {
    "originator": "originator",
    "servicer": "originator",
    "manager": "manager",
    "custodian": "bank",
    "guarantor": "guarantor",
    "agency": "agency",
}
"""Which institutions of the market can play a deal's roles; terms used offline may name others."""

HOLDER_KINDS = ("investor", "originator", "bank", "dealer")
FIRST_YEAR, LAST_YEAR = 2010, 2069
"""The calendars' span."""


class RecordsTerms(BaseModel):
    """How finely a run is written down; what happens in it is the same."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    pools: Literal["daily", "monthly"] = Field(
        "daily",
        description="Rows of the tables `pools` and `purchases`: each day, or at month ends and payment dates only, with "
        "the flows of the days since the last row added up; `events` then leaves out tests that changed nothing.",
        json_schema_extra={"unit": "frequency", "source": "choice"},
    )
    regulation: Literal["daily", "monthly"] = Field(
        "daily",
        description="Rows of the table `regulation`: each day, or at month ends and when a rule begins or ceases to bind.",
        json_schema_extra={"unit": "frequency", "source": "choice"},
    )


class Scenario(BaseModel):
    """A world, its institutions and deals, and the days to simulate."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    schema_version: int = Field(
        description="Version of this schema.",
        ge=1,
        le=SCHEMA_VERSION,
        json_schema_extra={"unit": "number", "source": "schema"},
    )
    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$",
        description="Name of the run folder.",
        json_schema_extra={"unit": "id", "source": "scenario"},
    )
    title: str = Field("", description="One line for people.", json_schema_extra={"unit": "text", "source": "scenario"})
    start: datetime.date = Field(
        description="First simulated day that counts.", json_schema_extra={"unit": "date", "source": "scenario"}
    )
    end: datetime.date = Field(
        description="Last simulated day, inclusive.", json_schema_extra={"unit": "date", "source": "scenario"}
    )
    seed: int = Field(
        1, ge=0, lt=2**63, description="Seed of every draw.", json_schema_extra={"unit": "number", "source": "choice"}
    )
    burn_in_months: int = Field(
        3,
        ge=0,
        le=24,
        description="Months simulated before the start and not counted, so that the seasoned book settles.",
        json_schema_extra={"unit": "months", "source": "CALIBRATION (three months)"},
    )
    watched_households: int = Field(
        24,
        ge=0,
        le=1000,
        description="Households whose loans are followed event by event in `loan_events`.",
        json_schema_extra={"unit": "households", "source": "choice"},
    )
    population: PopulationTerms = Field(
        default_factory=PopulationTerms,
        description="The households.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    behaviour: BehaviourTerms = Field(
        default_factory=BehaviourTerms,
        description="How borrowers pay.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    macro: MacroTerms = Field(
        default_factory=MacroTerms,
        description="The economy.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    originators: dict[str, OriginatorTerms] = Field(
        description="Originators by name.", json_schema_extra={"unit": "map", "source": "see fields"}
    )
    managers: dict[str, PlanManagerTerms] = Field(
        default_factory=dict,
        description="Plan managers by name.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    banks: dict[str, BankTerms] = Field(
        default_factory=dict,
        description="Banks by name; custodians are banks.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    bank_system: BankSystemTerms | None = Field(
        None,
        description="The banking system as a law: about thirty banks with whole balance sheets; null for none.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    guarantors: dict[str, GuarantorTerms] = Field(
        default_factory=dict,
        description="Guarantors by name.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    agencies: dict[str, RatingAgencyTerms] = Field(
        default_factory=dict,
        description="Rating agencies by name.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    investors: dict[str, InvestorTerms] = Field(
        default_factory=dict,
        description="Investors by name.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    protection: ProtectionTerms | None = Field(
        None,
        description="A market in protection on notes (credit default swaps); null where there is none.",
        json_schema_extra={"unit": "block", "source": "LVR08: see fields"},
    )
    deals: dict[str, DealTerms] = Field(
        default_factory=dict,
        description="Securitizations by name.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    shopping: ShoppingTerms | None = Field(
        None,
        description="How borrowers choose among lenders; null where nobody compares.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    conduct: ConductTerms = Field(
        default_factory=ConductTerms,
        description="How debts may be collected.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    regulators: RegulatorsTerms = Field(
        default_factory=RegulatorsTerms,
        description="What regulators are told, whom they inspect, and the measures a breach leads to.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    resolution: ResolutionTerms = Field(
        default_factory=ResolutionTerms,
        description="How estates of failed institutions are run off.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    rules: dict[str, RuleTerms] = Field(
        default_factory=dict,
        description="Dated rules by name.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    policies: dict[str, Policy] = Field(
        default_factory=dict,
        description="What is announced and changed while the market runs, by name.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    shocks: dict[str, Shock] = Field(
        default_factory=dict,
        description="What happens to the market by itself: dated failures, runs, freezes, by name.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    dealers: dict[str, DealerTerms] = Field(
        default_factory=dict,
        description="Dealers in notes by name; with none, notes are held to the end.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    shelves: dict[str, ShelfTerms] = Field(
        default_factory=dict,
        description="Programmes under which originators bring deals to market while the market runs, by name.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    issuance: IssuanceRules = Field(
        default_factory=IssuanceRules,
        description="Rules of issuance and trading.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    other_supply: OtherSupplyTerms | None = Field(
        None,
        description="Exogenous supply that competes for the same budgets; null for none.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    published: dict[str, PrintedFigure] = Field(
        default_factory=dict,
        description="Printed figures to compare with.",
        json_schema_extra={"unit": "map", "source": "see fields"},
    )
    records: RecordsTerms = Field(
        RecordsTerms(pools="daily", regulation="daily"),
        description="What is written down.",
        json_schema_extra={"unit": "block", "source": "see fields"},
    )
    sources: dict[str, str] = Field(
        default_factory=dict,
        description="Source of each figure of this file by path; * stands for any part of a path.",
        json_schema_extra={"unit": "map", "source": "scenario"},
    )

    _loaded: Any = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _references(self) -> Scenario:
        faults = [
            *self._date_faults(), *self._bank_faults(), *self._reference_faults(), *market_faults(self),
        ]  # fmt: skip
        if faults:
            raise PydanticCustomError("references", "the scenario contradicts itself", {"faults": faults})
        return self

    def every_bank(self) -> dict[str, BankTerms]:
        """The banks the scenario names and those of its banking system."""
        return self.banks if self.bank_system is None else {**self.banks, **self.bank_system.banks(self.start)}

    def _bank_faults(self) -> list[tuple[str, str]]:
        if self.bank_system is None:
            return [
                (f"banks.{name}.balance", "a full bank needs a banking system around it; add bank_system")
                for name, bank in self.banks.items()
                if bank.balance is not None
            ]
        return [
            (f"banks.{name}", "the banking system has a bank of this name; choose another")
            for name in self.banks
            if name in self.bank_system.names()
        ]

    def _date_faults(self) -> list[tuple[str, str]]:
        faults = []
        if self.end < self.start:
            faults.append(("end", f"lies before start {self.start}; put the later date in end"))
        for field in ("start", "end"):
            year = getattr(self, field).year
            if not FIRST_YEAR <= year <= LAST_YEAR:
                faults.append((field, f"{year} is outside {FIRST_YEAR}-{LAST_YEAR}, the span of the calendars"))
        for name, deal in self.deals.items():
            if deal.closing < self.start:
                faults.append(
                    (f"deals.{name}.closing", f"{deal.closing} lies before the scenario's start {self.start}")
                )
        return faults

    def _parties(self) -> set[str]:
        maps: dict[str, Mapping[str, object]] = {
            "originator": self.originators,
            "manager": self.managers,
            "bank": self.every_bank(),
            "guarantor": self.guarantors,
            "agency": self.agencies,
            "investor": self.investors,
            "dealer": self.dealers,
        }
        return (
            {f"{kind}:{name}" for kind, named in maps.items() for name in named}
            | {"world:merchants", "world:state"}
            | {
                "world:merchants",
                "world:state",
                "world:shareholders",
                "world:depositors",
                "world:abroad",
            }
        )

    def _reference_faults(self) -> list[tuple[str, str]]:
        known, faults = self._parties(), []

        def check(path: str, party: str | None) -> None:
            if party is not None and party not in known:
                faults.append(
                    (path, f"'{party}' is not a party of this scenario; parties are {', '.join(sorted(known))}")
                )

        for name, originator in self.originators.items():
            plugs = [debt for debt, terms in originator.debts.items() if terms.opening_fen is None]
            if not plugs:
                faults.append(
                    (
                        f"originators.{name}.debts",
                        "every debt has an opening_fen; leave out that of the lines which are to balance the books",
                    )
                )
            if originator.joint_lending is not None:
                for partner in originator.joint_lending.partners:
                    check(f"originators.{name}.joint_lending.partners", partner)
            for debt, owed in originator.debts.items():
                check(f"originators.{name}.debts.{debt}.lender", owed.lender)
        for name, deal in self.deals.items():
            faults += self._deal_faults(name, deal, check)
        for name, shelf in self.shelves.items():
            for role in ("originator", "guarantor", "professionals"):
                check(f"shelves.{name}.{role}", getattr(shelf, role))
            for role, kind in (("managers", "manager"), ("custodians", "bank"), ("agencies", "agency")):
                for party in getattr(shelf, role):
                    check(f"shelves.{name}.{role}", party)
                    if not party.startswith(f"{kind}:"):
                        faults.append((f"shelves.{name}.{role}", f"'{party}' is not of kind '{kind}'; name another"))
        return faults

    def _deal_faults(
        self, name: str, deal: DealTerms, check: Callable[[str, str | None], None]
    ) -> list[tuple[str, str]]:
        """Roles filled by institutions that can play them, holders who can pay, criteria that name what exists."""
        path, faults = f"deals.{name}", []
        for role, kind in ROLE_KINDS.items():
            party = getattr(deal, role)
            check(f"{path}.{role}", party)
            if party is not None and not party.startswith(f"{kind}:"):
                faults.append(
                    (f"{path}.{role}", f"'{party}' cannot play this role here; name a party of kind '{kind}'")
                )
        check(f"{path}.backup_servicer", deal.backup_servicer)
        if deal.servicer not in (None, deal.originator):
            faults.append((f"{path}.servicer", "a servicer other than the originator is not simulated; leave it out"))
        for where, holders in [
            (f"{path}.investors", deal.investors),
            *((f"{path}.tranches.{tranche}.holders", notes.holders) for tranche, notes in deal.tranches.items()),
        ]:
            for holder in holders:
                check(where, holder)
                if holder.split(":")[0] not in HOLDER_KINDS:
                    faults.append((where, f"'{holder}' buys no notes; holders are {' or '.join(HOLDER_KINDS)}"))
        for fee, terms in deal.fees.items():
            if ":" in terms.payee:
                check(f"{path}.fees.{fee}.payee", terms.payee)
        originator = self.originators.get(deal.originator.removeprefix("originator:"))
        offered = set() if originator is None else set(originator.lending.products)
        for what, given, known in (
            ("products", deal.eligibility.products, offered),
            ("score_classes", deal.eligibility.score_classes, set(CLASSES)),
        ):
            faults.extend(
                (f"{path}.eligibility.{what}", f"'{unknown}' is none of {', '.join(sorted(known))}")
                for unknown in given
                if known and unknown not in known
            )
        return faults
