"""What a comparison is about: one base, the policies set against it, and from which day each can differ."""

from __future__ import annotations

import datetime
import hashlib
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.calendar import date_of, day_of
from sim.errors import ScenarioError
from sim.records.journal import canonical
from sim.regulation.policies import first_announced
from sim.regulation.rule_policies import RulePolicyTerms
from sim.regulation.timeline import RuleTerms
from sim.scenario import load_scenario
from sim.scenario.composing import Composer
from sim.scenario.messages import unknown
from sim.scenario.policy_dates import policies_outside
from sim.scenario.schema import Scenario
from sim.studies.past import refuse_changed_past
from sim.studies.plans import Leg, parse_day

BASE = "base"
MOST_POLICIES = 200
"""Worlds a comparison may hold besides its base: two levers of fourteen values each."""
_UNTOLD = ("name", "title", "published", "sources", "seed")
"""Parts of a scenario that change nothing in it."""
_DATED = ("rules", "policies", "shocks")
"""Parts whose entries have a first day."""
_NOTHING: tuple[Any, ...] = (None, {}, [])
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_.-]+")
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")


@dataclass(frozen=True)
class Policy:
    """A world to be compared with the base. `first_day` is the first that can differ, None where none can; `levers`
    are the values of `--vary` by path, and worlds of one `family` are of the same file and differ by these alone."""

    name: str
    family: str
    scenario: Scenario
    first_day: int | None
    levers: Mapping[str, float]


@dataclass(frozen=True)
class ComparisonPlan:
    """All inputs of a comparison but its seeds."""

    base: Scenario
    policies: tuple[Policy, ...]
    last_day: int
    written_start: datetime.date | None = None
    """The start that the base's file gives, where the market opens on another day; it makes no other comparison."""

    @property
    def identity(self) -> str:
        """SHA-256 of the inputs but for the seeds: more seeds belong to the same comparison."""
        worlds = [plain(self.base), *({**plain(p.scenario), "name": p.name} for p in self.policies)]
        for world in worlds:
            world.pop("seed", None)
        return hashlib.sha256(canonical({"worlds": worlds, "last_day": self.last_day})).hexdigest()

    @property
    def folder_name(self) -> str:
        """`compare-<base>-<policy>-<hash8>`; several policies are told by the first and their number."""
        more = f"-and-{len(self.policies) - 1}-more" if len(self.policies) > 1 else ""
        return f"compare-{self.base.name}-{slug(self.policies[0].name)}{more}-{self.identity[:8]}"

    def differences(self) -> dict[str, list[tuple[str, Any, Any]]]:
        """By policy: (path, value in the base, value under the policy) of everything it changes; None for absent."""
        ours = dict(leaves(plain(self.base)))
        return {p.name: list(_changed(ours, dict(leaves(plain(p.scenario))))) for p in self.policies}


def plan_comparison(
    base: Any,
    policies: Sequence[Any],
    *,
    vary: Sequence[str] = (),
    overrides: Mapping[str, Any] | None = None,
    first: str | None = None,
    until: str | None = None,
) -> ComparisonPlan:
    """Load and check everything a comparison needs.

    `base` is a scenario file or object; each of `policies` a file merged over it (or a scenario object, whole). `vary`
    are levers `path=1..10` or `path=1,2,4`: each policy is then taken at every combination of the values of those it
    has. `overrides` hold in all worlds, those of `policies.*` where that policy is. `first` is the day the market
    opens instead of the base's start; `until` the last day.

    Raises:
        ScenarioError: naming every fault of a file, or what cannot be compared and why.
    """
    given = dict(overrides or {}) | ({} if first is None else {"start": first})
    levers = [_lever(text) for text in vary]
    if not policies and not levers:
        raise ScenarioError("nothing to compare: name at least one policy, or vary a value with path=1..10")
    ours = _world(base, None, given)
    last_day = day_of(ours.end) if until is None else parse_day(until, "until")
    _refuse_end(ours, last_day)
    varied = [(policy, _levers_of(base, policy, given, levers)) for policy in policies or [None]]
    if sum(math.prod(len(values) for _, values in mine) for _, mine in varied) > MOST_POLICIES:
        raise ScenarioError(f"more than {MOST_POLICIES} policies to compare; vary fewer values")
    worlds = []
    for policy, mine in varied:
        for values in itertools.product(*(values for _, values in mine)):
            chosen = {path: value for (path, _), value in zip(mine, values, strict=True)}
            worlds.append(_policy(ours, _world(base, policy, given | chosen), _stem(policy), chosen, last_day))
    _refuse_unused([ours, *(world.scenario for world in worlds)], "--set", given)
    _refuse_unused([world.scenario for world in worlds], "--vary", [path for path, _ in levers])
    names = [world.name for world in worlds]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ScenarioError(f"two policies are called {twice[0]!r}; each needs a name of its own")
    return ComparisonPlan(ours, tuple(worlds), last_day, _written_start(base) if "start" in given else None)


def plain(scenario: Scenario) -> dict[str, Any]:
    """A scenario as plain values, defaults included."""
    return Leg(scenario, None).data


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted path, value) of every value of plain data; lists are values."""
    if isinstance(node, Mapping) and node:
        for key, below in node.items():
            yield from leaves(below, f"{path}.{key}" if path else str(key))
    else:
        yield path, node


def _written_start(base: Any) -> datetime.date | None:
    """The start in a scenario's files, before anything is set; None where they give none."""
    start = Composer().compose(base).plain().get("start")
    return None if start is None else datetime.date.fromisoformat(str(start))


def _refuse_unused(worlds: Sequence[Scenario], option: str, paths: Iterable[str]) -> None:
    """Refuse a value set or varied for a policy that no world has."""
    known = sorted({name for world in worlds for name in world.policies})
    for path in paths:
        if _of_a_policy(path) and path.split(".")[1] not in known:
            raise ScenarioError(f"{option} {path}: {unknown('policy', path.split('.')[1], known)}")


def _of_a_policy(path: str) -> bool:
    return path.startswith("policies.") and path.count(".") > 1


def _world(base: Any, policy: Any, overrides: Mapping[str, Any]) -> Scenario:
    """A world with what was set; what was set for a policy it does not have is not for it."""
    rest = {path: value for path, value in overrides.items() if not _of_a_policy(path)}
    if len(rest) == len(overrides):
        return _under(base, policy, rest)
    has = _under(base, policy, rest).policies
    mine = {path: value for path, value in overrides.items() if path in rest or path.split(".")[1] in has}
    return _under(base, policy, mine)


def _levers_of(
    base: Any, policy: Any, given: Mapping[str, Any], levers: Sequence[tuple[str, list[float]]]
) -> list[tuple[str, list[float]]]:
    """The levers a policy's world has: one of another policy would only repeat it."""
    if not any(_of_a_policy(path) for path, _ in levers):
        return list(levers)
    has = _world(base, policy, given).policies
    return [(path, values) for path, values in levers if not _of_a_policy(path) or path.split(".")[1] in has]


def _under(base: Any, policy: Any, overrides: Mapping[str, Any]) -> Scenario:
    """The scenario of a policy file over the base, or of the base alone; objects are taken as they are."""
    if isinstance(policy, Scenario) or (policy is None and isinstance(base, Scenario)):
        found = base if policy is None else policy
        if overrides:
            raise ScenarioError("values can be set and varied in scenario files only, not in scenario objects")
        return found
    if isinstance(base, Scenario):
        raise ScenarioError("a policy file needs a scenario file as its base; give both as files or both as objects")
    return load_scenario(base, overrides, overlays=() if policy is None else (policy,))


def _policy(base: Scenario, scenario: Scenario, family: str, levers: Mapping[str, float], last_day: int) -> Policy:
    """A policy with the first day on which its world can differ; before the start that is the start itself."""
    name = _name(family, levers)
    day = first_difference(base, scenario)
    start = day_of(base.start)
    if day is not None and day > last_day:
        raise ScenarioError(
            f"{name}: its first day is {date_of(day)}, after the last day compared, {date_of(last_day)}: it would "
            "never be felt; choose a later end with --until"
        )
    if day is not None and day <= start:
        return Policy(name, family, scenario, start, levers)
    if day is not None:
        refuse_changed_past(base, scenario, day)
    return Policy(name, family, scenario, day, levers)


def first_difference(base: Scenario, other: Scenario) -> int | None:
    """The first day on which two worlds can differ; None where they never do.

    Policies are unknown before they are announced, rules before they are in force or end, shocks before they strike,
    and a licence is not offered before its day; any other change holds from the very first day.
    """
    if changed_parts(base, other):
        return day_of(min(base.start, other.start))
    days = [_rule_differs(base.rules.get(name), other.rules.get(name)) for name in base.rules | other.rules]
    for one, another in ((base.policies, other.policies), (other.policies, base.policies)):
        announced = first_announced({name: p for name, p in one.items() if p != another.get(name)})
        days.append(None if announced is None else day_of(announced))
    changed = [shocks.get(name) for name in base.shocks | other.shocks for shocks in (base.shocks, other.shocks)
               if base.shocks.get(name) != other.shocks.get(name)]  # fmt: skip
    days += [day_of(shock.first_day) for shock in changed if shock is not None]
    days.append(_conversion_differs(base, other))
    return min((day for day in days if day is not None), default=None)


def changed_parts(base: Scenario, other: Scenario) -> list[str]:
    """Parts of a scenario that differ and have no first day of their own, as rules, policies, shocks and the offer of a
    licence have: they make it another world from its first day on."""
    ours, theirs = (_without_the_offer(plain(scenario)) for scenario in (base, other))
    changed = {part for part in ours.keys() | theirs.keys() if ours.get(part) != theirs.get(part)}
    return sorted(changed - {*_UNTOLD, *_DATED})


def dates_in_words(plan: ComparisonPlan, policy: Policy) -> list[str]:
    """What it means that something a policy file brings is dated before the start or after the last day compared."""
    end = date_of(plan.last_day)
    before = set(policies_outside(plan.base.model_copy(update={"end": end})))
    told = policies_outside(policy.scenario.model_copy(update={"end": end}))
    return [line for line in told if line not in before]


def opening_in_words(plan: ComparisonPlan) -> str:
    """What it means that the market opens later than the scenario's own start; nothing where it does not."""
    if plan.written_start is None or plan.base.start <= plan.written_start:
        return ""
    return (
        f"The market opens anew on {plan.base.start}, later than the scenario's start, {plan.written_start}: with the "
        "arrears, losses on record and prices of that day and net assets as far as they are printed for it, but with "
        "the notes outstanding and all other net assets of the scenario's start. Amounts can differ from those of a "
        "market that lived through the time before, which leaving --from out takes."
    )


def lifted_rules(base: Scenario, other: Scenario) -> set[str]:
    """Names of the base's rules that another scenario ends, changes or does not have, or whose place a policy of it
    takes for all whom they bind."""
    takers = [policy for policy in other.policies.values() if isinstance(policy, RulePolicyTerms)]
    return {
        name for name, rule in base.rules.items()
        if other.rules.get(name) != rule
        or any(rule.rule in taker.replaces and all(map(taker.concerns, rule.applies_to)) for taker in takers)
    }  # fmt: skip


def multiples_of(scenario: Scenario) -> dict[str, float]:
    """The multiples of net assets of the policies that are such caps, by name."""
    found = {name: getattr(policy, "multiple", None) for name, policy in scenario.policies.items()}
    return {name: multiple for name, multiple in found.items() if multiple is not None}


def _without_the_offer(data: dict[str, Any]) -> dict[str, Any]:
    data["regulators"]["conversion"].pop("offered_from", None)
    return data


def _conversion_differs(one: Scenario, other: Scenario) -> int | None:
    """The first day on which one world's microlenders are offered another licence and the other's are not."""
    offers = {scenario.regulators.conversion.offered_from for scenario in (one, other)}
    return None if len(offers) == 1 else min(day_of(date) for date in offers if date is not None)


def _rule_differs(one: RuleTerms | None, other: RuleTerms | None) -> int | None:
    """The first day on which two versions of a rule, or a rule and none, can tell worlds apart; None for equals."""
    if one == other:
        return None
    both = [rule for rule in (one, other) if rule is not None]
    if one and other and one.model_copy(update={"until": None}) == other.model_copy(update={"until": None}):
        return min(day_of(rule.until) + 1 for rule in both if rule.until is not None)
    return min(day_of(rule.since) for rule in both)


def _lever(text: str) -> tuple[str, list[float]]:
    """A path and its values, from `path=1..10` or `path=1,2.5,4`."""
    path, equals, values = text.partition("=")
    whole = _RANGE.fullmatch(values.strip())
    try:
        if whole:
            low, high = int(whole[1]), int(whole[2])
            if low > high:
                raise ScenarioError(f"--vary {text}: the range runs backwards; write {path}={high}..{low}")
            found: list[float] = list(range(low, min(high, low + MOST_POLICIES) + 1))
        else:
            found = [float(part) if "." in part else int(part) for part in values.split(",")]
    except ValueError:
        found = []
    if not equals or not path.strip() or not found:
        raise ScenarioError(f"--vary {text}: write it as path=1..10 or path=0.1,0.2,0.3")
    if path.strip() in _UNTOLD:
        raise ScenarioError(f"--vary {text}: changes nothing in a world; vary a value of the model (seeds: --seeds)")
    return path.strip(), found


def _stem(policy: Any) -> str:
    """The policy's file name without its ending, or the scenario's name; nothing for the base itself."""
    return "" if policy is None else policy.name if isinstance(policy, Scenario) else Path(policy).stem


def _name(stem: str, levers: Mapping[str, float]) -> str:
    """The policy's name and the levers' values."""
    told = [f"{path.rsplit('.', 1)[-1]}={value:g}" for path, value in levers.items()]
    return " ".join(part for part in (stem, *told) if part)


def slug(name: str) -> str:
    """A policy's name as the name of a file."""
    return _NOT_IN_A_NAME.sub("-", name.lower().replace("=", "-")).strip("-")


def _refuse_end(base: Scenario, last_day: int) -> None:
    if not day_of(base.start) < last_day <= day_of(base.end):
        raise ScenarioError(
            f"until: {date_of(last_day)} is not within the scenario, which runs {base.start} to {base.end}"
        )


def _changed(ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for path in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(path), theirs.get(path)
        if path.split(".")[0] not in _UNTOLD and one != other and not (one in _NOTHING and other in _NOTHING):
            yield path, one, other  # a block that is empty in one world is told by what it holds in the other
