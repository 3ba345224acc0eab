"""Rules with dates: which are in force on a day for a kind of lender, and the caps they put on its funding plan.

A rule stands in a scenario's `rules`, and then is simply law from its day on; or in its `policies`, and then is first
announced: from the announcement those it will bind plan for it (`RulePath`).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from pydantic import Field, model_validator

from sim.calendar import date_of
from sim.deals.fields import PPM, Terms, term
from sim.markets.funding import Cap
from sim.regulation import rules
from sim.regulation.bank_policies import BadLoanAcquisitionTerms, TrancheWeightsTerms
from sim.regulation.plan_days import next_plan_day
from sim.regulation.policies import Policy
from sim.regulation.policy_terms import Licence
from sim.regulation.rule_policies import RulePolicyTerms
from sim.regulation.rules import RULES, BankPosition, BankRule, FundingPosition, Rule

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
    applies_to: tuple[Licence, ...] = term(description="Kinds of institutions bound", unit="kinds", source="scenario")
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


def planned_limit_fen(limit_fen: int, start_fen: int, gone_ppm: int) -> int:
    """Where a lender means to stand on its way from its position at the announcement to a coming limit, fen.

    The start less the part gone of the distance, rounded up; never below the limit: whoever is within it stays so.

    >>> [planned_limit_fen(400, 1_000, part) for part in (0, 250_000, 1_000_000)], planned_limit_fen(400, 300, 0)
    ([1000, 850, 400], 400)
    """
    beyond = max(0, start_fen - limit_fen)
    return limit_fen + -(-beyond * (PPM - gone_ppm) // PPM)


OrderedPlan: TypeAlias = tuple[int, int, int]
"""A rectification ordered: first day, deadline, position at its start in fen."""


def ordered_limit_fen(plan: OrderedPlan, limit_fen: int, day: int) -> int:
    """Where an ordered plan lets an institution stand on a day, fen: straight from its start to the limit at the
    deadline.

    >>> ordered_limit_fen((0, 100, 1_000), 400, 50), ordered_limit_fen((0, 100, 1_000), 400, 130)
    (700, 400)
    """
    first, deadline, start = plan
    return planned_limit_fen(limit_fen, start, min(PPM, max(0, day - first) * PPM // (deadline - first)))


@dataclass(frozen=True)
class Grace:
    """How an institution stands to what was announced or ordered: its position at each announcement it has heard
    (policy -> fen), how much of the way to a limit it means to have gone at half the time, its ordered plans."""

    starts_fen: Mapping[str, int]
    half_ppm: int = PPM // 2
    ordered: Mapping[str, OrderedPlan] = field(default_factory=dict)

    def gone_ppm(self, announced: datetime.date, deadline: datetime.date, when: datetime.date) -> int:
        """Part of the way to a limit it means to have gone on a date, ppm: straight to `half_ppm` at half the time, and
        from there straight to the end.

        >>> year = datetime.date(2021, 1, 1), datetime.date(2021, 12, 31)
        >>> [Grace({}, 300_000).gone_ppm(*year, day) for day in (year[0], datetime.date(2021, 7, 2), year[1])]
        [0, 300000, 1000000]
        """
        days = (deadline - announced).days
        past = (when - announced).days
        if past >= days:
            return PPM
        if 2 * past <= days:
            return 2 * past * self.half_ppm // days
        return self.half_ppm + (2 * past - days) * (PPM - self.half_ppm) // days


NO_GRACE: Final = Grace({})
"""Of one who has heard of no policy."""


def measures(rule: Rule, position: FundingPosition | BankPosition) -> bool:
    """Whether a rule measures positions of this sort: a lender's or a bank's."""
    return isinstance(rule, BankRule) == isinstance(position, BankPosition)


class Rulebook:
    """All rules of a scenario, by name: those that were law all along, and those its policies announce."""

    def __init__(self, terms: Mapping[str, RuleTerms], policies: Mapping[str, Policy] | None = None) -> None:
        self.terms = dict(terms)
        self.policies = {n: policy for n, policy in (policies or {}).items() if isinstance(policy, RulePolicyTerms)}
        self._weights = [policy for policy in (policies or {}).values() if isinstance(policy, TrancheWeightsTerms)]
        self._acquisitions = [p for p in (policies or {}).values() if isinstance(p, BadLoanAcquisitionTerms)]
        self._built: dict[str, Rule] = {name: rule.built() for name, rule in (self.terms | self.policies).items()}
        self._law: tuple[int, dict[tuple[str, str], dict[str, Rule]]] = -1, {}  # of the day last asked about

    def __bool__(self) -> bool:
        return bool(self.terms or self.policies)

    def named_in_force(self, day: int, kind: str, party: str = "") -> dict[str, Rule]:
        """Rules that are law for a kind of institution, or for this party, on a day, by name, in the scenario's
        order."""
        if self._law[0] != day:
            self._law = day, {}
        law = self._law[1]
        if (kind, party) not in law:
            law[kind, party] = self._found_in_force(date_of(day), kind, party)
        return dict(law[kind, party])

    def _found_in_force(self, when: datetime.date, kind: str, party: str) -> dict[str, Rule]:
        law = {name: self._built[name] for name, rule in self.terms.items() if rule.in_force(when, kind)}
        decreed = {
            name: self._built[name]
            for name, policy in self.policies.items()
            if policy.in_force(when) and policy.concerns(kind, party)
        }
        found = law | decreed
        gone = self._replaced(when, kind, party)
        return {name: rule for name, rule in found.items() if name not in gone} if gone else found

    def _replaced(self, when: datetime.date, kind: str, party: str) -> set[str]:
        """Names of rules whose place a policy in force has taken, for an institution: earlier ones of its kinds."""
        takers = [p for p in self.policies.values() if p.replaces and p.in_force(when) and p.concerns(kind, party)]
        kinds = {name: rule.rule for name, rule in self.terms.items()}
        kinds |= {name: policy.policy for name, policy in self.policies.items()}
        every = self.terms | self.policies
        return {
            name for taker in takers for name in every
            if kinds[name] in taker.replaces and every[name].since < taker.since
        }  # fmt: skip

    def tranche_weights_bp(self, day: int) -> tuple[int, ...]:
        """Risk weights of notes on a day: those of the last policy in force, else those of 2012."""
        when = date_of(day)
        decreed = sorted((p.since, p.weights_bp) for p in self._weights if p.in_force(when))
        return decreed[-1][1] if decreed else rules.TRANCHE_WEIGHTS_BP

    def acquisition(self, day: int) -> BadLoanAcquisitionTerms | None:
        """The policy under which bad loans are bought on a day: the last in force; None where there is none."""
        when = date_of(day)
        return max((p for p in self._acquisitions if p.in_force(when)), key=lambda p: p.since, default=None)

    @property
    def rules(self) -> Mapping[str, Rule]:
        """Every rule by name, in force or not."""
        return self._built

    def changes_on(self, day: int) -> bool:
        """Whether a rule comes into force on a day, or ended the day before."""
        today, yesterday = date_of(day), date_of(day - 1)
        every = [*self.terms.values(), *self.policies.values()]
        return any(rule.since == today or rule.until == yesterday for rule in every)

    def in_force(self, day: int, kind: str, party: str = "") -> list[Rule]:
        """Rules that are law for a kind of institution, or for this party, on a day."""
        return list(self.named_in_force(day, kind, party).values())

    def binding(self, day: int, kind: str, party: str) -> list[Rule]:
        """Rules in force on a party whose period of grace, if any, is over."""
        return list(self.named_binding(day, kind, party).values())

    def named_binding(self, day: int, kind: str, party: str) -> dict[str, Rule]:
        """The same by name."""
        when, named = date_of(day), self.named_in_force(day, kind, party)
        policies = self.policies
        return {n: rule for n, rule in named.items() if n not in policies or policies[n].binding_from <= when}

    def announced(self, day: int, kind: str, party: str) -> dict[str, Rule]:
        """Rules of policies that concern a party and have been announced by a day, in force or not, and that no other
        has taken the place of."""
        when = date_of(day)
        gone = self._replaced(when, kind, party)
        return {
            name: self._built[name]
            for name, policy in self.policies.items()
            if policy.known(when) and policy.concerns(kind, party) and name not in gone
        }

    def caps(
        self, day: int, kind: str, position: FundingPosition, party: str = "", grace: Grace = NO_GRACE
    ) -> list[Cap]:
        """The caps of a funding plan: one for each category of `WITHIN`, with the tightest limit it plans for.

        A rule that was announced is planned for from the moment the lender has heard of it; one that is law binds
        whether heard of or not, but for the time that an order leaves whoever stands beyond it. `asset_transfer` has
        no rule of its own: it is what the combined ratio leaves.
        """
        limits: dict[str, int] = {}
        for rule, limit in self.planned(day, kind, position, party, grace):
            category = getattr(rule, "category", None)
            if category is not None:
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

    def planned(
        self, day: int, kind: str, position: FundingPosition | BankPosition, party: str, grace: Grace
    ) -> list[tuple[Rule, int]]:
        """Each rule that is law or has been heard of, and that measures such a position, with the limit planned for,
        fen."""
        known = self.announced(day, kind, party) if self.policies else {}
        heard = {name: rule for name, rule in known.items() if name in grace.starts_fen}
        found = []
        for name, rule in (self.named_in_force(day, kind, party) | heard).items():
            if not measures(rule, position):
                continue
            limit = rule.finding(position).limit_fen  # type: ignore[arg-type]
            if name in grace.ordered:  # it aims at where it must stand when the next plan is made
                limit = ordered_limit_fen(grace.ordered[name], limit, next_plan_day(day))
            elif name in heard:
                limit = planned_limit_fen(limit, grace.starts_fen[name], self.part_gone_ppm(name, day, grace))
            found.append((rule, limit))
        return found

    def part_gone_ppm(self, name: str, day: int, grace: Grace) -> int:
        """Part of its way to the limit of a policy that a party means to have gone on a day, ppm; 0 before it knows."""
        policy, when = self.policies[name], date_of(day)
        return 0 if when < policy.known_from else grace.gone_ppm(policy.known_from, policy.binding_from, when)
