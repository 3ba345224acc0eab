"""Rules with dates: which are in force on a day for a kind of lender, and the caps they put on its funding plan."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from sim.calendar import date_of
from sim.deals.fields import Terms, term
from sim.markets.funding import Cap
from sim.regulation import rules
from sim.regulation.rules import FundingPosition, Rule

Kind = Literal["microlender", "retailer", "platform", "consumer_finance", "p2p", "bank"]
"""Licences a rule can apply to."""

RULES: Final[Mapping[str, type[Rule]]] = {
    "standardised_funding_cap": rules.StandardisedFundingCap,
    "nonstandardised_funding_cap": rules.NonStandardisedFundingCap,
    "combined_leverage_cap": rules.CombinedLeverageCap,
    "bank_loan_cap": rules.BankLoanCap,
    "shareholder_loan_cap": rules.ShareholderLoanCap,
    "consumer_finance_leverage": rules.ConsumerFinanceLeverage,
    "leverage_ratio": rules.LeverageRatio,
    "joint_lending_share": rules.JointLendingShare,
    "single_partner_cap": rules.SinglePartnerCap,
    "all_partners_cap": rules.AllPartnersCap,
    "bank_capital": rules.BankCapital,
    "reserve_requirement": rules.ReserveRequirement,
}

WITHIN: Final[Mapping[rules.Category, rules.Category | None]] = {
    "funding": None,
    "standardised": "funding",
    "asset_transfer": "standardised",
    "nonstandardised": "funding",
    "bank_loans": "nonstandardised",
    "shareholder_loans": "nonstandardised",
}
"""The tree of what caps count. Every category is a cap of every plan, without a limit where no rule sets one."""

NO_LIMIT_FEN: Final = 10**17
"""A quadrillion yuan: more than any lender can raise."""


class RuleTerms(Terms):
    """A rule with the days it is in force."""

    rule: Literal[tuple(RULES)] = term(description="Name of the rule", unit="rule", source="scenario")  # type: ignore[valid-type]
    since: datetime.date = term(description="First day in force", unit="date", source="scenario", alias="from")
    until: datetime.date | None = term(
        None, description="Last day in force; null while it stays", unit="date", source="scenario"
    )
    applies_to: tuple[Kind, ...] = term(description="Kinds of institutions bound", unit="kinds", source="scenario")
    parameters: dict[str, float] = term(
        factory=dict,
        description="The rule's figures, such as multiple or minimum; those left out are the rule's own defaults",
        unit="x or share",
        source="scenario",
    )
    source: str = Field(
        description="Id of the rule in the facts files.", json_schema_extra={"unit": "id", "source": "scenario"}
    )

    @model_validator(mode="after")
    def _sound(self) -> RuleTerms:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until} lies before from {self.since}; put the later date in until")
        if not self.applies_to:
            raise ValueError("applies_to is empty; name at least one kind or remove the rule")
        wrong = {name: value for name, value in self.parameters.items() if not 0 < value <= 100}
        if wrong:
            raise ValueError(f"parameters must lie in (0, 100], got {wrong}")
        self.built()
        return self

    def built(self) -> Rule:
        """The rule as a function of a position."""
        kind: Any = RULES[self.rule]
        try:
            built: Rule = kind(**self.parameters)
        except TypeError as fault:
            known = ", ".join(kind.__dataclass_fields__)
            raise ValueError(f"parameters of {self.rule} are {known}; got {sorted(self.parameters)}") from fault
        return built

    def in_force(self, when: datetime.date, kind: str) -> bool:
        """Whether it binds a kind of institution on a date."""
        return kind in self.applies_to and self.since <= when and (self.until is None or when <= self.until)


class Rulebook:
    """All rules of a scenario, by name."""

    def __init__(self, terms: Mapping[str, RuleTerms]) -> None:
        self.terms = dict(terms)
        self._built = {name: rule.built() for name, rule in terms.items()}

    def named_in_force(self, day: int, kind: str) -> dict[str, Rule]:
        """Rules that bind a kind of institution on a day, by name, in the scenario's order."""
        when = date_of(day)
        return {name: self._built[name] for name, rule in self.terms.items() if rule.in_force(when, kind)}

    def in_force(self, day: int, kind: str) -> list[Rule]:
        """Rules that bind a kind of institution on a day."""
        return list(self.named_in_force(day, kind).values())

    def caps(self, day: int, kind: str, position: FundingPosition) -> list[Cap]:
        """The caps of a funding plan: one for each category of `WITHIN`, with the tightest limit in force.

        `asset_transfer` has no rule of its own: it is what the combined ratio leaves.
        """
        limits: dict[str, int] = {}
        for rule in self.in_force(day, kind):
            category = getattr(rule, "category", None)
            if category is not None:
                limit = rule.finding(position).limit_fen  # type: ignore[arg-type]
                limits[category] = min(limit, limits.get(category, limit))
        used = {
            "funding": position.funding_fen,
            "standardised": position.standardised_fen,
            "asset_transfer": position.abs_outstanding_fen,
            "nonstandardised": position.nonstandardised_fen,
            "bank_loans": position.bank_loans_fen,
            "shareholder_loans": position.shareholder_loans_fen,
        }
        return [Cap(name, limits.get(name, NO_LIMIT_FEN), used[name], parent) for name, parent in WITHIN.items()]
