"""What the figures of a policy rest on without a source: its own assumed terms, and those of banks that lend alone."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from sim.agents.bank_terms import BankConductTerms
from sim.regulation.rule_policies import JointLendingShareTerms
from sim.scenario.schema import Scenario

Row = dict[str, Any]

ALONE: Final = ("alone_share_ppm", "alone_ready_days", "alone_cost_ppm")
"""Terms of banks that take over a platform's part of joint loans: they decide how much of it goes on and how soon."""


def assumed_table(base: Scenario, scenario: Scenario, policy: str) -> list[Row]:
    """Assumed values of what a policy file brings, with their ranges; under a rule on joint loans also those of banks
    that lend alone, since what partners may no longer fund jointly is theirs to fund.

    Values are text, as they may be numbers, names or dates.
    """
    rows = []
    for path, source in scenario.sources.items():
        part, _, rest = path.partition(".")
        name, _, field = rest.partition(".")
        brought = part == "policies" and scenario.policies.get(name) != base.policies.get(name)
        if brought and name in scenario.policies and "assumption" in source:
            terms = scenario.policies[name]
            value, span = _told(getattr(terms, field, None)), _range_of(type(terms), field)
            rows.append({"policy": policy, "path": path, "value": value, "range": span, "source": source})
    new = [terms for name, terms in scenario.policies.items() if terms != base.policies.get(name)]
    if scenario.bank_system is not None and any(isinstance(terms, JointLendingShareTerms) for terms in new):
        rows += [_of_banks(policy, field, scenario.bank_system.conduct) for field in ALONE]
    return rows


def _of_banks(policy: str, field: str, conduct: BankConductTerms) -> Row:
    told: Any = BankConductTerms.model_fields[field].json_schema_extra
    return {
        "policy": policy, "path": f"bank_system.conduct.{field}", "value": _told(getattr(conduct, field)),
        "range": _range_of(BankConductTerms, field), "source": told["source"],
    }  # fmt: skip


def _told(value: Any) -> str:
    """A number with its thousands set apart, a date as it is written in scenarios."""
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _range_of(terms: type[BaseModel], field: str) -> str:
    """The range of an assumed term with its unit, as its block of terms tells; nothing where it tells none."""
    known = terms.model_fields.get(field)
    told: Any = known.json_schema_extra if known is not None else None
    if not told or "range" not in told:
        return ""
    low, high = (f"{end:,.0f}" if end == int(end) else f"{end:g}" for end in told["range"])
    return f"{low} to {high} {told['unit']}"
