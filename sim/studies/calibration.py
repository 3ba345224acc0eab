"""`sim calibrate`: borrowers' behaviour fitted to printed rates, written as an overlay that scenarios extend.

Closed form first, then rounds on the real book under common random numbers. Rates above 90 days are never fitted: they
are printed as the test they are, with what the two stocks leave open.
"""

from __future__ import annotations

import os
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import yaml

from sim.errors import ScenarioError, StoppedError
from sim.scenario import load_scenario
from sim.scenario.loading import load
from sim.scenario.schema import Scenario
from sim.studies.arrears_closed_form import Rolls, entry_and_removal
from sim.studies.calibration_fit import Fit, dates_of, fit, growth_on, mean_roll, removal_days_on
from sim.studies.calibration_parameters import Parameters
from sim.studies.calibration_targets import Targets
from sim.studies.lone_book import BookLife, live_book
from sim.studies.pool_history import history_rates, read_pool_history

Rows = list[dict[str, Any]]

NOT_IDENTIFIED = (
    "the share of payers late within the cycle: 1-30 days holds them and those who missed, and only the sum shows",
    "the chance to miss again after 120 days apart from the removal rule: both decide the oldest stock alone",
    "who misses: two stocks fix an entry rate and a removal rule, never the spread over households and income states",
)


def calibrate(targets_path: str | os.PathLike[str], out_path: str | os.PathLike[str]) -> dict[str, Any]:
    """Fit to the targets of a file and write the parameters as an overlay; returns what was found.

    Report: `fit` (target, before, fitted, difference), `parameters` (before, closed form, fitted), `tests` (printed
    rates above 90 days, never fitted), `balances`, `readings` (both definitions of overdue), `chance` (the fitted book
    at other seeds), rounds, and what the targets do not identify.

    Raises:
        ScenarioError: faults of the targets file, its scenarios or its history, each at its place.
        StoppedError: the overlay cannot be written.
    """
    path, out = Path(targets_path), Path(out_path)
    if not out.parent.is_dir():
        raise StoppedError(f"{out}: there is no folder {out.parent}; make it or choose another --out")
    targets = load(path, model=Targets).value
    scenarios = {name: _scenario(path, word, targets) for name, word in targets.scenarios.items()}
    _check_references(path, targets, scenarios)
    rolls, rolls_from = _rolls(path, targets)
    found = fit(targets, scenarios, rolls)
    report = _report(targets, found, rolls_from)
    try:
        out.write_text(_overlay_text(path.name, targets, found, report), encoding="utf-8", newline="\n")
    except OSError as error:
        raise StoppedError(f"{out}: {error.strerror or error}; choose another --out") from None
    return report


# -- reading ---------------------------------------------------------------------------------------------------------


def _scenario(targets_path: Path, word: str, targets: Targets) -> Scenario:
    """A scenario of the targets file, with the households to fit with; they stand for as many people as before."""
    beside = targets_path.parent / word
    scenario = load_scenario(beside if beside.exists() else word, targets.start)
    if targets.households is None:
        return scenario
    population = scenario.population
    weight = max(1, round(population.households * population.weight / targets.households))
    smaller = population.model_copy(update={"households": targets.households, "weight": weight})
    return scenario.model_copy(update={"population": smaller})


def _check_references(path: Path, targets: Targets, scenarios: dict[str, Scenario]) -> None:
    faults = []
    for name, scenario in scenarios.items():
        if targets.originator not in scenario.originators:
            faults.append(
                f"originator: '{targets.originator}' is not one of {name}'s: {', '.join(scenario.originators)}"
            )
            continue
        products = scenario.originators[targets.originator].lending.products
        for k, share in enumerate(targets.shares):
            if share.scenario == name and share.product not in products:
                faults.append(f"shares.{k}.product: '{share.product}' is not one of {', '.join(products)}")
            elif share.scenario == name and not set(share.terms or ()) <= set(products[share.product].terms):
                faults.append(f"shares.{k}.terms: {share.product} has terms {sorted(products[share.product].terms)}")
        late = [date for date in dates_of(targets, name) if not scenario.start <= date <= scenario.end]
        faults += [f"{date} lies outside scenario {name} ({scenario.start} to {scenario.end})" for date in sorted(late)]
    if faults:
        raise ScenarioError("\n".join(f"{path}: {fault}" for fault in faults))


def _rolls(path: Path, targets: Targets) -> tuple[tuple[float, float, float], str]:
    """The three rolls and where they come from."""
    given = targets.rolls
    if given.values is not None:
        return given.values, given.source
    word = given.history or ""
    beside = path.parent / word
    file = beside if beside.exists() else Path(word)
    rates = history_rates(file, read_pool_history(file), given.years)
    years = ", ".join(map(str, given.years))
    return (
        rates.rolls,
        f"{given.source}: {rates.months} months of {years}, entry into 1-30 days {100 * rates.entry:.2f} % of current",
    )


# -- reporting -------------------------------------------------------------------------------------------------------


def _report(targets: Targets, found: Fit, rolls_from: str) -> dict[str, Any]:
    return {
        "title": targets.title,
        "rounds": found.rounds,
        "largest_miss": round(found.worst, 5),
        "within_tolerance": found.worst <= targets.tolerance,
        "rolls_from": rolls_from,
        "fit": _fit_rows(found),
        "parameters": _parameter_rows(found),
        "tests": _npl_rows(targets, found),
        "balances": _balance_rows(targets, found),
        "readings": _reading_rows(targets, found),
        "chance": _chance_rows(targets, found),
        "not_identified": "; ".join(NOT_IDENTIFIED),
    }


def _fit_rows(found: Fit) -> Rows:
    return [
        {
            "figure": c.what,
            "target": _shown(c.target),
            "before": _shown(c.measure(found.before_lives)),
            "fitted": _shown(c.measure(found.lives)),
            "difference_pct": _difference(c.measure(found.lives), c.target),
            "source": c.source,
        }
        for c in found.controls
    ]


def _shown(value: float) -> float:
    """Shares in per cent, money in bn yuan."""
    return round(value / 1e11, 3) if value > 1 else round(100 * value, 3)


def _difference(simulated: float, printed: float) -> float:
    return round(100 * (simulated / printed - 1), 2)


def _parameter_rows(found: Fit) -> Rows:
    before, guess, after = (_named(p) for p in (found.before, found.closed_form, found.after))
    return [
        {"parameter": n, "before": before.get(n, ""), "closed_form": guess.get(n, ""), "fitted": after[n]}
        for n in after
    ]


def _named(parameters: Parameters) -> dict[str, float]:
    named: dict[str, float] = {f"intercept from {day}": value for day, value in parameters.intercept.items()}
    named |= {f"cycle_effect {k + 1}": value for k, value in enumerate(parameters.cycle_effect)}
    named["purchases_per_month"] = parameters.purchases_per_month
    named |= {f"{name} share_ppm": share for name, share in parameters.products.items()}
    return named | {
        f"{name} {m} months share_ppm": v for name, terms in parameters.terms.items() for m, v in terms.items()
    }


def _npl_rows(targets: Targets, found: Fit) -> Rows:
    """Printed against simulated above 90 days, and the removal rule at which the closed form would give both stocks."""
    rows = []
    rolls = Rolls(*(mean_roll(found.lives, k) for k in range(3)))
    for test in targets.npl:
        simulated = found.lives[test.scenario].at[test.on].npl
        lending = found.scenarios[test.scenario].originators[targets.originator].lending
        overdue = next((t for t in targets.overdue if (t.scenario, t.on) == (test.scenario, test.on)), None)
        growth = growth_on(lending, test.on)
        both = overdue and entry_and_removal(overdue.pct / 100, test.pct / 100, overdue.definition, rolls, growth)
        rows.append(
            {
                "figure": f"more than 90 days {test.on}",
                "printed": test.pct,
                "simulated": round(100 * simulated, 3),
                "difference_pct": _difference(simulated, test.pct / 100),
                "removal_days": removal_days_on(lending, test.on),
                "removal_days_that_fit_both": round(both[1]) if both else "none up to 1200",
                "source": test.source,
            }
        )  # fmt: skip
    return rows


def _balance_rows(targets: Targets, found: Fit) -> Rows:
    rows = []
    for target in targets.balances:
        balance = found.lives[target.scenario].at[target.on].balance_fen
        rows.append(
            {
                "figure": f"balance {target.on}",
                "role": target.role,
                "printed": _shown(target.fen),
                "simulated": _shown(balance),
                "difference_pct": _difference(balance, target.fen),
                "source": target.source,
            }
        )  # fmt: skip
    return rows


def _reading_rows(targets: Targets, found: Fit) -> Rows:
    """Overdue by both definitions: a printed rate does not say which it is."""
    rows = []
    for target in targets.overdue:
        book, life = found.lives[target.scenario].at[target.on], found.lives[target.scenario]
        rows.append(
            {
                "on": target.on,
                "printed": target.pct,
                "read_as": target.definition,
                "1+": round(100 * book.overdue("1+"), 3),
                "30+": round(100 * book.overdue("30+"), 3),
                "90+": round(100 * book.npl, 3),
                "closed_form_entry_pct": round(100 * found.closed_form_entry[target.since], 3),
                "entry_pct": round(100 * life.entry_rate(), 3),
            }
        )  # fmt: skip
    return rows


def _chance_rows(targets: Targets, found: Fit) -> Rows:
    """The fitted parameters at further seeds: what a book of this size owes to chance."""
    lives: dict[str, list[BookLife]] = {}
    for name in dict.fromkeys(t.scenario for t in targets.overdue):
        scenario = found.scenarios[name]
        lives[name] = [
            live_book(scenario, targets.originator, dates_of(targets, name), seed=scenario.seed + 1 + k)
            for k in range(targets.other_seeds)
        ]
    rows = []
    for target in targets.overdue:
        seen = [100 * life.at[target.on].overdue(target.definition) for life in lives[target.scenario]]
        if len(seen) > 1:
            rows.append(
                {
                    "figure": f"overdue {target.definition} {target.on}", "printed": target.pct, "seeds": len(seen),
                    "mean": round(fmean(seen), 3), "standard_deviation": round(stdev(seen), 3),
                }
            )  # fmt: skip
    return rows


# -- writing ---------------------------------------------------------------------------------------------------------


def _overlay_text(name: str, targets: Targets, found: Fit, report: dict[str, Any]) -> str:
    """The overlay: what was fitted to what in a comment, then the parameters, then their sources."""
    lines = [
        f"Fitted by `sim calibrate {name}`: {targets.title}".rstrip(": "),
        f"{found.rounds} rounds; figures in % and bn yuan.",
    ]
    lines += [
        f"  {row['figure']}: target {row['target']:g}, fitted {row['fitted']:g} "
        f"({row['difference_pct']:+g} %), {row['source']}"
        for row in report["fit"]
    ]
    lines += [
        f"  test, not fitted: {row['figure']}: printed {row['printed']:g}, "
        f"simulated {row['simulated']:g} ({row['source']})"
        for row in report["tests"]
    ]
    lines += [
        f"  at {row['seeds']} other seeds: {row['figure']}: mean {row['mean']:g}, "
        f"standard deviation {row['standard_deviation']:g}"
        for row in report["chance"]
    ]
    overlay = {
        "schema_version": 1,
        **found.after.overlay(targets.originator, targets.move),
        "sources": _sources(targets, found),
    }
    body: str = yaml.safe_dump(overlay, sort_keys=False, default_flow_style=None, width=120, allow_unicode=True)
    return "".join(f"# {line}\n" for line in lines) + body


def _sources(targets: Targets, found: Fit) -> dict[str, str]:
    by_parameter: dict[str, list[str]] = {}
    for control in found.controls:
        by_parameter.setdefault(control.moves, []).append(control.source)
    fitted = {kind: f"fitted to {', '.join(dict.fromkeys(sources))}" for kind, sources in by_parameter.items()}
    lending = f"originators.{targets.originator}.lending"
    sources = {
        "behaviour.intercept": fitted.get("intercept"),
        "behaviour.cycle_effect": fitted.get("cycle_effect")
        and f"{fitted['cycle_effect']}; beyond 120 days: {targets.later_roll.source}",
        f"{lending}.spending.purchases_per_month": fitted.get("purchases_per_month"),
        f"{lending}.products.*.share_ppm": fitted.get("shares"),
        f"{lending}.products.*.terms.*.share_ppm": fitted.get("shares"),
    }
    return {path: source for path, source in sources.items() if source}
