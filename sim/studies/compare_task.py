"""One seed of a comparison: the base and every policy, from one past, in one process and on one thread.

The base is simulated once. At the midnight before a policy can first be felt its state is held in memory, and the
policy's world goes on from there. A policy that can be felt from the first day on has a past of its own.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from sim.calendar import date_of, day_of, is_month_end
from sim.market import SecuritizationMarket
from sim.records.files import replacing, write_file
from sim.records.provenance import code
from sim.records.tables import TABLES
from sim.records.writer import Recorder
from sim.regulation.policy_terms import PolicyTerms
from sim.regulation.timeline import Rulebook
from sim.scenario.schema import Scenario
from sim.studies import compare_outcomes as read
from sim.studies import compare_risk as risk
from sim.studies import compare_subjects as subjects
from sim.studies.compare_borrowers import (
    BorrowerWatch,
    Closing,
    close_borrowers,
    compare_chains,
    compare_groups,
    people_at,
)
from sim.studies.compare_plan import BASE, ComparisonPlan, Policy, slug

Row = dict[str, Any]


@dataclass(frozen=True)
class SeedTask:
    """A seed of a comparison and the file its result goes to."""

    plan: ComparisonPlan
    seed: int
    path: Path
    runs: Path | None = None
    """Where the tables of every world are kept; None where only the result is."""


class Snapshot:
    """The state of a market at a midnight: copies, so that the market can go on and several worlds can begin here."""

    def __init__(self, market: SecuritizationMarket) -> None:
        state = market.state()
        self._arrays, self._plain = _copied(state["arrays"]), json.dumps(state["json"])
        self._recorder, self._seats = market.recorder.fork(), market.accounts.seats

    def begin(self, scenario: Scenario, seed: int) -> SecuritizationMarket:
        """A world under another scenario that goes on from here."""
        market = SecuritizationMarket(scenario, seed, self._recorder.fork(), self._seats)
        market.restore({"arrays": self._arrays, "json": json.loads(self._plain)})  # which copies them
        return market


@dataclass
class Span:
    """What is kept of one world from a policy's first day on."""

    opening: list[Row]
    watch: BorrowerWatch
    rules: list[Row] = field(default_factory=list)
    outcomes: dict[str, float] = field(default_factory=dict)
    losses: dict[str, list[float]] = field(default_factory=dict)
    closing: Closing | None = None


@dataclass
class World:
    """What is kept of one world: its lenders at month ends, and a span for each policy that is compared in it."""

    lenders: list[Row] = field(default_factory=list)
    spans: dict[str, Span] = field(default_factory=dict)
    binding: list[Row] = field(default_factory=list)


def run_seed(task: SeedTask) -> None:
    """Simulate all worlds of a seed and write what they show, in one file that is whole or absent.

    Raises:
        SimError: as a run does.
    """
    write_file(task.path, json.dumps(simulate_seed(task.plan, task.seed, task.runs)).encode())


def simulate_seed(plan: ComparisonPlan, seed: int, runs: Path | None = None) -> dict[str, Any]:
    """All worlds of a seed, as plain data; with `runs` their tables are kept there."""
    base, snapshots, bound = _simulate_base(plan, seed, runs)
    gc.collect()
    found: dict[str, Any] = {
        "identity": plan.identity, "seed": seed, "code": code(),
        "lenders": {BASE: base.lenders}, "binding": {BASE: base.binding}, "policies": {},
    }  # fmt: skip
    for policy in plan.policies:
        market = _begin(policy, snapshots, seed, runs)
        world = _simulate_policy(plan, policy, market, bound[policy.name])
        found["lenders"][policy.name] = world.lenders
        found["binding"][policy.name] = world.binding
        found["policies"][policy.name] = _compared(plan, policy, market, bound[policy.name], base, world)
        _keep(market, runs, policy.name, seed)
        del market
        gc.collect()  # a market is full of rings, and the next is as large
    return found


def watch_day(plan: ComparisonPlan, policy: Policy) -> int:
    """The day before which a comparison begins: the policy's first, or the second of the run, when the market has
    opened; the last day where the worlds never differ."""
    day = plan.last_day if policy.first_day is None else policy.first_day
    return max(day, day_of(plan.base.start) + 1)


def _new_policies(plan: ComparisonPlan, policy: Policy) -> list[PolicyTerms]:
    """The policies a file brings, or changes."""
    known = plan.base.policies
    return [terms for name, terms in policy.scenario.policies.items() if terms != known.get(name)]


def _simulate_base(
    plan: ComparisonPlan, seed: int, runs: Path | None
) -> tuple[World, dict[int, Snapshot], dict[str, list[str]]]:
    market = SecuritizationMarket(plan.base, rng=seed, recorder=_recorder(runs))
    start, world, snapshots = market.day, World(), {}
    books = {policy.name: Rulebook(policy.scenario.rules, policy.scenario.policies) for policy in plan.policies}
    bound = {
        policy.name: read.bound_lenders(
            market, books[policy.name], market.rulebook, plan.last_day, _new_policies(plan, policy)
        )
        for policy in plan.policies
    }
    while market.day <= plan.last_day:
        for policy in plan.policies:
            if watch_day(plan, policy) == market.day:
                world.spans[policy.name] = Span(read.lender_rows(market), BorrowerWatch(market))
                _read_rules(world.spans[policy.name], market, books[policy.name], market.rulebook, plan.last_day)
            if policy.first_day == market.day != start and market.day not in snapshots:
                snapshots[market.day] = Snapshot(market)
        if _step(market, world, plan.last_day):
            for name, span in world.spans.items():
                _read_rules(span, market, books[name], market.rulebook, plan.last_day)
                span.watch.observe(market)
    for policy in plan.policies:
        _close(plan, policy, world.spans[policy.name], market, world, bound[policy.name])
    _keep(market, runs, BASE, seed)
    return world, snapshots, bound


def _begin(policy: Policy, snapshots: Mapping[int, Snapshot], seed: int, runs: Path | None) -> SecuritizationMarket:
    """The policy's market on its first day, or at the start where it has no past in common with the base."""
    day = policy.first_day
    if day is not None and day in snapshots:
        return snapshots[day].begin(policy.scenario, seed)
    return SecuritizationMarket(policy.scenario, rng=seed, recorder=_recorder(runs))


def _recorder(runs: Path | None) -> Recorder:
    """Where a world's rows go: what nobody reads is not kept."""
    return Recorder(only=read.TABLES_READ if runs is None else None)


def _simulate_policy(plan: ComparisonPlan, policy: Policy, market: SecuritizationMarket, bound: list[str]) -> World:
    world, told, since = World(), Rulebook(plan.base.rules, plan.base.policies), watch_day(plan, policy)
    while market.day <= plan.last_day:
        if market.day == since:
            world.spans[policy.name] = Span(read.lender_rows(market), BorrowerWatch(market))
            _read_rules(world.spans[policy.name], market, market.rulebook, told, plan.last_day)
        closed = _step(market, world, plan.last_day)
        if closed and policy.name in world.spans:
            _read_rules(world.spans[policy.name], market, market.rulebook, told, plan.last_day)
            world.spans[policy.name].watch.observe(market)
    _close(plan, policy, world.spans[policy.name], market, world, bound)
    return world


def _step(market: SecuritizationMarket, world: World, last_day: int) -> bool:
    """Simulate a day; at the end of a month, and of the last day, take its rows down. Returns whether it was one."""
    market.step()
    day = market.day - 1
    if not (is_month_end(day) or day == last_day):
        return False
    world.lenders += read.lender_rows(market)
    date = date_of(day)
    market.recorder.close_month(date.year * 100 + date.month)
    return True


def _read_rules(span: Span, market: SecuritizationMarket, book: Rulebook, told: Rulebook, last_day: int) -> None:
    span.rules += read.rule_rows(market, book, told, last_day)


def _close(
    plan: ComparisonPlan, policy: Policy, span: Span, market: SecuritizationMarket, world: World, bound: list[str]
) -> None:
    """Read the outcomes of a policy's span on the last day, in the base or in its own world."""
    since, green = watch_day(plan, policy), subjects.green_shelves(policy.scenario, date_of(plan.last_day))
    last, first = (date_of(day).isoformat() for day in (market.day - 1, since - 1))
    span.closing = close_borrowers(market, bound)
    span.outcomes = read.outcomes(
        recorder=market.recorder, opening=span.opening, bound=bound, since=since,
        closing=[row for row in world.lenders if row["date"] == last],
        rules=[row for row in span.rules if row["date"] == last], people=people_at(market, span.closing),
    )  # fmt: skip
    eve = [row for row in span.rules if row["date"] == first]
    span.outcomes |= risk.risk_at(market, since) | subjects.subject_outcomes(market, since, green) | {
        "must_move": read.billion(read.excess_fen(eve)), "banks_must_move": read.billion(read.banks_excess_fen(eve)),
    }  # fmt: skip
    span.losses = read.loss_series(market.recorder, since)
    world.binding = read.binding_rows(market.recorder)


def _compared(
    plan: ComparisonPlan, policy: Policy, market: SecuritizationMarket, bound: list[str], base: World, world: World
) -> dict[str, Any]:
    """Everything about one policy against the base, as plain data."""
    ours, theirs = base.spans[policy.name], world.spans[policy.name]
    if ours.closing is None or theirs.closing is None:
        raise RuntimeError("worlds are compared after both have ended")
    same = {name: ours.outcomes[name] for name in read.READ_IN_BASE}
    chains, listed = compare_chains(market, ours.watch, theirs.watch)
    return {
        "first_day": date_of(watch_day(plan, policy)).isoformat(), "bound": bound,
        "write_off_days": risk.write_off_days(market),
        "outcomes": {BASE: ours.outcomes, "policy": theirs.outcomes | same},
        "rules": {BASE: ours.rules, "policy": theirs.rules},
        "losses": {BASE: ours.losses, "policy": theirs.losses},
        "groups": compare_groups(market, (ours.watch, ours.closing), (theirs.watch, theirs.closing)),
        "chains": chains, "borrowers": listed,
    }  # fmt: skip


def _keep(market: SecuritizationMarket, runs: Path | None, world: str, seed: int) -> None:
    """Write every table of a world as one part, where `sim.records.writer.read_table` finds it."""
    for name in TABLES if runs is not None else ():
        table = market.recorder.table(name)
        if runs is not None and table.num_rows:
            with replacing(runs / f"{slug(world)}-s{seed}" / "tables" / name / "part-000000.parquet") as file:
                pq.write_table(table, file, compression="zstd")


def _copied(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _copied(node) if isinstance(node, Mapping) else np.array(node, copy=True) for name, node in tree.items()
    }
